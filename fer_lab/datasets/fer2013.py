"""FER2013: 35,887 grey faces of 48 x 48 pixels, in any of the forms in which they circulate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datasets import fer2013_csv, fer2013_folders, fer2013_twin, fer_plus
from fer_lab.datasets.base import DataSet, TwinScale, choice, skip
from fer_lab.datasets.stills import picture, wanted
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.media import Image, list_files

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
SIDE = 48


class Fer2013(DataSet):
    """FER2013 as image folders or CSV, also inside zip or gz; whichever is in the folder.

    A CSV, which holds the original pixels, goes before image folders (JPEG copies). ids are
    ``<part>/<emotion>/<number>``: the number of the image's file, or of the CSV's row (the copies as images carry
    other numbers, so that ids of the two forms cannot be compared; those of all CSV forms can).

    Args:
        form: in which the twin is written: ``folders`` (JPEG), ``csv`` (fer2013.csv) or ``icml`` (icml_face_data.csv).
        plus: read the votes of FER+ (``fer2013new.csv``) beside the CSV as well: targets ``majority`` and ``votes``.
    """

    name = "fer2013"
    title = "FER2013"
    reference = (
        "Goodfellow et al.: Challenges in representation learning: a report on three machine learning contests. "
        "ICONIP 2013"
    )
    request = "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge"
    terms = "the challenge's rules; the rights in the pictures are their owners'"
    tree = """
fer2013/                      one of these:
  fer2013.csv                   emotion,pixels,Usage
  icml_face_data.csv            emotion, Usage, pixels
                                either also as .csv.gz or inside a .zip
  train/<class>/Training_<n>.jpg
  test/<class>/PublicTest_<n>.jpg, PrivateTest_<n>.jpg
                                either also inside a .zip (train.zip, test.zip)
                                classes: angry disgust fear happy neutral sad surprise
  fer2013new.csv                may be absent: the votes of FER+, beside a CSV (data.dataset.plus)
"""
    published: Mapping[str, int] = {
        "images": 35_887,
        "Training": 28_709,
        "PublicTest": 3_589,
        "PrivateTest": 3_589,
    }
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}  # in the order of Moravčík 2021, sec. 4.2

    def __init__(self, form: str = "folders", plus: bool = False) -> None:
        self.form, self.plus = choice("form", form, fer2013_twin.FORMS), plus
        if plus:
            self.targets = {**self.targets, **fer_plus.TARGETS}

    def index(self, root: Path) -> pd.DataFrame:
        """One row an image; target ``emotion`` (7), column ``part_given``; people are not known (``subject`` '').

        ``kind`` is ``image``, or ``pixels`` for a row of a CSV (column ``row``, from 0). With ``plus`` images without a
        majority are left out. See ``DataSet.index``.
        """
        if not root.is_dir():
            raise self.missing(root, "there is no folder")
        files = list_files(root)
        table = fer2013_csv.find(root, files)
        skipped: list[dict[str, str]] = []
        if table or self.plus:
            rows = self._with_votes(root, files, table, skipped)
            return self.make_index(root, rows, skipped)
        tops = fer2013_folders.find(root, files)
        if not tops:
            packed = [file for file in files if file.lower().endswith((".tar.gz", ".tgz", ".tar"))]
            hint = f" (unpack {packed[0]}: tar -xf {packed[0]})" if packed else ""
            raise self.missing(root, f"none of its forms{hint} is in")
        return self.make_index(root, list(fer2013_folders.rows(root, tops, EMOTIONS, skipped)), skipped)

    def _with_votes(
        self, root: Path, files: Sequence[str], table: str, skipped: list[dict[str, str]]
    ) -> list[dict[str, Any]]:
        """The rows of the CSV, with the votes of FER+ where they are asked for."""
        votes = fer_plus.find(files)
        if self.plus and not (table and votes):
            raise self.missing(root, f"data.dataset.plus needs a CSV of FER2013 and {fer_plus.NAME}: both are not in")
        rows = list(fer2013_csv.rows(root, table, EMOTIONS))
        if self.plus:
            return list(fer_plus.with_votes(root, votes, rows, skipped))
        if votes:
            skipped.append(skip(votes, root, "votes of FER+: read with ++data.dataset.plus=true"))
        return rows

    def remarks(self, root: Path, index: pd.DataFrame) -> list[dict[str, str]]:
        """Where the votes of FER+ are read, what a person scores against the others (``fer_plus.human_ceiling``)."""
        return fer_plus.remarks(root, fer_plus.find(list_files(root)), index) if self.plus else []

    def is_faces(self, index: pd.DataFrame) -> bool:
        """They are."""
        return True

    def images(self, root: Path, index: pd.DataFrame) -> Image:
        """The pictures of an index, in its order: uint8 (N, 48, 48), grey.

        Raises:
            DataError: a picture of another size, or pixels that are not 48 x 48 numbers from 0 to 255.
        """
        pixels = np.empty((len(index), SIDE, SIDE), np.uint8)
        of_csv = (index["kind"] == "pixels").to_numpy()
        for path in index["path"][of_csv].unique():
            places = (index["path"] == path).to_numpy()
            pixels[places] = fer2013_csv.images(root, path, index["row"][places].to_numpy(), SIDE)
        for place, path in enumerate(index["path"].tolist()):
            if not of_csv[place]:
                pixels[place] = picture(root, path, SIDE)
        return pixels

    def twin_options(self) -> Mapping[str, Any]:
        """The form, and whether there are votes."""
        return {"form": self.form, **({"plus": True} if self.plus else {})}

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """How many images."""
        return {"stills": wanted(self.published["images"], scale)}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        return wanted(self.published["images"], scale) * fer2013_twin.BYTES

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write faces as in pictures from the web, in the published proportions of parts and classes.

        Nobody is in two parts. As in the real data, some images are faulty: 7 % of PublicTest are exact copies of
        Training images, one in ten of these under another label, and two images of Training are black.
        """
        table = fer2013_twin.plan(wanted(self.published["images"], scale), EMOTIONS)
        pixels = fer2013_twin.draw(table, SIDE, workers)
        fer2013_twin.write(root, table, pixels, self.form, EMOTIONS)
        if self.plus:
            fer_plus.write_twin(root, table["part"].tolist(), table["emotion"].tolist())
