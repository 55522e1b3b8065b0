"""From a configuration to its data: where they are, their faces, their parts. Imports no torch."""

from fer_lab.sources.blocked import blocked_cells
from fer_lab.sources.copies import near_copied, near_copies
from fer_lab.sources.data import Source, data_set, open_faces, open_source, shown_view, twin_is_there, twin_scale
from fer_lab.sources.splits import drawn_splits, split_of

__all__ = [
    "Source",
    "blocked_cells",
    "data_set",
    "drawn_splits",
    "near_copied",
    "near_copies",
    "open_faces",
    "open_source",
    "shown_view",
    "split_of",
    "twin_is_there",
    "twin_scale",
]
