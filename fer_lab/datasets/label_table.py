"""Tables of labels as people write them: a CSV in any common encoding and with any common separator, row by row."""

from __future__ import annotations

import csv
import gzip
import io
import logging
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from fer_lab.errors import DataError
from fer_lab.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, Unreadable, read_bytes

log = logging.getLogger(__name__)
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""What a file may begin with, and how it is then written."""
SEPARATORS = ",;\t|"
"""Of these the one that the first line has most of; a line with none of them has its values between blanks."""
LONGEST, MOST = 2**20, 2**30
"""Characters in a line and in a file; a small archive can claim to hold anything."""
SHOWN = 3
"""How many pairs of names a warning has."""
QUOTED = re.compile(r'"[^"]*"')
Stream = io.BytesIO | gzip.GzipFile
Row = tuple[int, list[str]]
"""The number of the line in the file on which a row begins, from 1, and its values."""


def read_table(
    root: Path, path: str, columns: Collection[str] | None = None, headerless: Sequence[str] = ()
) -> pd.DataFrame:
    """A table of texts: values without space around them, in composed Unicode (NFC); '' where there is none.

    The encoding is that of the file's mark, else UTF-8, else Windows-1252, which a warning names. Empty lines are
    passed over. The labels of the index are the rows' line numbers in the file, from 1.

    Args:
        root: the data set's folder or zip.
        path: of the file, relative to it; ``.gz`` is unpacked as it is read.
        columns: those to keep; by default all.
        headerless: names of the columns of a file whose first line is a row already, as it begins with the name of a
            video or image; further ones are numbered from 0.

    Raises:
        DataError: there is no such file, it is empty, no text, damaged, or absurdly large; it has no row, a column
            twice, or a row with more or fewer values than there are columns.
    """
    try:
        data = read_bytes(root, path)
    except Unreadable as error:
        raise _no_table(path, error.reason) from error

    def unpacked() -> Stream:
        return gzip.GzipFile(fileobj=io.BytesIO(data)) if path.endswith(".gz") else io.BytesIO(data)

    try:
        return _decoded(unpacked, path, columns, headerless)
    except csv.Error as error:
        raise _no_table(path, f"not a CSV ({error})") from error
    except (OSError, EOFError, zlib.error) as error:
        raise _no_table(path, f"damaged ({error})") from error


def typed(table: pd.DataFrame, texts: Collection[str] = ()) -> pd.DataFrame:
    """The same table with its numbers and truth values read as such, and NaN where there is nothing.

    Args:
        table: of texts.
        texts: columns that stay text: only what is empty is missing there, as a person may be called NA.
    """
    kinds = dict.fromkeys(texts, str)
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype=kinds, skip_blank_lines=False)
    read = read.set_axis(table.index)
    named = [name for name in texts if name in table]
    return read.assign(**{name: table[name].where(table[name] != "").astype(read[name].dtype) for name in named})


def plain(text: str) -> str:
    """A value without space around it and in composed Unicode, so that one name has one spelling."""
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _plain_column(texts: Sequence[str]) -> list[str]:
    """``plain`` of each; of a column in ASCII, which most are, at once."""
    return list(map(str.strip if "".join(texts).isascii() else plain, texts))


def warn_of_cases(names: Collection[str], path: str, column: str) -> None:
    """Warn of names that differ in upper and lower case only: they are taken for different ones."""
    spelt: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        spelt.setdefault(name.casefold(), []).append(name)
    if alike := [" and ".join(map(repr, group)) for group in spelt.values() if len(group) > 1]:
        more = f", and {len(alike) - SHOWN} more" if len(alike) > SHOWN else ""
        log.warning(
            "%s: %s in the column %r differ in upper and lower case only and count as different ones%s",
            path, ", ".join(alike[:SHOWN]), column, more,
        )  # fmt: skip


def _decoded(
    unpacked: Callable[[], Stream], path: str, columns: Collection[str] | None, headerless: Sequence[str]
) -> pd.DataFrame:
    begin = unpacked().read(4)
    encoding = next((name for mark, name in MARKS.items() if begin.startswith(mark)), "utf-8")
    try:
        return _parsed(_lines(unpacked(), encoding, path), path, columns, headerless)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise _no_table(path, f"not the {encoding.upper()} that its first bytes say ({error.reason})") from error
    log.warning("%s is not in UTF-8: it is read as Windows-1252 (save it as UTF-8 if names look wrong)", path)
    try:
        return _parsed(_lines(unpacked(), "cp1252", path), path, columns, headerless)
    except UnicodeDecodeError as error:
        raise _no_table(path, "neither UTF-8 nor Windows-1252 text: save it as UTF-8") from error


def _lines(stream: Stream, encoding: str, path: str) -> Iterator[str]:
    """The lines of a file, of bounded length and number; read in blocks, as a table may have a million of them."""
    text, number, left, begun = io.TextIOWrapper(stream, encoding), 0, MOST, ""
    while block := text.read(LONGEST):
        *lines, begun = (begun + block).split("\n")
        left -= len(block)
        if "\0" in block:
            number += next((place for place, line in enumerate([*lines, begun], 1) if "\0" in line), 0)
            raise _no_table(path, f"line {number} holds zero bytes: it is no text in UTF-8 (save it as UTF-8)")
        if max(map(len, [*lines, begun])) > LONGEST or left < 0:
            number += next((place for place, line in enumerate([*lines, begun], 1) if len(line) > LONGEST), len(lines))
            raise _no_table(path, f"more than {LONGEST:,} characters in line {number}, or {MOST:,} up to it: no table")
        number += len(lines)
        yield from [f"{line}\n" for line in lines]
    if begun:
        yield begun


def _parsed(
    lines: Iterator[str], path: str, columns: Collection[str] | None, headerless: Sequence[str]
) -> pd.DataFrame:
    rows = _rows(lines)
    first = next(rows, None)
    if first is None:
        raise _no_table(path, "it holds no line")
    header, whole = [plain(name) for name in first[1]], rows
    if headerless and header[0].lower().endswith((*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)):
        header = [*headerless, *map(str, range(len(headerless), len(header)))][: len(header)]
        whole = _again(first, rows)
    _refuse_twice(header, path, first[0])
    kept = [place for place, name in enumerate(header) if columns is None or name in columns]
    width, numbers, found = len(header), list[int](), list[str]()  # one list: a million small ones cost seconds
    for line, values in whole:
        if len(values) != width:
            _refuse_ragged(values, header, path, line)
        numbers.append(line)
        found.extend(values)
    if not found:
        raise DataError(f"{path} has a header and no row", expected=f"rows of {', '.join(header)}")
    table = {header[place]: np.array(_plain_column(found[place::width]), dtype=object) for place in kept}
    return pd.DataFrame(table, index=pd.Index(numbers))


def _again(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _rows(lines: Iterator[str]) -> Iterator[Row]:
    """The rows that hold anything, the header first."""
    begin, head = 1, ""
    while not head.strip():
        head = next(lines, "")
        if not head:
            return
        begin += not head.strip()
    bare = QUOTED.sub("", head)
    separator = max(SEPARATORS, key=bare.count)
    separator = separator if separator in bare else " "
    reader = csv.reader(chain([head], lines), delimiter=separator, skipinitialspace=True, strict=True)
    before = 0
    for values in reader:
        line, before = begin + before, reader.line_num
        if any(map(str.strip, values)):
            yield line, values


def _no_table(path: str, reason: str) -> DataError:
    expected = "a table in text, in UTF-8, UTF-16 or Windows-1252, values between , ; | or tabs"
    return DataError(f"{path} cannot be read: {reason}", expected=expected, do="save it again as CSV in UTF-8")


def _refuse_twice(header: list[str], path: str, line: int) -> None:
    while header and not header[-1]:
        header.pop()
    if twice := [name for name, times in Counter(header).items() if times > 1]:
        places = ", ".join(str(place) for place, name in enumerate(header, 1) if name == twice[0])
        raise DataError(
            f"{path}, line {line}: the column {twice[0]!r} stands twice (columns {places})",
            expected=f"every column once: {', '.join(dict.fromkeys(header))}",
            do="rename or remove one of them",
        )


def _refuse_ragged(values: list[str], header: Sequence[str], path: str, line: int) -> None:
    """Refuse a row that is longer or shorter than the header: nothing says which of its values belongs where."""
    while len(values) > len(header) and not values[-1].strip():
        values.pop()
    if len(values) == len(header):
        return
    over = f"column {len(header) + 1} ({plain(values[len(header)])!r}) has no name" if len(values) > len(header) else ""
    raise DataError(
        f"{path}, line {line}: {len(values)} values, {over or f'none for the column {header[len(values)]!r}'}",
        expected=f"{len(header)}: {', '.join(header)}",
        do='put a value that holds the separator in quotes: "Smith, Bob"',
    )
