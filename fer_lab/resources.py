"""Where the files beside the code lie: ``conf`` and ``experiments``, in a checkout and in an installed package; and
where a user's own results do."""

from __future__ import annotations

from pathlib import Path

from fer_lab.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None
ENTRY = "python run.py" if CHECKOUT else "python -m fer_lab.run"
"""How a sweep is started from here, for messages."""


def project_folder() -> Path:
    """Where results and cache lie unless said otherwise: the nearest folder from here upwards with ``conf`` and
    ``run.py``, as git finds its own; the working folder where there is none.
    """
    here = Path.cwd()
    return next((place for place in (here, *here.parents) if _is_project(place)), here)


def _is_project(place: Path) -> bool:
    return (place / "conf").is_dir() and (place / "run.py").is_file()


def own_experiments(project: Path | None = None) -> Path:
    """Where one's own experiments lie: ``experiments/own`` of a project, by default the one that we are in."""
    return (project or project_folder()) / "experiments" / "own"


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
