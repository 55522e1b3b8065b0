"""Where every sample of a picture falls on the head: vertex normals and a z-buffer, compiled with numba."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

EMPTY = -1
"""What the index buffer holds where no triangle is."""
FAR = -1e9
_TINY_AREA = 1e-6
_EDGE = -1e-5

Array = NDArray[Any]


@njit(cache=True, fastmath=True)
def vertex_normals(vertices: Array, triangles: Array, normals: Array) -> None:
    """Unit normals of the vertices, weighted by triangle area.

    Args:
        vertices: (V, 3) float32, cm.
        triangles: (F, 3) int32.
        normals: (V, 3) float32, overwritten.
    """
    normals[:] = 0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x1, x2 = vertices[b, 0] - vertices[a, 0], vertices[c, 0] - vertices[a, 0]
        y1, y2 = vertices[b, 1] - vertices[a, 1], vertices[c, 1] - vertices[a, 1]
        z1, z2 = vertices[b, 2] - vertices[a, 2], vertices[c, 2] - vertices[a, 2]
        for corner in (a, b, c):
            normals[corner, 0] += y1 * z2 - z1 * y2
            normals[corner, 1] += z1 * x2 - x1 * z2
            normals[corner, 2] += x1 * y2 - y1 * x2
    for v in range(vertices.shape[0]):
        length = math.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2) + 1e-9
        for k in range(3):
            normals[v, k] /= length


@njit(cache=True, fastmath=True)
def _fill(projected: Array, corners: Array, area: float, t: int, depth: Array, index: Array) -> None:
    """Write one triangle into the depth and index buffers where it is the nearest."""
    height, width = depth.shape
    a, b, c = corners[0], corners[1], corners[2]
    x0, x1, x2 = projected[a, 0], projected[b, 0], projected[c, 0]
    y0, y1, y2 = projected[a, 1], projected[b, 1], projected[c, 1]
    z0, z1, z2 = projected[a, 2], projected[b, 2], projected[c, 2]
    left = max(0, math.ceil(min(x0, min(x1, x2)) - 0.5))
    right = min(width - 1, math.floor(max(x0, max(x1, x2)) - 0.5))
    top = max(0, math.ceil(min(y0, min(y1, y2)) - 0.5))
    bottom = min(height - 1, math.floor(max(y0, max(y1, y2)) - 0.5))
    inverse = 1 / area
    for y in range(top, bottom + 1):
        py = y + 0.5
        for x in range(left, right + 1):
            px = x + 0.5
            w1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) * inverse
            w2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) * inverse
            w0 = 1 - w1 - w2
            if w0 >= _EDGE and w1 >= _EDGE and w2 >= _EDGE:
                z = w0 * z0 + w1 * z1 + w2 * z2
                if z > depth[y, x]:
                    depth[y, x] = z
                    index[y, x] = t


@njit(cache=True, fastmath=True)
def rasterise(projected: Array, triangles: Array, culled: Array, depth: Array, index: Array) -> None:
    """Nearest triangle under every sample.

    Args:
        projected: (V, 3) float32: x, y in samples (y down), z in cm towards the camera.
        triangles: (F, 3) int32.
        culled: (F,) bool: not drawn when seen from behind (closed parts only, for speed).
        depth: (H, W) float32, overwritten: z of the nearest triangle, ``FAR`` where there is none.
        index: (H, W) int32, overwritten: the nearest triangle, ``EMPTY`` where there is none.
    """
    depth[:] = FAR
    index[:] = EMPTY
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x1, y1 = projected[b, 0] - projected[a, 0], projected[b, 1] - projected[a, 1]
        x2, y2 = projected[c, 0] - projected[a, 0], projected[c, 1] - projected[a, 1]
        area = x1 * y2 - x2 * y1
        if abs(area) < _TINY_AREA or (culled[t] and area > 0):
            continue
        _fill(projected, triangles[t], area, t, depth, index)


def visible(points: Array, depth: Array, tolerance: float = 0.5) -> NDArray[np.bool_]:
    """Which projected points lie inside the picture and not behind something nearer.

    Args:
        points: (n, 3) as ``projected`` of ``rasterise``.
        depth: (H, W) the filled depth buffer.
        tolerance: cm that a point may lie behind the surface seen at its place.

    Returns:
        (n,) bool.
    """
    column, row = np.floor(points[:, 0]).astype(int), np.floor(points[:, 1]).astype(int)
    height, width = depth.shape
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    nearest = depth[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return np.asarray(inside & (points[:, 2] >= nearest - tolerance), dtype=np.bool_)
