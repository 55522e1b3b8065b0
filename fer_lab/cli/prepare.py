"""The command that makes what runs read, and trains nothing: on one machine, or on many that share a cache."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fer_lab.cli.app import Overrides, app, say
from fer_lab.labels import several

if TYPE_CHECKING:
    from fer_lab.phases import Phase
    from fer_lab.runs import Plan

EVERY = 10.0
"""Seconds between two lines of one phase."""


@app.command()
def prepare(overrides: Overrides = None) -> None:
    """Draw the twins and find the faces of an experiment, a table or cells (experiment=..., table=..., cell=...).

    It may run on many machines at once that share FER_LAB_CACHE, and beside the sweep itself: they share the work. What
    was interrupted goes on from what is whole.
    """
    from fer_lab.phases import heard
    from fer_lab.sources import open_faces

    with heard(_Lines()):
        for plan in _each(overrides or []):
            faces = open_faces(plan.source, plan.config)
            found = f"{len(faces.frames)} faces of {several(len(plan.source.index), 'file')}"
            say(f"{plan.source.dataset.title}: {found} (faces/{faces.key})")


def _each(overrides: list[str]) -> Iterator[Plan]:
    """The plan of a run of each data set, preparation and place, parents included."""
    from fer_lab.configs import cells_of, compose, expand, parse
    from fer_lab.errors import ConfigError
    from fer_lab.runs import make_plans

    if not cells_of(parse(overrides)):
        raise ConfigError("nothing is asked for", expected="experiment=..., table=... or cell=...")
    known: set[str] = set()
    for own in expand([*overrides, *([] if "seed" in parse(overrides) else ["seed=0"])]):
        cell = next(item.split("=", 1)[1] for item in own if item.startswith("cell="))
        plan = make_plans(compose(own), cell, own)[0]
        for each in (plan, *plan.parents):
            key = repr([each.source.pictures, each.config["faces"]])
            if key not in known:
                known.add(key)
                yield each


class _Lines:
    """Says what is being done: every new phase at once, the same one every ``EVERY`` seconds."""

    def __init__(self) -> None:
        self._name, self._said = "", 0.0

    def __call__(self, phase: Phase) -> None:
        now = time.time()
        if phase.name != self._name or now - self._said >= EVERY:
            self._name, self._said = phase.name, now
            say(phase.words(now))
