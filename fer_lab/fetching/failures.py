"""What an exception of a request says of its URL."""

from __future__ import annotations

import errno
import ssl

import aiohttp

from fer_lab.fetching.addresses import NotPublic
from fer_lab.fetching.outcomes import Failure, Outcome

OF_ERRNO = {
    errno.ECONNREFUSED: Outcome.REFUSED,
    errno.EHOSTUNREACH: Outcome.NO_ROUTE,
    errno.ENETUNREACH: Outcome.NO_ROUTE,
    errno.ETIMEDOUT: Outcome.TIMED_OUT,
}
ERRORS = (aiohttp.ClientError, OSError, ValueError)  # a TimeoutError is an OSError
"""What a request can end with because of the other side."""


def failure_of(error: BaseException) -> Failure:
    """What an exception of a request (of ``ERRORS``, or a ``Failure``) says of its URL."""
    if isinstance(error, Failure):
        return error
    return Failure(_class_of(error), " ".join(f"{type(error).__name__}: {error}".split())[:200])


def _class_of(error: BaseException) -> Outcome:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Outcome.NO_NAME
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return Outcome.CERTIFICATE
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, NotPublic):
        return Outcome.NOT_PUBLIC
    if isinstance(error, TimeoutError):
        return Outcome.TIMED_OUT
    if isinstance(error, aiohttp.ClientPayloadError):
        return Outcome.CUT
    if isinstance(error, ValueError):
        return Outcome.UNFIT
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return Outcome.RESET
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        return OF_ERRNO.get(error.errno or 0, Outcome.RESET)
    return Outcome.NO_HTTP
