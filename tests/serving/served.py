"""A small exported model, pictures for it, and a service of it in a process of its own."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from fer_lab.faces import model_digest
from fer_lab.generator import Identity, perform, render
from fer_lab.inference.contract import KEY, Contract, Input, Threshold
from fer_lab.inference.graph import graph_checksum
from fer_lab.serving.timing import address_of

SIDE = 32
NAMES = ("anger", "happiness", "surprise")
FACES = {"_target_": "fer_lab.faces.FacesConfig", "size": SIDE, "views": ["face"]}
RAW = {"_target_": "fer_lab.faces.RawConfig"}
RUN = {"id": "0" * 16, "cell": "a/b", "seed": 0, "dataset": "jaffe", "source": "embedded", "profile": "smoke",
       "protocol": "clean", "title": "JAFFE", "data": "1234", "items": {}}  # fmt: skip
VALUES = {"kind": "values", "names": ["valence", "arousal"], "scale": [-1, 1], "name": "affect"}
LABELS = {"kind": "labels", "names": ["AU1", "AU12"], "scale": None, "name": "units"}


def contract(**changes: Any) -> Contract:
    """Of a model of three classes."""
    usual: dict[str, Any] = {
        "run": RUN,
        "generated": True,
        "target": {"kind": "classes", "names": list(NAMES), "scale": None, "name": "emotion"},
        "faces": FACES,
        "landmarks": model_digest(),
        "inputs": (Input("face", "uint8", (SIDE, SIDE, 3)),),
        "length": 1,
        "measured": (),
        "by_name": (),
        "thresholds": (Threshold(0.1, 0.9, 0.2, 0.05), Threshold(None, 0.5, 0.7, 0.2)),
        "weights": {},
        "licence": "none",
    }
    return Contract(**usual | changes)


def write_model(path: Path, seed: int = 0, text: str | None = None, scale: float = 0.02, **changes: Any) -> Path:
    """A model whose answers are a softmax over sums of pixels, by weights of a seed.

    Args:
        path: of the file; replaced at once.
        seed: of its weights.
        text: in place of what it says of itself.
        scale: of its weights.
        changes: to its contract.
    """
    known = contract(**changes)
    shape, names = known.inputs[0].shape, len(known.names)
    weights = np.random.default_rng(seed).normal(0, 1, (int(np.prod(shape)), names)).astype(np.float32) * np.float32(
        scale
    )
    nodes = [
        helper.make_node("Cast", [known.inputs[0].name], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["floats"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], ["sums"], alpha=1 / 255),
        helper.make_node("Softmax", ["sums"], ["answers"]),
    ]
    graph = helper.make_graph(
        nodes,
        "sums",
        [helper.make_tensor_value_info(known.inputs[0].name, TensorProto.UINT8, ["items", *shape])],
        [helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["items", names])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checked = replace(known, graph=graph_checksum(model.SerializeToString()))
    helper.set_model_props(model, {KEY: checked.text() if text is None else text})
    new = path.with_suffix(".new")
    onnx.save(model, new)
    new.replace(path)
    return path


def damaged(**changes: Any) -> str:
    """What a model says of itself, as somebody has changed it."""
    return json.dumps({"format": 1, **asdict(contract()), **changes})


@lru_cache
def drawn(seed: int = 0, size: int = 320) -> NDArray[np.uint8]:
    """A generated face, uint8 (size, size, 3)."""
    performance = perform(seed, "happiness", fps=10, duration=1.0, until_apex=True)
    images, _ = render(Identity(seed), performance, [9], size=size, seed=seed)
    return images[0]


def encoded(pixels: NDArray[np.uint8], form: str = "PNG") -> bytes:
    """A picture as a file."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, form)
    return data.getvalue()


def crowd(across: int, down: int, size: int = 200) -> NDArray[np.uint8]:
    """So many faces of a few people in one picture."""
    rows = [np.concatenate([drawn((row + place) % 4, size) for place in range(across)], 1) for row in range(down)]
    return np.concatenate(rows, 0)


@dataclass(frozen=True)
class Answer:
    """Of a service: ``said`` is its JSON, None where it is none."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


class Running:
    """A service that runs.

    Attributes:
        host, port: where it listens.
        process: it.
    """

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.host, _, port = address.rpartition(":")
        self.port = int(port)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request over a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def predict(self, picture: bytes, query: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("POST", f"/predict{query}", picture, {"Content-Type": "image/png", **(headers or {})})

    def hang_up(self) -> None:
        """Tell it to read its models again."""
        self.process.send_signal(signal.SIGHUP)


def opened(service: Running) -> socket.socket:
    """A connection that has said nothing yet."""
    return socket.create_connection((service.host, service.port), timeout=30)


@contextmanager
def running(*words: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """``fer-lab serve`` with some words, on a free port."""
    command = [sys.executable, "-m", "fer_lab.cli", "serve", *words, "--port", "0"]
    everything = {**os.environ, **(environment or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=everything) as process:
        try:
            yield Running(process, address_of(process))
        finally:
            process.terminate()
            process.communicate(timeout=60)


def form(pictures: Sequence[bytes], name: str = "file") -> tuple[bytes, dict[str, str]]:
    """Pictures as the files of a form."""
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="../../a.png"\r\n\r\n'.encode()
    body = b"".join(head + picture + b"\r\n" for picture in pictures) + b"--edge--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=edge"}
