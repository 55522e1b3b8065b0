"""The data sets: one file each with its facts, its index and the writer of its twin."""

from fer_lab.datasets.base import COLUMNS, DataSet, TwinScale
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.datasets.contents import signature
from fer_lab.datasets.counts import count
from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.datasets.folder import Folder
from fer_lab.datasets.oulu_casia import OuluCasia
from fer_lab.datasets.places import locate, make_twin, twin_folder
from fer_lab.datasets.sase_fe import SaseFe
from fer_lab.datasets.twins import IDENTITIES, truth_path


def known() -> list[type[DataSet]]:
    """Every data set that fer_lab reads."""
    return [SaseFe, OuluCasia, Fer2013, CkPlus, Folder]


__all__ = [
    "COLUMNS",
    "IDENTITIES",
    "CkPlus",
    "DataSet",
    "Fer2013",
    "Folder",
    "OuluCasia",
    "SaseFe",
    "TwinScale",
    "count",
    "known",
    "locate",
    "make_twin",
    "signature",
    "truth_path",
    "twin_folder",
]
