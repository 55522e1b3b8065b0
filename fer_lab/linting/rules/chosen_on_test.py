"""The epoch whose weights or number are kept is chosen on the test part."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fer_lab.linting.findings import LIKELY, Hit, Rule
from fer_lab.linting.flow import At
from fer_lab.linting.marking import KEEPS, STOPS, lines
from fer_lab.linting.names import Function, called, dotted, keyword, own, receiver, text_of
from fer_lab.linting.parts import NONE, TRAIN, VAL, part_of_name
from fer_lab.linting.rules.deciding import from_test
from fer_lab.linting.words import tokens, words

RULE = Rule(
    "chosen-on-test",
    "the epoch is chosen on the test part",
    "The best of many epochs on a part is better there than on people that nobody has chosen with, so the number"
    " that is reported on this part is too high. A number that the authors took otherwise is not touched by this.",
    "Keep a part of the training data (of other people) for validation, choose on it, and open the test part once.",
)
_BEST = words("best highest lowest")
_EXTREME, _METRICS = words("max min maximum minimum"), words("acc accuracy loss f1 score uar war auc recall error")
_SCORES = words("acc accs accuracy accuracies f1 uar war scores score")
_SAVES = re.compile(r"save\w*|\w*_save|state_dict|deepcopy|copyfile|dump|save|store_checkpoint")
_FITS = ("fit", "fit_generator")


def look(node: ast.AST, at: At) -> Iterator[Hit]:
    """Comparisons with the best so far, and Keras's and Lightning's callbacks."""
    match node:
        case ast.If(test=test):
            yield from _if(node, test, at)
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            yield from _best_of(node, value, at)
        case ast.Call() if called(node) in _FITS:
            yield from _fit(node, at)
        case ast.Call() if called(node) in ("max", "amax", "nanmax") and len(node.args) == 1:
            yield from _best_of_all(node, at)
        case ast.Call() if {"early"} < set(tokens(called(node))) and node.args:
            if certainty := from_test(at.parts(node.args[0]), at):
                yield Hit(node.lineno, f"`{text_of(node)}` is told of the test part", certainty, once=True)
        case ast.FunctionDef(name="val_dataloader"):
            yield from _loader(node, at)


def _if(node: ast.If, test: ast.expr, at: At) -> Iterator[Hit]:
    saves = any(_SAVES.fullmatch(called(one)) for body in node.body for one in [body, *own(body)])
    for one in ast.walk(test):
        if not isinstance(one, ast.Compare) or not isinstance(one.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE | ast.Eq):
            continue
        value, other = _sides(one)
        best = _is_best(other)
        if (best or (saves and not isinstance(one.ops[0], ast.Eq))) and not isinstance(value, ast.Constant):
            certainty = _judged(value, other if best else None, at)
            if certainty:
                kept = "weights are kept" if saves else "the best is kept"
                yield Hit(
                    one.lineno,
                    f"{kept} where `{text_of(one)}`, of the test part",
                    certainty if best else LIKELY,
                    once=True,
                )


def _best_of(node: ast.Assign | ast.AnnAssign, value: ast.expr, at: At) -> Iterator[Hit]:
    if isinstance(value, ast.Compare) and len(value.comparators) == 1:
        one, other = _sides(value)
        if _is_best(other) and (certainty := _judged(one, other, at)):
            yield Hit(node.lineno, f"the best is told by `{text_of(value)}`, of the test part", certainty, once=True)
    elif called(value) in ("max", "min", "maximum", "minimum") and isinstance(value, ast.Call):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(value.args) == 2 and any(map(_is_best, targets)) and any(map(_is_best, value.args)):
            one, other = sorted(value.args, key=_is_best)
            if certainty := _judged(one, other, at):
                yield Hit(node.lineno, f"the best is `{text_of(value)}`, of the test part", certainty, once=True)


def _best_of_all(node: ast.Call, at: At) -> Iterator[Hit]:
    """The best of a list of scores, one an epoch, or of what Keras noted."""
    said = set(tokens(dotted(node.args[0]).rpartition(".")[2]))
    noted = _of_history(node.args[0], at)
    if certainty := noted or (from_test(at.parts(node.args[0]), at) and LIKELY if said & _SCORES else ""):
        yield Hit(node.lineno, f"the best epoch is taken: `{text_of(node)}`, of the test part", certainty, once=True)


def _of_history(node: ast.expr, at: At) -> str:
    """How certain it is that a value is read from what Keras noted of the test part, epoch by epoch."""
    if not re.search(r"""\.history\[['"]val_""", ast.unparse(node)):
        return ""
    while isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr == "history"):
        node = node.value
    return from_test(at.parts(node), at)


def _fit(node: ast.Call, at: At) -> Iterator[Hit]:
    owner = receiver(node)
    given = keyword(node, "validation_data", "validation_set", "val_dataloaders", "validation_loader")
    trainer = owner is not None and "trainer" in tokens(dotted(owner))
    if given is None and trainer and len(node.args) > 2:
        given = node.args[2]
    made = at.marks(keyword(node, "callbacks")) | (at.marks(owner) if trainer else NONE)
    if given is None or not any(lines(made, kind, at.module.number) for kind in (STOPS, KEEPS)):
        return
    if certainty := from_test(at.parts(given), at):
        how = "EarlyStopping" if lines(made, STOPS, at.module.number) else "ModelCheckpoint"
        yield Hit(node.lineno, f"{how} watches `{text_of(given)}`, the test part", certainty)


def _loader(node: Function, at: At) -> Iterator[Hit]:
    returned = [one.value for one in own(node) if isinstance(one, ast.Return) and one.value is not None]
    for value in returned:
        if from_test(part_of_name(dotted(value)) or at.parts(value), at) and not {TRAIN, VAL} & at.parts(value):
            yield Hit(value.lineno, f"val_dataloader() gives `{text_of(value)}`, the test part", LIKELY)


def _sides(node: ast.Compare) -> tuple[ast.expr, ast.expr]:
    """The value and what it is held against; the best so far stands on the right."""
    left, right = node.left, node.comparators[0]
    return (right, left) if _is_best(left) and not _is_best(right) else (left, right)


def _is_best(node: ast.AST) -> bool:
    """Whether a name is of the best so far: ``best_acc``, ``max_accuracy``; not a limit, ``max_pixels``."""
    name = dotted(node.value if isinstance(node, ast.Subscript) else node).rpartition(".")[2]
    said = set(tokens(name))
    return bool(said & _BEST or (said & _EXTREME and said & _METRICS)) and not name.isupper()


def _judged(value: ast.expr, best: ast.expr | None, at: At) -> str:
    """How certain it is that a value is of the test part; by the name of the best so far where it says nothing."""
    parts = at.parts(value)
    if not parts and best is not None:
        parts = part_of_name(dotted(best).rpartition(".")[2])
    return from_test(parts, at)
