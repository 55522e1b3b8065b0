"""EmotioNet's images in a few large files, as the thesis packs them into TFRecords (Bartissol 2017, sec. 3.2).

The shards are WebDataset's: tars in which the files of one sample share the name before the first full stop.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fer_lab.datasets.emotionet_list import UNITS
from fer_lab.errors import DataError
from fer_lab.fetching.urls import file_name
from fer_lab.phases import counted
from fer_lab.storage import is_whole, locked_now, publish

IMAGES, SHARDS, INDEX = "images", "shards", "index.parquet"
"""Within a data set's folder: fetched images, and shards with their index."""


def write_shards(folder: Path, table: pd.DataFrame, per_shard: int) -> pd.DataFrame:
    """Pack the images that were fetched into ``shards/``, whole or not at all; the same images give the same bytes.

    Args:
        folder: with ``images/``, as ``fer-lab fetch`` leaves it.
        table: the list, as ``read_list`` gives it; its order is kept.
        per_shard: images in a shard.

    Returns:
        The index, which lies beside the shards: ``url``, ``path`` (relative to ``folder``, for ``media.read_bytes``)
        and the units, a row an image.

    Raises:
        DataError: no image is there.
        StoreError: the shards cannot be written; LockedError: another process writes them.
    """
    files = {url: folder / IMAGES / file_name(url) for url in table["url"]}
    there = table[[files[url].is_file() for url in table["url"]]].reset_index(drop=True)
    if not len(there):
        raise DataError(f"{folder / IMAGES} holds no image of the list", do="fer-lab fetch emotionet LIST FOLDER")
    shards = [there.iloc[first : first + per_shard] for first in range(0, len(there), per_shard)]
    paths: list[str] = []
    with locked_now(folder / SHARDS), publish(folder / SHARDS) as part:
        for number, rows in enumerate(counted("packing", shards, len(shards), "shards")):
            with tarfile.open(part / f"{number:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as shard:
                for row in rows.itertuples():
                    name = f"{row.Index:08d}"
                    _add(shard, f"{name}.jpg", files[str(row.url)].read_bytes())
                    units = {unit: int(getattr(row, unit)) for unit in UNITS}
                    _add(shard, f"{name}.json", json.dumps({"url": row.url, **units}).encode())
                    paths.append(f"{SHARDS}/{number:06d}.tar/{name}.jpg")
        index = there.assign(path=paths)[["url", "path", *UNITS]]
        index.attrs = {}
        index.to_parquet(part / INDEX)
    return index


def read_shards(folder: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The index of a folder's shards, as ``write_shards`` gives it, or some of its columns.

    Raises:
        DataError: there are none, or they are damaged.
    """
    if not is_whole(folder / SHARDS, checksums=False):
        raise DataError(
            f"{folder / SHARDS} holds no whole shards",
            expected="what fer-lab fetch pack writes",
            do="fer-lab fetch pack LIST FOLDER",
        )
    return pd.read_parquet(folder / SHARDS / INDEX, columns=None if columns is None else list(columns))


def _add(shard: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a file without owner and time, which would differ from one writing to the next."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    shard.addfile(member, io.BytesIO(data))
