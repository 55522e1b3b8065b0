"""Which URLs are fetched at all, and under which file name."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

SCHEMES = ("http", "https")
LONGEST_URL = 8000
"""Characters; servers take no longer ones (RFC 9110 asks for this many)."""
LONGEST_NAME = 250
"""Characters of a file name, as in Bartissol 2017, sec. 3.1.3."""
PLAIN = frozenset((string.ascii_lowercase + string.digits + "-_.").encode())
"""Bytes that stand for themselves in a file name: no capitals, as some disks take `A` and `a` for one."""
ESCAPED = tuple(chr(byte) if byte in PLAIN else f"%{byte:02x}" for byte in range(256))
"""What stands for each byte."""
HASHED = "sha256-"
SUFFIX = ".jpg"


def unfit(url: str) -> str:
    """Why a URL is not fetched, as a phrase; '' where it is."""
    if not url:
        return "no URL"
    if not url.isprintable():
        return "control characters in the URL"
    if len(url) > LONGEST_URL:
        return f"a URL of more than {LONGEST_URL} characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # a port that is no number is said here
    except ValueError:
        return "no well-formed URL"
    if parts.scheme not in SCHEMES:
        return f"a URL of {parts.scheme}:, not of http: or https:" if parts.scheme else "no URL of http: or https:"
    if "@" in parts.netloc:
        return "a URL with credentials"
    return "" if host else "a URL without a host"


def file_name(url: str) -> str:
    """The name under which the image of a URL is kept: percent-encoded, so that every URL has its own.

    It has no folder in it and no capital, and ``url_of`` gives the URL back. Where that would be longer than
    ``LONGEST_NAME``, it is the SHA-256 of the URL. (Bartissol 2017, sec. 3.1.3, cuts long names at their front and
    removes full stops: two URLs can have one name there.)
    """
    escaped = "".join([ESCAPED[byte] for byte in url.encode()])
    if len(escaped) + len(SUFFIX) > LONGEST_NAME:
        escaped = HASHED + hashlib.sha256(url.encode()).hexdigest()
    return escaped + SUFFIX


def url_of(name: str, known: Iterable[str] = ()) -> str | None:
    """The URL of a file name; None where there is none.

    Args:
        name: of a file.
        known: URLs among which that of a hashed name is looked for.
    """
    if name.startswith(HASHED):
        return next((url for url in known if file_name(url) == name), None)
    url = unquote(name.removesuffix(SUFFIX), errors="replace")
    return url if file_name(url) == name else None
