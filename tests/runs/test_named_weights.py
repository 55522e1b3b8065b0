"""What of pretrained weights is part of a run's identity: those of packages need not be here for it to be known."""

from __future__ import annotations

from pathlib import Path

from fer_lab.configs import compose
from fer_lab.packages import passport, pinned
from fer_lab.runs.plan import named_files
from fer_lab.storage import file_digest


def weights_of(*overrides: str) -> str:
    return named_files(compose(["cell=fer2013_single/base", "model=linear", *overrides]))["weights"]


def test_those_of_a_package_count_by_their_file_and_their_passport() -> None:
    known = passport("faceres")
    assert weights_of("backbone=faceres") == f"faceres, SHA-256 {pinned(known)}, passport {known.digest}"
    assert weights_of("backbone=dlib_resnet") != weights_of("backbone=faceres")


def test_a_passport_beside_a_file_counts_with_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    named = ("backbone=faceres", f"backbone.weights={path}")
    assert weights_of(*named) == "missing:mine.safetensors"
    path.write_bytes(b"weights")
    assert weights_of(*named) == file_digest(path)
    (tmp_path / "mine.passport.yaml").write_text(
        "title: mine\nlearned: face\nlicence: mine\ntrained_on: friends\nsays: [me]\n"
        "seen: {others: {items: no, people: no, reason: I know them}}\n"
    )
    assert weights_of(*named).startswith(f"{file_digest(path)}, passport ")
