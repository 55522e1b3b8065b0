"""What is said of the single things in a crate: files, theses, data, code, machines and stamps, an entity each."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from fer_lab.crates.content import Content
from fer_lab.crates.croissant import CREATOR, TERMS
from fer_lab.crates.data import Data
from fer_lab.crates.records import Record
from fer_lab.crates.splits import PARTS, Split
from fer_lab.crates.tables import Rendered
from fer_lab.environment import PACKAGES
from fer_lab.labels import several
from fer_lab.report.site.theses import thesis
from fer_lab.tables import stamp_words, tables

AUTHOR, CODE = "#author", "#code"
PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
CROISSANT = "http://mlcommons.org/croissant/1.0"
MANIFEST = "manifest-sha256.txt"
README = "README.md"
KINDS = {".cff": "text/yaml", ".yaml": "text/yaml", ".md": "text/markdown", ".tex": "application/x-tex",
         ".lock": "text/plain", ".toml": "text/plain", ".bib": "application/x-bibtex"}  # fmt: skip
Entity = dict[str, Any]
TWINS = (
    "Source embedded means drawn twins: procedural faces in place of a data set (mixed: in place of some). Such a "
    "number says nothing of people, and is no verdict on what a thesis prints."
)
FORM: Entity = {"@id": CROISSANT, "@type": "CreativeWork", "name": "Croissant", "version": "1.0"}
DRAWN = {
    "embedded": " (drawn faces: no result about people)",
    "mixed": " (faces drawn in part: no result about people alone)",
}
ABOUT = {
    README: "what is in this crate, and how it is checked",
    MANIFEST: "SHA-256 of every other file but itself, as sha256sum -c reads it",
    "CITATION.cff": "how the code is cited",
    "LICENSE": "terms of the code, and of what it has written",
    "NOTICE": "what belongs to a copy beside the licence",
    "environment/requirements.lock": "every package that the code is run with, by version and SHA-256",
    "environment/pyproject.toml": "what the code needs, and which Python",
    "environment/machines.json": "the machines and versions of the runs, as their records have them",
    "splits/runs.csv": "of every run the digest of its data and of its split, and where that stands in this crate",
    "theses/references.bib": "the theses, and the papers whose methods and data sets they use",
}


def crate_name(content: Content) -> str:
    """What a crate is called."""
    theses = sorted({table.thesis for table in content.tables})
    return f"fer_lab: {', '.join(thesis(name).short for name in theses)}, re-run"


def table_title(table: Rendered) -> str:
    """``Moravčík 2021, Table 6.1: ...``; without its title where this version does not know the table."""
    known = tables().get(f"{table.thesis}-{table.number}")
    return f"{thesis(table.thesis).short}, Table {table.number}{f': {known.title}' if known else ''}"


def summary(content: Content) -> str:
    """What a crate is, with the stamp of every number in it."""
    numbers = f"{several(len(content.tables), 'table')} read from {several(len(content.records), 'run')}"
    twins = TWINS if any(table.stamp["source"] != "real" for table in content.tables) else ""
    stamps = "; ".join(content.stamps)
    return f"{numbers}, of {content.origin}. Stamps (source, profile, protocol): {stamps}. {twins}".strip()


def split_title(split: Split, data: Data) -> str:
    """What a split is called."""
    drawn = "not drawn" if split.seed is None else f"seed {split.seed}"
    return f"Split of {data.title} ({split.source}), {split.column}, protocol {split.protocol}, {drawn}"


def split_text(split: Split, data: Data) -> str:
    """What a split is of, its counts, and what its ids are."""
    counts = ", ".join(f"{split.count(part)} {part}" for part in PARTS)
    ids = "Items and people are keyed digests: who holds the data and the key can tell which. " if split.keyed else ""
    known = f"SHA-256 of the runs' manifest: {' or '.join(split.sha256)}."
    return f"{counts}, {len(split.dropped)} in no part. {ids}{known} {data.text}"


def moment(seconds: float) -> str:
    """A time in seconds since 1970 as ISO 8601."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def in_order(records: Sequence[Record]) -> list[Record]:
    """Records by cell and stamp, then seed and fold."""
    return sorted(records, key=lambda one: (one.folder, one.record["seed"], one.record.get("fold") or 0))


def to(id: str) -> Entity:
    """A reference to an entity."""
    return {"@id": id}


def file_entity(name: str, about: tuple[int, str], text: str, form: Entity | None = None) -> Entity:
    """A file: its name in the crate, bytes and SHA-256, what it is, and the form that it has."""
    size, digest = about
    kind = KINDS.get(f".{name.rpartition('.')[2]}") or mimetypes.guess_type(name)[0] or "text/plain"
    return {
        "@id": name, "@type": "File", "name": name.rpartition("/")[2], "description": text, "encodingFormat": kind,
        "contentSize": str(size), "sha256": digest, "conformsTo": form,
    }  # fmt: skip


