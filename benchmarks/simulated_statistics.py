"""Do intervals and tests keep what they promise? python benchmarks/simulated_statistics.py [--draws N] [--only power].

Cells are simulated whose truth is known: six classes of unequal difficulty, subjects, items and seeds that differ, 6 to
18 items a subject. Wanted: the 95 % interval holds the truth in 93 to 97 of 100 cells with 50 subjects or more, in at
least 88 with 8; two cells that are equally good are told apart in at most 6.5 of 100; an interval with three metrics on
3,589 items, 3 seeds and 7 classes takes at most 0.15 s, a paired test 0.1 s.

Power: how often a value that is exactly right is called reproduced, for the numbers of people that the theses test, and
for images of which nobody is named. ``--only`` measures some parts anew and keeps the others of ``--out``.

With several seeds the truth is the mean over all seeds there could be; with one it is what that one network would reach
on all people there are.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from fer_lab import evaluation
from fer_lab.environment import describe_machine
from fer_lab.evaluation import Metric
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.metrics import OVERALL
from fer_lab.processes import pool
from fer_lab.storage import write_json

SUBJECTS, SEEDS, PAIRED, MARGIN = (5, 8, 10, 20, 50, 100, 200), (1, 3), (8, 20, 50), 0.03
EASE = np.array([2.0, 1.2, 0.7, 0.3, 0.0, -0.3])
"""Log-odds of a right answer by class: 0.61 of all answers are right."""
CLASSES = len(EASE)
OF_SUBJECT, OF_ITEM, OF_BOTH, OF_SEED, OF_SEED_AND_CLASS = 0.8, 0.8, 0.3, 0.08, 0.15
"""Standard deviations of log-odds. Seeds then differ by 0.018 in accuracy (one standard deviation)."""
PLACES, WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
POWER, POWER_IMAGES = (5, 8, 15, 118), (3589,)
"""Test people of SASE-FE as printed and by fer_lab, of OULU-CASIA, all of CK+; images of FER2013's Public Test."""
PARTS = 20
"""Into how many jobs the draws of a setting are cut."""


@lru_cache
def mistakes() -> Floats:
    """Share of each wrong answer (C, C) by class: some are made much more often than others."""
    shares = np.random.default_rng(5).dirichlet(np.ones(CLASSES), CLASSES) * (1 - np.eye(CLASSES))
    found: Floats = shares / shares.sum(axis=1, keepdims=True)
    return found


def draw_seeds(rng: np.random.Generator, number: int) -> Floats:
    """What training with a seed adds to the log-odds of each class, (S, C)."""
    return rng.normal(0, OF_SEED, (number, 1)) + rng.normal(0, OF_SEED_AND_CLASS, (number, CLASSES))


def population(seeds: Floats) -> Floats:
    """Confusion matrices (S, C, C) of networks on all people there are, by quadrature."""
    spread = np.sqrt(OF_SUBJECT**2 + OF_ITEM**2 + OF_BOTH**2)
    right = expit((EASE + seeds)[..., None] + PLACES * spread) @ (WEIGHTS / WEIGHTS.sum())
    found: Floats = right[..., None] * np.eye(CLASSES) + (1 - right)[..., None] * mistakes()
    return found


@lru_cache
def truth_over_seeds() -> dict[str, float]:
    """The metrics' mean over all seeds there could be."""
    every = population(draw_seeds(np.random.default_rng(1), 20_000))
    return {name: float(metric(every).mean()) for name, metric in OVERALL.items()}


def draw_people(rng: np.random.Generator, subjects: int) -> pd.DataFrame:
    """A test set: ``item, video, subject, part, epoch, label`` and how ``easy`` each item is."""
    number = rng.integers(1, 4, subjects)  # items a class
    subject = np.repeat(np.arange(subjects), CLASSES * number)
    label = np.concatenate([np.tile(np.arange(CLASSES), n) for n in number])
    easy = EASE[label] + rng.normal(0, OF_SUBJECT, subjects)[subject] + rng.normal(0, OF_ITEM, len(label))
    items = pd.DataFrame({"item": np.arange(len(label)), "video": "v", "subject": np.char.mod("s%d", subject)})
    return items.assign(part="test", epoch=0, label=label, easy=easy)


