"""What is known of pretrained weights: a passport each, as data (``passports/<name>.yaml``; docs/weights.md).

The one question that a result hangs on is whether the weights have seen an item that they are tested on. What is said
of a data set is one of four words (``ITEMS``), of its items themselves: that somebody is known to a network, from other
pictures, stands in ``people``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fer_lab.errors import ConfigError, StoreError
from fer_lab.packages.registry import Package
from fer_lab.storage import digest

FOLDER = Path(__file__).parent / "passports"
BESIDE = ".passport.yaml"
"""What the name of a passport has in place of a file's suffix, beside somebody's own weights."""
ITEMS: Mapping[str, str] = {
    "no": "its training data cannot hold any of it",
    "by_chance": "both were gathered from the web, each on its own: some may be in both by chance, none is known, and "
    "what it was trained to tell is not what is tested",
    "possibly": "some may well be in its training data, or these are not known well enough to say no",
    "yes": "some of it was trained on",
}
REFUSED: tuple[str, ...] = ("possibly", "yes")
"""Of these words no verdict is given."""
OTHERS = "others"
"""What is said of all data sets that a passport does not name."""
OF_LEARNED: Mapping[str, str] = {
    "imagenet": "imagenet", "face": "vgg_face", "identities": "embedded", "objects": "objects", "file": "file"
}  # fmt: skip
"""What weights were trained to tell (``models.pretrained.Weights.identity``) -> the passport of those without one."""


@dataclass(frozen=True)
class Knowledge:
    """What weights may have seen of a data set.

    Attributes:
        items: a word of ``ITEMS``.
        people: the same of the people in it, from whatever pictures.
        reason: why.
    """

    items: str
    people: str
    reason: str


@dataclass(frozen=True)
class Passport:
    """What is known of weights.

    Attributes:
        name: of it; a configuration's ``weights`` names those that come out of a package by it.
        title: in words.
        learned: what it was trained to tell, a word of ``models.pretrained.Weights.identity``.
        licence: of the weights.
        trained_on: what, and by whom.
        seen: data set (or ``others``) -> what it may have seen of it.
        says: who says so, for each that is not seen from the file itself.
        preprocessing: what the network takes: ``image_size`` px, ``channel_order``, ``range``, ``mean``, ``std``.
        package: the package it is in; None of what is made here or brought along.
        features: size of what it gives of a face.
    """

    name: str
    title: str
    learned: str
    licence: str
    trained_on: str
    seen: Mapping[str, Knowledge]
    says: tuple[str, ...]
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    package: Package | None = None
    features: int | None = None

    @property
    def digest(self) -> str:
        """Of what decides a result or whether it counts: files, preprocessing, what was seen; not of the wording."""
        files = self.package.files if self.package else {}
        seen = {name: [one.items, one.people] for name, one in self.seen.items()}
        return digest([self.name, self.learned, dict(files), dict(self.preprocessing), seen])

    def of(self, dataset: str) -> Knowledge:
        """What it may have seen of a data set, by the name that ``data.name`` has."""
        return self.seen.get(dataset) or self.seen[OTHERS]

    def record(self) -> dict[str, Any]:
        """What the record of a run that starts from it says: name, digest, and its word of each data set's items."""
        seen = {dataset: one.items for dataset, one in self.seen.items()}
        return {"name": self.name, "digest": self.digest, "seen": seen}


@cache
def known_passports() -> Mapping[str, Passport]:
    """Those that come along, by name."""
    return {path.stem: read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def passport(name: str) -> Passport:
    """One that comes along.

    Raises:
        ConfigError: there is none of this name.
    """
    known = known_passports()
    if name not in known:
        raise ConfigError(f"there are no weights {name!r}", expected=f"one of {', '.join(sorted(known))}",
                          do="fer-lab weights list")  # fmt: skip
    return known[name]


def passport_of_record(told: Mapping[str, Any]) -> Passport | None:
    """That of the weights that a run's record speaks of (``facts.weights``), as it is known today.

    None of a random start, and of somebody's own file, of which the record says what there is.
    """
    recorded: Mapping[str, Any] = told.get("passport") or {}
    return known_passports().get(str(recorded.get("name") or OF_LEARNED.get(str(told.get("identity")), "")))


def passport_of_file(path: Path) -> Passport | None:
    """That of somebody's own file, ``<file>.passport.yaml`` beside it (in place of its suffix); None without one.

    Raises:
        StoreError: it is no passport, or has the name of one that comes along.
    """
    place = path.with_suffix(BESIDE)
    if not place.is_file():
        return None
    if (found := read(place)).name in known_passports():
        raise StoreError(f"{place} has the name of a passport that comes along", do="give weights and passport another")
    return found


def read(path: Path) -> Passport:
    """A passport from its file.

    Raises:
        StoreError: something is missing, or not one of the words it may be.
    """
    try:
        about = yaml.safe_load(path.read_text())
        found = _passport(path.name.removesuffix(BESIDE).removesuffix(".yaml"), about)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise StoreError(
            f"{path} is no passport: {type(error).__name__}: {error}",
            expected="title, learned, licence, trained_on, seen (with others) and says",
            do="docs/weights.md says what each is",
        ) from error
    _check(path, found)
    return found


def _passport(name: str, about: Mapping[str, Any]) -> Passport:
    seen = {str(dataset): _knowledge(**one) for dataset, one in about["seen"].items()}
    package = Package(**about["package"]) if about.get("package") else None
    texts = {key: " ".join(str(about[key]).split()) for key in ("title", "learned", "licence", "trained_on")}
    says = tuple(" ".join(str(one).split()) for one in about["says"])
    preprocessing = dict(about.get("preprocessing") or {})
    return Passport(name, **texts, seen=seen, says=says, preprocessing=preprocessing, package=package,
                    features=about.get("features"))  # fmt: skip


def _knowledge(items: object, people: object, reason: object) -> Knowledge:
    """YAML takes a bare ``yes`` or ``no`` for true or false."""
    bare = {True: "yes", False: "no"}
    words = [bare[one] if isinstance(one, bool) else str(one) for one in (items, people)]
    return Knowledge(words[0], words[1], " ".join(str(reason).split()))


def _check(path: Path, found: Passport) -> None:
    words = {one.items for one in found.seen.values()} | {one.people for one in found.seen.values()}
    if wrong := sorted(map(str, words - ITEMS.keys())):
        raise StoreError(f"{path} says {wrong[0]!r} of what was seen", expected=f"one of {', '.join(ITEMS)}")
    if found.learned not in OF_LEARNED:
        raise StoreError(f"{path}: learned is {found.learned!r}", expected=f"one of {', '.join(OF_LEARNED)}")
    if OTHERS not in found.seen:
        raise StoreError(f"{path} does not say what of other data sets was seen", expected=f"seen.{OTHERS}")
