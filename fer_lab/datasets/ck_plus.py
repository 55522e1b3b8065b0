"""CK+: posed expressions from neutral to peak, as the sequences distributed or as the 981 faces that circulate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datasets import ck_plus_archive, ck_plus_images, ck_plus_twin
from fer_lab.datasets.base import OF_PEOPLE, DataSet, TwinScale, choice, join_subjects
from fer_lab.datasets.sequence_frames import NEUTRAL, Frames, as_images
from fer_lab.datasets.stills import in_zips, picture, wanted
from fer_lab.datasets.twins import BYTES_PER_PIXEL
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.labels import several
from fer_lab.media import Image, Unreadable, frames, list_files

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "contempt")
SIDE = 48
EXTENDED = "ckextended.csv"
"""CK+ as another circulating file, with neutral as an eighth class."""
LAYOUTS = ("auto", "images", "archive")


class CkPlus(DataSet):
    """The Extended Cohn-Kanade data set in one of two layouts.

    Args:
        layout: ``images``, the last three frames of each labelled sequence as faces of 48 x 48 pixels, in a folder a
            class; ``archive``, the sequences as distributed; ``auto``, whichever is there (the twin is then images).
        frames: of the archive: which frames of its sequences are images of their own; None: sequences stay whole.
    """

    name = "ck_plus"
    title = "CK+"
    reference = (
        "Lucey, Cohn, Kanade, Saragih, Ambadar, Matthews: The Extended Cohn-Kanade Dataset (CK+). CVPR Workshops 2010; "
        "Kanade, Cohn, Tian: Comprehensive database for facial expression analysis. FG 2000"
    )
    request = "the Affect Analysis Group, University of Pittsburgh (Jeffrey Cohn)"
    terms = "a signed agreement, research only; only the people whom the agreement names may be shown in publications"
    tree = """