def draw_images(rng: np.random.Generator, images: int) -> pd.DataFrame:
    """A test set of images, each of somebody else who is not named; columns as of ``draw_people``."""
    label = rng.integers(0, CLASSES, images)
    easy = EASE[label] + rng.normal(0, np.hypot(OF_SUBJECT, OF_ITEM), images)
    items = pd.DataFrame({"item": np.arange(images), "video": np.arange(images), "subject": ""})
    return items.assign(part="test", epoch=0, label=label, easy=easy)


def answers(rng: np.random.Generator, people: pd.DataFrame, seeds: Floats) -> list[pd.DataFrame]:
    """Scores frames of networks, one a seed, on the same people."""
    who = people["subject"].where(people["subject"] != "", people["video"].astype(str))
    subject, label = who.factorize()[0], people["label"].to_numpy()
    frames, known = [], people.drop(columns="easy")
    for seed in seeds:
        odds = people["easy"] + seed[label] + rng.normal(0, OF_BOTH, subject.max() + 1)[subject]
        wrong = (rng.random((len(label), 1)) > mistakes().cumsum(axis=1)[label]).sum(axis=1).clip(0, CLASSES - 1)
        answer = np.where(rng.random(len(label)) < expit(odds), label, wrong)
        scores = pd.DataFrame(np.eye(CLASSES)[answer], columns=[f"p{i}" for i in range(CLASSES)])
        frames.append(pd.concat([known, scores], axis=1))
    return frames


def cover(subjects: int, seeds: int, draws: int, start: int) -> list[dict[str, float]]:
    """Simulated cells: did each interval hold the truth, how wide was it, was it found to be what it is not?"""
    rng, lines = np.random.default_rng([start, subjects, seeds]), []
    for number in range(draws):
        own = draw_seeds(rng, seeds)
        networks = population(own)
        one = {name: float(metric(networks).mean()) for name, metric in OVERALL.items()}
        truth = truth_over_seeds() if seeds > 1 else one
        found = evaluation.intervals(answers(rng, draw_people(rng, subjects), own), OVERALL, seed=number)
        line = {name: float(found[name].low <= truth[name] <= found[name].high) for name in OVERALL}
        accuracy, real = found["accuracy"], truth["accuracy"]
        judged = partial(evaluation.equivalence, accuracy, margin=MARGIN)
        far = np.mean([judged(real + side * MARGIN) == "equivalent" for side in (-1, 1)])
        line |= {"width": accuracy.high - accuracy.low, "far": float(far), "near": float(judged(real) == "equivalent")}
        lines.append(line)
    return lines


