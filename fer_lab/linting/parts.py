"""Which part of a data set a name or a text speaks of, as people write it.

Whatever an expression may hold is described by marks, a set of words: the parts below, and what rules add to them
(``"fold:12"``: what line 12 made). A mark that begins with ``?`` stands for whatever a caller hands to a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fer_lab.linting.words import tokens, words

Marks = frozenset[str]
"""What an expression may hold."""
NONE: Marks = frozenset()
TRAIN, VAL, TEST = "train", "val", "test"
PRIVATE, PUBLIC = "private", "public"
"""FER2013's two test parts: PrivateTest, on which numbers are compared, and PublicTest, mostly used for validation."""
PARTS: Marks = frozenset({TRAIN, VAL, TEST, PRIVATE, PUBLIC})
USAGE: Marks = frozenset({PRIVATE, PUBLIC})
LONGEST = 120
"""Characters of a text that may name a part; longer ones are prose."""

_USAGE = re.compile(r"(private|public)[_ -]?test", re.IGNORECASE)
_WORD = re.compile(
    r"(?:x|y|xs|ys|imgs?|images?|faces?|labels?)?"
    r"(train|training|trn|val|valid|validation|dev|test|testing)"
    r"(?:s|sets?|loaders?|data|datas|dataset|ds|dl|gen|generator|iter|x|y|acc|accuracy|loss|imgs?|images?|labels?|faces?)?"
)
_PART = {"train": TRAIN, "training": TRAIN, "trn": TRAIN, "test": TEST, "testing": TEST}
_NO_DATA = words(
    "transform transforms tfm tfms transformer size bs workers split ratio percent fraction aug augment augmentation"
    " epoch epochs step steps interval freq every model models net network datagen writer log logger logs"
    " optimizer scheduler criterion fn func function"
)


def part_of_name(name: str) -> Marks:
    """The part whose data a name says that it holds; none for ``test_transform``, ``val_size`` and the like."""
    words = tokens(name)
    if not _NO_DATA.isdisjoint(words):
        return NONE
    return _usage(name) or _parts(words)


def part_of_text(text: str) -> Marks:
    """The part that a short text names: ``test``, ``PrivateTest``, ``data/val/``; none where it names several."""
    if len(text) > LONGEST or re.search(r"\s\S+\s", text):
        return NONE
    return _usage(text) or _parts(tokens(text))


def parts_in(marks: Iterable[str]) -> Marks:
    """The parts among marks."""
    return PARTS & frozenset(marks)


def _usage(text: str) -> Marks:
    named = {match.lower() for match in _USAGE.findall(text)}
    return frozenset(named) if len(named) == 1 else NONE


def _parts(words: Iterable[str]) -> Marks:
    found = {_PART.get(match[1], VAL) for word in words if (match := _WORD.fullmatch(word))}
    return frozenset(found) if len(found) == 1 else NONE
