"""What an exception or a status says of its URL."""

from __future__ import annotations

import errno

import aiohttp
import pytest

from fer_lab.fetching.failures import failure_of
from fer_lab.fetching.outcomes import Outcome, failure_of_status
from fer_lab.tables import tables


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (aiohttp.ClientOSError(errno.EHOSTUNREACH, "No route to host"), Outcome.NO_ROUTE),
        (aiohttp.ClientOSError(errno.ENETUNREACH, "Network is unreachable"), Outcome.NO_ROUTE),
        (aiohttp.ClientOSError(errno.ETIMEDOUT, "Connection timed out"), Outcome.TIMED_OUT),
        (aiohttp.ClientOSError(errno.ECONNREFUSED, "Connection refused"), Outcome.REFUSED),
        (aiohttp.ClientOSError(errno.ECONNRESET, "Connection reset by peer"), Outcome.RESET),
        (aiohttp.ConnectionTimeoutError("connect"), Outcome.TIMED_OUT),
        (aiohttp.SocketTimeoutError("read"), Outcome.TIMED_OUT),
        (TimeoutError(), Outcome.TIMED_OUT),
        (aiohttp.ClientPayloadError("cut"), Outcome.CUT),
        (aiohttp.InvalidURL("http://"), Outcome.UNFIT),
    ],
)
def test_an_exception_has_its_class(error: Exception, outcome: Outcome) -> None:
    assert failure_of(error).outcome == outcome


@pytest.mark.parametrize("status", [404, 400, 401, 403, 410, 500, 502, 503, 504])
def test_a_status_that_the_thesis_names_has_its_class(status: int) -> None:
    assert str(status) in failure_of_status(status, 0).outcome


@pytest.mark.parametrize(("status", "outcome"), [(429, Outcome.TOO_MANY_REQUESTS), (304, Outcome.OTHER_STATUS)])
def test_another_status_has_a_class_of_ours(status: int, outcome: Outcome) -> None:
    assert failure_of_status(status, 0).outcome == outcome


def test_the_thesiss_classes_are_those_of_its_table() -> None:
    printed = [row.labels[0] for row in tables()["bartissol_2017-text-3.1.2"].rows]
    classes = [str(outcome) for outcome in Outcome]
    first = classes.index(Outcome.NOT_FOUND)
    assert classes[first : classes.index(Outcome.CERTIFICATE) + 1] == printed
