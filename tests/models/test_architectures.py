"""What each architecture is by itself: sizes as published, poolings, parents, refusals, configuration."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn
from torchvision.transforms.functional import resize

from fer_lab import tables
from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.models.base import FaceModel
from fer_lab.models.blendshapes import Blendshapes
from fer_lab.models.c3d import C3D
from fer_lab.models.cnn_rnn import CnnRnn
from fer_lab.models.decision_tree import DecisionTree
from fer_lab.models.frame_attention import Attention, FrameAttention
from fer_lab.models.moravcik import MoravcikCNN
from fer_lab.models.moravcik_base import MoravcikBase
from fer_lab.models.moravcik_transfer import MoravcikCopy, MoravcikTransfer
from fer_lab.models.rnn import FeatureRNN
from fer_lab.models.two_stream import TwoStream
from fer_lab.models.vgg16 import VGG16
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace

SMALL = {"image_size": 32, "width": 1 / 16}


def small() -> VggBackbone:
    return VggBackbone(**SMALL)


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("classes", "pooling", "count"),
    [(6, "max", 33_621_830), (12, "max", 33_646_412), (7, "none", 134_289_223)],
)
def test_vgg_has_the_published_size_at_width_1(classes: int, pooling: str, count: int) -> None:
    with torch.device("meta"):
        model = VGGFace(classes, VggBackbone(pooling=pooling))  # type: ignore[arg-type]
    assert parameters(model) == count
    assert model.head.output.in_features == 4096


@pytest.mark.parametrize(("second", "trained"), [(4096, 119_570_438), (1024, 102_764_544 + 4_195_328 + 6_150)])
def test_vgg16_trains_its_three_fc_layers_alone_at_the_published_size(second: int, trained: int) -> None:
    with torch.device("meta"):
        model = VGG16(6, VggBackbone(pooling="none"), second)
    assert parameters(model) == trained + 14_714_688
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == trained
    with pytest.raises(ConfigError, match="pooling=max"):
        VGG16(6, VggBackbone(1 / 16, 32))


@pytest.mark.parametrize("cell", sorted(cell for cell in tables.cells() if cell.split("/")[0] in ("ck_mug", "rare")))
def test_the_cells_of_athanasiadis_have_the_printed_sizes_at_paper(cell: str) -> None:
    config = compose([f"cell={cell}", "profile=paper", "source=real", "source.weights=imagenet"])
    with torch.device("meta"):
        model = instantiate(config["model"])
    second = {"ck_mug/first": 4096, "ck_mug/third": 4096, "ck_mug/second_512": 512, "ck_mug/second_2048": 2048}
    width = second.get(cell, 1024)
    fc = [(25_088, 4096), (4096, width), (width, 6)]
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == sum((n + 1) * m for n, m in fc)
    assert parameters(model.backbone) == 14_714_688
    stopped = {"ck_mug/third": 260, "ck_mug/fourth": 180}
    assert (config["faces"]["steps"][3]["size"], config["epochs"]) == (224, stopped.get(cell, 170))


def test_moravcik_has_the_published_size_at_width_1() -> None:
    with torch.device("meta"):
        model = MoravcikCNN()
    statistics = sum(value.numel() for name, value in model.named_buffers() if "running" in name)
    assert (parameters(model), parameters(model) + statistics) == (2_919_623, 2_922_951)


def test_moravcik_applies_relu_before_batch_norm() -> None:
    kinds = [type(layer) for layer in MoravcikCNN(width=0.125).backbone.get_submodule("layers.0")]
    unit = [nn.Conv2d, nn.ReLU, nn.BatchNorm2d]
    assert kinds == [*unit, *unit, nn.MaxPool2d, nn.Dropout]


def test_c3d_has_the_published_size_for_the_published_input() -> None:
    with torch.device("meta"):
        model = C3D(101, image_size=112, length=16)
    assert model.backbone.outputs == 512 * 4 * 4
    assert parameters(model) == 78_409_573


@pytest.mark.parametrize(("length", "times"), [(5, [5, 3, 2, 1, 1]), (16, [16, 8, 4, 2, 1]), (1, [1] * 5)])
def test_c3d_poolings_take_what_time_there_is(length: int, times: list[int]) -> None:
    model, seen = C3D(6, length=length, **SMALL), []
    for layer in model.backbone.modules():
        if isinstance(layer, nn.MaxPool3d):
            layer.register_forward_hook(lambda _, __, out: seen.append(out.shape[2]))
    model(torch.rand(1, 3, length, 32, 32))
    assert seen == times


def test_streams_share_no_weights_and_see_their_own_view() -> None:
    model = TwoStream(6, small(), small()).eval()
    a, b = torch.rand(2, 2, 3, 32, 32)
    torch.testing.assert_close(model.backbone(a, b)[:, :32], model.backbone.get_submodule("frontal")(a))
    torch.testing.assert_close(model.backbone(a, b)[:, 32:], model.backbone.get_submodule("face")(b))
    pointers = [p.data_ptr() for p in model.parameters()]
    assert len(set(pointers)) == len(pointers)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_sequence_model_reads_order_and_takes_any_length(cell: str) -> None:
    model = FeatureRNN(6, cell, 10, 16).eval()  # type: ignore[arg-type]
    sequence = torch.rand(2, 5, 10)
    assert not torch.allclose(model(sequence), model(sequence.flip(1)))
    assert model(sequence[:, :3]).shape == (2, 6)
    recurrent = model.head.get_submodule("hidden.rnn")
    assert isinstance(recurrent, nn.LSTM if cell == "lstm" else nn.GRU)
    assert recurrent.num_layers == 3


def test_a_sequence_model_starts_from_its_parents_layers() -> None:
    parent, child = VGGFace(6, small()).eval(), CnnRnn(12, small(), "gru", hidden=16).eval()
    child.start_from(parent.state_dict())
    images = torch.rand(2, 5, 3, 32, 32)
    fc7 = child.head.get_submodule("hidden.fc")(child.backbone(images))
    torch.testing.assert_close(fc7.flatten(0, 1), parent.features(images.flatten(0, 1)))


def test_a_parent_may_hold_only_what_it_trained() -> None:
    parent, child = VGGFace(6, small()), CnnRnn(6, small(), "lstm", hidden=16)
    backbone = {name: value.clone() for name, value in child.backbone.state_dict().items()}
    child.start_from({k: v for k, v in parent.state_dict().items() if k.startswith("head.")})
    assert all(torch.equal(value, backbone[name]) for name, value in child.backbone.state_dict().items())


@pytest.mark.parametrize("parent", [VGGFace(6, VggBackbone(1 / 8, 32)), VGGFace(6, small(), fc=1)])
def test_a_parent_of_another_shape_is_refused(parent: VGGFace) -> None:
    with pytest.raises(ConfigError, match=r"model\.fc=3"):
        CnnRnn(6, small(), "gru", hidden=16).start_from(parent.state_dict())


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: VggBackbone(image_size=31), "image_size=31"),
        (lambda: VggBackbone(pooling="mean"), "mean"),  # type: ignore[arg-type]
        (lambda: VGGFace(6, small(), freeze="last"), "last"),  # type: ignore[arg-type]
        (lambda: VGGFace(6, small(), fc=2), "fc=2"),  # type: ignore[arg-type]
        (lambda: FeatureRNN(6, "rnn"), "rnn"),  # type: ignore[arg-type]
        (lambda: MoravcikCNN(dropout=(0.5,)), "dropout"),
        (lambda: MoravcikTransfer(6, "backbone"), "retrain='backbone'"),  # type: ignore[arg-type]
        (lambda: DecisionTree([], 7, 2, [0, 4, 6], [1, 3, 5]), "0 nodes"),
        (lambda: MoravcikCNN(image_size=8), "image_size=8"),
    ],
)
def test_unknown_options_are_refused_by_name(make: type[FaceModel], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        make()


@pytest.mark.parametrize(("freeze", "blocks"), [("all", []), ("first", ["block3", "block4", "block5"]), ("none", None)])
def test_freezing_leaves_the_blocks_that_it_should(freeze: str, blocks: list[str] | None) -> None:
    model = VGGFace(6, small(), freeze=freeze)  # type: ignore[arg-type]
    trains = {name.split(".")[0] for name, p in model.backbone.named_parameters() if p.requires_grad}
    assert trains == set(blocks if blocks is not None else [f"block{n}" for n in range(1, 6)])


def test_normalisation_is_inside_the_backbone() -> None:
    backbone = VggBackbone(1 / 16, 32).eval()
    images = torch.rand(2, 3, 32, 32)
    before = backbone(images)
    backbone.normalise_with((127.5,) * 3, (63.75,) * 3, 255.0)
    torch.testing.assert_close(backbone(images), before, rtol=1e-4, atol=1e-5)


def test_frame_attention_is_the_mean_weighted_by_both_attentions() -> None:
    attention, faces = Attention(4, (0.0, 0.0)), torch.rand(2, 3, 4)
    own = torch.sigmoid(faces @ attention.own[1].weight[0] + attention.own[1].bias)
    mean = (own[..., None] * faces).sum(1) / own.sum(1, keepdim=True)
    pairs = torch.stack([torch.cat([faces[:, t], mean], 1) for t in range(3)], 1)
    both = own * torch.sigmoid(pairs @ attention.related[1].weight[0] + attention.related[1].bias)
    torch.testing.assert_close(attention(faces), (both[..., None] * pairs).sum(1) / both.sum(1, keepdim=True))


def test_frame_attention_has_a_resnet18_and_takes_any_number_of_faces() -> None:
    with torch.device("meta"):
        model = FrameAttention(6, "resnet18", None)
    assert parameters(model) == 11_176_512 + (512 + 1) + (1024 + 1) + 6 * (1024 + 1)
    small_one = FrameAttention(6, "test_resnet", 1).eval()
    assert [small_one(torch.rand(2, t, 3, 32, 32)).shape for t in (1, 3)] == [(2, 6)] * 2


def test_the_base_model_has_the_parameters_of_its_table() -> None:
    assert parameters(MoravcikBase()) == 1_181_863


def node(classes: int) -> MoravcikCNN:
    return MoravcikCNN(classes, 16, 1 / 16, (0.0, 0.0))


def test_a_tree_routes_by_the_largest_answer_of_each_node() -> None:
    nodes = [node(classes) for classes in (2, 2, 3, 3)]
    answers = {0: [[9.0, 0], [0, 9], [0, 9], [0, 9]], 1: [[9, 0], [9, 0], [0, 9], [0, 9]]}
    answers |= {2: [[9, 0, 0], [0, 0, 9], [9, 0, 0], [9, 0, 0]], 3: [[9, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]]}
    for number, network in enumerate(nodes):
        network.forward = lambda *_, n=number: torch.tensor(answers[n])  # type: ignore[method-assign,misc]
    scores = DecisionTree(nodes, 7, 2, [0, 4, 6], [1, 3, 5])(torch.zeros(4, 1, 16, 16)).softmax(-1)
    assert scores.argmax(-1).tolist() == [2, 6, 3, 5]  # fear; left, third; right, second; right, third
    assert scores[0, 2] > 0.999
    assert scores[1, [1, 3, 5]].max() < 1e-4


def test_a_tree_takes_its_nodes_in_order() -> None:
    trained = [node(classes) for classes in (2, 2, 3, 3)]
    tree = DecisionTree([node(classes) for classes in (2, 2, 3, 3)], 7, 2, [0, 4, 6], [1, 3, 5])
    tree.start_from(*(network.state_dict() for network in trained))
    assert tree.backbones() == []  # there is one input, not one a node: nothing of it can be stored
    images = torch.rand(2, 1, 16, 16)
    for mine, theirs in zip(tree.eval().nodes(), trained, strict=True):
        torch.testing.assert_close(mine(images), theirs.eval()(images))
    with pytest.raises(ConfigError, match="the tree's nodes"):
        tree.start_from(*(network.state_dict() for network in trained[::-1]))
    with pytest.raises(ConfigError, match="four cells"):
        tree.start_from(trained[0].state_dict())


@pytest.mark.parametrize("retrain", ["output", "fc"])
def test_transfer_keeps_what_it_does_not_retrain(retrain: str) -> None:
    parent = MoravcikCNN(7, 16, 1 / 16, (0.0, 0.0)).eval()
    child = MoravcikTransfer(6, retrain, 16, 1 / 16, (0.0, 0.0))  # type: ignore[arg-type]
    child.start_from(parent.state_dict())
    images = torch.rand(3, 1, 16, 16)
    torch.testing.assert_close(child.train().backbone(images), parent.backbone(images))
    same = torch.allclose(child.features(images), parent.features(images), atol=1e-6)
    assert same == (retrain == "output")
    with pytest.raises(ConfigError, match="do not fit MoravcikTransfer"):
        child.start_from(MoravcikCNN(7, 16, 1 / 8, (0.0, 0.0)).state_dict())


def test_a_copy_answers_as_its_parent() -> None:
    parent, child = node(7).eval(), MoravcikCopy(7, 16, 1 / 16, (0.0, 0.0)).eval()
    child.start_from(parent.state_dict())
    images = torch.rand(3, 1, 16, 16)
    torch.testing.assert_close(child(images), parent(images))
    with pytest.raises(ConfigError, match="do not fit"):
        MoravcikCopy(6, 16, 1 / 16, (0.0, 0.0)).start_from(parent.state_dict())


MODELS = sorted((Path(__file__).parents[2] / "conf" / "model").glob("*.yaml"))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_configuration_makes_its_model(path: Path) -> None:
    around = {
        "data": {"num_classes": 7, "labels": ["AU1", "AU2", "AU4", "AU6", "AU12", "AU25", "AU26"]},
        "profile": {
            "width": 1 / 16,
            "width_48": 1 / 8,
            "width_base": 1 / 8,
            "resnet": {"name": "test_resnet", "stem_stride": 1},
            "image_size": 32,
            "rnn_units": 16,
        },
        "items": {"components": 8, "length": 5},
        "source": {"weights": "embedded", "weights_checksum": None, "weights_order": None},
    }
    backbone = OmegaConf.load(path.parents[1] / "backbone" / "vgg16.yaml")
    config = OmegaConf.create({**around, "backbone": backbone, "model": OmegaConf.load(path)})
    model = instantiate(config.model)
    assert isinstance(model, FaceModel)
    if isinstance(model, Blendshapes):
        answers = len(model.units)
    else:
        answers = model.num_classes if isinstance(model, DecisionTree) else model.head.output.out_features
    assert answers == 7


def test_c3d_lowers_no_precision_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32 where the trainer computes so: on the meta device, as any that is not a CPU."""
    entered: list[tuple[str, bool]] = []

    def watched(device: str, dtype: torch.dtype | None = None, enabled: bool = True) -> AbstractContextManager[None]:
        entered.append((device, enabled))
        return nullcontext()

    monkeypatch.setattr(torch, "autocast", watched)
    with torch.device("meta"):
        assert C3D(6, **SMALL)(torch.empty(2, 3, 5, 32, 32)).dtype == torch.float32
    assert not any(enabled for _, enabled in entered)


def test_c3d_resizes_inside_where_it_is_told_to() -> None:
    """The published 112 of faces at 224: the same parameters as at 112, and every frame as torchvision resizes it."""
    with torch.device("meta"):
        large, published = C3D(6, 224, resize=112), C3D(6, 112)
        assert large(torch.empty(1, 3, 5, 224, 224)).shape == (1, 6)
        sizes = [sum(p.numel() for p in model.parameters()) for model in (large, published)]
    assert sizes[0] == sizes[1]
    clips = torch.rand(2, 3, 5, 64, 64)
    found = C3D(6, 64, width=1 / 16, resize=32).get_submodule("backbone").resized(clips)
    for frame in range(5):
        torch.testing.assert_close(found[:, :, frame], resize(clips[:, :, frame], [32, 32], antialias=True))
    torch.testing.assert_close(C3D(6, **SMALL).get_submodule("backbone").resized(clips), clips)
