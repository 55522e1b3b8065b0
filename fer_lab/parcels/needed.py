"""Which data and weights recipes need, and what a copy of such data holds: counts and a signature, never a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fer_lab.datasets import Composite, DataSet
from fer_lab.datasets.doctor import examine
from fer_lab.errors import ConfigError
from fer_lab.models import MADE_HERE
from fer_lab.packages import packaged
from fer_lab.runs.plan import backbones
from fer_lab.runs.recipes import Recipe
from fer_lab.sources import Source, data_set, is_there, open_source, singles

ORDERED = "VggBackbone"
"""The architecture whose files do not agree on the order of their channels."""


def needed_data(recipes: Iterable[Recipe], places: Mapping[str, str]) -> list[dict[str, Any]]:
    """The data sets that recipes need, each once.

    Of each ``name``, ``title``, where and how to ask for it, its ``tree``, what was ``published`` of it (whether that
    holds ``in_any_form`` of a copy), the ``classes`` of each target and, where it lies here, the ``signatures`` that
    the recipes give it.

    Args:
        recipes: on real data.
        places: ``paths`` of this machine, where a copy may lie.
    """
    found: dict[str, dict[str, Any]] = {}
    for config in (config for recipe in recipes for config in singles(recipe.config)):
        about = found.setdefault(config["data"]["name"], _needed(config))
        here = {**config, "paths": dict(places)}
        if is_there(here):
            about["signatures"] = sorted({*about["signatures"], open_source(here).signature})
    return [found[name] for name in sorted(found)]


def _needed(config: Mapping[str, Any]) -> dict[str, Any]:
    dataset = data_set(config)
    return {
        **{key: getattr(dataset, key) for key in ("name", "title", "reference", "request", "terms")},
        "tree": dataset.tree.strip("\n"),
        "published": dict(dataset.published),
        "in_any_form": type(dataset).expected is DataSet.expected,
        "classes": {name: list(target.names) for name, target in dataset.targets.items()},
        "signatures": [],
    }


def needed_weights(recipes: Iterable[Recipe]) -> dict[str, list[str]]:
    """The pretrained weights that recipes start from: ``files`` as they lie below the folder of data, and names of what
    is ``fetched`` from where it is published. What ships with the code is neither.

    Raises:
        ConfigError: one whose order of channels must be said, and is not.
    """
    files, fetched = set[str](), set[str]()
    for backbone in (part for recipe in recipes for part in backbones(recipe.config)):
        weights = backbone["weights"]
        if weights is None or weights in MADE_HERE:
            continue
        if weights == "imagenet" or weights in packaged():
            fetched.add(str(weights))
            continue
        if backbone["_target_"].endswith(ORDERED) and backbone.get("channel_order") is None:
            raise ConfigError(
                f"source.weights_order is not said, and {weights} must be read by it",
                expected="BGR or RGB, by where the file is from (docs/data.md)",
                do="say source.weights_order=BGR, or start from what ships: source.weights=embedded",
            )
        files.add(str(weights))
    return {"files": sorted(files), "fetched": sorted(fetched)}


def held(source: Source, name: str) -> dict[str, Any]:
    """What a copy of data holds: ``name``, ``signature``, ``counts`` (what -> found and published), ``classes``
    (target -> class -> files), how many files are ``skipped``; of a composite that of its ``members``.

    Args:
        source: the data.
        name: of their configuration.
    """
    about: dict[str, Any] = {"name": name, "signature": source.signature}
    if isinstance(source.dataset, Composite):
        return {**about, "members": [held(member, _name(member)) for _, member in sorted(source.members.items())]}
    report = examine(source.dataset, source.index)
    classes: dict[str, dict[str, int]] = {}
    for target, label, files in report.classes.itertuples(index=False):
        classes.setdefault(str(target), {})[str(label)] = int(files)
    rows = report.counts.itertuples(index=False)
    counts = {str(what): [int(number), _number(published)] for what, number, published in rows}
    return {**about, "counts": counts, "classes": classes, "skipped": len(source.index.attrs.get("skipped", []))}


def _name(source: Source) -> str:
    return str(source.dataset.name)


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and value == value else None


def everything(copies: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Copies of data and their members, those of one signature once."""
    flat = [one for copy in copies for one in (copy, *everything(copy.get("members", [])))]
    return list({one["signature"]: one for one in flat}.values())


def differences(copies: Sequence[Mapping[str, Any]], needed: Sequence[Mapping[str, Any]]) -> list[str]:
    """In what copies of data are not what was asked for, a phrase each.

    Args:
        copies: ``held`` each.
        needed: as ``needed_data`` says.
    """
    wanted = {one["name"]: one for one in needed}
    found: list[str] = []
    for copy in (copy for copy in everything(copies) if "counts" in copy):
        if copy["name"] not in wanted:
            found.append(f"{copy['name']}: no data of this parcel")
            continue
        found += [f"{copy['name']}: {text}" for text in _differences(copy, wanted[copy["name"]])]
    return found


def _differences(copy: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    counted = {what: (number, published) for what, (number, published) in copy["counts"].items()}
    if wanted["in_any_form"]:  # then it does not depend on what they say was published
        counted = {what: (counted.get(what, (0, None))[0], number) for what, number in wanted["published"].items()}
    found = [f"{n} of {published} {what}" for what, (n, published) in counted.items() if published not in (None, n)]
    for target, names in copy["classes"].items():
        if sorted(names) != sorted(wanted["classes"].get(target, [])):
            found.append(f"other classes of {target}: {', '.join(names)}")
        elif empty := [name for name, files in names.items() if not files]:
            found.append(f"no file of {target} {', '.join(empty)}")
    if wanted["signatures"] and copy["signature"] not in wanted["signatures"]:
        known = ", ".join(wanted["signatures"])
        found.append(f"another signature than where the parcel was packed: {copy['signature']}, not {known}")
    return found
