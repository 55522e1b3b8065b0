"""Everything of a person that is not the face mesh: skull and hair, ears, neck, torso, glasses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_lab.generator.appearance import Appearance
from fer_lab.generator.glasses import build_glasses
from fer_lab.generator.mesh import FACES, LEFT_EYE, MOUTH, OVAL, RIGHT_EYE, UV, Array, smoothstep
from fer_lab.generator.parts import Part, ellipsoid, tube
from fer_lab.generator.shading import EYE, PLAIN, SKIN, Surface
from fer_lab.generator.shading import MOUTH as MOUTH_FILL

_TEMPLES = [234, 454]
_SKULL = (0.0, 3.2, -4.4)
_AROUND = 48
_NECK_AROUND = 20


@dataclass(frozen=True)
class Head:
    """The parts joined with the face: the face's 468 vertices come first, then those of the parts.

    Args:
        vertices: (v, 3) cm, of the parts only; the first 36 lie behind the outline of the face.
        surface: of face and parts.
        culled: (F,) bool: not drawn when seen from behind.
        torso: which of all vertices stay when the head turns.
    """

    vertices: Array
    surface: Surface
    culled: NDArray[np.bool_]
    torso: slice


def build_head(face: Array, look: Appearance, rng: np.random.Generator) -> Head:
    """Dress a face.

    Args:
        face: (468, 3) its vertices at rest, cm.
        look: colours, hair, glasses.
        rng: of the person: thickness and strands of the hair, form of the glasses.
    """
    half_width = float(np.abs(face[_TEMPLES, 0]).mean())
    parts = [_behind_outline(face, look), _skull(half_width, look, rng)]
    parts += [_ear(side, half_width, look) for side in (-1, 1)]
    if look.long_hair:
        parts.append(_long_hair(half_width, look, rng))
    torso = _torso(look)
    start = len(face) + sum(len(part.vertices) for part in parts)
    parts.append(torso)
    if look.glasses or look.sunglasses:
        parts += build_glasses(face, half_width, rng, dark=look.sunglasses)
    return _join(len(face), parts, slice(start, start + len(torso.vertices)))


def _join(count: int, parts: list[Part], torso: slice) -> Head:
    """All parts behind a face of ``count`` vertices; the first is the ring that is sewn to it."""
    vertices = np.vstack([part.vertices for part in parts])
    starts = count + np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    sewn = [parts[0].triangles, *(p.outward() + s for p, s in zip(parts[1:], starts[1:], strict=True))]
    plain = sum(len(t) for t in sewn)
    surface = Surface(
        triangles=np.ascontiguousarray(np.vstack([FACES, *sewn]), np.int32),
        material=np.concatenate([_face_materials(), np.full(plain, PLAIN)]).astype(np.int32),
        uv=np.vstack([UV, np.zeros((len(vertices), 2))]).astype(np.float32),
        colour=np.vstack([np.zeros((count, 3)), *(part.colour for part in parts)]).astype(np.float32),
        upper=np.concatenate([_upper_edges(count), np.zeros(len(vertices))]).astype(np.float32),
    )
    closed = [np.full(len(t), part.closed) for t, part in zip(sewn, parts, strict=True)]
    return Head(vertices, surface, np.concatenate([np.ones(len(FACES), bool), *closed]), torso)


def _face_materials() -> NDArray[np.int32]:
    """(898,) what each triangle of the face is made of: those within one ring fill an eye or the mouth."""
    material = np.full(len(FACES), SKIN, np.int32)
    for ring, filling in ((RIGHT_EYE, EYE), (LEFT_EYE, EYE), (MOUTH, MOUTH_FILL)):
        material[np.isin(FACES, ring).all(1)] = filling
    return material


def _upper_edges(count: int) -> Array:
    upper = np.zeros(count)
    for eye in (RIGHT_EYE, LEFT_EYE):
        upper[list(eye[9:])] = 1
        upper[[eye[0], eye[8]]] = 0.5
    upper[list(MOUTH[11:])] = 1
    upper[[MOUTH[0], MOUTH[10]]] = 0.5
    return upper


def _behind_outline(face: Array, look: Appearance) -> Part:
    """A ring behind the outline of the face, sewn to it: its triangles index the face's vertices too."""
    outline = np.array(OVAL)
    edge = face[outline]
    low, high = smoothstep(-edge[:, 1], 2, 8), smoothstep(edge[:, 1], 5, 8)
    ring = edge * (0.97, 1, 1)
    ring[:, 1] += 0.9 * low + 2.2 * high
    ring[:, 2] -= 3.0 + 2 * low
    here, there = np.arange(len(outline)), np.roll(np.arange(len(outline)), -1)
    start = len(face)
    first = np.stack([outline, outline[there], start + here], 1)
    second = np.stack([outline[there], start + there, start + here], 1)
    colour = np.where((edge[:, 1] > 4.5)[:, None], look.scalp, 0.9 * look.skin)
    colour = np.where((edge[:, 1] < -6)[:, None], 0.6 * look.skin, colour)
    return Part(ring, np.vstack([first, second]).astype(np.int32), colour)