ck_plus/                      one of these:
  CK+48/                        data.dataset.layout=images; the folders of the classes may lie anywhere, also in a .zip
    anger/                      also contempt disgust fear happy sadness surprise
      S011_003_00000012.png       subject, sequence, frame; 48 x 48, grey; three frames a sequence
  cohn-kanade-images/           data.dataset.layout=archive; may lie in extended-cohn-kanade-images/, or in a .zip
    S005/001/S005_001_00000001.png ...        neutral to peak
  Emotion/
    S005/001/S005_001_00000011_emotion.txt    of labelled sequences; 1 anger 2 contempt 3 disgust 4 fear
                                              5 happiness 6 sadness 7 surprise
  FACS/
    S005/001/S005_001_00000011_facs.txt       not read
  subjects.csv                may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"images": 981, "sequences": 327, "subjects": 118}
    """Of what is labelled; 593 sequences of 123 people were recorded. The images are three a labelled sequence."""
    described: Mapping[str, int | str] = {
        "elicitation": "posed", "sequences": 593, "subjects": 123, "sequences_of_2000": 486, "subjects_of_2000": 97
    }  # fmt: skip
    """Recorded in all, and by the first edition (Kanade, Cohn, Tian 2000); both as Lucey et al. 2010 tell it."""
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}  # in the order of Moravčík 2021, Table 4.2
    attributes = OF_PEOPLE
    everyone_shows_all = False
    fps = ck_plus_archive.FPS

    def __init__(self, layout: str = "auto", frames: Frames | None = None) -> None:
        self.layout = choice("layout", layout, LAYOUTS)
        self.frames = frames
        if frames and layout != "archive":
            raise ConfigError(f"data.dataset.frames of data.dataset.layout={layout}", expected="layout=archive")
        if frames and frames.neutral is not None:
            self.targets = {"emotion": Classes((*EMOTIONS, NEUTRAL))}

    def index(self, root: Path) -> pd.DataFrame:
        """One row an image or a labelled sequence; target ``emotion`` (7), column ``sequence``. See ``DataSet.index``.

        Images have the columns ``number`` (of the frame) and, as they circulate, ``peak`` (whether it is the last one
        of its sequence).
        Sequences without a usable label are in ``attrs["skipped"]``.

        Raises:
            DataError: the layout is not there or not as the tree shows, a class is unknown or missing, or a sequence
                is in two classes; with ``auto``, both layouts are there.
        """
        if not root.is_dir():
            raise self.missing(root, "there is no folder")
        files = list_files(root)
        inside = in_zips(root, files)
        skipped: list[dict[str, str]] = []
        if self._layout_of(root, files, inside) == "images":
            rows = list(ck_plus_images.rows(root, ck_plus_images.find(files, inside), EMOTIONS, skipped))
        else:
            rows = list(ck_plus_archive.rows(root, [*files, *inside], skipped))
            if self.frames:
                rows = list(as_images(root, rows, self.frames, "emotion", skipped))
        return join_subjects(self.make_index(root, rows, skipped), root)

    def _layout_of(self, root: Path, files: Sequence[str], inside: Sequence[str]) -> str:
        there = {
            "images": bool(ck_plus_images.find(files, inside)),
            "archive": ck_plus_archive.is_there([*files, *inside]),
        }
        found = [layout for layout, is_there in there.items() if is_there]
        if not found:
            if any(PurePosixPath(file).name == EXTENDED for file in files):
                raise DataError(
                    f"{self.title}: {EXTENDED} in {root} has pixels and classes, but neither who is in a picture nor "
                    "of which sequence it is: people cannot be kept in one part",
                    expected="the images (CK+48/) or the archive, whose names tell both",
                    do="get one of these; fer-lab doctor ck_plus --data shows their trees where nothing is in a folder",
                )
            raise self.missing(root, "neither of its layouts is in")
        if self.layout == "auto" and len(found) == 2:
            raise DataError(
                f"{self.title}: the images and the archive are both in {root}",
                expected="one of them",
                do="set data.dataset.layout to images or archive",
            )
        layout = found[0] if self.layout == "auto" else self.layout
        if layout not in found:
            hint = f"not data.dataset.layout={layout} (but data.dataset.layout={found[0]})"
            raise self.missing(root, f"there is {hint} in")
        return layout

    def remarks(self, root: Path, index: pd.DataFrame) -> list[dict[str, str]]:
        """The images and sequences with a frame in colour: nearly all of CK+ is grey. Every frame is read."""
        found = {str(row.id): _in_colour(root, str(row.path), str(row.kind)) for row in index.itertuples()}
        return [
            {"id": name, "remark": f"in colour: {several(count, 'frame')}"} for name, count in found.items() if count
        ]

    def is_faces(self, index: pd.DataFrame) -> bool:
        """The images are, the sequences of the archive and their frames are not."""
        return self.frames is None and bool((index["kind"] == "image").all())

    def images(self, root: Path, index: pd.DataFrame) -> Image:
        """The pictures of an index, in its order: uint8 (N, 48, 48), grey.

        Raises:
            DataError: a picture of another size, or an index of the archive's sequences.
        """
        if not self.is_faces(index):
            return super().images(root, index)
        pixels = np.empty((len(index), SIDE, SIDE), np.uint8)
        for place, path in enumerate(index["path"].tolist()):
            pixels[place] = picture(root, path, SIDE)
        return pixels

    def expected(self, index: pd.DataFrame) -> Mapping[str, int]:
        """The archive has no count of images."""
        of_archive = {what: number for what, number in self.published.items() if what != "images"}
        return self.published if self.is_faces(index) else of_archive

    def twin_options(self) -> Mapping[str, Any]:
        """The layout that is written."""
        return {"layout": self._twin_layout}

    @property
    def _twin_layout(self) -> str:
        return "images" if self.layout == "auto" else self.layout

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """How many images; for the archive also which frames are rendered, and their size."""
        stills = {"stills": wanted(self.published["images"], scale)}
        if self._twin_layout == "images":
            return stills
        return stills | {key: value for key, value in super().twin_extent(scale).items() if key != "subjects"}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        stills = wanted(self.published["images"], scale)
        if self._twin_layout == "images":
            return stills * ck_plus_images.BYTES
        share = scale.window[1] - scale.window[0]
        rendered = scale.frames_per_window or ck_plus_twin.SECONDS[1] * ck_plus_archive.FPS * share
        return int(ck_plus_twin.recordings(stills) * ((rendered + 2) * scale.size**2 * BYTES_PER_PIXEL + 20_000))

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write sequences of neutral -> peak, or their last three frames; class counts are those of Table 4.2.

        ``stills`` scales people and sequences alike, down to 12 people and every class in at least two of them.
        """
        people = ck_plus_twin.everyone(wanted(self.published["images"], scale))
        if self._twin_layout == "images":
            ck_plus_twin.write_images(root, people, SIDE, workers)
        else:
            ck_plus_twin.write_archive(root, people, scale, workers)


def _in_colour(root: Path, path: str, kind: str) -> int:
    """How many frames have a pixel that is not grey; a file that cannot be read is told of by the face stage."""
    count = 0
    with suppress(Unreadable):
        for frame in frames(root, path, kind, fps=ck_plus_archive.FPS):
            count += bool(np.ptp(frame.image, axis=2).any())
    return count
