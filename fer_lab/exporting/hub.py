"""A folder as the Hugging Face hub wants one: card, model, configuration, weights, an example. Nothing is uploaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import save

from fer_lab.errors import ConfigError
from fer_lab.exporting.card import card
from fer_lab.exporting.export import Exported
from fer_lab.inference.contract import Contract
from fer_lab.resources import PACKAGE
from fer_lab.storage import is_whole, locked, publish, write_bytes, write_json

MODEL, WEIGHTS, EXAMPLE = "model.onnx", "model.safetensors", "example.py"


def write_hub(exported: Exported, folder: Path) -> list[str]:
    """Write the folder, whole or not at all; one of an earlier export is replaced.

    Args:
        exported: the model.
        folder: new, empty, or of an earlier export.

    Returns:
        The names of the files in it.

    Raises:
        ConfigError: something else is in the folder.
        StoreError: it cannot be written.
    """
    if folder.exists() and not _is_ours(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"--hub {folder} holds something else", expected="a new folder, or that of an earlier export",
                          do="name another one: what is in it would be replaced")  # fmt: skip
    with locked(folder.absolute()), publish(folder.absolute()) as part:
        _fill(part, exported)
    return sorted(path.name for path in folder.iterdir())


def _is_ours(folder: Path) -> bool:
    return (folder / MODEL).is_file() and is_whole(folder, checksums=False)


def _fill(folder: Path, exported: Exported) -> None:
    contract = exported.contract
    shutil.copyfile(exported.path, folder / MODEL)
    write_bytes(folder / "README.md", card(contract, MODEL).encode())
    write_json(folder / "config.json", _configuration(contract))
    write_json(folder / "preprocessor_config.json", _preparation(contract))
    state = {name: value.detach().clone().contiguous() for name, value in exported.network.state_dict().items()}
    weights = save(state, {"format": "pt", "fer_lab": contract.run["id"]})
    write_bytes(folder / WEIGHTS, weights)  # a file that safetensors itself writes is for its owner alone
    shutil.copyfile(PACKAGE / "exporting" / "example.txt", folder / EXAMPLE)


def _configuration(contract: Contract) -> dict[str, Any]:
    """What the hub counts downloads by, and what the names of the answers are."""
    names = list(contract.names)
    return {
        "architectures": ["fer_lab"],
        "problem_type": contract.target["kind"],
        "id2label": {str(number): name for number, name in enumerate(names)},
        "label2id": {name: number for number, name in enumerate(names)},
        "inputs": [{"name": one.name, "kind": one.kind, "shape": [None, *one.shape], "unit": one.unit}
                   for one in contract.inputs],
        "contract": json.loads(contract.text()),
    }  # fmt: skip


def _preparation(contract: Contract) -> dict[str, Any]:
    """How faces are prepared before the graph sees them, which fer_lab does; the graph does all that follows."""
    return {
        "faces": json.loads(json.dumps(contract.faces)),
        "landmarks_sha256": contract.landmarks,
        "views": list(contract.views),
        "length": contract.length,
        "prepared_by": "fer_lab.faces.prepare_all",
        "do_rescale": False,
        "do_normalize": False,
    }
