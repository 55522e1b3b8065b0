"""Weights files: the layouts that circulate, what is refused, and that no code of theirs runs."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from fer_lab.errors import ConfigError, StoreError
from fer_lab.models.c3d import C3D
from fer_lab.models.two_stream import TwoStream
from fer_lab.models.vgg16 import VGG16
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace
from fer_lab.models.vgg_files import FACE_MEAN, TORCHVISION_INDEX
from fer_lab.models.weights import load_backbone, resolve_weights
from fer_lab.storage import file_digest

SMALL = {"image_size": 32, "width": 1 / 16}


def vgg_face(
    weights: Path | str | None, checksum: str | None = None, width: float = 1 / 16, order: str | None = "BGR"
) -> VGGFace:
    order = order if weights else None
    spec = weights and str(weights)
    return VGGFace(6, VggBackbone(width, 32, weights=spec, checksum=checksum, channel_order=order))


@pytest.fixture(scope="module")
def caffe() -> dict[str, Tensor]:
    """A state with the Caffe model's names, FC layers included."""
    torch.manual_seed(3)
    layers = VggBackbone(1 / 16, 32).convolutions()
    state = {f"{n}.{k}": v.detach() for n, layer in layers.items() for k, v in layer.named_parameters()}
    return state | {"fc6.weight": torch.rand(4, 4), "fc8.bias": torch.rand(4)}


def renamed(state: dict[str, Tensor], layout: str) -> dict[str, Tensor]:
    names = list(VggBackbone(1 / 16, 32).convolutions())
    if layout == "torchvision":
        table = {name: f"features.{n}" for name, n in zip(names, TORCHVISION_INDEX, strict=True)}
    else:
        table = {name: name.replace("conv", "module.conv_") for name in names}
    split = {key: key.rpartition(".") for key in state}
    return {f"{table.get(layer, layer)}.{kind}": state[key] for key, (layer, _, kind) in split.items()}


@pytest.fixture(params=["caffe", "underscores", "torchvision", "nested", "safetensors"])
def weights_file(request: pytest.FixtureRequest, caffe: dict[str, Tensor], tmp_path: Path) -> Path:
    if request.param == "safetensors":
        save_file(caffe, tmp_path / "vgg.safetensors")
        return tmp_path / "vgg.safetensors"
    state: dict[str, Any] = caffe if request.param in ("caffe", "nested") else renamed(caffe, request.param)
    torch.save({"state_dict": state, "epoch": 3} if request.param == "nested" else state, tmp_path / "vgg.pth")
    return tmp_path / "vgg.pth"


@pytest.mark.parametrize("order", ["BGR", "RGB"])
def test_every_layout_gives_the_function_that_the_file_means(
    weights_file: Path, caffe: dict[str, Tensor], order: str
) -> None:
    model = vgg_face(weights_file, file_digest(weights_file).upper(), order=order).eval()
    record = load_backbone(model)
    plain = VggBackbone(1 / 16, 32)
    for name, layer in plain.convolutions().items():
        layer.load_state_dict({k: caffe[f"{name}.{k}"] for k in ("weight", "bias")})
    plain.normalise_with((0, 0, 0), (1, 1, 1), 1.0)
    images = torch.rand(2, 3, 32, 32)
    as_meant = (images.flip(1) if order == "BGR" else images) * 255 - torch.tensor(FACE_MEAN[order]).view(3, 1, 1)
    torch.testing.assert_close(model.backbone(images), plain(as_meant), rtol=1e-3, atol=1e-2)
    assert record.record()["checksum"] == file_digest(weights_file)
    assert (record.identity, record.channel_order, record.range) == ("face", order, 255.0)
    assert str(weights_file.parent) not in str(record.record())


