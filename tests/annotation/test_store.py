"""What is said is kept: through kills, by one at a time, undone once, in a form that is checked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fer_lab.annotation import FOLDER, Mark, Store, TakenError, annotators, checked_name, said_by
from fer_lab.annotation.marks import check_picture, checked_mark, merged
from fer_lab.errors import DataError, StoreError

WRITER = """
import sys
from pathlib import Path
from fer_lab.annotation import Mark, Store
store = Store(Path(sys.argv[1]), "anna")
print("first", len(store.marks), flush=True)
for number in range(len(store.marks), 1_000_000):
    store.add(Mark(f"take-{number}", f"{number}.png", {"valence": ((0.0, number / 1e6),), "arousal": ((0.0, 0.5),)}))
    print(number, flush=True)
"""


def at(path: str, valence: float, arousal: float, take: str = "t") -> Mark:
    return Mark(take, path, {"valence": ((0.0, valence),), "arousal": ((0.0, arousal),)})


def stretch(take: str, *points: tuple[float, float], of: str = "valence") -> Mark:
    return Mark(take, "a.mp4", {of: points})


@pytest.mark.parametrize("after", [1, 40, 150])
def test_a_kill_in_the_middle_of_writing_loses_nothing_that_was_said_to_be_kept(tmp_path: Path, after: int) -> None:
    kept = 0
    for _ in range(2):  # the second goes on where the first was killed
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert int(child.stdout.readline().split()[1]) >= kept
        for _ in range(after):
            child.stdout.readline()
        child.kill()
        told = [line for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        child.wait()
        kept += after + len(told)
        with Store(tmp_path, "anna") as store:
            assert len(store.marks) >= kept
            assert [mark.path for mark in store.marks] == [f"{number}.png" for number in range(len(store.marks))]
            kept = len(store.marks)


def test_a_line_that_was_half_written_is_cut_off_and_the_next_is_whole(tmp_path: Path) -> None:
    with Store(tmp_path, "anna") as store:
        store.add(at("a.png", 0.1, 0.2))
    file = tmp_path / FOLDER / "anna.jsonl"
    whole = file.read_bytes()
    for torn in range(1, len(whole)):
        file.write_bytes(whole + whole[:torn])
        assert list(said_by(tmp_path, "anna")) == ["a.png"]
    file.write_bytes(whole + whole[:30])
    with Store(tmp_path, "anna") as store:
        store.add(at("b.png", -0.1, 0.2))
    assert said_by(tmp_path, "anna")["b.png"] == {"valence": ((0.0, -0.1),), "arousal": ((0.0, 0.2),)}
    assert file.read_bytes().startswith(whole)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    with Store(tmp_path, "anna") as store:
        store.add(at("a.png", 0.1, 0.2))
    file = tmp_path / FOLDER / "anna.jsonl"
    file.write_bytes(b'{"take": "t", "path": "a.png", "values": {"valence": [[0, 7]]}}\n' + file.read_bytes())
    for read in (lambda: Store(tmp_path, "anna"), lambda: said_by(tmp_path, "anna")):
        with pytest.raises(StoreError, match=r"anna\.jsonl, line 1 is damaged: valence 7"):
            read()
    file.write_bytes(b"\n".join(file.read_bytes().splitlines()[1:]) + b"\n")
    Store(tmp_path, "anna").close()  # the refusal has let go of the name


def test_undo_takes_back_a_take_as_a_whole_and_once(tmp_path: Path) -> None:
    with Store(tmp_path, "anna") as store:
        store.add(at("a.png", 0.1, 0.2, "one"))
        store.add(at("a.png", 0.3, 0.4, "two"))
        store.add(at("a.png", 0.5, 0.6, "two"))
        assert store.undo("one") is None
        assert store.undo("two") == "a.png"
        assert store.undo("two") is None
    with Store(tmp_path, "anna") as store:
        assert [mark.take for mark in store.marks] == ["one"]
        assert store.undo("one") == "a.png"
        assert store.last_take is None
    assert said_by(tmp_path, "anna") == {}
    assert len((tmp_path / FOLDER / "anna.jsonl").read_bytes().splitlines()) == 5  # nothing is ever removed


def test_annotators_have_a_file_each_and_a_name_is_one_persons_at_a_time(tmp_path: Path) -> None:
    with Store(tmp_path, "Anna") as anna, Store(tmp_path, "ben-2") as ben:
        anna.add(at("a.png", 0.1, 0.2))
        ben.add(at("a.png", -0.9, 0.9))
        with pytest.raises(TakenError, match="anna is annotating here in another process"):
            Store(tmp_path, "ANNA")
    assert annotators(tmp_path) == ["anna", "ben-2"]
    assert said_by(tmp_path, "anna") != said_by(tmp_path, "ben-2")


@pytest.mark.parametrize(
    "name", ["", "-a", "../anna", "a/b", "a b", "änne", "a.b", "a" * 41, "gold", "anna\n", None, 7]
)
def test_a_name_that_is_none_is_refused(name: object) -> None:
    with pytest.raises(DataError, match="an annotator cannot be called"):
        checked_name(name)


def test_a_stretch_replaces_what_stood_there() -> None:
    old = stretch("a", (0.0, 0.0), (1.0, 0.1), (2.0, 0.2), (3.0, 0.3))
    again = stretch("b", (0.9, 0.8), (2.0, 0.9))
    other = stretch("c", (1.0, -1.0), of="arousal")
    found = merged([old, again, other])
    assert found["valence"] == ((0.0, 0.0), (0.9, 0.8), (2.0, 0.9), (3.0, 0.3))
    assert found["arousal"] == ((1.0, -1.0),)
    assert merged([again, old])["valence"] == old.values["valence"]


@pytest.mark.parametrize(
    ("take", "values", "why"),
    [
        ("T", {"valence": [[0, 0]]}, "the take 'T'"),
        (None, {"valence": [[0, 0]]}, "the take None"),
        ("t", {}, "the values"),
        ("t", {"dominance": [[0, 0]]}, "the values"),
        ("t", {"valence": []}, "the points of valence"),
        ("t", {"valence": [[0, 0]] * 5001}, "the points of valence"),
        ("t", {"valence": [[0]]}, "no pair of numbers"),
        ("t", {"valence": [[0, "1"]]}, "no pair of numbers"),
        ("t", {"valence": [[0, True]]}, "no pair of numbers"),
        ("t", {"valence": [[0, float("nan")]]}, "no pair of numbers"),
        ("t", {"valence": [[0, 1.01]]}, "valence 1.01"),
        ("t", {"arousal": [[0, -2]]}, "arousal -2"),
        ("t", {"arousal": [[-1, 0]]}, "the times of arousal"),
        ("t", {"arousal": [[2, 0], [1, 0]]}, "the times of arousal"),
        ("t", {"arousal": [[1e9, 0]]}, "the times of arousal"),
    ],
)
def test_a_mark_that_is_none_is_refused(take: object, values: object, why: str) -> None:
    with pytest.raises(DataError, match=why):
        checked_mark(take, "a.mp4", values)


def test_a_picture_is_marked_at_one_point_in_both_dimensions() -> None:
    check_picture(checked_mark("t", "a.png", {"valence": [[0, 0.5]], "arousal": [[0, -0.5]]}))
    for values in ({"valence": [[0, 0.5]]}, {"valence": [[0, 0], [1, 0]], "arousal": [[0, 0]]},
                   {"valence": [[1, 0]], "arousal": [[0, 0]]}):  # fmt: skip
        with pytest.raises(DataError, match="a picture is marked at one point"):
            check_picture(checked_mark("t", "a.png", values))


def test_a_file_says_what_was_done_and_when(tmp_path: Path) -> None:
    with Store(tmp_path, "anna") as store:
        store.add(at("a.png", 0.1, 0.2))
    (line,) = (tmp_path / FOLDER / "anna.jsonl").read_text().splitlines()
    assert json.loads(line)["values"] == {"valence": [[0.0, 0.1]], "arousal": [[0.0, 0.2]]}
    assert json.loads(line)["at"].startswith("2")
