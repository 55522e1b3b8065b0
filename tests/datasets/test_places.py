from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fer_lab import storage
from fer_lab.datasets import IDENTITIES, DataSet, TwinScale, locate, make_twin, signature, twin_folder
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.datasets.folder import Folder
from fer_lab.datasets.oulu_casia import OuluCasia
from fer_lab.datasets.sase_fe import SaseFe
from fer_lab.errors import ConfigError, DataError, StoreError

TINY = TwinScale(subjects=1, frames_per_window=1, window=(0.5, 0.8), size=32)


def test_the_twin_is_found_again(sase_twin: Path, scale: TwinScale, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert locate(SaseFe(), "embedded", Path("anywhere"), scale) == sase_twin
    assert not caplog.records


def test_every_scale_has_its_folder(scale: TwinScale) -> None:
    others = [TwinScale(3, 4, (0.5, 0.8), 64), TwinScale(2, 5, (0.5, 0.8), 64), TwinScale(2, 4, (0.4, 0.8), 64)]
    folders = {twin_folder(SaseFe(), item) for item in (scale, *others)}
    assert len(folders) == 4
    assert twin_folder(OuluCasia(), scale) != twin_folder(OuluCasia(light="Weak"), scale)


def test_folders_of_recordings_do_not_depend_on_the_number_of_stills(scale: TwinScale) -> None:
    for dataset in (SaseFe(), OuluCasia()):
        assert twin_folder(dataset, scale) == twin_folder(dataset, replace(scale, stills=7))


@pytest.mark.parametrize("dataset", [Fer2013(), CkPlus()], ids=lambda dataset: dataset.name)
def test_folders_of_stills_depend_on_their_number_only(dataset: DataSet, scale: TwinScale) -> None:
    same = [replace(scale, stills=50), replace(scale, stills=50, size=96), TwinScale(None, None, (0, 1), 8, 50)]
    assert len({twin_folder(dataset, item) for item in same}) == 1
    assert twin_folder(dataset, scale) != twin_folder(dataset, same[0])
    assert twin_folder(dataset, replace(scale, stills=10**6)) == twin_folder(dataset, replace(scale, stills=None))


def test_every_layout_has_its_folder(scale: TwinScale) -> None:
    assert len({twin_folder(Fer2013(form), scale) for form in ("folders", "csv", "icml")}) == 3
    assert twin_folder(CkPlus(), scale) == twin_folder(CkPlus("images"), scale)
    archives = [twin_folder(CkPlus("archive"), item) for item in (scale, replace(scale, size=96))]
    assert len({*archives, twin_folder(CkPlus(), scale)}) == 3


def test_two_runs_and_any_workers_give_the_same_bytes(
    sase_twin: Path, oulu_twin: Path, scale: TwinScale, tmp_path: Path
) -> None:
    stills = [(item, make_twin(item, scale)) for item in (Fer2013(), CkPlus(), CkPlus("archive"))]
    for dataset, twin in ((SaseFe(), sase_twin), (OuluCasia(), oulu_twin), *stills):
        again = tmp_path / twin.name
        again.mkdir()
        dataset.write_twin(again, scale, workers=2)
        files = {path.relative_to(again): storage.file_digest(path) for path in again.rglob("*") if path.is_file()}
        first = {path: storage.file_digest(twin / path) for path in files}
        assert len(files) > 24
        assert {path for path in files if files[path] != first[path]} == set()


def test_a_damaged_twin_is_written_again(caplog: pytest.LogCaptureFixture) -> None:
    folder = make_twin(SaseFe(), TINY)
    before = signature(folder, SaseFe().index(folder))
    victim = folder / "subject_01" / "anger_genuine.mp4"
    data = victim.read_bytes()
    victim.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert make_twin(SaseFe(), TINY) == folder
    assert "damaged" in caplog.text
    assert victim.read_bytes() == data
    assert signature(folder, SaseFe().index(folder)) == before


def test_a_twin_cut_short_is_never_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))

    def fail(self: SaseFe, root: Path, scale: TwinScale, workers: int = 1) -> None:
        (root / "subject_01").mkdir()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SaseFe, "write_twin", fail)
        with pytest.raises(StoreError, match="No space left"):
            make_twin(SaseFe(), TINY)
    assert not twin_folder(SaseFe(), TINY).exists()
    assert len(SaseFe().index(make_twin(SaseFe(), TINY))) == 12


def test_room_is_asked_for_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))
    with pytest.raises(StoreError, match="the twin of SASE-FE needs about"):
        make_twin(SaseFe(), TwinScale(None, None, (0.0, 1.0), 200_000))


def test_the_room_foretold_is_enough(sase_twin: Path, oulu_twin: Path, scale: TwinScale) -> None:
    stills = [(item, make_twin(item, scale)) for item in (Fer2013(), Fer2013("csv"), CkPlus(), CkPlus("archive"))]
    for dataset, twin in ((SaseFe(), sase_twin), (OuluCasia(), oulu_twin), *stills):
        images = [path for path in twin.rglob("*") if path.suffix in (".mp4", ".jpeg", ".jpg", ".png", ".csv")]
        assert 0 < sum(path.stat().st_size for path in images) <= dataset.twin_bytes(scale)


def test_real_data(sase_twin: Path, tmp_path: Path, scale: TwinScale) -> None:
    assert locate(SaseFe(), "real", sase_twin, scale) == sase_twin
    with pytest.raises(DataError, match=r"happiness_deceptive\.mp4"):
        locate(SaseFe(), "real", tmp_path / "none", scale)
    with pytest.raises(ConfigError, match="'embedded'"):
        locate(SaseFe(), "embeded", sase_twin, scale)


def test_no_twin_yet(scale: TwinScale) -> None:
    with pytest.raises(DataError, match="its twin is not there yet") as caught:
        locate(Folder(), "embedded", Path("anywhere"), scale)
    assert "source=real" in str(caught.value)


def test_too_many_subjects_are_refused() -> None:
    with pytest.raises(ConfigError, match="1001 subjects"):
        make_twin(SaseFe(), TwinScale(1001, 1, (0.5, 0.8), 32))


def test_nobody_is_in_two_places() -> None:
    ranges = list(IDENTITIES.values())
    assert sum(map(len, ranges)) == len(set().union(*ranges))


def test_writers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "write.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom fer_lab.datasets import TwinScale\n"
        "from fer_lab.datasets.sase_fe import SaseFe\n"
        "if __name__ == '__main__':\n"
        "    SaseFe().write_twin(Path(sys.argv[1]), TwinScale(50, 300, (0.0, 1.0), 128), workers=2)\n"
    )
    out = tmp_path / "twin"
    out.mkdir()
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    }
    process = subprocess.Popen([sys.executable, str(script), str(out)], env=environment, start_new_session=True)
    assert wait_for(lambda: len(list(out.rglob("*.mp4"))) > 0, 60)
    process.kill()
    process.wait()
    assert wait_for(lambda: not processes_of(process.pid), 10)


def wait_for(condition: object, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.2)
    return False


def processes_of(session: int) -> list[int]:
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(
            ProcessLookupError, psutil.Error
        ):  # ended between the listing and the look at it: outlives nothing
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found
