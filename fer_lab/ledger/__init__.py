"""The ledger: identity of runs, their atomic store, and reading it back. Imports no torch."""

from fer_lab.ledger.entry import Entry
from fer_lab.ledger.files import PREPROCESSING, WEIGHTS
from fer_lab.ledger.identity import run_id
from fer_lab.ledger.read import Run, merge_folds, read_run, read_runs
from fer_lab.ledger.scored import Scored, by_cell, main_score, scored_runs
from fer_lab.ledger.searched import say_trial, trials
from fer_lab.ledger.snapshot import STAMP, Excluded, Snapshot, by_stamp, read_ledger, read_stamps, readable

__all__ = [
    "PREPROCESSING",
    "STAMP",
    "WEIGHTS",
    "Entry",
    "Excluded",
    "Run",
    "Scored",
    "Snapshot",
    "by_cell",
    "by_stamp",
    "main_score",
    "merge_folds",
    "read_ledger",
    "read_run",
    "read_runs",
    "read_stamps",
    "readable",
    "run_id",
    "say_trial",
    "scored_runs",
    "trials",
]
