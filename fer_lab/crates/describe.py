"""The description of a crate (`ro-crate-metadata.json`), in the words of RO-Crate 1.3 and Process Run Crate 0.5.

Actions are told as Process Run Crate has them: one for the runs of a cell under one stamp, one for each table that was
rendered from them. Only what is recorded is told: no run says who started it, and no table when it was rendered, nor by
which commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from fer_lab.crates.content import Content
from fer_lab.crates.croissant import NAME, TERMS
from fer_lab.crates.entities import (
    AUTHOR,
    CODE,
    CROISSANT,
    FORM,
    PROCESS,
    Entity,
    about_file,
    code_ids,
    codes,
    crate_name,
    data_entity,
    file_entity,
    fixed,
    in_order,
    machine_words,
    moment,
    rendering_id,
    seeds_words,
    split_text,
    split_title,
    stamp_sentence,
    summary,
    table_title,
    to,
    training_id,
    work,
    work_id,
)
from fer_lab.crates.extra import needed
from fer_lab.crates.records import Record
from fer_lab.crates.splits import Split
from fer_lab.crates.tables import TABLE, Rendered
from fer_lab.report.site.theses import is_printed
from fer_lab.tables import tables


def describe(content: Content, files: Mapping[str, tuple[int, str]]) -> Any:
    """A crate of ``rocrate``, without its files.

    Args:
        content: what it holds.
        files: every file that will lie in it, by name: bytes and SHA-256 (hex, '' of one that cannot say its own).

    Raises:
        ConfigError: the library is not installed.
    """
    crate = needed("rocrate.rocrate").ROCrate()
    entity = needed("rocrate.model.contextentity").ContextEntity
    graph = _Graph(content, files)
    for one in graph.entities():
        properties = {key: value for key, value in one.items() if key != "@id" and value not in ("", [], None)}
        properties = {key: value[0] if isinstance(value, list) and len(value) == 1 else value
                      for key, value in properties.items()}  # fmt: skip
        if one["@id"] == "./":
            crate.root_dataset._jsonld.update(properties)
        elif one["@type"] in ("File", "Dataset") and not one["@id"].startswith("#"):
            add = crate.add_file if one["@type"] == "File" else crate.add_dataset
            add(None, one["@id"], properties=properties)
        else:
            crate.add(entity(crate, one["@id"], properties))
    crate.root_dataset._jsonld["hasPart"] = [{"@id": name} for name in graph.parts]
    return crate


class _Graph:
    """Everything that is said of a crate, an entity each."""

    def __init__(self, content: Content, files: Mapping[str, tuple[int, str]]) -> None:
        self.content, self.files = content, files
        self.theses = sorted({table.thesis for table in content.tables})
        self.data = {(one.name, one.source): one for one in content.data}
        self.groups = {folder: list(own) for folder, own in groupby(in_order(content.records), lambda r: r.folder)}
        self.folders = [*(table.name for table in content.tables), *self.groups, *(s.name for s in content.splits)]
        self.single = [name for name in files if not any(name.startswith(f"{above}/") for above in self.folders)]
        self.parts = [*self.single, *(f"{name}/" for name in self.folders)]

    def entities(self) -> Iterator[Entity]:
        yield self._root()
        yield from fixed(self.content.author)
        yield from (file_entity(name, self.files[name], about_file(name)) for name in self.single)
        yield from (work(name) for name in self.theses if is_printed(name))
        if self.content.splits:
            yield FORM
        yield from map(data_entity, self.content.data)
        yield from codes(self.content.records)
        for table in self.content.tables:
            yield from self._table(table)
        for folder, records in self.groups.items():
            yield from self._runs(folder, records)
        for split in self.content.splits:
            yield from self._split(split)

    def _root(self) -> Entity:
        content = self.content
        actions = [*(rendering_id(table) for table in content.tables if self._read_from(table)),
                   *map(training_id, self.groups)]  # fmt: skip
        return {
            "@id": "./",
            "name": crate_name(content),
            "description": summary(content),
            "datePublished": moment(content.moment),
            "license": to(TERMS), "author": to(AUTHOR) if content.author else "",
            "publisher": to(AUTHOR) if content.author else "",
            "conformsTo": to(PROCESS), "keywords": ["facial expression recognition", "reproducibility"],
            "isBasedOn": [to(work_id(name)) for name in self.theses if is_printed(name)],
            "mentions": [to(action) for action in actions],
        }  # fmt: skip

    def _read_from(self, table: Rendered) -> list[str]:
        """The folders of the runs that a table is read from."""
        return [folder for folder, own in self.groups.items() if any(record.is_of(table) for record in own)]

    def _table(self, table: Rendered) -> Iterator[Entity]:
        known, title = tables().get(f"{table.thesis}-{table.number}"), table_title(table)
        place = f"Section {known.section}. " if known and known.section and is_printed(table.thesis) else ""
        folders = self._read_from(table)
        text = f"{place}Printed beside measured, with intervals and a verdict each. {stamp_sentence(table.stamp)}"
        main = f"{table.name}/{TABLE}"
        of = [to(work_id(table.thesis))] if is_printed(table.thesis) else []
        yield {"@id": f"{table.name}/", "@type": "Dataset", "name": title, "description": text, "hasPart": [to(main)],
               "isBasedOn": of}  # fmt: skip
        yield file_entity(
            main, self.files[main], f"{title}: a line a value, in full precision. {stamp_sentence(table.stamp)}"
        )
        if folders:
            yield {
                "@id": rendering_id(table), "@type": "CreateAction", "name": f"fer-lab tables: {title}",
                "description": f"Rendered from finished runs. {stamp_sentence(table.stamp)}", "instrument": to(CODE),
                "object": [to(f"{folder}/") for folder in folders], "result": to(f"{table.name}/"),
            }  # fmt: skip

    def _runs(self, folder: str, records: Sequence[Record]) -> Iterator[Entity]:
        first = records[0].record
        what = f"{first['cell']}, {seeds_words(records)}"
        data = self.data[first["dataset"], first["source"]]
        used = {split.name for split in self.content.splits for one in records if one.record["id"] in split.runs}
        text = f"{stamp_sentence(records[0].stamp)} Data: {data.title}. {machine_words(records)}"
        yield {"@id": f"{folder}/", "@type": "Dataset", "name": f"Runs of {what}",
               "description": f"Records, values by epoch and configurations, no weights. {text}"}  # fmt: skip
        yield {
            "@id": training_id(folder), "@type": "CreateAction", "name": f"train {what}", "description": text,
            "endTime": moment(max(one.record.get("finished", 0) for one in records)),
            "instrument": [to(one) for one in code_ids(records)],
            "object": [to(data.id), *(to(f"{name}/") for name in sorted(used))], "result": to(f"{folder}/"),
        }  # fmt: skip

    def _split(self, split: Split) -> Iterator[Entity]:
        data, main = self.data[split.dataset, split.source], f"{split.name}/{NAME}"
        text = split_text(split, data)
        yield {"@id": f"{split.name}/", "@type": "Dataset", "name": split_title(split, data), "description": text,
               "hasPart": [to(main)], "about": to(data.id)}  # fmt: skip
        yield file_entity(main, self.files[main], f"Croissant 1.0. {text}", to(CROISSANT))
