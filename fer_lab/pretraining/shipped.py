"""The embedded backbones that travel with the package, the same on every machine. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fer_lab.errors import StoreError
from fer_lab.models import BACKBONE, MADE_HERE
from fer_lab.resources import PACKAGE, how_to_restore
from fer_lab.storage import file_digest, is_whole

FOLDER = PACKAGE / "pretraining" / "backbones"
VGG16, INCEPTION = "fer_lab.models.vgg_backbone.VggBackbone", "fer_lab.models.inception_backbone.InceptionBackbone"
ALEXNET, RESNET101 = "fer_lab.models.alexnet_backbone.AlexNetBackbone", "fer_lab.models.resnet_backbone.ResNetBackbone"
SHIPPED: Mapping[tuple[str, float, int, str], str] = {
    (VGG16, 1 / 16, 32, "embedded"): "vgg16/smoke",
    (VGG16, 1 / 4, 64, "embedded"): "vgg16/laptop",
    (INCEPTION, 1 / 16, 32, "embedded"): "inception_v2/smoke",
    (INCEPTION, 1 / 4, 64, "embedded"): "inception_v2/laptop",
    (ALEXNET, 1 / 16, 32, "embedded"): "alexnet/smoke",
    (ALEXNET, 1 / 4, 64, "embedded"): "alexnet/laptop",
    (RESNET101, 1 / 16, 32, "embedded"): "resnet101/smoke",
    (RESNET101, 1 / 4, 64, "embedded"): "resnet101/laptop",
    (VGG16, 1 / 16, 32, "objects"): "vgg16/smoke_objects",
    (VGG16, 1 / 4, 64, "objects"): "vgg16/laptop_objects",
    (ALEXNET, 1 / 16, 32, "objects"): "alexnet/smoke_objects",
    (ALEXNET, 1 / 4, 64, "objects"): "alexnet/laptop_objects",
    (RESNET101, 1 / 16, 32, "objects"): "resnet101/smoke_objects",
    (RESNET101, 1 / 4, 64, "objects"): "resnet101/laptop_objects",
}
"""``_target_``, width, side of the images in px and what was learned (``models.MADE_HERE``) -> the folder below
``FOLDER``, by the profile of these sizes.

None of Inception V2 has learned objects: no cell asks for one.
"""


def shipped_backbone(architecture: str, width: float, image_size: int, task: str = "embedded") -> Path | None:
    """Folder of the embedded backbone of a size that ships; None of any other.

    Args:
        architecture: the ``_target_`` of its conf/backbone.
        width: of the backbone.
        image_size: side of the images in pixels.
        task: what it was trained on, by what ``backbone.weights`` calls it: ``embedded`` (identities) or ``objects``.

    Raises:
        StoreError: a file of it is missing, or is not as it was shipped (its checksum differs).
    """
    name = SHIPPED.get((architecture, width, image_size, task))
    if name is None:
        return None
    if not is_whole(FOLDER / name):
        raise StoreError(
            f"the backbone {FOLDER / name} is damaged: a file is missing, or its checksum differs",
            expected="the files that the package brings along: runs of every machine start from the same weights",
            do=how_to_restore(f"fer_lab/pretraining/backbones/{name}"),
        )
    return FOLDER / name


def backbone_identity(architecture: str, width: float, image_size: int, task: str = "embedded") -> str:
    """What a run starts from: the checksum of what ships, else the version of the recipe that makes it.

    Args: as ``shipped_backbone``.

    Raises: as ``shipped_backbone``.
    """
    folder = shipped_backbone(architecture, width, image_size, task)
    return f"{task}, SHA-256 {file_digest(folder / BACKBONE)}" if folder else f"{task}, version {MADE_HERE[task]}"
