"""What a recipe for the parts of a data set (``data.split``) may say; checked before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_lab.errors import ConfigError, nearest

PROTOCOLS = CLEAN, AS_PRINTED, THESIS = "clean", "as_printed", "thesis"
KINDS = ("subjects", "items", "given", "folds", "whole")
DRAWN = ("subjects", "items")
"""Kinds that deal out subjects or items to parts of stated sizes."""
SAME_AS_TEST = "same_as_test"
OF_TRAIN = "of_train"
"""``val`` where the sizes leave nobody: a share (``share``) of the training people, at least one, validates."""
DROP = "drop"
NEAR_COPIES = "near_copies"
"""``together`` where nobody is named: those who validate are drawn by photograph, whichever cuts of it there are."""
LEAST_FOLDS = 2


def check_recipe(recipe: Mapping[str, Any], protocol: str) -> None:
    """Check what a recipe says for a protocol; a manifest takes the place of all of it.

    Args:
        recipe: the configuration ``data.split``.
        protocol: ``clean``, ``as_printed`` or ``thesis``.

    Raises:
        ConfigError: names the key, its value and what is expected.
    """
    kind, near = recipe["kind"], recipe.get("near_copies")
    if kind not in KINDS:
        raise ConfigError(f"data.split.kind={kind!r} is unknown", expected=f"one of {nearest(str(kind), KINDS)}")
    if near not in (None, DROP):
        raise ConfigError(f"data.split.near_copies={near!r}", expected=f"{DROP}, or null to keep them")
    if (conflicts := recipe.get("conflicts")) not in (None, DROP):
        raise ConfigError(f"data.split.conflicts={conflicts!r}", expected=f"{DROP}, or null to keep them")
    if (together := recipe.get("together")) not in (None, NEAR_COPIES):
        raise ConfigError(f"data.split.together={together!r}", expected=f"{NEAR_COPIES}, or null: each by itself")
    if (stratified := recipe.get("stratified")) not in (None, True, False) or (stratified and kind not in DRAWN):
        expected = f"true or null, and data.split.kind one of {', '.join(DRAWN)}"
        raise ConfigError(f"data.split.stratified={stratified!r}, kind={kind}", expected=expected)
    if (training := recipe.get("training")) is not None and not _is_part(training):
        expected = "the share of the training images that stay, above 0 and below 1, or null for all"
        raise ConfigError(f"data.split.training={training!r}", expected=expected)
    for label, share in (recipe.get("rare") or {}).items():
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0 < share <= 1:
            raise ConfigError(f"data.split.rare.{label}={share!r}", expected="a share, above 0 and at most 1")
    if recipe.get("manifest"):
        return
    if kind in DRAWN:
        of_protocol(recipe, protocol)
        for name in PROTOCOLS:  # of the others, too: they are read another day
            if isinstance(sizes := recipe.get(name), Mapping):
                _check_sizes(sizes, name)
    given = of_protocol(recipe, protocol) if kind == "given" else {}
    if given.get("val") == OF_TRAIN:
        _check_share(given, protocol)
    if kind in (*DRAWN, "folds") or given.get("val") == OF_TRAIN:
        _check_whole("seed", recipe.get("seed"), 0)
    if kind == "folds":
        _check_whole("folds", recipe.get("folds"), LEAST_FOLDS)
        if protocol == AS_PRINTED:
            _check_share(of_protocol(recipe, protocol), protocol)


def of_protocol(recipe: Mapping[str, Any], protocol: str) -> Mapping[str, Any]:
    """What a recipe says for a protocol.

    Raises:
        ConfigError: nothing.
    """
    found = recipe.get(protocol)
    if not isinstance(found, Mapping):
        known = [name for name in PROTOCOLS if isinstance(recipe.get(name), Mapping)]
        raise ConfigError(f"data.split has no protocol {protocol!r}", expected=" or ".join(known) or "one by protocol")
    return found


def given_parts(names: str | Sequence[str]) -> Sequence[str]:
    """The parts of a data set that are one part of ours: usually one, for the test perhaps several."""
    return (names,) if isinstance(names, str) else names


def _check_sizes(sizes: Mapping[str, Any], protocol: str) -> None:
    for part in ("train", "test"):
        _check_whole(f"{protocol}.{part}", sizes.get(part), 1)
    if (val := sizes.get("val")) == OF_TRAIN:
        _check_share(sizes, protocol)
    elif val != SAME_AS_TEST:
        _check_whole(f"{protocol}.val", val, 1, f", {SAME_AS_TEST}, or {OF_TRAIN} with a share")


def _check_share(sizes: Mapping[str, Any], protocol: str) -> None:
    if not _is_part(share := sizes.get("share")):
        raise ConfigError(
            f"data.split.{protocol}.share={share!r}",
            expected="the share of the training people who validate, above 0 and below 1",
        )


def _is_part(share: object) -> bool:
    return isinstance(share, int | float) and not isinstance(share, bool) and 0 < share < 1


def _check_whole(key: str, value: object, least: int, also: str = "") -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ConfigError(f"data.split.{key}={value!r}", expected=f"a whole number from {least} on{also}")
