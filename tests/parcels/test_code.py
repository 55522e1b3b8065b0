"""The code of a parcel: what is committed, what is changed where it runs, which versions are others."""

from __future__ import annotations

import io
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from fer_lab.errors import ConfigError
from fer_lab.parcels import code


def wheel_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_changes_to_the_code_are_named(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("a: 1\n")
    (tmp_path / "notes.txt").write_text("mine\n")
    git("add", "conf")
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "one")
    assert code.state(tmp_path)["changes"] == []
    (tmp_path / "conf" / "config.yaml").write_text("a: 2\n")
    (tmp_path / "conf" / "more.yaml").write_text("b: 1\n")
    found = code.state(tmp_path)
    assert found["changes"] == ["conf/config.yaml", "conf/more.yaml"]
    assert len(found["revision"]) == 40


def test_what_is_no_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="git does not say"):
        code.state(tmp_path)
    monkeypatch.setattr(code, "CHECKOUT", None)
    with pytest.raises(ConfigError, match="installed from a wheel"):
        code.checkout()


def test_the_code_that_runs_is_compared_file_by_file() -> None:
    every = {name: path.read_bytes() for name, path in code._files()}
    assert "fer_lab/conf/config.yaml" in every
    assert code.changed(wheel_of(every)) == []
    changed = every | {"fer_lab/run.py": b"other", "fer_lab/more.py": b"", "fer_lab/canonical.npz": b"no code"}
    del changed["fer_lab/errors.py"]
    assert code.changed(wheel_of(changed)) == ["fer_lab/errors.py", "fer_lab/more.py", "fer_lab/run.py"]


def test_other_versions_than_the_lock_names() -> None:
    here = version("numpy")
    lock = f"numpy=={here} \\\n    --hash=sha256:00\npandas==0.1 ; python_version < '3'\nno-such-package==1\n"
    assert code.other_versions(lock) == {"pandas": ["0.1", version("pandas")]}
    assert code.other_versions(f"numpy==1.0 ; python_version < '3'\nnumpy=={here}\n") == {}
