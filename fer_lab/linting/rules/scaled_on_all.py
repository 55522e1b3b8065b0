"""Mean, deviation, range or components are taken from all data before they are split."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from fer_lab.linting.findings import CERTAIN, LIKELY, Hit, Rule
from fer_lab.linting.flow import At
from fer_lab.linting.marking import SCALED, SCALER, lines
from fer_lab.linting.names import Function, called, dotted, own, receiver, text_of
from fer_lab.linting.parts import TEST, TRAIN
from fer_lab.linting.rules.splitting import split_data
from fer_lab.linting.words import words

RULE = Rule(
    "scaled-on-all",
    "the scale is taken from all data",
    "Numbers of the test images go into how training images are shown. With a mean and a deviation of many images it is"
    " worth little; with components or ranges of few it can be worth something. It is a leak either way.",
    "Fit the scale on what trains, and apply it to the rest.",
)
_STATISTICS = words("mean std var min max nanmean nanstd amin amax average")


def look(node: ast.AST, at: At) -> Iterator[Hit]:
    """Scalers fitted on train and test together, or on what is split later in the same function or module."""
    if _fits(node, at):
        yield Hit(node.lineno, f"`{text_of(node)}` is fitted on train and test", CERTAIN)
    for one in split_data(node, at)[:1]:
        made = [line for line in lines(at.marks(one), SCALED, at.module.number) if line]
        if made and TRAIN not in at.parts(one):
            yield Hit(made[0], f"a scale is fitted on all of `{text_of(one)}`, which is split afterwards", CERTAIN)
        elif (line := _statistic(one, node, at)) and TRAIN not in at.parts(one):
            yield Hit(line, f"mean or deviation of all of `{text_of(one)}`, which is split afterwards", LIKELY)


def _fits(node: ast.AST, at: At) -> TypeGuard[ast.Call]:
    """Whether a scaler is fitted on train and test put together."""
    if not isinstance(node, ast.Call) or called(node) not in ("fit", "fit_transform") or not node.args:
        return False
    owner = receiver(node)
    scales = owner is not None and lines(at.marks(owner), SCALER, at.module.number)
    return bool(scales) and {TRAIN, TEST} <= at.parts(node.args[0])


def _statistic(data: ast.expr, split: ast.AST, at: At) -> int:
    """The line before a split where the data are scaled by numbers of their own; 0 for none."""
    name = dotted(data)
    around: Function | ast.Module = at.function or at.module.source.tree
    for node in own(around):
        if not name or not isinstance(node, ast.Assign | ast.AugAssign) or node.lineno >= split.lineno:  # type: ignore[attr-defined]
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(dotted(one) == name for one in targets) and _uses_statistic(node.value, name):
            return node.lineno
    return 0


def _uses_statistic(value: ast.expr, name: str) -> bool:
    if not any(isinstance(one, ast.BinOp) for one in ast.walk(value)) and called(value) not in _STATISTICS:
        return False
    calls = [one for one in ast.walk(value) if isinstance(one, ast.Call) and called(one) in _STATISTICS]
    return any(name in {dotted(one) for one in ast.walk(call)} for call in calls)
