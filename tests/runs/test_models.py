"""The models of runs as they start."""

from __future__ import annotations

from typing import Any, cast

import pytest

from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.runs.models import starting_model


def test_a_network_that_takes_nothing_over_is_not_tested_untrained() -> None:
    config = compose(["cell=sase_hidden/geometry", "profile=smoke", "epochs=0"])
    starting_model(config, [])
    with pytest.raises(ConfigError, match="Geometry takes nothing over"):
        starting_model(config, cast(Any, [object()]))
