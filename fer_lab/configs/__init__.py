"""From the words on a command line to the configurations of runs."""

from fer_lab.configs.compose import compose, compose_data, compose_launcher, resolve
from fer_lab.configs.grammar import written
from fer_lab.configs.known import data_sets, offered_targets, targets_of, with_places
from fer_lab.configs.stamp import results_folder, stamp
from fer_lab.configs.sweep import cells_of, expand, for_parent, parse, value_text, without_sweep

__all__ = [
    "cells_of",
    "compose",
    "compose_data",
    "compose_launcher",
    "data_sets",
    "expand",
    "for_parent",
    "offered_targets",
    "parse",
    "resolve",
    "results_folder",
    "stamp",
    "targets_of",
    "value_text",
    "with_places",
    "without_sweep",
    "written",
]
