"""Networks whose weights come out of packages: any image in, pooled features out; the published weights where they are.

The package's own files are taken from the cache of whoever runs the tests (``fer-lab weights fetch``), else skipped.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from hydra.utils import instantiate
from safetensors.torch import save_file
from torch import Tensor, nn

from fer_lab.configs import compose
from fer_lab.errors import ConfigError, StoreError
from fer_lab.generator import Identity, perform, render
from fer_lab.models.dlib_resnet import DlibResNet, added
from fer_lab.models.efficientnet_lite0 import EfficientNetLite0
from fer_lab.models.faceres import FaceRes
from fer_lab.models.fine_tuned import FineTuned
from fer_lab.models.packaged import PackagedBackbone
from fer_lab.models.weights import load_backbone, resolve_weights
from fer_lab.packages import fetched, passport, pinned, state
from fer_lab.packages.store import WEIGHTS, place_of
from fer_lab.storage import cache_root

ALL: tuple[type[PackagedBackbone], ...] = (EfficientNetLite0, FaceRes, DlibResNet)
USERS = cache_root()  # when tests are collected: they have a cache of their own
SIZES = {EfficientNetLite0: (3_371_008, 18), FaceRes: (3_196_032, 14), DlibResNet: (5_574_720, 15)}
"""Numbers that train, and blocks before the pooling: of ImageNet's without its last layer of 1,281,000, and dlib's
without that of its descriptor."""


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache of whoever runs the tests, where the weights have been fetched."""
    monkeypatch.setenv("FER_LAB_CACHE", str(USERS))
    if missing := [kind.comes_with for kind in ALL if state(kind.known()) != "here"]:
        pytest.skip(f"not fetched: {', '.join(missing)} (fer-lab weights fetch)")


def loaded(kind: type[PackagedBackbone], **changes: Any) -> PackagedBackbone:
    backbone = kind(weights=kind.comes_with, **changes)
    load_backbone(FineTuned(7, backbone, layers=1))
    return backbone.eval()


@pytest.mark.parametrize("kind", ALL)
def test_images_of_any_size_and_colour_give_pooled_features(kind: type[PackagedBackbone]) -> None:
    backbone = kind(image_size=kind.least).eval()
    numbers, blocks = SIZES[kind]
    assert sum(p.numel() for p in backbone.parameters()) == numbers
    assert len(backbone.blocks()) == blocks + 1
    grey = torch.rand(2, 1, 48, 48)
    with torch.inference_mode():
        features, maps = backbone(grey), backbone.through(grey, len(backbone.blocks()))
        torch.testing.assert_close(backbone(grey.expand(-1, 3, -1, -1)), features)
        assert backbone(torch.rand(1, 3, 100, 100)).shape == (1, backbone.outputs)
    assert (features.shape, maps.shape) == ((2, backbone.outputs), (2, backbone.outputs, 1, 1))
    assert backbone.outputs == kind.known().features


@pytest.mark.parametrize("kind", ALL)
def test_the_last_maps_are_pooled_as_asked(kind: type[PackagedBackbone]) -> None:
    average, largest = (kind(image_size=kind.least + 32, pooling=how).eval() for how in ("average", "max"))
    largest.load_state_dict(average.state_dict())
    images = torch.rand(2, 1, 48, 48)
    with torch.inference_mode():
        maps = average.through(images, len(average.blocks()) - 1)
        torch.testing.assert_close(average(images), maps.mean((2, 3)))
        torch.testing.assert_close(largest(images), maps.amax((2, 3)))
    with pytest.raises(ConfigError, match=r"backbone\.pooling='none'"):
        kind(image_size=kind.least, pooling="none")  # type: ignore[arg-type]


def test_the_fc_layers_behind_have_a_width_and_the_second_one_a_size_of_its_own() -> None:
    model = FineTuned(7, FaceRes(image_size=32, width=0.25), layers=3, second=1024)
    sizes = [layer.out_features for layer in model.head.modules() if isinstance(layer, nn.Linear)]
    assert sizes == [1024, 256, 7]


@pytest.mark.parametrize("kind", ALL)
def test_a_frozen_one_is_stored_whole_and_the_last_convolutions_can_train(kind: type[PackagedBackbone]) -> None:
    whole = FineTuned(7, kind(image_size=kind.least), layers=1).train()
    assert whole.backbone.frozen_blocks() == len(whole.backbone.blocks())
    last = FineTuned(7, kind(image_size=kind.least), layers=1, convolutions=1).train()
    assert last.backbone.frozen_blocks() == len(last.backbone.blocks()) - 2
    last(torch.rand(2, 1, 48, 48)).sum().backward()
    trained = [module for module in last.backbone.modules() if isinstance(module, nn.Conv2d)][-1]
    assert trained.weight.grad is not None
    assert sum(p.grad is not None for p in last.backbone.parameters()) <= 2


def test_features_are_standardised_by_those_of_the_training_items() -> None:
    torch.manual_seed(0)
    model = FineTuned(7, FaceRes(image_size=32), layers=1, standardise=True).eval()
    images = torch.rand(24, 1, 48, 48)
    model.fit(iter([(images[:10],), (images[10:],)]))
    with torch.inference_mode():
        given = model.features(images)
    torch.testing.assert_close(given.mean(0), torch.zeros(1024), atol=1e-4, rtol=0)
    assert given.square().mean().sqrt() == pytest.approx(1.0, abs=1e-3)
    assert "standardise.mean" in model.state_dict()


def test_the_mean_image_of_the_training_images_is_one_of_what_the_network_sees() -> None:
    model = FineTuned(7, FaceRes(image_size=64), layers=1, mean="pixel")
    model.fit_images(iter([(torch.full((3, 1, 48, 48), 0.25),)]))
    torch.testing.assert_close(model.backbone.mean, torch.full((3, 64, 64), 0.25))


