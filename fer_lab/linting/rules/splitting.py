"""Calls that split data by chance."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from fer_lab.linting.flow import At
from fer_lab.linting.marking import FOLDS, SHUFFLED, lines
from fer_lab.linting.names import called, keyword, receiver

_FITS = ("fit", "fit_generator")
_SCORES = ("cross_val_score", "cross_validate", "cross_val_predict")


def split_data(node: ast.AST, at: At) -> Sequence[ast.expr]:
    """The data that a call splits at random; empty for another call, and for one that is given groups."""
    if not isinstance(node, ast.Call) or keyword(node, "groups") is not None:
        return ()
    name, owner = called(node), receiver(node)
    if name in ("train_test_split", "random_split"):
        shuffled = keyword(node, "shuffle")
        return () if isinstance(shuffled, ast.Constant) and shuffled.value is False else _data(node)
    if name == "split" and owner is not None and lines(at.marks(owner), FOLDS, at.module.number):
        return _data(node)[:1]
    if name in _FITS and keyword(node, "validation_split") is not None:
        return [one for one in node.args[:1] if lines(at.marks(one), SHUFFLED, at.module.number)]
    if name in _SCORES:
        return _data(node)[1:2]
    return ()


def _data(node: ast.Call) -> Sequence[ast.expr]:
    return [one.value if isinstance(one, ast.Starred) else one for one in node.args]
