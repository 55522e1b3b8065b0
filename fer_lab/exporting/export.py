"""From a finished run to a file: its network, what is known of it, and how far it is from torch's own answers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from fer_lab.errors import StoreError
from fer_lab.exporting.facts import contract_of
from fer_lab.exporting.network import Network
from fer_lab.exporting.onnx_file import example, onnx_model
from fer_lab.inference.contract import Contract
from fer_lab.inference.model import Model
from fer_lab.ledger import Run
from fer_lab.runs import Trained, attributes_of, model_of
from fer_lab.sources import facts
from fer_lab.storage import write_bytes

TRIED, CLOSE = 256, 1e-4
"""On so many items answers of the file may differ from torch's by no more than this (of values: of their scale)."""


@dataclass(frozen=True)
class Exported:
    """A file, and what was seen when it was tried.

    Attributes:
        path: of it.
        parity: the largest difference of an answer from torch's, float32 both.
        contract: what it says of itself.
        network: that it is of, in torch.
    """

    path: Path
    parity: float
    contract: Contract
    network: Network


def export(run: Run, path: Path) -> Exported:
    """Write a finished run as a file of its own.

    Args:
        run: as ``model_of`` takes it.
        path: ``*.onnx``; replaced whole, or not at all.

    Raises:
        ConfigError, StoreError: as ``model_of``; or the file answers otherwise than torch.
    """
    return export_trained(model_of(run), path)


def export_trained(trained: Trained, path: Path) -> Exported:
    """The same of a run whose network is restored already."""
    network = Network(trained).eval()
    data = onnx_model(network, described(trained, network, trained.run)).SerializeToString()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write_bytes(part, data)
        model = Model(part)
        parity = _parity(network, model, trained)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Exported(path, parity, model.contract, network)


def described(trained: Trained, network: Network, run: Run) -> Contract:
    """What a file of a network says of itself.

    Args:
        trained: what it is of.
        network: of it.
        run: the run, or the same with other answers.
    """
    return contract_of(run, trained.config, trained.faces, network.takes, trained.length, _attributes(trained))


def _attributes(trained: Trained) -> pd.DataFrame | None:
    """Of the people, where the data set tells any and is there: opening one takes long."""
    return attributes_of(trained.run) if facts(trained.config).attributes else None


def _parity(network: Network, model: Model, trained: Trained) -> float:
    given = example(network.takes, TRIED)
    with torch.inference_mode():
        expected = network(*given).numpy()
    found = model.predict({one.name: values.numpy() for one, values in zip(network.takes, given, strict=True)})
    return check_parity(found, expected, trained, model.path)


def check_parity(
    found: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    expected: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    trained: Trained,
    path: Path,
) -> float:
    """The largest difference of answers from torch's, of values as a share of their scale.

    Raises:
        StoreError: it is larger than ``CLOSE``.
    """
    low, high = trained.run.target.scale or (0, 1)
    parity = float(np.abs(found - expected).max()) / (high - low)
    if not parity <= CLOSE:
        raise StoreError(f"{path} answers otherwise than the run: {parity:.2g} apart", expected=f"{CLOSE:g}",
                         do="say so where fer_lab is kept: it is a fault of the export")  # fmt: skip
    return parity
