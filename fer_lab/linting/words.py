"""Sets of words, written as one text; the words of a name."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def words(text: str) -> frozenset[str]:
    """The words of a text, between blanks."""
    return frozenset(text.split())


def tokens(name: str) -> list[str]:
    """The words of a name in small letters: ``bestValAcc`` and ``best_val_acc`` are ``best val acc``."""
    return [word.lower() for word in _TOKEN.findall(name)]
