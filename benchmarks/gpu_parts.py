"""The parts of benchmarks/gpu.py, each a function of the clock that says how much of its time is left."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import torch
from gpu_cells import CONVOLUTIONS, batches_of, items_of, made_items, task_of
from gpu_training import Until, by_trainer, device, operations, precision, rate, stepper, wait
from pytorch_lightning import Callback, LightningModule, Trainer

from fer_lab.tasks.predictions import answers, extract_features
from fer_lab.tasks.speed import Speed

PRINTED = {"alexnet": 1681.0, "vgg16": 356.6, "resnet101": 68.68}
"""Images a second that Rosa Ramos 2018, Table 8.5, prints for a P100."""


class Clock:
    """The time of a part.

    Args:
        seconds: that it may take.
        quick: whether this is a rehearsal.
        cells: the composed cells.
        fer2013: the carried file, if there is one.
    """

    def __init__(self, seconds: float, quick: bool, cells: Mapping[str, Any], fer2013: Path | None) -> None:
        self.end, self.quick, self.cells, self.fer2013 = time.perf_counter() + seconds, quick, cells, fer2013

    @property
    def left(self) -> float:
        """Seconds."""
        return self.end - time.perf_counter()

    def measured(self, needs: float, action: Any) -> Any:
        """What a measurement gives; why not, where it has no time left or fails: the next ones go on."""
        if self.left < needs:
            return {"skipped": f"{max(0.0, self.left):.0f} s of the part were left, it needs {needs:.0f}"}
        try:
            return action()
        except Exception as error:  # whatever a driver or a kernel does not like is said, and the rest goes on
            return {"failed": f"{type(error).__name__}: {str(error)[:300]}"}
        finally:
            torch.cuda.empty_cache()


def peak(clock: Clock) -> dict[str, Any]:
    """The device's own rate at matrix products in bf16, of numbers of chance: TFLOP/s, and what it is."""
    side = 256 if clock.quick else 8192
    one, other = (torch.randn(side, side, device=device(), dtype=torch.bfloat16) for _ in range(2))
    rates = []
    for number in range(8):
        wait()
        began = time.perf_counter()
        for _ in range(1 if clock.quick else 10):
            one @ other
        wait()
        rates.append((1 if clock.quick else 10) * 2 * side**3 / (time.perf_counter() - began) / 1e12)
        rates = rates if number > 2 else []
    return {"tflops": median(rates), "lowest": min(rates), "highest": max(rates), "side": side}


def networks(clock: Clock) -> dict[str, Any]:
    """Images a second of three networks: as printed, and all of it trained, as a run does and without its promises."""
    seconds, count, large = (0.3, 48, 12) if clock.quick else (7.0, 3840, 256)
    found: dict[str, Any] = {"seconds_each": seconds}
    settings = {"as_printed": {}, "full": {"batch_size": large}}
    settings["full_not_deterministic"] = {**settings["full"], "deterministic": False, "benchmark": True}
    for name in CONVOLUTIONS:
        config = clock.cells[name]
        items, whole = made_items(config, count), clock.cells[f"{name}_full"]
        found[name] = {"p100_printed": PRINTED[name], "operations_an_image_full": operations(whole)}
        for kind, own in settings.items():
            cell = config if kind == "as_printed" else whole
            found[name][kind] = clock.measured(2 * seconds, partial(by_trainer, cell, items, seconds, **own))
    return found


def features(clock: Clock) -> dict[str, Any]:
    """Frozen features a second: VGG16's convolutions and hidden layers over images from memory, batches of 128."""
    config = clock.cells["vgg16"]
    batch = 16 if clock.quick else 128
    items = made_items(config, 2 * batch if clock.quick else 3840)
    model, rates = task_of(config).model, []
    for _ in range(2 if clock.quick else 5):
        began = time.perf_counter()
        extract_features(model, batches_of(items, batch), device(), precision())
        rates.append(len(items.table) / (time.perf_counter() - began))
    return {"features_per_second": median(rates[1:]), "lowest": min(rates[1:]), "highest": max(rates[1:])}


def sharing(clock: Clock) -> dict[str, Any]:
    """Laptop cells side by side: images a second together, of 1, 2, 4 ... processes, until that falls."""
    counts, seconds = ([1, 2], 0.3) if clock.quick else ([1, 2, 4, 8, 12, 16], 5.0)
    script = str(Path(__file__).with_name("gpu.py"))
    command = [sys.executable, script, "--worker", *(["--quick"] if clock.quick else [])]
    found: list[dict[str, Any]] = []
    with ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        workers = [subprocess.Popen(command, **pipes) for _ in range(counts[-1])]  # type: ignore[call-overload]
        for worker in workers:
            stack.callback(worker.kill)
        for worker in workers:
            if worker.stdout.readline().strip() != "ready":
                raise RuntimeError("a worker has ended before it was ready")
        for count in counts:
            if clock.left < 2 * seconds:
                break
            for worker in workers[:count]:
                print(seconds, file=worker.stdin, flush=True)
            each = [json.loads(worker.stdout.readline()) for worker in workers[:count]]
            found.append({"runs": count, "images_per_second": sum(each), "of_each": min(each)})
    if not found:
        return {"skipped": "the part's time was over before the processes were ready"}
    best = max(found, key=lambda one: one["images_per_second"])
    enough = next(one["runs"] for one in found if one["images_per_second"] >= 0.95 * best["images_per_second"])
    return {"rounds": found, "runs_for_95_percent_of_the_most": enough, "measured_up_to": found[-1]["runs"]}


