"""A model that `fer-lab export` wrote, on pictures; its path is in ``FER_LAB_MODEL``."""

import os
from pathlib import Path

import numpy as np
from told import answer_all

from fer_lab import media
from fer_lab.faces import Face
from fer_lab.inference.found import Finder, inputs_of
from fer_lab.inference.model import Model

model = Model(Path(os.environ["FER_LAB_MODEL"]), threads=1)
finder = Finder(model.contract)


def answered(path: str, face_already: bool) -> tuple[int, dict[str, float] | None]:
    """How many faces it finds, and what it says of the largest; a picture of 48 px is a face already."""
    found = finder(media.image(Path(path).read_bytes(), path))
    faces = [face for face in found if isinstance(face, Face)]
    if not faces:
        return 0, None
    said = model.predict(inputs_of(model.contract, faces[:1]))[0]
    return len(faces), dict(zip(model.contract.names, np.asarray(said).tolist(), strict=True))


answer_all(answered)
