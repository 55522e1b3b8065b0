"""What becomes of a URL: the classes of Bartissol 2017, sec. 3.1.2, and those that it has no word for."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """One class a URL. Those from ``NOT_FOUND`` to ``CERTIFICATE`` are the thesis's, in its words."""

    SAVED = "saved"
    NOT_FOUND = "HTTP 404"
    NOT_FOR_US = "HTTP 400, 401, 403, 410"
    SERVER = "HTTP 500, 502, 503, 504"
    REDIRECTS = "HTTP 301, 302"
    """Redirects without an end, or to nowhere: urllib, which the thesis uses, reports these alone under 301 and 302."""
    NO_NAME = "Name or service not known"
    TIMED_OUT = "Connection timed out"
    RESET = "Connection reset by peer"
    REFUSED = "Connection refused"
    NO_ROUTE = "No route to host"
    CERTIFICATE = "Certificate verify failed"
    TOO_MANY_REQUESTS = "HTTP 429"
    OTHER_STATUS = "Another HTTP status"
    NO_HTTP = "An answer that is not HTTP"
    CUT = "An answer that ends too early"
    TOO_LARGE = "Too many bytes"
    NO_IMAGE = "Not an image"
    DAMAGED = "A damaged image"
    TOO_MANY_PIXELS = "Too many pixels"
    NOT_PUBLIC = "An address that is not public"
    UNFIT = "A URL that is not fetched"
    ROBOTS = "Not allowed by robots.txt"


PASSING = frozenset({
    Outcome.SERVER, Outcome.TOO_MANY_REQUESTS, Outcome.NO_NAME, Outcome.TIMED_OUT, Outcome.RESET, Outcome.REFUSED,
    Outcome.NO_ROUTE, Outcome.CUT,
})  # fmt: skip
"""Failures that may pass, and are tried again. A name is not known without a network, too, as the thesis found."""
OF_STATUS = {
    404: Outcome.NOT_FOUND,
    429: Outcome.TOO_MANY_REQUESTS,
    **dict.fromkeys((400, 401, 403, 410), Outcome.NOT_FOR_US),
    **dict.fromkeys((500, 502, 503, 504), Outcome.SERVER),
}


class Failure(Exception):  # noqa: N818 - what became of a URL, not an error of ours
    """A URL whose image is not to be had, at least now.

    Args:
        outcome: its class.
        detail: what happened, in words.
        wait: seconds that the host asks for before the next try.
    """

    def __init__(self, outcome: Outcome, detail: str, wait: float = 0.0) -> None:
        super().__init__(outcome, detail, wait)
        self.outcome, self.detail, self.wait = outcome, detail, wait


def failure_of_status(status: int, wait: float) -> Failure:
    """What an HTTP status other than 200 and redirects says.

    Args:
        status: of the answer.
        wait: seconds of its ``Retry-After``.
    """
    return Failure(OF_STATUS.get(status, Outcome.OTHER_STATUS), f"HTTP {status}", wait)
