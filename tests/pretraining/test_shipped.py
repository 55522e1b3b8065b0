"""The embedded backbones in the package: the profiles' sizes, checked when used, the same for every machine."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml
from hydra.utils import get_class

from fer_lab.configs import compose
from fer_lab.errors import StoreError
from fer_lab.models import BACKBONE, CONTRACT, MADE_HERE
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import fc_head
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.models.weights import load_backbone
from fer_lab.packages import packaged
from fer_lab.pretraining import shipped
from fer_lab.pretraining.backbone import embedded_backbone
from fer_lab.pretraining.recipes import recipe_for
from fer_lab.pretraining.shipped import FOLDER, SHIPPED, VGG16, backbone_identity, shipped_backbone
from fer_lab.runs.plan import named_files
from fer_lab.storage import file_digest, read_json

LEARNED = {"embedded": "identities", "objects": "objects"}
SIZES = [pytest.param(*about, id=name) for about, name in SHIPPED.items()]


@pytest.mark.parametrize("profile", ["smoke", "laptop", "paper"])
def test_what_ships_are_the_sizes_of_the_small_profiles(root: Path, profile: str) -> None:
    sizes = yaml.safe_load((root / "conf" / "profile" / f"{profile}.yaml").read_text())
    named = {name.partition("/")[0]: architecture for (architecture, *_), name in SHIPPED.items()}
    assert set(named) == {path.stem for path in (root / "conf" / "backbone").glob("*.yaml")} - set(packaged())
    for folder, architecture in named.items():
        found = SHIPPED.get((architecture, sizes["width"], sizes["image_size"], "embedded"))
        assert found == (None if profile == "paper" else f"{folder}/{profile}")


@pytest.mark.parametrize("network", ["alexnet", "resnet101", "vgg16"])
@pytest.mark.parametrize("profile", ["smoke", "laptop"])
def test_cells_of_imagenet_find_weights_of_objects_in_the_package(network: str, profile: str) -> None:
    config = compose([f"cell=universal/{network}_imagenet", f"profile={profile}"])
    shipped_file = FOLDER / network / f"{profile}_objects" / BACKBONE
    assert named_files(config)["weights"] == f"objects, SHA-256 {file_digest(shipped_file)}"
    faces = compose([f"cell=universal/{network}_augmented", f"profile={profile}"])
    assert named_files(faces)["weights"].startswith("embedded, ")


class Whole(FaceModel):
    """Any backbone with one layer on it."""

    backbone: PretrainedBackbone

    def __init__(self, backbone: PretrainedBackbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = fc_head(backbone.outputs, 6, layers=1, width=1.0, dropout=0.0)


def made(architecture: str, width: float, image_size: int, task: str) -> PretrainedBackbone:
    backbone: PretrainedBackbone = get_class(architecture)(width=width, image_size=image_size, weights=task)
    return backbone


@pytest.mark.parametrize(("architecture", "width", "image_size", "task"), SIZES)
def test_a_model_starts_from_the_tensors_of_the_package(
    architecture: str, width: float, image_size: int, task: str, cache: Path
) -> None:
    model = Whole(made(architecture, width, image_size, task))
    folder = embedded_backbone(model.backbone)
    assert folder.is_relative_to(FOLDER)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6e6
    tensors = safetensors.torch.load_file(folder / BACKBONE)
    assert {value.dtype for value in tensors.values()} == {torch.bfloat16}
    record = load_backbone(model, embedded_backbone)
    assert record.checksum == file_digest(folder / BACKBONE)
    assert record.identity == LEARNED[task]
    assert tensors.keys() == model.backbone.kept().keys()
    for name, value in model.backbone.kept().items():
        assert value.dtype == torch.float32
        assert torch.equal(value, tensors[name].float())
    assert torch.isfinite(model.eval()(torch.rand(2, 3, image_size, image_size))).all()


@pytest.mark.parametrize(("architecture", "width", "image_size", "task"), SIZES)
def test_its_contract_says_how_it_was_made(architecture: str, width: float, image_size: int, task: str) -> None:
    folder = FOLDER / SHIPPED[architecture, width, image_size, task]
    contract = read_json(folder / CONTRACT)
    assert contract["recipe"] == asdict(recipe_for(made(architecture, width, image_size, task)))
    assert contract["accuracy"] > 5 * contract["chance"]
    assert contract["version"] == MADE_HERE[task]
    assert (contract["architecture"], contract["width"], contract["image_size"]) == (architecture, width, image_size)
    assert contract["checksum"] == file_digest(folder / BACKBONE)
    assert set(contract["made_on"]) == {"cpu", "instructions", "limits", "gpu", "versions"}
    assert {"torch", "numpy"} <= set(contract["made_on"]["versions"])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [flip, Path.unlink])
@pytest.mark.parametrize("name", [BACKBONE, CONTRACT])
@pytest.mark.parametrize("task", MADE_HERE)
def test_a_damaged_package_file_is_refused_and_never_trained_over(
    harm: object, name: str, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = VGG16, 1 / 16, 32, task
    shutil.copytree(FOLDER / SHIPPED[about], tmp_path / SHIPPED[about])
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    harm(tmp_path / SHIPPED[about] / name)  # type: ignore[operator]
    for use in (
        lambda: shipped_backbone(*about),
        lambda: embedded_backbone(made(*about)),
        lambda: backbone_identity(*about),
    ):
        with pytest.raises(StoreError, match="damaged") as refusal:
            use()
        assert f"git checkout -- fer_lab/pretraining/backbones/{SHIPPED[about]}" in str(refusal.value)


def test_another_size_does_not_ship() -> None:
    assert shipped_backbone(VGG16, 1 / 8, 32) is None
    assert backbone_identity(VGG16, 1 / 8, 32) == f"embedded, version {MADE_HERE['embedded']}"
    assert backbone_identity(VGG16, 1 / 8, 32, "objects") == f"objects, version {MADE_HERE['objects']}"


def test_a_run_is_identified_by_the_shipped_checksum() -> None:
    config = compose(["cell=sase_hidden/cnn_frontal", "profile=smoke"])
    assert named_files(config)["weights"] == f"embedded, SHA-256 {file_digest(FOLDER / 'vgg16' / 'smoke' / BACKBONE)}"


def test_with_real_data_they_start_from_imagenet() -> None:
    config = compose(["cell=universal/vgg16_imagenet", "profile=paper", "source=real"])
    assert named_files(config)["weights"] == "imagenet"
