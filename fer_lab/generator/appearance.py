"""Who somebody is to the eye: age, sex, colours, hair, glasses, beard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fer_lab.generator.mesh import Array

AGES = (19.0, 58.0)
"""Youngest and oldest age in years."""
SKIN_TONES = 6
"""Skin tones are numbered 1 (lightest) to 6 (darkest), as in the Fitzpatrick scale."""

_PALETTE = np.array([[0.95, 0.78, 0.69], [0.87, 0.67, 0.54], [0.70, 0.49, 0.37], [0.42, 0.28, 0.21]])
_HAIR = np.array([[0.06, 0.05, 0.05], [0.16, 0.10, 0.07], [0.28, 0.18, 0.11], [0.50, 0.37, 0.22], [0.55, 0.54, 0.53]])
_IRIS = np.array([[0.20, 0.12, 0.07], [0.33, 0.20, 0.10], [0.30, 0.42, 0.55], [0.33, 0.40, 0.26]])
_HAIR_SHARES = {"light": [0.36, 0.28, 0.18, 0.12, 0.06], "dark": [0.75, 0.20, 0.03, 0.0, 0.02]}
_IRIS_SHARES = {"light": [0.4, 0.3, 0.2, 0.1], "dark": [0.8, 0.2, 0.0, 0.0]}


@dataclass(frozen=True)
class Appearance:
    """What a person looks like; colours are linear RGB.

    Args:
        years: age, 19 to 58.
        male: sex.
        melanin: 0 (lightest skin) to 1.
        skin, hair, iris, cloth, backdrop: colours, (3,).
        long_hair, bald, glasses: what they say.
        beard: 0 (shaven), 0.25 (stubble) to 1 (full).
        sunglasses: whether dark lenses hide the eyes; drawn for nobody, worn by those who are asked to.
    """

    years: float
    male: bool
    melanin: float
    skin: Array
    hair: Array
    iris: Array
    cloth: Array
    backdrop: Array
    long_hair: bool
    bald: bool
    glasses: bool
    beard: float
    sunglasses: bool = False

    @property
    def ageing(self) -> float:
        """0 at the youngest age, 1 at the oldest: how deep wrinkles and folds are."""
        return (self.years - AGES[0]) / (AGES[1] - AGES[0])

    @property
    def skin_tone(self) -> int:
        """1 (lightest) to 6 (darkest)."""
        return 1 + min(int(self.melanin * SKIN_TONES), SKIN_TONES - 1)

    @property
    def scalp(self) -> Array:
        """Colour of the top of the head: hair, or skin where there is none."""
        return self.skin if self.bald else self.hair


def linear(colour: ArrayLike) -> Array:
    """Linear RGB of a display colour in [0, 1]."""
    return np.asarray(colour, np.float64) ** 2.2


def near_infrared(colour: ArrayLike) -> Array:
    """Albedo (..., 3) at 850 nm from linear RGB: skin and lips turn pale and alike, hair stays darker."""
    red = np.asarray(colour, np.float64)[..., :1]
    return np.asarray(np.repeat(0.80 * red**0.55, 3, axis=-1))


def draw_appearance(rng: np.random.Generator, age_range: tuple[float, float] = AGES) -> Appearance:
    """One person's looks, of the ages in ``age_range`` (years)."""
    melanin = float(rng.beta(1.3, 2.2))
    skin = _skin(melanin) * (1 + 0.03 * rng.standard_normal(3))
    years = float(rng.uniform(*age_range))
    male = bool(rng.random() < 0.55)
    return Appearance(
        years=years,
        male=male,
        melanin=melanin,
        skin=skin,
        hair=linear(_HAIR[rng.choice(5, p=_HAIR_SHARES["light" if melanin < 0.5 else "dark"])]),
        iris=linear(_IRIS[rng.choice(4, p=_IRIS_SHARES["light" if melanin < 0.45 else "dark"])]),
        cloth=linear(rng.uniform(0.1, 0.8, 3)),
        backdrop=linear(np.clip(rng.uniform(0.35, 0.8) + 0.03 * rng.standard_normal(3), 0, 1)),
        long_hair=bool(rng.random() < 0.75) and not male,
        bald=bool(rng.random() < 0.12) and male,
        glasses=bool(rng.random() < 0.25),
        beard=float(rng.choice([0, 0.25, 0.6, 1.0], p=[0.45, 0.3, 0.1, 0.15])) * male,
    )


def _skin(melanin: float) -> Array:
    place = melanin * (len(_PALETTE) - 1)
    first = min(int(place), len(_PALETTE) - 2)
    share = place - first
    return linear(_PALETTE[first] * (1 - share) + _PALETTE[first + 1] * share)
