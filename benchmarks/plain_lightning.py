"""One cell as a plain Lightning loop, for comparison: python benchmarks/plain_lightning.py CELL FOLDER [OVERRIDES].

Network, faces, split, batch size and epochs are the cell's own. The loop is what one would write without fer_lab: a
TensorDataset and a DataLoader, a module with training and validation steps, Lightning's checkpoint of the best epoch.
"""

from __future__ import annotations

import sys

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from fer_lab.configs import compose
from fer_lab.engine.build import build_data, build_model
from fer_lab.models.base import FaceModel
from fer_lab.runs import make_plan
from fer_lab.sources import open_faces

Pair = tuple[Tensor, Tensor]


class Plain(LightningModule):
    """Cross entropy on images."""

    def __init__(self, model: FaceModel, lr: float) -> None:
        super().__init__()
        self.model, self.lr = model, lr

    def training_step(self, batch: Pair, batch_idx: int) -> Tensor:
        images, labels = batch
        return F.cross_entropy(self.model(images.float() / 255), labels)

    def validation_step(self, batch: Pair, batch_idx: int) -> None:
        images, labels = batch
        self.log("accuracy", (self.model(images.float() / 255).argmax(1) == labels).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam([p for p in self.model.parameters() if p.requires_grad], self.lr)


def main(cell: str, folder: str, *given: str) -> None:
    """Train, with seed 0."""
    overrides = [f"cell=sase_emotion/{cell}", "seed=0", *given]
    config = compose(overrides)
    plan = make_plan(config, f"sase_emotion/{cell}", overrides)
    torch.manual_seed(0)
    data, (model, _) = build_data(plan, open_faces(plan.source, plan.config)), build_model(plan)
    labels = torch.from_numpy(data.table["label"].to_numpy("int64"))

    def loader(part: str, shuffle: bool) -> DataLoader[Pair]:
        numbers = data.items.numbers(part)
        images = TensorDataset(data.items.gather(numbers)[0], labels[numbers])
        return DataLoader(images, config["batch_size"], shuffle=shuffle)  # type: ignore[return-value,arg-type]

    best = ModelCheckpoint(folder, monitor="accuracy", mode="max")
    trainer = Trainer(
        max_epochs=config["epochs"], precision=plan.precision, accelerator="cpu", logger=False, callbacks=[best],
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=folder,
    )  # fmt: skip
    trainer.fit(Plain(model, config["optimizer"]["lr"]), loader("train", True), loader("val", False))


if __name__ == "__main__":
    main(*sys.argv[1:])
