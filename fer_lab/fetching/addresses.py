"""Connections to public addresses only, whatever a name says, and whatever it says later."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as a translator reaches them (RFC 6052), in the last 32 bits."""


class NotPublic(OSError):  # noqa: N818 - what is said of the URL
    """A connection to an address of a private, local or reserved network was about to be made."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "the address is not public")  # one text for all: an error for several addresses


def only_public(private: Sequence[IPv4Network | IPv6Network]) -> Callable[[Any], socket.socket]:
    """A factory of sockets that refuses addresses that are not public, but for those of some networks.

    It is asked for the very address that is connected to, after the name was resolved: a name that is resolved to
    another address a second time, a number in an odd form, and a redirect are refused alike.
    """

    def make(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, place = info
        address = reached(place[0])
        if not is_public(address) and not any(address in network for network in private):
            raise NotPublic
        return socket.socket(family, kind, protocol)

    return make


def reached(address: str) -> IPv4Address | IPv6Address:
    """An address; of an IPv6 one that stands for an IPv4 one (mapped, 6to4, translated), that."""
    own = ip_address(address)
    if isinstance(own, IPv4Address):
        return own
    translated = IPv4Address(int(own) & 0xFFFFFFFF) if own in TRANSLATED else None
    return own.ipv4_mapped or own.sixtofour or translated or own


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address, as ``reached`` gives it, is one of the Internet at large."""
    return address.is_global and not address.is_multicast and not address.is_reserved
