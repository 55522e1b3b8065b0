"""How much is drawn and trained, and of what: a recipe for each task that embedded backbones are trained on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from fer_lab.models.inception_backbone import InceptionBackbone
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.pretraining.examples import Examples
from fer_lab.pretraining.objects import SEED, objects
from fer_lab.pretraining.portraits import FIRST_SEED, portraits


@dataclass(frozen=True)
class Recipe(ABC):
    """What all tasks have in common.

    Attributes:
        task: what ``backbone.weights`` calls it.
        epochs: passes over the training images.
        batch: images a step.
        peak: largest learning rate of the one-cycle schedule.
        workers: processes that draw the images.
        threads: of the training; fixed, because sums depend on it in their last bits.
    """

    task: ClassVar[str]
    epochs: int = 14
    batch: int = 64
    peak: float = 3e-3
    workers: int = 2
    threads: int = 1

    @property
    @abstractmethod
    def classes(self) -> int:
        """How many are told apart."""

    @abstractmethod
    def draw(self, size: int) -> Examples:
        """The images, ``size`` px a side."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What a contract says of what was learned: ``origin`` in words, ``identity``, ``seeds``."""


@dataclass(frozen=True)
class Identities(Recipe):
    """People of the generator who occur in no twin.

    Attributes:
        people: identities to tell apart.
        clips: of each person; the last one is held out.
        frames: of each clip.
    """

    task = "embedded"
    people: int = 300
    clips: int = 5
    frames: int = 7

    @property
    def classes(self) -> int:
        """People."""
        return self.people

    def draw(self, size: int) -> Examples:
        """Their faces."""
        return portraits(self.people, self.clips, self.frames, size, self.workers)

    def about(self) -> dict[str, Any]:
        """Identities, and their seeds."""
        origin = f"embedded: {self.people} generated identities"
        return {"origin": origin, "identity": "identities", "seeds": [FIRST_SEED, FIRST_SEED + self.people - 1]}


@dataclass(frozen=True)
class Objects(Recipe):
    """Drawn objects, among them no face.

    Far less is drawn and trained than of people, so that it takes a minute or two on one core: AlexNet knows .67 of the
    held-out drawings afterwards, VGG16 .37, ResNet-101 .23 (laptop; chance .025), in the contracts that ship.

    Attributes:
        kinds: classes of them.
        drawings: of each class; every fifth is held out.
    """

    task = "objects"
    kinds: int = 40
    drawings: int = 100
    epochs: int = 4
    batch: int = 32

    @property
    def classes(self) -> int:
        """Kinds of objects."""
        return self.kinds

    def draw(self, size: int) -> Examples:
        """Their drawings."""
        return objects(self.kinds, self.drawings, size, self.workers)

    def about(self) -> dict[str, Any]:
        """Objects, and the seed of all."""
        return {"origin": f"embedded: {self.kinds} kinds of drawn objects", "identity": "objects", "seeds": [SEED]}


SMALL = Identities(people=24, clips=5, frames=6, epochs=24, batch=32, workers=1)
SMALL_OBJECTS = Objects(kinds=24, drawings=300, epochs=6, batch=32, workers=1)


def recipe_for(backbone: PretrainedBackbone) -> Recipe:
    """The recipe of the task that a backbone names: a small one at the smoke profile's size, else the full one.

    Inception V2 takes the full one at any size: it halves small images three times before its first module, and after
    the small one it knows no more of held-out faces than chance.
    """
    small = backbone.width < 0.125 and backbone.image_size <= 32 and not isinstance(backbone, InceptionBackbone)
    if backbone.weights == Objects.task:
        return SMALL_OBJECTS if small else Objects()
    return SMALL if small else Identities()
