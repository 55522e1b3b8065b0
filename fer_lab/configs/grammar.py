"""Values in the grammar of Hydra's overrides, which is not that of JSON: its keys are never quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hydra.core.override_parser.types import Quote, QuotedString

SPECIAL = re.compile(r"[\\()\[\]{}:=, \t]")
"""What a key must escape (``ESC`` of Hydra's lexer)."""


def written(value: object) -> str:
    """A plain value as the right side of an override: ``null``, numbers, quoted texts, lists and mappings of them.

    A key with characters that Hydra's grammar lacks is written as it is; Hydra then refuses the override.
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return str(QuotedString(value, Quote.single).with_quotes())
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_key(key)}:{written(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    return str(value)


def _key(key: object) -> str:
    return SPECIAL.sub(lambda found: f"\\{found[0]}", str(key))
