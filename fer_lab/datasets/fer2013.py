"""FER2013: 35,887 grey faces of 48 x 48 pixels, in any of the forms in which they circulate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datasets import fer2013_csv, fer2013_folders, fer2013_twin
from fer_lab.datasets.base import DataSet, TwinScale, choice
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
"""
    published: Mapping[str, int] = {
        "images": 35_887,
        "Training": 28_709,
        "PublicTest": 3_589,
        "PrivateTest": 3_589,
    }
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}  # in the order of Moravčík 2021, sec. 4.2

    def __init__(self, form: str = "folders") -> None:
        self.form = choice("form", form, fer2013_twin.FORMS)

    def index(self, root: Path) -> pd.DataFrame:
        """One row an image; target ``emotion`` (7), column ``part_given``; people are not known (``subject`` '').

        ``kind`` is ``image``, or ``pixels`` for a row of a CSV (column ``row``, from 0). See ``DataSet.index``.
        """
        if not root.is_dir():
            raise self.missing(root, "there is no folder")
        files = list_files(root)
        table = fer2013_csv.find(root, files)
        if table:
            return self.make_index(root, fer2013_csv.rows(root, table, EMOTIONS), [])
        skipped: list[dict[str, str]] = []
        tops = fer2013_folders.find(root, files)
        if not tops:
            raise self.missing(root, "none of its forms is in")
        return self.make_index(root, list(fer2013_folders.rows(root, tops, EMOTIONS, skipped)), skipped)

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
        """The form."""
        return {"form": self.form}

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
