"""The accuracy of the test is a mean of the accuracies of its batches, or that of the last batch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fer_lab.linting.findings import LIKELY, Hit, Rule
from fer_lab.linting.flow import At
from fer_lab.linting.names import called, dotted, own, receiver, text_of
from fer_lab.linting.parts import TRAIN
from fer_lab.linting.words import tokens, words

RULE = Rule(
    "mean-of-batches",
    "the accuracy is a mean of batches",
    "The last batch is smaller and counts as much as the others, so the number moves with the size of batches and,"
    " where the test is shuffled, from one evaluation to the next.",
    "Count the right answers and divide by the number of items, or weight each batch by its size.",
)
_METRICS = words("acc accs accuracy accuracies f1 uar war precision recall auc top1 prec1 acc1 score")
_RATES = words("accuracy accuracy_score balanced_accuracy_score f1_score mean recall_score precision_score")


def look(node: ast.AST, at: At) -> Iterator[Hit]:
    """Loops over batches outside training in which the accuracy of a batch is added up."""
    if not isinstance(node, ast.For) or not _over_batches(node, at):
        return
    inside = [one for statement in node.body for one in [statement, *own(statement)]]
    rates = {name for one in inside if isinstance(one, ast.Assign) and _is_rate(one.value) for name in _targets(one)}
    for one in inside:
        if isinstance(one, ast.AugAssign) and isinstance(one.op, ast.Add) and _metric(dotted(one.target)):
            if _holds_rate(one.value, rates) and (_divided(dotted(one.target), node, at) or _shares(one.value, node)):
                yield Hit(one.lineno, f"`{text_of(one)}` adds up what batches score", LIKELY)
        elif isinstance(one, ast.Call) and called(one) == "append" and _averaged(one, rates, node, at):
            yield Hit(one.lineno, f"`{text_of(one)}` collects what batches score, and the mean is taken", LIKELY)


def _over_batches(node: ast.For, at: At) -> bool:
    words = [word for name in ast.walk(node.iter) for word in tokens(dotted(name))]
    loads = any(re.search(r"load|batch|gen|iter|dl$", word) for word in words)
    trains = any(called(one) == "backward" for one in ast.walk(node))
    return loads and not trains and TRAIN not in at.parts(node.iter)


def _is_rate(value: ast.expr) -> bool:
    """Whether a value is a share: an accuracy, a mean of hits, hits by the size of the batch."""
    calls = {called(one) for one in ast.walk(value)}
    divides = any(isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div) for one in ast.walk(value))
    hits = any(isinstance(one, ast.Compare) for one in ast.walk(value)) or "eq" in calls
    return not calls.isdisjoint(_RATES - {"mean"}) or (hits and ("mean" in calls or divides))


def _holds_rate(value: ast.expr, rates: set[str]) -> bool:
    inner = {dotted(one) for one in ast.walk(value)}
    scaled = any(isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult) for one in ast.walk(value))
    return not scaled and (_is_rate(value) or not inner.isdisjoint(rates))


def _divided(name: str, loop: ast.For, at: At) -> bool:
    """Whether a sum is divided by the number of batches somewhere in the function."""
    for one in own(at.function or at.module.source.tree):
        if isinstance(one, ast.BinOp | ast.AugAssign) and isinstance(one.op, ast.Div):
            above, below = (one.left, one.right) if isinstance(one, ast.BinOp) else (one.target, one.value)
            if name in {dotted(inner) for inner in ast.walk(above)} and _counts_batches(below, loop):
                return True
    return False


def _shares(value: ast.expr, loop: ast.For) -> bool:
    """Whether each batch adds its share: ``acc / len(loader)``."""
    divisions = [one for one in ast.walk(value) if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div)]
    return any(_counts_batches(one.right, loop) for one in divisions)


def _counts_batches(node: ast.expr, loop: ast.For) -> bool:
    text, over = ast.unparse(node), ast.unparse(loop.iter)
    lengths = [ast.unparse(one.args[0]) for one in ast.walk(node) if called(one) == "len" and isinstance(one, ast.Call)]
    counter = {one.id for one in ast.walk(loop.target) if isinstance(one, ast.Name)}
    steps = re.search(r"batches|steps|iters?\b|iter_cnt|num_batch|n_batch", text)
    return any(one in over for one in lengths) or bool(steps) or bool(counter & set(re.findall(r"\w+", text)))


def _averaged(call: ast.Call, rates: set[str], loop: ast.For, at: At) -> bool:
    owner = receiver(call)
    if owner is None or not call.args or not _metric(dotted(owner)) or not _holds_rate(call.args[0], rates):
        return False
    name = dotted(owner)
    means = [one for one in own(at.function or at.module.source.tree) if called(one) in ("mean", "average", "sum")]
    return any(name in {dotted(inner) for inner in ast.walk(one)} for one in means)


def _metric(name: str) -> bool:
    return not _METRICS.isdisjoint(tokens(name)) and "loss" not in tokens(name)


def _targets(node: ast.Assign) -> Iterator[str]:
    for target in node.targets:
        for one in target.elts[:1] if isinstance(target, ast.Tuple) else [target]:
            yield dotted(one)
