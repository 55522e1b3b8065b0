"""A proxy of action units without training: of MediaPipe's blendshapes those that come nearest to each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import yaml
from torch import Tensor

from fer_lab.errors import ConfigError, nearest
from fer_lab.faces import BLENDSHAPES
from fer_lab.models.backbone import Backbone
from fer_lab.models.base import FaceModel
from fer_lab.resources import resource_folder

LEAST = 2.0**-24
"""No score is nearer to 0 or 1: the least that is stored (float16) and not 0."""


class Blendshapes(FaceModel):
    """Blendshapes of faces (B, 52), in [0, 1] -> the logit of each unit's score (B, units).

    The score of a unit is the largest of its blendshapes: FACS codes a unit that acts on one side of the face, too.
    It grows with what the face does and is no probability: one half is no natural threshold.

    Args:
        units: that are answered, in their order.
        made_of: unit -> the blendshapes that are it; may name more units than are answered.

    Raises:
        ConfigError: a unit has no blendshape, and so no answer; or there is no such blendshape.
    """

    trains = False
    origin = "proxy, MediaPipe's blendshapes as they come; nothing is trained"

    def __init__(self, units: Sequence[str], made_of: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.units = tuple(units)
        self.columns = [_columns(unit, made_of) for unit in units]

    def forward(self, *inputs: Tensor) -> Tensor:
        """Logits (B, units): the sigmoid of one is the unit's score."""
        (scores,) = inputs
        found = [scores[:, columns].amax(dim=1) for columns in self.columns]
        return torch.stack(found, dim=1).float().logit(LEAST)

    @property
    def feature_size(self) -> int:
        """There is no last layer."""
        return 0

    def backbones(self) -> list[Backbone]:
        """None: it is shown no image."""
        return []


def proxy(units: Sequence[str] | None = None) -> Blendshapes:
    """The proxy as ``conf/model/blendshapes.yaml`` has it, for faces of one's own: no run and no data set is needed.

    Args:
        units: those asked for, such as ``["AU6", "AU12"]``; None: all that have blendshapes.

    Raises:
        ConfigError: a unit has no blendshape.
    """
    page = yaml.safe_load((resource_folder("conf") / "model" / "blendshapes.yaml").read_text())
    return Blendshapes([*page["made_of"]] if units is None else units, page["made_of"])


def _columns(unit: str, made_of: Mapping[str, Sequence[str]]) -> list[int]:
    """The columns of a unit's blendshapes."""
    if not made_of.get(unit):
        raise ConfigError(
            f"model.made_of: {unit} is no blendshape's, and has no answer",
            expected=f"units among {', '.join(made_of)}",
            do="leave it out of data.labels",
        )
    for name in made_of[unit]:
        if name not in BLENDSHAPES:
            raise ConfigError(f"model.made_of.{unit}: {name!r}", expected=f"one of {nearest(name, BLENDSHAPES)}")
    return [BLENDSHAPES.index(name) for name in made_of[unit]]
