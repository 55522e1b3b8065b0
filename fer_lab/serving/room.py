"""How much is in a service at once: pictures of all clients and of each, and bytes of their requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import HTTPConnection

from fer_lab.serving.limits import Limits
from fer_lab.serving.metrics import Metrics
from fer_lab.serving.refusals import Refused


class Room:
    """The places of a service; all is counted in the thread of its event loop.

    Args:
        limits: of the service.
        metrics: of the service.
    """

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits, self._metrics = limits, metrics
        self._inside: Counter[str] = Counter()
        self._held = 0

    @contextmanager
    def pictures(self, client: str, count: int) -> Iterator[None]:
        """Places for so many pictures of a client.

        Raises:
            Refused: there are not so many, 503; or not for this client, 429.
        """
        if self._inside[client] + count > self._limits.each:
            raise Refused(
                429, f"{self._inside[client]} pictures of this address wait; the limit is {self._limits.each}"
            )
        if (inside := self._inside.total()) + count > self._limits.waiting:
            raise Refused(503, f"{inside} pictures wait; the limit is {self._limits.waiting}")
        self._change(client, count)
        try:
            yield
        finally:
            self._change(client, -count)

    def _change(self, client: str, count: int) -> None:
        self._inside[client] += count
        if not self._inside[client]:
            del self._inside[client]
        self._metrics.inside.set(self._inside.total())

    @contextmanager
    def bytes(self) -> Iterator[Held]:
        """What a request has sent so far; given back when it is answered."""
        held = Held(self)
        try:
            yield held
        finally:
            self._held -= held.count

    def hold(self, count: int) -> None:
        """So many bytes more.

        Raises:
            Refused: they are more than all requests may hold, 503.
        """
        if self._held + count > self._limits.held:
            raise Refused(503, f"{self._held} bytes of requests wait; the limit is {self._limits.held}")
        self._held += count


class Held:
    """The bytes of one request.

    Attributes:
        count: how many they are.
    """

    def __init__(self, room: Room) -> None:
        self._room, self.count = room, 0

    def add(self, count: int) -> None:
        """So many more.

        Raises: as ``Room.hold``.
        """
        self._room.hold(count)
        self.count += count


def client_of(connection: HTTPConnection) -> str:
    """The address that a request or a stream comes from, as far as proxies are believed; '' where there is none."""
    return connection.client.host if connection.client else ""
