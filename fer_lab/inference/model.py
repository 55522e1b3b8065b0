"""An exported model: read, checked and asked, on onnxruntime."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.inference.contract import KEY, Contract, read_contract

if TYPE_CHECKING:
    from fer_lab.evaluation.arrays import Singles

ANSWERS = "answers"
"""The name of the graph's output, float32 (B, names)."""
DEVICES = {"cpu": "CPUExecutionProvider", "gpu": "CUDAExecutionProvider"}
"""Where a model computes, in onnxruntime's words."""


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
        self._check()

    def predict(self, inputs: Mapping[str, NDArray[np.generic]]) -> Singles:
        """What it answers of some items.

        Args:
            inputs: by name, ``contract.inputs`` with the items first: (B, *shape).

        Returns:
            float32 (B, names): probabilities of classes (their sum is 1) and labels, values in their own scale.

        Raises:
            DataError: an input is missing, or of another shape or kind.
        """
        for one in self.contract.inputs:
            given = inputs.get(one.name)
            if given is None or given.shape[1:] != one.shape or str(given.dtype) != one.kind:
                found = "missing" if given is None else f"{given.dtype} {given.shape}"
                raise DataError(f"input {one.name!r} is {found}", expected=f"{one.kind} (items, *{one.shape})")
        shown = {one.name: np.ascontiguousarray(inputs[one.name]) for one in self.contract.inputs}
        answers: Singles = self._session.run([ANSWERS], shown)[0]
        return answers

    def _check(self) -> None:
        """Refuse a graph that is not what its contract describes."""
        found = {one.name: tuple(one.shape[1:]) for one in self._session.get_inputs()}
        expected = {one.name: one.shape for one in self.contract.inputs}
        if found != expected or [one.name for one in self._session.get_outputs()] != [ANSWERS]:
            raise StoreError(f"{self.path.name}: its graph takes {found}", expected=f"{expected}, as it says of itself",
                             do="export the run again")  # fmt: skip


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}", do="export a run: fer-lab export") from error


def _session(data: bytes, path: Path, threads: int | None, device: str) -> onnxruntime.InferenceSession:
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
