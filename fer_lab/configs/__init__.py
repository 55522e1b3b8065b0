"""From the words on a command line to the configurations of runs."""

from fer_lab.configs.compose import compose, resolve
from fer_lab.configs.stamp import results_folder, stamp
from fer_lab.configs.sweep import cells_of, expand, for_parent, parse, value_text, without_sweep

__all__ = [
    "cells_of",
    "compose",
    "expand",
    "for_parent",
    "parse",
    "resolve",
    "results_folder",
    "stamp",
    "value_text",
    "without_sweep",
]
