"""How long an exported model takes to answer, way by way, and where that is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.inference.model import has_gpu
from fer_lab.ledger import read_run
from fer_lab.ledger.timings import TIMINGS, WAYS, read_timings, write_timing
from fer_lab.serving.timing import time_answers
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run
from tests.serving.served import drawn, encoded, write_model

pytestmark = pytest.mark.slow
BLANK = encoded(np.zeros((64, 64, 3), np.uint8))


def test_what_a_network_takes_is_kept_beside_the_run_which_stays_whole(tmp_path: Path) -> None:
    run = write_run(tmp_path, "classes", [make_scores("classes")])
    assert list(read_timings(run)) == []
    model, pictures = write_model(tmp_path / "one.onnx"), [encoded(drawn(seed)) for seed in range(3)]
    timing = time_answers(model, [*pictures, BLANK], "twins", "cpu", 2, threads=1)
    assert (timing.images, timing.no_face, list(timing.seconds)) == (4, 1, list(WAYS))
    assert {len(times.repeats) for times in timing.seconds.values()} == {2}
    assert (timing.facts["threads"], timing.facts["precision"]) == (1, "float32")
    for _ in range(2):  # the second one replaces the first
        write_timing(run, timing)
        assert list(read_timings(run)) == [timing]
    read_run(run.folder).check()
    path = run.folder / TIMINGS
    path.write_text(path.read_text().replace('"images": 4', '"images": 2'))
    with pytest.raises(StoreError, match="damaged"):
        read_timings(run)


def test_what_cannot_be_timed_is_said(tmp_path: Path) -> None:
    model = write_model(tmp_path / "one.onnx")
    with pytest.raises(DataError, match="no face in 1 pictures of nothing"):
        time_answers(model, [BLANK], "nothing", "cpu", 1)
    if not has_gpu():
        with pytest.raises(ConfigError, match="--device gpu"):
            time_answers(model, [BLANK], "nothing", "gpu", 1)
