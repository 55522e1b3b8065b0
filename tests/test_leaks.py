"""`fer-lab leaks`, called as a user calls it, on a small FER2013 with known copies and on a folder of videos."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import sources
from fer_lab.cli import main
from fer_lab.configs import compose_data
from fer_lab.errors import DataError
from fer_lab.faces import FaceStore


def row(emotion: int, part: str, picture: int, changed: bool = False) -> tuple[int, str, str]:
    """A picture by its number (-1: a constant one), as a row of the CSV; ``changed`` in one pixel."""
    pixels = np.random.default_rng(max(picture, 0)).integers(0, 250, (8, 8)).repeat(6, 0).repeat(6, 1).ravel()
    pixels = pixels + changed * (np.arange(48 * 48) == 5) if picture >= 0 else np.full(48 * 48, 7)
    return emotion, " ".join(map(str, pixels)), part


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    rows = [row(emotion, "Training", emotion) for emotion in range(7)]
    rows += [row(0, "PublicTest", 0), row(3, "PublicTest", 1), row(4, "PrivateTest", 2, changed=True)]
    rows += [row(5, "PrivateTest", 9), row(6, "PublicTest", -1)]
    pd.DataFrame(rows, columns=["emotion", "pixels", "Usage"]).to_csv(tmp_path / "fer2013.csv", index=False)
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("sys.argv", ["fer-lab", "leaks", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), capsys.readouterr().out


def test_copies_conflicts_and_constant_images_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copy: Path
) -> None:
    status, output = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={copy}")
    exact, near = output.split("near copies", 1)
    assert status == 0
    assert "12 images, 2 PrivateTest, 3 PublicTest, 7 Training" in exact
    assert re.search(r"PublicTest, Training\W+2\W+2\W+2\b", exact)
    assert re.search(r"PrivateTest, Training\W+0\W+0\W+0\b", exact)
    assert re.search(r"PrivateTest, Training\W+1\W+1\W+1\b", near)
    assert "exact copies under different labels: 2 images in 1 groups" in near
    assert "PublicTest/happiness/00000008, Training/disgust/00000001" in near
    assert "constant images: 1 (1 PublicTest)" in near
    assert "no people are named" in near


def test_augmented_copies_are_looked_for_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copy: Path
) -> None:
    rows = pd.read_csv(copy / "fer2013.csv")
    pixels = np.array(rows["pixels"][6].split(), int).reshape(48, 48)[:, ::-1]
    rows.loc[len(rows)] = [6, " ".join(map(str, pixels.ravel())), "PublicTest"]
    rows.to_csv(copy / "fer2013.csv", index=False)
    _, without = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={copy}")
    status, output = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={copy}", "--augmented")
    assert status == 0
    assert "--augmented looks also for" in without
    assert "mirrored copies in test and train:\n  PublicTest/neutral/00000012, Training/neutral/00000006" in output


def test_the_parts_of_the_configuration_are_held_against_each_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copy: Path
) -> None:
    _, clean = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={copy}")
    _, thesis = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={copy}", "protocol=thesis")
    assert "parts of protocol clean: 5 train, 2 val, 3 test" in clean
    assert "dropped, training copy of a validation or test image: 2" in clean
    assert re.search(r"test, train\W+none named\W+0 \(0.0 %\)\W+0 \(0.0 %\)\W+0 \(0.0 %\)", clean)
    assert "parts of protocol thesis: 7 train, 2 val, 3 test" in thesis
    assert re.search(r"test, train\W+none named\W+0 \(0.0 %\)\W+2 \(66.7 %\)\W+0 \(0.0 %\)", thesis)
    assert "exact copies in test and train:\n  PublicTest/anger/00000007, Training/anger/00000000" in thesis
    assert "people: none are named" in thesis


def test_a_clean_manifest_that_leaks_is_shown_and_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copy: Path
) -> None:
    ids = {"train": ["Training/anger/00000000"], "val": ["PrivateTest/sadness/00000009"]}
    manifest = copy / "split.json"
    manifest.write_text(json.dumps({"ids": ids | {"test": ["PublicTest/anger/00000007"]}}))
    status, output = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={copy}", f"data.split.manifest={manifest}")
    assert status == 1
    assert "training is refused: the clean split has 1 test items also in train" in output


@pytest.fixture
def videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Faces of ten people in two videos of two frames each, aligned already; one is mirrored in another's video."""
    rng, folder = np.random.default_rng(0), tmp_path / "faces" / "0123456789abcdef"
    folder.mkdir(parents=True)
    ids = [f"s{who}-{video}.mp4" for who in range(10) for video in range(2)]
    frames = pd.DataFrame({"id": np.repeat(ids, 2), "frame": np.tile([4, 9], 20)})
    pixels = rng.integers(0, 256, (40, 8, 8, 3), np.uint8).repeat(4, 1).repeat(4, 2)
    np.save(folder / "face.npy", np.concatenate([pixels[:-1], pixels[:1, :, ::-1]]))
    frames.assign(row=range(40)).to_parquet(folder / "frames.parquet", index=False)
    for name in ids:
        (tmp_path / name).write_bytes(b"")
    labels = pd.DataFrame({"path": ids, "label": ["fear", "happiness"] * 10, "subject": [name[:2] for name in ids]})
    labels.to_csv(tmp_path / "labels.csv", index=False)
    monkeypatch.setattr("fer_lab.sources.open_faces", lambda source, config: FaceStore(folder))
    return tmp_path


PEOPLE = ("data.dataset.columns.subject=subject", "faces.views=[face]")


def test_videos_share_nothing_in_a_clean_split_of_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], videos: Path
) -> None:
    status, output = call(monkeypatch, capsys, "folder", f"paths.folder={videos}", *PEOPLE, "--augmented")
    assert status == 0
    assert "parts of protocol clean: 14 train, 2 val, 4 test" in output
    assert re.search(r"test, train\W+0 \(0.0 %\)\W+0 \(0.0 %\)\W+0 \(0.0 %\)\W+0 \(0.0 %\)\W+\d", output)


def test_people_and_mirrored_frames_of_videos_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], videos: Path
) -> None:
    ids = {"train": ["s0-0.mp4"], "val": ["s3-0.mp4"], "test": ["s0-1.mp4", "s9-1.mp4"]}
    (videos / "split.json").write_text(json.dumps({"ids": ids}))
    words = (f"paths.folder={videos}", *PEOPLE, f"data.split.manifest={videos / 'split.json'}", "protocol=thesis")
    status, output = call(monkeypatch, capsys, "folder", *words, "--augmented")
    assert status == 0
    assert re.search(r"test, train\W+1 \(50.0 %\)\W+0 \(0.0 %\)\W+0 \(0.0 %\)\W+0 \(0.0 %\)\W+1 \(25.0 %\)", output)
    assert "people in test and train: s0" in output
    assert "mirrored copies in test and train:\n  s9-1.mp4 frame 9, s0-0.mp4 frame 4" in output


@pytest.mark.parametrize(("dataset", "meant"), [("generated", "embedded"), ("fer2013", "real")])
def test_the_real_data_are_meant_where_there_are_any(
    dataset: str, meant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def open_data(name: str, overrides: list[str]) -> None:
        asked.append(compose_data(name, overrides))
        raise DataError("only asked")

    monkeypatch.setattr(sources, "open_data", open_data)
    call(monkeypatch, capsys, dataset)
    call(monkeypatch, capsys, dataset, "source=embedded")
    assert [config["source"]["name"] for config in asked] == [meant, "embedded"]


def test_a_folder_without_the_data_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, output = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={tmp_path}")
    assert status == 2
    assert "none of its forms is in" in output
