"""Reads the code of a folder and says what in it makes numbers unbelievable; nothing of it is imported or run."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fer_lab.errors import ConfigError, nearest
from fer_lab.linting.findings import Finding, Hit, Report, Rule
from fer_lab.linting.flow import At, follow
from fer_lab.linting.project import Module, Project
from fer_lab.linting.reading import read_all
from fer_lab.linting.rules import LOOKING, LOOKING_AT_MODULES, RULES


def lint(path: Path, without: frozenset[str] = frozenset()) -> Report:
    """Look at a file or at all files of Python and notebooks below a folder.

    Args:
        path: a folder, a file of Python or a notebook.
        without: names of rules that are left out.

    Raises:
        DataError: nothing is at the path.
        ConfigError: there is no rule of such a name.
    """
    for name in sorted(without - RULES.keys()):
        raise ConfigError(f"no rule is called {name!r}", expected=nearest(name, RULES), do="see fer-lab lint --rules")
    with _uncollected():
        read = read_all(path)
        found, suppressed = _look(Project(read.sources), without)
    skipped = tuple(sorted(read.skipped))
    return Report(tuple(sorted(found)), read.files, len(read.sources), read.notebooks, skipped, suppressed)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Trees are millions of objects that live until the end: to look for garbage among them takes long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _look(project: Project, without: frozenset[str]) -> tuple[list[Finding], int]:
    """The findings, each once a scope, and how many a comment allows."""
    met: dict[tuple[object, ...], tuple[Module, Rule, Hit]] = {}

    def keep(rule: Rule, hits: Iterator[Hit], module: Module, scope: object) -> None:
        for hit in hits:
            place = (id(scope), module.source.place(hit.line)[0]) if hit.once else hit.line
            met.setdefault((rule.name, module.number, place), (module, rule, hit))

    def look(node: ast.AST, at: At) -> None:
        for one in LOOKING:
            if one.RULE.name not in without:
                keep(one.RULE, one.look(node, at), at.module, at.function)

    follow(project, look)
    for one in LOOKING_AT_MODULES:
        for module in project.modules if one.RULE.name not in without else ():
            keep(one.RULE, one.look_module(module, project), module, None)
    kept = [item for item in met.values() if item[1].name not in _allowed(item[0].source.allowed, item[2].line)]
    return [_finding(*item) for item in kept], len(met) - len(kept)


def _allowed(allowed: Mapping[int, frozenset[str]], line: int) -> frozenset[str]:
    return allowed.get(line, frozenset()) | allowed.get(line - 1, frozenset())


def _finding(module: Module, rule: Rule, hit: Hit) -> Finding:
    cell, line = module.source.place(hit.line)
    return Finding(module.source.name, cell, line, rule.name, hit.what, hit.certainty, rule.why, rule.mend)
