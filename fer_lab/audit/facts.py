"""What a table's ``facts`` may say for the audit, and how it is said.

A *quantity* is a number; a place (``[table, row]`` or ``[table, row, column]``, the labels of a row joined by " | ": as
in ``["7.6", CNN | Face, Test Accuracy]``); ``{number: 4, in: place}``, the fourth number in the string printed there;
``{stated: "11", in: sec. 4.1}``, what the text says and no table holds, with its ``value`` where it is in words; or
``{sum: [quantities]}``, also ``difference``, ``product``, ``quotient``.

An entry's ``premise`` is what its check takes for granted beyond the print.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fer_lab.errors import ConfigError, nearest
from fer_lab.tables import Table
from fer_lab.tables.schema import TABLE_KINDS


@dataclass(frozen=True)
class Fact:
    """A key of ``facts``.

    Attributes:
        meaning: what is said by it.
        kinds: the kinds of table that it can be said of.
        needed, optional: the keys of its entry, or of each entry of its list; none for other values.
        one_of: keys of which an entry has one.
    """

    meaning: str
    kinds: tuple[str, ...] = TABLE_KINDS
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


COUNTED = ("tp", "fp", "tn", "fn")
RELATIONS = ("is", "at_most", "at_least", "multiple_of", "square", "same_words_as")
CHOSEN = ("rows", "columns", "premise")
TRAINING = ("batch", "images", "epochs", "minutes", "speed", "network")
VOCABULARY: Mapping[str, Fact] = {
    "items": Fact("quantity: how many items a matrix counts", ("matrix",)),
    "accuracy": Fact("quantity: the accuracy printed of the same answers", ("matrix", "report")),
    "same_test_set": Fact("list of numbers of other tables, matrices of the same test set", ("matrix",)),
    "counts": Fact(
        "answers to yes-or-no questions: the rows of right and wrong ones; quantities images and labels (questions"
        " asked of each); the table that prints measures of them, in the same columns, and {row there: measure}",
        ("result",),
        COUNTED,
        ("images", "labels", "table", "measures"),
    ),
    "total_row": Fact("the row that holds the sums of the others", ("composition",)),
    "total_column": Fact("the column that holds the sums of the others", ("composition",)),
    "total": Fact("quantity: the sum of all parts, stated elsewhere", ("composition",)),
    "shares_of": Fact(
        "values in rows, columns (or all) are shares of it, or means of the rates of classes of so many (mean_over)",
        TABLE_KINDS,
        ("of",),
        (*CHOSEN, "mean_over"),
    ),
    "parts_of": Fact("a cell holds the parts of a whole, or per cents", TABLE_KINDS, ("of",), CHOSEN),
    "one_test_set": Fact("quantity: all values are shares of one number of items, which is this at most"),
    "same": Fact("list of lists of places: the same quantity, printed several times"),
    "same_row": Fact(
        "{row: {rows: [[table, row]], columns: {column: theirs}}}: the values are those of one of the rows"
    ),
    "quoted": Fact(
        "true: the numbers are others', or another table's as same says; not taken for those of the cells that they are"
        " compared with"
    ),
    "relations": Fact(
        "what a number is, or how it stands to another: quantities; about: what it is a number of",
        TABLE_KINDS,
        ("of",),
        ("about", "premise"),
        RELATIONS,
    ),
    "trainings": Fact(
        "quantities of one training (speed: images/s); network: a name", TABLE_KINDS, ("iterations",), TRAINING
    ),
}


def at(table: Table, *keys: str) -> str:
    """The file and key of a table's facts, as errors name them: ``moravcik_2021/tables/6.1.yaml: facts.relations``."""
    return ".".join([f"{table.thesis}/tables/{table.number}.yaml: facts", *keys])


def above_zero(value: float, what: str, table: Table) -> float:
    """A number of a table that others are divided by.

    Raises:
        ConfigError: it is not above 0.
    """
    if value <= 0:
        raise ConfigError(f"{table.thesis}/tables/{table.number}.yaml: {what} is {value:g}", expected="above 0")
    return value


def check_facts(table: Table) -> None:
    """Refuse facts that nothing reads.

    Raises:
        ConfigError: a key is unknown or missing, or not for this kind of table.
    """
    where = at(table)
    check_names(table.facts, VOCABULARY, where)
    for key, said in table.facts.items():
        fact = VOCABULARY[key]
        if table.kind not in fact.kinds:
            raise ConfigError(f"{where}.{key}: the table is of kind {table.kind!r}", expected=" or ".join(fact.kinds))
        for entry in (said if isinstance(said, list) else [said]) if fact.needed else []:
            _check_entry(entry, fact, f"{where}.{key}")


def _check_entry(entry: Any, fact: Fact, where: str) -> None:
    keys = entry if isinstance(entry, dict) else {}
    check_names(keys, (*fact.needed, *fact.optional, *fact.one_of), where)
    chosen = set(fact.one_of) & set(keys)
    if not set(fact.needed) <= set(keys) or (fact.one_of and len(chosen) != 1):
        others = f"one of {', '.join(fact.one_of)}" if fact.one_of else f"any of {', '.join(fact.optional)}"
        raise ConfigError(f"{where}: {entry!r}", expected=f"{', '.join(fact.needed)}, and {others}")


def check_names(said: Iterable[str], known: Iterable[str], where: str) -> None:
    """Refuse names that are not known.

    Raises:
        ConfigError: the nearest names are offered.
    """
    for key in said:
        if key not in known:
            raise ConfigError(f"{where}: unknown {key!r}", expected=f"nearest: {nearest(str(key), known)}")
