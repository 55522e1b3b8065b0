"""The command that looks for people, videos and copies of faces that are in several parts of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import Overrides, app, console
from fer_lab.cli.leaks_of_data import show_duplicates
from fer_lab.cli.leaks_of_splits import show_splits

if TYPE_CHECKING:
    from fer_lab.datamodules.splits import Split

Augmented = Annotated[bool, typer.Option(help="Look also for copies that are mirrored, turned, shifted, blurred.")]


@app.command()
def leaks(dataset: str, overrides: Overrides = None, augmented: Augmented = False) -> None:
    """Look for what the parts of a data set share: people, videos, exact and near copies of faces.

    The parts are those of the configuration (protocol=thesis, data.split...). Single images that are faces already are
    also looked at within the parts that the data set names: for constant images, and copies under two labels. The real
    data, if there are any, unless source=embedded is given. Exit status 1: a clean split shares something, and training
    would refuse it.
    """
    from fer_lab.configs import compose_data
    from fer_lab.sources import drawn_splits, facts, near_rows, open_data, open_faces, photographs

    usual = "embedded" if facts(compose_data(dataset, [])).invented else "real"
    config, source = open_data(dataset, [f"source={usual}", *(overrides or [])])
    index, about = source.index, config["data"]
    stills = source.dataset.is_faces(index)
    console.print(f"{source.dataset.title} in {source.root.absolute()}", markup=False, soft_wrap=True)
    if not stills:
        console.print(f"faces of {len(index)} files: found in the cache, or prepared first", highlight=False)
    faces = open_faces(source, config)
    view = config["faces"]["views"][0]
    near = near_rows(faces, view) if stills else None
    if near is not None:
        show_duplicates(index, about["target"], faces.view(view)[..., 0], near)
    splits = drawn_splits(config, index, faces, photographs(source, config, faces))
    show_splits(splits, index, faces.frames, faces.view(view), near, augmented)
    if refusals := _refusals(splits):
        console.print(f"training is refused: {refusals[0]}", markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _refusals(splits: Sequence[Split]) -> list[str]:
    """Why training would refuse the splits."""
    from fer_lab.errors import DataError

    found = []
    for split in splits:
        try:
            split.check()
        except DataError as error:
            found.append(error.what)
    return found
