"""The marks of an expression: which parts of the data it may come from, by what was assigned, else by its name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from fer_lab.linting.names import called, constant, dotted, keyword, receiver
from fer_lab.linting.parts import NONE, PARTS, USAGE, Marks, part_of_name, part_of_text, parts_in
from fer_lab.linting.scope import Routine, Scope
from fer_lab.linting.words import words

_SETTINGS = words(
    "batch_size num_workers transform transforms target_transform shuffle collate_fn pin_memory drop_last target_size"
    " test_size train_size val_size validation_split random_state seed verbose epochs steps name desc prefix label"
    " stratify help default type"
)
"""Keywords whose values are no data."""
Marker = Callable[[ast.Call, "Values"], Marks]


class Values:
    """Reads expressions in a scope.

    Args:
        scope: what names hold.
        find: the function that a call calls, where it is part of the linted code.
        marker: what rules add to the marks of a call.
    """

    def __init__(self, scope: Scope, find: Callable[[ast.Call, Scope], Routine | None], marker: Marker) -> None:
        self.scope, self._find, self._marker = scope, find, marker

    def of(self, node: ast.AST | None) -> Marks:
        """The marks of an expression."""
        match node:
            case ast.Name(id=name):
                return self._named(name, name)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Constant(value=str() as text):
                return part_of_text(text)
            case ast.Subscript(value=value, slice=place):
                return parts_in(self.of(place)) or self.of(value)
            case ast.Compare(ops=[ast.NotEq() | ast.NotIn() | ast.IsNot()]):
                return NONE
            case ast.Compare(comparators=[ast.Constant(value=str() as text)]) if named := part_of_text(text):
                return named  # rows are chosen by what is compared, wherever they come from
            case ast.Call():
                return merged(self.of_call(node))
            case ast.Lambda() | ast.Constant() | None:
                return NONE
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
        return merged(map(self.of, _parts_of(node)))

    def elements(self, node: ast.AST) -> list[Marks]:
        """The marks of each element of what makes a tuple; of a single value, one."""
        if isinstance(node, ast.Tuple | ast.List):
            return [self.of(one) for one in node.elts]
        return self.of_call(node) if isinstance(node, ast.Call) else [self.of(node)]

    def of_call(self, node: ast.Call) -> list[Marks]:
        """The marks of what a call gives, of each element where the function called is known to give a tuple."""
        added = self._marker(node, self)
        known = self._find(node, self.scope)
        if known is None or not any(known.returned):
            return [self._data(node) | added]
        return [self._filled(known, node, marks) | added for marks in known.returned]

    def handed(self, routine: Routine, node: ast.Call) -> dict[str, Marks]:
        """What a call hands to the parameters of a function."""
        given = dict(zip(routine.params, node.args, strict=False))
        given.update({one.arg: one.value for one in node.keywords if one.arg is not None})
        return {name: self.of(value) for name, value in given.items()}

    def _named(self, key: str, name: str) -> Marks:
        held = self.scope.get(key)
        if held is None:
            return part_of_name(name)
        return held if parts_in(held) or any(one.startswith("?") for one in held) else held | part_of_name(name)

    def _attribute(self, node: ast.Attribute) -> Marks:
        key = dotted(node)
        if key and self.scope.get(key) is not None:
            return self._named(key, node.attr)
        return part_of_name(node.attr) or self.of(node.value)

    def _data(self, node: ast.Call) -> Marks:
        """By the arguments that are data; else by the object whose method it is; else by the name of the function."""
        if called(node) in ("fit", "fit_generator"):
            return self.of(keyword(node, "validation_data", "validation_set"))
        if constant(keyword(node, "train")) is False:
            return frozenset({"test"})
        owner = receiver(node)
        marks = self._arguments(node) | (self.of(owner) if owner is not None else NONE)
        return marks if parts_in(marks) or _symbols(marks) else marks | part_of_name(called(node))

    def _arguments(self, node: ast.Call) -> Marks:
        named = [one.value for one in node.keywords if one.arg not in _SETTINGS]
        return merged(self.of(one) for one in [*node.args, *named])

    def _filled(self, routine: Routine, node: ast.Call, marks: Marks) -> Marks:
        """What a function returns, with what this call hands to it in place of its parameters."""
        given = self.handed(routine, node)
        out: set[str] = set()
        for one in marks:
            name = one.partition(":")[2]
            own = one == routine.symbol(name)
            out |= (given.get(name) or part_of_name(name)) if own else {one}
        return frozenset(out)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Marks:
        inner = Values(Scope(self.scope, self.scope.routine), self._find, self._marker)
        for one in node.generators:
            bind(inner.scope, one.target, [inner.of(one.iter)])
        if isinstance(node, ast.DictComp):
            return inner.of(node.value)
        return inner.of(node.elt)


def bind(scope: Scope, target: ast.AST, marks: Sequence[Marks]) -> None:
    """Give a target what was computed; a name says more than marks that do not decide."""
    if isinstance(target, ast.Tuple | ast.List):
        whole = merged(marks)
        each = marks if len(marks) == len(target.elts) else [whole] * len(target.elts)
        for one, its in zip(target.elts, each, strict=True):
            bind(scope, one, [its])
    elif isinstance(target, ast.Starred):
        bind(scope, target.value, marks)
    elif isinstance(target, ast.Subscript):
        if key := dotted(target.value):
            scope.add(key, merged(marks))
    elif key := dotted(target):
        scope.set(key, settled(key, merged(marks)))


def settled(key: str, marks: Marks) -> Marks:
    """Marks with what the name of their holder adds: to FER2013's parts its role; to several parts, which it is."""
    parts, said = parts_in(marks), part_of_name(key.rpartition(".")[2])
    if parts and parts <= USAGE:
        return marks | said
    if len(parts) > 1 and len(said) == 1 and said <= parts:
        return (marks - PARTS) | said
    return marks


def merged(marks: Iterable[Marks]) -> Marks:
    """All marks of several expressions."""
    return frozenset().union(*marks)


def _parts_of(node: ast.AST) -> Iterable[ast.expr]:
    """The expressions that an expression is made of; the usual kinds first, as all of a source goes through here."""
    match node:
        case ast.BinOp():
            return node.left, node.right
        case ast.Tuple() | ast.List() | ast.Set():
            return node.elts
        case ast.UnaryOp():
            return (node.operand,)
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _symbols(marks: Marks) -> bool:
    return any(one.startswith("?") for one in marks)
