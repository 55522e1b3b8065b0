"""Whose turn it is: the URLs of a host one after the other, at its pace, and those of all hosts side by side."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from urllib.parse import urlsplit


@dataclass
class Host:
    """Attributes: ``waiting``: its URLs; ``free_at``: when it may be asked next; ``pause``: seconds in between."""

    pause: float
    waiting: deque[str] = field(default_factory=deque)
    free_at: float = 0.0


@dataclass(order=True)
class Lane:
    """One of the few connections to a host.

    Attributes:
        ready: when it may go on.
        number: which of all.
        host: to which it leads.
        url: what is to be fetched; '' between two.
        tried: how often it was tried before.
    """

    ready: float
    number: int
    host: Host = field(compare=False)
    url: str = field(compare=False, default="")
    tried: int = field(compare=False, default=0)


class Schedule:
    """The URLs that are left, by host; times are those of ``time.monotonic``.

    Args:
        urls: to be fetched, each fit.
        per_host: lanes of a host.
        pause: seconds between two requests to a host.
    """

    def __init__(self, urls: Iterable[str], per_host: int, pause: float) -> None:
        hosts: dict[str, Host] = {}
        for url in urls:
            hosts.setdefault(urlsplit(url).hostname or "", Host(pause)).waiting.append(url)
        each = [host for host in hosts.values() for _ in range(min(per_host, len(host.waiting)))]
        self._lanes = [Lane(0.0, number, host) for number, host in enumerate(each)]

    async def take(self) -> Lane | None:
        """The next URL, when it may be asked for; None where all that are left are in others' hands."""
        while self._lanes:
            lane = heappop(self._lanes)
            if not lane.url and not lane.host.waiting:
                continue
            now, begin = time.monotonic(), max(lane.ready, lane.host.free_at)
            if begin > now:
                if begin == lane.ready:  # nobody is ready before
                    await asyncio.sleep(begin - now)
                lane.ready = begin
                heappush(self._lanes, lane)
                continue
            lane.host.free_at = now + lane.host.pause
            if not lane.url:
                lane.url, lane.tried = lane.host.waiting.popleft(), 0
            return lane
        return None

    def done(self, lane: Lane) -> None:
        """Give back a lane whose URL has its class."""
        lane.url = ""
        heappush(self._lanes, lane)

    def again(self, lane: Lane, after: float) -> None:
        """Give back a lane whose URL is tried once more, ``after`` so many seconds."""
        lane.tried += 1
        lane.ready = time.monotonic() + after
        heappush(self._lanes, lane)

    def hold(self, lane: Lane, seconds: float) -> None:
        """Ask a lane's host for nothing for so long."""
        lane.host.free_at = max(lane.host.free_at, time.monotonic() + seconds)