def coverage(subjects: int, seeds: int, lines: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Shares over the simulated cells of one setting."""
    mean = pd.DataFrame(lines).mean().round(4).to_dict()
    return {
        "subjects": subjects,
        "seeds": seeds,
        **{name: mean[name] for name in OVERALL},
        "accuracy_width": mean["width"],
        "equivalent_at_the_margin": mean["far"],
        "equivalent_if_equal": mean["near"],
    }


def reproduce(units: int, named: bool, draws: int, start: int) -> list[dict[str, float]]:
    """Cells of three seeds whose accuracy over all people and seeds is the printed one: what is said of it?

    Args:
        units: number of people, or of images.
        named: whether the units are people.
        draws: number of cells.
        start: of the random numbers.
    """
    rng, lines = np.random.default_rng([start, units, named, 11]), []
    for number in range(draws):
        test = draw_people(rng, units) if named else draw_images(rng, units)
        cell = answers(rng, test, draw_seeds(rng, max(SEEDS)))
        found = evaluation.intervals(cell, {"accuracy": OVERALL["accuracy"]}, seed=number)["accuracy"]
        said = evaluation.equivalence(found, truth_over_seeds()["accuracy"], MARGIN)
        few = not found.smallest_margin <= MARGIN
        lines.append({"margin": found.smallest_margin, "few": float(few), **{w: float(said == w) for w in SAID}})
    return lines


SAID = ("equivalent", "above", "below", "undecided")


def power(units: int, named: bool, lines: Sequence[Mapping[str, float]]) -> dict[str, float | str]:
    """Shares over the simulated cells of one setting, and the median of the smallest margin."""
    frame = pd.DataFrame(lines)
    shares = frame[["few", *SAID]].mean().round(4).to_dict()
    which = "people" if named else "images"
    return {"units": units, "of": which, "cells": len(frame), "margin": round(frame["margin"].median(), 4), **shares}


def tell_apart(subjects: int, other_seeds: bool, draws: int, start: int) -> list[dict[str, float]]:
    """Pairs of cells that are equally good, three seeds each: were they told apart at 5 %?

    Args:
        subjects: number of people.
        other_seeds: whether the cells' networks are those of other seeds; otherwise they are equally good themselves.
        draws: number of pairs.
        start: of the random numbers.
    """
    rng, lines = np.random.default_rng([start, subjects, other_seeds, 7]), []
    for number in range(draws):
        people, seeds = draw_people(rng, subjects), [draw_seeds(rng, 3) for _ in range(2)]
        cells = [answers(rng, people, seeds[side if other_seeds else 0]) for side in range(2)]
        lines.append({name: float(paired(cells, OVERALL[name], number) <= 0.05) for name in METRICS})
    return lines


METRICS = ("accuracy", "macro_f1")


def paired(cells: Sequence[list[pd.DataFrame]], metric: Metric, seed: int) -> float:
    """The paired test, with fewer draws than usual: thousands of them are made."""
    return evaluation.paired_test(*cells, metric, draws=1000, seed=seed)


def false_positives(subjects: int, other_seeds: bool, lines: Sequence[Mapping[str, float]]) -> dict[str, float | str]:
    """Shares over the pairs of one setting."""
    which = "other seeds" if other_seeds else "these networks"
    return {"subjects": subjects, "equal": which, **pd.DataFrame(lines).mean().round(4).to_dict()}


def times(rounds: int = 9) -> dict[str, float]:
    """Median milliseconds of processor time: an interval with three metrics, a paired test, on FER2013's size."""
    cells = [[many_items(10 * cell + seed) for seed in range(3)] for cell in range(2)]
    metrics = {name: OVERALL[name] for name in ("accuracy", "macro_f1", "uar")}

    def timed(action: Callable[[], object]) -> float:
        start = time.process_time()
        action()
        return 1000 * (time.process_time() - start)

    interval = [timed(lambda: evaluation.intervals(cells[0], metrics)) for _ in range(rounds)]
    test = [timed(lambda: evaluation.paired_test(*cells, evaluation.macro_f1)) for _ in range(rounds)]
    return {"interval_ms": round(median(interval), 1), "paired_test_ms": round(median(test), 1)}


def many_items(seed: int, items: int = 3589, classes: int = 7) -> pd.DataFrame:
    """Scores of about 0.65 accuracy on items without subjects; mistakes of the seeds are alike."""
    shared, rng = np.random.default_rng(0), np.random.default_rng(100 + seed)
    label, skill = shared.integers(0, classes, items), shared.beta(2, 1, items)
    usual = (label + shared.integers(1, classes, items)) % classes
    answer = np.where(rng.random(items) < skill, label, usual)
    answer = np.where(rng.random(items) < 0.1, rng.integers(0, classes, items), answer)
    scores = pd.DataFrame(np.eye(classes)[answer], columns=[f"p{i}" for i in range(classes)])
    frame = pd.DataFrame({"item": np.arange(items), "video": np.arange(items), "subject": None, "part": "test"})
    return pd.concat([frame.assign(epoch=0, label=label), scores], axis=1)


def tables(result: Mapping[str, Any]) -> str:
    """Coverage by number of subjects, and false positives, as Markdown."""
    lines = [
        "| subjects | seeds | accuracy | macro-F1 | UAR | kappa | width (accuracy) | called equivalent at the margin |",
        "| --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for one in result["coverage"]:
        shares = " | ".join(percent(one[name]) for name in OVERALL)
        width, far = f"{one['accuracy_width']:.3f}", percent(one["equivalent_at_the_margin"])
        lines.append(f"| {one['subjects']} | {one['seeds']} | {shares} | {width} | {far} |")
    lines += ["", "| subjects | equally good are | told apart by accuracy | by macro-F1 |", "| --: | :-- | --: | --: |"]
    for one in result["false_positives"]:
        shares = f"{percent(one['accuracy'])} | {percent(one['macro_f1'])}"
        lines.append(f"| {one['subjects']} | {one['equal']} | {shares} |")
    lines += ["", POWER_HEADINGS, "| --: | --: | --: | --: | --: |"]
    for one in result["power"]:
        shares = (one["equivalent"], one["few"], one["above"] + one["below"])
        said = " | ".join(map(percent, shares))
        lines.append(f"| {one['units']:,} {one['of']} | {one['margin']:.3f} | {said} |")
    return "\n".join(lines)


POWER_HEADINGS = "| tested | smallest margin (median) | called reproduced | too few for .03 | called above or below |"


def percent(share: float) -> str:
    """``94.8 %``."""
    return f"{100 * share:.1f} %"


def write_page(page: Path, result: Mapping[str, Any]) -> None:
    """Put the tables between their marks on the page of documentation."""
    before, rest = page.read_text().split("<!-- measured -->\n")
    after = rest.split("<!-- end -->")[1]
    page.write_text(f"{before}<!-- measured -->\n{tables(result)}\n<!-- end -->{after}")


def measure(draws: int, workers: int, parts: Sequence[str]) -> dict[str, Any]:
    """All settings of some parts, cut into jobs."""
    with pool(workers) as workers_pool:

        def lines_of(job: Callable[..., list[dict[str, float]]]) -> list[dict[str, float]]:
            return [line for part in workers_pool.map(job, [-(-draws // PARTS)] * PARTS, range(PARTS)) for line in part]

        settings: dict[str, Callable[[], list[Any]]] = {
            "coverage": lambda: [coverage(n, s, lines_of(partial(cover, n, s))) for s in SEEDS for n in SUBJECTS],
            "false_positives": lambda: [
                false_positives(n, other, lines_of(partial(tell_apart, n, other)))
                for other in (False, True)
                for n in PAIRED
            ],
            "power": lambda: [
                power(n, named, lines_of(partial(reproduce, n, named)))
                for named, numbers in ((True, POWER), (False, POWER_IMAGES))
                for n in numbers
            ],
        }
        return {part: settings[part]() for part in parts}


MEASURED = ("coverage", "false_positives", "power")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/statistics.json"))
    parser.add_argument("--only", nargs="+", choices=MEASURED, default=MEASURED, help="the others are kept as they are")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    args = parser.parse_args()
    some = len(args.only) < len(MEASURED)
    kept = json.loads(args.out.read_text()) if some and args.out.is_file() else times()
    by_part = {"draws": args.draws, "machine": describe_machine()}
    result = {
        **kept,
        "what": f"simulated cells; margin {MARGIN}; false positives at 5 %",
        **{name: {**kept.get(name, {}), **dict.fromkeys(args.only, value)} for name, value in by_part.items()},
        **measure(args.draws, args.workers, args.only),
    }
    write_json(args.out, result)
    if args.page:
        write_page(args.page, result)
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
