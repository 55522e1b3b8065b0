"""Whether the relations of a claim test what its words say: of all that it is about, and by how much."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fer_lab.claims.schema import Claim, Operand, Relation

EXTREMES = "best|worst|most|mostly|least|(?:high|low|weak|strong|fast|slow|larg|small)est"
"""Words that set one thing against all others of its kind."""
EVERY = "all|every|each|any|none"
"""Words that say the same of many things."""
TWO = "both|neither|two(?!-)|either"
"""Words that say the same of two."""
LARGE = r"huge|far|much|vastly|drastically|well (?:above|below)|significantly|abnormally|times"
"""Words that say that a difference is large."""
MANY = 3


def untested(claim: Claim) -> str | None:
    """What the words of a claim say and its relations do not test; None if they test it, or say why they do not.

    A claim of an extreme sets at least three values against each other wherever it sets any; one of all of something
    has at least three relations, one of both two, and one of a large difference says how large.
    """
    if claim.narrow or claim.open is not None:
        return None
    relations = claim.relations
    fewest = min((len(group) for group in compared(relations) if len(group) > 1), default=1)
    if (word := _said(EXTREMES, claim)) and fewest < MANY:
        return f"{word!r}, but compares {fewest} values only"
    if (word := _said(EVERY, claim)) and len(relations) < MANY:
        return f"{word!r}, but has {len(relations)} relations only"
    if (word := _said(TWO, claim)) and len(relations) < len(("one", "other")):
        return f"{word!r}, but has one relation only"
    if (word := _said(LARGE, claim)) and all(relation.by == 0 and relation.times == 1 for relation in relations):
        return f"{word!r}, but no relation says by how much"
    return None


def compared(relations: Sequence[Relation]) -> list[set[Operand]]:
    """The values that relations set against each other, directly or by others; numbers do not count."""
    groups: list[set[Operand]] = []
    for relation in relations:
        own: set[Operand] = set(relation.values)
        groups, apart = [group for group in groups if group.isdisjoint(own)], [g for g in groups if g & own]
        groups.append(own.union(*apart))
    return groups


def _said(words: str, claim: Claim) -> str | None:
    found = re.search(rf"(?<!at )\b(?:{words})\b", claim.statement, re.IGNORECASE)
    return found and found[0]
