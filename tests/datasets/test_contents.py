from __future__ import annotations

import os
import shutil
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fer_lab.datasets import contents, signature
from fer_lab.datasets.sase_fe import SaseFe
from fer_lab.errors import DataError
from fer_lab.storage import cache_root, digest, file_digest


@pytest.fixture
def copy(sase_twin: Path, tmp_path: Path) -> Path:
    shutil.copytree(sase_twin, tmp_path / "copy")
    return tmp_path / "copy"


def sign(root: Path) -> str:
    return signature(root, SaseFe().index(root))


def test_where_the_data_lie_does_not_count(sase_twin: Path, copy: Path) -> None:
    assert sign(copy) == sign(sase_twin)


def test_contents_count(copy: Path) -> None:
    before = sign(copy)
    victim = next((copy / "subject_01").glob("*.mp4"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    assert sign(copy) != before


def test_what_is_no_file_is_not_waited_for(copy: Path) -> None:
    before = sign(copy)
    victim = next((copy / "subject_01").glob("*.mp4"))
    victim.unlink()
    os.mkfifo(victim)
    pipe = sign(copy)
    victim.unlink()
    victim.symlink_to("/dev/zero")
    assert len({before, pipe, sign(copy)}) == 2


def test_hashes_are_kept_by_size_and_time(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = time.time() - 100
    for file in copy.rglob("*.mp4"):
        os.utime(file, (old, old))
    before = sign(copy)
    asked: list[Path] = []
    monkeypatch.setattr("fer_lab.datasets.contents.file_digest", lambda path: asked.append(path) or "other")
    assert sign(copy) == before
    assert not asked
    os.utime(copy / "subject_01" / "anger_genuine.mp4")
    assert sign(copy) != before
    assert len(asked) == 1


def test_fresh_files_are_not_trusted(copy: Path) -> None:
    victim = copy / "subject_01" / "anger_genuine.mp4"
    os.utime(victim)
    state = victim.stat()
    before = sign(copy)
    victim.write_bytes(victim.read_bytes()[::-1])
    os.utime(victim, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert sign(copy) != before


def test_a_damaged_cache_is_made_again(copy: Path) -> None:
    before = sign(copy)
    for file in (cache_root() / "hashes").iterdir():
        file.write_text('{"x": 3}')
    assert sign(copy) == before


# --- a million rows are signed piece by piece, to the same effect ----------------------------------------------------

LETTERS = 'ab"\\/\u00e9\n'
VALUES = {
    "float": st.floats(width=64),
    "bool": st.booleans(),
    "int": st.integers(-(2**40), 2**40),
    "text": st.text(LETTERS, max_size=4),
    "maybe": st.one_of(st.none(), st.text(LETTERS, max_size=4)),
    "any": st.sampled_from([1, True, 1.0, "1", None, -0.0, 0.0]),
}


@settings(max_examples=40, deadline=None, suppress_health_check=[*HealthCheck])
@given(data=st.data(), kinds=st.lists(st.sampled_from(sorted(VALUES)), max_size=4), size=st.integers(0, 7))
def test_the_signature_is_that_of_the_whole(data: st.DataObject, kinds: list[str], size: int, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    columns = {f"c{n}": data.draw(st.lists(VALUES[kind], min_size=size, max_size=size)) for n, kind in enumerate(kinds)}
    types = {f"c{n}": object for n, kind in enumerate(kinds) if kind == "any"}
    index = pd.DataFrame({"path": ["a.png"] * size, "kind": "image", **columns}).astype(types)
    rows, files = index.astype(str).to_numpy().tolist(), {"a.png": file_digest(tmp_path / "a.png")} if size else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contents, "ROWS_AT_ONCE", 3)
        assert signature(tmp_path, index) == digest({"columns": list(index.columns), "rows": rows, "files": files})


def test_the_files_of_an_index_are_found_wherever_they_lie(tmp_path: Path) -> None:
    for name in ("a/x.png", "a/y.png", "top.png", "odd.zip/z.png", "b/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    for archive in ("in.zip", "a/deep.zip"):
        with zipfile.ZipFile(tmp_path / archive, "w") as file:
            file.writestr("c/1.png", "1")
            file.writestr("2.png", "2")
    paths = ["a/x.png", "a/y.png", "top.png", "in.zip/c/1.png", "in.zip/2.png", "a/deep.zip/c/1.png", "a/./x.png",
             "odd.zip/z.png", "none.png", "b"]  # fmt: skip
    index = pd.DataFrame({"path": paths, "kind": ["image"] * 9 + ["sequence"]})
    found = contents._files(tmp_path, index)
    assert found == {"a/x.png", "a/y.png", "top.png", "in.zip", "a/deep.zip", "odd.zip/z.png", "none.png", "b/1.png"}
    assert contents._files(tmp_path / "in.zip", pd.DataFrame({"path": ["c/1.png", "2.png"], "kind": "image"})) == {""}
    for wrong in ("../x.png", "a/../../x.png", "/etc/hostname"):
        with pytest.raises(DataError, match="leaves the data root"):
            contents._files(tmp_path, pd.DataFrame({"path": ["a/x.png", wrong], "kind": "image"}))
