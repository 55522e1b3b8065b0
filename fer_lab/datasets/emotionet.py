"""EmotioNet: images from the web, which a list names by URL with their action units (Bartissol 2017, sec. 2.3, 3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets import emotionet_twin
from fer_lab.datasets.base import (
    OF_PEOPLE,
    OF_PICTURES,
    SUBJECTS,
    DataSet,
    TwinScale,
    choice,
    join_subjects,
    skip,
)
from fer_lab.datasets.emotionet_list import ELEVEN, UNITS, UNKNOWN, read_list
from fer_lab.datasets.emotionet_shards import IMAGES, SHARDS, read_shards
from fer_lab.datasets.emotionet_web import LISTED
from fer_lab.datasets.stills import PEOPLE, people_in, wanted
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Labels
from fer_lab.fetching import file_name
from fer_lab.media import list_files

SETS: Mapping[str, tuple[str, ...]] = {"sixty": UNITS, "eleven": ELEVEN}
READINGS = ("masked", "absent")
LISTS = (".xlsx", ".csv")
NOT_THERE = "is in the list but not there: not downloaded"
INCOMPLETE = "one of the eleven units is not known (999)"
NOT_LISTED = "is not in the list"
DESCRIBED: Mapping[str, int | str] = {
    "images": 1_000_000,
    "annotated": LISTED,
    "columns": 1 + len(UNITS),
    "annotated_units": ", ".join(name.removeprefix("AU") for name in ELEVEN),
    "units_of_neutral": "none",
    "units_of_happiness": "12, 25",
    "units_of_sadness": "4, 15",
    "units_of_surprise": "1, 2, 25, 26",
    "units_of_fear": "1, 4, 20, 25",
    "units_of_anger": "4, 7, 24",
    "units_of_disgust": "9, 10, 17",
    "intensity_a": "Trace",
    "intensity_b": "Slight",
    "intensity_c": "Marked or Pronounced",
    "intensity_d": "Severe or Extreme",
    "intensity_e": "Maximum",
    "AU1": "Inner Brow Raiser",
    "AU2": "Outer Brow Raiser",
    "AU4": "Brow Lowerer",
    "AU5": "Upper Lid Raiser",
    "AU6": "Cheek Raiser",
    "AU9": "Nose Wrinkler",
    "AU12": "Lip Corner Puller",
    "AU17": "Chin Raiser",
    "AU20": "Lip Stretcher",
    "AU25": "Lips Part",
    "AU26": "Jaw Drop",
}
"""By its paper of 2016, whose Table 1 has the units that make an expression in most people (after Du, Tao and Martinez,
PNAS 111(15), 2014); names and intensities are those of FACS (Ekman, Friesen and Hager 2002)."""


class EmotioNet(DataSet):
    """Images as ``fer-lab fetch emotionet`` keeps them, and the list beside them.

    Args:
        units: ``sixty`` units of every image; or the ``eleven`` that were annotated, of the images that have all of
            them (sec. 4.3): others are left out and counted.
        unknown: what a unit marked 999 is: ``masked``, not known; or ``absent``, 0 as in sec. 4.1.2.
        delete_commas: whether images were fetched with ``--delete-commas``, from URLs without them (sec. 3.1.1).
    """

    name = "emotionet"
    title = "EmotioNet"
    reference = (
        "Benitez-Quiroz, Srinivasan, Martinez: EmotioNet: an accurate, real-time algorithm for the automatic "
        "annotation of a million facial expressions in the wild. CVPR 2016"
    )
    request = "https://cbcsl.ece.ohio-state.edu/dbform_emotionet.html (Ohio State University)"
    terms = "research only, a signed agreement; the rights in the pictures are their owners'"
    tree = """
