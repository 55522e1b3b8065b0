"""All commands, each of which puts itself on the command line when it is imported."""

from fer_lab.cli import (
    annotate,
    cached,
    claims,
    compare,
    dashboard,
    data,
    evidence,
    fetch,
    leaks,
    listing,
    new,
    recheck,
    report,
    reproduce,
    runs,
    serve,
    status,
)
from fer_lab.cli.app import app

__all__ = [
    "annotate",
    "app",
    "cached",
    "claims",
    "compare",
    "dashboard",
    "data",
    "evidence",
    "fetch",
    "leaks",
    "listing",
    "new",
    "recheck",
    "report",
    "reproduce",
    "runs",
    "serve",
    "status",
]
