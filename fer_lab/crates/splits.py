"""Which items are in which part, as tables of ids: what somebody needs to test on the same items.

Ids and people of twins and of data that may be published are told as the index has them. Of all other data they are
keyed digests, as in parcels: an id often is a name of a file that only its holders have, and a plain digest of a name
can be guessed. Whoever has the data and the key (``results/crates/salt``, which stays) can tell which.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from fer_lab.crates.records import SPLIT, Record
from fer_lab.errors import StoreError
from fer_lab.evaluation.targets import Classes
from fer_lab.ledger import Run
from fer_lab.parcels.keyed import ID, SUBJECT, Keyed
from fer_lab.storage import digest, read_json

PARTS = ("train", "val", "test")
ITEMS, DROPPED = "items.csv", "dropped.csv"
COLUMNS = ("item", "person", "part", "class")


@dataclass(frozen=True)
class Split:
    """A split of a data set, as one or several runs had it.

    Attributes:
        name: its folder in a crate.
        dataset, source, column, protocol, seed: what it is a split of, and how it was drawn; no seed: it was not drawn.
        sha256: of the manifests that the runs have, each once; they say more than which item is where.
        items: ``item, person, part, class``, a line an item, sorted; '' where nobody or no class is known.
        dropped: item and reason of what is in no part.
        keyed: whether items and people are keyed digests.
        runs: ids of the runs that had it.
        finished: when the last of these was, in seconds since 1970.
    """

    name: str
    dataset: str
    source: str
    column: str
    protocol: str
    seed: int | None
    sha256: tuple[str, ...]
    items: Sequence[tuple[str, ...]]
    dropped: Sequence[tuple[str, str]]
    keyed: bool
    runs: tuple[str, ...]
    finished: float

    @property
    def files(self) -> dict[str, bytes]:
        """Its tables by name; without ``dropped.csv`` where nothing was."""
        tables = {ITEMS: _csv(COLUMNS, self.items)}
        return tables | ({DROPPED: _csv(("item", "reason"), self.dropped)} if self.dropped else {})

    def count(self, part: str) -> int:
        """How many items a part has."""
        return sum(item[2] == part for item in self.items)


def splits_of(runs: Sequence[tuple[Run, Record]], keys: Mapping[str, Keyed | None]) -> tuple[list[Split], list[str]]:
    """The splits of runs, each once, and what is wrong with manifests that cannot be read.

    Args:
        runs: of a ledger.
        keys: id of a run -> what replaces names in it; None where these may be told.
    """
    groups: dict[tuple[str, ...], list[Run]] = {}
    wrong: list[str] = []
    for run, record in runs:
        groups.setdefault((run.dataset, run.source, run.column, record.split), []).append(run)
    found: dict[str, Split] = {}
    for (*_, sha256), own in sorted(groups.items()):
        try:
            split = _split(own, sha256, keys[own[0].id])
        except (StoreError, KeyError, TypeError, ValueError, AttributeError) as error:
            wrong.append(f"the split of run {own[0].id}: {getattr(error, 'what', repr(error))}")
            continue
        found[split.name] = _together(found[split.name], split) if split.name in found else split
    return [found[name] for name in sorted(found)], wrong


def _together(one: Split, other: Split) -> Split:
    """The same items in the same parts, of two manifests."""
    return replace(
        one, sha256=(*one.sha256, *other.sha256), runs=tuple(sorted((*one.runs, *other.runs))),
        finished=max(one.finished, other.finished),
    )  # fmt: skip


def _split(runs: Sequence[Run], sha256: str, keyed: Keyed | None) -> Split:
    first = runs[0]
    manifest = read_json(first.file(SPLIT))
    people, classes = _known(first)
    if keyed is not None:
        people = {keyed.of(ID, item): keyed.of(SUBJECT, person) for item, person in people.items()}
        classes = {keyed.of(ID, item): name for item, name in classes.items()}
        manifest = keyed.split(manifest)
    rows = [(i, people.get(i, ""), part, classes.get(i, "")) for part in PARTS for i in manifest["ids"].get(part, ())]
    items = tuple(sorted((*map(str, row),) for row in rows))
    dropped = tuple(sorted((str(item), str(why)) for item, why in manifest["dropped"].items()))
    drawn = str(manifest["protocol"]), manifest["seed"]
    name = f"splits/{first.dataset}-{first.column}-{first.source}-{digest([items, dropped, drawn], 8)}"
    return Split(
        name, first.dataset, first.source, first.column, *drawn, (sha256,), items, dropped,
        keyed is not None or bool(first.returned), tuple(sorted(run.id for run in runs)),
        max(run.finished for run in runs),
    )  # fmt: skip


def _known(run: Run) -> tuple[dict[str, str], dict[str, str]]:
    """Item -> person, and item -> class where an item has exactly one, as the scores of a run tell them."""
    scores = pd.concat([run.scores(part) for part in PARTS])
    people = dict(zip(scores["video"].astype(str), scores["subject"].fillna("").astype(str), strict=True))
    if not isinstance(run.target, Classes):
        return people, {}
    pairs = scores[["video", "label"]].drop_duplicates()
    single = pairs[~pairs["video"].duplicated(keep=False)]
    names = [run.target.names[int(label)] for label in single["label"]]
    return people, dict(zip(single["video"].astype(str), names, strict=True))


def _csv(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([heading, *rows])
    return text.getvalue().encode()


def digests(records: Sequence[Record], splits: Sequence[Split]) -> bytes:
    """``splits/runs.csv``: of every run the digest of its data and of its split, and where the split stands."""
    names = {id: split.name for split in splits for id in split.runs}
    heading = ("run", "cell", "seed", "fold", "source", "dataset", "data", "split_sha256", "folder")
    return _csv(heading, [_line(one.record, one.split, names) for one in records])


def _line(record: Mapping[str, Any], split: str, names: Mapping[str, str]) -> list[str]:
    fold = record.get("fold")
    known = [record["id"], record["cell"], record["seed"], "" if fold is None else fold, record["source"]]
    data = str(record["facts"].get("data", ""))
    return [*map(str, known), record["dataset"], data, split, names.get(record["id"], "")]
