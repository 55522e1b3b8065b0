"""What a service puts up with: sizes, numbers and times, each with what is usual."""

from __future__ import annotations

from dataclasses import dataclass, fields

from fer_lab.errors import ConfigError

MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Of one service; all are above 0.

    Attributes:
        bytes: of a request's body, and of a frame.
        held: bytes of all bodies that are held at once.
        pixels: of a picture, read in its header before it is decoded.
        pictures: of a request.
        faces: looked for in a picture.
        waiting: pictures that are accepted and not yet answered, of all clients.
        each: the same of one client's address.
        connections: open at once.
        streams: of these, streams of frames.
        head: bytes of a request's line and headers.
        sending: seconds that a client may take for the head of a request, and again for its body.
        seconds: from a request's last byte to its answer.
        idle: seconds that a connection may be silent between two requests, and a stream between two frames.
        stopping: seconds that requests are given to end when the service is told to stop.
    """

    bytes: int = 16 * MB
    held: int = 64 * MB
    pixels: int = 24_000_000
    pictures: int = 16
    faces: int = 16
    waiting: int = 128
    each: int = 96
    connections: int = 256
    streams: int = 16
    head: int = 16_384
    sending: float = 10.0
    seconds: float = 20.0
    idle: float = 60.0
    stopping: float = 30.0

    def __post_init__(self) -> None:
        """Refuse what would let nothing through.

        Raises:
            ConfigError: a limit is not above 0.
        """
        for one in fields(self):
            if not getattr(self, one.name) > 0:
                raise ConfigError(f"limit {one.name} = {getattr(self, one.name)}", expected="a number above 0")
