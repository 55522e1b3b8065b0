"""What calls make besides data: callbacks that choose, copies of images, scales, drawers of folds."""

from __future__ import annotations

import ast
import re

from fer_lab.linting.names import argument, called, constant, keyword, receiver
from fer_lab.linting.parts import NONE, Marks
from fer_lab.linting.values import Values
from fer_lab.linting.words import tokens, words

STOPS, KEEPS, PLATEAU = "stops", "keeps", "plateau"
AUGMENTED, SCALER, SCALED, FOLDS, SHUFFLED = "augmented", "scaler", "scaled", "folds", "shuffled"
_AUGMENTS = words(
    "augment augmented augmentation augmentations flip fliplr flipud mirror mirrored smote adasyn oversample"
    " oversampling oversampler resample"
)
_SCALERS = re.compile(r"\w*Scaler|Normalizer|PCA|LinearDiscriminantAnalysis|QuantileTransformer|PowerTransformer")
_FOLDS = words("KFold StratifiedKFold RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedShuffleSplit")


def mark(kind: str, module: int, line: int) -> str:
    """Something of a kind that is made at a line of a module."""
    return f"{kind}:{module}:{line}"


def lines(marks: Marks, kind: str, module: int) -> list[int]:
    """Where, in a module, what has such marks was made; 0 for what was made in another one."""
    found = (one.split(":") for one in marks if one.startswith(f"{kind}:"))
    return sorted(int(line) if int(number) == module else 0 for _, number, line in found)


def marks_of(node: ast.Call, values: Values, module: int) -> Marks:
    """The marks that a call's own kind adds to what it gives."""
    name, owner = called(node), receiver(node)
    kind = _callback(node, name) or _made(node, name)
    if not kind and owner is not None and name in ("fit_resample", "fit_sample"):
        kind = AUGMENTED
    if not kind and owner is not None and name in ("fit_transform", "transform"):
        kind = SCALED if lines(values.of(owner), SCALER, module) else ""
    return frozenset({mark(kind, module, node.lineno)}) if kind else NONE


def _made(node: ast.Call, name: str) -> str:
    """The kind of what a function or a class of this name gives, whatever it is a method of; '' for none."""
    if not _AUGMENTS.isdisjoint(tokens(name)) and "transform" not in name.lower():
        return AUGMENTED
    if _SCALERS.fullmatch(name):
        return SCALER
    if name in _FOLDS:
        return FOLDS
    return SHUFFLED if _shuffles(node, name) else ""


def _shuffles(node: ast.Call, name: str) -> bool:
    return name in ("shuffle", "permutation") or (name == "sample" and constant(keyword(node, "frac")) == 1)


def _callback(node: ast.Call, name: str) -> str:
    """The kind of a callback that looks at validation; '' for one that looks at the training loss, or at nothing."""
    if name not in ("EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau"):
        return ""
    monitor = constant(argument(node, 1 if name == "ModelCheckpoint" else 0, "monitor"))
    if isinstance(monitor, str) and not re.search(r"val|test", monitor):
        return ""
    if name == "ModelCheckpoint":  # Keras keeps every epoch unless told, Lightning the best of what it monitors
        lightning = keyword(node, "monitor") is not None and keyword(node, "dirpath", "save_top_k") is not None
        return KEEPS if lightning or constant(keyword(node, "save_best_only")) is True else ""
    if name == "ReduceLROnPlateau":  # PyTorch's is told its value by step()
        torch = keyword(node, "optimizer", "mode") is not None and keyword(node, "monitor") is None
        return "" if torch or (node.args and not isinstance(node.args[0], ast.Constant)) else PLATEAU
    return STOPS
