"""Follows what names hold through the statements of a source, in the order in which they are written."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fer_lab.linting.marking import marks_of
from fer_lab.linting.names import Function, called, dotted, receiver
from fer_lab.linting.parts import NONE, TEST, TRAIN, USAGE, VAL, Marks, part_of_text, parts_in
from fer_lab.linting.project import Module, Project
from fer_lab.linting.scope import Routine, Scope
from fer_lab.linting.values import Values, bind, merged
from fer_lab.linting.words import tokens, words

_ADDS = words("append extend update add add_ insert put setdefault")
_PHASES = words("phase mode split stage subset part set x")


@dataclass(frozen=True)
class At:
    """Where a rule looks: what names hold there.

    Attributes:
        phase: the part that a condition around it names (``if phase == "test":``).
        function: the function that it is in; None for the module itself.
    """

    module: Module
    project: Project
    values: Values
    phase: Marks
    function: Function | None

    def marks(self, node: ast.AST | None) -> Marks:
        """The marks of an expression, with what callers hand over."""
        return self.project.resolved(self.values.of(node))

    def parts(self, node: ast.AST | None) -> Marks:
        """The parts of the data that an expression comes from."""
        return parts_in(self.marks(node))


Look = Callable[[ast.AST, At], None]


def follow(project: Project, look: Look) -> None:
    """Follow all sources, twice to learn what functions give and are handed, and once more to look.

    Args:
        project: of the sources.
        look: called with each statement and each call; with a loop when its body is through.
    """
    for watch in (None, None, look):
        for module in project.modules:
            _Walk(module, project, watch).run()


class _Walk:
    def __init__(self, module: Module, project: Project, look: Look | None) -> None:
        self._module, self._project, self._look = module, project, look
        self._later: list[tuple[Function, Scope]] = []
        self._phase: Marks = NONE
        self._usage: Marks = NONE
        self._asked: Marks = NONE
        self._function: Function | None = None
        module.bound.clear()

    def run(self) -> None:
        scope = Scope()
        self._block(self._module.source.tree.body, scope)
        while self._later:  # a function sees what the module holds in the end
            node, around = self._later.pop(0)
            routine = self._project.routine(node)
            inner = Scope(around, routine, {name: frozenset({routine.symbol(name)}) for name in routine.params})
            self._function = node
            self._block(node.body, inner)

    def _block(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        for node in body:
            self._statement(node, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        values = self._values(scope)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._tell(node, values)
            self._later.append((node, scope))
            return
        if isinstance(node, ast.ClassDef):
            self._block(node.body, Scope(scope, scope.routine))
            return
        self._calls(node, values)
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            self._loop(node, scope, values)
            return
        self._tell(node, values)
        self._effect(node, scope, values)

    def _effect(self, node: ast.stmt, scope: Scope, values: Values) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, values.elements(value), scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign([target], values.elements(value), scope)
            case ast.AugAssign(target=target, value=value) if key := dotted(target):
                self._assign([target], [values.of(value) | (scope.get(key) or NONE)], scope)
            case ast.Return(value=ast.expr() as value) if scope.routine is not None:
                _give(scope.routine, values.elements(value))
            case ast.Expr(value=ast.Call() as call) if called(call) in _ADDS:
                self._grow(call, scope, values)
            case ast.Expr(value=ast.Call(args=[data, *_]) as call) if called(call) == "shuffle" and dotted(data):
                scope.add(dotted(data), marks_of(call, values, self._module.number))
            case ast.If():
                self._branches(node, scope, values)
            case _:
                self._inside(node, scope, values)

    def _inside(self, node: ast.stmt, scope: Scope, values: Values) -> None:
        """The bodies of a statement that has some, one after the other."""
        match node:
            case ast.With() | ast.AsyncWith():
                for one in node.items:
                    if one.optional_vars is not None:
                        bind(scope, one.optional_vars, [values.of(one.context_expr)])
                self._block(node.body, scope)
            case ast.Try():
                for body in (node.body, *(one.body for one in node.handlers), node.orelse, node.finalbody):
                    self._block(body, scope)
            case ast.Match():
                for case in node.cases:
                    self._block(case.body, scope)

    def _assign(self, targets: Sequence[ast.expr], marks: Sequence[Marks], scope: Scope) -> None:
        marks = [one | self._usage for one in marks]
        for target in targets:
            bind(scope, target, marks)
            for one in ast.walk(target):
                if self._look is not None and (key := dotted(one)):
                    self._note(one, key, scope, merged(marks))

    def _note(self, node: ast.AST, key: str, scope: Scope, marks: Marks) -> None:
        held = (scope.get(key) or NONE) if not key.startswith("self.") else marks
        held |= self._phase
        if held & USAGE and isinstance(node, ast.expr):
            self._module.bound.append((node.lineno, key, held))

    def _grow(self, call: ast.Call, scope: Scope, values: Values) -> None:
        owner = receiver(call)
        if owner is not None and (key := dotted(owner)):
            added = merged(values.of(one) for one in [*call.args, *(word.value for word in call.keywords)])
            bound = Scope(None, None)
            bind(bound, owner, [added | self._usage])
            scope.add(key, merged(bound.names.values()))
            if self._look is not None:
                self._note(owner, key, scope, added | self._usage)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, scope: Scope, values: Values) -> None:
        if not isinstance(node, ast.While):
            bind(scope, node.target, [values.of(node.iter)])
        self._block(node.body, scope)
        self._tell(node, values)
        self._block(node.orelse, scope)

    def _branches(self, node: ast.If, scope: Scope, values: Values) -> None:
        before = dict(scope.names)
        with self._under(node.test, values):
            self._block(node.body, scope)
        then, scope.names = scope.names, before
        with self._otherwise(node):
            self._block(node.orelse, scope)
        other = scope.names
        scope.names = {name: then.get(name, NONE) | other.get(name, NONE) for name in {**then, **other}}

    @contextmanager
    def _under(self, test: ast.expr, values: Values) -> Iterator[None]:
        """What holds where a condition does: the phase that it names, or the part of FER2013."""
        kept = self._phase, self._usage
        named = parts_in(values.of(test)) & USAGE
        self._phase, self._usage = phase_of(test) or self._phase, named if len(named) == 1 else self._usage
        yield
        self._phase, self._usage = kept

    @contextmanager
    def _otherwise(self, node: ast.If) -> Iterator[None]:
        """Where training and validation have been asked for, what is left is the test."""
        kept = self._phase, self._asked
        self._asked |= phase_of(node.test)
        last = not (len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If))
        if last and self._asked == {TRAIN, VAL}:
            self._phase = frozenset({TEST})
        yield
        self._phase, self._asked = kept

    def _calls(self, node: ast.stmt, values: Values) -> None:
        for call in self._project.calls(node):
            self._hand(call, values)
            self._tell(call, values)

    def _hand(self, call: ast.Call, values: Values) -> None:
        routine = self._project.find(self._module, call, values.scope)
        if routine is not None:
            for name, marks in values.handed(routine, call).items():
                routine.handed.setdefault(name, set()).add(marks)

    def _values(self, scope: Scope) -> Values:
        number = self._module.number
        return Values(
            scope,
            lambda call, where: self._project.find(self._module, call, where),
            lambda call, values: marks_of(call, values, number),
        )

    def _tell(self, node: ast.AST, values: Values) -> None:
        if self._look is not None:
            test = getattr(node, "test", None)
            phase = (phase_of(test) if test is not None else NONE) or self._phase
            function = self._function if values.scope.routine is not None else None
            self._look(node, At(self._module, self._project, values, phase, function))


def phase_of(test: ast.expr) -> Marks:
    """The part that a condition asks for: ``phase == "test"``, also as one of several that must hold."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return next((found for one in test.values if (found := phase_of(one))), NONE)
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=str() as text)]):
            said = tokens(dotted(left).rpartition(".")[2])
            return part_of_text(text) if not _PHASES.isdisjoint(said) else NONE
    return NONE


def _give(routine: Routine, marks: Sequence[Marks]) -> None:
    """Note what a function returns; returns of different lengths are told as one."""
    if not routine.returned or not any(routine.returned):
        routine.returned = list(marks)
    elif len(routine.returned) == len(marks):
        routine.returned = [one | other for one, other in zip(routine.returned, marks, strict=True)]
    else:
        routine.returned = [merged([*routine.returned, *marks])]
