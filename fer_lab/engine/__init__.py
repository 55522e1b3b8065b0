"""From a command line to finished runs in the ledger."""

from fer_lab.engine.compose import compose, resolve
from fer_lab.engine.copies import near_copies
from fer_lab.engine.evidence import Shown, attributes_of, faces_of
from fer_lab.engine.job import ensure, run_job
from fer_lab.engine.plan import Plan, make_plan
from fer_lab.engine.sources import blocked_cells, data_set, drawn_splits, open_faces, open_source, twin_is_there
from fer_lab.engine.start import finished_runs, planned, start
from fer_lab.engine.stated import other_protocol, results_folder, stamp, stated, stated_values

__all__ = [
    "Plan",
    "Shown",
    "attributes_of",
    "blocked_cells",
    "compose",
    "data_set",
    "drawn_splits",
    "ensure",
    "faces_of",
    "finished_runs",
    "make_plan",
    "near_copies",
    "open_faces",
    "open_source",
    "other_protocol",
    "planned",
    "resolve",
    "results_folder",
    "run_job",
    "stamp",
    "start",
    "stated",
    "stated_values",
    "twin_is_there",
]
