"""The three networks of Rosa Ramos 2018: their printed sizes, which parts train, the files that they start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from safetensors.torch import save_file
from torch import nn
from torchvision.models import resnet101

from fer_lab.configs import compose
from fer_lab.errors import ConfigError, StoreError
from fer_lab.models.alexnet_backbone import CAFFE_MEAN, AlexNetBackbone
from fer_lab.models.fine_tuned import SPREAD, FineTuned
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.models.resnet_backbone import ResNetBackbone, caffe_name
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.weights import load_backbone
from fer_lab.tasks.weights import restore, trained_state

Small = Callable[[str | None], PretrainedBackbone]
SMALL: dict[str, Small] = {
    "alexnet": lambda weights: AlexNetBackbone(1 / 16, 32, weights),
    "vgg16": lambda weights: VggBackbone(1 / 16, 32, "none", weights),
    "resnet101": lambda weights: ResNetBackbone(1 / 16, 32, weights),
}


@pytest.mark.parametrize(
    ("backbone", "layers", "parameters", "statistics"),
    [
        (AlexNetBackbone, 3, 56_896_903, 0),
        (lambda: VggBackbone(pooling="none"), 3, 134_289_223, 0),
        (ResNetBackbone, 1, 42_514_503, 105_344),  # printed: 42,619,847, both together
    ],
)
def test_they_have_as_many_parameters_as_printed(
    backbone: Callable[[], PretrainedBackbone], layers: int, parameters: int, statistics: int
) -> None:
    with torch.device("meta"):
        network = FineTuned(7, backbone(), layers)
        assert network(torch.rand(2, 3, 224, 224)).shape == (2, 7)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert sum(value.numel() for name, value in network.named_buffers() if "running" in name) == statistics


@pytest.mark.parametrize(
    ("cell", "parameters"), [("alexnet", 56_896_903), ("vgg16", 134_289_223), ("resnet101", 42_514_503)]
)
def test_at_the_thesiss_own_size_a_step_changes_what_trains(cell: str, parameters: int) -> None:
    config = compose([f"cell=universal/{cell}", "profile=paper"])  # weights are not loaded yet
    network = instantiate(config["model"])
    assert sum(p.numel() for p in network.parameters()) == parameters
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    optimizer = instantiate(config["optimizer"])([p for p in network.parameters() if p.requires_grad])
    size = config["profile"]["image_size"]
    assert size == 224
    nn.functional.cross_entropy(network.train()(torch.rand(2, 3, size, size)), torch.tensor([0, 6])).backward()
    optimizer.step()
    changed = {name for name, value in network.named_parameters() if not torch.equal(value, before[name])}
    assert changed == {name for name, value in network.named_parameters() if value.requires_grad}


def test_alexnets_poolings_round_up_as_caffes() -> None:
    with torch.device("meta"):
        network = AlexNetBackbone()
        sides = [network.through(torch.rand(1, 3, 224, 224), n).shape[2] for n in range(1, 6)]
    assert sides == [27, 13, 13, 13, 6]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("convolutions", [0, 1, 3])
def test_the_last_convolutions_and_the_fc_layers_train(name: str, convolutions: int) -> None:
    network = FineTuned(7, SMALL[name](None), 3, convolutions=convolutions)
    trained = {n.rpartition(".")[0] for n, p in network.named_parameters() if p.requires_grad}
    found = [n for n, layer in network.named_modules() if isinstance(layer, nn.Conv2d)]
    own = set(found[len(found) - convolutions :])
    layers = {n for n, layer in network.head.named_modules() if isinstance(layer, nn.Linear)}
    assert trained == own | {f"head.{n}" for n in layers}
    assert (network.backbone.frozen_blocks() == len(network.backbone.blocks())) == (convolutions == 0)
    network.train()
    assert not any(layer.training for layer in network.modules() if isinstance(layer, nn.BatchNorm2d))


@pytest.mark.parametrize(
    "backbone", [AlexNetBackbone, lambda: VggBackbone(pooling="none"), VggBackbone, ResNetBackbone]
)
def test_the_published_number_of_features(backbone: Callable[[], PretrainedBackbone]) -> None:
    with torch.device("meta"):
        network = backbone()
    assert network.published == network.outputs


@pytest.mark.parametrize("name", SMALL)
def test_new_layers_give_as_much_as_at_the_published_size(name: str) -> None:
    """A layer of n inputs of size 1 gives a variance of n * spread ** 2: at width 1 and 224 px, 0.01 ** 2 for each."""
    network = FineTuned(7, SMALL[name](None), 3)
    layers = [layer for layer in network.head.modules() if isinstance(layer, nn.Linear)]
    published = [network.backbone.published, 4096, 4096]
    for layer, inputs in zip(layers, published, strict=True):
        assert layer.in_features * layer.weight.var().item() == pytest.approx(inputs * SPREAD**2, rel=0.3)
        assert not layer.bias.any()
    torch.manual_seed(5)
    first = FineTuned(7, SMALL[name](None), 3, spread=SPREAD).head.output.weight
    torch.manual_seed(5)
    assert torch.allclose(FineTuned(7, SMALL[name](None), 3, spread=3 * SPREAD).head.output.weight, 3 * first)


def test_more_convolutions_than_there_are() -> None:
    with pytest.raises(ConfigError, match="0 to 5, all of the backbone's"):
        FineTuned(7, SMALL["alexnet"](None), convolutions=6)


@pytest.mark.parametrize("name", ["alexnet", "resnet101"])
def test_a_file_from_caffe_sees_bgr(name: str, tmp_path: Path) -> None:
    torch.manual_seed(3)
    file = {key: torch.rand_like(value) for key, value in SMALL[name](None).kept().items()}
    path = tmp_path / "caffe.safetensors"
    save_file(file | {"fc8.weight": torch.rand(7, 4)}, path)
    network = FineTuned(7, SMALL[name](str(path)), 1)
    weights = load_backbone(network)
    assert (weights.identity, weights.channel_order, weights.range) == ("file", "BGR", 255.0)
    backbone = network.backbone
    assert isinstance(backbone, PretrainedBackbone)
    for key, value in backbone.kept().items():
        assert torch.equal(value, file[key].flip(1) if key == backbone.first else file[key])
    if name == "alexnet":
        assert backbone.mean.flatten().tolist() == pytest.approx(CAFFE_MEAN[::-1])
    left_out = list(file)[5]
    save_file({key: value for key, value in file.items() if key != left_out}, path)
    with pytest.raises(StoreError, match=rf"lacks 1 of .*: {left_out}"):
        load_backbone(FineTuned(7, SMALL[name](str(path)), 1))


def test_alexnets_imagenet_weights_are_a_file_or_refused() -> None:
    with pytest.raises(ConfigError, match="cannot be fetched") as refusal:
        load_backbone(FineTuned(7, AlexNetBackbone(1.0, 64, "imagenet"), 1))
    assert "source.objects=<file>" in str(refusal.value)


def test_torchvisions_resnet_gives_what_torchvision_says(tmp_path: Path) -> None:
    torch.manual_seed(4)
    theirs = resnet101(num_classes=7).eval()
    torch.save(theirs.state_dict(), tmp_path / "resnet101.pth")
    ours = ResNetBackbone(1.0, 64, str(tmp_path / "resnet101.pth"), channel_order="RGB")
    load_backbone(FineTuned(7, ours, 1))
    ours.normalise_with((0.0,) * 3, (1.0,) * 3, 1.0)
    theirs.fc = nn.Identity()  # type: ignore[assignment]
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours.eval()(images), theirs(images))


@pytest.mark.parametrize(
    ("ours", "caffes"),
    [
        ("stem.conv1.weight", "conv1.weight"),
        ("stem.bn1.running_var", "bn_conv1.running_var"),
        ("layer1.0.downsample.0.weight", "res2a_branch1.weight"),
        ("layer1.0.downsample.1.bias", "scale2a_branch1.bias"),
        ("layer2.3.bn2.weight", "scale3b3_branch2b.weight"),
        ("layer3.22.conv3.weight", "res4b22_branch2c.weight"),
        ("layer4.2.bn3.running_mean", "bn5c_branch2c.running_mean"),
    ],
)
def test_layers_have_caffes_names(ours: str, caffes: str) -> None:
    assert caffe_name(ours) == caffes


def trained_on(mean: str | None) -> tuple[FineTuned, torch.Tensor]:
    """A network that has seen these training images in two batches."""
    network = FineTuned(7, SMALL["vgg16"](None), 1, mean=mean)  # type: ignore[arg-type]
    assert isinstance(network.backbone, PretrainedBackbone)
    network.backbone.normalise_with((9, 8, 7), (1, 1, 1), 255)  # as a file's contract does
    images = torch.rand(10, 3, 32, 32)
    network.fit_images((part,) for part in images.split(6))
    return network, images


def test_each_pixel_of_the_training_images_is_about_zero() -> None:
    network, images = trained_on("pixel")
    seen = network.backbone.prepare(images)
    assert seen.mean(dim=0).abs().max() < 1e-4
    torch.testing.assert_close(seen, 255 * (images - images.mean(dim=0)), atol=1e-3, rtol=0)


def test_each_channel_of_the_training_images_is_about_zero() -> None:
    network, images = trained_on("channel")
    seen = network.backbone.prepare(images)
    assert seen.mean(dim=(0, 2, 3)).abs().max() < 1e-3
    assert seen.mean(dim=0).abs().max() > 1


def test_without_a_mean_of_its_own_it_is_that_of_the_weights() -> None:
    network, _ = trained_on(None)
    assert network.backbone.mean.flatten().tolist() == [9, 8, 7]


def test_no_such_mean() -> None:
    with pytest.raises(ConfigError, match=r"model\.mean=image[\s\S]*channel, pixel, or null"):
        FineTuned(7, SMALL["vgg16"](None), 1, mean="image")  # type: ignore[arg-type]


@pytest.mark.parametrize("mean", ["channel", "pixel"])
def test_what_is_subtracted_is_kept_with_the_weights(mean: str, tmp_path: Path) -> None:
    network, images = trained_on(mean)
    save_file(trained_state(network), tmp_path / "weights.safetensors")
    again = FineTuned(7, SMALL["vgg16"](None), 1, mean=mean)  # type: ignore[arg-type]
    again.load_state_dict(network.state_dict() | {"backbone.mean": torch.zeros_like(network.backbone.mean)})
    restore(again, tmp_path / "weights.safetensors")
    with torch.no_grad():
        assert torch.equal(again.eval()(images), network.eval()(images))


def test_as_its_parent_left_it_it_answers_the_same_and_keeps_the_mean() -> None:
    parent, images = trained_on("pixel")
    again = FineTuned(7, SMALL["vgg16"](None), 1, mean="pixel")
    again.load_state_dict(parent.state_dict() | {"backbone.mean": torch.zeros_like(parent.backbone.mean)})
    again.start_from(trained_state(parent))
    again.fit_images([])  # a data set that is a test as a whole has no training images
    again.fit_images([(torch.rand(3, 3, 32, 32),)])
    with torch.no_grad():
        assert torch.equal(again.eval()(images), parent.eval()(images))


def test_another_network_is_no_parent() -> None:
    parent, _ = trained_on("pixel")
    with pytest.raises(ConfigError, match="the same network"):
        FineTuned(6, SMALL["vgg16"](None), 1, mean="pixel").start_from(trained_state(parent))


def test_a_network_that_goes_on_keeps_the_statistics_of_its_parent() -> None:
    parent, child = (FineTuned(7, SMALL["alexnet"](None), 1, standardise=True).eval() for _ in range(2))
    parent.fit([(torch.rand(6, 3, 32, 32),)])
    child.backbone = parent.backbone  # the same file's
    child.start_from(trained_state(parent))
    other = torch.rand(4, 3, 32, 32) / 3
    child.fit([(other,)])
    child.fit([])  # data that have nothing to train on
    torch.testing.assert_close(child(other), parent(other))
