"""Which runs may stand beside printed numbers."""

from __future__ import annotations

import pytest

from fer_lab.configs import compose
from fer_lab.sources.printed import is_as_printed, printed_people


@pytest.mark.parametrize(("cell", "protocol", "answer"), [
    ("sase_hidden/cnn_frontal", "as_printed", True), ("sase_hidden/cnn_frontal", "clean", False),
    ("sase_hidden/cnn_frontal", "thesis", False), ("ck_transfer/whole_output", "as_printed", True),
    ("ck_transfer/whole_output", "clean", False), ("ck_direct/final", "clean", True),
    ("ck_direct/final", "thesis", False), ("fer2013_final/final", "clean", True),
    ("fer2013_final/final", "thesis", False),
])  # fmt: skip
def test_parts_are_as_printed_or_drawn_alike(cell: str, protocol: str, answer: bool) -> None:
    assert is_as_printed(compose([f"cell={cell}", f"protocol={protocol}"])) is answer


@pytest.mark.parametrize(("key", "value"), [("manifest", "split.json"), ("near_copies", "drop")])
def test_parts_of_our_own_are_nobodys_print(key: str, value: str) -> None:
    config = compose(["cell=fer2013_final/final", "protocol=as_printed"])
    split = {**config["data"]["split"], key: value}
    assert not is_as_printed({**config, "data": {**config["data"], "split": split}})


@pytest.mark.parametrize(("cell", "number"), [
    ("sase_hidden/cnn_frontal", 40), ("oulu_casia/cnn_face", 65), ("fer2013_final/final", None),
    ("ck_direct/final", None),
])  # fmt: skip
def test_how_many_people_train_as_printed(cell: str, number: int | None) -> None:
    assert printed_people(compose([f"cell={cell}"])) == number
