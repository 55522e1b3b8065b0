"""From a configuration to its data: where they are, their faces, their parts. Imports no torch."""

from fer_lab.sources.blocked import blocked_cells
from fer_lab.sources.copies import near_copied, near_rows
from fer_lab.sources.data import Source, open_data, open_source
from fer_lab.sources.places import (
    data_set,
    every_member,
    facts,
    is_there,
    missing_members,
    real_root,
    singles,
    titles,
    twin_is_there,
    twin_scale,
    twins,
)
from fer_lab.sources.splits import drawn_splits, split_of, split_without_faces
from fer_lab.sources.stores import how_faces_are_found, kept_faces, known_of_faces, open_faces, photographs, shown_view

__all__ = [
    "Source",
    "blocked_cells",
    "data_set",
    "drawn_splits",
    "every_member",
    "facts",
    "how_faces_are_found",
    "is_there",
    "kept_faces",
    "known_of_faces",
    "missing_members",
    "near_copied",
    "near_rows",
    "open_data",
    "open_faces",
    "open_source",
    "photographs",
    "real_root",
    "shown_view",
    "singles",
    "split_of",
    "split_without_faces",
    "titles",
    "twin_is_there",
    "twin_scale",
    "twins",
]
