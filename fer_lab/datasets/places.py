"""Where a data set is: the real folder, or the twin, which is made once."""

from __future__ import annotations

import logging
from pathlib import Path

from fer_lab.datasets.base import DataSet, TwinScale
from fer_lab.errors import ConfigError, nearest
from fer_lab.phases import phase
from fer_lab.storage import cache_root, digest, is_whole, locked, publish, require_space

log = logging.getLogger(__name__)

SOURCES = ("embedded", "real")


def locate(dataset: DataSet, source: str, real: Path, scale: TwinScale, workers: int = 1) -> Path:
    """The folder to index: the real data, or the twin, written first if it is not there.

    Args:
        dataset: which data.
        source: ``embedded`` (the twin) or ``real``.
        real: where the real data lie (``paths.<name>``); a folder, or a zip for data sets that read one.
        scale: of the twin.
        workers: processes that write the twin.

    Raises:
        DataError: the real data are not there, or there is no twin.
        ConfigError: an unknown source.
        StoreError: no room for the twin.
    """
    if source == "embedded":
        return make_twin(dataset, scale, workers)
    if source != "real":
        raise ConfigError(f"source={source!r}", expected=f"one of {nearest(source, SOURCES)}")
    if not real.exists():
        raise dataset.missing(real.absolute(), "the real data are not at")
    return real


def twin_folder(dataset: DataSet, scale: TwinScale) -> Path:
    """Where a twin is kept; another scale, writer or generator has another folder."""
    from fer_lab import generator  # takes seconds to import, and only twins need it

    key = digest(
        {
            "options": dataset.twin_options(),
            **dataset.twin_extent(scale),
            "writer": dataset.twin_version,
            "generator": generator.VERSION,
        }
    )
    return cache_root() / "twins" / f"{dataset.name}-{key}"


def make_twin(dataset: DataSet, scale: TwinScale, workers: int = 1) -> Path:
    """The twin's folder, whole: found, or written under a lock (one that is damaged is written again)."""
    folder = twin_folder(dataset, scale)
    phase("twins", what=dataset.title)
    with locked(folder):
        if is_whole(folder):
            return folder
        if folder.exists():
            log.warning("the twin in %s is damaged; it is written again", folder)
        require_space(folder.parent, dataset.twin_bytes(scale), f"the twin of {dataset.title}")
        log.info("writing the twin of %s (%s)", dataset.title, folder)
        with publish(folder) as part:
            dataset.write_twin(part, scale, workers)
    return folder
