"""The ledger: identity of runs, their atomic store, and reading it back. Imports no torch."""

from fer_lab.ledger.entry import Entry
from fer_lab.ledger.environment import describe_machine
from fer_lab.ledger.found import STAMP, Apart, Found, read_ledger, read_stamps
from fer_lab.ledger.identity import run_id
from fer_lab.ledger.read import Run, read_run, read_runs, together

__all__ = [
    "STAMP",
    "Apart",
    "Entry",
    "Found",
    "Run",
    "describe_machine",
    "read_ledger",
    "read_run",
    "read_runs",
    "read_stamps",
    "run_id",
    "together",
]
