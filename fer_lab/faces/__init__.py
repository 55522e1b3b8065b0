"""Faces: found, aligned, frontalized, or prepared step by step, and kept in a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fer_lab.faces.blendshapes import BLENDSHAPES
from fer_lab.faces.config import FacesConfig, Preparation, RawConfig, StepsConfig
from fer_lab.faces.detect import Detector
from fer_lab.faces.detectors import detector_of, landmarks_digest
from fer_lab.faces.dlib_detector import DlibDetector
from fer_lab.faces.face import Face, prepare, prepare_all
from fer_lab.faces.model_file import find_model, model_digest
from fer_lab.faces.steps import Cropped, EqualiseHistogram, Grey, NoFace, Resize, Step, ThreeChannels
from fer_lab.faces.viola_jones import ViolaJonesCrop
from fer_lab.lazy import names_of

if TYPE_CHECKING:
    from fer_lab.faces.joined import JoinedFaces
    from fer_lab.faces.store import FaceStore, build_raw_store, build_store, stage_versions, store_folder

__all__ = [
    "BLENDSHAPES",
    "Cropped",
    "Detector",
    "DlibDetector",
    "EqualiseHistogram",
    "Face",
    "FaceStore",
    "FacesConfig",
    "Grey",
    "JoinedFaces",
    "NoFace",
    "Preparation",
    "RawConfig",
    "Resize",
    "Step",
    "StepsConfig",
    "ThreeChannels",
    "ViolaJonesCrop",
    "build_raw_store",
    "build_store",
    "detector_of",
    "find_model",
    "landmarks_digest",
    "model_digest",
    "prepare",
    "prepare_all",
    "stage_versions",
    "store_folder",
]

# Who looks for faces in a picture needs no store of them, nor what reads tables.
__getattr__ = names_of(
    __name__,
    {
        "joined": ["JoinedFaces"],
        "store": ["FaceStore", "build_raw_store", "build_store", "stage_versions", "store_folder"],
    },
)
