"""Copies of images are made before the data are split."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fer_lab.linting.findings import CERTAIN, LIKELY, Hit, Rule
from fer_lab.linting.flow import At
from fer_lab.linting.marking import AUGMENTED, lines
from fer_lab.linting.names import called, names_in, text_of
from fer_lab.linting.rules.splitting import split_data
from fer_lab.linting.words import tokens, words

RULE = Rule(
    "augmented-first",
    "images are copied before the split",
    "A mirrored, turned or repeated copy of a training image lies in the test part: the network has seen the answer,"
    " and the test part has the class shares of the augmentation.",
    "Split first; augment or oversample what trains alone.",
)
_NAMES = words("augmented aug oversampled upsampled resampled smote")


def look(node: ast.AST, at: At) -> Iterator[Hit]:
    """Random splits of what an augmentation or an oversampler has given."""
    data = split_data(node, at)
    if not data or not isinstance(node, ast.Call):
        return
    made = [line for one in data for line in lines(at.marks(one), AUGMENTED, at.module.number)]
    named = [one for one in data if any(_NAMES & set(tokens(name)) for name in names_in(one))]
    if made:
        where = f" (made in line {made[0]})" if made[0] and not at.module.source.places else ""
        certainty = CERTAIN if made[0] else LIKELY
        yield Hit(node.lineno, f"`{called(node)}` splits augmented data{where}", certainty)
    elif named:
        yield Hit(node.lineno, f"`{called(node)}` splits `{text_of(named[0])}`", LIKELY)
