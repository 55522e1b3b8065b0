"""A finished run as one network from faces as they come to answers: all that happens between is in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from fer_lab.datamodules.reduction import COORDINATES, Reduction
from fer_lab.faces import RawConfig
from fer_lab.faces.config import MEASURES
from fer_lab.inference.contract import PIXELS, Input
from fer_lab.models.base import FaceModel
from fer_lab.runs import Trained
from fer_lab.tasks.base import FaceTask

UNITS: Mapping[str, str] = {"landmarks": "px of the picture, x to the right, y down", "blendshapes": "0 to 1"}


class Network(nn.Module):
    """Pixels to [0, 1], reductions, the network's looks at them, probabilities; in float32.

    Args:
        trained: the run.

    Attributes:
        takes: its inputs, in order.
    """

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        self.task, self.model = [trained.task], trained.task.predictor.eval()  # a list: a task is no part of a graph
        self.takes = _inputs(trained)
        self.parent: FaceModel | None = trained.parent.task.predictor.eval() if trained.parent else None
        self.by_image = _name(trained) == "clip_images" or self.parent is not None
        self.reduce = nn.ModuleDict({name: Reduced(one) for name, one in trained.fitted.items()})

    def forward(self, *inputs: Tensor) -> Tensor:
        """Answers, float32 (B, names), of uint8 (B, [T,] S, S, C) a view, and measures."""
        shown = [self._shown(one, given) for one, given in zip(self.takes, inputs, strict=True)]
        task: FaceTask = self.task[0]
        if self.parent is not None:
            shown = [self._features(shown)]
        return task.answers(self.model, shown)

    def _shown(self, one: Input, given: Tensor) -> Tensor:
        if one.name == "landmarks":
            return cast(Tensor, self.reduce["geometry"](normalised(given)))
        if not one.is_view:
            return given
        floats = given.float() / 255
        return floats.movedim(-1, 2 if self.by_image and floats.dim() == 5 else 1)

    def _features(self, views: list[Tensor]) -> Tensor:
        """What the parent sees of each face of a clip, reduced, (B, T, K)."""
        parent = cast(FaceModel, self.parent)
        clips, length = views[0].shape[:2]
        seen = parent.features(*(view.flatten(0, 1) for view in views))
        reduced = cast(Tensor, self.reduce["features"](seen))
        return reduced.reshape(clips, length, -1)


class Reduced(nn.Module):
    """A ``Reduction`` in the graph."""

    def __init__(self, reduction: Reduction) -> None:
        super().__init__()
        components = torch.from_numpy(reduction.components)
        self.layer = nn.Linear(components.shape[1], components.shape[0])
        scale = float(reduction.scale)
        with torch.no_grad():
            self.layer.weight.copy_(components / scale)
            self.layer.bias.copy_(-(torch.from_numpy(reduction.mean) @ components.T) / scale)

    def forward(self, values: Tensor) -> Tensor:
        """Vectors (N, F) as (N, K)."""
        return cast(Tensor, self.layer(values))


def normalised(landmarks: Tensor) -> Tensor:
    """As ``datamodules.reduction.normalised_landmarks``: float32 (N, 68, 2) px to (N, 136)."""
    centred = landmarks - landmarks.mean(1, keepdim=True)
    size = (centred.square().sum((1, 2), keepdim=True) / landmarks.shape[1]).sqrt()
    return (centred / size.clamp(min=1e-9)).reshape(-1, COORDINATES)


def _name(trained: Trained) -> str:
    """The kind of its items."""
    return str(trained.config["items"]["_target_"]).rpartition(".")[2]


def _inputs(trained: Trained) -> tuple[Input, ...]:
    """What a run is shown, in the order of its network's inputs."""
    clip = (trained.length,) if trained.length > 1 else ()
    side, channels = _side(trained), trained.faces.channels
    pixels = f"0 to 255, {'grey' if channels == 1 else 'RGB'}"
    views = [Input(name, PIXELS, (*clip, side, side, channels), pixels) for name in trained.views]
    needed: Mapping[str, bool] = {"landmarks": trained.needs_landmarks, "blendshapes": trained.needs_blendshapes}
    measures = [Input(name, "float32", MEASURES[name], UNITS[name]) for name, is_needed in needed.items() if is_needed]
    return (*views, *measures)


def _side(trained: Trained) -> int:
    """Of a prepared face, px; images that are faces already come at one size."""
    return trained.faces.size or RawConfig.side
