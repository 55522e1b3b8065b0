"""From a planned sweep to finished runs in the ledger."""

from fer_lab.engine.job import ensure, run_job
from fer_lab.engine.start import start

__all__ = ["ensure", "run_job", "start"]
