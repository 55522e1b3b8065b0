"""What goes into a crate, gathered before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from fer_lab.configs import results_folder
from fer_lab.crates.croissant import CREATOR
from fer_lab.crates.data import Data, about_data
from fer_lab.crates.ledger import read_ledger_records
from fer_lab.crates.records import Record, machines, read_reference_records, refuse
from fer_lab.crates.secrets import places_of, told_pages
from fer_lab.crates.splits import Split, digests, splits_of
from fer_lab.crates.tables import Rendered, read_tables
from fer_lab.crates.verdicts import ledger_verdicts, reference_verdicts, verdict_tables
from fer_lab.errors import ConfigError, nearest
from fer_lab.labels import several
from fer_lab.ledger import STAMP, Run
from fer_lab.parcels.keyed import Keyed, kept_key
from fer_lab.parcels.leaving import json_bytes
from fer_lab.report.site.theses import BIBLIOGRAPHY
from fer_lab.resources import CHECKOUT, resource_folder
from fer_lab.storage import file_digest

REFERENCE = "results/reference"
KEYS = "crates"
"""Below results: the folder of the key of digests, which never leaves."""
ROOT_FILES = ("CITATION.cff", "LICENSE", "NOTICE")
ENVIRONMENT = ("requirements.lock", "pyproject.toml")
MACHINES, SPLITS = "environment/machines.json", "splits/runs.csv"


@dataclass(frozen=True)
class Content:
    """All that a crate holds, but for what describes it.

    Attributes:
        origin: where it is from, in words that name no place.
        tables, records, splits: what was rendered, the runs that it was read from, and their splits.
        data: those of the runs.
        files: name in the crate -> content, or the file that it is copied from.
        told: what is not in it and why, a line each.
        author: whose results they are; '' where nobody said.
    """

    origin: str
    tables: Sequence[Rendered]
    records: Sequence[Record]
    splits: Sequence[Split]
    data: Sequence[Data]
    files: Mapping[str, bytes | Path]
    told: Sequence[str]
    author: str = ""

    @property
    def moment(self) -> float:
        """When the last of its runs finished, in seconds since 1970; 0 where no record says it."""
        return max((float(one.record.get("finished", 0)) for one in self.records), default=0.0)

    @property
    def stamps(self) -> list[str]:
        """The stamps of its tables, real data first, such as ``embedded, laptop, clean``."""
        return sorted({", ".join(table.stamp.values()) for table in self.tables}, reverse=True)

    def digest(self, name: str) -> str:
        """SHA-256 of a file."""
        content = self.files[name]
        return file_digest(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()

    def size(self, name: str) -> int:
        """Bytes of a file."""
        content = self.files[name]
        return content.stat().st_size if isinstance(content, Path) else len(content)


def gather(theses: Sequence[str], overrides: Sequence[str], author: str = "") -> Content:
    """What a crate of some theses holds: the committed reference results, or with ``paths.results=`` those of a folder.

    Args:
        theses: folders below ``experiments/``; empty: all.
        overrides: ``source=``, ``profile=`` and ``protocol=`` leave out tables of others; ``paths.``: where data lie.
        author: whose results these are; the committed ones are the developers'.

    Raises:
        ConfigError: no such thesis or key; there are no committed results here.
        StoreError: there is no table, or something is not as it was written.
    """
    _check_theses(theses)
    stamp = _stamp_asked(overrides)
    results = results_folder(list(overrides)).absolute()
    if any(word.startswith("paths.results=") for word in overrides):
        return replace(_of_results(results, theses, stamp, overrides), author=author)
    if CHECKOUT is None or not (CHECKOUT / REFERENCE).is_dir():
        raise ConfigError("there are no committed results here", do="name a folder of results: paths.results=results")
    return replace(_of_reference(CHECKOUT / REFERENCE, theses, stamp), author=author or CREATOR)


def _stamp_asked(overrides: Sequence[str]) -> dict[str, list[str]]:
    """Key of the stamp -> the values asked for; nothing that would change nothing is taken without a word."""
    found: dict[str, list[str]] = {}
    for key, _, value in (word.partition("=") for word in overrides):
        if key in STAMP:
            found[key] = value.split(",")
        elif not key.startswith("paths."):
            raise ConfigError(
                f"{key}={value}: a crate takes no such word",
                expected=f"{', '.join(STAMP)} or paths.<name>, each with =",
                do="leave it out; what is not in tables is not in their crate",
            )
    for key, values in found.items():
        known = {path.stem for path in (resource_folder("conf") / key).glob("*.yaml")}
        if wrong := [value for value in values if value not in known]:
            raise ConfigError(f"there is no {key}={wrong[0]}", expected=f"one of {nearest(wrong[0], known)}")
    return found


def _check_theses(theses: Collection[str]) -> None:
    known = {path.name for path in resource_folder("experiments").iterdir() if path.is_dir()}
    for name in theses:
        if name not in known:
            raise ConfigError(f"no thesis {name!r}", expected=f"one of {nearest(name, known)}")


def _of_reference(root: Path, theses: Sequence[str], stamp: Mapping[str, Sequence[str]]) -> Content:
    tables = read_tables(root, theses, stamp)
    names = sorted({table.thesis for table in tables} | {path.parent.name for path in root.glob("*/claims.csv")})
    names = [name for name in names if not theses or name in theses]
    records = [one for one in read_reference_records(root, names) if any(one.is_of(table) for table in tables)]
    told = [f"the split manifests of {several(len(records), 'run')}, of which digests are kept (splits/runs.csv)"]
    verdicts = verdict_tables(names, reference_verdicts(root, names))
    return _content("the results that are committed with the code", tables, records, [], verdicts, told)


def _of_results(
    results: Path, theses: Sequence[str], stamp: Mapping[str, Sequence[str]], overrides: Sequence[str]
) -> Content:
    tables = read_tables(results / "tables", theses, stamp)
    known = cache(about_data)

    def key_of(run: Run) -> Keyed | None:
        told = run.returned or known(run.dataset, run.source).told
        return None if told else kept_key(results / KEYS)

    pairs, left = read_ledger_records(results / "runs", tables, key_of)
    splits, wrong = splits_of(pairs, {run.id: key_of(run) for run, _ in pairs})
    refuse(wrong, "split manifest")
    names = sorted({table.thesis for table in tables})
    stamps = {tuple(table.stamp.values()) for table in tables}
    verdicts = verdict_tables(names, ledger_verdicts(results / "runs", names, stamps, overrides))
    told = [f"run {line}".replace(str(results), "results") for line in left]
    pages = told_pages(tables, ((run, key_of(run)) for run, _ in pairs), places_of(overrides))
    content = _content("a folder of results", tables, [record for _, record in pairs], splits, verdicts, told)
    return replace(content, files={**content.files, **pages})


def _content(
    origin: str,
    tables: Sequence[Rendered],
    records: Sequence[Record],
    splits: Sequence[Split],
    verdicts: Mapping[str, bytes],
    told: Sequence[str],
) -> Content:
    sets = sorted({(one.record["dataset"], one.record["source"]) for one in records})
    files: dict[str, bytes | Path] = {**dict(_of_code()), **dict(_of_theses({table.thesis for table in tables}))}
    files |= {f"{table.name}/{name}": table.folder / name for table in tables for name in table.files}
    files |= {f"{one.folder}/{name}": data for one in records for name, data in one.files.items()}
    files |= {f"{split.name}/{name}": data for split in splits for name, data in split.files.items()}
    files |= {**verdicts, MACHINES: json_bytes(machines(records)), SPLITS: digests(records, splits)}
    lines = [*told, *_without_record(tables, records), *_other_files(tables)]
    lines += [f"{name}, as the code is installed without it" for name in _missing()]
    data = [about_data(*one) for one in sets]
    return Content(origin, tables, records, splits, data, dict(sorted(files.items())), lines)


def _of_code() -> Iterator[tuple[str, Path]]:
    for name in (*ROOT_FILES, *ENVIRONMENT):
        if CHECKOUT is not None and (CHECKOUT / name).is_file():
            yield (f"environment/{name}" if name in ENVIRONMENT else name), CHECKOUT / name


def _missing() -> list[str]:
    return [name for name in (*ROOT_FILES, *ENVIRONMENT) if CHECKOUT is None or not (CHECKOUT / name).is_file()]


def _of_theses(theses: Collection[str]) -> Iterator[tuple[str, Path]]:
    """The bibliography, and of each thesis what was decided where it is open, and its claims as data."""
    root = resource_folder("experiments")
    names = {BIBLIOGRAPHY: f"theses/{BIBLIOGRAPHY}"}
    for thesis in sorted(theses):
        names |= {f"{thesis}/README.md": f"theses/{thesis}.md", f"{thesis}/claims.yaml": f"theses/{thesis}-claims.yaml"}
    for name, place in names.items():
        if (root / name).is_file():
            yield place, root / name


def _without_record(tables: Sequence[Rendered], records: Sequence[Record]) -> Iterator[str]:
    """The runs that tables say they are read from, and of which there is no record."""
    for table in tables:
        there = {(c, one.record["seed"]) for one in records if one.is_of(table) for c in one.cells}
        if missing := sorted(table.runs - there):
            shown = ", ".join(f"{cell} seed {seed}" for cell, seed in missing[:3])
            more = ", ..." if len(missing) > 3 else ""
            yield f"{table.name}: no record of {several(len(missing), 'run')} ({shown}{more})"


def _other_files(tables: Sequence[Rendered]) -> Iterator[str]:
    for table in tables:
        if table.other:
            yield f"{table.name}: no part of a table: {', '.join(table.other)}"
