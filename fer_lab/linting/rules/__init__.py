"""The rules, one a file: ``RULE`` says what it is, ``look`` or ``look_module`` finds it.

``look(node, at)`` is asked of each statement and call where what names hold is known; ``look_module(module, project)``
once a source, when all of it has been followed.
"""

from __future__ import annotations

from fer_lab.linting.findings import Rule
from fer_lab.linting.rules import (
    augmented_first,
    chosen_on_test,
    mean_of_batches,
    no_seed,
    people_shared,
    rate_by_test,
    scaled_on_all,
    usage_swapped,
)

LOOKING = (chosen_on_test, rate_by_test, people_shared, augmented_first, mean_of_batches, scaled_on_all)
LOOKING_AT_MODULES = (usage_swapped, no_seed)
RULES: dict[str, Rule] = {one.RULE.name: one.RULE for one in (*LOOKING, *LOOKING_AT_MODULES)}
