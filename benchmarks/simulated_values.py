"""Do intervals of CCC, PCC, RMSE and ROC AUC hold the truth? python benchmarks/simulated_values.py [--draws N].

Two values and a label are simulated whose truth is known: people of 6 to 18 items differ in what they show and in how
far answers to them are off, and so do items and seeds. Wanted: the 95 % interval holds the truth in 93 to 97 of 100
cells with 50 people. With several seeds the truth is the mean over all seeds there could be; with one it is what that
one network would reach on all people there are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from fer_lab import evaluation
from fer_lab.environment import describe_machine
from fer_lab.evaluation.arrays import Floats
from fer_lab.processes import pool
from fer_lab.storage import write_json

PEOPLE, SEEDS, PARTS = (20, 50), (1, 3), 20
SHOWN = (0.4, 0.3)
"""Standard deviations of the truth over people, and over the items of one."""
OFF = (0.15, 0.15, 0.08, 0.1)
"""Those of what answers are off by: over people, items, people of a network, items of a network."""
SLOPE, BIAS, OF_SEED = 0.6, 0.1, 0.05
"""How answers to the truth rise, what is added to them, and how far seeds differ in both (one standard deviation)."""
SHIFT, SHARES = 0.8, (0.1, 0.6)
"""How much higher a present label is answered, in units of ``SPREAD``; shares of a person's items that have it."""
SPREAD = (0.5, 0.4, 0.3)
"""Standard deviations of its answers: over people, items, items of a network."""
NAMES = ("ccc", "ccc_of_one", "pcc", "rmse", "roc_auc")


def truth(seeds: Floats) -> dict[str, Floats]:
    """What networks (S, 2) reach on all people there are: their slopes and biases above the usual ones."""
    slope, bias = SLOPE + seeds[:, 0], BIAS + seeds[:, 1]
    shown = sum(one**2 for one in SHOWN)
    answered = slope**2 * shown + sum(one**2 for one in OFF)
    ccc = 2 * slope * shown / (shown + answered + bias**2)
    error = np.sqrt(shown + answered - 2 * slope * shown + bias**2)
    area = ndtr((SHIFT + 4 * seeds[:, 0]) / np.sqrt(2 * sum(one**2 for one in SPREAD)))
    return {"ccc": ccc, "ccc_of_one": ccc, "pcc": slope * np.sqrt(shown / answered), "rmse": error, "roc_auc": area}


@lru_cache
def truth_over_seeds() -> dict[str, float]:
    """The mean over all seeds there could be."""
    return {name: float(values.mean()) for name, values in truth(draw_seeds(np.random.default_rng(1), 100_000)).items()}


def draw_seeds(rng: np.random.Generator, number: int) -> Floats:
    """How networks differ from the usual one, (S, 2)."""
    return rng.normal(0, OF_SEED, (number, 2))


def cells(rng: np.random.Generator, people: int, seeds: Floats) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Scores frames of two values, and of a label, one a seed."""
    person = np.repeat(np.arange(people), rng.integers(6, 19, people))
    n = len(person)
    frame = pd.DataFrame({"item": np.arange(n), "video": "v", "subject": np.char.mod("s%d", person), "part": "test"})
    frame = frame.assign(epoch=0)

    def normal(of_people: float, of_items: float, names: int) -> Floats:
        own: Floats = rng.normal(0, of_people, (people, names))[person] + rng.normal(0, of_items, (n, names))
        return own

    shown, off, usual = normal(*SHOWN, 2), normal(*OFF[:2], 2), normal(*SPREAD[:2], 1)
    present = (rng.random(n) < rng.uniform(*SHARES, people)[person]).astype(np.float64)
    values, labels = [], []
    for slope, bias in seeds:
        answers = (SLOPE + slope) * shown + BIAS + bias + off + normal(*OFF[2:], 2)
        of_label = (SHIFT + 4 * slope) * present + (usual + normal(0.0, SPREAD[2], 1))[:, 0]
        values.append(frame.assign(y0=shown[:, 0], y1=shown[:, 1], v0=answers[:, 0], v1=answers[:, 1]))
        labels.append(frame.assign(y0=present, p0=of_label))
    return values, labels


def cover(people: int, seeds: int, draws: int, start: int) -> list[dict[str, float]]:
    """Simulated cells: did each interval hold the truth?"""
    rng, lines = np.random.default_rng([start, people, seeds, 3]), []
    of_values = evaluation.make_target("values", ["a", "b"])
    asked = {name: of_values.metric(name) for name in ("ccc", "pcc", "rmse")} | {
        "ccc_of_one": of_values.metric("ccc", "a")
    }
    area = {"roc_auc": evaluation.make_target("labels", ["a"]).metric("roc_auc", "a")}
    for number in range(draws):
        own = draw_seeds(rng, seeds)
        wanted = truth_over_seeds() if seeds > 1 else {name: float(one[0]) for name, one in truth(own).items()}
        values, labels = cells(rng, people, own)
        found = evaluation.intervals(values, asked, seed=number) | evaluation.intervals(labels, area, seed=number)
        lines.append({name: float(found[name].low <= wanted[name] <= found[name].high) for name in NAMES})
    return lines


def coverage(people: int, seeds: int, lines: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Shares over the simulated cells of one setting."""
    return {"people": people, "seeds": seeds, **pd.DataFrame(lines).mean().round(4).to_dict()}


def table(result: Mapping[str, list[dict[str, float]]]) -> str:
    """Coverage by number of people, as Markdown."""
    lines = [
        "| people | seeds | CCC, mean of two | CCC of one value | PCC, mean | RMSE, mean | ROC AUC of a label |",
        "| --: | --: | --: | --: | --: | --: | --: |",
    ]
    for one in result["coverage"]:
        shares = " | ".join(f"{100 * one[name]:.1f} %" for name in NAMES)
        lines.append(f"| {one['people']} | {one['seeds']} | {shares} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/values.json"))
    args = parser.parse_args()
    with pool(args.workers) as workers:

        def of(people: int, seeds: int) -> dict[str, float]:
            jobs = workers.map(partial(cover, people, seeds), [-(-args.draws // PARTS)] * PARTS, range(PARTS))
            return coverage(people, seeds, [line for part in jobs for line in part])

        found = [of(people, seeds) for seeds in SEEDS for people in PEOPLE]
    result = {
        "what": "simulated values and a label",
        "draws": args.draws,
        "machine": describe_machine(),
        "coverage": found,
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1), table(result), sep="\n")  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
