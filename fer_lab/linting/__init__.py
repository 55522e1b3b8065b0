"""Reads somebody's training code for what makes numbers unbelievable: ``lint`` a folder, a file or a notebook.

A source becomes a tree (``sources``, ``notebooks``); ``flow`` follows which parts of the data names may hold (marks,
``parts``) through its statements and, by ``project``, through the functions it calls; ``rules`` look at each call and
statement with that knowledge. Nothing of the code is imported or run.
"""

from fer_lab.linting.findings import Finding, Report, Rule, Skipped
from fer_lab.linting.linter import lint
from fer_lab.linting.rules import RULES

__all__ = ["RULES", "Finding", "Report", "Rule", "Skipped", "lint"]
