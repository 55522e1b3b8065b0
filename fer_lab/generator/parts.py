"""Pieces of geometry with one colour a vertex, and the shapes that they are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_lab.generator.mesh import Array

Triangles = NDArray[np.int32]
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Part:
    """One piece of geometry.

    Args:
        vertices: (v, 3) cm.
        triangles: (t, 3) indices into `vertices`.
        colour: (v, 3) linear RGB.
        closed: it has an outside only, so that triangles seen from behind need not be drawn.
    """

    vertices: Array
    triangles: Triangles
    colour: Array
    closed: bool = False

    def outward(self) -> Triangles:
        """The triangles, those of a closed part wound like the face's, so that its outside is the front."""
        corners = self.vertices[self.triangles]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        inside_out = (normals * (corners.mean(1) - self.vertices.mean(0))).sum() < 0
        return self.triangles[:, [0, 2, 1]] if self.closed and inside_out else self.triangles


def ellipsoid(centre: Point, radii: Point, around: int, rows: int) -> tuple[Array, Triangles]:
    """Vertices (rows * around, 3), pole to pole from the top, and triangles of an ellipsoid."""
    turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
    down = np.linspace(0, np.pi, rows)[:, None]
    unit = np.stack(np.broadcast_arrays(np.sin(down) * np.cos(turn), np.cos(down), np.sin(down) * np.sin(turn)), -1)
    return np.asarray(centre) + np.asarray(radii) * unit.reshape(-1, 3), tube(around, rows)


def tube(around: int, rows: int) -> Triangles:
    """Triangles of a closed tube whose vertices are rings of ``around``, one after the other."""
    here = np.arange(around)
    there = np.roll(here, -1)
    band = np.vstack([np.stack([here, there, here + around], 1), np.stack([there, there + around, here + around], 1)])
    return np.vstack([band + row * around for row in range(rows - 1)]).astype(np.int32)


def strip(vertices: list[Point], colour: Array) -> Part:
    """A band: vertices alternate between its two edges."""
    triangles = [(i, i + 1, i + 2) if i % 2 == 0 else (i + 1, i, i + 2) for i in range(len(vertices) - 2)]
    return Part(np.array(vertices), np.array(triangles, np.int32), np.tile(colour, (len(vertices), 1)))
