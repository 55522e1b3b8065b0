"""An experiment on one's own data, from a look at a folder."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from fer_lab.cli.app import app, say
from fer_lab.errors import ConfigError
from fer_lab.resources import CHECKOUT, ENTRY, own_experiments, project_folder
from fer_lab.storage import write_bytes

if TYPE_CHECKING:
    from fer_lab.datasets.look import Guess

NAME = re.compile(r"[a-z][a-z0-9_]*")
SHARES = {"train": 70, "val": 10, "test": 20}
VALIDATING = 0.1
COMPONENTS = 32
PROTOCOLS = ("thesis", "clean", "as_printed")
PAGE = """\
# Written by `fer-lab new` from what lies in the folder; each guess says what was seen and what else it could be.
name: {name}
title: {name}
thesis: own
section: "-"
seeds: [0, 1, 2]
groups: {{ data: folder, faces: aligned, task: classification, optimizer: adam, scheduler: constant }}
cells:
  geometry: # from landmarks alone: needs no weights
    title: Geometry alone
    groups: {{ items: frame_geometry, model: geometry }}
    values: &own
      items: {{ views: [], components: {components} }} # components of the 68 points: fewer than pictures
      epochs: "${{profile.epochs.head}}"
{values}
      # Weights that were learned on generated people and ship with fer_lab. Others: a VGG-Face file, with its
      # weights_order (docs/data.md), or imagenet with profile=paper.
      source: {{ weights: embedded }}
  cnn: # frozen convolutions and a head
    title: CNN, frontalization
    groups: {{ items: frame, model: vgg_face }}
    values: {{ <<: *own, items: {{ views: [frontal] }} }}
"""
TABLE = """\
# Written by `fer-lab new`.
thesis: own
number: {name}
title: {name}
section: "-"
header: [Model]
columns:
  Accuracy: {{ metric: accuracy }}
  UAR: {{ metric: uar }}
  Macro-F1: {{ metric: macro_f1 }}
rows:
  - {{ labels: [Geometry], cell: {name}/geometry }}
  - {{ labels: [CNN], cell: {name}/cnn }}
"""


@app.command()
def new(
    folder: Path,
    name: Annotated[str, typer.Option(help="Of the experiment; by default that of the folder.")] = "",
    to: Annotated[Path | None, typer.Option(help="The project it is written into; by default this folder.")] = None,
) -> None:
    """Look at a folder of labelled files and write an experiment on it, with its table, into experiments/own."""
    from fer_lab import tables
    from fer_lab.datasets.look import look

    if not folder.exists():
        raise ConfigError(f"there is nothing at {folder}", expected="a folder or zip of labelled videos or images")
    name = name or re.sub(r"[^a-z0-9]+", "_", folder.resolve().stem.lower()).strip("_")
    place = own_experiments(to)
    files = {place / f"{name}.yaml": "", place / "tables" / f"{name}.yaml": TABLE.format(name=name)}
    taken = [*(str(file) for file in files if file.exists()), *({name} & {*tables.experiments()})]
    if taken or not NAME.fullmatch(name):
        raise ConfigError(
            f"{taken[0]} is there already" if taken else f"{name!r} is no name of an experiment",
            expected="a new one of small letters, digits and _",
            do=f"give it: --name {f'{name}_2' if taken else 'my_faces'}",
        )
    guess = look(folder)
    split, why = split_of(guess)
    values = _values(folder, guess, split, why)
    files[place / f"{name}.yaml"] = PAGE.format(name=name, values=values, components=_components(len(guess.index)))
    for file, text in files.items():
        write_bytes(file, text.encode())
    _say(name, guess, why, list(files), to)


def _components(files: int) -> int:
    """As many principal components as conf/items has, but no more than half of the pictures that will train."""
    return max(1, min(COMPONENTS, files * SHARES["train"] // sum(SHARES.values()) // 2))


def split_of(guess: Guess) -> tuple[dict[str, Any], str]:
    """The parts of a folder (``data.split``), and what they are made by."""
    shared = guess.index.groupby("subject")["part_given"].nunique() if guess.parts else None
    crossing = 0 if shared is None else int((shared.drop("", errors="ignore") > 1).sum())
    if len(guess.parts) > 1 and not crossing:
        parts = {word.lower(): word for word in guess.parts}
        train = next((word for key, word in parts.items() if "train" in key), guess.parts[0])
        val = next((word for key, word in parts.items() if "val" in key or "public" in key or "dev" in key), None)
        test = next((word for word in guess.parts if word not in (train, val)), val)
        own = val is None or val == test
        recipe: dict[str, Any] = {"train": train, "val": "of_train" if own else val, "test": test}
        recipe |= {"share": VALIDATING} if own else {}
        word = f"the parts that are given ({', '.join(guess.parts)})" + (
            f", {VALIDATING:.0%} of training validates" if own else ""
        )
        word += "" if guess.people else "; WHETHER SOMEBODY IS IN TWO PARTS IS NOT KNOWN"
        return {"kind": "given", "seed": 0, **{protocol: dict(recipe) for protocol in PROTOCOLS}}, word
    by_people = guess.people >= len(SHARES) and (guess.index["subject"] != "").all()
    word = f"people: nobody is in two parts ({guess.people} people)" if by_people else (
        "FILES, AS NOTHING TELLS PEOPLE APART: whoever is in several files may be in training and test, and accuracy "
        "is then too high. Name a column (columns.subject) or a pattern (people), and set kind to subjects"
    )  # fmt: skip
    word += f"; the given parts share {crossing} people and are not used" if crossing else ""
    kind = "subjects" if by_people else "items"
    return {"kind": kind, "seed": 0, **{protocol: dict(SHARES) for protocol in PROTOCOLS}}, word


def _values(folder: Path, guess: Guess, split: Mapping[str, Any], why: str) -> str:
    """What both cells say of the data, with a comment for each guess."""
    lines = [f"paths: {_flow({'folder': str(folder.resolve())})}", "data:", "  dataset:"]
    for key, value in guess.settings.items():
        lines += [f"    {key}: {_flow(value)}", *([f"    # {guess.words[key]}"] if key in guess.words else [])]
    lines += [f"    # {guess.words['subject']}"] if "subject" in guess.words else []
    lines += [f"  num_classes: {len(guess.settings['classes'])}", f"  # By {why}.", f"  split: {_flow(dict(split))}"]
    return "\n".join(f"      {line}" for line in lines)


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    return text.removesuffix("...\n").strip()


def _say(name: str, guess: Guess, why: str, files: list[Path], to: Path | None) -> None:
    for key, word in guess.words.items():
        say(f"{key}: {word}")
    left_out = guess.index.attrs["skipped"]
    say(f"{len(guess.index)} files can be used, {len(left_out)} are left out (fer-lab doctor says which)")
    say(f"split by {why}")
    say("written: " + ", ".join(map(str, files)) + "\n")
    begin = f"cd {shlex.quote(str(to))} && " if to else ""
    entry = ENTRY if (to or project_folder()).resolve() == CHECKOUT else "python -m fer_lab.run"
    say("check parts and weights, train, render the table:")
    say(f"{begin}{entry} -m experiment={name} source=real dry_run=true")
    say(f"{begin}{entry} -m experiment={name} source=real")
    say(f"{begin}fer-lab reproduce {name} source=real")
