"""A person: everything that stays the same over all recordings of one subject, from a seed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError
from fer_lab.generator.action_units import AU_NAMES, FIELDS, SIDED, au_indices, au_vector
from fer_lab.generator.appearance import AGES, Appearance, draw_appearance, near_infrared
from fer_lab.generator.brush import Map, reduced
from fer_lab.generator.head import Head, build_head
from fer_lab.generator.mesh import LEFT_EYE, LOWER_INNER, OVAL, RIGHT_EYE, UPPER_INNER, Array
from fer_lab.generator.shading import Surface
from fer_lab.generator.shape import bounded, draw_shape
from fer_lab.generator.skin import paint
from fer_lab.generator.wrinkles import wrinkle_maps

_STREAM = 7
"""First word of the seeds of identities: what else is drawn from the same seed is independent of them."""
_SHAPE, _GAINS, _REST, _LOOK, _SKIN, _HEAD = range(6)
_RESTING = {"AU4": 0.12, "AU12": 0.08, "AU15": 0.10, "AU7": 0.15, "AU25": 0.15, "AU1": 0.08}
"""Standard deviations of the muscle tone of a face at rest; negative draws count as none."""
_FOLLOWS = 0.6
"""Share of a movement of the outline that the ring behind it makes."""


@dataclass(frozen=True)
class Texture:
    """A person's colours as one camera sees them at one resolution; float32, linear RGB.

    Args:
        albedo: (T, T, 3).
        wrinkles: (8, T, T) relative change at weight 1.
        surface: of the whole head, with its colours.
        iris: (3,).
        backdrop: (3,).
    """

    albedo: Map
    wrinkles: Map
    surface: Surface
    iris: NDArray[np.float32]
    backdrop: NDArray[np.float32]


class Identity:
    """A person, the same in every process for the same seed.

    Args:
        seed: non-negative.
        age_range: youngest and oldest age in years, within 19 to 58.
        dressed_as: whose age, colours, skin, hair and glasses this face wears instead of its own.
        sunglasses: whether it wears sunglasses, which no seed draws: who does says so where it is told.

    Raises:
        ConfigError: the seed is negative, or the ages are out of range.
    """

    def __init__(
        self,
        seed: int,
        age_range: tuple[float, float] = AGES,
        dressed_as: Identity | None = None,
        sunglasses: bool = False,
    ) -> None:
        if seed < 0:
            raise ConfigError(f"Identity: seed {seed}", expected="0 or more")
        if not AGES[0] <= age_range[0] <= age_range[1] <= AGES[1]:
            raise ConfigError(
                f"Identity: age_range {tuple(age_range)}",
                expected=f"youngest and oldest age in years, within {AGES[0]:g} to {AGES[1]:g}",
            )
        self.seed = seed
        look = dressed_as.look if dressed_as else draw_appearance(self._rng(_LOOK), age_range)
        self.look: Appearance = replace(look, sunglasses=sunglasses)
        self._dressed_as = dressed_as
        self._textures: dict[tuple[str, int], Texture] = {}

    @property
    def attributes(self) -> dict[str, Any]:
        """``age`` (years), ``sex``, ``skin_tone`` (1 lightest to 6 darkest), ``glasses``, ``beard``."""
        return {
            "age": round(self.look.years, 1),
            "sex": "male" if self.look.male else "female",
            "skin_tone": self.look.skin_tone,
            "glasses": self.look.glasses,
            "beard": self.look.beard > 0,
        }

    def changed(self) -> Identity:
        """The same person later, from the hairdresser: what ``attributes`` says stays true."""
        later = Identity(self.seed)
        man, look = self.look.male, self.look
        later.look = replace(look, long_hair=not (man or look.long_hair), bald=man and not look.bald)
        return later

    @cached_property
    def shape(self) -> Array:
        """(468, 3) cm: the face without any muscle tone."""
        return draw_shape(self._rng(_SHAPE))

    @cached_property
    def head(self) -> Head:
        """The parts around the face, and the surface of all."""
        return build_head(self.shape, self.look, self._rng(_HEAD))

    @cached_property
    def eyes(self) -> NDArray[np.float32]:
        """(2, 3) cm: centres of the right and the left eye."""
        return np.array([self.shape[list(eye)].mean(0) for eye in (RIGHT_EYE, LEFT_EYE)], np.float32)

    def face(self, action_units: Array) -> Array:
        """(468, 3) cm: the face under activations (K,); lids and lips never cross."""
        face = self.shape + ((action_units + self._rest) @ self._fields).reshape(self.shape.shape)
        for eye in (RIGHT_EYE, LEFT_EYE):
            _part_lids(face, eye)
        _part_lips(face)
        return face

    def vertices(self, action_units: Array) -> Array:
        """(V, 3) cm: face and parts under activations (K,), the head upright."""
        face = self.face(action_units)
        parts = self.head.vertices.copy()
        outline = list(OVAL)
        parts[: len(outline)] += _FOLLOWS * (face[outline] - self.shape[outline])
        return np.vstack([face, parts])

    def texture(self, modality: str, size: int) -> Texture:
        """Colours for ``VIS`` or ``NIR`` at ``size`` px, painted once and kept."""
        if (modality, size) not in self._textures:
            worn = self._dressed_as
            texture = replace(worn.texture(modality, size), surface=self._surface(modality)) if worn else None
            self._textures[modality, size] = texture or self._paint(modality, size)
        return self._textures[modality, size]

    def _rng(self, purpose: int) -> np.random.Generator:
        """A stream of its own for each purpose, so that a change to one leaves the others as they were."""
        return np.random.default_rng([_STREAM, self.seed, purpose])

    @cached_property
    def _fields(self) -> Array:
        """(K, 1404) displacements: some people move some muscles more, and one side a little more."""
        rng = self._rng(_GAINS)
        asymmetry = bounded(rng, 0.05)
        gains = np.ones(len(AU_NAMES))
        for unit in (*SIDED, "AU26"):
            gains[list(au_indices(unit))] = math.exp(bounded(rng, 0.18))
        gains *= [1 + asymmetry * {"R": 1, "L": -1}.get(name[-1], 0) for name in AU_NAMES]
        return np.asarray((FIELDS * gains[:, None, None]).reshape(len(AU_NAMES), -1))

    @cached_property
    def _rest(self) -> Array:
        rng = self._rng(_REST)
        return au_vector({unit: max(0.0, bounded(rng, sd)) for unit, sd in _RESTING.items()})

    @cached_property
    def _painting(self) -> Map:
        return paint(self.look, self._rng(_SKIN))

    def _paint(self, modality: str, size: int) -> Texture:
        albedo = reduced(self._painting, size)
        iris, backdrop = self.look.iris, self.look.backdrop
        if modality == "NIR":
            albedo = _single(near_infrared(albedo))
            iris, backdrop = 0.5 * near_infrared(iris) + 0.12, np.full(3, 0.12)
        depth = 0.5 + 0.8 * self.look.ageing
        return Texture(
            albedo,
            np.stack([reduced(depth * wrinkle, size) for wrinkle in wrinkle_maps()]),
            self._surface(modality),
            _single(iris),
            _single(backdrop),
        )

    def _surface(self, modality: str) -> Surface:
        surface = self.head.surface
        return surface if modality == "VIS" else surface._replace(colour=_single(near_infrared(surface.colour)))


def _single(values: Array) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)


def _part_lids(face: Array, eye: tuple[int, ...]) -> None:
    """Hold the upper lid over the lower one."""
    upper, lower = list(eye[9:]), np.array(eye[:9])
    lower = lower[np.argsort(face[lower, 0])]
    floor = np.interp(face[upper, 0], face[lower, 0], face[lower, 1]) + 0.03
    face[upper, 1] = np.maximum(face[upper, 1], floor)


def _part_lips(face: Array) -> None:
    """Lips that would cross meet halfway."""
    upper, lower = list(UPPER_INNER), list(LOWER_INNER)
    high, low = face[upper, 1], face[lower, 1]
    middle, crossed = (high + low) / 2, high - low < 0.02
    face[upper, 1] = np.where(crossed, middle + 0.01, high)
    face[lower, 1] = np.where(crossed, middle - 0.01, low)
