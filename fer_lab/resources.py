"""Where the files beside the code lie: ``conf`` and ``experiments``, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

from fer_lab.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None
ENTRY = "python run.py" if CHECKOUT else "python -m fer_lab.run"
"""How a sweep is started from here, for messages."""


def own_experiments(project: Path | None = None) -> Path:
    """Where one's own experiments lie: ``experiments/own`` of a project, by default the folder that we are in."""
    return (project or Path.cwd()) / "experiments" / "own"


def how_to_restore(name: str) -> str:
    """What to do where a file that the package brings along, named from the root of a checkout, is not as it was."""
    return f"git checkout -- {name}" if CHECKOUT else "pip install --force-reinstall --no-deps fer_lab-*.whl"


def resource_folder(name: str) -> Path:
    """The folder ``conf`` or ``experiments``: the package's own, as a wheel brings it, else that of the checkout.

    Raises:
        ConfigError: neither has it.
    """
    for place in filter(None, (PACKAGE, CHECKOUT)):
        if (place / name).is_dir():
            return place / name
    raise ConfigError(
        f"{name}/ is missing: it is not in {PACKAGE}" + (f", and not in {CHECKOUT}" if CHECKOUT else ""),
        expected="the folder that the wheel and the repository bring along",
        do=how_to_restore(name),
    )
