"""The command on files: what lies in the folder, what bad files come to, what is left of a killed run."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Pillow

from fer_lab.errors import ConfigError, StoreError
from fer_lab.inference import kept, work
from fer_lab.inference.asked import ABOUT, SKIPPED, UNFINISHED, Asked
from fer_lab.inference.files import listed
from fer_lab.inference.options import Options
from fer_lab.inference.pieces import Form
from fer_lab.inference.predictor import Predictor
from fer_lab.inference.work import Work
from fer_lab.media import Image, frames, image, write_image
from tests.commands import called
from tests.inference.filmed import beside, filmed, write
from tests.inference.made import write_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "rule.onnx")


@pytest.fixture(scope="module")
def predictor(model: Path) -> Predictor:
    return Predictor(model)


@pytest.fixture(scope="module")
def images() -> list[Image]:
    return filmed(3, "happiness", 40)[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, images: list[Image]) -> Path:
    """Two pictures and a video, and what cannot be read."""
    folder = tmp_path_factory.mktemp("files")
    write_image(folder / "a.png", images[0])
    write_image(folder / "line\nbreak.jpg", images[39])
    write(folder / "film.mp4", images)
    (folder / "broken.mp4").write_bytes((folder / "film.mp4").read_bytes()[:3000])
    (folder / "cut.png").write_bytes((folder / "a.png").read_bytes()[:300])
    (folder / "empty.jpg").touch()
    (folder / "notes.txt").write_text("nothing to see")
    return folder


def test_pictures_of_any_kind(predictor: Predictor, images: list[Image], tmp_path: Path) -> None:
    Pillow.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    Pillow.new("RGB", (1, 1)).save(tmp_path / "tiny.png")
    moving = [Pillow.fromarray(one) for one in (images[39], images[0])]
    moving[0].save(tmp_path / "moving.gif", save_all=True, append_images=moving[1:])
    table = predictor.predict(tmp_path)
    assert table["file"].map(lambda name: Path(name).name).tolist() == ["moving.gif", "tiny.png"]
    assert table["answer"].fillna("").tolist() == ["happiness", ""]
    assert table.attrs["skipped"]["reason"] == ["far more than 64 megapixels"]


def call(*words: str | Path, limit: int | None = None) -> tuple[int, str]:
    """The command as a user calls it; ``limit``: of bytes that a file of it may have."""

    def limited() -> None:
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "fer_lab.cli", "predict", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limited)
    return done.returncode, done.stdout + done.stderr


def test_a_folder_of_everything(model: Path, files: Path, tmp_path: Path) -> None:
    status, said = call(model, files, "--to", tmp_path / "out")
    assert status == 1, said
    table = pd.read_csv(tmp_path / "out" / "answers.csv")
    assert table["file"].value_counts().to_dict() == {
        f"{files}/a.png": 1, f"{files}/line\nbreak.jpg": 1, f"{files}/film.mp4": 40,
    }  # fmt: skip
    skipped = pd.read_csv(tmp_path / "out" / SKIPPED, keep_default_na=False)
    reasons = dict(zip(skipped["file"].map(lambda name: Path(name).name), skipped["reason"], strict=True))
    assert set(reasons) == {"broken.mp4", "cut.png", "empty.jpg", "notes.txt"}
    assert reasons["empty.jpg"] == "the file is empty (0 bytes)"
    assert reasons["notes.txt"] == "neither a picture nor a video"
    assert "trained on generated faces" in said
    assert "measured on its test part: accuracy 0.800 [0.700, 0.900], 100 items" in said
    about = json.loads((tmp_path / "out" / ABOUT).read_text())
    assert about["counts"] == {"answered": 42, "faces": 42, "files": 7, "pictures": 42, "skipped": 4}
    assert about["model"]["stamp"] == "trained on generated faces"
    assert sorted(os.listdir(tmp_path / "out")) == [ABOUT, "answers.csv", SKIPPED]


def test_where_nothing_can_be_read_the_status_is_2(model: Path, files: Path, tmp_path: Path) -> None:
    status, said = called("predict", model, tmp_path / "nothing.jpg", "--to", tmp_path / "none")
    assert status == 2
    assert "nothing can be looked at" in said
    assert not (tmp_path / "none").exists()
    status, said = called("predict", model, files / "cut.png", "--to", tmp_path / "cut")
    assert status == 2, said
    assert "0 faces in 0 pictures of 1 file, 0 answered" in said
    assert "1 file could not be read" in said
    assert (tmp_path / "cut" / SKIPPED).is_file()


def test_parquet_holds_what_csv_holds(predictor: Predictor, files: Path, tmp_path: Path) -> None:
    options = Options(landmarks=True, smooth=0.2, error=0.1)
    for kind in ("csv", "parquet"):
        Work(predictor, [files / "film.mp4"], Asked(tmp_path / kind, kind, options)).do()
    one = pd.read_csv(tmp_path / "csv" / "answers.csv", keep_default_na=False)
    other = pd.read_parquet(tmp_path / "parquet" / "answers.parquet")
    assert list(one.columns) == list(other.columns)
    assert np.allclose(one["x_30"], other["x_30"], rtol=1e-5)
    assert one["answer"].tolist() == other["answer"].tolist()
    assert predictor.predict(files / "film.mp4", landmarks=True, smooth=0.2, error=0.1).equals(other)


def test_the_same_again_is_done_already_and_other_options_are_refused(
    predictor: Predictor, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(tmp_path / "out")
    about = Work(predictor, [files / "a.png"], asked).do()
    monkeypatch.setattr(Predictor, "watcher", None)  # nothing is looked at again
    assert Work(predictor, [files / "a.png"], asked).do() == about
    monkeypatch.undo()
    other = Asked(tmp_path / "out", options=Options(above=0.9))
    with pytest.raises(ConfigError, match="of another model, other files or other options"):
        Work(predictor, [files / "a.png"], other).do()
    again = Asked(tmp_path / "out", options=Options(above=0.9), again=True)
    assert Work(predictor, [files / "a.png"], again).do()["options"]["threshold"] == 0.9


def test_a_folder_of_something_else_is_left_alone(predictor: Predictor, files: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for again in (False, True):
        with pytest.raises(ConfigError, match=r"holds something else: mine\.txt"):
            Work(predictor, [files / "a.png"], Asked(tmp_path, again=again)).do()
    with pytest.raises(ConfigError, match="is a file"):
        Work(predictor, [files / "a.png"], Asked(tmp_path / "mine.txt")).do()
    assert os.listdir(tmp_path) == ["mine.txt"]


@pytest.mark.parametrize("length", [1, 5])
def test_a_killed_run_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, images: list[Image], monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(kept, "PIECE", 8)
    predictor = Predictor(write_model(tmp_path / "clips.onnx", length=length))
    both = [beside([(10, one), (300, other)]) for one, other in zip(images, filmed(8, "neutral", 40)[0], strict=True)]
    film, options = write(tmp_path / "two.mp4", both), Options(smooth=0.3)
    Work(predictor, [film], Asked(tmp_path / "whole", options=options)).do()
    broken = Work(predictor, [film], Asked(tmp_path / "broken", options=options))
    write_piece, written = Form.write, []

    def killed(self: Form, path: Path, outcomes: Any) -> None:
        write_piece(self, path, outcomes)
        written.append(path.name)
        if len(written) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Form, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        broken.do()
    assert not (tmp_path / "broken" / "answers.csv").exists()
    assert len(list((tmp_path / "broken" / UNFINISHED).glob("*.parquet"))) == 3
    broken.do()
    assert len(written) == 6  # the last one is empty: 40 frames fill five
    for name in ("answers.csv", SKIPPED, ABOUT):
        whole, resumed = ((tmp_path / place / name).read_bytes() for place in ("whole", "broken"))
        assert whole == resumed


def test_a_run_that_is_killed_leaves_nothing_half(model: Path, files: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fer_lab.cli", "predict", str(model), str(files / "film.mp4"), "--to"]
    process = subprocess.Popen([*command, str(tmp_path / "out")])
    while not (tmp_path / "out" / UNFINISHED).is_dir() and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not (tmp_path / "out" / "answers.csv").exists()
    assert call(*command[4:], tmp_path / "out")[0] == 0
    assert len(pd.read_csv(tmp_path / "out" / "answers.csv")) == 40


def test_a_full_disk_is_said_and_nothing_half_stays(model: Path, files: Path, tmp_path: Path) -> None:
    status, said = call(model, files / "film.mp4", "--to", tmp_path / "out", "--landmarks", limit=30_000)
    assert status == 2
    assert "cannot write" in said
    assert "free some space" in said
    assert not (tmp_path / "out" / ABOUT).exists()
    assert [path for path in (tmp_path / "out").iterdir() if path.name != UNFINISHED] == []


def test_drawn_pictures_keep_their_pixels_and_videos_their_times(
    predictor: Predictor, files: Path, tmp_path: Path, images: list[Image]
) -> None:
    given = [files / "a.png", files / "film.mp4", files / "line\nbreak.jpg"]
    Work(predictor, given, Asked(tmp_path / "out", annotated=True)).do()
    drawn = tmp_path / "out" / "annotated"
    assert sorted(os.listdir(drawn)) == ["a.png.png", "film.mp4.mp4", "line_break.jpg.png"]
    still = image((drawn / "a.png.png").read_bytes(), "a")
    assert still.shape == images[0].shape
    assert (still != images[0]).any()
    corner = np.abs(still[:30, -30:].astype(int) - images[0][:30, -30:])
    assert corner.max() == 0
    shown = list(frames(drawn, "film.mp4.mp4", "video"))
    original = list(frames(files, "film.mp4", "video"))
    assert np.allclose([one.time for one in shown], [one.time for one in original])


def test_files_of_an_archive_and_each_once(
    predictor: Predictor, files: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(files / "a.png", "in/a.png")
    (tmp_path / "link.png").symlink_to(files / "a.png")
    items, unread = listed([tmp_path / "all.zip", files / "a.png", tmp_path / "link.png", tmp_path / "none.png"])
    assert [item.file for item in items] == [f"{tmp_path}/all.zip/in/a.png", f"{files}/a.png"]
    assert "is named twice" in caplog.text
    assert [one.reason for one in unread] == ["No such file or directory"]
    assert predictor.predict([tmp_path / "all.zip"])["answer"].notna().all()


def test_an_archive_within_a_folder_is_said_to_be_one(files: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(files / "a.png", "a.png")
    (tmp_path / "notes.txt").write_text("nothing to see")
    reasons = {Path(one.file).name: one.reason for one in listed([tmp_path])[1]}
    assert reasons["all.zip"].startswith("an archive within a folder")
    assert reasons["notes.txt"] == "neither a picture nor a video"


def test_a_stamp_of_a_file_is_refused(model: Path, files: Path, tmp_path: Path) -> None:
    status, said = called("predict", model, files / "a.png", "--stamp", "bla=3", "--to", tmp_path / "out")
    assert status == 2
    assert "leave bla=3 out" in said
    status, said = called("predict", model, files / "a.png", "--seed", "1", "--to", tmp_path / "out")
    assert (status, "--seed 1 with" in said) == (2, True), said


def test_what_is_to_be_said_of_a_file_is_said_once(
    predictor: Predictor, files: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    moving = [Pillow.fromarray(image((files / name).read_bytes(), name)) for name in ("a.png", "line\nbreak.jpg")]
    moving[0].save(tmp_path / "moving.gif", save_all=True, append_images=moving[1:])
    Work(predictor, [tmp_path / "moving.gif"], Asked(tmp_path / "out", annotated=True)).do()
    assert (tmp_path / "out" / "annotated" / "moving.gif.png").is_file()
    assert caplog.text.count("is an animation") == 1


def test_every_file_is_named_whatever_its_name(predictor: Predictor, files: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.write(files / "a.png", "../../evil.png")
        archive.write(files / "a.png", "good.png")
    (tmp_path / os.fsdecode(b"lat\xe9.png")).write_bytes((files / "a.png").read_bytes())
    (tmp_path / os.fsdecode(b"lat\xe9.txt")).touch()
    given = [tmp_path / "evil.zip", *sorted(tmp_path.glob("lat*"))]
    Work(predictor, given, Asked(tmp_path / "out", annotated=True)).do()
    table = pd.read_csv(tmp_path / "out" / "answers.csv")
    assert table["file"].tolist() == [f"{tmp_path}/evil.zip/good.png", f"{tmp_path}/lat\\xe9.png"]
    skipped = pd.read_csv(tmp_path / "out" / SKIPPED)
    assert skipped["file"].tolist() == [f"{tmp_path}/evil.zip/../../evil.png", f"{tmp_path}/lat\\xe9.txt"]
    assert skipped["reason"].str.contains("leaves the data root|0 bytes").all()


def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    try:
        if os.access(closed, os.R_OK):
            pytest.skip("this user may read everything")
        assert [one.reason for one in listed([closed])[1]] == ["Permission denied"]
    finally:
        closed.chmod(0o700)
    assert [one.reason for one in listed([closed])[1]] == ["there is no file in it"]


def test_a_crowd(predictor: Predictor, images: list[Image]) -> None:
    row = np.concatenate([images[0]] * 3, axis=1)
    several = np.concatenate([row] * 2, axis=0)
    assert predictor.predict(several, faces=50)["face"].tolist() == [1, 2, 3, 4, 5, 6]
    crowd = np.concatenate([np.concatenate([several] * 3, axis=1)] * 3, axis=0)
    found = predictor.predict(crowd, faces=50)  # 54 faces of a twentieth of its width: too small for the detector
    assert len(found) <= 50
    assert (found["reason"] == "no face").all() == found["face"].isna().all()


def _interrupted(*_: object) -> int:
    raise KeyboardInterrupt


def test_a_damaged_piece_is_said(
    predictor: Predictor, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(tmp_path / "out")
    monkeypatch.setattr(work, "write_table", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        Work(predictor, [files / "a.png"], asked).do()
    monkeypatch.undo()
    piece = next((tmp_path / "out" / UNFINISHED).glob("*.parquet"))
    piece.write_bytes(piece.read_bytes()[:100])
    with pytest.raises(StoreError, match="--again"):
        Work(predictor, [files / "a.png"], asked).do()
