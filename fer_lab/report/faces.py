"""Figures of faces: how they are prepared, where their landmarks lie, which of them a network knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.evaluation import predictions, vote
from fer_lab.faces import FacesConfig
from fer_lab.faces.face import aligned
from fer_lab.faces.reference import pixel_centres
from fer_lab.report.figures import Material, finished, seeds_in_words
from fer_lab.sources import how_faces_are_found
from fer_lab.tables.figures import INK, png

RIGHT, WRONG = "#1a7f4b", "#c0392b"
SIDE = 1.15  # inches of a face
FINE = 224  # places along a view's side


def views(material: Material, names: Sequence[str], people: int) -> bytes:
    """A row of faces for each view, the faces turned furthest of so many people; PNG."""
    rows = _most_turned(material, people)
    figure, axes = _grid(material, len(names), len(rows))
    for line, name in zip(axes, names, strict=True):
        for place, row in zip(line, rows, strict=True):
            place.imshow(material.faces.view(name)[row])
        line[0].set_ylabel(name, color=INK)
    for place, row in zip(axes[0], rows, strict=True):
        place.set_title(f"yaw {material.faces.pose[row, 0]:.0f}°", fontsize=8, color=INK)
    return png(figure)


def landmarks(material: Material, people: int) -> bytes:
    """The 68 points on aligned faces; PNG."""
    config, rows = landmarks_config(material), _most_turned(material, people)
    figure, axes = _grid(material, 1, len(rows))
    for place, row in zip(axes[0], rows, strict=True):
        points = material.faces.landmarks[row]
        place.imshow(material.faces.view("face")[row])
        place.scatter(*in_view(points, points, config).T, s=3, color="#00e5a8", linewidths=0)
    return png(figure)


def votes(material: Material, rule: str, videos: int, frames: int) -> bytes:
    """Frames of test videos, framed by whether they are classified rightly, with their video's vote; PNG."""
    seed, run = min(finished(material).items())
    scores = run.scores("test").assign(answer=lambda table: predictions(table))
    voted = vote(scores.drop(columns="answer"), rule)
    chosen = voted.assign(answer=predictions(voted)).iloc[:: max(1, len(voted) // videos)].head(videos)
    chosen = chosen.astype({"label": int, "answer": int})
    figure, axes = _grid(material, len(chosen), frames, note=f"seed {seed}, vote: {rule}")
    said_of: list[tuple[str, int, int]] = list(zip(chosen["video"], chosen["label"], chosen["answer"], strict=True))
    for line, (video, label, said) in zip(axes, said_of, strict=True):
        truth, answer = run.target.names[label], run.target.names[said]
        line[0].set_ylabel(f"{truth}\nvoted {answer}", color=RIGHT if truth == answer else WRONG, fontsize=7)
        _frames(line, material, scores[scores["video"] == video], run.target.names)
    return png(figure)


def positions(material: Material, bins: int) -> bytes:
    """Accuracy by the frame's place in its video, mean and range over seeds; PNG."""
    found = np.array([_by_position(run.scores("test"), bins) for run in finished(material).values()])
    figure = Figure(figsize=(6, 3.6), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    centres = np.linspace(*_window(material), bins)
    axes.plot(centres, found.mean(0), color=INK, marker="o")
    axes.fill_between(centres, found.min(0), found.max(0), color=INK, alpha=0.15, linewidth=0)
    axes.set(xlabel="place of the frame in its video (share of the duration)", ylabel="accuracy", ylim=(0, 1))
    axes.set_title(material.title, fontsize=10, color=INK)
    figure.text(0.5, 0.01, f"{material.stamp} · {seeds_in_words(len(found))}", ha="center", fontsize=7)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    return png(figure)


def _most_turned(material: Material, people: int) -> list[int]:
    """Of each of the first people the face that is turned furthest."""
    names = material.faces.frames["id"].map(material.index.set_index("id")["subject"]).to_numpy()
    turned = np.abs(material.faces.pose[:, 0])
    everyone = [np.flatnonzero(names == name) for name in sorted(set(names))[:people]]
    return [int(rows[turned[rows].argmax()]) for rows in everyone]


def landmarks_config(material: Material) -> FacesConfig:
    """How the faces of a figure's cell are found and aligned.

    Raises:
        ConfigError: they are prepared without landmarks.
    """
    config = compose([*material.overrides, f"cell={material.cell}"])
    found = how_faces_are_found(config["faces"])
    if not isinstance(found, FacesConfig):
        raise ConfigError(f"{material.title}: the faces of {material.cell} have no landmarks", do="set faces=aligned")
    return found


def in_view(points: Any, landmarks: Any, config: FacesConfig) -> Any:
    """Points of the picture (n, 2), px of the aligned view, to the nearest of ``FINE`` places along its side.

    Args:
        points: of a face.
        landmarks: its 68, by which it is aligned.
        config: how it is aligned.
    """
    source = aligned(landmarks, replace(config, size=FINE)).source.reshape(-1, 2)
    nearest = np.linalg.norm(source[None] - points[:, None], axis=-1).argmin(1)
    return pixel_centres(FINE).reshape(-1, 2)[nearest] * config.size / FINE - 0.5


def _frames(line: Any, material: Material, scores: pd.DataFrame, classes: Sequence[str]) -> None:
    """The faces of one video, in time, each in a frame of its colour."""
    rows = material.faces.frames.index[material.faces.frames["id"] == scores["video"].iloc[0]]
    picked = np.linspace(0, len(scores) - 1, len(line)).round().astype(int)
    for place, number in zip(line, picked, strict=True):
        item = scores.iloc[int(number)]
        right = item["answer"] == item["label"]
        place.imshow(material.faces.view("face")[rows[int(number)]])
        place.set_title(classes[int(item["answer"])], fontsize=7, color=RIGHT if right else WRONG)
        for side in place.spines.values():
            side.set(visible=True, color=RIGHT if right else WRONG, linewidth=2)


def _by_position(scores: pd.DataFrame, bins: int) -> Any:
    """Share of right answers in each part of the window, (bins,); items are in the order of time."""
    order = scores.groupby("video", sort=False)
    place = order.cumcount() / order["item"].transform("size")
    right = predictions(scores) == scores["label"].to_numpy()
    part = (place.to_numpy() * bins).astype(int)
    return np.array([right[part == number].mean() if (part == number).any() else np.nan for number in range(bins)])


def _window(material: Material) -> tuple[float, float]:
    positions = material.faces.frames["position"]
    return float(positions.min()), float(positions.max())


def _grid(material: Material, rows: int, columns: int, note: str = "") -> tuple[Figure, Any]:
    """A figure of rows x columns pictures without ticks, title above and stamp below."""
    figure = Figure(figsize=(SIDE * columns + 0.9, SIDE * 1.18 * rows + 0.9), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    for place in axes.flat:
        place.set(xticks=[], yticks=[])
        place.spines[:].set_visible(False)
    figure.suptitle(material.title, fontsize=10, color=INK)
    figure.text(
        0.5,
        0.01,
        " · ".join(filter(None, (material.stamp, note, material.warning))),
        ha="center",
        fontsize=7,
        color="#55606e",
    )
    return figure, axes
