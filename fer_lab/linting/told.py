"""Findings as people and programs read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from fer_lab.linting.findings import CERTAIN, Finding, Report, Skipped, counted
from fer_lab.linting.rules import RULES

SHOWN = 10
"""Places of one reason that are listed in a terminal; as JSON, all are."""
CANNOT_SEE = (
    "Only what is written in the code is seen: not what a command line, a configuration, a list of files or a person"
    " decides. No finding is no proof."
)


def as_lines(report: Report) -> Iterator[str]:
    """The findings a line each, why and how to mend once a rule, then what was read and what was not."""
    for one in report.findings:
        doubt = "" if one.certainty == CERTAIN else f" ({one.certainty})"
        yield plain(f"{one.place}: {one.rule} {one.what}{doubt}")
    for name in counted(one.rule for one in report.findings):
        yield ""
        yield f"{name}: {RULES[name].title}"
        yield f"  why:  {RULES[name].why}"
        yield f"  mend: {RULES[name].mend}"
    yield from ["", _found(report), _read(report)] if report.findings else [_found(report), _read(report)]
    for reason, number in report.reasons.items():
        yield f"not read, {reason}: {number}"
        yield from _places([one for one in report.skipped if one.reason == reason])
    yield CANNOT_SEE


def as_json(report: Report) -> str:
    """The same for programs; every place that was not read is listed."""
    rules = {one.rule for one in report.findings}
    told = {
        "findings": [_told(one) for one in report.findings],
        "rules": {name: asdict(rule) for name, rule in RULES.items() if name in rules},
        "read": {"files": report.files, "notebooks": report.notebooks, "relevant": report.relevant},
        "skipped": [asdict(one) for one in report.skipped],
        "suppressed": report.suppressed,
        "cannot_see": CANNOT_SEE,
    }
    return json.dumps(told, indent=2)  # names that are no text are escaped


def rule_lines() -> Iterator[str]:
    """Every rule with its reason."""
    for name, rule in RULES.items():
        yield f"{name}: {rule.title}"
        yield f"  why:  {rule.why}"
        yield f"  mend: {rule.mend}"


def plain(text: str) -> str:
    """A text of somebody else's on a terminal: what commands one, or cannot be written, is replaced."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _told(one: Finding) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name != "cell" or value}


def _found(report: Report) -> str:
    if not report.findings:
        return "nothing found" + _allowed(report)
    certain = sum(one.certainty == CERTAIN for one in report.findings)
    files = len({one.file for one in report.findings})
    return (
        f"{_number(len(report.findings), 'finding')} in {_number(files, 'file')}: {certain} certain,"
        f" {len(report.findings) - certain} likely{_allowed(report)}"
    )


def _allowed(report: Report) -> str:
    return f" ({report.suppressed} allowed by a comment)" if report.suppressed else ""


def _read(report: Report) -> str:
    notebooks = f" ({_number(report.notebooks, 'notebook')} among them)" if report.notebooks else ""
    others = f"{report.relevant} parsed: the others have nothing to do with data or training, nor are imported there"
    parsed = others if report.relevant < report.files else "all parsed"
    return f"{_number(report.files, 'file')} read{notebooks}, {parsed}"


def _places(skipped: Sequence[Skipped]) -> Iterator[str]:
    yield from (plain(f"  {one.place}") for one in skipped[:SHOWN])
    if len(skipped) > SHOWN:
        yield f"  and {len(skipped) - SHOWN} more: --json lists all"


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
