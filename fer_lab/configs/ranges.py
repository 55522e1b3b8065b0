"""Type and range of the values of conf/, by group and by the last part of their key.

A word means the same wherever it stands in a group: the ``width`` of ``model.backbone`` is that of ``model.frontal``.
``data.dataset`` is checked by what it builds, ``data.split`` by ``datamodules.recipe``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fer_lab.configs.bounds import (
    Range,
    each,
    mapping,
    matching,
    null,
    number,
    off,
    part,
    positive,
    share,
    switch,
    text,
    whole,
    word,
)  # fmt: skip
from fer_lab.errors import ConfigError

MOST_PIXELS = 1024  # the side of a face
MOST_PROCESSES = 1024
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true", "64-true")
sizes = whole(1, 2**20)

NETWORK: Mapping[str, Range] = {
    "backbone": mapping,
    "face": mapping,
    "frontal": mapping,
    "nodes": each(mapping),
    "num_classes": whole(1),
    "weights": text | null,
    "checksum": text | null,
    "channel_order": word("RGB", "BGR") | null,
    "image_size": whole(8, MOST_PIXELS),
    "resize": whole(8, MOST_PIXELS) | null,
    "width": number(0, 16, above=True),
    "pooling": word("average", "max", "none"),
    "normalise": each(each(number(0, 1, above=True))) | null,
    "second": whole(1, 2**20) | null,
    "batch_norm": switch | null,
    "dropout": part | each(part),
    "length": whole(1, 1024),
    "fc": whole(1, 3),
    "freeze": word("all", "first", "none"),
    "geometry": whole(1, 2 * 68),
    "inputs": sizes,
    "hidden": sizes,
    "layers": whole(1, 64),
    "rnn": word("gru", "lstm"),
    "leaf": whole(0),
    "left": each(whole(0)),
    "right": each(whole(0)),
    "retrain": word("output", "fc"),
    "last_block": switch | null,
    "convolutions": whole(0),
    "mean": word("channel", "pixel") | null,
    "standardise": switch | null,
    "spread": positive,
    "name": text,
    "channels": whole(1, 4),
    "stem_stride": whole(1, 2) | null,
    "units": each(text),
    "made_of": mapping,
    "made_of.*": each(text),
}
ACTIONS: Mapping[str, Range] = {
    "actions": Range("a list of actions, one or more", lambda value: isinstance(value, list) and bool(value)),
    "flip": switch,
    "turn": number(-180, 180),
    "blur": share,
    "noise": share,
}
RANGES: Mapping[str, Mapping[str, Range]] = {
    "": {
        "seed": whole(0, 2**32 - 1),
        "epochs": whole(0),
        "steps": whole(1) | null,
        "batch_size": sizes,
        "parents": each(text),
        "fold": whole(0) | null,
        "jobs": whole(1, MOST_PROCESSES) | null,
        "threads": whole(1, MOST_PROCESSES) | null,
        "micro_batch": whole(1) | null,
        "workers": whole(1, MOST_PROCESSES) | null,
        "backbone_store": word("auto") | off,
        "test_scores": word("every_epoch", "final"),
        "dry_run": switch,
        "fail_fast": switch,
        "retries": whole(0, 100),
        "watchdog": mapping,
        **dict.fromkeys(("cache", "paths", "source", "profile", "protocol", "data", "faces"), mapping),
        **dict.fromkeys(("augmentation", "backbone", "task", "optimizer", "scheduler", "trainer"), mapping),
        **dict.fromkeys(("items", "model", "sampling", "stored_augmentation", "logger"), mapping | null),
    },
    "cache": {"max_gb": number(0)},
    "watchdog": {"silent_hours": positive, "queue_hours": positive | null},
    "paths": {"*": text},
    "source": {
        "weights": text | null,
        **dict.fromkeys(("inception_v2", "alexnet", "resnet101"), text | null),
        **dict.fromkeys(("imagenet", "objects"), text | null),
        "weights_checksum": matching("[0-9a-fA-F]{64}", "a SHA-256, 64 hex digits") | null,
        "weights_order": word("RGB", "BGR") | null,
    },
    "profile": {
        "subjects": whole(3) | null,  # one for each part
        "stills": whole(1) | null,
        "render_size": whole(16, 4096),
        "frames_per_window": whole(1) | null,
        "image_size": whole(8, MOST_PIXELS),
        "width": positive,
        "width_48": positive,
        "width_base": positive,
        "name": text,
        "stem_stride": whole(1, 2),
        "rnn_units": sizes,
        "precision": word("auto", *PRECISIONS),
        "batch_size": sizes,
        "clip_batch_size": sizes,
        "epochs": mapping,
        "steps": mapping,
        "resnet": mapping,
        "epochs.*": whole(0),
        "steps.*": whole(1),
    },
    "faces": {
        "views": each(text),
        "size": whole(8, MOST_PIXELS),
        "window": each(share),
        "frames_per_window": whole(1) | null,
        "margin": number(-0.5, 2),
        "max_yaw": number(0, 180),
        "min_inside": share,
        "max_faces": whole(2),
        "confidence": share,
        "steps": each(mapping),
        "scale_factor": number(1, 2, above=True),
        "min_neighbours": whole(0),
        "min_size": share,
        "span": word("picture", "full"),
        "model": text | null,
        "blendshapes": switch,
        "eyes": each(part),
        "detector": mapping,
        "upsample": whole(0, 4),
        "threshold": number(-10, 10),
    },
    "items": {
        "views": each(text),
        "length": whole(1, 1024),
        "components": whole(1),
        "late": each(word("train", "val", "test")) | null,
    },
    "sampling": {"share": positive, "reference": whole(0) | word("rarest") | null},
    "stored_augmentation": {
        "shares": mapping,
        "shares.*": number(0),
        "seed": whole(0),
        **ACTIONS,
    },
    "augmentation": {
        "share": share,
        **ACTIONS,
        "rotation": number(0, 180),
        "shift": share,
        "zoom": part,
        "shear": number(0, 90, below=True),
        "erase": part,
    },
    "backbone": NETWORK,
    "model": NETWORK,
    "task": {
        "average": number(0, 1, above=True, below=True) | null,
        "mirror": switch | null,
        "crop": number(0, 1, above=True, below=True) | null,
        "looks": word("final") | null,
        "loss": mapping,
        "penalty": mapping | null,
        "l1": number(0),
        "l2": number(0),
        "label_smoothing": part,
        "reduction": word("none", "mean", "sum"),
        "weights": word("inverse", "effective") | each(number(0)),
        "beta": number(0, 1, below=True) | null,
        "costs": word("inverse") | each(each(number(0))),
        "gamma": number(0),
        "tau": number(0),
    },
    "optimizer": {
        "lr": positive,
        "weight_decay": number(0),
        "momentum": part,
        "betas": each(part),
        "eps": positive,
        "alpha": part,
        "fused": switch,
        "nesterov": switch,
    },
    "scheduler": {
        "T_max": whole(0),
        "factor": share,
        "total_iters": whole(0),
        "step_size": whole(1),
        "gamma": share,
        "mode": word("max"),  # main metrics are the better the larger
        "patience": whole(0),
        "threshold": number(0),
        "threshold_mode": word("abs", "rel"),
        "min_lr": number(0),
    },
    "trainer": {
        "accelerator": word("auto", "cpu", "gpu", "cuda", "mps", "tpu"),
        "devices": whole(-1) | each(whole(0)) | word("auto"),
        "strategy": word("auto", "ddp"),
        "precision": word("auto", *PRECISIONS),
        "max_epochs": whole(-1),
        "deterministic": switch | word("warn"),
        "logger": off,
        "enable_checkpointing": off,
        "enable_progress_bar": switch,
        "enable_model_summary": switch,
        "num_sanity_val_steps": whole(-1),
        "limit_val_batches": number(0),
        "gradient_clip_val": number(0) | null,
        "accumulate_grad_batches": whole(1),
    },
    "logger": {"project": text, "entity": text | null, "faces": whole(0)},
    "data": {
        "name": text,
        "target": text,
        "num_classes": whole(1),
        "taught": text | null,
        "regroup": mapping | null,
        "regroup.*": each(text),
        "only": mapping | null,
        "labels": each(text) | null,
        "cut": word("peak") | null,
        "missing": word("skip") | null,
        "unknown": mapping,
        "unknown.*": word("masked", "absent"),
        **dict.fromkeys(("dataset", "members"), mapping),
        "split": mapping | null,
    },
}
"""Group of conf/ ("" for what belongs to none) -> last part of a key in it, or the key itself -> what it may be."""


BUILT: Mapping[str, Range] = {"_target_": text, "_partial_": switch, "_convert_": word("none", "partial", "all")}


def check_ranges(config: Mapping[str, Any]) -> None:
    """Check every value of a configuration of which ``RANGES`` knows the key.

    Raises:
        ConfigError: names the first key whose value is of another type or out of its range, and what is expected.
    """
    for group, ranges in RANGES.items():
        for place, value in _values(config if not group else config.get(group), f"{group}." if group else ""):
            found = range_of(ranges, place, group)
            if found is not None and not found.holds(value):
                raise ConfigError(f"{place}={value!r}", expected=found.words)


def range_of(ranges: Mapping[str, Range], place: str, group: str) -> Range | None:
    """The range of a key, by its last part, or by the folder that it stands in (``epochs.*``); None if it has none."""
    parts = place.removeprefix(f"{group}.").split(".")
    of_folder = ranges.get(".".join([*parts[:-1], "*"]))
    if group in ("", "data") and len(parts) > 1:  # what lies deeper has a group of its own, or is checked elsewhere
        return of_folder
    return of_folder or BUILT.get(parts[-1]) or ranges.get(parts[-1])


def _values(config: Any, above: str) -> Iterator[tuple[str, Any]]:
    """Every key with its value, mappings among them, and what lies in mappings and in lists of mappings."""
    for key, value in config.items() if isinstance(config, Mapping) else ():
        yield f"{above}{key}", value
        inner = value if isinstance(value, list) and all(isinstance(one, Mapping) for one in value) else [value]
        for one in inner:
            yield from _values(one, f"{above}{key}.")
