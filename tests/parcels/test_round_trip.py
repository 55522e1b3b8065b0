"""A table packed, run by a holder of its data, returned, and shown with a verdict: two sides that share nothing."""

from __future__ import annotations

import getpass
import io
import platform
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_lab.cli.reproduce import _render
from fer_lab.errors import ConfigError, StoreError
from fer_lab.ledger import WEIGHTS, Entry, main_score, read_run, read_runs
from fer_lab.parcels.joining import join
from fer_lab.parcels.keyed import Keyed
from fer_lab.parcels.pack import campaign_words, pack
from fer_lab.parcels.parcel import read_parcel
from fer_lab.sources import blocked_cells
from fer_lab.tables import find_table
from tests.parcels.conftest import SMALL, STAMP, TABLE, Trip

pytestmark = [pytest.mark.slow, pytest.mark.long]
CELLS = {"fer2013_final/final", "ck_direct/final"}


@pytest.fixture(scope="module")
def results(trip: Trip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that the returned one was joined to."""
    folder = tmp_path_factory.mktemp("joined")
    joined = join(trip.returned, folder, trip.parcel, other_data=True)
    assert len(joined.added) == 6
    assert joined.missing == joined.there == ()
    assert any("351 of 981 images" in text for text in joined.told)
    return folder


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_parcel_holds_code_and_settings_and_no_place_of_this_machine(trip: Trip) -> None:
    files = contents(trip.parcel)
    parcel = read_parcel(trip.parcel)
    assert {asked.cell for asked in parcel.asked.values()} == CELLS
    assert {asked.seed for asked in parcel.asked.values()} == {0, 1, 2}
    assert len(zipfile.ZipFile(io.BytesIO(files[parcel.wheel])).namelist()) > 500
    own = {name: data for name, data in files.items() if name != parcel.wheel}
    for place in (Path.home(), trip.results, trip.results.parent):
        assert not [name for name, data in own.items() if str(place).encode() in data]
    assert b"CK+48" in files["README.md"]
    assert b"paths:\n  data: data\n" in files["configurations/0000.yaml"]


def test_the_same_code_and_words_are_the_same_parcel(trip: Trip, tmp_path: Path) -> None:
    words = [f"table={TABLE}", *STAMP, *SMALL, f"paths.data={tmp_path}", f"paths.results={tmp_path}"]
    assert pack(words, changes=True).read_bytes() == trip.parcel.read_bytes()


def _texts(data: bytes) -> str:
    """All that a table says in words: its texts, its columns, and what is written of it."""
    table = pq.read_table(io.BytesIO(data))
    texts = [str(value) for column in table.columns if pa.types.is_string(column.type) for value in column.to_pylist()]
    return "\n".join([*texts, *table.column_names, str(table.schema.metadata)])


def test_nothing_that_comes_back_names_anybody_or_a_place(trip: Trip) -> None:
    people = {path.name.split("_")[0] for path in trip.data.glob("ck_plus/CK+48/*/*.png")}
    pictures = [path for end in ("png", "jpg") for path in trip.data.rglob(f"*.{end}")]
    names = {path.name for path in pictures} | {path.stem for path in pictures}
    assert len(people) == 42
    numbers = {name for name in names if name.isdigit()}
    places = {str(Path.home()), str(trip.data), str(trip.work), "licensed", platform.node()}
    for name, data in contents(trip.returned).items():
        text = data.decode(errors="replace")
        assert not [place for place in places if place in text], name
        said = _texts(data) if name.endswith(".parquet") else text  # four letters are found in packed bytes by chance
        assert not [who for who in people | names - numbers if who in said], name
        assert not text.count(f'"{getpass.getuser()}"'), name


def test_pictures_weights_and_settings_stay(trip: Trip) -> None:
    ends = {Path(name).suffix for name in contents(trip.returned)}
    assert ends == {".json", ".csv", ".parquet"}
    assert (trip.work / "salt").stat().st_mode & 0o077 == 0
    salt = (trip.work / "salt").read_text().encode()
    assert not [name for name, data in contents(trip.returned).items() if salt in data]


def test_runs_are_joined_as_they_were_trained(trip: Trip, results: Path) -> None:
    theirs = {run.id: run for run in read_runs(trip.work / "results" / "runs")}
    ours = {run.id: run for run in read_runs(results / "runs")}
    assert theirs.keys() == ours.keys()
    for id, run in ours.items():
        run.check()
        assert (run.variant, run.selected_epoch, run.parents) == (
            theirs[id].variant, theirs[id].selected_epoch, theirs[id].parents
        )  # fmt: skip
        before, salt = theirs[id].scores("test"), bytes.fromhex((trip.work / "salt").read_text())
        expected = Keyed(salt).scores([before])[0].drop(columns="item")
        pd.testing.assert_frame_equal(run.scores("test").drop(columns="item"), expected)
        assert main_score(run) == main_score(theirs[id])
        assert before["video"].is_monotonic_increasing  # theirs is in the order of names, ours in that of digests
        assert run.scores("test")["video"].is_monotonic_increasing
        assert WEIGHTS not in run.files


def test_one_person_is_one_digest_in_every_run(results: Path) -> None:
    runs = [run for run in read_runs(results / "runs") if run.cell == "ck_direct/final"]
    people = [set(run.scores("test")["subject"]) for run in runs]
    assert people[0] == people[1] == people[2]
    assert len(people[0]) == 42


def test_a_table_carries_a_verdict_and_says_who_has_run_it(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*STAMP, *SMALL, f"paths.results={results}", f"paths.data={tmp_path}"]
    blocked = blocked_cells(find_table(TABLE).cells, words)
    assert set(blocked) == {"ck_direct/final"}
    assert _render(TABLE, words, blocked, {}, make=False)
    table = (results / "tables" / "moravcik_2021" / "text-6.4.3-as_printed" / "table.md").read_text()
    lines = [line for line in table.splitlines() if line.startswith("| overall")]
    assert any("| below |" in line for line in lines), table
    assert "Run by a university on " in table
    assert "not as published: fer2013: 36 of 3589 PrivateTest" in table  # the parent's are told, too
    assert "ck_plus: 351 of 981 images" in table
    assert "seeds 0, 1, 2" in table
    assert "moravcik_2021" in capsys.readouterr().out


def test_runs_of_other_settings_are_not_shown(results: Path, tmp_path: Path) -> None:
    words = [*STAMP, f"paths.results={results}", f"paths.data={tmp_path}"]
    assert not _render(TABLE, words, blocked_cells(find_table(TABLE).cells, words), {}, make=False)


def test_what_was_joined_stays(trip: Trip, results: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (results / "runs").rglob("*.json")}
    joined = join(trip.returned, results, trip.parcel, other_data=True)
    assert (len(joined.added), len(joined.there)) == (0, 6)
    assert before == {path: path.stat().st_mtime_ns for path in (results / "runs").rglob("*.json")}


def test_a_returned_run_is_no_network_and_is_trained_here_where_one_is_wanted(results: Path, tmp_path: Path) -> None:
    run = next(run for run in read_runs(results / "runs") if run.cell == "fer2013_final/final")
    shutil.copytree(run.folder, tmp_path / run.id)
    entry = Entry(tmp_path, run.id)
    assert (entry.state(), entry.is_finished()) == ("returned", False)
    entry.clear_damaged()
    assert entry.state() == "interrupted"
    shutil.rmtree(entry.folder)
    shutil.copytree(run.folder, entry.folder)
    next(entry.folder.glob("scores/*.parquet")).write_bytes(b"")
    assert entry.state() == "damaged"
    with pytest.raises(StoreError, match="weights"):
        read_run(run.folder).file(WEIGHTS)


def test_whole_copies_are_asked_for(trip: Trip, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"not as published.*351 of 981 images"):
        join(trip.returned, tmp_path, trip.parcel)
    assert not list(tmp_path.glob("runs/*"))


def test_the_parcel_must_be_known(trip: Trip, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="was not packed here"):
        join(trip.returned, tmp_path, other_data=True)
    assert len(join(trip.returned, trip.results, other_data=True).added) == 6
    shutil.rmtree(trip.results / "runs")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing is asked for"),
        (("cell=ck_direct/final", "source=embedded"), "twins are drawn by anybody"),
        (("cell=ck_direct/final", "hydra/launcher=slurm"), "whoever holds the data decides"),
        (("table=7.8x",), "unknown table"),
    ],
)
def test_what_cannot_be_packed(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        campaign_words(words)


def test_weights_whose_order_is_not_said_cannot_be_packed(tmp_path: Path) -> None:
    words = ["cell=oulu_casia/cnn_frontal", f"paths.results={tmp_path}", f"paths.data={tmp_path}"]
    with pytest.raises(ConfigError, match="weights_order is not said"):
        pack(words, changes=True)
    assert not list(tmp_path.rglob("*.zip"))
