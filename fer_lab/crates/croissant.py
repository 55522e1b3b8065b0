"""A split as Croissant 1.0 (mlcommons.org/croissant/1.0), written and read back by MLCommons' own library."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fer_lab.crates.extra import needed
from fer_lab.crates.splits import COLUMNS, DROPPED, ITEMS, PARTS, Split

NAME = "croissant.json"
TERMS = "https://www.apache.org/licenses/LICENSE-2.0"
CREATOR = "the fer_lab developers"
VERSION = "1.0.0"
"""Of the form of these descriptions."""
PART_URL = {
    "train": "cr:TrainingSplit",
    "val": "cr:ValidationSplit",
    "test": "cr:TestSplit",
}
FIELDS = {
    "item": "the id of an item (an image, or a video) in the index of its data set",
    "person": "who it shows; empty where the data set does not say",
    "part": "train, val or test",
    "class": "what it is labelled as; empty where items have several labels or values, or the label is not stored",
}


def croissant(split: Split, title: str, about: str, cite: str) -> bytes:
    """The description of a split that stands beside its tables.

    Args:
        split: the split.
        title: what it is called.
        about: what it is of; says the stamp where it is of twins.
        cite: how its data set is cited.

    Raises:
        ConfigError: the library is not installed.
    """
    mlc = needed("mlcroissant")
    files = split.files
    moment = datetime.fromtimestamp(int(split.finished), UTC).replace(tzinfo=None)
    metadata = mlc.Metadata(
        name=split.name.rpartition("/")[2], description=f"{title}. {about}", version=VERSION, url="croissant.json",
        license=[TERMS], creators=[mlc.Organization(name=CREATOR)], date_published=moment, cite_as=cite,
        conforms_to="http://mlcommons.org/croissant/1.0", keywords=["facial expression recognition", "split"],
        distribution=[_file(mlc, name, data) for name, data in files.items()],
        record_sets=[_parts(mlc), _items(mlc), *([_dropped(mlc)] if DROPPED in files else [])],
    )  # fmt: skip
    return (json.dumps(metadata.to_json(), indent=1, ensure_ascii=False, default=str) + "\n").encode()


def _file(mlc: Any, name: str, data: bytes) -> Any:
    return mlc.FileObject(
        id=name, name=name, content_url=name, encoding_formats=["text/csv"], content_size=f"{len(data)} B",
        sha256=hashlib.sha256(data).hexdigest(),
        description="an item a line" if name == ITEMS else "what is in no part, and why",
    )  # fmt: skip


def _parts(mlc: Any) -> Any:
    """The parts as an enumeration that consumers know as splits."""
    text, url = mlc.DataType.TEXT, mlc.DataType.URL
    return mlc.RecordSet(
        id="parts", name="parts", description="the parts", key=["parts/name"], data_types=["cr:Split"],
        fields=[mlc.Field(id="parts/name", name="name", description="of a part", data_types=[text]),
                mlc.Field(id="parts/url", name="url", description="what for", data_types=[url, "cr:Split"])],
        data=[{"parts/name": part, "parts/url": PART_URL[part]} for part in PARTS],
    )  # fmt: skip


def _items(mlc: Any) -> Any:
    fields = [_field(mlc, "items", ITEMS, column, FIELDS[column]) for column in COLUMNS]
    fields[COLUMNS.index("part")].references = mlc.Source(field="parts/name")
    return mlc.RecordSet(id="items", name="items", description="an item each", key=["items/item"], fields=fields)


def _dropped(mlc: Any) -> Any:
    told = {"item": FIELDS["item"], "reason": "why it is in no part"}
    fields = [_field(mlc, "dropped", DROPPED, column, about) for column, about in told.items()]
    return mlc.RecordSet(id="dropped", name="dropped", description="what is in no part", fields=fields)


def _field(mlc: Any, above: str, file: str, column: str, about: str) -> Any:
    return mlc.Field(
        id=f"{above}/{column}", name=column, description=about, data_types=[mlc.DataType.TEXT],
        source=mlc.Source(file_object=file, extract=mlc.Extract(column=column)),
    )  # fmt: skip


def check_croissant(path: Path) -> tuple[list[str], list[str], int]:
    """What the library has against a description and its tables, what it recommends, how many items it reads of them.

    Nothing is fetched, and no file is read but those beside the description: one that names others is not opened.

    Raises:
        ConfigError: the library is not installed.
    """
    mlc = needed("mlcroissant")
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        return [f"cannot be read: {error}"], [], 0
    if not isinstance(content, dict) or not isinstance(content.get("@context"), dict) or _asks_for_more(content):
        return ["has no context of its own: others are not fetched"], [], 0
    with _quiet():
        try:
            data = mlc.Dataset(jsonld=str(path))
            if away := [one for one in data.metadata.distribution if not _is_beside(path.parent, one)]:
                return [f"names what is not beside it: {', '.join(str(one.id) for one in away)}"], [], 0
            issues = data.metadata.ctx.issues
            errors, advice = sorted(map(str, issues.errors)), sorted(map(str, issues.warnings))
            return errors, advice, 0 if errors else sum(1 for _ in data.records("items"))
        except Exception as error:  # whatever it raises of a description that is not one
            why = f": {error.__cause__}" if error.__cause__ else ""
            return [f"{type(error).__name__}: {' '.join(f'{error}{why}'.split())[:600]}"], [], 0


def _asks_for_more(content: Mapping[str, Any]) -> bool:
    """Whether a further context, which may be an address, stands anywhere below the first."""
    below = [content["@context"], *(value for key, value in content.items() if key != "@context")]
    return any(key in ("@context", "@import") for value in below for key in _keys(value))


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _keys(inner)


def _is_beside(folder: Path, file: Any) -> bool:
    """Whether a file object is a plain file beside the description."""
    url = str(getattr(file, "content_url", None) or "/")
    return PurePosixPath(url).name == url and (folder / url).is_file() and not (folder / url).is_symlink()


@contextmanager
def _quiet() -> Iterator[None]:
    """The library logs what it returns, too."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
