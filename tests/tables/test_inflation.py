"""What the choice of the epoch and of the protocol does to a cell's accuracy, as paired differences."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import tables
from fer_lab.evaluation import Interval, make_target
from fer_lab.ledger import Run
from fer_lab.storage import file_digest
from fer_lab.tables.console import SHOWN
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.grid import difference_text
from fer_lab.tables.inflation import inflation, partner
from fer_lab.tables.rendering import documents

SEEDS = (0, 1)
EPOCHS = ("val", "test")


def right(people: int, shares: tuple[float, ...], epoch: int, names: str = "s", videos: int = 10) -> pd.DataFrame:
    """Two classes, ten videos of each person; of each person's test videos a share is right."""
    rows = people * videos
    frame = pd.DataFrame({"item": range(rows), "label": np.tile([0, 1], rows // 2)})
    frame["subject"] = [f"{names}{row // videos:02d}" if names else "" for row in range(rows)]
    frame["video"] = [f"{names}{row // videos:02d}/{row % videos}" for row in range(rows)]
    correct = np.arange(rows) % videos < round(videos * shares[epoch])
    frame["p0"] = np.where(correct == (frame["label"] == 0), 1.0, 0.0)
    frame["p1"] = 1 - frame["p0"]
    return pd.concat([frame.assign(part=part, epoch=epoch) for part in EPOCHS], ignore_index=True)


def a_run(folder: Path, scores: list[pd.DataFrame], seed: int = 0, **changes: object) -> Run:
    files = {}
    for epoch, frame in enumerate(scores):
        path = folder / "scores" / f"epoch-{epoch:03d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path, index=False)
        files[f"scores/{path.name}"] = file_digest(path)
    facts = {"leak_share": 0.0, "notes": [], "items": {"train": 4, "val": 4, "test": 4}, "dropped": 0}
    facts |= {"skipped_files": 0, "skipped_frames": 0, "skipped_faces": 0}
    facts |= {"weights": {"origin": "none", "checksum": ""}}
    values: dict[str, object] = {
        "id": folder.name, "cell": "sase_hidden/cnn_frontal", "seed": seed, "source": "embedded", "profile": "laptop",
        "protocol": "clean", "dataset": "sase_fe", "column": "hidden",
        "target": make_target("classes", ("genuine", "deceptive")),
        "selected_epoch": 1, "epochs": len(scores), "parents": (), "facts": facts, "files": files,
    }  # fmt: skip
    return Run(folder=folder, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def clean(tmp_path: Path) -> dict[int, Run]:
    """Half right at the selected epoch, .7 at the best one, .4 at the last."""
    frames = [right(12, (0.7, 0.5, 0.4), epoch) for epoch in range(3)]
    return {seed: a_run(tmp_path / f"clean-{seed}", frames, seed) for seed in SEEDS}


@pytest.fixture
def thesis(tmp_path: Path) -> dict[int, Run]:
    """Six of the twelve people only; .8 right at the selected epoch."""
    frames = [right(12, (0.6, 0.8, 0.8), epoch).iloc[60:] for epoch in range(3)]
    return {seed: a_run(tmp_path / f"thesis-{seed}", frames, seed, protocol="thesis") for seed in SEEDS}


def test_the_best_and_the_last_epoch_are_held_against_the_selected_one(clean: dict[int, Run]) -> None:
    found = inflation("test", clean, {})
    assert found.oracle is not None
    assert found.last is not None
    assert found.oracle.mean == pytest.approx(0.2)
    assert found.last.mean == pytest.approx(-0.1)
    assert found.oracle.low <= 0.2 <= found.oracle.high
    assert found.leak is None


def test_protocols_are_subtracted_thesis_minus_clean_whichever_is_shown(
    clean: dict[int, Run], thesis: dict[int, Run]
) -> None:
    one, other = inflation("test", clean, thesis).leak, inflation("test", thesis, clean).leak
    assert one is not None
    assert one.mean == pytest.approx(0.3)
    assert other == one


def test_each_protocol_is_paired_with_one_that_leaks_where_it_does_not(
    clean: dict[int, Run], thesis: dict[int, Run]
) -> None:
    assert [partner(protocol) for protocol in ("clean", "as_printed", "thesis")] == ["thesis", "thesis", "clean"]
    printed = {seed: replace(run, protocol="as_printed") for seed, run in clean.items()}
    assert inflation("test", printed, thesis).leak == inflation("test", clean, thesis).leak
    assert inflation("test", printed, clean).leak is None


def test_only_seeds_of_both_protocols_and_runs_alike_count(clean: dict[int, Run], thesis: dict[int, Run]) -> None:
    assert inflation("test", {0: clean[0]}, {1: thesis[1]}).leak is None
    longer = {seed: replace(run, epochs=40) for seed, run in thesis.items()}
    assert inflation("test", clean, longer).leak is None
    assert inflation("val", clean, thesis).leak is None


def test_images_without_people_are_paired_by_their_names_not_their_numbers(tmp_path: Path) -> None:
    frame = right(4, (0.5,), 0, names="")
    turned = frame.iloc[::-1].assign(item=frame["item"].to_numpy())
    both = {
        protocol: {0: a_run(tmp_path / protocol, [scores], protocol=protocol, selected_epoch=0)}
        for protocol, scores in (("clean", frame), ("thesis", turned))
    }
    found = inflation("test", both["clean"], both["thesis"]).leak
    assert found is not None
    assert (found.mean, found.low, found.high) == (0, 0, 0)  # the same answers to the same images


def test_without_the_scores_of_every_epoch_nothing_is_told(clean: dict[int, Run]) -> None:
    for name in ("scores/epoch-000.parquet", "scores/epoch-002.parquet"):
        run = replace(clean[0], files={key: value for key, value in clean[0].files.items() if key != name})
        assert inflation("test", {0: run, 1: clean[1]}, {}).oracle is None
    assert inflation("train", clean, {}).last is None


def test_scores_that_are_no_numbers_give_undefined(tmp_path: Path) -> None:
    frames = [right(4, (0.5, 0.5), epoch) for epoch in range(2)]
    frames[1].loc[43, ["p0", "p1"]] = np.nan
    found = inflation("test", {0: a_run(tmp_path / "nan", frames)}, {})
    assert found.oracle is not None
    assert math.isnan(found.oracle.mean)
    assert difference_text(found.oracle) == "undefined"


def test_scores_that_are_all_alike_differ_by_nothing(tmp_path: Path) -> None:
    frames = [right(4, (0.5, 0.5), epoch).assign(p0=0.5, p1=0.5) for epoch in range(2)]
    found = inflation("test", {0: a_run(tmp_path / "same", frames)}, {})
    assert difference_text(found.oracle) == "0.000 [0.000, 0.000] †"


def test_differences_carry_their_sign() -> None:
    assert difference_text(None) == "–"
    assert difference_text(Interval(0.0123, -0.0004, 0.02, 50)) == "+0.012 [0.000, +0.020]"
    assert difference_text(Interval(-0.1, math.nan, math.nan, 1)) == "-0.100 [one subject] †"


def test_tables_show_the_columns_and_say_what_is_paired(clean: dict[int, Run], thesis: dict[int, Run]) -> None:
    table = tables.find_table("garcia_zapata_2018-7.8")
    cell = clean[0].cell
    runs, others = ({(cell, seed): run for seed, run in own.items()} for own in (clean, thesis))
    comparison = tables.compare(table, runs, others=others)
    texts = documents(comparison)
    assert "oracle minus selected | last minus selected | thesis minus disjoint" in texts["table.md"]
    assert "| +0.200 [" in texts["table.md"]
    assert "| -0.100 [" in texts["table.md"]
    assert "| +0.300 [" in texts["table.md"]
    assert "oracle_mean,oracle_low,oracle_high,last_mean" in texts["table.csv"]
    assert {"oracle minus selected", "last minus selected", "thesis minus disjoint"}.isdisjoint(SHOWN)
    assert any(line.startswith("Thesis minus disjoint:") for line in footnotes(comparison))
    assert not any(line.startswith("Thesis minus disjoint:") for line in footnotes(tables.compare(table, runs)))


def test_the_foot_counts_near_copies_where_the_runs_know(clean: dict[int, Run]) -> None:
    table = tables.find_table("garcia_zapata_2018-7.8")
    facts = {**clean[0].facts, "near_copies": 12}
    known = {(run.cell, seed): replace(run, facts=facts) for seed, run in clean.items()}
    unknown = {(run.cell, seed): run for seed, run in clean.items()}
    share = 100 * 12 / clean[0].facts["items"]["test"]
    words = f"sase_fe: 12 ({share:.1f} %) of the test images have a near copy in training"
    assert any(line.startswith(words) for line in footnotes(tables.compare(table, known)))
    assert not any("near copy" in line for line in footnotes(tables.compare(table, unknown)))


def test_the_foot_counts_videos_without_an_item_and_clips_that_repeat_a_face(clean: dict[int, Run]) -> None:
    table = tables.find_table("garcia_zapata_2018-7.8")
    facts = {**clean[0].facts, "videos_without_item": 2, "short_clips": 31, "videos_without_late_face": [*"abcd"]}
    runs = {(run.cell, seed): replace(run, facts=facts) for seed, run in clean.items()}
    said = footnotes(tables.compare(table, runs))
    assert "sase_fe: 2 videos have no item in sase_hidden/cnn_frontal." in said
    assert "sase_fe: 31 clips of sase_hidden/cnn_frontal show a face more than once: the video has fewer." in said
    late = (
        "sase_fe: 4 videos have no face in their second half (a, b, c, ...): the later half of the faces that they have"
    )
    assert any(line.startswith(late) for line in said)
    plain = {(run.cell, seed): run for seed, run in clean.items()}
    assert not any(
        "second half" in line or "no item" in line or "more than once" in line
        for line in footnotes(tables.compare(table, plain))
    )


def test_the_foot_tells_the_scale_of_what_is_standardised(clean: dict[int, Run]) -> None:
    table = tables.find_table("garcia_zapata_2018-7.8")
    scales = ({"rms_features": 2.6, "rms_geometry": 0.34}, {"rms_features": 2.8, "rms_geometry": 0.34})
    runs = {
        (run.cell, seed): replace(run, facts={**run.facts, **scale})
        for (seed, run), scale in zip(clean.items(), scales, strict=False)
    }
    words = "sase_fe: sase_hidden/cnn_frontal standardises features of rms 2.7, geometry of rms 0.34."
    assert words in footnotes(tables.compare(table, runs))


def test_the_foot_says_which_videos_a_difference_leaves_out(clean: dict[int, Run], tmp_path: Path) -> None:
    """Text of sec. 7.1: soft symmetry against none, where one cell lacks a video of each person."""
    table = tables.find_table("garcia_zapata_2018-text-7.1")
    frames = [right(12, (0.7, 0.5, 0.4), epoch) for epoch in range(3)]
    fewer = [frame[~frame["video"].str.endswith("/0")] for frame in frames]
    names = ("sase_emotion/no_symmetry", "sase_emotion/soft_symmetry")
    runs = {(name, 0): a_run(tmp_path / name, own, cell=name) for name, own in zip(names, (frames, fewer), strict=True)}
    found = tables.compare(table, runs)
    (value,) = (compared for compared in found.values if compared.printed.minus == names[1])
    assert value.measured is not None
    assert value.measured.mean == pytest.approx(0)
    words = f"{names[0]} minus {names[1]}: on the videos that both have; 12 that only one has are left out."
    assert words in footnotes(found)
    alike = {(name, 0): replace(runs[names[0], 0], cell=name) for name in names}
    assert not any("only one has" in line for line in footnotes(tables.compare(table, alike)))
