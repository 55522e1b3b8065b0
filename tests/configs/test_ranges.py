"""Every value of conf/ has a type and a range; what is outside of them is refused by its key before anything starts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from fer_lab import engine, tables
from fer_lab.configs import compose
from fer_lab.configs.bounds import each, number, whole
from fer_lab.configs.ranges import RANGES, check_ranges, range_of
from fer_lab.errors import ConfigError
from fer_lab.resources import resource_folder
from fer_lab.runs import check_sweep

CELL = "cell=sase_hidden/cnn_face"
ELSEWHERE = ("data.dataset.", "data.split.", "data.members.", "data.only.", "hydra.", "campaign.")
"""Checked by what they build, by the recipe of a split, or by the columns of an index."""


def options() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every file of conf/ with the group that it is an option of; of one within another ``task.loss``."""
    conf = resource_folder("conf")
    for path in sorted({*conf.rglob("*.yaml")} - {*conf.glob("search/*.yaml")}):  # these are ranges themselves
        yield ".".join(path.relative_to(conf).parent.parts), yaml.safe_load(path.read_text()) or {}


def keys(config: Any, above: str = "") -> Iterator[str]:
    for key, value in config.items() if isinstance(config, Mapping) else ():
        if key not in ("defaults", "hydra", "title", "classes", "name"):
            yield f"{above}{key}"
            for inner in value if isinstance(value, list) else [value]:
                yield from keys(inner, f"{above}{key}.")


def test_every_key_of_conf_has_a_range() -> None:
    unknown = [
        place
        for group, content in options()
        for place in keys(content, f"{group}." if group else "")
        if not place.startswith(ELSEWHERE)
        and range_of(RANGES.get(group.split(".")[0], {}), place, group.split(".")[0]) is None
    ]
    # groups without options: they have ranges of their own
    assert unknown == ["cache.max_gb", "watchdog.silent_hours", "watchdog.queue_hours"]
    assert all(range_of(RANGES[place.split(".")[0]], place, place.split(".")[0]) for place in unknown)


@pytest.mark.parametrize("profile", ["smoke", "laptop", "paper"])
def test_every_option_of_a_thesis_is_within_its_range(profile: str) -> None:
    tables.register()
    for cell in list(tables.cells())[::7]:
        check_ranges(compose([f"cell={cell}", f"profile={profile}"]))


NONSENSE: Mapping[str, tuple[Any, ...]] = {
    "seed": (-1, 1.5, True, None, "x", 2**32),
    "epochs": (-1, None, 2.5, [1]),
    "threads": (0, 100_000, "all"),
    "parents": (None, "fer2013_final/final", [1]),
    "dry_run": ("yes", 1, None),
    "data": (None, 3, "sase"),
    "data.num_classes": (0, None, "twelve", True),
    "data.split": (3, "clean"),
    "data.regroup": ([], 3),
    "faces.views": (None, -1, [3]),
    "faces.size": ({"a": 1}, 7, 100_000),
    "faces.window": (None, [-0.1, 0.5], ["a", 1]),
    "items.views": ("frontal", [None]),
    "model.dropout": (1, -0.1, None, "half", [0.1, 2]),
    "model.freeze": (True, "some", None),
    "model.backbone": (None, "vgg16"),
    "model.backbone.width": (0, -1, math.inf, math.nan, "wide"),
    "optimizer.lr": (0, -0.1, None, math.inf, "fast"),
    "optimizer.fused": (1, "no"),
    "augmentation.flip": ("true", 1),
    "trainer.devices": (-2, None, "some", True, 1.5),
    "trainer.precision": (16, "half", None),
    "trainer.strategy": ("nope", None),
    "trainer.enable_checkpointing": (True,),
    "task.loss": (None, "focal"),
    "task.average": (0, 1, "long"),
    "cache.max_gb": (-1, None, "much"),
    "paths.results": ("", " ", None, 3),
    "source.weights_order": ("rgb", "GBR", 1),
    "source.weights_checksum": ("abc", 1),
    "profile.epochs.head": (-1, "many"),
    "profile.subjects": (0, 2, "all"),
}


