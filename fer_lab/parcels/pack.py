"""Write a parcel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from fer_lab.configs import compose, parse, results_folder, stamp, value_text
from fer_lab.configs.sweep import CAMPAIGNS
from fer_lab.errors import ConfigError
from fer_lab.ledger import STAMP
from fer_lab.parcels import code
from fer_lab.parcels.archive import write_zip
from fer_lab.parcels.needed import needed_data, needed_weights
from fer_lab.parcels.parcel import ABOUT, FORMAT, LOCK, README, SCRIPT, identity
from fer_lab.runs.plan import stage_versions
from fer_lab.runs.recipes import Recipe, recipes
from fer_lab.tables import find_cell, find_experiment, find_table

ELSEWHERE = ("paths.data=data", "paths.results=results")
"""Where things lie in the configurations of a parcel: nothing in it names a place of this machine."""


def pack(words: Sequence[str], changes: bool = False, to: Path | None = None) -> Path:
    """Write a parcel of a table, an experiment or cells; what it asks for is remembered in ``results/parcels``.

    Args:
        words: ``table=``, ``experiment=`` or ``cell=``, and overrides; data are real unless these say otherwise.
        changes: whether code may be packed that is not committed; the parcel says so.
        to: where the parcel is put, a file or a folder that is there; by default what is remembered of it is all.

    Raises:
        ConfigError: nothing is asked for, or what is asked for cannot be said to somebody else: places of this
            machine, code that is not committed; as ``runs.recipes``.
    """
    asked = campaign_words(words)
    folder = code.checkout()
    version = code.state(folder)
    if version["changes"] and not changes:
        raise ConfigError(
            f"what would be packed is not committed: {', '.join(version['changes'])}"[:600],
            expected="code that a commit names",
            do="commit it, or say --with-changes: the parcel and what comes back are then stamped so",
        )
    about, files = _content([*asked, *ELSEWHERE], compose([*_places(words)])["paths"], version, folder)
    results = results_folder(_places(words))
    kept = results / "parcels" / f"{_slug(asked)}-{about['id']}.zip"
    path = _place(to, kept)
    for place in dict.fromkeys((kept, path)):
        write_zip(place, files.items())
    return path


def _place(to: Path | None, kept: Path) -> Path:
    """Where a parcel is put: a folder takes it under its own name."""
    if to is None:
        return kept
    return to / kept.name if to.is_dir() else to


def _content(
    words: Sequence[str], places: Mapping[str, str], version: Mapping[str, Any], folder: Path
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a parcel says of itself, and all of its files."""
    found = recipes(words)
    about: dict[str, Any] = {
        "format": FORMAT,
        "title": _title(words),
        "words": [word for word in words if word not in ELSEWHERE],
        "stamp": stamp([word for word in words if word.split("=")[0] in STAMP]),
        "code": version,
        "data": needed_data(found, places),
        "weights": needed_weights(found),
        "runs": [{**_run(recipe), "configuration": _file(number)} for number, recipe in enumerate(found)],
    }
    name, data = code.wheel(folder)
    files = {
        README: _environment().get_template("README.md.j2").render(about=about, cells=_cells(found)).encode(),
        SCRIPT: Path(__file__).with_name(SCRIPT).read_bytes(),
        **{_file(number): _yaml(recipe) for number, recipe in enumerate(found)},
        f"code/{name}": data,
        LOCK: (folder / code.LOCK).read_bytes(),
    }
    about["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    about["id"] = identity(about)
    return about, {ABOUT: _json(about), **files}


def _run(recipe: Recipe) -> dict[str, Any]:
    return {
        "recipe": recipe.id,
        **{key: getattr(recipe, key) for key in ("cell", "seed", "fold", "folds", "settings", "as_printed")},
        "printed_people": recipe.printed_people,
        "parents": [parent.id for parent in recipe.parents],
        "versions": stage_versions(recipe.config),
    }


def _file(number: int) -> str:
    return f"configurations/{number:04d}.yaml"


def _yaml(recipe: Recipe) -> bytes:
    return yaml.safe_dump(dict(recipe.config), sort_keys=False, allow_unicode=True).encode()


def campaign_words(words: Sequence[str]) -> list[str]:
    """A command line as it is packed: source, profile and protocol said, the table by its full name, no place.

    Raises:
        ConfigError: nothing is asked for, or it holds what only this machine knows.
    """
    named = [f"table={find_table(word.partition('=')[2]).slug}" if word[:6] == "table=" else word for word in words]
    parsed = parse(named)
    if not any(key in parsed for key in (*CAMPAIGNS, "cell")):
        said = f" by {' '.join(words)}" if words else ""
        raise ConfigError(f"nothing is asked for{said}", expected="table=..., experiment=... or cell=...",
                          do="fer-lab list names them")  # fmt: skip
    hydras = [key for key in parsed if key.replace("/", ".").split(".")[0] == "hydra"]
    if wrong := [*hydras, *(key for key in parsed if key in ("dry_run", "fail_fast"))]:
        raise ConfigError(f"{', '.join(wrong)}: whoever holds the data decides that", do="leave it out")
    own = [word for word in named if not _is_place(word)]
    source = [] if "source" in parsed else ["source=real"]
    asked = stamp([*source, *(word for word in own if word.split("=")[0] in STAMP)])
    if asked["source"] != "real":
        raise ConfigError(f"source={asked['source']}: twins are drawn by anybody", expected="source=real")
    rest = [word for word in own if word.split("=")[0] not in STAMP]
    return [*rest, *(f"{key}={value}" for key, value in asked.items())]


def _is_place(word: str) -> bool:
    return word.lstrip("+").startswith("paths.")


def _places(words: Sequence[str]) -> list[str]:
    return [word for word in words if _is_place(word)]


def _title(words: Sequence[str]) -> str:
    """What is asked for, in words."""
    parsed = parse(words)
    if "table" in parsed:
        table = find_table(value_text(parsed["table"]))
        return f"{table.thesis}, Table {table.number}: {table.title}"
    if "experiment" in parsed:
        return find_experiment(value_text(parsed["experiment"])).title
    return ", ".join(find_cell(name).title or name for name in value_text(parsed["cell"]).split(","))


def _slug(words: Sequence[str]) -> str:
    """The beginning of its file's name."""
    parsed = parse(words)
    key = next(key for key in (*CAMPAIGNS, "cell") if key in parsed)
    return value_text(parsed[key]).replace("/", "-").split(",")[0]


def _cells(found: Sequence[Recipe]) -> dict[str, int]:
    """Cell -> how many runs of it, parents included."""
    cells: dict[str, int] = {}
    for recipe in found:
        cells[recipe.cell] = cells.get(recipe.cell, 0) + 1
    return cells


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("fer_lab.parcels"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # the text is Markdown: nothing is escaped


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()
