"""What a thesis says in words of its results (its claims), against the numbers it prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from fer_lab.audit.book import Book
from fer_lab.audit.findings import Finding
from fer_lab.audit.quantity import Quantity, bare, quantity_of
from fer_lab.claims import Claim, Operand, Relation
from fer_lab.tables import Table
from fer_lab.tables.schema import TABLE_KINDS

KINDS = TABLE_KINDS
Compared = tuple[Relation, Quantity, Quantity]
ORDERS: Mapping[str, tuple[str, Callable[[Quantity, Quantity], bool]]] = {
    ">": ("more than", lambda a, b: a.span.high > b.span.low),
    "<": ("less than", lambda a, b: a.span.low < b.span.high),
    ">=": ("at least", lambda a, b: a.span.high >= b.span.low),
    "<=": ("at most", lambda a, b: a.span.low <= b.span.high),
}
"""The relations that arithmetic decides, in words, and whether two numbers as printed can be so. What is called similar
or equal is not among them, and by how much a number is far more than another is not asked: neither is printed."""


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of the claims whose first printed number stands in a table; of those made in words only."""
    own = {id(value) for value in table.values}
    for claim in book.claims:
        sides = [id(side) for relation in claim.relations for side in relation.values if id(side) in book.places]
        pairs = [pair for relation in claim.relations if (pair := _printed(relation, book))]
        if claim.level == "stated" and pairs and sides[0] in own:
            yield _finding(claim, pairs, table, book)


def _finding(claim: Claim, pairs: Sequence[Compared], table: Table, book: Book) -> Finding:
    """Of all its relations between printed numbers: none of them may be impossible."""
    against = [pair for pair in pairs if not ORDERS[pair[0].op][1](*pair[1:])]
    text = "; ".join(map(_impossible, against)) or f"printed so in {len(pairs)} of {len(claim.relations)} relations"
    said = f'{claim.id}, "{claim.statement}" ({claim.where}): {text}'
    first = next(side for side in (against or pairs)[0][1:] if side.place)
    return book.finding(first, table, "stated", not against, said)


def _impossible(pair: Compared) -> str:
    relation, a, b = pair
    return f"printed {a.shown}, not {ORDERS[relation.op][0]} {b.shown}"


def _printed(relation: Relation, book: Book) -> Compared | None:
    """A relation with both its sides, where one is printed, and the other too, or a bare number."""
    a, b = (_side(side, book) for side in (relation.a, relation.b))
    if relation.op not in ORDERS or a is None or b is None or not (a.place or b.place):
        return None
    return relation, a, b


def _side(side: Operand, book: Book) -> Quantity | None:
    if isinstance(side, float):
        return bare(side)
    found = book.places.get(id(side))
    return None if found is None or side.value is None else quantity_of(*found)
