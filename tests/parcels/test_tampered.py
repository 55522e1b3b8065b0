"""Returned ledgers that somebody has changed: by accident, clumsily, and with some care. None is taken in."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fer_lab.errors import FerLabError
from fer_lab.parcels.joining import join
from fer_lab.storage import digest
from tests.parcels.conftest import Trip

pytestmark = [pytest.mark.slow, pytest.mark.long]
Files = dict[str, bytes]


class Sealed:
    """The files of a returned ledger, changed and sealed again as its writer would have."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.files: Files = {name: archive.read(name) for name in archive.namelist()}

    def ids(self, cell: str) -> list[str]:
        """The runs of a cell, by seed."""
        found = [(self.record(name)["seed"], name) for name in self._records() if self.record(name)["cell"] == cell]
        return [name.split("/")[1] for _, name in sorted(found)]

    def _records(self) -> list[str]:
        return [name for name in self.files if name.endswith("/run.json")]

    def record(self, name: str) -> dict[str, Any]:
        """A file of JSON."""
        value: dict[str, Any] = json.loads(self.files[name])
        return value

    def change(self, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change a file of JSON."""
        value = self.record(name)
        change(value)
        self.files[name] = json.dumps(value).encode()

    def change_scores(self, id: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Change the scores of the first epoch of a run."""
        name = f"runs/{id}/scores/epoch-000.parquet"
        self.files[name] = change(pd.read_parquet(io.BytesIO(self.files[name]))).to_parquet(index=False)

    def seal(self) -> None:
        """Write checksums and digest anew."""
        others = {name: data for name, data in self.files.items() if name != "returned.json"}
        about = self.record("returned.json") | {
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in others.items()}
        }
        about.pop("digest")
        self.files["returned.json"] = json.dumps(about | {"digest": digest(about)}).encode()

    def write(self, path: Path) -> Path:
        """Write it as a zip."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files.items():
                archive.writestr(name, data)
        return path


@pytest.fixture
def sealed(trip: Trip) -> Sealed:
    return Sealed(trip.returned)


@pytest.fixture
def refused(trip: Trip, tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Joins a file, which must be refused; gives the reason. Nothing of it may be left."""
    results = tmp_path / "results"

    def joining(path: Path) -> str:
        with pytest.raises(FerLabError) as refusal:
            join(path, results, trip.parcel, other_data=True)
        return str(refusal.value)

    yield joining
    assert not [path for path in results.rglob("*") if path.is_file()]
    assert not list((results / "runs").glob("*")) if (results / "runs").exists() else True


Refused = Callable[[Path], str]


def better(scores: pd.DataFrame) -> pd.DataFrame:
    """Each test item answered rightly."""
    answers = [f"p{number}" for number in range(7)]
    test = scores["part"] == "test"
    changed = scores.copy()
    for number, name in enumerate(answers):
        changed.loc[test, name] = (scores.loc[test, "label"] == number).astype("float16")
    return changed


def test_what_is_sealed_again_without_a_change_is_taken(sealed: Sealed, trip: Trip, tmp_path: Path) -> None:
    sealed.seal()
    joined = join(sealed.write(tmp_path / "r.zip"), tmp_path / "results", trip.parcel, other_data=True)
    assert len(joined.added) == 6


