"""One cell as a plain Lightning loop, for comparison: python benchmarks/plain_lightning.py CELL FOLDER [OVERRIDES].

Network, faces, split, batch size and epochs are the cell's own. The loop is what one would write without fer_lab: a
TensorDataset and a DataLoader, a module with training and validation steps, Lightning's checkpoint of the best epoch.
Where a cell starts from another one's network, that one's finished run lies in ``paths.results``; features of it are
computed here, once.
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

Batch = list[Tensor]
"""The inputs, then the labels."""


class Plain(LightningModule):
    """Cross entropy on images, or whatever a cell's network is shown."""

    def __init__(self, model: FaceModel, lr: float) -> None:
        super().__init__()
        self.model, self.lr = model, lr

    def forward(self, batch: Batch) -> Tensor:
        return self.model(*(part.float() / 255 if part.dtype == torch.uint8 else part for part in batch[:-1]))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        return F.cross_entropy(self(batch), batch[-1])

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self.log("accuracy", (self(batch).argmax(1) == batch[-1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam([p for p in self.model.parameters() if p.requires_grad], self.lr)


def main(cell: str, folder: str, *given: str) -> None:
    """Train."""
    overrides = [f"cell={cell}", "backbone_store=off", *given]
    config = compose(overrides)
    plan = make_plan(config, cell, overrides)
    torch.manual_seed(plan.seed)
    data = build_data(plan, open_faces(plan.source, plan.config), torch.device("cpu"))
    model, _ = build_model(plan)
    labels = torch.from_numpy(data.table["label"].to_numpy("int64"))

    def loader(part: str, shuffle: bool) -> DataLoader[Batch]:
        numbers = data.items.numbers(part)
        items = TensorDataset(*data.items.gather(numbers), labels[numbers])
        return DataLoader(items, config["batch_size"], shuffle=shuffle)  # type: ignore[return-value,arg-type]

    best = ModelCheckpoint(folder, monitor="accuracy", mode="max")
    trainer = Trainer(
        max_epochs=config["epochs"], precision=plan.precision, accelerator="cpu", logger=False, callbacks=[best],
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=folder,
    )  # fmt: skip
    trainer.fit(Plain(model, config["optimizer"]["lr"]), loader("train", True), loader("val", False))


if __name__ == "__main__":
    main(*sys.argv[1:])
