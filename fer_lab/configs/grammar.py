"""Values in the grammar of Hydra's overrides, which is not that of JSON: its keys are never quoted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException

from fer_lab.errors import ConfigError

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


def unreadable(overrides: Sequence[str]) -> ConfigError | None:
    """The error for the first override that is none in Hydra's grammar, which says how to quote its value."""
    return next((_refusal(item) for item in overrides if not _is_readable(item)), None)


def _is_readable(override: str) -> bool:
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        return False
    return True


def _refusal(override: str) -> ConfigError:
    key, equals, value = override.partition("=")
    quoted = f"{key}={QuotedString(value, Quote.double).with_quotes()}"
    if not (equals and value and _is_readable(quoted)):
        return ConfigError(f"{override!r} is no override", expected="key=value")
    return ConfigError(
        f"{override}: a value with such characters must be quoted, for Hydra and for the shell",
        expected="plain letters, digits and / - _ . + : % @, or quotes",
        do=f"write {shlex.quote(quoted)}",
    )


def _key(key: object) -> str:
    return SPECIAL.sub(lambda found: f"\\{found[0]}", str(key))
