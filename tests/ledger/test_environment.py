from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from fer_lab.ledger import describe_machine, environment


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "av":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(environment, "version", version)
    versions = describe_machine()["versions"]
    assert versions == {name: "1.0" for name in environment.PACKAGES if name != "av"}


def test_it_names_what_computed_and_nobody() -> None:
    said = describe_machine("A GPU")
    assert said["gpu"] == "A GPU"
    assert describe_machine()["gpu"] is None
    assert set(said) == {"cpu", "gpu", "cores", "memory_gb", "system", "python", "versions"}
