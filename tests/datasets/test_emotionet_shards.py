"""Shards of EmotioNet's images: what is read from them is what lies in the files."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import emotionet_shards
from fer_lab.datasets.emotionet_list import UNITS, read_list
from fer_lab.datasets.emotionet_shards import read_shards, write_shards
from fer_lab.errors import DataError
from fer_lab.fetching import file_name
from fer_lab.storage import file_digest

URLS = [f"http://a.com/{number},x.jpg" for number in range(7)]


@pytest.fixture
def fetched(tmp_path: Path) -> tuple[Path, pd.DataFrame]:
    """A folder with six of the seven images of a list, and the list."""
    random = np.random.default_rng(0)
    lines = [",".join([url, *map(str, random.choice([0, 1, 999], 60))]) for url in URLS]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    (tmp_path / "images").mkdir()
    for url in (*URLS[:3], *URLS[4:]):
        pixels = random.integers(0, 256, (16, 24, 3), dtype=np.uint8)
        media.write_image(tmp_path / "images" / file_name(url), pixels)
    return tmp_path, read_list(tmp_path / "list.csv")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: file_digest(path) for path in (folder / "shards").glob("*.tar")}


def test_pictures_and_labels_from_shards_are_those_from_files(fetched: tuple[Path, pd.DataFrame]) -> None:
    folder, table = fetched
    write_shards(folder, table, per_shard=4)
    index = read_shards(folder)
    assert list(index["url"]) == URLS[:3] + URLS[4:]
    known = table.set_index("url").loc[index["url"], list(UNITS)]
    assert (index[list(UNITS)].to_numpy() == known.to_numpy()).all()
    for url, path in zip(index["url"], index["path"], strict=True):
        (packed,) = media.frames(folder, path, "image")
        (plain,) = media.frames(folder, f"images/{file_name(url)}", "image")
        assert (packed.image == plain.image).all()


def test_a_sample_is_an_image_and_its_labels_under_one_key(fetched: tuple[Path, pd.DataFrame]) -> None:
    folder, table = fetched
    write_shards(folder, table, per_shard=4)
    assert sorted(digests(folder)) == ["000000.tar", "000001.tar"]
    with tarfile.open(folder / "shards" / "000001.tar") as shard:
        assert shard.getnames() == ["00000004.jpg", "00000004.json", "00000005.jpg", "00000005.json"]
        told = json.loads(shard.extractfile("00000005.json").read())  # type: ignore[union-attr]
    assert told == {"url": URLS[6], **table.iloc[6][list(UNITS)].to_dict()}


def test_writing_that_is_stopped_leaves_nothing_and_the_next_gives_the_same_bytes(
    fetched: tuple[Path, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, table = fetched
    write_shards(folder, table, per_shard=4)
    before = digests(folder)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(emotionet_shards, "_add", stopped)
        with pytest.raises(KeyboardInterrupt):
            write_shards(folder, table, per_shard=2)
    assert digests(folder) == before
    write_shards(folder, table, per_shard=4)
    assert digests(folder) == before


def test_shards_that_are_not_there_or_damaged_are_refused(fetched: tuple[Path, pd.DataFrame]) -> None:
    folder, table = fetched
    with pytest.raises(DataError, match="no whole shards"):
        read_shards(folder)
    write_shards(folder, table, per_shard=4)
    (folder / "shards" / "000001.tar").write_bytes(b"")
    with pytest.raises(DataError, match="no whole shards"):
        read_shards(folder)
    with pytest.raises(DataError, match="no image of the list"):
        write_shards(folder / "images", table, per_shard=4)
