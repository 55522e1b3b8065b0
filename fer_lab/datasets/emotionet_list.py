"""EmotioNet's list: a URL and its action units a row, as a spreadsheet or as CSV (Bartissol 2017, sec. 3.1)."""

from __future__ import annotations

import csv
import io
import logging
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fer_lab.datasets.label_table import MARKS, MOST, SEPARATORS
from fer_lab.errors import DataError
from fer_lab.fetching.urls import unfit
from fer_lab.media import Unreadable, read_bytes

log = logging.getLogger(__name__)
UNITS = tuple(f"AU{number}" for number in range(1, 61))
"""The action units, in the order of the columns of a list that does not name them."""
ELEVEN = ("AU1", "AU2", "AU4", "AU5", "AU6", "AU9", "AU12", "AU17", "AU20", "AU25", "AU26")
"""The units that were annotated (sec. 4.3): most images have all of them, few have any other."""
UNKNOWN = 999
"""What stands for a unit that is occluded or was not annotated."""
LABELS = {"0": 0, "0.0": 0, "1": 1, "1.0": 1, "999": UNKNOWN, "999.0": UNKNOWN}
UNIT = re.compile(r"(?:au)?[\s_.]*0*([1-9]\d?)", re.IGNORECASE)
ADDRESS = re.compile(r".*\b(url|link|address)s?\b.*", re.IGNORECASE)
SPREADSHEET = b"PK\x03\x04"
FORM = "a column of URLs and 60 of action units in ascending order, or columns named AU 1, AU 2, ..."
NO_LABEL = "a value that is none of 0, 1 and 999"
TWICE = "a URL that stands twice"
TWICE_OTHERWISE = "a URL that stands twice, with other labels"
Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Columns:
    """Where in a row things stand.

    Attributes:
        url: place of the URL.
        units: place of each unit that there is.
        count: how many columns there are.
    """

    url: int
    units: dict[str, int]
    count: int


BY_PLACE = Columns(0, {name: place for place, name in enumerate(UNITS, 1)}, 1 + len(UNITS))


def read_list(path: Path, delete_commas: bool = False) -> pd.DataFrame:
    """The rows that can be used: ``url`` and ``AU1`` ... ``AU60`` (int16: 1 active, 0 not, 999 unknown).

    The labels of the index are line numbers in the file, from 1. Commas in URLs are kept whole, in quotes or not: what
    is too much in a line of CSV belongs to the URL. Units of which a named list has no column are 999. Rows that cannot
    be used are in ``attrs["skipped"]``, ``{"id": "line 12: http://...", "reason": ...}`` each, under as few reasons as
    there are kinds; ``attrs["rows"]`` is how many rows there are in all. Of a URL that stands twice the first row is
    kept if both say the same, none if they do not.

    Args:
        path: an .xlsx (its first sheet) or a CSV in UTF-8, UTF-16 or Windows-1252, with a header or without.
        delete_commas: take all commas out of the URLs, as the thesis does (sec. 3.1.1); most then lead nowhere.

    Raises:
        DataError: it cannot be read, its columns are not as they must be, or no row can be used.
    """
    lines, separator = _lines(path)
    first = next(lines, None)
    if first is None:
        raise _not_a_list(path, "it holds no row")
    header = _is_header(first[1])
    columns = _columns(first[1], path) if header else BY_PLACE
    rows = _Rows(columns, separator, delete_commas)
    for line in lines if header else _again(first, lines):
        rows.add(*line)
    return rows.table(path)


class _Rows:
    """Rows as they come: those that can be used, and why others cannot."""

    def __init__(self, columns: Columns, separator: str, delete_commas: bool) -> None:
        self.columns, self.separator, self.delete_commas = columns, separator, delete_commas
        self.kept: dict[str, tuple[int, tuple[int, ...]]] = {}
        self.contradicted: dict[str, None] = {}
        self.skipped: list[dict[str, str]] = []
        self.count = 0

    def add(self, line: int, values: list[str]) -> None:
        self.count += 1
        values = _fitted(values, self.columns, self.separator)
        url = values[self.columns.url].strip() if values else ""
        url = url.replace(",", "") if self.delete_commas else url
        labels = [LABELS.get(values[place].strip()) for place in self.columns.units.values()] if values else []
        if reason := self._reason(values, url, labels):
            self._skip(line, url, reason)
        elif url not in self.kept:
            self.kept[url] = line, tuple(label for label in labels if label is not None)
        else:
            same = self.kept[url][1] == tuple(labels)
            self._skip(line, url, TWICE if same else TWICE_OTHERWISE)
            self.contradicted |= {} if same else {url: None}

    def _reason(self, values: list[str], url: str, labels: Sequence[int | None]) -> str:
        if not values:
            return f"not the {self.columns.count} columns of the list"
        return unfit(url) or (NO_LABEL if None in labels else "")

    def _skip(self, line: int, url: str, reason: str) -> None:
        self.skipped.append({"id": f"line {line}: {url[:100]!r}", "reason": reason})

    def table(self, path: Path) -> pd.DataFrame:
        for url in self.contradicted:
            self._skip(self.kept.pop(url)[0], url, TWICE_OTHERWISE)
        if not self.kept:
            counts = Counter(entry["reason"] for entry in self.skipped)
            reasons = "; ".join(f"{reason}: {number}" for reason, number in counts.items())
            raise _not_a_list(path, f"no row can be used ({reasons or 'there is none'})")
        known = np.array([labels for _, labels in self.kept.values()], np.int16)
        labels = np.full((len(known), len(UNITS)), UNKNOWN, np.int16)
        labels[:, [UNITS.index(name) for name in self.columns.units]] = known
        table = pd.DataFrame(labels, index=pd.Index([line for line, _ in self.kept.values()]), columns=list(UNITS))
        table.insert(0, "url", list(self.kept))
        table.attrs = {"skipped": self.skipped, "rows": self.count}
        return table


