"""How pages put numbers, verdicts and texts into words; nothing of the machine gets onto a page."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup

from fer_lab.tables.grid import difference_text, interval_text, metric_words, number
from fer_lab.tables.summary import Summary

TONES: Mapping[str, tuple[str, str]] = {
    "reproduced": ("✓", "good"),
    "as printed": ("✓", "good"),
    "holds": ("✓", "good"),
    "agrees": ("✓", "good"),
    "above": ("▲", "warn"),
    "below": ("▼", "warn"),
    "differs": ("≠", "warn"),
    "does not hold": ("✗", "bad"),
    "contradicts": ("✗", "bad"),
    "undecided": ("?", "part"),
    "cannot be decided": ("?", "part"),
    "undefined": ("∅", "part"),
    "failed": ("✗", "bad"),
}
"""Verdict, without its reason or number -> a sign and a tone (a class of ``style.css``); of all others a ring."""
INTERVAL = re.compile(r"([-+]?\d\.\d+) (\[[^\]]*\](?: †)?)(.*)")
PATH = re.compile(r"(?<![\w.:/~])/(?:[\w.@+-]+/)+[\w.@+-]*")


def tone(verdict: str) -> tuple[str, str]:
    """The sign and the tone of a verdict."""
    return TONES.get(re.split(r"[:;]| with ", verdict)[0].strip(), ("○", "plain"))


def clean(value: Any) -> Any:
    """What a page shows of a value: texts lose the folders of absolute paths, and the name of the home folder."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    if "/" not in value:
        return value
    short = PATH.sub(lambda found: "…/" + found[0].rstrip("/").rsplit("/", 1)[-1], value)
    return short.replace(str(Path.home()) + "/", "…/")


def judged(verdict: str, source: str) -> str:
    """A verdict as a page shows it: nothing is judged on twins, so that nothing there differs from what is printed."""
    if source == "real" or not verdict.startswith("differs"):
        return verdict
    return f"not comparable: {verdict.partition(': ')[2] or 'embedded twin'}"


def difference(value: object, printed: float | None, share: bool = True) -> str:
    """What is measured minus what is printed, ``+0.012`` of shares, ``-38`` of others; '' where one is no number."""
    if not isinstance(value, int | float) or printed is None or not math.isfinite(value - printed):
        return ""
    less = value - printed
    text = f"{less:+.3f}" if share else f"{less:+.4g}"
    return text.lstrip("+-") if float(text) == 0 else text


def day(moment: float) -> str:
    """The day of a time in seconds since 1970, of Greenwich."""
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def commit_text(environment: Mapping[str, Any]) -> str:
    """The code that something was made with: ``commit 92dbe97``, and whether it had been changed since."""
    commit = environment.get("commit")
    if not commit:
        return "an unknown commit"
    return f"commit {commit['revision'][:7]}{' with changes' if commit['dirty'] else ''}"


def whole(text: str) -> str | Markup:
    """A number and its interval, of which each stays on one line: ``0.312`` and ``[0.281, 0.344]``."""
    if not (found := INTERVAL.fullmatch(text)):
        return text
    return Markup('<span class="n">{}</span> <span class="n">{}</span>{}').format(*found.groups())


def counted(count: int, one: str, many: str = "") -> str:
    """``1 person``, ``2 people``; without a plural of its own ``2 runs``."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def metric_text(summary: Summary) -> str:
    """The main metric of a cell with its interval, and its name where it is not accuracy."""
    name = metric_words(summary.target.main)
    return f"{interval_text(summary.main)}{'' if summary.target.exclusive else f' {name}'}"


def capital(text: str) -> str:
    """With a large first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    """``12.5 %``."""
    return "undefined" if math.isnan(share) else f"{100 * share:.1f} %"


def seconds(value: float) -> str:
    """A time as one reads it: ``0.4 s``, ``75 s``, ``12 min``, ``3.1 h``."""
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 180 else f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def as_yaml(value: Any) -> str:
    """Settings or facts as text."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100).rstrip()


__all__ = [
    "as_yaml",
    "capital",
    "clean",
    "commit_text",
    "day",
    "difference",
    "difference_text",
    "interval_text",
    "judged",
    "metric_text",
    "number",
    "percent",
    "seconds",
    "tone",
    "whole",
]
