"""An exported model: read, checked and asked, on onnxruntime."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.inference.contract import KEY, PIXELS, Contract, read_contract
from fer_lab.inference.graph import graph_checksum

if TYPE_CHECKING:
    from fer_lab.evaluation.arrays import Singles

ANSWERS = "answers"
"""The name of the graph's output, float32 (B, names)."""
DEVICES = {"cpu": "CPUExecutionProvider", "gpu": "CUDAExecutionProvider"}
"""Where a model computes, in onnxruntime's words."""
LARGEST = 2**31 - 1
"""Bytes of a file: ONNX is protobuf, which ends there."""
ELSEWHERE = re.compile(rb"(?:\x0a|\x8a\x80*\x00)(?:\x08|\x88\x80*\x00)location")
"""How a tensor names another file that its numbers are in, however its lengths are written: none that we wrote does."""
OTHER_FORM = b"ORTM"
"""At byte 4 of onnxruntime's own form of a model, in which what is above is not to be seen."""


class Model:
    """An exported model, ready for prepared faces; several threads may ask it at once.

    Args:
        path: of the file.
        threads: that one question is computed by; None leaves it to onnxruntime.
        device: one of ``DEVICES``.

    Attributes:
        contract: what it says of itself.
        path: of the file.
        version: the first 12 digits of the file's SHA-256.

    Raises:
        StoreError: the file is missing, damaged, not one of ``fer-lab export``, or of a newer version.
        ConfigError: there is no such device.
    """

    def __init__(self, path: Path, threads: int | None = None, device: str = "cpu") -> None:
        data = _bytes(path)
        self.path, self.version = path, hashlib.sha256(data).hexdigest()[:12]
        self._session = _session(data, path, threads, device)
        self.contract: Contract = read_contract(self._session.get_modelmeta().custom_metadata_map.get(KEY), path.name)
        _check_graph(data, self.contract, path)
        self._check()

    def predict(self, inputs: Mapping[str, NDArray[np.generic]]) -> Singles:
        """What it answers of some items.

        Args:
            inputs: by name, ``contract.inputs`` with the items first: (B, *shape).

        Returns:
            float32 (B, names): probabilities of classes (their sum is 1) and labels, values in their own scale.

        Raises:
            DataError: an input is missing, or of another shape or kind.
            StoreError: an answer is no number: the weights are damaged, or overflow on what they are shown.
        """
        for one in self.contract.inputs:
            given = inputs.get(one.name)
            if given is None or given.shape[1:] != one.shape or str(given.dtype) != one.kind:
                found = "missing" if given is None else f"{given.dtype} {given.shape}"
                raise DataError(f"input {one.name!r} is {found}", expected=f"{one.kind} (items, *{one.shape})")
        shown = {one.name: np.ascontiguousarray(inputs[one.name]) for one in self.contract.inputs}
        answers: Singles = self._session.run([ANSWERS], shown)[0]
        if wrong := int((~np.isfinite(answers)).any(axis=1).sum()):
            raise StoreError(f"{self.path.name}: {wrong} of {len(answers)} answers are no numbers",
                             expected=f"{len(self.contract.names)} finite numbers each",
                             do="do not trust it: export the run again")  # fmt: skip
        return answers

    def _check(self) -> None:
        """Refuse a graph that is not what its contract describes."""
        asked, given = self._session.get_inputs(), self._session.get_outputs()
        found = {one.name: (one.type, tuple(one.shape[1:])) for one in asked}
        expected = {one.name: (f"tensor({TYPES.get(one.kind)})", one.shape) for one in self.contract.inputs}
        if found != expected:
            raise StoreError(f"{self.path.name}: its graph takes {found}", expected=f"{expected}, as it says of itself",
                             do="export the run again")  # fmt: skip
        answers, wanted = {one.name: list(one.shape[1:]) for one in given}, {ANSWERS: [len(self.contract.names)]}
        if answers != wanted:
            raise StoreError(f"{self.path.name}: its graph gives {answers}", expected=f"{wanted}, as it says of itself",
                             do="export the run again")  # fmt: skip


def _check_graph(data: bytes, contract: Contract, path: Path) -> None:
    """Refuse weights that are not those that were written; nothing is to be compared where the file says nothing."""
    if contract.graph is None:
        return
    try:
        found = graph_checksum(data)
    except ValueError as error:  # what onnxruntime takes for a model, and no fer-lab export has written
        found = str(error)
    if found != contract.graph:
        raise StoreError(f"{path.name}: its graph or its weights are damaged, or changed: {found}",
                         expected=f"SHA-256 {contract.graph}, as it says of itself",
                         do="do not trust it: export the run again")  # fmt: skip


TYPES: Mapping[str, str] = {PIXELS: "uint8", "float32": "float"}
"""The kind of an input in onnxruntime's words."""


def _bytes(path: Path) -> bytes:
    """The content of a file, of which nothing leads elsewhere.

    Raises:
        StoreError: it cannot be read, is too large, or its numbers are in another file.
    """
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise StoreError(f"{path} has {size} bytes", expected=f"no more than {LARGEST}",
                             do="export a run: fer-lab export")  # fmt: skip
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}", do="export a run: fer-lab export") from error
    if data[4:8] == OTHER_FORM or ELSEWHERE.search(data):
        raise StoreError(f"{path.name} is not whole: some of its numbers are to be read from another file",
                         expected="one file, as fer-lab export writes it", do="do not trust it")  # fmt: skip
    return data


def _session(data: bytes, path: Path, threads: int | None, device: str) -> onnxruntime.InferenceSession:
    if device not in DEVICES:
        raise ConfigError(f"--device {device}", expected=f"one of {', '.join(DEVICES)}")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # what it says of nodes it moves is no matter of a user
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(data, options, providers=_providers(device))
    except ConfigError:
        raise
    except Exception as error:  # of a file that is none, it raises what its parser meets, each of a class of its own
        raise StoreError(f"{path} is no model that onnxruntime reads: {str(error)[:200]}",
                         do="export the run again: fer-lab export") from error  # fmt: skip
    if DEVICES[device] not in session.get_providers():  # it goes on with the CPU, and says so to nobody
        raise _no_gpu()
    return session


def has_gpu() -> bool:
    """Whether the onnxruntime that is here is made for GPUs, and there is one."""
    return DEVICES["gpu"] in onnxruntime.get_available_providers() and Path("/dev/nvidiactl").exists()


def _providers(device: str) -> list[str]:
    if DEVICES[device] not in onnxruntime.get_available_providers():
        raise _no_gpu()
    return [DEVICES[device]]


def _no_gpu() -> ConfigError:
    return ConfigError("--device gpu", expected="a machine with a GPU, and an onnxruntime that is made for it",
                       do="pip install onnxruntime-gpu in place of onnxruntime")  # fmt: skip
