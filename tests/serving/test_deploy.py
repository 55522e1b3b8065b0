"""What is there to deploy the service with says what holds: its files are read as those who use them read them."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from fer_lab.cli.commands import app
from fer_lab.serving.gate import FREE
from fer_lab.serving.limits import Limits

INSTRUCTIONS = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER",
                "WORKDIR"}  # fmt: skip


@pytest.fixture
def deploy(root: Path) -> Path:
    return root / "deploy"


def instructions(path: Path) -> list[tuple[str, str]]:
    """Of a Containerfile, its lines joined and its comments left out."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines()]


def options(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("--")}


def known() -> set[str]:
    """The options of ``fer-lab serve``."""
    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    return {name for parameter in command.params for name in parameter.opts}


def test_the_image_is_made_of_what_is_there(root: Path, deploy: Path) -> None:
    found = instructions(deploy / "Containerfile")
    assert {name for name, _ in found} <= INSTRUCTIONS
    assert found[0][0] == "ARG"
    for name, rest in found:
        if name == "COPY" and "--from" not in rest:
            assert all((root / source).exists() for source in rest.split()[:-1]), rest
        if name in ("CMD", "ENTRYPOINT"):
            assert isinstance(json.loads(rest), list)
    assert all(rest.count(":") == 1 and not rest.endswith(":latest") for name, rest in found if name == "FROM")
    last = dict(found)
    assert last["USER"].isdigit()
    assert options(json.loads(last["ENTRYPOINT"])) <= known()
    assert any(path in last["HEALTHCHECK"] for path in FREE)
    assert any("--no-install-recommends" in rest and "rm -rf /var/lib/apt/lists" in rest for _, rest in found)


def test_what_it_installs_is_of_the_lock(root: Path, deploy: Path) -> None:
    lock = set(re.findall(r"(?m)^[\w.-]+==[^\s;\\]+", (root / "requirements.lock").read_text()))
    lines = {line for line in (deploy / "requirements.txt").read_text().splitlines() if not line.startswith("#")}
    assert lines - lock == set()
    assert not any(line.startswith(("torch", "matplotlib")) for line in lines)


def test_the_unit_is_one(deploy: Path) -> None:
    unit = configparser.ConfigParser(strict=True, interpolation=None, comment_prefixes=("#",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((deploy / "fer-lab.service").read_text())
    service = unit["Service"]
    assert options(shlex.split(service["ExecStart"])) <= known()
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert float(service["TimeoutStopSec"]) > Limits().stopping


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_takes_the_unit(deploy: Path, tmp_path: Path) -> None:
    text = (deploy / "fer-lab.service").read_text().replace("/opt/fer_lab/bin/fer-lab", "/bin/true")
    (tmp_path / "fer-lab.service").write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "fer-lab.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "fer-lab.service" in done.stderr) == (0, False), done.stderr


def test_proxies_let_through_what_the_service_does(deploy: Path) -> None:
    nginx, caddy = (deploy / "nginx.conf").read_text(), (deploy / "Caddyfile").read_text()
    assert nginx.count("{") == nginx.count("}")
    assert caddy.count("{") == caddy.count("}")
    assert re.findall(r"client_max_body_size (\d+)m;", nginx) == [str(Limits().bytes >> 20)]
    assert re.findall(r"max_size (\d+)MB", caddy) == [str(Limits().bytes >> 20)]
    assert float(re.findall(r"proxy_read_timeout (\d+)s;", nginx)[0]) > Limits().idle
    for text in (nginx, caddy):
        assert "/metrics" in text
        assert "/reload" in text
