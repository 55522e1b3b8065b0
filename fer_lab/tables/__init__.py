"""What the theses did and printed: read, registered with Hydra, compared with the ledger, rendered. No torch."""

from fer_lab.tables.catalogue import Catalogue, read_catalogue
from fer_lab.tables.comparison import Comparison, compare
from fer_lab.tables.console import lines_of
from fer_lab.tables.find import (
    campaign,
    cells,
    experiments,
    find_cell,
    find_experiment,
    find_table,
    pick,
    tables,
    tables_of,
    under_every_name,
)
from fer_lab.tables.registration import register
from fer_lab.tables.rendering import render, stamp_words, value_rows, view
from fer_lab.tables.schema import Cell, Experiment, Printed, Row, Table

__all__ = [
    "Catalogue",
    "Cell",
    "Comparison",
    "Experiment",
    "Printed",
    "Row",
    "Table",
    "campaign",
    "cells",
    "compare",
    "experiments",
    "find_cell",
    "find_experiment",
    "find_table",
    "lines_of",
    "pick",
    "read_catalogue",
    "register",
    "render",
    "stamp_words",
    "tables",
    "tables_of",
    "under_every_name",
    "value_rows",
    "view",
]