def _fitted(values: list[str], columns: Columns, separator: str) -> list[str]:
    """A row with as many values as there are columns; empty if it cannot have them.

    Args:
        values: of the row.
        columns: what there is to be.
        separator: at which a URL may have been taken apart; '' where it cannot have been.
    """
    while len(values) > columns.count and not values[-1]:
        values.pop()
    more = len(values) - columns.count
    if more < 0 or (more and not separator):
        return []
    end = columns.url + more + 1
    return [*values[: columns.url], separator.join(values[columns.url : end]), *values[end:]]


def _is_header(values: Sequence[str]) -> bool:
    """Whether a first row names columns: every row of a list has a 0 or a 999, if not a URL."""
    return not any("://" in value or value.strip() in ("0", "0.0", "999", "999.0") for value in values)


def _columns(header: list[str], path: Path) -> Columns:
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    numbers = {place: int(found[1]) for place, name in enumerate(names) if (found := UNIT.fullmatch(name))}
    units = {f"AU{number}": place for place, number in numbers.items() if number <= len(UNITS)}
    if not units:
        if len(names) != BY_PLACE.count:
            raise _not_a_list(path, f"its header has {len(names)} columns, and none of them names an action unit")
        return BY_PLACE
    others = [place for place in range(len(names)) if place not in units.values()]
    addresses = [place for place in others if ADDRESS.fullmatch(names[place])] or others
    twice = [number for number, times in Counter(numbers.values()).items() if times > 1]
    if twice or not addresses:
        raise _not_a_list(path, f"AU {twice[0]} has two columns" if twice else "it has no column of URLs")
    _warn(path, [name for name in UNITS if name not in units], [names[p] for p in others if p != addresses[0]])
    return Columns(addresses[0], units, len(names))


def _warn(path: Path, without: Sequence[str], unread: Sequence[str]) -> None:
    if without:
        log.warning("%s has no column of %s, which are unknown (999) in every row", path.name, ", ".join(without))
    if unread:
        log.warning("%s has further columns, which are not read: %s", path.name, ", ".join(map(repr, unread)))


def _again(first: Line, lines: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from lines


def _lines(path: Path) -> tuple[Iterator[Line], str]:
    """The rows of a file that hold anything, with their line numbers; and what stands between values, '' if cells."""
    try:
        data = read_bytes(path.parent, path.name)
    except Unreadable as error:
        raise _not_a_list(path, error.reason) from error
    if data.startswith(SPREADSHEET):
        separator, found = "", _sheet(data, path)
    else:
        text = _text(data, path)
        separator = max(SEPARATORS, key=text.lstrip().split("\n", 1)[0].count)
        found = _csv(text, separator)
    return ((line, values) for line, values in found if any(value.strip() for value in values)), separator


def _text(data: bytes, path: Path) -> str:
    mark = next((name for mark, name in MARKS.items() if data.startswith(mark)), "utf-8")
    for encoding in (mark, "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            log.warning("%s is not in %s: its URLs may look wrong", path.name, encoding.upper())
    raise _not_a_list(path, "neither UTF-8 nor Windows-1252 text")


def _csv(text: str, separator: str) -> Iterator[Line]:
    """Line by line, as no value of a list has more than one: a quote that is not closed costs its own row only."""
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        try:
            yield number, next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            yield number, [line]  # which has too few columns


def _sheet(data: bytes, path: Path) -> Iterator[Line]:
    import openpyxl  # a tenth of a second to import: not whenever a command is called

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST:
                raise _not_a_list(path, f"more than {MOST / 1e9:.1f} GB when unpacked")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for line, values in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            yield line, ["" if value is None else str(value) for value in values]
    except DataError:
        raise
    except Exception as error:  # whatever openpyxl makes of bytes that somebody else has written
        raise _not_a_list(path, f"no spreadsheet of the .xlsx form ({type(error).__name__}: {error})") from error


def _not_a_list(path: Path, reason: str) -> DataError:
    return DataError(
        f"{path} cannot be read as EmotioNet's list: {reason}",
        expected=FORM,
        do="see docs/data.md, EmotioNet; a damaged CSV is exported again from the .xlsx",
    )
