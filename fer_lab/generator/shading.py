"""The colour of every pixel, compiled with numba: skin, eyes, mouth, hair and cloth under lamps.

Colours are linear RGB. Eyes and mouth are procedural: the mesh has no holes there, so that lids
and lips meet by construction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from numba import njit
from numpy.typing import NDArray

SKIN, EYE, MOUTH, PLAIN = 0, 1, 2, 3
"""Materials: texture, procedural eye, procedural mouth, one colour a vertex."""

IRIS_RADIUS = 0.60
"""Centimetres, wider than a real one (0.59): it also covers the dark limbus."""

Array = NDArray[Any]
RGB = tuple[float, float, float]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _kernel(function: _Function) -> _Function:
    """Compile, inlined where it is called and without reference counts (`_nrt`, which numba's types leave out).

    Nothing here allocates, and counting references to the arrays of every point would take 4/5 of the time.
    """
    compiled: _Function = njit(cache=True, fastmath=True, forceinline=True, _nrt=False)(function)  # type: ignore[call-overload]
    return compiled


class Surface(NamedTuple):
    """What does not change while a person moves; float32 unless said otherwise.

    Args:
        triangles: (F, 3) int32.
        material: (F,) int32, of the constants above.
        uv: (V, 2) texture coordinates in [0, 1].
        colour: (V, 3) linear RGB of the plain parts.
        upper: (V,) 1 on the upper lid and lip, 0 on the lower ones, 0.5 in the corners.
    """

    triangles: Array
    material: Array
    uv: Array
    colour: Array
    upper: Array


class Pose(NamedTuple):
    """One frame's geometry, all (V, 3) float32.

    Args:
        projected: x, y in samples (y down), z in cm.
        still: cm, before the head turned.
        normals: unit, after the head turned.
    """

    projected: Array
    still: Array
    normals: Array


class Features(NamedTuple):
    """What fills the eyes and the mouth; float32.

    Args:
        eyes: (2, 3) centres of the right and left eye, cm.
        gaze: (2,) cm that the irises move, x and y.
        iris: (3,) linear RGB.
        mouth: (4,) half width, opening, height of the upper and of the lower teeth that shows, cm.
    """

    eyes: Array
    gaze: Array
    iris: Array
    mouth: Array


class Lamps(NamedTuple):
    """Lights in linear RGB; float32.

    Args:
        directions: (L, 3) unit.
        powers: (L, 3).
        ambient: (3,).
        specular: strength of highlights on skin.
    """

    directions: Array
    powers: Array
    ambient: Array
    specular: float


@_kernel
def _barycentric(projected: Array, a: int, b: int, c: int, px: float, py: float) -> RGB:
    x0, x1, x2 = projected[a, 0], projected[b, 0], projected[c, 0]
    y0, y1, y2 = projected[a, 1], projected[b, 1], projected[c, 1]
    inverse = 1 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
    w1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) * inverse
    w2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) * inverse
    return 1 - w1 - w2, w1, w2


@_kernel
def _mix(values: Array, column: int, a: int, b: int, c: int, w: RGB) -> float:
    """One column of a per-vertex array, interpolated."""
    value: float = w[0] * values[a, column] + w[1] * values[b, column] + w[2] * values[c, column]
    return value


@_kernel
def _skin(texture: Array, u: float, v: float) -> RGB:
    """Bilinear look-up at (u, v) in [0, 1]."""
    size = texture.shape[0]
    x, y = u * size - 0.5, v * size - 0.5
    ix, iy = min(max(int(x), 0), size - 2), min(max(int(y), 0), size - 2)
    fx, fy = x - ix, y - iy
    k0, k1, k2, k3 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    first, second = texture[iy], texture[iy + 1]
    return (
        k0 * first[ix, 0] + k1 * first[ix + 1, 0] + k2 * second[ix, 0] + k3 * second[ix + 1, 0],
        k0 * first[ix, 1] + k1 * first[ix + 1, 1] + k2 * second[ix, 1] + k3 * second[ix + 1, 1],
        k0 * first[ix, 2] + k1 * first[ix + 1, 2] + k2 * second[ix, 2] + k3 * second[ix + 1, 2],
    )


@_kernel
def _ramp(value: float, low: float, width: float) -> float:
    return min(1.0, max(0.0, (value - low) / width))


@_kernel
def _eye(features: Features, side: float, x: float, y: float, upper: float) -> tuple[float, float, float, float]:
    """Colour and shadow of the point (x, y) cm of an eye: sclera, iris, pupil, highlight, shadow of the lid."""
    eye = 0 if x < 0 else 1
    ex = x - features.eyes[eye, 0]
    dx, dy = ex - features.gaze[0], y - features.eyes[eye, 1] - features.gaze[1] - 0.06
    hx, hy = dx - 0.20 * side, dy - 0.22
    if hx * hx + hy * hy < 0.016:  # the lamp mirrored on the cornea
        return 1.2, 1.2, 1.2, 1.0
    distance = math.sqrt(dx * dx + dy * dy)
    white = _ramp(distance, IRIS_RADIUS - 0.05, 0.10)
    ring = 1 - 0.5 * _ramp(distance, IRIS_RADIUS * 0.75, IRIS_RADIUS * 0.25)
    iris = _ramp(distance, IRIS_RADIUS * 0.42 - 0.04, 0.08) * ring * (1 - white)
    pink = 0.5 * ex * ex
    shadow = 1 - 0.65 * max(0.0, (upper - 0.45) / 0.55) ** 1.5
    return (
        (features.iris[0] * iris + 0.72 * white) * (1 - 0.12 * pink),
        (features.iris[1] * iris + 0.67 * white) * (1 - 0.20 * pink),
        (features.iris[2] * iris + 0.64 * white) * (1 - 0.20 * pink),
        shadow,
    )


@_kernel
def _mouth(mouth: Array, x: float, upper: float) -> tuple[float, float, float, float]:
    """Colour and shadow between the lips at x cm: teeth, tongue, dark."""
    across = x / mouth[0]
    arch = max(0.05, 1 - across * across)
    opening = mouth[1] * arch
    shadow = 0.35 + 0.65 * min(1.0, (1 - upper) * 3)
    if (1 - upper) * opening < mouth[2] * arch:
        tooth = abs(x / 0.42 - math.floor(x / 0.42 + 0.5))
        light = (0.75 if tooth > 0.06 else 0.5) * (0.45 + 0.55 * arch)
        return 0.80 * light, 0.76 * light, 0.68 * light, shadow
    if upper * opening < mouth[3] * arch:
        light = 0.5 * arch
        return 0.75 * light, 0.70 * light, 0.62 * light, shadow
    if upper < 0.45 and opening > 0.8:
        return 0.22, 0.07, 0.07, shadow
    return 0.05, 0.012, 0.012, shadow


@_kernel
def _lit(lamps: Lamps, colour: RGB, normal: RGB, shadow: float, specular: float) -> RGB:
    """Wrapped diffuse light with a reddish terminator, Blinn highlights, ambient light from above."""
    nx, ny, nz = normal
    up = 0.75 + 0.25 * ny
    red, green, blue = lamps.ambient[0] * up, lamps.ambient[1] * up, lamps.ambient[2] * up
    shine = 0.0
    for k in range(lamps.directions.shape[0]):
        lx, ly, lz = lamps.directions[k, 0], lamps.directions[k, 1], lamps.directions[k, 2]
        diffuse = (nx * lx + ny * ly + nz * lz + 0.25) / 1.25
        if diffuse > 0:
            diffuse = diffuse * math.sqrt(diffuse) if diffuse < 1 else diffuse
            red += lamps.powers[k, 0] * diffuse
            green += lamps.powers[k, 1] * (0.90 * diffuse + 0.10 * diffuse * diffuse)
            blue += lamps.powers[k, 2] * (0.87 * diffuse + 0.13 * diffuse * diffuse)
            hz = lz + 1
            half = (nx * lx + ny * ly + nz * hz) / math.sqrt(lx * lx + ly * ly + hz * hz)
            if half > 0.75:
                shine += lamps.powers[k, 0] * half**16 * specular
    return (
        colour[0] * red * shadow + shine,
        colour[1] * green * shadow + shine,
        colour[2] * blue * shadow + shine,
    )


@_kernel
def _point(
    surface: Surface, pose: Pose, features: Features, lamps: Lamps, texture: Array, t: int, px: float, py: float
) -> RGB:
    """Colour of triangle t at the sample position (px, py)."""
    a, b, c = surface.triangles[t, 0], surface.triangles[t, 1], surface.triangles[t, 2]
    w = _barycentric(pose.projected, a, b, c, px, py)
    nx, ny, nz = (
        _mix(pose.normals, 0, a, b, c, w),
        _mix(pose.normals, 1, a, b, c, w),
        _mix(pose.normals, 2, a, b, c, w),
    )
    scale = 1 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-9)
    nx, ny, nz = nx * scale, ny * scale, nz * scale
    material = surface.material[t]
    if material == SKIN:
        skin = _skin(texture, _mix(surface.uv, 0, a, b, c, w), _mix(surface.uv, 1, a, b, c, w))
        return _lit(lamps, skin, (nx, ny, nz), 1.0, lamps.specular)
    if material == PLAIN:
        red, green, blue = (
            _mix(surface.colour, 0, a, b, c, w),
            _mix(surface.colour, 1, a, b, c, w),
            _mix(surface.colour, 2, a, b, c, w),
        )
        facing = -1.0 if nz < 0 else 1.0  # open parts are seen from both sides
        return _lit(lamps, (red, green, blue), (nx * facing, ny * facing, nz * facing), 1.0, 0.3 * lamps.specular)
    x, y = _mix(pose.still, 0, a, b, c, w), _mix(pose.still, 1, a, b, c, w)
    upper = w[0] * surface.upper[a] + w[1] * surface.upper[b] + w[2] * surface.upper[c]
    if material == EYE:
        red, green, blue, shadow = _eye(features, lamps.directions[0, 0], x, y, upper)
        return _lit(lamps, (red, green, blue), (nx * 0.5, ny * 0.5, nz * 0.5 + 0.5), shadow, 0.0)
    red, green, blue, shadow = _mouth(features.mouth, x, upper)
    return _lit(lamps, (red, green, blue), (0.0, 0.0, 1.0), shadow, 0.0)


@_kernel
def _smooth(index: Array, material: Array, left: int, top: int, n: int) -> bool:
    """Whether all samples of a pixel see one material without fine detail: then one of them will do."""
    first = index[top, left]
    wanted = material[first] if first >= 0 else -1
    if wanted in (EYE, MOUTH):
        return False
    for y in range(top, top + n):
        for x in range(left, left + n):
            t = index[y, x]
            if (material[t] if t >= 0 else -1) != wanted:
                return False
    return True


@_kernel
def shade(
    surface: Surface,
    pose: Pose,
    features: Features,
    lamps: Lamps,
    texture: Array,
    index: Array,
    backdrop: Array,
    image: Array,
) -> None:
    """Colour every pixel, as the mean of its samples.

    Args:
        surface, pose, features, lamps: the scene.
        texture: (T, T, 3) float32, linear.
        index: (n H, n W) int32: the triangle under each sample; n samples a pixel and direction.
        backdrop: (H, 3) float32: what is seen beside the head, one colour a row.
        image: (H, W, 3) float32 linear, overwritten.
    """
    n = index.shape[0] // image.shape[0]
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            left, top = column * n, row * n
            count = 1 if n == 1 or _smooth(index, surface.material, left, top, n) else n
            offset = 0.5 * n if count == 1 else 0.5
            red, green, blue = 0.0, 0.0, 0.0
            for y in range(top, top + count):
                for x in range(left, left + count):
                    t = index[y, x]
                    if t < 0:
                        sample = (backdrop[row, 0], backdrop[row, 1], backdrop[row, 2])
                    else:
                        sample = _point(surface, pose, features, lamps, texture, t, x + offset, y + offset)
                    red, green, blue = red + sample[0], green + sample[1], blue + sample[2]
            share = 1.0 / (count * count)
            image[row, column, 0] = red * share
            image[row, column, 1] = green * share
            image[row, column, 2] = blue * share
