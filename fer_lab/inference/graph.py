"""The checksum of a model's graph, taken of the file's bytes: whoever asks a model has no library that reads ONNX."""

from __future__ import annotations

import hashlib

GRAPH = 7
"""The number of the graph among the fields of a file (``ModelProto`` of onnx.proto); its metadata are another one."""
NUMBER, BYTES = 0, 2
FIXED = {1: 8, 5: 4}
"""Kinds of fields, and the lengths of those that are always as long (protobuf.dev, Encoding)."""
LONGEST = 10
"""Bytes of a number."""


def graph_checksum(data: bytes) -> str:
    """SHA-256 of the graph, nodes and weights, as it lies in a file; what the file says of itself is no part of it.

    Args:
        data: the content of an ONNX file.

    Raises:
        ValueError: it is no such content.
    """
    view, place, found = memoryview(data), 0, hashlib.sha256()
    while place < len(view):
        field, begin, place = _field(view, place)
        if place > len(view):
            raise ValueError("it is cut off")
        if field == GRAPH:
            found.update(view[begin:place])
    return found.hexdigest()


def _field(view: memoryview, place: int) -> tuple[int, int, int]:
    """The number of the field that begins at a place, and where its content begins and ends."""
    key, begin = _number(view, place)
    field, kind = key >> 3, key & 7
    if kind == BYTES:
        length, begin = _number(view, begin)
        return field, begin, begin + length
    if kind == NUMBER:
        return field, begin, _number(view, begin)[1]
    if kind not in FIXED:
        raise ValueError(f"a field of kind {kind}")
    return field, begin, begin + FIXED[kind]


def _number(view: memoryview, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = 0
    for shift, byte in enumerate(view[place : place + LONGEST]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, place + shift + 1
    raise ValueError("a number has no end")
