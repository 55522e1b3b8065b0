"""A parcel that somebody has changed, with an id that fits: what it lacks is named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from fer_lab.errors import ConfigError, StoreError
from fer_lab.parcels import pack
from fer_lab.parcels.parcel import FORMAT, identity, read_parcel

CONFIGURATION = "configurations/0000.yaml"
RUN: dict[str, Any] = {
    "recipe": "r", "cell": "a/b", "seed": 0, "fold": None, "folds": 1, "parents": [], "configuration": CONFIGURATION
}  # fmt: skip


def write(folder: Path, config: bytes = b"seed: 0\n", **changes: Any) -> Path:
    (folder / CONFIGURATION).parent.mkdir()
    (folder / CONFIGURATION).write_bytes(config)
    about: dict[str, Any] = {
        "format": FORMAT, "title": "t", "words": ["cell=a/b"], "stamp": {}, "code": {}, "data": [], "weights": {},
        "runs": [RUN], "files": {CONFIGURATION: hashlib.sha256(config).hexdigest()}, **changes,
    }  # fmt: skip
    (folder / "parcel.json").write_text(json.dumps(about | {"id": identity(about)}))
    return folder


def test_a_whole_one_is_read(tmp_path: Path) -> None:
    assert [asked.name for asked in read_parcel(write(tmp_path)).asked.values()] == ["a/b seed 0"]


@pytest.mark.parametrize("name", ["title", "words", "stamp", "code", "data", "weights", "runs", "files"])
def test_what_it_does_not_say_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"parcel.json does not say its {name}"):
        read_parcel(write(tmp_path, **dict[str, Any]({name: None})))


@pytest.mark.parametrize("changes", [{"seed": float("inf")}, {"fold": "x"}, {"parents": 1}, {"recipe": []}])
def test_a_run_of_another_form_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"parcel.json lacks .*(.|\n)*a parcel as fer-lab parcel writes it"):
        read_parcel(write(tmp_path, runs=[RUN | changes]))


@pytest.mark.parametrize("config", [b"- a list", b"!!python/object/apply:os.getcwd []", b"[" * 5_000])
def test_a_configuration_is_keys_and_never_code(config: bytes, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"parcel.json lacks"):
        read_parcel(write(tmp_path, config))


def test_a_word_that_asks_for_nothing_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nothing is asked for by tabel=7\.8"):
        pack.campaign_words(["tabel=7.8"])


def test_a_folder_takes_a_parcel_under_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_lab.parcels.code.state", lambda _: {"revision": "r", "changes": []})
    monkeypatch.setattr(pack, "_content", lambda *_: ({"id": "0"}, {"README.md": b"words"}))
    (to := tmp_path / "to send").mkdir()
    path = pack.pack(["cell=ck_direct/final", f"paths.results={tmp_path / 'ours'}"], to=to)
    assert path == to / "ck_direct-final-0.zip"
    assert path.read_bytes() == (tmp_path / "ours" / "parcels" / path.name).read_bytes()
