"""From a finished run to a file: its network, what is known of it, and how far it is from torch's own answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from fer_lab.errors import StoreError
from fer_lab.exporting.facts import contract_of
from fer_lab.exporting.network import Network
from fer_lab.exporting.onnx_file import example, onnx_model
from fer_lab.inference.model import Model
from fer_lab.ledger import Run
from fer_lab.runs import Trained, model_of
from fer_lab.sources import data_set
from fer_lab.storage import write_bytes

TRIED, CLOSE = 256, 1e-4
"""On so many items answers of the file may differ from torch's by no more than this (of values: of their scale)."""


@dataclass(frozen=True)
class Exported:
    """A file, and what was seen when it was tried.

    Attributes:
        path: of it.
        parity: the largest difference of an answer from torch's, float32 both.
    """

    path: Path
    parity: float


def export(run: Run, path: Path) -> Exported:
    """Write a finished run as a file of its own.

    Args:
        run: as ``model_of`` takes it.
        path: ``*.onnx``; replaced whole, or not at all.

    Raises:
        ConfigError, StoreError: as ``model_of``; or the file answers otherwise than torch.
    """
    trained = model_of(run)
    network = Network(trained).eval()
    title = data_set(trained.config).title
    takes = network.takes
    contract = contract_of(run, trained.faces, trained.config["faces"], takes, trained.length, title)
    write_bytes(path, onnx_model(network, contract).SerializeToString())
    return Exported(path, _parity(network, Model(path), trained))


def _parity(network: Network, model: Model, trained: Trained) -> float:
    given = example(network.takes, TRIED)
    with torch.inference_mode():
        expected = network(*given).numpy()
    found = model.predict({one.name: values.numpy() for one, values in zip(network.takes, given, strict=True)})
    low, high = trained.run.target.scale or (0, 1)
    parity = float(np.abs(found - expected).max()) / (high - low)
    if not parity <= CLOSE:
        raise StoreError(f"{model.path} answers otherwise than the run: {parity:.2g} apart", expected=f"{CLOSE:g}",
                         do="say so where fer_lab is kept: it is a fault of the export")  # fmt: skip
    return parity
