"""One image, from its URL over its redirects to its bytes."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from fer_lab.fetching.addresses import only_public
from fer_lab.fetching.failures import ERRORS, failure_of
from fer_lab.fetching.limits import Limits
from fer_lab.fetching.outcomes import Failure, Outcome, failure_of_status
from fer_lab.fetching.robots import NAME, Robots
from fer_lab.fetching.urls import unfit

MOVED = (301, 302, 303, 307, 308)
HEADERS = {"User-Agent": NAME, "Accept": "image/*, */*;q=0.5", "Accept-Encoding": "identity"}

Connect = Callable[[Limits], aiohttp.BaseConnector]
"""Makes the connections of a client."""


@dataclass(frozen=True)
class Answer:
    """What a URL gave.

    Attributes:
        data: the bytes.
        places: the URLs of its redirects, in order.
    """

    data: bytes
    places: tuple[str, ...]


class Client:
    """Fetches images within limits. No cookies are kept, no proxy of the environment is used, certificates count."""

    def __init__(self, session: aiohttp.ClientSession, limits: Limits) -> None:
        self._session, self._limits = session, limits
        self._robots = Robots(session, limits.whole) if limits.robots else None

    async def fetch(self, url: str) -> Answer:
        """The answer of a URL, or of that to which it leads.

        Raises:
            Failure: there is none to be had.
        """
        try:
            async with asyncio.timeout(self._limits.whole):
                return await self._follow(url)
        except (Failure, *ERRORS) as error:
            raise failure_of(error) from error

    async def pause(self, url: str) -> float:
        """Seconds between two requests that a URL's host asks for in its robots.txt, if it is read; within patience."""
        rules = await self._robots.rules(url) if self._robots else None
        return min(float(rules.crawl_delay(NAME) or 0), self._limits.patience) if rules else 0.0

    async def _follow(self, url: str) -> Answer:
        places = [url]
        while len(places) <= self._limits.redirects + 1:
            if self._robots and not (await self._robots.rules(places[-1])).can_fetch(NAME, places[-1]):
                raise Failure(Outcome.ROBOTS, f"the rules of {URL(places[-1]).host}")
            async with self._session.get(URL(places[-1]), allow_redirects=False) as response:
                if response.status not in MOVED:
                    return Answer(await self._body(response), tuple(places[1:]))
                places.append(_next(response))
                response.close()  # whatever is said beside the place
        raise Failure(
            Outcome.REDIRECTS, f"more than {self._limits.redirects} redirects, the last to {places[-1][:200]}"
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        try:
            return await self._bytes(response)
        except BaseException:
            response.close()  # nothing more of it is read
            raise

    async def _bytes(self, response: aiohttp.ClientResponse) -> bytes:
        if response.status != 200:
            raise failure_of_status(response.status, _seconds(response.headers.get("Retry-After", "")))
        most, data = self._limits.max_bytes, bytearray()
        if (response.content_length or 0) > most:
            raise Failure(Outcome.TOO_LARGE, f"{response.content_length} bytes, the limit is {most}")
        async for part in response.content.iter_any():
            data += part
            if len(data) > most:
                raise Failure(Outcome.TOO_LARGE, f"more than {most} bytes")
        return bytes(data)


def publicly(limits: Limits) -> aiohttp.TCPConnector:
    """Connections to public addresses, and to those of the networks that are allowed besides."""
    return aiohttp.TCPConnector(
        limit=0, limit_per_host=limits.per_host, ttl_dns_cache=300, socket_factory=only_public(limits.private)
    )


@asynccontextmanager
async def client(limits: Limits, connect: Connect) -> AsyncIterator[Client]:
    """A client and its connections, which are closed at the end."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.connect, sock_read=limits.read)
    async with aiohttp.ClientSession(
        connector=connect(limits),
        timeout=timeout,
        headers=HEADERS,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    ) as session:
        yield Client(session, limits)


def _next(response: aiohttp.ClientResponse) -> str:
    """Where a redirect leads."""
    location = response.headers.get("Location", "")
    if not location:
        raise Failure(Outcome.REDIRECTS, f"{response.status} without a place")
    place = str(response.url.join(URL(location)))
    if reason := unfit(place):
        raise Failure(Outcome.UNFIT, f"{reason}: {place[:200]}")
    return place


def _seconds(retry_after: str) -> float:
    """Seconds of a Retry-After, which is a number or a date; 0 where it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return 0.0
