"""Nothing fixes the random numbers of a training."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fer_lab.linting.findings import LIKELY, Hit, Rule
from fer_lab.linting.names import called, dotted, keyword, receiver
from fer_lab.linting.project import Module, Project
from fer_lab.linting.words import tokens

RULE = Rule(
    "no-seed",
    "no random seed",
    "Nobody can train this network again, and the number is one draw of many, the more so the smaller the test"
    " part: a better number may be a luckier one.",
    "Seed torch or TensorFlow, numpy and random at the start; report the mean and the spread of several seeds.",
)
_EPOCHS = ("epochs", "nb_epoch", "n_epoch", "num_epochs", "steps_per_epoch")


def look_module(module: Module, project: Project) -> Iterator[Hit]:
    """The first call that trains, where neither this source nor one that it is bound to by imports sets a seed."""
    line = trains_at(module)
    if line and not any(seeds(one) for one in project.related(module)):
        yield Hit(line, "weights are trained, and no seed is set here or in what this imports", LIKELY)


def trains_at(module: Module) -> int:
    """The line of the first call that changes weights; 0 for none.

    A gradient alone trains nothing (saliency maps take one): a step must follow. ``fit`` trains a network where it is
    told epochs, or a trainer.
    """
    calls = module.source.calls
    steps = any(called(one) in ("step", "apply_gradients") for one in calls)
    found = []
    for one in calls:
        name, owner = called(one), receiver(one)
        trainer = name == "fit" and owner is not None and "trainer" in tokens(dotted(owner))
        fits = name in ("fit", "fit_generator") and (keyword(one, *_EPOCHS) is not None or trainer)
        optimizes = name == "minimize" and owner is not None and "optim" in ast.unparse(owner).lower()
        if (
            fits
            or optimizes
            or name in ("train_on_batch", "apply_gradients")
            or (name == "backward" and steps and owner is not None)
        ):
            found.append(one.lineno)
    return min(found, default=0)


def seeds(module: Module) -> bool:
    """Whether a source sets a seed: any call whose name says so."""
    unset = _unset(module)
    return any(_seeds(one, unset) for one in module.source.calls)


def _unset(module: Module) -> set[str]:
    """The parameters that are None unless somebody says otherwise: a seed of None is none."""
    functions = [node.args for node in module.source.nodes if isinstance(node, ast.FunctionDef)]
    given = [pair for args in functions for pair in zip(args.args[::-1], args.defaults[::-1], strict=False)]
    for args in functions:
        given += [(one, value) for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value]
    return {one.arg for one, value in given if isinstance(value, ast.Constant) and value.value is None}


def _seeds(node: ast.Call, unset: set[str]) -> bool:
    words = tokens(called(node))
    if words[:1] == ["get"] or (node.args and ast.unparse(node.args[0]) in {*unset, "None"}):
        return False
    return any(word.startswith("seed") for word in words) or "".join(words) in ("fixrandom", "setrandom")
