"""Shards of EmotioNet's images: what is read from them is what lies in the files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lab import media, notebook
from fer_lab.datasets import emotionet_shards
from fer_lab.datasets.emotionet import NOT_THERE, EmotioNet
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


def packed(fetched: tuple[Path, pd.DataFrame], to: Path, with_list: bool = True) -> Path:
    """A copy of the folder with shards in place of the images."""
    folder, table = fetched
    write_shards(folder, table, per_shard=4)
    shutil.copytree(folder / "shards", to / "shards")
    if with_list:
        shutil.copy(folder / "list.csv", to)
    return to


def test_a_packed_copy_is_the_data_set_that_the_files_are(fetched: tuple[Path, pd.DataFrame], tmp_path: Path) -> None:
    plain = EmotioNet().index(fetched[0])
    whole = EmotioNet().index(packed(fetched, tmp_path / "packed"))
    pd.testing.assert_frame_equal(whole.drop(columns="path"), plain.drop(columns="path"))
    assert whole.attrs == plain.attrs
    assert [entry["reason"] for entry in whole.attrs["skipped"]] == [NOT_THERE]
    alone = EmotioNet().index(packed(fetched, tmp_path / "alone", with_list=False))
    pd.testing.assert_frame_equal(alone, whole, check_flags=False)
    assert alone.attrs["skipped"] == []
    assert all(path.startswith("shards/0") for path in alone["path"])


def test_faces_and_batches_from_shards_are_those_from_files(fetched: tuple[Path, pd.DataFrame], tmp_path: Path) -> None:
    stores, batches = [], []
    for root in (fetched[0], packed(fetched, tmp_path / "packed")):
        module = notebook.EmotioNet("faces=whole", "items.views=[face]", root=root, profile="smoke", batch_size=2)
        module.prepare_data()
        module.setup()
        stores.append(np.asarray(module.batches.store.view("face")[:]))
        batches.append([batch for part in (module.train_dataloader, module.test_dataloader) for batch in part()])
    assert (stores[0] == stores[1]).all()
    assert len(batches[0]) == len(batches[1]) > 1
    for plain, from_shards in zip(*batches, strict=True):
        assert (plain["item"] == from_shards["item"]).all()
        assert torch.equal(plain["inputs"][0], from_shards["inputs"][0])
        assert torch.equal(plain["target"].nan_to_num(-1), from_shards["target"].nan_to_num(-1))


CHILD = """
import sys
from pathlib import Path
from fer_lab.datasets.emotionet_list import read_list
from fer_lab.datasets.emotionet_shards import write_shards
folder = Path(sys.argv[1])
write_shards(folder, read_list(folder / "list.csv"), 1)
"""


def test_packing_that_is_killed_leaves_nothing_and_the_next_gives_the_same_bytes(tmp_path: Path) -> None:
    urls = [f"http://a.com/{number}.jpg" for number in range(300)]
    (tmp_path / "list.csv").write_text("".join(f"{url}{',0' * 60}\n" for url in urls))
    (tmp_path / "images").mkdir()
    for number, url in enumerate(urls):
        media.write_image(tmp_path / "images" / file_name(url), np.full((8, 8, 3), number % 256, np.uint8))
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)])
    while child.poll() is None and len(list(tmp_path.glob(".shards.part-*/*.tar"))) < 3:
        time.sleep(0.001)
    child.kill()
    assert child.wait() != 0
    assert not (tmp_path / "shards").exists()
    table = read_list(tmp_path / "list.csv")
    write_shards(tmp_path, table, 1)
    after_a_kill = digests(tmp_path)
    shutil.rmtree(tmp_path / "shards")
    write_shards(tmp_path, table, 1)
    assert digests(tmp_path) == after_a_kill
    assert len(after_a_kill) == 300
    assert not list(tmp_path.glob(".shards.part-*"))
