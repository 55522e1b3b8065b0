"""What is known of a thesis itself: author, title, school and year, from ``experiments/references.bib``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from fer_lab.resources import resource_folder
from fer_lab.tables import Table

BIBLIOGRAPHY = "references.bib"
ACCENTS = {"'": "\u0301", "`": "\u0300", "v": "\u030c", '"': "\u0308", "^": "\u0302", "~": "\u0303"}


@dataclass(frozen=True)
class Thesis:
    """A thesis as it is cited; ``name`` is its folder below ``experiments/``."""

    name: str
    author: str
    title: str
    school: str
    year: str

    @property
    def short(self) -> str:
        """``García Zapata 2018``."""
        return f"{self.author.split(',')[0]} {self.year}".strip()


@cache
def thesis(name: str) -> Thesis:
    """A thesis; what the bibliography does not have is ours, and called by the head of its page."""
    known = _entry(name)
    values = {key: _plain(known.get(key, "")) for key in ("author", "title", "school", "year")}
    return Thesis(name, **(values | {"author": values["author"] or _head(name)}))


def is_printed(name: str) -> bool:
    """Whether a folder of experiments is of a thesis, which the bibliography has, and not of our own."""
    return bool(_entry(name))


@cache
def _entry(name: str) -> dict[str, str]:
    bibliography = resource_folder("experiments") / BIBLIOGRAPHY
    text = bibliography.read_text() if bibliography.is_file() else ""
    entry = re.search(rf"^@\w+\{{{re.escape(name)},\n(.*?)^\}}", text, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"^\s*(\w+) = \{(.*)\},$", entry[1] if entry else "", re.MULTILINE))


def _head(name: str) -> str:
    """The first line of a folder's README, else its name."""
    page = resource_folder("experiments") / name / "README.md"
    return page.read_text().partition("\n")[0].removeprefix("# ") if page.is_file() else name.replace("_", " ")


def thesis_order(table: Table) -> tuple[object, ...]:
    """Where a table stands in its thesis: by its section, then what the text says before what tables do, by number."""
    first = [int(number) for number in re.findall(r"\d+", table.section.split(",")[0])]
    last = table.section.startswith("Append")
    number = [int(number) for number in re.findall(r"\d+", table.number)]
    return last, first, not table.number.startswith("text"), number, table.number


def _plain(text: str) -> str:
    r"""BibTeX's accents as letters: ``Garc{\'i}a`` is ``García``."""
    accented = re.sub(r"\{\\(\W|v)\{?\\?(\w)\}?\}", lambda m: m[2] + ACCENTS.get(m[1], ""), text)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", accented).replace("--", "–"))
