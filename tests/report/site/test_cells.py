"""What is shown of the items that are answered worst."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from fer_lab.evaluation import make_target, worst_items
from fer_lab.ledger import Run
from fer_lab.report.site import cells
from fer_lab.runs.evidence import Shown
from tests.evaluation.kinds import KINDS, NAMES, make_scores


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("publishable", [True, False])
def test_no_face_of_labels_or_values_is_shown_that_may_not_be_published(
    kind: str, publishable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "faces_of", lambda *_: Shown((np.zeros((2, 2, 3), np.uint8),), publishable))
    found = cells._faces(cast(Run, None), worst_items(make_scores(kind), 1), make_target(kind, NAMES[kind]))
    assert (found is not None) == (publishable or kind == "classes")  # those of classes stay on this machine


def test_without_a_worst_item_no_data_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(cells, "faces_of", fail)
    nothing = worst_items(make_scores("values", unknown=1.0), 3)
    assert cells._faces(cast(Run, None), nothing, make_target("values", NAMES["values"])) is None