@pytest.mark.parametrize("kind", ALL)
def test_a_configuration_names_it_and_its_options(kind: type[PackagedBackbone]) -> None:
    config = compose(["cell=fer2013_single/base", f"backbone={kind.comes_with}", "model=linear", "profile=smoke"])
    model = instantiate(config["model"])
    assert isinstance(model.backbone, kind)
    assert (model.backbone.weights, model.mean, model.backbone.image_size) == (
        kind.comes_with, None, passport(kind.comes_with).preprocessing["image_size"]
    )  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_images_that_are_too_small_for_it_are_refused(kind: type[PackagedBackbone]) -> None:
    with pytest.raises(ConfigError, match="is too small for"):
        kind(image_size=kind.least - 1)


@pytest.mark.parametrize("weights", ["embedded", "objects", "imagenet"])
def test_weights_that_there_are_not_of_it_are_refused(weights: str) -> None:
    with pytest.raises(ConfigError, match=rf"weights={weights} with FaceRes(.|\n)*faceres"):
        FaceRes(weights=weights)


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"weights=dlib_resnet with FaceRes(.|\n)*backbone=dlib_resnet"):
        resolve_weights(FaceRes(weights="dlib_resnet"))


def test_a_file_of_them_is_read_with_its_passport_and_one_that_lacks_a_layer_is_refused(tmp_path: Path) -> None:
    torch.manual_seed(1)
    made: dict[str, Tensor] = {name: torch.rand_like(value) for name, value in FaceRes(image_size=32).kept().items()}
    path = tmp_path / "mine.safetensors"
    save_file(made, path)
    (tmp_path / "mine.passport.yaml").write_text(
        "title: mine\nlearned: face\nlicence: mine\ntrained_on: friends\nsays: [me]\n"
        "seen: {others: {items: no, people: no, reason: I know them}}\n"
    )
    backbone = FaceRes(image_size=32, weights=str(path))
    record = load_backbone(FineTuned(7, backbone, layers=1)).record()
    assert record["passport"]["name"] == "mine"
    torch.testing.assert_close(backbone.kept()[backbone.first], made[backbone.first].flip(1))  # they see BGR
    save_file({name: value for name, value in made.items() if "block7" not in name}, path)
    with pytest.raises(StoreError, match=r"lacks 4 of FaceRes's 54 tensors: block7"):
        load_backbone(FineTuned(7, FaceRes(image_size=32, weights=str(path)), layers=1))


def test_maps_of_other_sizes_are_added_as_if_they_went_on_in_zeros() -> None:
    small, large = torch.ones(1, 2, 2, 2), torch.ones(1, 3, 3, 2)
    found = added(small, large)
    assert found.shape == (1, 3, 3, 2)
    assert found[0, :2, :2].eq(2).all()
    assert found[0, 2].eq(1).all()
    assert found[0, :, 2].eq(1).all()


def face(seed: int, size: int) -> np.ndarray[Any, Any]:
    performance = perform(seed, "happiness", fps=10, duration=1.5)
    images, _ = render(Identity(seed), performance, [10], size=size, seed=seed)
    return images[0]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.usefixtures("published")
def test_the_published_weights_are_as_many_as_the_network_has(kind: type[PackagedBackbone]) -> None:
    record = resolve_weights(kind(weights=kind.comes_with)).record()
    assert (record["checksum"], record["passport"]["name"]) == (pinned(kind.known()), kind.comes_with)
    found = safetensors.numpy.load_file(place_of(kind.known()) / WEIGHTS)
    own = kind().kept()
    assert {name: value.shape for name, value in found.items() if name in own} == {
        n: tuple(v.shape) for n, v in own.items()
    }
    assert set(found) - set(own) <= {"classifier.weight", "classifier.bias", "descriptor.weight"}


@pytest.mark.usefixtures("published")
def test_descriptors_are_those_of_dlib() -> None:
    dlib = pytest.importorskip("dlib")
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        pytest.skip("dlib's own file is not installed")
    (own,) = Path(spec.origin).parent.rglob("dlib_face_recognition_resnet_model_v1.dat")
    theirs, ours = dlib.face_recognition_model_v1(str(own)), loaded(DlibResNet)
    last = safetensors.numpy.load_file(fetched(DlibResNet.known()))["descriptor.weight"]
    image = face(5, 150)
    with torch.inference_mode():
        features = ours(torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255)[0].numpy()
    expected = np.array(theirs.compute_face_descriptor(np.ascontiguousarray(image)))
    np.testing.assert_allclose(last @ features, expected, atol=1e-5)


@pytest.mark.parametrize(("picture", "kind"), [("china.jpg", 698), ("flower.jpg", 985)])  # a palace, a daisy
@pytest.mark.usefixtures("published")
def test_imagenets_network_knows_what_is_in_a_photograph(picture: str, kind: int) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    image = datasets.load_sample_image(picture)
    height, width = image.shape[:2]
    left = (width - height) // 2
    square = torch.from_numpy(image[:, left : left + height].copy()).permute(2, 0, 1)[None].float() / 255
    full = safetensors.numpy.load_file(fetched(EfficientNetLite0.known()))
    with torch.inference_mode():
        features = loaded(EfficientNetLite0)(square)[0].numpy()
    assert (full["classifier.weight"] @ features + full["classifier.bias"]).argmax() == kind


def test_it_computes_in_float32_whatever_the_trainer_does() -> None:
    torch.manual_seed(0)
    backbone, images = FaceRes(image_size=32).eval(), torch.rand(2, 1, 48, 48)
    with torch.inference_mode():
        expected = backbone(images)
        with torch.autocast("cpu", torch.bfloat16):
            found = backbone(images)
    assert torch.equal(found, expected)