def _skull(half_width: float, look: Appearance, rng: np.random.Generator) -> Part:
    thickness = 0.0 if look.bald else rng.uniform(0.2, 1.3)
    radii = (half_width + 0.15 + 0.5 * thickness, 9.3 + thickness, 8.8 + 0.5 * thickness)
    vertices, triangles = ellipsoid(_SKULL, radii, _AROUND, 20)
    forehead = (8.6, 10.6) if look.bald else (7.0, 9.2)
    # Never in front of the face, which has a forehead of its own.
    vertices[:, 2] = np.minimum(vertices[:, 2], -2.2 + 8 * smoothstep(vertices[:, 1], *forehead))
    strands = np.tile(rng.standard_normal(_AROUND), 20)[:, None]
    grain = rng.standard_normal((len(vertices), 1))
    colour = np.tile(look.scalp, (len(vertices), 1))
    if not look.bald:
        colour *= 1 + 0.35 * strands + 0.12 * grain
        lift = np.clip(0.018 * strands, -0.03, 0.03) * smoothstep(vertices[:, 1], 2, 9)[:, None]
        vertices += (vertices - _SKULL) * lift
    below = (vertices[:, 1] < 1.0) & (vertices[:, 2] > -6)
    colour[below] = 0.85 * look.skin
    return Part(vertices, triangles, np.clip(colour, 0.003, 1), closed=True)


def _ear(side: int, half_width: float, look: Appearance) -> Part:
    vertices, triangles = ellipsoid((side * (half_width + 0.35), 0.6, -3.6), (0.75, 2.9, 1.7), 12, 8)
    height = vertices[:, 1] - 0.6
    vertices[:, 0] += side * 0.3 * height / 2.9
    shell = np.exp(-(height**2 + (vertices[:, 2] + 3.0) ** 2))
    return Part(vertices, triangles, np.outer(1 - 0.45 * shell, 0.95 * look.skin), closed=True)


def _long_hair(half_width: float, look: Appearance, rng: np.random.Generator) -> Part:
    vertices, triangles = ellipsoid((0, -3.5, -6.5), (half_width + 2.4, 13.5, 5.0), 24, 14)
    colour = look.hair * (1 + 0.3 * rng.standard_normal((len(vertices), 1)))
    return Part(vertices, triangles, np.clip(colour, 0.003, 1), closed=True)


def _torso(look: Appearance) -> Part:
    """Neck and shoulders: ellipses at (height, half width, half depth) cm."""
    rings = [
        (-5.0, 4.9, 4.6),
        (-10.0, 5.0, 4.8),
        (-14.0, 5.6, 5.2),
        (-15.2, 9.0, 5.8),
        (-17.5, 17.0, 7.0),
        (-21.0, 20.0, 8.0),
        (-40.0, 21.0, 9.0),
    ]
    angles = np.linspace(0, 2 * np.pi, _NECK_AROUND, endpoint=False)
    vertices = np.array([(a * np.sin(t), y, -5.2 + b * np.cos(t)) for y, a, b in rings for t in angles])
    colours = [0.62 * look.skin, 0.7 * look.skin, 0.8 * look.skin, *([look.cloth] * 4)]
    colour = np.repeat(np.array(colours), _NECK_AROUND, 0)
    return Part(vertices, tube(_NECK_AROUND, len(rings)), colour, closed=True)
