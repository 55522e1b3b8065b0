"""A finished run as a program of ``torch.export``, for those who go on with torch: a file ``*.pt2``."""

from __future__ import annotations

from pathlib import Path

import torch

from fer_lab.errors import StoreError
from fer_lab.exporting.export import TRIED, Exported, check_parity
from fer_lab.exporting.onnx_file import example, quiet
from fer_lab.inference.contract import KEY
from fer_lab.runs import Trained
from fer_lab.storage import make_folder


def write_program(trained: Trained, exported: Exported, path: Path) -> float:
    """Write the program, which takes what the graph takes, any number of items; its contract is the file ``fer_lab``.

    Args:
        trained: the run.
        exported: its model.
        path: ``*.pt2``, replaced whole.

    Returns:
        The largest difference of an answer from the network's own.

    Raises:
        StoreError: it cannot be written, or answers otherwise.
    """
    network = exported.network
    items = torch.export.Dim("items")
    shapes = {"inputs": tuple({0: items} for _ in network.takes)}
    with quiet():
        program = torch.export.export(network, example(network.takes, 2), dynamic_shapes=shapes)
    part = make_folder(path.parent) / f".{path.stem}.part.pt2"
    try:
        with quiet():
            torch.export.save(program, part, extra_files={KEY: exported.contract.text()})
            parity = _parity(trained, exported, part)
        part.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}", do="free some space, or point elsewhere") from error
    finally:
        part.unlink(missing_ok=True)
    return parity


def _parity(trained: Trained, exported: Exported, path: Path) -> float:
    given = example(exported.network.takes, TRIED)
    with torch.inference_mode():
        found = torch.export.load(path).module()(*given).numpy()
        expected = exported.network(*given).numpy()
    return check_parity(found, expected, trained, path)