emotionet/
  <any name>.xlsx or .csv       the list: a URL and 60 action units a row (1, 0, 999), or columns named AU 1, ...
  images/                       what `fer-lab fetch emotionet LIST FOLDER` has fetched, named after the URLs
    http%3a%2f%2f<...>.jpg
  shards/                       in their place: what `fer-lab fetch pack` has packed; then the list may be absent
  people.csv                    may be absent: image,subject, where it is known who is in an image
  subjects.csv                  may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    advice = f"put the list beside the folder {IMAGES}, and no other table but {PEOPLE} and {SUBJECTS}"
    published: Mapping[str, int] = {}  # how many of the listed images are still there to fetch nobody has published
    described: Mapping[str, int | str] = DESCRIBED
    attributes = OF_PEOPLE
    everyone_shows_all = False
    twin_version = 2

    def __init__(self, units: str = "sixty", unknown: str = "masked", delete_commas: bool | None = None) -> None:
        self.units = SETS[choice("units", units, SETS)]
        self.masked = choice("unknown", unknown, READINGS) == "masked"
        self.delete_commas = bool(delete_commas)
        self.targets: Mapping[str, Target] = {"action_units": Labels(self.units)}

    def index(self, root: Path) -> pd.DataFrame:
        """One row an image that is there and listed; a column a unit: 1, 0, or NaN where it is not known.

        See ``DataSet.index``. ids are file names, also of images in shards, which are read where there is no folder of
        images. ``attrs["skipped"]`` has the rows of the list that cannot be used (``emotionet_list``), images that are
        not there, that are not listed, or lack one of the eleven units.

        Raises:
            DataError: there is no list and no shards, or more than one list; it, the shards or ``people.csv`` cannot be
                read.
        """
        table = self._listed(root)
        urls = table["url"].tolist()
        names = [file_name(url) for url in urls]
        there = _pictures(root, dict(zip(urls, names, strict=True)))
        skipped = [*table.attrs["skipped"], *(skip(name, root, NOT_THERE) for name in names if name not in there)]
        listed = set(names)
        skipped += [skip(file, root, NOT_LISTED) for name, file in there.items() if name not in listed]
        found, whole = np.array([name in there for name in names], bool), self._whole(table)
        skipped += [skip(names[row], root, INCOMPLETE) for row in np.flatnonzero(found & ~whole)]
        used = found & whole
        ids = [names[row] for row in np.flatnonzero(used)]
        known = table.loc[used, list(self.units)].astype(float)
        known = known.mask(known == UNKNOWN, np.nan if self.masked else 0.0).reset_index(drop=True)
        about = {"id": ids, "path": [there[name] for name in ids], "subject": people_in(root, ids)}
        rows = pd.DataFrame(about).assign(kind="image", fps=np.nan).join(known)
        return join_subjects(self.make_index(root, rows, skipped), root)

    def of_pictures(self, index: pd.DataFrame) -> pd.DataFrame:
        """Neither labels nor people count: other ones need no new faces."""
        return index[[name for name in OF_PICTURES if name in index]]

    def _listed(self, root: Path) -> pd.DataFrame:
        """The list, as ``read_list`` gives it: the one table that is none of the people, else the shards'."""
        files = list_files(root) if root.is_dir() else []
        tables = [name for name in files if "/" not in name and PurePosixPath(name).suffix.lower() in LISTS]
        lists = [name for name in tables if name not in (PEOPLE, SUBJECTS)]
        if not lists and (root / SHARDS).is_dir():
            table = read_shards(root, ["url", *UNITS])
            table.attrs["skipped"] = []
            return table
        if len(lists) != 1:
            raise self.missing(root, f"{' and '.join(lists)} may each be the list" if lists else "there is no list in")
        return read_list(root / lists[0], self.delete_commas)

    def _whole(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows can be used: of the eleven units those that have them all."""
        if self.units is not ELEVEN:
            return np.ones(len(table), bool)
        return np.asarray((table[list(ELEVEN)].to_numpy() != UNKNOWN).all(axis=1), bool)

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """How many images are listed, and how large they are."""
        return {"stills": wanted(LISTED, scale), "size": scale.size}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk, twice: as it is drawn, and as it is fetched."""
        return 2 * wanted(LISTED, scale) * scale.size**2

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write a list, and who is in its pictures; these are fetched from a server on loopback.

        As many of them are not to be had as the thesis could not download, for the same reasons (sec. 3.1.2), and as
        many of the eleven units are unknown as leave its share of whole images (sec. 4.3); of the other 49 nearly all
        are.
        """
        emotionet_twin.write(root, wanted(LISTED, scale), scale.size, workers)


def _pictures(root: Path, names: Mapping[str, str]) -> dict[str, str]:
    """Path of each image that is there, by its file name; those of the list's URLs are known."""
    if (root / IMAGES).is_dir() or not (root / SHARDS).is_dir():
        return {PurePosixPath(file).name: file for file in list_files(root) if file.startswith(f"{IMAGES}/")}
    packed = read_shards(root, ["url", "path"])
    urls = packed["url"].tolist()
    return {names.get(url) or file_name(url): path for url, path in zip(urls, packed["path"].tolist(), strict=True)}
