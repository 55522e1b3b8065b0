"""What hosts let robots fetch: robots.txt (RFC 9309)."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import aiohttp

from fer_lab.fetching.failures import ERRORS

NAME = "fer_lab"
"""Under which rules are looked for, and which every request gives."""
MOST = 500 * 1024
"""Bytes of a robots.txt that are read, as the RFC asks for."""
NOTHING = b"User-agent: *\nDisallow: /"
"""What a host lets fetch whose rules are not to be had, as the RFC asks for."""


class Robots:
    """The rules of each host, asked for once.

    Args:
        session: through which.
        whole: seconds until all of them must be there.
    """

    def __init__(self, session: aiohttp.ClientSession, whole: float) -> None:
        self._session, self._whole = session, whole
        self._rules: dict[str, asyncio.Task[RobotFileParser]] = {}

    async def rules(self, url: str) -> RobotFileParser:
        """The rules of a URL's host and port."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.create_task(self._fetch(f"{origin}/robots.txt"))
        return await asyncio.shield(self._rules[origin])  # also for others that wait

    async def _fetch(self, url: str) -> RobotFileParser:
        rules = RobotFileParser(url)
        try:
            async with asyncio.timeout(self._whole), self._session.get(url, max_redirects=5) as response:
                text = await _begin(response) if response.status == 200 else b""
                text = NOTHING if response.status >= 500 else text
        except ERRORS:
            text = b""  # nothing answers there: the image's own request says what is wrong
        rules.parse(text.decode("utf-8", errors="replace").splitlines())
        return rules


async def _begin(response: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for part in response.content.iter_any():
        found += part
        if len(found) >= MOST:
            break
    return bytes(found[:MOST])
