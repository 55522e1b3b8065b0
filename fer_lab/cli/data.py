"""Commands about data sets: their faces, and whether a copy is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from fer_lab.cli.app import Overrides, app, console, show_table
from fer_lab.errors import ConfigError, DataError
from fer_lab.processes import pool

if TYPE_CHECKING:
    from fer_lab.datasets import DataSet
    from fer_lab.datasets.doctor import Report
    from fer_lab.faces.stage import FoundFaces
    from fer_lab.media import Image

TRIED_FILES, TRIED_FRAMES = 6, 3
"""How many files the doctor puts through the face stage, and at most how many frames of each."""


@app.command()
def faces(dataset: str, overrides: Overrides = None) -> None:
    """Put a data set through the face stage: how many frames have a face, and every file or frame without one."""
    from fer_lab.sources import open_data, open_faces

    config, source = open_data(dataset, overrides or [])
    store = open_faces(source, config)
    unread = source.index.attrs.get("skipped", [])
    tried = len(store.frames) + len(store.skipped)
    console.print(f"{source.dataset.title}: {len(source.index)} files, {tried} frames and unreadable files")
    console.print(f"faces found: {len(store.frames)} ({len(store.frames) / tried:.1%})")
    if "faces_found" in store.frames:
        console.print(f"kept beside other faces, as the largest: {int((store.frames['faces_found'] > 1).sum())}")
    if store.has_landmarks:
        console.print(f"kept though partly outside the picture: {int((store.frames['inside'] < 1).sum())}")
    reasons = Counter([*store.skipped["reason"], *(entry["reason"] for entry in unread)])
    for reason, number in reasons.most_common():
        console.print(f"left out, {reason}: {number}", markup=False, highlight=False)
    rows = [(str(r.id), "file" if r.frame == -1 else str(r.frame), str(r.reason)) for r in store.skipped.itertuples()]
    rows += [(entry["id"], "file", entry["reason"]) for entry in unread]
    show_table(f"left out: {len(rows)}", ("id", "frame", "reason"), rows)


@app.command()
def doctor(
    dataset: str,
    overrides: Overrides = None,
    data: Annotated[Path | None, typer.Option(help="Where the copy lies; by default paths.<data set>.")] = None,
) -> None:
    """Open a real copy of a data set: what is there, what is missing, and whether it is ready (exit status 0)."""
    from fer_lab.configs import compose_data
    from fer_lab.sources import real_root, singles

    config = compose_data(dataset, ["source=real", *(overrides or [])])
    parts = singles(config)
    if data is not None and len(parts) > 1:
        names = " ".join(f"paths.{own['data']['name']}=..." for own in parts)
        raise ConfigError(f"--data is one folder, and {dataset} has {len(parts)} members", expected=names)
    problems = [problem for own in parts for problem in _diagnosis(own, data or real_root(own))]
    text = f"not ready: {'; '.join(problems)}" if problems else "ready"
    console.print(text, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if problems else 0)


def _diagnosis(config: Mapping[str, Any], root: Path) -> list[str]:
    """Print all that a copy of a data set shows of itself; what keeps it from being ready."""
    from fer_lab.datasets.doctor import examine
    from fer_lab.sources import data_set

    dataset = data_set(config)
    try:
        index = dataset.index(root)
    except DataError as error:
        console.print(f"error: {error}", markup=False, soft_wrap=True)
        return [error.what]
    console.print(f"{dataset.title} in {root.absolute()}", markup=False, soft_wrap=True)
    report = examine(dataset, index)
    _show_report(report)
    remarks = pd.DataFrame(dataset.remarks(root, index), columns=["id", "remark"])
    _show(remarks, f"used, and worth knowing: {len(remarks)}", empty=False)
    sheet = Path(config["paths"]["results"]) / "doctor" / dataset.name / "faces.png"
    return [*report.problems, *_try_faces(dataset, root, index, config["faces"], sheet)]


def _show_report(report: Report) -> None:
    _show(report.counts.fillna(""), "counts")
    _show(report.classes, "files a class")
    lacking = report.subjects[report.subjects["missing"] > 0]
    if len(report.subjects):
        console.print(f"people: {len(report.subjects)}, of whom {len(lacking)} lack something")
    _show(lacking[["subject", "files", "missing"]], "people who lack something", empty=False)
    listed = {"": report.missing, "subjects missing: ": report.absent, "subjects not expected: ": report.strangers}
    for head, names in listed.items():
        if names:
            console.print(head + (", " if head else "\n").join(names), markup=False, soft_wrap=True)
    _show(report.renamed, "read under another name", empty=False)
    _show(report.skipped, f"left out: {len(report.skipped)}")


def _show(table: pd.DataFrame, title: str, empty: bool = True) -> None:
    """Print a table; one without rows only where ``empty``."""
    if empty or len(table):
        show_table(title, [*table.columns], (tuple(map(str, row)) for row in table.itertuples(index=False)))


def _try_faces(dataset: DataSet, root: Path, index: pd.DataFrame, faces: Mapping[str, Any], sheet: Path) -> list[str]:
    """Put a few files through the face stage and draw what it finds; what is wrong with them.

    Images that are faces already are read all of them: it takes seconds.
    """
    from fer_lab.datasets.doctor import some

    rows = some(index, TRIED_FILES)
    if dataset.is_faces(index):
        pictures = dataset.images(root, index)[index["id"].isin(rows["id"]).to_numpy()]
        console.print(f"{len(index)} images, which are faces already, can be read")
        _draw(dataset, rows, [pictures[..., None].repeat(3, axis=-1)], sheet)
        return []
    with pool(1) as workers:  # in a process of its own: a landmarker leaves threads behind
        found = workers.submit(_found_faces, root, rows, faces).result()
    unread = {name: reason for name, frame, reason in found.skipped if frame < 0}
    sheet.unlink(missing_ok=True)
    without = pd.Series([reason for _, frame, reason in found.skipped if frame >= 0], dtype=str).value_counts()
    console.print(f"faces: {len(found.frames)} in {len(rows)} files; frames left out: {int(without.sum())}")
    for reason, number in without.items():
        console.print(f"  {reason}: {number}", markup=False)
    if found.frames:
        _draw(dataset, rows, _faces_by_file(found), sheet)
    problems = [f"{name}: {reason}" for name, reason in unread.items()]
    return problems if found.frames else [*problems, "no face in the files tried"]


def _found_faces(root: Path, rows: pd.DataFrame, faces: Mapping[str, Any]) -> FoundFaces:
    from fer_lab.faces import FacesConfig, detector_of
    from fer_lab.faces.stage import find_faces
    from fer_lab.sources import how_faces_are_found

    settings = replace(how_faces_are_found(faces), views=("face",), frames_per_window=TRIED_FRAMES)
    detector = detector_of(settings) if isinstance(settings, FacesConfig) else None
    return find_faces(root, rows.to_dict("records"), settings, detector)


def _faces_by_file(found: FoundFaces) -> list[Image]:
    ids, pictures = pd.Series([frame[0] for frame in found.frames]), found.arrays()["face"]
    return [pictures[(ids == name).to_numpy()] for name in ids.unique()]


def _draw(dataset: DataSet, files: pd.DataFrame, rows: list[Image], sheet: Path) -> None:
    """Write the contact sheet, if these files may be shown at all, into a folder that git passes over."""
    from fer_lab.datasets import Showing, showing
    from fer_lab.datasets.doctor import contact_sheet
    from fer_lab.media import write_image
    from fer_lab.storage import write_bytes

    if showing(dataset, "real", files["id"]) is Showing.NEVER:
        console.print(f"pictures of {dataset.title} are {Showing.NEVER.value}: no sheet of faces is drawn")
        return
    write_bytes(sheet.parent / ".gitignore", b"*\n")
    write_image(sheet, contact_sheet(rows))
    console.print(f"{sheet} shows real faces: it stays on this machine", markup=False, soft_wrap=True)