def test_both_streams_start_from_the_same_weights(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(caffe, tmp_path / "vgg.pth")
    model = TwoStream(
        6, *(VggBackbone(**SMALL, weights=str(tmp_path / "vgg.pth"), channel_order="BGR") for _ in range(2))
    )
    load_backbone(model)
    frontal, face = (model.backbone.get_submodule(name).state_dict() for name in ("frontal", "face"))
    assert all(torch.equal(frontal[name], face[name]) for name in frontal)
    assert not any(p.requires_grad for p in model.backbone.parameters())


def test_vgg16_takes_the_fc_layers_that_fit(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    first, second = torch.rand(256, 32), torch.rand(256, 256)
    for one, other in (("fc6", "fc7"), ("classifier.0", "classifier.3")):
        fc = {f"{one}.weight": first, f"{one}.bias": torch.rand(256)}
        fc |= {f"{other}.weight": second, f"{other}.bias": torch.rand(256)}
        fc |= {} if one == "fc6" else {"classifier.6.weight": torch.rand(1000, 256)}
        torch.save({**caffe, **fc}, tmp_path / "vgg.pth")
        for neurons in (4096, 1024):
            backbone = VggBackbone(1 / 16, 32, "none", str(tmp_path / "vgg.pth"), channel_order="BGR")
            model = VGG16(6, backbone, neurons)
            start = _linear(model)[1].weight.clone()
            load_backbone(model)
            assert torch.equal(_linear(model)[0].weight, first)
            assert torch.equal(_linear(model)[1].weight, second if neurons == 4096 else start)
            outputs = {} if one == "fc6" else {"outputs_of_file": 1000}
            assert model.facts() == {"fc_layers_of_file": 2 if neurons == 4096 else 1, **outputs}


def test_of_vgg16_with_its_last_block_trains_what_the_file_does_not_have(
    caffe: dict[str, Tensor], tmp_path: Path
) -> None:
    fc = {"fc6.weight": torch.rand(256, 32), "fc6.bias": torch.rand(256)}
    torch.save({**caffe, **fc}, tmp_path / "vgg.pth")
    backbone = VggBackbone(1 / 16, 32, "none", str(tmp_path / "vgg.pth"), channel_order="BGR")
    model = VGG16(6, backbone, last_block=True)
    load_backbone(model)
    trained = {name.rpartition(".")[0] for name, parameter in model.named_parameters() if parameter.requires_grad}
    last = {f"backbone.block5.conv5_{n}" for n in (1, 2, 3)}
    assert trained == last | {"head.hidden.3", "head.output"}


def _linear(model: VGG16) -> list[torch.nn.Linear]:
    return [layer for layer in model.head.hidden.children() if isinstance(layer, torch.nn.Linear)]


def test_what_a_thesis_prints_of_the_normalisation_counts(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(caffe, tmp_path / "vgg.pth")
    mean, std = (0.484, 0.455, 0.405), (0.228, 0.223, 0.224)  # Athanasiadis 2022, sec. 3.5.5
    backbone = VggBackbone(1 / 16, 32, weights=str(tmp_path / "vgg.pth"), channel_order="BGR", normalise=[mean, std])
    load_backbone(VGGFace(6, backbone))
    images = torch.rand(2, 3, 32, 32)
    expected = (images - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    torch.testing.assert_close(backbone.prepare(images), expected)


def test_models_without_a_vgg_start_at_random() -> None:
    assert load_backbone(C3D(6, **SMALL)).identity == "none"
    assert load_backbone(vgg_face(None)).identity == "none"


class Malicious:
    """Leaves a trace if it is ever unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.trace),))


def test_pickled_code_is_never_run(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    torch.save({**caffe, "x": Malicious(trace)}, tmp_path / "state.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Malicious(trace)))
    checkpoint = {"state_dict": caffe, "pytorch-lightning_version": "2.6.0", "callbacks": {"a": Malicious(trace)}}
    torch.save(checkpoint, tmp_path / "last.ckpt")
    for name in ("state.pth", "plain.pth", "last.ckpt"):
        with pytest.raises(StoreError, match=name) as refusal:
            load_backbone(vgg_face(tmp_path / name))
        assert "none of its code was run" in str(refusal.value)
    assert not trace.exists()


def test_damaged_files_are_refused(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(caffe, tmp_path / "vgg.pth")
    (tmp_path / "short.pth").write_bytes((tmp_path / "vgg.pth").read_bytes()[:2000])
    (tmp_path / "empty.pth").touch()
    (tmp_path / "text.safetensors").write_text("<html>404</html>")
    torch.save([1, 2], tmp_path / "list.pth")
    for name in ("short.pth", "empty.pth", "text.safetensors", "list.pth"):
        with pytest.raises(StoreError, match=name):
            load_backbone(vgg_face(tmp_path / name))


def test_a_missing_layer_is_named(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({k: v for k, v in caffe.items() if k != "conv4_2.bias"}, tmp_path / "vgg.pth")
    with pytest.raises(StoreError, match=r"conv4_2\.bias"):
        load_backbone(vgg_face(tmp_path / "vgg.pth"))


def test_another_width_is_refused_with_both_shapes(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(caffe, tmp_path / "vgg.pth")
    with pytest.raises(ConfigError, match=r"conv1_1.* \(4, 3, 3, 3\)\n.*\(8, 3, 3, 3\) at backbone.width=0.125"):
        load_backbone(vgg_face(tmp_path / "vgg.pth", width=1 / 8))


def test_a_wrong_checksum_or_place_is_refused(caffe: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(caffe, tmp_path / "vgg.pth")
    with pytest.raises(StoreError, match="weights_checksum"):
        resolve_weights(VggBackbone(**SMALL, weights=str(tmp_path / "vgg.pth"), checksum="0" * 64))
    with pytest.raises(ConfigError, match=r"nowhere\.pth"):
        resolve_weights(VggBackbone(**SMALL, weights=str(tmp_path / "nowhere.pth")))


def test_imagenet_weights_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    with torch.device("meta"):
        whole = VggBackbone(weights="imagenet")
    with pytest.raises(StoreError, match="no network"):
        resolve_weights(whole)
    with pytest.raises(ConfigError, match="width 1"):
        resolve_weights(VggBackbone(0.25, 64, weights="imagenet"))


@pytest.mark.parametrize("order", [None, "GBR"])
def test_a_file_whose_order_of_channels_is_not_said_is_refused(
    caffe: dict[str, Tensor], tmp_path: Path, order: str | None
) -> None:
    path = tmp_path / "vgg.pth"
    torch.save(caffe, path)
    with pytest.raises(ConfigError) as refusal:
        load_backbone(vgg_face(path, order=order))
    for word in (str(path), file_digest(path), "source.weights_order", "BGR", "RGB", "Caffe", "vgg_face_dag.pth"):
        assert word in str(refusal.value)


@pytest.mark.parametrize("spec", [None, "embedded", "imagenet"])
def test_an_order_of_weights_that_have_their_own_is_refused(spec: str | None) -> None:
    with pytest.raises(ConfigError, match="weights_order=RGB"):
        resolve_weights(VggBackbone(**SMALL, weights=spec, channel_order="RGB"))
