"""From a request to the bytes of its pictures, within limits, in memory: nothing is written anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from fer_lab.serving.limits import Limits
from fer_lab.serving.refusals import Refused
from fer_lab.serving.room import Held

FORM = "multipart/form-data"
PLAIN = ("application/octet-stream", "application/x-www-form-urlencoded")
"""Beside ``image/*`` what a picture may be called: bytes, and what curl calls whatever it sends."""


FIELD = "a part of the form is text: pictures are sent as files, -F file=@one.jpg"


class InMemory(MultiPartParser):
    """Parts are never spooled to a file: a request is far smaller than this."""

    spool_max_size = 1 << 40


async def pictures_of(request: Request, limits: Limits, held: Held) -> list[bytes]:
    """The pictures of a request: its body, or each file of a form.

    Raises:
        Refused: it does not say how long it is (411), is too long or has too many pictures (413), comes too slowly
            (408), is of another kind (415), no form although it says so (400), or has no picture (422).
    """
    kind = _kind(request)
    _check_length(request, limits)
    try:
        async with asyncio.timeout(limits.sending):
            if kind == FORM:
                return await _parts(request, limits, held)
            return [b"".join([chunk async for chunk in _sent(request, limits, held)])]
    except TimeoutError as error:
        raise Refused(408, f"the body took more than {limits.sending:g} s", {"Connection": "close"}) from error
    except ClientDisconnect as error:
        raise Refused(400, "the client has gone") from error


def _kind(request: Request) -> str:
    kind = request.headers.get("content-type", PLAIN[0]).split(";")[0].strip().lower()
    if kind not in (FORM, *PLAIN) and not kind.startswith("image/"):
        raise Refused(415, f"a picture, or {FORM}; not {kind[:100]!r}")
    return kind


def _check_length(request: Request, limits: Limits) -> None:
    """Refuse what does not say how long it is, or is too long, before any of it is read."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise Refused(411, "a request says its Content-Length")
    if len(length) > 15 or int(length) > limits.bytes:
        raise Refused(413, f"{length[:15]} bytes; the limit is {limits.bytes}")


async def _sent(request: Request, limits: Limits, held: Held) -> AsyncGenerator[bytes, None]:
    async for chunk in request.stream():
        held.add(len(chunk))
        yield chunk


async def _parts(request: Request, limits: Limits, held: Held) -> list[bytes]:
    parser = InMemory(
        request.headers, _sent(request, limits, held), max_files=limits.pictures, max_fields=0, max_part_size=1024
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _no_form(error.message, limits) from error
    except (ValueError, KeyError, AttributeError) as error:  # what the parser makes of bytes that are no form
        raise Refused(400, "the form cannot be read") from error
    found = [await part.read() for _, part in form.multi_items() if isinstance(part, UploadFile)]
    await form.close()
    if not found:
        raise Refused(422, "the form has no file")
    return found


def _no_form(said: str, limits: Limits) -> Refused:
    """What the parser says, which counts files and fields; all parts are files, so that a field is one too many."""
    if said.startswith("Too many files"):
        return Refused(413, f"more than {limits.pictures} pictures")
    return Refused(422, FIELD) if said.startswith("Too many fields") else Refused(400, said)