def worker(quick: bool, cells: Mapping[str, Any]) -> None:
    """A process of ``sharing``: trains the laptop cell for as long as each line of its input says."""
    config = cells["laptop"]
    items = made_items(config, 128 if quick else 3968)
    by_trainer(config, items, 0.2 if quick else 1.0)
    print("ready", flush=True)
    for line in sys.stdin:
        print(by_trainer(config, items, float(line))["images_per_second"], flush=True)


def compiled(clock: Clock) -> dict[str, Any]:
    """torch.compile and CUDA graphs on and off, of a step on a batch that stays on the device."""
    torch.use_deterministic_algorithms(False)
    cuda = torch.cuda.is_available()

    def graphs(model: Any, inputs: Any) -> Any:
        return torch.cuda.make_graphed_callables(model, inputs, allow_unused_input=True)

    forms = {
        "plain": lambda model, inputs: model,
        "cuda_graphs": graphs,
        "compiled": lambda model, inputs: torch.compile(model, **({} if cuda else {"backend": "eager"})),
        "compiled_with_cuda_graphs": lambda model, inputs: torch.compile(model, mode="reduce-overhead"),
    }
    sizes = {"laptop": 16, "vgg16_full": 4} if clock.quick else {"laptop": 64, "vgg16_full": 256}
    found: dict[str, Any] = {}
    for name, count in sizes.items():
        found[name] = {"batch_size": count}
        for form, prepare in forms.items():
            if not cuda and "cuda" in form:
                found[name][form] = {"skipped": "there is no GPU"}
                continue

            def one(name: str = name, count: int = count, prepare: Any = prepare) -> dict[str, Any]:
                began = time.perf_counter()
                step = stepper(clock.cells[name], count, prepare)
                step()
                wait()
                ready = time.perf_counter() - began
                return {**rate(step, count, 0.2 if clock.quick else 4.0), "seconds_until_ready": ready}

            found[name][form] = clock.measured(8, one)
    return found


def loader(clock: Clock) -> dict[str, Any]:
    """The loader's share of a step: batches from memory alone, and the trainer's step beside one without a loader."""
    found: dict[str, Any] = {}
    seconds = 0.3 if clock.quick else 5.0
    for name in ("laptop", "vgg16_full"):
        config = clock.cells[name]
        size = config["batch_size"]
        items = made_items(config, 4 * size if clock.quick else 3840)
        began, seen = time.perf_counter(), 0
        for batch in batches_of(items, size):
            seen += len(batch["item"])
        alone = seen / (time.perf_counter() - began)
        whole = clock.measured(2 * seconds, partial(by_trainer, config, items, seconds))
        found[name] = {"loader_images_per_second": alone, "training": whole}
        if "images_per_second" in whole:
            found[name]["loader_share_of_a_step"] = whole["images_per_second"] / alone
    return found


class ByEpoch(Callback):
    """Answers for the validation part after each epoch."""

    def __init__(self, items: Any) -> None:
        self.items, self.accuracy = items, list[float]()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note how many are right."""
        numbers, scores = answers(pl_module, batches_of(self.items, 512, "val"), precision())  # type: ignore[arg-type]
        self.accuracy.append(float((scores.argmax(1) == self.items.table["label"].to_numpy()[numbers]).mean()))


def strong(clock: Clock) -> dict[str, Any]:
    """The strong single network for FER2013 at paper size, as far as the minutes go, on the carried file."""
    config = clock.cells["strong"]
    if clock.fer2013 is None:
        made = made_items(config, 128 if clock.quick else 3840)
        speed = by_trainer(config, made, min(10.0, clock.left) if not clock.quick else 0.3)
        return {"missing": "FER2013: carry a file made by benchmarks/gpu.py --pack", "on_made_images": speed}
    items = items_of(*unpacked(clock.fer2013))
    speed, until, known = Speed(), Until(max(1.0, clock.left - 10)), ByEpoch(items)
    settings = {key: value for key, value in config["trainer"].items() if key != "_target_"}
    own = {**settings, "precision": precision(), "callbacks": [speed, until, known]}
    trainer = Trainer(**own)
    trainer.fit(task_of(config), train_dataloaders=batches_of(items, config["batch_size"]))
    return {
        "epochs_wanted": config["epochs"],
        "epochs_begun": len(known.accuracy),
        "validation_accuracy": known.accuracy,
        "images_per_second": until.images_per_second,
        "of_steps": speed.facts().get("speed", {}),
    }


def packed(images: list[bytes], labels: list[int], parts: list[str]) -> bytes:
    """Pictures as their files have them, or raw pixels of 48 x 48, with what is known of them, compressed together."""
    head = json.dumps({"sizes": [len(one) for one in images], "labels": labels, "parts": parts}).encode()
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 2**27}]
    return lzma.compress(len(head).to_bytes(8, "little") + head + b"".join(images), filters=filters)


def unpacked(path: Path) -> tuple[Any, Any, Any]:
    """Images uint8 (N, 48, 48, 1), labels and parts of a file that ``packed`` has made."""
    data = lzma.decompress(path.read_bytes())
    start = 8 + int.from_bytes(data[:8], "little")
    about = json.loads(data[8:start])
    ends = start + np.cumsum([0, *about["sizes"]])
    pieces = [data[a:b] for a, b in pairwise(ends)]
    return np.stack([_picture(one) for one in pieces])[..., None], np.array(about["labels"]), about["parts"]


def _picture(piece: bytes) -> Any:
    raw = np.frombuffer(piece, np.uint8)
    return raw.reshape(48, 48) if len(raw) == 48 * 48 else cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE)
