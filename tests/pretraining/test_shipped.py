"""The embedded backbones in the package: the profiles' sizes, checked when used, the same for every machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml

from fer_lab.configs import compose
from fer_lab.errors import StoreError
from fer_lab.models import BACKBONE, BACKBONE_VERSION, CONTRACT
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.models.vgg_face import VGGFace
from fer_lab.models.weights import load_backbone
from fer_lab.pretraining import shipped
from fer_lab.pretraining.backbone import embedded_backbone
from fer_lab.pretraining.shipped import FOLDER, SHIPPED, backbone_identity, shipped_backbone
from fer_lab.runs.plan import named_files
from fer_lab.storage import file_digest, read_json

SIZES = [pytest.param(*size, id=name) for size, name in SHIPPED.items()]


@pytest.mark.parametrize("profile", ["smoke", "laptop", "paper"])
def test_what_ships_are_the_sizes_of_the_small_profiles(root: Path, profile: str) -> None:
    sizes = yaml.safe_load((root / "conf" / "profile" / f"{profile}.yaml").read_text())
    assert SHIPPED.get((sizes["width"], sizes["image_size"])) == (None if profile == "paper" else profile)


@pytest.mark.parametrize(("width", "image_size"), SIZES)
def test_a_model_starts_from_the_tensors_of_the_package(width: float, image_size: int, cache: Path) -> None:
    folder = embedded_backbone(width, image_size)
    assert folder.is_relative_to(FOLDER)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2e6
    tensors = safetensors.torch.load_file(folder / BACKBONE)
    assert {value.dtype for value in tensors.values()} == {torch.bfloat16}
    model = VGGFace(6, VggBackbone(width, image_size, weights="embedded"))
    record = load_backbone(model, embedded_backbone)
    assert record.checksum == file_digest(folder / BACKBONE)
    assert model.backbone.block5.conv5_3.weight.dtype == torch.float32
    assert torch.equal(model.backbone.block5.conv5_3.weight, tensors["conv5_3.weight"].float())
    assert torch.isfinite(model(torch.rand(2, 3, image_size, image_size))).all()


@pytest.mark.parametrize(("width", "image_size"), SIZES)
def test_its_contract_says_how_it_was_made(width: float, image_size: int) -> None:
    contract = read_json(FOLDER / SHIPPED[width, image_size] / CONTRACT)
    assert contract["accuracy"] > 5 * contract["chance"]
    assert contract["version"] == BACKBONE_VERSION
    assert (contract["width"], contract["image_size"]) == (width, image_size)
    assert contract["checksum"] == file_digest(FOLDER / SHIPPED[width, image_size] / BACKBONE)
    assert set(contract["made_on"]) == {"cpu", "instructions", "limits", "gpu", "versions"}
    assert {"torch", "numpy"} <= set(contract["made_on"]["versions"])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [flip, Path.unlink])
@pytest.mark.parametrize("name", [BACKBONE, CONTRACT])
def test_a_damaged_package_file_is_refused_and_never_trained_over(
    harm: object, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FOLDER / "smoke", tmp_path / "smoke")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    harm(tmp_path / "smoke" / name)  # type: ignore[operator]
    for use in (shipped_backbone, embedded_backbone, backbone_identity):
        with pytest.raises(StoreError, match="damaged") as refusal:
            use(1 / 16, 32)
        assert "git checkout -- fer_lab/pretraining/backbones/smoke" in str(refusal.value)


def test_another_size_does_not_ship() -> None:
    assert shipped_backbone(1 / 8, 32) is None
    assert backbone_identity(1 / 8, 32) == f"embedded, version {BACKBONE_VERSION}"


def test_a_run_is_identified_by_the_shipped_checksum() -> None:
    config = compose(["cell=sase_hidden/cnn_frontal", "profile=smoke"])
    assert named_files(config)["weights"] == f"embedded, SHA-256 {file_digest(FOLDER / 'smoke' / BACKBONE)}"
