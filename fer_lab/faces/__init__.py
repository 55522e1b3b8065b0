"""Faces: found, aligned, frontalized, and kept in a store."""

from fer_lab.faces import align, detect, frontalize, symmetry
from fer_lab.faces.config import FacesConfig, RawConfig
from fer_lab.faces.detect import Detector
from fer_lab.faces.face import Face, NoFace, prepare
from fer_lab.faces.joined import JoinedFaces
from fer_lab.faces.model_file import find_model, model_digest
from fer_lab.faces.store import FaceStore, build_raw_store, build_store, store_folder

VERSIONS = {
    "detect": detect.VERSION,
    "align": align.VERSION,
    "frontalize": frontalize.VERSION,
    "symmetry": symmetry.VERSION,
}
"""Integers beside the stages' code; one changes with that stage's output."""

__all__ = [
    "VERSIONS",
    "Detector",
    "Face",
    "FaceStore",
    "FacesConfig",
    "JoinedFaces",
    "NoFace",
    "RawConfig",
    "build_raw_store",
    "build_store",
    "find_model",
    "model_digest",
    "prepare",
    "store_folder",
]
