"""The learning rate is lowered when the loss or the accuracy of the test part no longer improves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fer_lab.linting.findings import CERTAIN, LIKELY, Hit, Rule
from fer_lab.linting.flow import At
from fer_lab.linting.marking import PLATEAU, lines
from fer_lab.linting.names import called, dotted, keyword, receiver, text_of
from fer_lab.linting.rules.deciding import from_test
from fer_lab.linting.words import tokens

RULE = Rule(
    "rate-by-test",
    "the test part steers the learning rate",
    "Training then follows the test part, if through one number an epoch only; what is measured there is too high by a"
    " little, and the test part is no longer unseen.",
    "Feed the schedule with the loss of a validation part, or use one that needs no loss (steps, cosine).",
)


def look(node: ast.AST, at: At) -> Iterator[Hit]:
    """``scheduler.step(loss)`` of PyTorch, ``ReduceLROnPlateau`` among the callbacks of Keras."""
    if not isinstance(node, ast.Call):
        return
    owner = receiver(node)
    if called(node) == "step" and owner is not None and _schedules(dotted(owner)):
        value = node.args[0] if node.args else keyword(node, "metrics")
        if value is not None and (certainty := from_test(at.parts(value), at)):
            yield Hit(node.lineno, f"`{text_of(node)}` is told of the test part", certainty)
    elif called(node) in ("fit", "fit_generator"):
        given = keyword(node, "validation_data", "validation_set")
        made = lines(at.marks(keyword(node, "callbacks")), PLATEAU, at.module.number)
        if given is not None and made and (certainty := from_test(at.parts(given), at)):
            line = made[0] or node.lineno
            certainty = certainty if made[0] else LIKELY
            yield Hit(line, f"ReduceLROnPlateau watches `{text_of(given)}`, the test part", certainty or CERTAIN)


def _schedules(name: str) -> bool:
    return any(word in ("scheduler", "schedule", "sched", "plateau", "reducer") for word in tokens(name)) or (
        "lr" in tokens(name)
    )
