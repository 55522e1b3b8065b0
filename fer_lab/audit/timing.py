"""Trainings: iterations, batch size, images and epochs against each other, and against the time they took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fer_lab.audit.book import Book
from fer_lab.audit.facts import at
from fer_lab.audit.findings import Finding
from fer_lab.audit.quantity import Quantity, digits
from fer_lab.audit.spans import exactly
from fer_lab.tables import Table
from fer_lab.tables.schema import TABLE_KINDS

KINDS = TABLE_KINDS
PACE = 0.25
"""How far two trainings of one network on one machine may differ in time an iteration."""
PREMISE = f"an iteration of one network on one machine takes as long, {PACE:.0%} let pass"
Training = Mapping[str, Quantity]


def check(table: Table, book: Book) -> Iterator[Finding]:
    """The findings of the trainings that a table's facts name."""
    paces = dict[str, list[Training]]()
    for entry in table.facts.get("trainings", []):
        said = {key: value for key, value in entry.items() if key != "network"}
        training = {key: book.positive(value, at(table, "trainings", key)) for key, value in said.items()}
        if {"batch", "images", "epochs"} <= set(training):
            yield _epochs(training, table, book)
        if {"minutes", "speed", "images", "epochs"} <= set(training):
            yield _least_time(training, table, book)
        if "network" in entry:
            paces.setdefault(entry["network"], []).append(training)
    for trainings in paces.values():
        yield from _paces(trainings, table, book)


def _epochs(training: Training, table: Table, book: Book) -> Finding:
    """An epoch is as many iterations as there are batches, the last one smaller or left out."""
    iterations, batch, images, epochs = (training[key] for key in ("iterations", "batch", "images", "epochs"))
    seen = iterations.value * batch.value / images.value
    whole = [epochs.value * round_(images.value / batch.value) for round_ in (int, lambda x: -int(-x // 1))]
    agrees = epochs.reads(exactly(seen)) or iterations.value in whole
    text = f"{iterations.text} iterations x {batch.text} / {images.text} images = {digits(seen)} epochs; "
    return book.finding(
        iterations if iterations.place else epochs, table, "timing", agrees, f"{text}stated: {epochs.text} epochs"
    )


def _least_time(training: Training, table: Table, book: Book) -> Finding:
    """Showing all images at the speed printed takes no longer than the training did."""
    epochs, images, speed, minutes = (training[key] for key in ("epochs", "images", "speed", "minutes"))
    least = epochs.value * images.value / speed.value / 60
    agrees = exactly(epochs.value * images.value / 60).low / speed.span.high <= minutes.span.high
    text = f"{epochs.text} epochs x {images.text} images / {speed.text} = {least:.1f} min at the least; "
    return book.finding(minutes, table, "timing", agrees, f"{text}printed: {minutes.text}")


def _paces(trainings: Sequence[Training], table: Table, book: Book) -> Iterator[Finding]:
    """The same network at the same batch takes the same time an iteration, a quarter let pass."""
    first, *others = [one for one in trainings if {"minutes", "iterations"} <= set(one)]
    for other in others:
        own, base = (one["minutes"].span / one["iterations"].span for one in (other, first))
        pace, reference = (60 * one["minutes"].value / one["iterations"].value for one in (other, first))
        agrees = own.low <= base.high * (1 + PACE) and own.high >= base.low / (1 + PACE)
        text = f"{other['minutes'].text} / {other['iterations'].text} iterations = {pace:.3f} s an iteration; "
        text += f"{first['minutes'].text} / {first['iterations'].text} = {reference:.3f} s ({first['minutes'].where})"
        yield book.finding(other["minutes"], table, "timing", agrees, text, PREMISE)
