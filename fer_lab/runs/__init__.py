"""Runs before and after they run: plans, and what finished ones and their data say. Imports no torch."""

from fer_lab.runs.checks import check_run, check_sweep
from fer_lab.runs.evidence import Shown, attributes_of, faces_of, pictures_of, seen_data
from fer_lab.runs.forecast import mean_seconds, outline, peak_memory, with_parents
from fer_lab.runs.plan import Plan, make_plan, make_plans
from fer_lab.runs.planned import finished_runs, planned
from fer_lab.runs.precision import has_gpu
from fer_lab.runs.returned import returned_runs
from fer_lab.runs.stated import other_protocol, stated, stated_values
from fer_lab.runs.trained import Trained, model_of

__all__ = [
    "Plan",
    "Shown",
    "Trained",
    "attributes_of",
    "check_run",
    "check_sweep",
    "faces_of",
    "finished_runs",
    "has_gpu",
    "make_plan",
    "make_plans",
    "mean_seconds",
    "model_of",
    "other_protocol",
    "outline",
    "peak_memory",
    "pictures_of",
    "planned",
    "returned_runs",
    "seen_data",
    "stated",
    "stated_values",
    "with_parents",
]
