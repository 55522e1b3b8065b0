"""What training costs beside a bare loop: python benchmarks/training_step.py [--epochs 3] [--profile laptop].

The final network for FER2013 on its twin, augmented, in the machine's precision: epochs by the trainer as a run has
them (loader, task, Lightning, loss and accuracy), against a bare PyTorch loop over the same network, batches held in
memory, augmentation, precision and optimizer. The two take turns, epoch by epoch. Scores, checkpoints and weights,
which a run writes after each epoch, are not part of either. Wanted: 0.95 or more of the bare loop's speed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from pytorch_lightning import Trainer

from fer_lab.configs import compose
from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.engine.build import build_data, build_model
from fer_lab.environment import describe_machine
from fer_lab.models.precision import autocast
from fer_lab.runs import Plan, make_plan
from fer_lab.runs.models import build_task
from fer_lab.sources import open_faces
from fer_lab.storage import write_json
from fer_lab.tasks.classification import as_floats

CELL = "fer2013_final/final"


def ours(plan: Plan, data: FaceDataModule) -> float:
    """Seconds of an epoch by the trainer."""
    task = build_task(plan.config, data.target, build_model(plan)[0])
    settings = plan.config["trainer"] | {"precision": plan.precision, "max_epochs": 1}
    trainer = Trainer(**{key: value for key, value in settings.items() if key != "_target_"})
    began = time.perf_counter()
    trainer.fit(task, train_dataloaders=data.train_dataloader())
    return time.perf_counter() - began


def bare(plan: Plan, data: FaceDataModule) -> float:
    """Seconds of an epoch by a loop of ten lines."""
    task = build_task(plan.config, data.target, build_model(plan)[0])
    model, augmentation, generator = task.model.train(), task.augmentation, torch.default_generator
    optimizer = task.optimizer([p for p in model.parameters() if p.requires_grad])
    batches = [(as_floats(batch["inputs"]), batch["target"]) for batch in data.train_dataloader()]
    began = time.perf_counter()
    for inputs, labels in batches:
        with autocast(torch.device("cpu"), plan.precision):
            loss = torch.nn.functional.cross_entropy(model(*augmentation(inputs, generator)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - began


def main() -> None:
    """Measure in turns, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--profile", default="laptop")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/training_step.json"))
    args = parser.parse_args()
    overrides = [f"cell={CELL}", f"profile={args.profile}", "seed=0"]
    plan = make_plan(compose(overrides), CELL, overrides)
    data = build_data(plan, open_faces(plan.source, plan.config))
    bare(plan, data)  # warm
    pairs = [(ours(plan, data), bare(plan, data)) for _ in range(args.epochs)]
    ratios = [theirs / own for own, theirs in pairs]
    result = {
        "what": f"{CELL}, profile {args.profile}, {len(data.items.numbers('train'))} images an epoch",
        "ours_s": [round(own, 2) for own, _ in pairs],
        "bare_s": [round(theirs, 2) for _, theirs in pairs],
        "speed_of_bare": round(statistics.median(ratios), 3),
        "precision": plan.precision,
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
