"""What holds for every model, whatever its architecture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from fer_lab.models.base import FaceModel
from fer_lab.models.c3d import C3D
from fer_lab.models.cnn_rnn import CnnRnn
from fer_lab.models.geometry import CnnGeometry, Geometry
from fer_lab.models.inception_backbone import InceptionBackbone
from fer_lab.models.inception_v2 import InceptionV2
from fer_lab.models.moravcik import MoravcikCNN
from fer_lab.models.moravcik_base import MoravcikBase
from fer_lab.models.moravcik_transfer import MoravcikTransfer
from fer_lab.models.rnn import FeatureRNN
from fer_lab.models.two_stream import TwoStream
from fer_lab.models.vgg16 import VGG16
from fer_lab.models.vgg_backbone import Pooling, VggBackbone
from fer_lab.models.vgg_face import VGGFace

CLASSES = 6
SMALL = {"image_size": 32, "width": 1 / 16}


def backbone(pooling: Pooling = "max") -> VggBackbone:
    return VggBackbone(**SMALL, pooling=pooling)


IMAGE, CLIP, SEQUENCE = (3, 32, 32), (3, 5, 32, 32), (5, 3, 32, 32)


@dataclass(frozen=True)
class Case:
    """How a model is made small, the shapes of its inputs, and the width of its features."""

    make: Callable[[], FaceModel]
    inputs: tuple[tuple[int, ...], ...]
    width: int
    rate: float = 1e-3


CASES = {
    "vgg_face": Case(lambda: VGGFace(CLASSES, backbone(), dropout=0.0), (IMAGE,), 256),
    "vgg_face_first": Case(lambda: VGGFace(CLASSES, backbone(), dropout=0.0, freeze="first"), (IMAGE,), 256),
    "vgg_face_no_fc": Case(lambda: VGGFace(CLASSES, backbone("none"), fc=1, freeze="none"), (IMAGE,), 32),
    "vgg16": Case(lambda: VGG16(CLASSES, backbone("none"), dropout=0.0), (IMAGE,), 256),
    "vgg16_reduced": Case(lambda: VGG16(CLASSES, backbone("none"), second=1024, dropout=0.0), (IMAGE,), 64),
    "inception_v2": Case(lambda: InceptionV2(CLASSES, InceptionBackbone(1 / 4, 32), dropout=0.0), (IMAGE,), 256, 0.1),
    "two_stream": Case(lambda: TwoStream(CLASSES, backbone(), backbone(), dropout=0.0), (IMAGE, IMAGE), 256),
    "cnn_geometry": Case(lambda: CnnGeometry(CLASSES, backbone(), 8, dropout=0.0), (IMAGE, (8,)), 256),
    "geometry": Case(lambda: Geometry(CLASSES, 8, 1 / 16, dropout=0.0), ((8,),), 256),
    "c3d": Case(lambda: C3D(CLASSES, dropout=0.0, **SMALL), (CLIP,), 256),
    "cnn_lstm": Case(lambda: CnnRnn(CLASSES, backbone(), "lstm", hidden=64, dropout=0.0), (SEQUENCE,), 64, 2e-3),
    "cnn_gru": Case(lambda: CnnRnn(CLASSES, backbone(), "gru", hidden=64, dropout=0.0), (SEQUENCE,), 64, 2e-3),
    "lstm": Case(lambda: FeatureRNN(CLASSES, "lstm", 100, 32, dropout=0.0), ((5, 100),), 32, 1e-2),
    "gru": Case(lambda: FeatureRNN(CLASSES, "gru", 100, 32, dropout=0.0), ((5, 100),), 32, 1e-2),
    "moravcik": Case(lambda: MoravcikCNN(CLASSES, 48, 1 / 8, (0.0,) * 5), ((1, 48, 48),), 32),
    "moravcik_node": Case(lambda: MoravcikCNN(CLASSES, 48, 1 / 8, (0.0,) * 3), ((1, 48, 48),), 32),
    "moravcik_base": Case(lambda: MoravcikBase(CLASSES, 48, 1 / 4), ((1, 48, 48),), 40),
    "moravcik_transfer": Case(lambda: MoravcikTransfer(CLASSES, "fc", 48, 1 / 8, (0.0,) * 5), ((1, 48, 48),), 32),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def model(case: Case) -> FaceModel:
    torch.manual_seed(0)
    return case.make()


def batch(case: Case, n: int) -> tuple[Tensor, ...]:
    """Inputs that a network can tell apart: images are coarse patterns, vectors are noise."""
    generator = torch.Generator().manual_seed(1)
    return tuple(_coarse(torch.rand(n, *shape, generator=generator)) for shape in case.inputs)


def _coarse(x: Tensor) -> Tensor:
    if x.shape[-1] != x.shape[-2]:
        return x
    return x[..., ::8, ::8].repeat_interleave(8, -1).repeat_interleave(8, -2)


def frozen_names(model: FaceModel) -> set[str]:
    prefixes = tuple(f"{name}." for name in model.frozen)
    return {name for name, _ in model.named_parameters() if name.startswith(prefixes)}


def test_logits_and_features_have_their_shapes_and_are_finite(case: Case, model: FaceModel) -> None:
    inputs = batch(case, 3)
    logits, features = model(*inputs), model.features(*inputs)
    assert logits.shape == (3, CLASSES)
    assert features.shape == (3, case.width) == (3, model.head.output.in_features)
    assert torch.isfinite(logits).all()
    assert torch.isfinite(features).all()


def test_bf16_autocast_gives_finite_logits(case: Case, model: FaceModel) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.isfinite(model(*batch(case, 2))).all()


def test_a_model_is_its_head_on_its_backbone(case: Case, model: FaceModel) -> None:
    model.eval()
    inputs = batch(case, 2)
    stored = model.backbone(*inputs)
    torch.testing.assert_close(model.head(stored), model(*inputs))
    torch.testing.assert_close(model.head.output(model.features(*inputs)), model(*inputs))


def test_an_item_does_not_depend_on_its_neighbours(case: Case, model: FaceModel) -> None:
    model.eval()
    inputs = batch(case, 4)
    alone = model(*(x[1:2] for x in inputs))
    torch.testing.assert_close(model(*inputs)[1:2], alone, rtol=1e-4, atol=1e-5)


def test_every_trainable_parameter_and_no_frozen_one_gets_a_gradient(case: Case, model: FaceModel) -> None:
    F.cross_entropy(model(*batch(case, 8)), torch.arange(8) % CLASSES).backward()
    frozen = frozen_names(model)
    moved = {n for n, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    assert moved == {name for name, _ in model.named_parameters()} - frozen
    assert {n for n, p in model.named_parameters() if not p.requires_grad} == frozen


def test_frozen_parts_stay_in_evaluation_mode(model: FaceModel) -> None:
    model.train()
    frozen = [module for root in model.frozen_modules() for module in root.modules()]
    assert not any(module.training for module in frozen)
    assert all(module.training for module in model.head.modules())
    assert not any(module.training for module in model.eval().modules())


def test_a_frozen_backbone_gives_the_same_after_training(case: Case, model: FaceModel) -> None:
    if model.frozen != ("backbone",):
        pytest.skip("the backbone trains")
    before = model.backbone(*batch(case, 4)).clone()
    fit(model, batch(case, 4), torch.arange(4), 1e-2, steps=2)
    assert torch.equal(model.backbone(*batch(case, 4)), before)


def fit(model: FaceModel, inputs: tuple[Tensor, ...], labels: Tensor, rate: float, steps: int) -> float:
    """Train on one batch until all of it is known, and return the share that is."""
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], rate)
    for step in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model.train()(*inputs), labels).backward()
        optimizer.step()
        if step % 10 == 9 and known(model, inputs, labels) == 1.0:
            break
    return known(model, inputs, labels)


@torch.no_grad()
def known(model: FaceModel, inputs: tuple[Tensor, ...], labels: Tensor) -> float:
    return float((model.eval()(*inputs).argmax(1) == labels).float().mean())


def test_32_items_are_learned_by_heart(case: Case, model: FaceModel) -> None:
    assert fit(model, batch(case, 32), torch.arange(32) % CLASSES, case.rate, steps=400) == 1.0


def test_the_state_survives_safetensors(case: Case, model: FaceModel, tmp_path: Path) -> None:
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    torch.manual_seed(5)
    other = case.make()
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    inputs = batch(case, 2)
    assert torch.equal(model.eval()(*inputs), other.eval()(*inputs))
