"""Which addresses are connected to."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from fer_lab.fetching.addresses import NotPublic, only_public
from fer_lab.fetching.download import download
from fer_lab.fetching.limits import Limits
from fer_lab.fetching.outcomes import Outcome
from tests.fetching.misbehaving import serving

PRIVATE = (
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%lo", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


def info(address: str) -> tuple[Any, ...]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, 0, "", (address, 80)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_gets_no_socket(address: str) -> None:
    with pytest.raises(NotPublic):
        only_public(())(info(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_gets_one(address: str) -> None:
    with only_public(())(info(address)) as made:
        assert made.fileno() >= 0


def test_a_network_that_is_named_is_allowed_and_no_other() -> None:
    make = only_public([ip_network("10.0.0.0/8"), ip_network("::1/128")])
    for allowed in ("10.1.2.3", "::1", "::ffff:10.1.2.3"):
        make(info(allowed)).close()
    with pytest.raises(NotPublic):
        make(info("127.0.0.1"))


def test_a_name_that_is_resolved_to_loopback_is_not_fetched_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as server:
        ask = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **by: ask("127.0.0.1", *more, **by))
        url = server.url("/good.jpg", "images.example.com")
        assert download([url], tmp_path, Limits())[url].outcome == Outcome.NOT_PUBLIC
        assert not server.asked
