"""The data sets: one module each with its facts, its index and the writer of its twin; conf/data names its class."""

from fer_lab.datasets.base import COLUMNS, OF_PICTURES, UNTIL, DataSet, TwinScale
from fer_lab.datasets.composite import ORIGIN, Composite
from fer_lab.datasets.contents import signature
from fer_lab.datasets.counts import count
from fer_lab.datasets.places import locate, make_twin, twin_folder
from fer_lab.datasets.showing import Showing, showing
from fer_lab.datasets.twins import IDENTITIES, truth_path

__all__ = [
    "COLUMNS",
    "IDENTITIES",
    "OF_PICTURES",
    "ORIGIN",
    "UNTIL",
    "Composite",
    "DataSet",
    "Showing",
    "TwinScale",
    "count",
    "locate",
    "make_twin",
    "showing",
    "signature",
    "truth_path",
    "twin_folder",
]
