"""All linted files together: which function a call calls, in this file or another, and what is handed to it."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fer_lab.linting.imports import Imports
from fer_lab.linting.names import Function, called, dotted, receiver
from fer_lab.linting.parts import NONE, Marks, part_of_name
from fer_lab.linting.scope import Routine, Scope
from fer_lab.linting.sources import Source

DEEPEST = 8
"""Callers of callers that are asked what they hand on."""


@dataclass
class Module:
    """A source and what is defined in it.

    Attributes:
        number: which one it is among all of them.
        routines: its functions and methods by name, and classes by what makes them (``__init__``).
        bound: line, name and marks of all that is given one of FER2013's parts.
    """

    source: Source
    number: int
    routines: dict[str, Routine] = field(default_factory=dict)
    bound: list[tuple[int, str, Marks]] = field(default_factory=list)


class Project:
    """The linted sources, and what is known of their functions.

    Args:
        sources: in the order of their names.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self._numbers = itertools.count()
        self._of_node: dict[int, Routine] = {}
        self._of_number: dict[int, Routine] = {}
        self._calls: dict[int, list[ast.Call]] = {}
        self._methods: dict[str, list[Routine]] = {}
        self.modules = [Module(source, number) for number, source in enumerate(sources)]
        self.imports = Imports([module.source for module in self.modules])
        for module in self.modules:
            self._define(module)

    def routine(self, node: Function) -> Routine:
        """What is known of a function, by its definition."""
        return self._of_node[id(node)]

    def calls(self, node: ast.stmt) -> list[ast.Call]:
        """The calls in a statement itself, not in the statements of its body."""
        if id(node) not in self._calls:
            inside = (one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr | ast.withitem))
            self._calls[id(node)] = [one for child in inside for one in ast.walk(child) if isinstance(one, ast.Call)]
        return self._calls[id(node)]

    def find(self, module: Module, call: ast.Call, scope: Scope) -> Routine | None:
        """The function that a call calls; None for one that is not part of the linted code, or not for certain."""
        name, owner = called(call), receiver(call)
        if owner is None:
            return module.routines.get(name) or self._imported(module, name)
        if dotted(owner) == "self" and name in module.routines:
            return module.routines[name]
        where, what = self.imports.origins[module.number].get(dotted(owner), ("", ""))
        if where:
            other = self.imports.meant(module.number, ".".join(filter(None, (where, what))))
            return None if other is None else self.modules[other].routines.get(name)
        same = self._methods.get(name, [])
        # a method that calls another object's of its own name wraps that of a library
        return same[0] if len(same) == 1 and same[0] is not scope.routine else None

    def related(self, module: Module) -> list[Module]:
        """A source, all that it imports and all that imports it, directly or not."""
        ways = (self.imports.links, self.imports.back)
        return [self.modules[one] for one in sorted(set().union(*(_reached(module.number, way) for way in ways)))]

    def resolved(self, marks: Marks, depth: int = DEEPEST) -> Marks:
        """Marks with what callers hand over in place of parameters; of one that nobody calls, what its name says."""
        out: set[str] = set()
        for mark in marks:
            out |= self._handed(mark, depth) if mark.startswith("?") else {mark}
        return frozenset(out)

    def _handed(self, mark: str, depth: int) -> Marks:
        number, _, param = mark[1:].partition(":")
        calls = self._of_number[int(number)].handed.get(param, set()) if depth else set()
        given = NONE.union(*(self.resolved(one, depth - 1) for one in calls))
        return given or part_of_name(param)

    def _define(self, module: Module) -> None:
        for node in module.source.nodes:  # classes come before what is in them
            if isinstance(node, ast.ClassDef):
                for one in node.body:
                    if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                        self._add(module, one, node.name)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._add(module, node, "")

    def _add(self, module: Module, node: Function, owner: str) -> None:
        if id(node) in self._of_node:
            return
        names = [one.arg for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
        params = names[1:] if owner and names[:1] in (["self"], ["cls"]) else names
        routine = Routine(node.name, next(self._numbers), tuple(params))
        self._of_node[id(node)] = self._of_number[routine.number] = routine
        module.routines[owner if node.name == "__init__" else node.name] = routine
        if owner and not node.name.startswith("__"):
            self._methods.setdefault(node.name, []).append(routine)

    def _imported(self, module: Module, name: str) -> Routine | None:
        known = self.imports.origins[module.number]
        stars = [(where, name) for where, what in known.values() if what == "*"]
        for where, what in [known.get(name, ("", "")), *stars]:
            other = self.imports.meant(module.number, where) if where and what else None
            if other is not None and what in self.modules[other].routines:
                return self.modules[other].routines[what]
        return None


def _reached(start: int, ways: Sequence[set[int]]) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        new = ways[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen
