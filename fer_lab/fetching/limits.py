"""How much a download takes, and how it behaves towards those who answer."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from fer_lab.media.images import MAX_PIXELS


@dataclass(frozen=True)
class Limits:
    """What a download keeps to.

    Attributes:
        connections: requests at a time.
        per_host: of these, to one host.
        pause: seconds between two requests to one host, at least.
        connect, read, whole: seconds until a connection stands, between two parts of an answer, and for all of an
            image, its redirects included.
        retries: how often a failure that may pass is tried again.
        backoff: seconds before the first retry, twice as many before each further one; half as many to half as many
            more are drawn.
        patience: seconds that a host may ask us to wait (``Retry-After``); who asks for more is given up.
        redirects: how many are followed.
        max_bytes: of an answer.
        max_pixels: of an image.
        robots: whether a host's robots.txt is asked first and kept to, its ``Crawl-delay`` included.
        private: networks that are not public and may be fetched from all the same.
    """

    connections: int = 32
    per_host: int = 4
    pause: float = 0.1
    connect: float = 10.0
    read: float = 20.0
    whole: float = 120.0
    retries: int = 3
    backoff: float = 1.0
    patience: float = 120.0
    redirects: int = 5
    max_bytes: int = 20_000_000
    max_pixels: int = MAX_PIXELS
    robots: bool = False
    private: tuple[IPv4Network | IPv6Network, ...] = ()
