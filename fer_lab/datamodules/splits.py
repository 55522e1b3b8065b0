"""Which video or image is for training, for validation, for testing: manifests of ids, checked before training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datamodules.faces import Ints
from fer_lab.datamodules.folds import balanced_folds, in_order, random_folds, stratified, with_copies
from fer_lab.datamodules.manifest import read_manifest
from fer_lab.datamodules.recipe import (
    AS_PRINTED,
    CLEAN,
    OF_TRAIN,
    SAME_AS_TEST,
    THESIS,
    check_recipe,
    given_parts,
    of_protocol,
)
from fer_lab.errors import ConfigError, DataError

PARTS = ("train", "val", "test")
VAL_IS_TEST = "validation = test"


@dataclass(frozen=True)
class Split:
    """The ids of each part, and what is known of them.

    Args:
        protocol: ``clean``, ``as_printed`` or ``thesis``.
        train: ids (of the data set's index) in training; likewise ``val`` and ``test``.
        subjects: subject of each id; ``""`` where none is known.
        copies: content hash of each id, or None if copies were not looked for.
        dropped: ids left out of their part, with the reason.
        notes: stamps that every table of this split carries.
        seed: of the subjects' order; None where the data set gives the parts.
        inherited: ids that the networks a run starts from were trained on: they are in its training, too.
        seen: test ids of whose photograph another part has an image, or had one before it was dropped; None where
            photographs were not looked for.
    """

    protocol: str
    train: tuple[str, ...]
    val: tuple[str, ...]
    test: tuple[str, ...]
    subjects: Mapping[str, str]
    copies: Mapping[str, str] | None = None
    dropped: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seed: int | None = None
    inherited: tuple[str, ...] = ()
    seen: tuple[str, ...] | None = None

    def ids(self, part: str) -> tuple[str, ...]:
        """Ids of a part: ``train``, ``val`` or ``test``."""
        return {"train": self.train, "val": self.val, "test": self.test}[part]

    def shared(self, part: str, other: str) -> list[str]:
        """Ids of ``part`` that are themselves, by their subject, or as an exact copy in ``other``."""
        others = (*self.ids(other), *self.inherited) if other == "train" else self.ids(other)
        ids, found = self.ids(part), set[str]()
        for kind in ({}, self.subjects, self.copies or {}):  # itself, its person, its content
            known, own = set(_traits(kind, others)) - {""}, _traits(kind, ids)
            if not known.isdisjoint(own):
                found |= {name for name, trait in zip(ids, own, strict=True) if trait in known}
        return [name for name in ids if name in found] if found else []

    def leaks(self) -> float:
        """Share of the test ids whose video, subject or exact copy is in training (0 to 1)."""
        return len(self.shared("test", "train")) / len(self.test)

    def check(self) -> None:
        """Refuse a split that shares anything between two parts, but under ``thesis``.

        Raises:
            DataError: naming the subjects (or ids) that stand on two sides.
        """
        if self.protocol == THESIS:
            return
        for part, other in (("test", "train"), ("test", "val"), ("val", "train")):
            if both := self.shared(part, other):
                names = sorted({self.subjects.get(name) or name for name in both})
                raise DataError(
                    f"the {self.protocol} split has {len(both)} {part} items also in {other}: {', '.join(names[:10])}",
                    expected="no person, video or exact copy in two parts",
                    do="correct the data set's subjects, or ask for protocol=thesis",
                )

    def only(self, ids: Iterable[str]) -> Split:
        """The same parts, of these ids alone."""
        kept = set(ids)
        train, val, test = (tuple(name for name in self.ids(part) if name in kept) for part in PARTS)
        dropped = {name: why for name, why in self.dropped.items() if name in kept}
        seen = None if self.seen is None else tuple(name for name in self.seen if name in kept)
        return replace(self, train=train, val=val, test=test, dropped=dropped, seen=seen)

    def without(self, ids: Iterable[str], reason: str) -> Split:
        """The same parts, without some ids: they are dropped."""
        gone = set(ids)
        train, val, test = (tuple(name for name in self.ids(part) if name not in gone) for part in PARTS)
        dropped = {**self.dropped, **dict.fromkeys(sorted(gone), reason)}
        return replace(self, train=train, val=val, test=test, dropped=dropped)

    def manifest(self) -> dict[str, Any]:
        """Everything about the split as JSON: subjects and ids of each part, what was dropped, the leaked share."""
        people = {p: sorted({self.subjects.get(i, "") for i in self.ids(p)} - {""}) for p in PARTS}
        return {
            "protocol": self.protocol,
            "seed": self.seed,
            "notes": list(self.notes),
            "leak_share": self.leaks(),
            "leaked": self.shared("test", "train"),
            "inherited": len(self.inherited),
            "copies_checked": self.copies is not None,
            **({} if self.seen is None else {"seen": list(self.seen)}),
            "subjects": people,
            "ids": {part: list(self.ids(part)) for part in PARTS},
            "dropped": dict(self.dropped),
        }


def _traits(of: Mapping[str, str], names: Sequence[str]) -> Sequence[str]:
    """What ids are known by: the ids themselves where there is nothing else; '' where it is not known."""
    return list(map(of.get, names, repeat(""))) if of else names


def draw_split(
    index: pd.DataFrame,
    protocol: str,
    recipe: Mapping[str, Any],
    copies: Mapping[str, str] | None = None,
    families: Mapping[str, str] | None = None,
) -> Split:
    """Draw the parts of a data set, to be looked at: whether they leak is not checked.

    Args:
        index: columns ``id`` and ``subject``; ``part_given`` (kind given); ``label``, if classes
            are asked for (kind folds, or ``stratified``).
        protocol: ``clean``, ``as_printed`` or ``thesis``, a key of the recipe.
        recipe: the configuration ``data.split``: ``kind``; ``seed`` and for each protocol ``train, val, test``,
            numbers of subjects or names of given parts (``val`` may be ``same_as_test`` of subjects, or ``of_train``
            with a ``share``), with ``stratified`` that share of each class; or ``folds`` and ``fold``; ``manifest``, a
            file to read the ids from instead.
        copies: content hash of each id (``datamodules.faces.content_hashes``), to find exact copies.
        families: what images of one photograph have in common, by id (``sources.copies.families``): those who validate
            ``of_train`` where people are not known are drawn by it; without it each image is one of its own.

    Raises:
        ConfigError: the recipe is not as it should be (``recipe.check_recipe``).
        DataError: too few subjects, or a part without items.
    """
    check_recipe(recipe, protocol)
    given = partial(_as_given, families=families or {})
    draws: Mapping[str, Callable[..., Split]] = {
        "subjects": _by_subjects, "items": _by_items, "given": given, "folds": _by_folds, "whole": _whole
    }  # fmt: skip
    kind = recipe["kind"]
    draw = _by_manifest if recipe.get("manifest") else draws[kind]
    split = draw(index, protocol, recipe, copies)
    needed = ("test",) if kind == "whole" else PARTS
    if empty := [part for part in needed if not split.ids(part)]:
        raise DataError(f"the {protocol} split leaves {', '.join(empty)} without items", do="check the data set")
    return split


def _by_subjects(
    index: pd.DataFrame, protocol: str, recipe: Mapping[str, Any], copies: Mapping[str, str] | None
) -> Split:
    """Subjects in a seeded order, dealt out to the parts; García Zapata 2018, sec. 5.1 and 5.2, names none."""
    subjects = _subjects(index)
    if nameless := [name for name, subject in subjects.items() if not subject]:
        raise DataError(
            f"{len(nameless)} items have no subject, {nameless[0]!r} first",
            expected="a subject for each item, to be split by subjects",
            do="name the column of the subject, or set data.split.kind=items (a person may then be in several parts)",
        )
    counts, seed = of_protocol(recipe, protocol), int(recipe["seed"])
    people = np.array(sorted(set(subjects.values())), dtype=object)
    order = people[np.random.default_rng(seed).permutation(len(people))]
    sizes = {part: int(counts[part]) for part in PARTS if counts[part] not in (SAME_AS_TEST, OF_TRAIN)}
    where = stratified(index, sizes, seed) if recipe.get("stratified") else in_order(order, sizes)
    notes: tuple[str, ...] = (VAL_IS_TEST,) if counts["val"] == SAME_AS_TEST else ()
    if counts["val"] == OF_TRAIN:
        validating, notes = _of_train([who for who in order if where[who] == "train"], counts)
        where |= dict.fromkeys(validating, "val")
    ids = {part: tuple(i for i, who in subjects.items() if where[who] == part) for part in PARTS}
    val = ids["test"] if counts["val"] == SAME_AS_TEST else ids["val"]
    return Split(protocol, ids["train"], val, ids["test"], subjects, copies, {}, notes, seed)


def _of_train(people: Sequence[str], recipe: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Which of the training people validate (the last of their order), and the note that says so."""
    number = max(1, round(float(recipe["share"]) * len(people)))
    return list(people[-number:]), (f"{number} of the {len(people)} training people validate",)


def _by_items(index: pd.DataFrame, protocol: str, recipe: Mapping[str, Any], copies: Mapping[str, str] | None) -> Split:
    """Videos or images in a seeded order, for data that do not name everybody in them.

    Those of a person who is named stay together, and exact copies do, but under thesis; nothing keeps others in one
    part.
    """
    subjects = _subjects(index)
    units = list(index["id"])
    if protocol != THESIS:
        units = with_copies(units, [subjects.get(name) or name for name in units], copies or {})
    drawn = _by_subjects(index.assign(subject=units), protocol, recipe, copies)
    unknown = sum(not subject for subject in subjects.values())
    note = f"people are not known of {unknown} items: the same person may be in training and test"
    return replace(drawn, subjects=subjects, notes=(*drawn.notes, *([note] if unknown else [])))


def _as_given(
    index: pd.DataFrame,
    protocol: str,
    recipe: Mapping[str, Any],
    copies: Mapping[str, str] | None,
    families: Mapping[str, str],
) -> Split:
    """The parts the data set names, but for thesis without exact copies of test anywhere, of validation in training."""
    if "part_given" not in index:
        raise DataError(
            "the data set names no parts", do="set data.split.kind=subjects, or items if it names no people"
        )
    names, subjects = of_protocol(recipe, protocol), _subjects(index)
    notes: tuple[str, ...] = ()
    ids = {part: tuple(index.loc[index["part_given"].isin(given_parts(names[part])), "id"]) for part in PARTS}
    if names["val"] == OF_TRAIN:
        units = {name: subjects[name] or families.get(name, name) for name in ids["train"]}
        ids, notes = _given_of_train(ids, units, recipe, protocol)
    if protocol == THESIS:
        return Split(protocol, ids["train"], ids["val"], ids["test"], subjects, copies, notes=notes)
    if copies is None:
        raise DataError(f"a split of given parts under {protocol} needs content hashes", do="pass copies to draw_split")
    test = {copies[name] for name in ids["test"]}
    val = tuple(name for name in ids["val"] if copies[name] not in test)
    held_out = test | {copies[name] for name in ids["val"]}
    train = tuple(name for name in ids["train"] if copies[name] not in held_out)
    dropped = dict.fromkeys(set(ids["train"]) - set(train), "training copy of a validation or test image")
    dropped |= dict.fromkeys(set(ids["val"]) - set(val), "validation copy of a test image")
    return Split(protocol, train, val, ids["test"], subjects, copies, dict(sorted(dropped.items())), notes)


def _given_of_train(
    ids: Mapping[str, tuple[str, ...]], who: Mapping[str, str], recipe: Mapping[str, Any], protocol: str
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Given parts without validation: some of those who train validate, people, photographs or single items."""
    order = np.random.default_rng(int(recipe["seed"])).permutation(sorted(set(who.values()))).tolist()
    chosen = set(order[-max(1, round(float(of_protocol(recipe, protocol)["share"]) * len(order))) :])
    val = tuple(name for name in ids["train"] if who[name] in chosen)
    train = tuple(name for name in ids["train"] if who[name] not in chosen)
    note = f"no part is given for validation: {len(val)} of {len(who)} training items validate"
    return {**ids, "train": train, "val": val}, (note,)


def _by_folds(index: pd.DataFrame, protocol: str, recipe: Mapping[str, Any], copies: Mapping[str, str] | None) -> Split:
    """One fold for the test; clean: whole subjects in each fold, the next one validates; thesis: images at random.

    Moravčík 2021, sec. 6.4.4, trains on all other folds and names no validation: validation = test, select nothing.
    as_printed: whole subjects in each fold, all others train but for the few who validate.
    """
    count, fold, seed = int(recipe["folds"]), int(recipe["fold"] or 0), int(recipe["seed"])
    if not 0 <= fold < count:
        raise ConfigError(f"fold={fold}", expected=f"0 to {count - 1}")
    subjects, names = _subjects(index), np.array(index["id"].astype(str))
    people = protocol != THESIS
    places = _folds_of_subjects(index, count, seed) if people else random_folds(len(index), count, seed)
    notes: tuple[str, ...] = () if people else (VAL_IS_TEST,)
    test, val = places == fold, places == ((fold + 1) % count if protocol == CLEAN else fold)
    if protocol == AS_PRINTED:
        others = np.unique(index["subject"].astype(str).to_numpy()[~test])
        order = np.random.default_rng(seed).permutation(others).tolist()
        validating, notes = _of_train(order, of_protocol(recipe, protocol))
        val = index["subject"].astype(str).isin(validating).to_numpy()
    train, val_, test_ = (tuple(names[chosen]) for chosen in (~(test | val), val, test))
    return Split(protocol, train, val_, test_, subjects, copies, {}, notes, seed)


def _folds_of_subjects(index: pd.DataFrame, count: int, seed: int) -> Ints:
    """The fold of each item: about as many of each class in every one, or of all items where there are no classes."""
    counts = pd.crosstab(index["subject"], index["label"] if "label" in index else np.zeros(len(index)))
    fold = balanced_folds(counts.to_numpy(np.int64), count, seed)
    return index["subject"].map(dict(zip(counts.index, fold, strict=True))).to_numpy(np.int64)


def _whole(index: pd.DataFrame, protocol: str, recipe: Mapping[str, Any], copies: Mapping[str, str] | None) -> Split:
    """Everything for the test, of a network that was trained elsewhere."""
    return Split(protocol, (), (), tuple(index["id"].astype(str)), _subjects(index), copies)


def _by_manifest(
    index: pd.DataFrame, protocol: str, recipe: Mapping[str, Any], copies: Mapping[str, str] | None
) -> Split:
    """The ids that a file names, in the form of a run's ``split.json``."""
    path, subjects = Path(str(recipe["manifest"])), _subjects(index)
    ids = read_manifest(path, PARTS, subjects)
    note = f"split by the manifest {path.name}"
    return Split(protocol, ids["train"], ids["val"], ids["test"], subjects, copies, {}, (note,))


def _subjects(index: pd.DataFrame) -> dict[str, str]:
    return dict(zip(index["id"].astype(str).tolist(), index["subject"].astype(str).tolist(), strict=True))
