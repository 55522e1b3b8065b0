"""From a command line to finished runs in the ledger."""

from fer_lab.engine.compose import compose, resolve
from fer_lab.engine.job import ensure, run_job
from fer_lab.engine.plan import Plan, make_plan
from fer_lab.engine.sources import open_faces, open_source
from fer_lab.engine.start import planned, start
from fer_lab.engine.stated import results_folder, stamp, stated

__all__ = [
    "Plan",
    "compose",
    "ensure",
    "make_plan",
    "open_faces",
    "open_source",
    "planned",
    "resolve",
    "results_folder",
    "run_job",
    "stamp",
    "start",
    "stated",
]
