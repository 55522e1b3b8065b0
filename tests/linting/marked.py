"""Sources that say themselves what is to be found in them: ``# <- rule`` at the end of a line."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from fer_lab.linting import Report, lint

MARK = re.compile(r"#\s*<-\s*([a-z-]+)")


def write(folder: Path, **sources: str) -> Path:
    """Write sources by name (``a__b`` is ``a/b.py``)."""
    for name, text in sources.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def marked(folder: Path) -> list[tuple[str, int, str]]:
    """What the sources below a folder say is to be found: file, line, rule."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        for number, line in enumerate(path.read_text().split("\n"), 1):
            found += [(path.relative_to(folder).as_posix(), number, rule) for rule in MARK.findall(line)]
    return sorted(found)


def places(report: Report) -> list[tuple[str, int, str]]:
    return sorted((one.file, one.line, one.rule) for one in report.findings)


def as_marked(folder: Path, *, without: frozenset[str] = frozenset({"no-seed"})) -> None:
    """Assert that what is found is what is marked, no more and no less."""
    assert places(lint(folder, without)) == marked(folder)
