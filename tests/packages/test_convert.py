"""From files of packages to tensors: TensorFlow.js, dlib, old PyTorch; what is cut off is refused, code is not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch

from fer_lab.errors import StoreError
from fer_lab.packages import dlib_file, tfjs
from fer_lab.packages.convert import DLIB, STAGES, dlib_resnet, efficientnet_lite0

RNG = np.random.default_rng(0)
TENSORS = {"a": np.arange(6, dtype="<f4").reshape(1, 2, 3), "n": np.array([1, -2], "<i4"), "s": np.float32(6)}


def tfjs_model(folder: Path, **changes: Any) -> Path:
    named = {name: np.asarray(value) for name, value in TENSORS.items()}
    types = {"f": "float32", "i": "int32"}
    about = [{"name": name, "shape": list(x.shape), "dtype": types[x.dtype.kind]} for name, x in named.items()]
    data = b"".join(x.tobytes() for x in named.values())
    (folder / "one.bin").write_bytes(data[:10])
    (folder / "two.bin").write_bytes(data[10:])
    group = {"paths": ["one.bin", "../elsewhere/two.bin"], "weights": about} | changes
    (folder / "model.json").write_text(json.dumps({"weightsManifest": [group]}))
    return folder / "model.json"


def test_tensors_of_tensorflow_js_come_back_from_all_their_files(tmp_path: Path) -> None:
    found = tfjs.tensors(tfjs_model(tmp_path))  # a path that leads elsewhere is taken by its name
    assert list(found) == list(TENSORS)
    assert all(np.array_equal(found[name], TENSORS[name]) for name in TENSORS)


@pytest.mark.parametrize("changes", [
    {"paths": ["one.bin"]}, {"paths": ["none.bin"]}, {"weights": []},
    {"weights": [{"name": "a", "shape": [4], "dtype": "complex64"}]},
    {"weights": [{"name": "a", "shape": [1], "dtype": "float32", "quantization": {"dtype": "uint8"}}]},
])  # fmt: skip
def test_a_tensorflow_js_model_that_does_not_fit_its_files_is_refused(changes: Any, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"model.json is no TensorFlow.js model"):
        tfjs.tensors(tfjs_model(tmp_path, **changes))


def whole(value: int) -> bytes:
    """An integer as dlib writes it."""
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def layer(name: str, values: np.ndarray[Any, Any], sizes: tuple[int, ...], before: tuple[int, ...] = ()) -> bytes:
    head = whole(len(name)) + name.encode() + b"".join(map(whole, (*before, 2, *sizes)))
    return head + values.astype("<f4").tobytes() + b"\1\1settings\3\x0a\xd7"


@pytest.mark.parametrize("value", [0, 1, 255, 256, -3, 5_607_488])
def test_integers_of_dlib_are_read_as_it_writes_them(value: int) -> None:
    assert dlib_file.integer(b"x" + whole(value) + b"y", 1) == (value, 1 + len(whole(value)))


@pytest.fixture(scope="module")
def dlibs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A file laid out as dlib's, of its shapes, with numbers of chance."""
    parts, numbers = [b"\1\1head"], []
    for n, k, h, w in DLIB:
        filters, affine = RNG.random(n * k * h * w + n, "f4"), RNG.random(2 * n, "f4")
        parts += [layer("con_4", filters, (filters.size, 1, 1, 1)), layer("affine_", affine, (1, 2 * n, 1, 1))]
        numbers.append((filters, affine))
    last = RNG.random(256 * 128, "f4")
    path = tmp_path_factory.mktemp("dlib") / "net.dat"
    path.write_bytes(b"".join([*parts, layer("fc_2", last, (256, 128, 1, 1), (128, 256))]))
    return path, [*numbers, last]


def test_layers_of_dlib_take_over_what_stands_behind_them(dlibs: tuple[Path, list[Any]]) -> None:
    found = dlib_resnet(dlibs[0].parent)
    (filters, affine), *_, last = dlibs[1]
    gamma, beta = affine[:32], affine[32:]
    assert np.allclose(found["conv1.weight"], filters[:-32].reshape(32, 3, 7, 7) * gamma[:, None, None, None])
    assert np.allclose(found["conv1.bias"], filters[-32:] * gamma + beta)
    assert np.array_equal(found["descriptor.weight"], last.reshape(256, 128).T)
    assert len(found) == 2 * len(DLIB) + 1


@pytest.mark.parametrize("keep", [0, 5, 10_000, -50])
def test_a_file_of_dlib_that_is_cut_off_is_refused(keep: int, dlibs: tuple[Path, list[Any]], tmp_path: Path) -> None:
    (tmp_path / "net.dat").write_bytes(dlibs[0].read_bytes()[:keep])
    with pytest.raises(StoreError, match=r"net.dat (is no network of dlib|has \d+ layers)"):
        dlib_resnet(tmp_path)


def old_names() -> list[str]:
    """Of the modules of EfficientNet-lite0 in the file of the package."""
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    blocks = []
    for number in range(sum(STAGES)):
        steps = ["expand_conv", "bn0"] if number else []
        for step in [*steps, "depthwise_conv", "bn1", "project_conv", "bn2"]:
            kinds = norm if step.startswith("bn") else ("weight",)
            blocks += [f"_blocks.{number}._{step}.{kind}" for kind in kinds]
    ends = [f"{name}.{kind}" for name in ("_bn0", "_bn1") for kind in norm]
    return ["_conv_stem.weight", *ends, *blocks, "_conv_head.weight", "_fc.weight", "_fc.bias"]


def test_every_tensor_of_efficientnet_has_its_name_in_timm(tmp_path: Path) -> None:
    torch.save({name: torch.zeros(1) for name in old_names()}, tmp_path / "net.pth")
    with torch.device("meta"):
        wanted = timm.create_model("tf_efficientnet_lite0").state_dict()
    assert set(efficientnet_lite0(tmp_path)) == {name for name in wanted if not name.endswith("tracked")}


def test_a_file_of_pytorch_that_holds_code_is_refused(tmp_path: Path) -> None:
    torch.save({"f": print}, tmp_path / "net.pth")
    with pytest.raises(StoreError, match=r"net.pth is no file of tensors"):
        efficientnet_lite0(tmp_path)