def test_changed_scores(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    id = sealed.ids("ck_direct/final")[0]
    sealed.change_scores(id, better)
    said = refused(sealed.write(tmp_path / "r.zip"))
    assert f"runs/{id}/scores/epoch-000.parquet: its checksum differs" in said


def test_changed_scores_with_checksums_that_fit(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    id = sealed.ids("ck_direct/final")[1]
    sealed.change_scores(id, better)
    sealed.seal()
    said = refused(sealed.write(tmp_path / "r.zip"))
    assert f"run {id} of ck_direct/final seed 1: its metrics of test do not follow from its scores" in said


def test_changed_metrics_with_checksums_that_fit(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    id = sealed.ids("ck_direct/final")[0]
    sealed.change(f"runs/{id}/run.json", lambda record: record["metrics"]["test"].__setitem__(0, 0.9))
    sealed.seal()
    assert "its metrics of test do not follow" in refused(sealed.write(tmp_path / "r.zip"))


def test_swapped_folders(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    first, second, _ = sealed.ids("ck_direct/final")
    files = dict(sealed.files)
    for name, data in files.items():
        for one, other in ((first, second), (second, first)):
            if name.startswith(f"runs/{one}/") and not name.endswith("run.json"):
                sealed.files[name.replace(one, other)] = data
    sealed.seal()
    assert "do not follow from its scores" in refused(sealed.write(tmp_path / "r.zip"))
    sealed.files = dict(files)
    for name, data in files.items():
        for one, other in ((first, second), (second, first)):
            if name.startswith(f"runs/{one}/"):
                sealed.files[name.replace(one, other)] = data
    sealed.seal()
    assert "its id is not that of the parcel's configuration" in refused(sealed.write(tmp_path / "r.zip"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: record.update(recipe="0" * 16), "no run of this parcel"),
        (lambda record: record.update(signature="0" * 16), "its id is not that of the parcel's configuration"),
        (lambda record: record.update(seed=7), "seed 7, asked for was 0"),
        (lambda record: record.update(outputs=record["outputs"][::-1]), "other outputs"),
        (lambda record: record.update(epochs=2), "scores of epochs [0], said are 2"),
        (lambda record: record.update(selected_epoch=3), "epoch 3 is said to be selected, by its validation it is 0"),
        (lambda record: record["facts"]["items"].update(test=1000), "items are"),
        (lambda record: record["facts"].update(leak_share=0.5), "leak_share are 0.5"),
        (lambda record: record["facts"].update(notes=["<script>alert(1)</script>"]), "a text that is none of ours"),
        (lambda record: record["facts"].update(seconds=float("nan")), "a number, or null"),
        (lambda record: record.update(named={"weights": "a"}), "does not say its precision"),
        (lambda record: record.pop("metrics"), "it names no metrics"),
        (lambda record: record["facts"].pop("notes"), "its facts have no notes as runs have it"),
    ],
)
def test_a_changed_record(
    sealed: Sealed, refused: Refused, tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    sealed.change(f"runs/{sealed.ids('ck_direct/final')[0]}/run.json", change)
    sealed.seal()
    assert said in refused(sealed.write(tmp_path / "r.zip"))


def test_changed_validation_is_seen_in_the_history(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    id = sealed.ids("fer2013_final/final")[0]
    name = f"runs/{id}/history.csv"
    history = pd.read_csv(io.BytesIO(sealed.files[name]))
    sealed.files[name] = history.assign(**{"val/accuracy": 0.99}).to_csv(index=False).encode()
    sealed.seal()
    assert "history.csv: val/accuracy does not follow" in refused(sealed.write(tmp_path / "r.zip"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda scores: scores.assign(p0=scores["p0"] + 1), "probabilities beyond 0 and 1"),
        (lambda scores: scores.assign(p0=scores["p0"] / 2), "probabilities that do not sum to 1"),
        (lambda scores: scores.assign(label=9), "labels that are none"),
        (lambda scores: scores.assign(item=0), "an item is there twice"),
        (lambda scores: scores.assign(epoch=4), "rows of another epoch or part"),
        (lambda scores: scores.assign(subject="S011"), "subjects that are no digests"),
        (lambda scores: scores.assign(video="0" * 20), "items of videos that its parts do not name"),
        (lambda scores: scores.assign(p0="0.5"), "p0 hold something else"),
        (lambda scores: scores.assign(more=1), "columns are not those of its target: more"),
        (lambda scores: scores.assign(subject=[*scores["subject"][::-1]]), "another person behind an item"),
    ],
)
def test_scores_that_are_none(
    sealed: Sealed, refused: Refused, tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], said: str
) -> None:
    sealed.change_scores(sealed.ids("ck_direct/final")[1], change)
    sealed.seal()
    assert said in refused(sealed.write(tmp_path / "r.zip"))


@pytest.mark.parametrize(
    "name", ["runs/code.py", "runs/0123456789abcdef/weights.pkl", "../outside.json", "/etc/passwd", "runs/x/run.json"]
)
def test_files_that_are_none_of_a_ledger(sealed: Sealed, refused: Refused, tmp_path: Path, name: str) -> None:
    sealed.files[name] = pickle.dumps(print)
    sealed.seal()
    said = refused(sealed.write(tmp_path / "r.zip"))
    assert f"{name!r} is no file of it" in said
    assert not (tmp_path.parent / "outside.json").exists()


def test_scores_that_are_a_pickle(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    class Opened:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "it was run",)

    sealed.files[f"runs/{sealed.ids('ck_direct/final')[0]}/scores/epoch-000.parquet"] = pickle.dumps(Opened())
    sealed.seal()
    assert "epoch-000.parquet cannot be read" in refused(sealed.write(tmp_path / "r.zip"))
    assert not (tmp_path / "it was run").exists()


def test_an_added_file_and_a_missing_one(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    id = sealed.ids("ck_direct/final")[0]
    sealed.files[f"runs/{id}/losses.csv"] = b"step,loss\n1,0.1\n"
    assert f"runs/{id}/losses.csv is no file of it" in refused(sealed.write(tmp_path / "r.zip"))
    del sealed.files[f"runs/{id}/losses.csv"], sealed.files[f"runs/{id}/split.json"]
    assert f"runs/{id}/split.json is missing" in refused(sealed.write(tmp_path / "s.zip"))


def test_a_link(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    path = sealed.write(tmp_path / "r.zip")
    with zipfile.ZipFile(path, "a") as archive:
        about = zipfile.ZipInfo("runs/0123456789abcdef/run.json")
        about.create_system, about.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(about, "/etc/passwd")
    assert "is no plain file" in refused(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda about: about.update(format=2), "a returned ledger of format 2"),
        (lambda about: about.update(parcel="0" * 16), "answers parcel '0000000000000000'"),
        (lambda about: about["code"].update(changed=["fer_lab/evaluation/metrics.py"]), "other code than the parcel's"),
        (lambda about: about["code"].update(revision="0" * 40), "names other code or another lock"),
        (lambda about: about["lock"].update(digest="0" * 64), "names other code or another lock"),
        (lambda about: about.update(runs=about["runs"][1:]), "its list of runs is not that of its folders"),
        (lambda about: about.update(data=[]), "tells nothing of its data"),
        (lambda about: about.update(data=[{}]), "does not say what its data hold"),
        (lambda about: [one.pop("counts") for one in about["data"]], "counts nothing of ck_plus"),
        (lambda about: about.update(returned=1e12), "says that it was written at"),
        (lambda about: about.update(holder="a" * 100), "a holder of 100 characters"),
        (lambda about: about.update(holder=None), "does not say its holder"),
    ],
)
def test_a_changed_cover(
    sealed: Sealed, refused: Refused, tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    sealed.change("returned.json", change)
    assert "its digest differs" in refused(sealed.write(tmp_path / "r.zip")) or "format 2" in said
    sealed.seal()
    assert said in refused(sealed.write(tmp_path / "s.zip"))


def test_missing_runs_are_listed_and_the_others_taken(sealed: Sealed, trip: Trip, tmp_path: Path) -> None:
    left_out = sealed.ids("ck_direct/final")[2]
    sealed.files = {name: data for name, data in sealed.files.items() if left_out not in name}
    sealed.change("returned.json", lambda about: about["runs"].remove(left_out))
    sealed.seal()
    joined = join(sealed.write(tmp_path / "r.zip"), tmp_path / "results", trip.parcel, other_data=True)
    assert joined.missing == ("ck_direct/final seed 2",)
    assert len(joined.added) == 5


def test_a_child_without_its_parent(sealed: Sealed, refused: Refused, tmp_path: Path) -> None:
    left_out = sealed.ids("fer2013_final/final")[0]
    sealed.files = {name: data for name, data in sealed.files.items() if left_out not in name}
    sealed.change("returned.json", lambda about: about["runs"].remove(left_out))
    sealed.seal()
    assert "the run that it starts from is not there" in refused(sealed.write(tmp_path / "r.zip"))


def test_other_scores_under_an_id_that_was_returned_before(sealed: Sealed, trip: Trip, tmp_path: Path) -> None:
    results = tmp_path / "results"
    join(trip.returned, results, trip.parcel, other_data=True)
    id = sealed.ids("ck_direct/final")[0]
    sealed.change_scores(id, lambda scores: scores.assign(p0=scores["p0"] * 1.001))
    sealed.seal()
    with pytest.raises(FerLabError, match=f"returned before with other scores: {id}"):
        join(sealed.write(tmp_path / "r.zip"), results, trip.parcel, other_data=True)
