"""Whether a container is whole, by the sizes and checksums that it carries; FFmpeg reads what is left in silence."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

SEGMENT, CLUSTER, CRC = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\xbf\x84"
CHUNK = 1 << 20
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
SIZE_AT, FLAGS_AT, BROADCAST = 40, 88, 1
"""Offsets within ASF's file properties object (Advanced Systems Format specification, sec. 3.2)."""
PAGE_HEAD, FLAGS_OF_PAGE, CRC_AT, LAST_PAGE = 27, 5, 22, 4
"""Of a page of Ogg: the bytes before its table of sizes, two places among them, and a flag (RFC 3533, sec. 6)."""
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def damage(data: BinaryIO, container: str) -> str:
    """Why a file is not whole, '' if nothing says so.

    Args:
        data: the file.
        container: FFmpeg's name of its container. Matroska (WebM), ASF (WMV), AVI and Ogg say how long they are.
    """
    length = data.seek(0, os.SEEK_END)
    data.seek(0)
    if container.startswith("matroska"):
        return next(_matroska(data, length), "")
    if container == "asf":
        return _shorter(_asf_size(data.read(1 << 16)), length)
    if container == "avi":
        return _shorter(int.from_bytes(data.read(8)[4:], "little") + 8, length)
    if container == "ogg":
        return _ogg(data, length)
    return ""


def _shorter(declared: int, length: int) -> str:
    return f"truncated: {length} of {declared} bytes are there" if length < declared else ""


def _matroska(data: BinaryIO, length: int) -> Iterator[str]:
    """What is wrong with the elements of a file (RFC 8794, RFC 9559): cut short, or frames against their checksum.

    The segment, and what was written before its size was known, is entered; other elements are passed as a whole.
    """
    while data.tell() < length:
        name, size = _name(data), _size(data)
        end = data.tell() + (size or 0)
        if end > length:
            yield _shorter(end, length)
        if size is None or name == SEGMENT:
            continue
        if name == CLUSTER and not _checks(data, size):
            yield "damaged: a checksum does not fit"
        data.seek(end)


def _name(data: BinaryIO) -> bytes:
    first = data.read(1)
    return first + data.read(8 - first[0].bit_length()) if first[0] else first


def _size(data: BinaryIO) -> int | None:
    """An EBML size; None if it was not known when it was written (all bits are set)."""
    first = (data.read(1) or b"\0")[0]
    further = 8 - first.bit_length()
    value = int.from_bytes(bytes([first & (0x7F >> further if first else 0)]) + data.read(further), "big")
    return None if value == (1 << 7 * (further + 1)) - 1 else value


def _checks(data: BinaryIO, size: int) -> bool:
    """Whether the CRC-32 that stands first in an element, if one does, fits the rest of it."""
    begin = data.read(min(size, 6))
    if begin[:2] != CRC:
        return True
    left, found = size - 6, 0
    while left > 0 and (part := data.read(min(left, CHUNK))):
        left, found = left - len(part), zlib.crc32(part, found)
    return found == int.from_bytes(begin[2:], "little")


def _asf_size(head: bytes) -> int:
    """The file's size as its header says; 0 where it was sent before it had one."""
    at = head.find(ASF_PROPERTIES)
    if at < 0 or len(head) < at + FLAGS_AT + 4 or head[at + FLAGS_AT] & BROADCAST:
        return 0
    return int.from_bytes(head[at + SIZE_AT : at + SIZE_AT + 8], "little")


def _ogg(data: BinaryIO, length: int) -> str:
    """Every page has its checksum, and the last one is marked as the last of its stream (RFC 3533, sec. 6)."""
    flags = 0
    while data.tell() < length:
        head = data.read(PAGE_HEAD)
        sizes = data.read(head[-1]) if len(head) == PAGE_HEAD else b""
        page = head + sizes + data.read(sum(sizes))
        if not head.startswith(b"OggS"):
            return "damaged: it is no page that follows another"
        if len(head) < PAGE_HEAD or len(page) < PAGE_HEAD + head[-1] + sum(sizes):
            return "truncated: its last page is not whole"
        if _checksum(page[:CRC_AT] + bytes(4) + page[CRC_AT + 4 :]) != page[CRC_AT : CRC_AT + 4]:
            return "damaged: a checksum does not fit"
        flags = head[FLAGS_OF_PAGE]
    return "" if flags & LAST_PAGE else "truncated: its last page is missing"


def _checksum(page: bytes) -> bytes:
    """CRC-32 of Ogg: that of zlib with the bits of every byte, and of the result, the other way round."""
    found = zlib.crc32(page.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return found.to_bytes(4, "big").translate(REVERSED)
