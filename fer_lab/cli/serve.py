"""The command that lets models answer pictures over HTTP."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_lab.cli.app import app
from fer_lab.cli.models import FILE, OfACell, check_chosen, check_extra, model_file
from fer_lab.errors import ConfigError
from fer_lab.serving.names import LOOPBACK, TOKEN

Threads = Annotated[
    int | None, typer.Option(min=1, help="That a network computes by on a CPU; half the cores without.")
]
Asked = Annotated[
    list[str], typer.Argument(help="models: files *.onnx, ids of runs, cells; and source=, profile=, ...")
]
EXTRA = ("fastapi", "multipart", "onnxruntime", "prometheus_client", "uvicorn", "websockets")
SHORTEST = 16
"""Characters of a token: what is shorter is guessed."""


class Device(StrEnum):
    """Where a network computes."""

    CPU = "cpu"
    GPU = "gpu"


@app.command()
def serve(
    models: Asked,
    seed: OfACell = None,
    host: Annotated[str, typer.Option(help="To listen at; any but loopback's needs a token.")] = LOOPBACK[0],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8766,
    name: Annotated[list[str] | None, typer.Option(help="That clients call this machine by, once for each.")] = None,
    token_file: Annotated[Path | None, typer.Option(help=f"Holds the token; {TOKEN} in the environment, too.")] = None,
    proxy: Annotated[list[str] | None, typer.Option(help="Address that says which client asks, once for each.")] = None,
    limit: Annotated[list[str] | None, typer.Option(help="Such as pictures=4, once for each: docs/serving.md.")] = None,
    device: Device = Device.CPU,
    threads: Threads = None,
) -> None:
    """Answer pictures over HTTP: POST one to /predict, or frames to the WebSocket /stream; /docs says all of it.

    It listens on this machine only, unless --host says otherwise. Of several runs of a cell source=, profile= and
    protocol= say which; paths.results= where they lie. SIGHUP reads the files of the models again.
    """
    check_extra("serve", *EXTRA)
    chosen = limits_of(limit or [])
    names = [one for one in models if "=" not in one or one.endswith(FILE)]
    files = files_of(names, seed, [one for one in models if one not in names])
    who = {"names": [one.lower() for one in name or []], "proxies": proxy or [], "host": host, "port": port}
    settings = {"models": files, "limits": chosen, "threads": threads, "device": device.value, **who}
    become(settings, _token(token_file, host))


def files_of(names: Sequence[str], seed: int | None, overrides: Sequence[str]) -> dict[str, str]:
    """The files of models by the names that clients know them by: that of the file, or the cell or run as given.

    Raises:
        ConfigError: two have the same name; and as ``model_file``.
    """
    check_chosen(names, seed, overrides)
    found: dict[str, str] = {}
    for name in names:
        is_file = name.endswith(FILE)
        known = Path(name).stem if is_file else name
        if known in found:
            raise ConfigError(f"two models are called {known}", expected="names that differ: they are how clients ask")
        path = model_file(name) if is_file else model_file(name, seed, overrides)
        found[known] = str(path.absolute())
    return found


def limits_of(words: Sequence[str]) -> dict[str, float]:
    """All limits, with those that are given in place of the usual ones.

    Raises:
        ConfigError: one that there is not, or that is no number above 0.
    """
    from fer_lab.serving.limits import Limits

    usual = Limits()
    found = {one.name: getattr(usual, one.name) for one in fields(Limits)}
    for word in words:
        key, _, value = word.partition("=")
        if key not in found:
            raise ConfigError(f"--limit {word}", expected=f"one of {', '.join(found)}")
        try:
            found[key] = type(found[key])(value)
        except ValueError as error:
            raise ConfigError(f"--limit {word}", expected=f"a number, as {key}={found[key]}") from error
    Limits(**found)
    return found


def _token(file: Path | None, host: str) -> str | None:
    """The token of a service, if it has one.

    Raises:
        ConfigError: it needs one and has none, or one that is guessed easily.
    """
    try:
        token = os.environ.get(TOKEN) if file is None else file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--token-file {file} cannot be read: {error}") from error
    if not token and host not in LOOPBACK:
        raise ConfigError(f"--host {host} without a token", expected=f"--token-file, or {TOKEN} in the environment",
                          do="openssl rand -hex 32 > token")  # fmt: skip
    if token and (len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token):
        raise ConfigError("the token is too short, or has characters that no header has",
                          expected=f"{SHORTEST} printable characters of ASCII or more")  # fmt: skip
    return token or None


def become(settings: Mapping[str, Any], token: str | None) -> None:
    """Turn this process into the service: what the command line has imported is let go."""
    environment = {key: value for key, value in os.environ.items() if key != TOKEN} | ({TOKEN: token} if token else {})
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "fer_lab.serving", json.dumps(settings)], environment)
