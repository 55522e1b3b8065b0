"""Pictures of a person who performs, and what is true of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError
from fer_lab.generator import lights
from fer_lab.generator.action_units import au_vector, wrinkle_weights
from fer_lab.generator.identity import Identity, Texture
from fer_lab.generator.mesh import IBUG68, MOUTH, Array
from fer_lab.generator.performance import Performance
from fer_lab.generator.raster import rasterise, vertex_normals, visible
from fer_lab.generator.sensor import NOISE, expose
from fer_lab.generator.shading import Features, Lamps, Pose, shade
from fer_lab.generator.truth import Truth
from fer_lab.generator.wrinkles import blend_wrinkles

CAMERA = 75.0
"""Distance of the camera, cm."""
FACE_WIDTH, FACE_SHARE = 15.5, 0.52
"""A face is so many cm wide, and fills that share of the picture's width."""
_STREAM = 13
_NECK = np.array([0.0, -2.0, -4.0])
"""What the head turns about; the torso follows its movement a little (`_SWAY`) but does not turn."""
_SWAY = 0.3
_TEXTURES = ((128, 128), (256, 224))
"""Largest picture (px) for which a texture of that size is as fine as the picture shows."""
_TEETH: tuple[dict[str, float], dict[str, float]] = (
    {"AU12": 0.45, "AU10": 0.45, "AU9": 0.35, "AU20": 0.3, "AU25": 0.15},
    {"AU16": 0.35, "AU20": 0.35},
)
"""How far units bare the upper and the lower teeth, cm; `_TEETH_AT_REST` without any."""
_TEETH_AT_REST = np.array([0.18, 0.05])


def render(
    identity: Identity,
    performance: Performance,
    numbers: Sequence[int],
    *,
    size: int,
    supersampling: int = 1,
    modality: str = "VIS",
    light: str = "normal",
    seed: int,
) -> tuple[NDArray[np.uint8], Truth]:
    """Record some frames of a performance.

    A frame does not depend on which others are rendered with it.

    Args:
        identity: who.
        performance: what they do.
        numbers: which frames of it.
        size: width and height of the pictures, px.
        supersampling: samples a pixel and direction at the edges.
        modality: ``VIS`` or ``NIR``.
        light: ``normal``, ``weak`` or ``dark``.
        seed: of the camera's noise.

    Returns:
        images: (n, size, size, 3) uint8 RGB.
        truth: of the same frames.

    Raises:
        ConfigError: modality, light, size, supersampling or a number is out of range.
    """
    _check(performance, numbers, size, supersampling)
    camera = _Camera(identity, size, supersampling, modality, light)
    images = np.empty((len(numbers), size, size, 3), np.uint8)
    landmarks = np.empty((len(numbers), len(IBUG68), 2), np.float32)
    seen = np.empty((len(numbers), len(IBUG68)), np.bool_)
    for i, number in enumerate(numbers):
        start = int(np.random.default_rng([_STREAM, seed, number]).integers(len(NOISE)))
        landmarks[i], seen[i] = camera.record(performance, number, start, images[i])
    chosen = list(numbers)
    pose, units = performance.pose[chosen], performance.action_units[chosen]
    return images, Truth(landmarks, seen, pose.astype(np.float32), units.astype(np.float32))


