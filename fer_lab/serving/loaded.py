"""The models of a service: loaded, asked, and replaced by newer files while they answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from fer_lab.errors import ConfigError, FerLabError, nearest
from fer_lab.faces import Face, NoFace
from fer_lab.inference.contract import Contract
from fer_lab.inference.found import inputs_of
from fer_lab.inference.model import Model
from fer_lab.inference.options import NO_FACE
from fer_lab.media.unreadable import Unreadable
from fer_lab.processes import usable_cores
from fer_lab.serving.batches import Batches
from fer_lab.serving.crew import Crew, Crews, Looked
from fer_lab.serving.limits import Limits
from fer_lab.serving.metrics import Metrics
from fer_lab.serving.refusals import Refused
from fer_lab.serving.said import DIGITS, said_of_face, said_of_model

Place = Callable[[], Path]
"""Where the file of a model lies now; asked again at each reload."""
ANIMATION = "an animation: its first picture is taken"


class Loaded:
    """A model that answers.

    Args:
        name: of it.
        model: read from its file.
        crew: that finds its faces.
        limits: of the service.
        metrics: of the service.

    Attributes:
        about: which model it is, as JSON.
    """

    def __init__(self, name: str, model: Model, crew: Crew, limits: Limits, metrics: Metrics) -> None:
        self.name, self.model, self.about = name, model, said_of_model(name, model)
        self._crew, self._limits, self._metrics = crew, limits, metrics
        self._batches = Batches(model.predict, metrics.network)

    @property
    def contract(self) -> Contract:
        """What the model says of itself."""
        return self.model.contract

    @property
    def known(self) -> dict[str, Any]:
        """All that is known of the model, as JSON: ``about``, and what its file says of itself."""
        return self.about | {"contract": asdict(self.contract)}

    async def answer(self, data: bytes, above: float | None, points: bool = False) -> dict[str, Any]:
        """What is said of a picture.

        Args:
            data: of an image file.
            above: what a class must be surer of than this; None where any is answered.
            points: whether each face's 68 points are said.

        Raises:
            Refused: the picture cannot be read, or is too large; or the model gives no numbers of its faces.
        """
        looked = await self._look(data)
        faces = [face for face in looked.found if isinstance(face, Face)]
        said = {"width": looked.width, "height": looked.height, **self._unusable(looked)}
        self._metrics.pictures.labels("answered" if faces else NO_FACE).inc()
        if not faces:
            return {"faces": [], **said}
        inputs = inputs_of(self.contract, faces)
        try:
            answers = await self._batches.answer(inputs, len(faces))
        except FerLabError as error:
            raise Refused(500, error.what) from error
        self._metrics.faces.labels(self.name).inc(len(faces))
        found = [said_of_face(self.contract, *pair, above) for pair in zip(faces, answers, strict=True)]
        if points:
            found = [one | {"points": _points(face)} for one, face in zip(found, faces, strict=True)]
        return {"faces": found, **said}

    async def _look(self, data: bytes) -> Looked:
        began, loop = time.perf_counter(), asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._crew.pool, self._crew.look, data, self._limits.pixels)
        except Unreadable as error:
            self._metrics.pictures.labels("refused").inc()
            raise Refused(422, error.what) from error
        finally:
            self._metrics.looking.observe(time.perf_counter() - began)

    def _unusable(self, looked: Looked) -> dict[str, Any]:
        """Of what there is beside the faces found, why it is not answered."""
        why = [one.reason for one in looked.found if isinstance(one, NoFace)] or ([] if looked.found else [NO_FACE])
        if len(looked.found) >= self._limits.faces:
            why.append(f"{self._limits.faces} faces are looked for, of which all were found: there may be more")
        if looked.is_animation:
            why.append(ANIMATION)
        return {"notes": why}


class Models:
    """The models that a service answers with, by name; the first one where none is asked for.

    Args:
        places: of their files, by name.
        limits: of the service.
        metrics: of the service.
        threads: that one question to a network is computed by; None takes half the cores, the rest look for faces.
        device: where networks compute, one of ``inference.model.DEVICES``.

    Raises:
        ConfigError: there is none.
        StoreError, DataError: as ``Model`` and ``Finder``.
    """

    def __init__(
        self,
        places: Mapping[str, Place],
        limits: Limits,
        metrics: Metrics,
        threads: int | None = None,
        device: str = "cpu",
    ) -> None:
        if not places:
            raise ConfigError("no model", expected="the name of one at least")
        self._places, self._limits, self._metrics = places, limits, metrics
        self._threads, self._device = threads or max(1, usable_cores() // 2), device
        self._crews = Crews(limits.faces, usable_cores())
        self._loaded = {name: self._load(name) for name in places}
        self._reloading = asyncio.Lock()

    def all(self) -> list[Loaded]:
        """All of them, in the order in which they were named."""
        return list(self._loaded.values())

    def named(self, name: str | None) -> Loaded:
        """One of them; the first one where none is asked for.

        Raises:
            Refused: there is none of that name.
        """
        if name is None:
            return next(iter(self._loaded.values()))
        if name not in self._loaded:
            raise Refused(404, f"no model {name[:100]!r}; there is {nearest(name[:100], self._loaded)}")
        return self._loaded[name]

    async def reload(self) -> list[dict[str, Any]]:
        """Read the files again, beside the models in use; all take their place at once, or none does.

        Requests that are being answered end with the model that they began with.

        Raises:
            FerLabError: one cannot be loaded; the models in use stay.
        """
        async with self._reloading:
            try:
                self._loaded = await asyncio.to_thread(lambda: {name: self._load(name) for name in self._places})
            except FerLabError:
                self._metrics.reloads.labels("failed").inc()
                raise
            self._metrics.reloads.labels("done").inc()
            return [one.about for one in self._loaded.values()]

    def _load(self, name: str) -> Loaded:
        model = Model(self._places[name](), self._threads, self._device)
        return Loaded(name, model, self._crews.of(model.contract), self._limits, self._metrics)


def _points(face: Face) -> list[list[float]] | None:
    return None if face.landmarks is None else np.round(face.landmarks.astype(np.float64), DIGITS).tolist()