def about_file(name: str) -> str:
    """What a single file is."""
    if name in ABOUT:
        return ABOUT[name]
    if name.startswith("theses/"):
        return "what is claimed, as data" if name.endswith(".yaml") else "what the thesis says, and what was decided"
    return "the claims, and the verdicts that these results give on them; each line has its stamp"


def fixed(author: str) -> Iterator[Entity]:
    """What stands in every crate."""
    yield {"@id": TERMS, "@type": "CreativeWork", "name": "Apache License 2.0", "identifier": "Apache-2.0",
           "description": "Terms of the code and of all files here. Data sets have terms of their own."}  # fmt: skip
    yield {"@id": PROCESS, "@type": ["CreativeWork", "Profile"], "name": "Process Run Crate", "version": "0.5"}
    yield code_entity(CODE, version("fer_lab"), "What renders tables; a table does not record its commit.")
    if author:
        kind = "Organization" if author == CREATOR else "Person"
        yield {"@id": AUTHOR, "@type": kind, "name": author}


def work_id(name: str) -> str:
    """The id of a thesis."""
    return f"#thesis-{name}"


def work(name: str) -> Entity:
    """A thesis as it is cited."""
    about = thesis(name)
    return {"@id": work_id(name), "@type": "Thesis", "name": about.title,
            "creditText": ", ".join((about.author, about.school, about.year)),
            "datePublished": about.year}  # fmt: skip


def data_entity(data: Data) -> Entity:
    """The data of runs, which are not in the crate."""
    name = data.title if data.source == "real" else f"{data.title}: its twin"
    return {"@id": data.id, "@type": "CreativeWork", "name": name, "description": data.text, "creditText": data.cite}


def codes(records: Sequence[Record]) -> Iterator[Entity]:
    """The code in every version that runs were computed with."""
    known = {_code_id(one): one.record["environment"] for one in records}
    for id, environment in sorted(known.items()):
        commit = environment.get("commit") or {}
        changed = ", with changes that are not committed" if commit.get("dirty") else ""
        number = environment.get("versions", {}).get("fer_lab", "unknown")
        name = f"swh:1:rev:{commit['revision']}" if len(commit.get("revision", "")) == 40 else ""
        yield code_entity(id, number, f"Commit {commit.get('revision', 'unknown')}{changed}.") | {"identifier": name}


def code_entity(id: str, number: str, text: str) -> Entity:
    """A version of the code; its address is this crate's own page, as it has no other."""
    return {"@id": id, "@type": "SoftwareApplication", "name": "fer_lab", "version": number, "url": to(README),
            "license": to(TERMS), "description": text}  # fmt: skip


def _code_id(one: Record) -> str:
    commit = one.record["environment"].get("commit") or {}
    return f"#code-{commit.get('revision', 'unknown')}{'-changed' if commit.get('dirty') else ''}"


def code_ids(records: Sequence[Record]) -> list[str]:
    """The ids of the code that runs were computed with."""
    return sorted({_code_id(one) for one in records})


def machine_words(records: Sequence[Record]) -> str:
    """What the runs were computed on, each machine once."""
    found = dict.fromkeys(_words(one.record["environment"]) for one in records)
    return f"Computed on {'; '.join(found)}."


def _words(environment: Mapping[str, Any]) -> str:
    versions = environment.get("versions", {})
    parts = [environment.get("gpu") or environment.get("cpu"), environment.get("instructions"),
             f"Python {environment.get('python', 'unknown')}",
             *(f"{name} {versions[name]}" for name in PACKAGES if name in versions)]  # fmt: skip
    return ", ".join(str(part) for part in parts if part)


def stamp_sentence(stamp: Mapping[str, str]) -> str:
    """A stamp, and what it means on a twin."""
    return f"Stamp: {stamp_words(stamp)}{DRAWN.get(stamp['source'], '')}."


def seeds_words(records: Sequence[Record]) -> str:
    """``seeds 0 1 2``, and how many folds."""
    seeds = sorted({one.record["seed"] for one in records})
    folds = sorted({one.record["fold"] for one in records if one.record.get("fold") is not None})
    return f"seed{'s' * (len(seeds) > 1)} {' '.join(map(str, seeds))}" + (f", {len(folds)} folds" if folds else "")


def rendering_id(table: Rendered) -> str:
    """The id of the action that rendered a table."""
    return f"#render-{table.name.removeprefix('tables/').replace('/', '-')}"


def training_id(folder: str) -> str:
    """The id of the action that trained the runs of a folder."""
    return f"#train-{folder.removeprefix('runs/').replace('/', '-')}"