@pytest.mark.parametrize(("place", "value"), [(key, value) for key, values in NONSENSE.items() for value in values])
def test_a_value_of_another_type_or_out_of_its_range_is_named(place: str, value: Any) -> None:
    config = deepcopy(compose([CELL]))
    *folders, last = place.split(".")
    holder = config
    for folder in folders:
        holder = holder[folder]
    holder[last] = value
    with pytest.raises(ConfigError) as refused:
        check_ranges(config)
    assert refused.value.what == f"{place}={value!r}"
    assert refused.value.expected


def test_the_words_of_a_range_say_its_bounds() -> None:
    assert whole(1).words == "a whole number from 1 on"
    assert whole(0, 3).words == "a whole number from 0 to 3"
    assert number(0, above=True).words == "a number above 0"
    assert number(0, 1, below=True).words == "a number from 0 on and below 1"
    assert number(0, 1).words == "a number from 0 to 1"
    assert each(number(0, 1)).words == "a list, each a number from 0 to 1"


def never() -> None:
    raise AssertionError("a job was started")


@pytest.mark.parametrize(
    ("override", "word"),
    [
        ("profile.name=paper", "profile="),
        ("+protocol.name=thesis", "protocol="),
        ("data.name=mine", "data="),
        ("~model", "~model"),
        ("model=null", "model=null"),
        ("fold=0", "fold=0"),
        ("model.num_classes=3", "model.num_classes=3"),
        ("items.views=[none]", "items.views"),
        ("model._target_=os.system", "model._target_=os.system"),
        ("optimizer._target_=torch.optim.Nope", "error: optimizer._target_=torch.optim.Nope"),
        ("data.dataset._target_=nowhere.Nothing", "error: data.dataset._target_=nowhere.Nothing"),
        ("data.split.thesis.train=abc", "thesis.train"),
        ("data.split.clean.train=-1", "clean.train"),
        ("data.split.manifest=/nowhere.json", "data.split.manifest"),
        ("data.split.manifest={a: 1}", "data.split.manifest"),
        ("faces=[-1]", "faces=[-1]"),
        ("+model.foo=1", "model.foo"),
        ("++faces.foo=1", "faces.foo"),
        ("+trainer.foo=1", "trainer.foo"),
        ("trainer.strategy=ddp_spawn", "trainer.strategy"),
        ("paths.results=", "paths.results"),
        ("faces=raw", "items.views"),
    ],
)
def test_what_does_not_fit_is_refused_before_a_job_starts(
    override: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert engine.start([CELL, "profile=smoke", override], never) == 2
    assert word in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("override", ["trainer.devices=4", "trainer.accelerator=gpu"])
def test_devices_that_are_not_there_are_not_waited_for(override: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_lab.runs.checks.has_gpu", lambda: False)
    assert engine.start([CELL, override], never) == 2


def test_several_devices_without_a_gpu_are_processes_that_one_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_lab.runs.checks.has_gpu", lambda: False)
    with pytest.raises(ConfigError, match=r"there is no GPU here\n.*1, or trainer\.strategy=ddp as well"):
        check_sweep([CELL, "trainer.devices=2"])
    check_sweep([CELL, "trainer.devices=2", "trainer.strategy=ddp"])


@pytest.mark.parametrize("content", [b"root:x:0:0:root:/root:/bin/bash\n", b"", b"PK\x03\x04", b"\x80\x04."])
def test_weights_that_are_no_weights_are_refused_in_words(content: bytes, tmp_path: Path) -> None:
    from fer_lab.errors import StoreError
    from fer_lab.models.weights import read_tensors

    file = tmp_path / "weights.pth"
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"weights\.pth"):
        read_tensors(file)
