"""The decision tree of CNNs (Moravčík 2021, sec. 5.3): four networks, each image goes through two or three of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from fer_lab.errors import ConfigError
from fer_lab.models.backbone import Backbone
from fer_lab.models.base import FaceModel
from fer_lab.models.moravcik import MoravcikCNN

TINY = 1e-6  # the probability of what an image was not routed to; its logarithm must be a number in half precision


class DecisionTree(FaceModel):
    """Grey faces (B, 1, S, S) -> log-probabilities (B, classes) of the classes at the leaves.

    The first node says ``leaf`` or ``rest``, the second sends the rest left or right, the third and fourth name the
    class. Routing is by the largest output at each node (thresholds are not stated); what an image was not routed to
    has no probability. The nodes are trained by themselves, each on its own images (``start_from``).

    Args:
        nodes: the four networks in order, with 2, 2, len(left) and len(right) outputs.
        num_classes: number of classes.
        leaf: the class that the first node decides (fear, 2 in the thesis).
        left: classes of the third node, in the order of its outputs (anger, sadness, neutral: 0, 4, 6).
        right: classes of the fourth node (disgust, happiness, surprise: 1, 3, 5).

    Raises:
        ConfigError: not four nodes, or a class that is at no leaf or at two.
    """

    def __init__(
        self, nodes: Sequence[MoravcikCNN], num_classes: int, leaf: int, left: Sequence[int], right: Sequence[int]
    ) -> None:
        super().__init__()
        if len(nodes) != 4 or sorted([leaf, *left, *right]) != list(range(num_classes)):
            raise ConfigError(
                f"model: {len(nodes)} nodes; leaves {leaf}, {list(left)}, {list(right)}",
                expected=f"4 nodes, and each class from 0 to {num_classes - 1} at one leaf",
            )
        self.backbone = nn.ModuleList(nodes)
        self.num_classes, self.leaf, self.left, self.right = num_classes, leaf, list(left), list(right)

    def nodes(self) -> list[MoravcikCNN]:
        """The four networks."""
        return [cast(MoravcikCNN, node) for node in cast(nn.ModuleList, self.backbone)]

    @property
    def feature_size(self) -> int:
        """Each node has its own features; the tree has none."""
        return 0

    def backbones(self) -> list[Backbone]:
        """None whose blocks could be stored: four go over the same images."""
        return []

    def forward(self, *inputs: Tensor) -> Tensor:
        """Log-probabilities (B, classes)."""
        first, second, third, fourth = (node(*inputs).float().softmax(-1) for node in self.nodes())
        is_leaf, is_left = first.argmax(-1) == 0, second.argmax(-1) == 0
        routed = {self.leaf: torch.where(is_leaf, 1.0, TINY)}
        for members, chosen, answer in ((self.left, is_left, third), (self.right, ~is_left, fourth)):
            for place, number in enumerate(members):
                routed[number] = torch.where(chosen & ~is_leaf, answer[:, place].clamp_min(TINY), TINY)
        return torch.stack([routed[number] for number in range(self.num_classes)], dim=1).log()

    def start_from(self, *parents: Mapping[str, Tensor]) -> None:
        """Take the weights of the four nodes, in order.

        Raises:
            ConfigError: other networks than the nodes, or not four.
        """
        try:
            for node, state in zip(self.nodes(), parents, strict=True):
                node.load_state_dict(state)
        except (RuntimeError, ValueError) as error:
            raise ConfigError(
                f"the parents are not the tree's nodes: {error}", expected="four cells, in the order of model.nodes"
            ) from error