class _Camera:
    """Buffers and everything that stays the same over the frames of one recording."""

    def __init__(self, identity: Identity, size: int, supersampling: int, modality: str, light: str) -> None:
        condition = lights.light(modality, light)
        samples = size * supersampling
        self.identity, self.condition, self.supersampling = identity, condition, supersampling
        self.texture: Texture = identity.texture(modality, _texture_size(size))
        self.grey = modality == "NIR"
        self.lamps = Lamps(
            condition.directions(),
            np.array(condition.powers, np.float32),
            np.array(condition.ambient, np.float32),
            condition.specular,
        )
        shades = np.linspace(1.1, 0.75, size)[:, None] * condition.backdrop()
        self.backdrop = (shades * self.texture.backdrop).astype(np.float32)
        self.depth = np.empty((samples, samples), np.float32)
        self.index = np.empty((samples, samples), np.int32)
        self.folded = np.empty_like(self.texture.albedo)
        self.image = np.empty((size, size, 3), np.float32)

    def record(
        self, performance: Performance, number: int, start: int, out: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Write frame ``number`` into ``out``; its landmarks (68, 2) px and which of them are visible."""
        units = performance.action_units[number]
        still = self.identity.vertices(units)
        turned = self._turn(still, performance.pose[number])
        projected = _project(turned, len(self.depth), performance.shift[number])
        surface = self.texture.surface
        normals = np.empty_like(projected)
        vertex_normals(turned.astype(np.float32), surface.triangles, normals)
        rasterise(projected, surface.triangles, self.identity.head.culled, self.depth, self.index)
        self._fold(units)
        features = self._features(still, units, performance.gaze[number])
        pose = Pose(projected, still.astype(np.float32), normals)
        shade(surface, pose, features, self.lamps, self.folded, self.index, self.backdrop, self.image)
        if self.grey:
            self.image[:] = self.image.mean(-1, keepdims=True)
        expose(self.image, NOISE, start, self.condition.gain, self.condition.noise, out)
        points = projected[list(IBUG68)]
        return points[:, :2] / np.float32(self.supersampling), visible(points, self.depth)

    def _turn(self, vertices: Array, pose: Array) -> Array:
        """Vertices (V, 3) after the head took a pose (yaw, pitch, roll in degrees)."""
        rotation = rotation_matrix(*pose)
        turned = vertices @ rotation.T
        torso = self.identity.head.torso
        turned[torso] = vertices[torso] + _SWAY * (rotation @ _NECK - _NECK)
        return np.asarray(turned)

    def _fold(self, units: Array) -> None:
        """Lay the wrinkles that show into the texture of this frame."""
        weights = wrinkle_weights(units).astype(np.float32)
        shown = np.abs(weights) > 1e-3
        active = np.ascontiguousarray(self.texture.wrinkles[shown])
        blend_wrinkles(self.texture.albedo, active, weights[shown], self.folded)

    def _features(self, still: Array, units: Array, gaze: Array) -> Features:
        opening = still[MOUTH[15], 1] - still[MOUTH[5], 1]
        half_width = (still[MOUTH[10], 0] - still[MOUTH[0], 0]) / 2
        mouth = np.array([half_width, opening, *(_TEETH_AT_REST + _TEETH_MATRIX @ units)], np.float32)
        return Features(self.identity.eyes, gaze.astype(np.float32), self.texture.iris, mouth)


def rotation_matrix(yaw: float, pitch: float, roll: float) -> Array:
    """(3, 3) rotation by yaw (about y), then pitch (x), then roll (z), in degrees."""
    (cy, cp, cr), (sy, sp, sr) = np.cos(np.radians([yaw, pitch, roll])), np.sin(np.radians([yaw, pitch, roll]))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def _project(vertices: Array, samples: int, shift: Array) -> NDArray[np.float32]:
    """(V, 3) float32: x, y in samples (y down), z in cm, seen by a pinhole camera."""
    focal = FACE_SHARE * samples / FACE_WIDTH * CAMERA
    scale = focal / (CAMERA - vertices[:, 2])
    x = samples * (0.5 + shift[0]) + vertices[:, 0] * scale
    y = samples * (0.5 + shift[1]) - (vertices[:, 1] + 0.3) * scale
    return np.stack([x, y, vertices[:, 2]], 1).astype(np.float32)


def _texture_size(size: int) -> int:
    return next((texture for largest, texture in _TEXTURES if size <= largest), 512)


def _check(performance: Performance, numbers: Sequence[int], size: int, supersampling: int) -> None:
    if size < 16 or supersampling < 1:
        raise ConfigError(
            f"render: size {size}, supersampling {supersampling}",
            expected="a size of 16 px or more, a supersampling of 1 or more",
        )
    last = len(performance.action_units) - 1
    for number in numbers:
        if not 0 <= number <= last:
            raise ConfigError(f"render: frame {number} of the performance", expected=f"a number from 0 to {last}")


def _teeth_matrix() -> Array:
    """(2, K) height of the upper and lower teeth that show, for activation 1."""
    return np.stack([au_vector({unit: cm / 2 for unit, cm in units.items()}) for units in _TEETH])


_TEETH_MATRIX = _teeth_matrix()
