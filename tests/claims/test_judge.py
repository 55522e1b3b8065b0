"""Claims judged on runs whose scores are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.claims import Claim, Judged, Relation, judge
from fer_lab.claims.effects import Measured
from fer_lab.claims.judge import _outcome as outcome_of
from fer_lab.claims.schema import Quoted
from fer_lab.evaluation import Interval, averaged, make_target
from fer_lab.ledger import Run
from fer_lab.tables import Printed
from tests.evaluation.kinds import NAMES, make_scores

CLASSES = ("fear", "joy")
PEOPLE, EACH = 40, 6


def scores(right: float, seed: int, undefined: bool = False) -> pd.DataFrame:
    """Two classes; so many answers are right, the same share for every person but for chance."""
    rng = np.random.default_rng(seed)
    n = PEOPLE * EACH
    label = np.arange(n) % 2
    answer = np.where(rng.random(n) < right, label, 1 - label)
    top = rng.uniform(0.6, 0.9, n)
    p0 = np.where(answer == 0, top, 1 - top)
    names = {"video": [f"v{i}" for i in range(n)], "subject": [f"s{i // EACH}" for i in range(n)]}
    frame = pd.DataFrame(
        {"item": range(n), **names, "part": "test", "epoch": 0, "label": label, "p0": p0, "p1": 1 - p0}
    )
    frame = frame.assign(part="test", epoch=0)
    return frame.assign(p0=np.nan, p1=np.nan) if undefined else frame


def run(frame: pd.DataFrame, facts: Mapping[str, Any] | None = None) -> Any:
    made = SimpleNamespace(
        dataset="fer2013",
        parents=(),
        target=make_target("classes", CLASSES),
        epochs=1,
        facts=facts or {},
        settings={},
        settings_text="",
        profile="laptop",
        protocol="clean",
        scores=lambda part, epoch=None: frame,
        leaked=lambda: set(),
    )
    made.singles = (made,)
    return made


def ledger(**cells: list[pd.DataFrame]) -> dict[tuple[str, int], Run]:
    return {(f"e/{name}", seed): run(frame) for name, frames in cells.items() for seed, frame in enumerate(frames)}


def value(cell: str, printed: float | None = None, **changes: Any) -> Printed:
    return Printed("A", str(printed), printed, f"e/{cell}", changes.pop("kind", "metric"), "accuracy", **changes)


def claim(*relations: Relation, **changes: Any) -> Claim:
    return Claim("X-1", "a_2020", "sec. 1", "it is so", "stated", relations, **changes)


def verdict(runs: Mapping[Any, Any], *relations: Relation, source: str = "real") -> Judged:
    return judge([claim(*relations)], runs, source)[0]


def made_up(kind: str, skill: float, first: int) -> list[Any]:
    """Runs of two seeds of labels or values."""
    frames = [make_scores(kind, seed, skill, people=24, items=384) for seed in (first, first + 1)]
    target = make_target(kind, NAMES[kind])
    runs: list[Any] = [
        SimpleNamespace(target=target, epochs=1, dataset="fer2013", parents=(), facts={}, settings={}, profile="laptop",
                        leaked=lambda: set(),
                        scores=lambda part, epoch=None, frame=frame: frame)
        for frame in frames
    ]  # fmt: skip
    for one in runs:
        one.singles = (one,)
    return runs


@pytest.mark.parametrize(
    ("kind", "metric", "op"), [("labels", "macro_f1", ">"), ("values", "ccc", ">"), ("values", "rmse", "<")]
)
def test_claims_on_labels_and_values_are_judged(kind: str, metric: str, op: str) -> None:
    cells = {"good": made_up(kind, 0.9, 1), "bad": made_up(kind, 0.4, 3)}
    runs = {(f"e/{name}", seed): run for name, own in cells.items() for seed, run in enumerate(own)}
    good, bad = (replace(value(name), name=metric) for name in cells)
    judged = verdict(runs, Relation(good, op, bad))
    assert judged.verdict == "holds"
    assert judged.relations[0].p is not None
    assert judged.relations[0].p < 0.01
    assert verdict(runs, Relation(bad, op, good)).verdict == "does not hold"


def test_cells_of_two_kinds_are_never_tested_against_each_other() -> None:
    runs = {("e/one", 0): made_up("labels", 0.9, 1)[0], ("e/other", 0): made_up("values", 0.9, 1)[0]}
    relation = Relation(replace(value("one"), name="macro_f1"), ">", replace(value("other"), name="ccc"))
    assert verdict(runs, relation).relations[0].p is None


GOOD = [scores(0.9, seed) for seed in (1, 2)]
ALIKE = [scores(0.9, seed) for seed in (3, 4)]
BAD = [scores(0.5, seed) for seed in (5, 6)]


@pytest.mark.parametrize(("a", "op", "b", "outcome"), [
    ("good", ">", "bad", "holds"), ("good", "<", "bad", "does not hold"), ("bad", "<", "good", "holds"),
    ("bad", ">=", "good", "does not hold"), ("good", ">", "alike", "undecided"), ("good", "==", "copy", "holds"),
    ("good", "~", "bad", "does not hold"), ("good", ">=", "copy", "holds"), ("good", "<=", "bad", "does not hold"),
])  # fmt: skip
def test_an_ordering_holds_if_its_interval_says_so(a: str, op: str, b: str, outcome: str) -> None:
    judged = verdict(ledger(good=GOOD, copy=GOOD, alike=ALIKE, bad=BAD), Relation(value(a), op, value(b)))
    assert (judged.verdict, judged.outcome, judged.seeds) == (outcome, outcome, (0, 1))
    effect = judged.relations[0].effect
    assert effect is not None
    assert effect.low <= effect.mean <= effect.high


def test_twins_block_a_verdict_and_their_outcome_stands_beside_it() -> None:
    judged = verdict(ledger(good=GOOD, bad=BAD), Relation(value("good"), ">", value("bad")), source="embedded")
    assert (judged.verdict, judged.outcome) == ("blocked by data", "holds")


def test_weights_that_may_have_seen_the_test_items_refuse_a_verdict() -> None:
    told = {"weights": {"identity": "file", "origin": "mine", "checksum": "c"}}
    runs = {**ledger(good=GOOD), **{("e/bad", seed): run(frame, told) for seed, frame in enumerate(BAD)}}
    judged = verdict(runs, Relation(value("good"), ">", value("bad")))
    assert (judged.verdict, judged.outcome) == ("no verdict: weights file may have seen test items of fer2013", "holds")


@pytest.mark.parametrize(("changes", "why"), [
    ({"settings": {"backbone": "faceres"}, "settings_text": "backbone=faceres, epochs=1"},
     "runs with settings of their own: backbone=faceres, epochs=1"),
    ({"profile": "smoke"}, "profile smoke"),
])  # fmt: skip
def test_runs_that_are_not_those_of_the_cell_or_in_miniature_get_no_verdict(changes: dict[str, Any], why: str) -> None:
    runs = ledger(good=[scores(0.9, 1)], bad=[scores(0.6, 2)])
    vars(runs["e/bad", 0]).update(changes)
    found = verdict(runs, Relation(value("good"), ">", value("bad")))
    assert (found.outcome, found.verdict) == ("holds", f"not comparable: {why}")


def test_what_hardly_happened_is_undecided() -> None:
    """A treatment that changes one run of three says nothing, however sure that one is."""
    same = [scores(0.6, 1), scores(0.6, 2)]
    runs = ledger(a=[scores(0.95, 3), *same], b=[scores(0.6, 4), *same])
    found = verdict(runs, Relation(value("a"), ">", value("b")))
    assert found.outcome == "undecided"
    assert found.relations[0].effect_text.endswith("the same answers in 2 of 3 seeds")
    assert found.relations[0].effect is not None
    assert found.relations[0].effect.low > 0
    (apart,) = verdict(ledger(a=GOOD, b=BAD), Relation(value("a"), ">", value("b"))).relations
    assert (apart.alike, apart.outcome) == ((0, 2), "holds")


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (-0.02, 0.01, "holds"),
        (-0.02, -0.005, "undecided"),  # worse, if by less than the margin
        (-0.05, 0.01, "undecided"),
        (-0.09, -0.04, "does not hold"),
    ],
)
def test_not_worse_is_within_the_margin_and_not_surely_below(low: float, high: float, outcome: str) -> None:
    found = Measured(Interval((low + high) / 2, low, high, 40))
    assert outcome_of(Relation(value("a"), ">=", value("b")), found) == outcome
    turned = Measured(Interval(-(low + high) / 2, -high, -low, 40))
    assert outcome_of(Relation(value("a"), "<=", value("b")), turned) == outcome


def test_every_relation_must_hold_and_the_one_that_does_not_decides() -> None:
    right, wrong = Relation(value("good"), ">", value("bad")), Relation(value("bad"), ">", value("good"))
    judged = verdict(ledger(good=GOOD, bad=BAD), right, wrong)
    assert judged.verdict == "does not hold"
    assert judged.decisive is judged.relations[1]
    assert judged.decisive.relation.words == "e/bad > e/good"


def test_what_has_not_run_is_named_and_only_common_seeds_count() -> None:
    relation = Relation(value("good"), ">", value("bad"))
    assert verdict(ledger(good=GOOD), relation).verdict == "not run: e/bad"
    apart = {**ledger(good=GOOD[:1]), ("e/bad", 7): run(BAD[0])}
    assert "no seed" in verdict(apart, relation).verdict


def test_cells_without_data_block_a_verdict() -> None:
    relation = Relation(value("good"), ">", value("bad"))
    assert judge([claim(relation)], ledger(good=GOOD), "real", blocked={"e/bad"})[0].verdict == "blocked by data"
    assert judge([claim(relation)], ledger(good=GOOD), "real", blocked={"e/other"})[0].verdict == "not run: e/bad"


def test_what_is_not_built_says_so() -> None:
    missing = Printed("A", "12", 12.0, "", "nothing", "")
    assert verdict({}, Relation(missing, ">", 3.0)).verdict.startswith("not built")
    assert judge([claim(open="no measure")], {}, "real")[0].verdict == "not built: no measure"


def test_undefined_scores_leave_it_undecided() -> None:
    runs = ledger(good=GOOD, none=[scores(0.5, seed, undefined=True) for seed in (1, 2)])
    judged = verdict(runs, Relation(value("good"), ">", value("none")))
    assert judged.verdict == "undecided"
    assert judged.relations[0].effect_text == "undefined"


def test_a_printed_number_needs_the_parts_as_printed_and_a_contrast_of_cells_does_not() -> None:
    above = Relation(value("good"), ">", Quoted(0.6))
    judged = verdict(ledger(good=GOOD), above)
    assert (judged.verdict, judged.outcome) == ("not comparable: protocol clean", "holds")
    alike = {key: run(GOOD[key[1]], {"as_printed": True}) for key in ledger(good=GOOD)}
    assert verdict(alike, above).verdict == "holds"
    contrast = Relation(value("good"), ">", value("bad"))
    assert verdict(ledger(good=GOOD, bad=BAD), contrast).verdict == "holds"


def test_a_number_and_a_difference_of_differences() -> None:
    runs = ledger(good=GOOD, alike=ALIKE, bad=BAD)
    assert verdict(runs, Relation(value("good"), ">", 0.6)).verdict == "holds"
    boost = Relation(value("good", minus="e/bad"), ">", value("good", minus="e/alike"))
    judged = verdict(runs, boost)
    assert judged.verdict == "holds"
    assert judged.relations[0].p is None
    assert judged.relations[0].effect.mean == pytest.approx(0.4, abs=0.1)  # type: ignore[union-attr]


def test_cells_that_answer_together_stand_on_either_side() -> None:
    runs = ledger(good=GOOD, alike=ALIKE, bad=BAD)
    both = value("good", ensemble=("e/bad",))
    judged = verdict(runs, Relation(both, ">", value("bad")), Relation(both, ">", value("bad", ensemble=("e/gone",))))
    assert judged.verdict == "not run: e/gone"
    (first, _) = judged.relations
    assert first.relation.words == "e/good with e/bad > e/bad"
    right = [[(p["p0"] < 0.5) == p["label"] for p in (averaged(pair), pair[1])] for pair in zip(GOOD, BAD, strict=True)]
    assert first.effect.mean == pytest.approx(np.mean([a.mean() - b.mean() for a, b in right]))  # type: ignore[union-attr]


def test_a_claim_of_all_holds_only_if_each_pair_does_and_its_p_is_the_largest() -> None:
    runs = ledger(good=GOOD, alike=ALIKE, bad=BAD)
    clear, close = (Relation(value("good"), ">", value(other), "7.1") for other in ("bad", "alike"))
    assert verdict(runs, clear).verdict == "holds"
    both = verdict(runs, clear, close)
    assert (both.verdict, both.p) == ("undecided", max(relation.p for relation in both.relations))  # type: ignore[type-var]
    assert verdict(runs, *[clear] * 9).p == verdict(runs, clear).p, "more of the same correct nothing within a claim"


def test_p_values_are_corrected_over_the_claims_of_one_table_of_a_thesis() -> None:
    runs = ledger(good=GOOD, alike=ALIKE, bad=BAD)
    asked = claim(Relation(value("good"), ">", value("alike"), "7.1"))
    other = claim(Relation(value("alike"), ">", value("good"), "7.1"))
    elsewhere = [
        claim(Relation(value("alike"), ">", value("good"), "7.2")), replace(other, thesis="b_2021"),
        replace(other, relations=(Relation(value("alike"), "~", value("good"), "7.1"),)),
    ]  # fmt: skip
    (alone,) = judge([asked], runs, "real")
    assert judge([asked, other], runs, "real")[0].p == pytest.approx(min(1, 2 * alone.p))  # type: ignore[operator]
    assert judge([asked, *elsewhere], runs, "real")[0].p == pytest.approx(alone.p)


@pytest.mark.parametrize(("by", "outcome"), [(0.2, "holds"), (0.4, "undecided"), (0.6, "does not hold")])
def test_how_much_larger_a_difference_must_be_counts(by: float, outcome: str) -> None:
    runs = ledger(good=GOOD, bad=BAD)
    assert verdict(runs, Relation(value("good"), ">", value("bad"), by=by)).verdict == outcome
    assert verdict(runs, Relation(value("bad"), "<", value("good"), by=by)).verdict == outcome


def test_facts_are_compared_as_they_are() -> None:
    runs: dict[Any, Any] = {("e/a", 0): run(GOOD[0], {"seconds": 3.0}), ("e/b", 0): run(BAD[0], {"seconds": 5.0})}
    a, b = (Printed("A", "", None, f"e/{cell}", "fact", "seconds") for cell in "ab")
    judged = verdict(runs, Relation(a, "<", b))
    assert (judged.verdict, judged.relations[0].effect_text) == ("holds", "-2.000")
    for times, outcome in ((1.6, "holds"), (2.0, "does not hold")):
        assert verdict(runs, Relation(a, "<", b, times=times)).verdict == outcome
        assert verdict(runs, Relation(b, ">", a, times=times)).verdict == outcome


@pytest.mark.parametrize(("a", "op", "b", "in_print"), [
    (0.5, ">", 0.4, True), (0.4, ">", 0.5, False), (0.5, "~", 0.52, True), (84.0, "~", 82.8, True),
    (0.5, "~", 0.6, False), (0.0, "==", 0.0, True), (None, ">", 0.4, None),
])  # fmt: skip
def test_whether_the_printed_numbers_support_it(a: float | None, op: str, b: float, in_print: bool | None) -> None:
    (relation,) = verdict({}, Relation(value("a", a), op, value("b", b))).relations
    assert relation.in_print is in_print


@pytest.mark.parametrize(("a", "op", "b", "more", "in_print"), [
    (0.5, ">", 0.3, (0.1, 1), True), (0.5, ">", 0.45, (0.1, 1), False), (50, ">", 45, (0.1, 1), False),
    (7, "<", 349, (0, 5), True), (74, "<", 300, (0, 5), False), (190, ">", 41, (0, 4.5), True),
])  # fmt: skip
def test_print_supports_how_much(a: float, op: str, b: float, more: tuple[float, float], in_print: bool) -> None:
    (relation,) = verdict({}, Relation(value("a", a), op, value("b", b), "7.1", *more)).relations
    assert relation.in_print is in_print


def test_one_person_decides_nothing() -> None:
    alone = {name: [frame.assign(subject="s0") for frame in frames] for name, frames in (("good", GOOD), ("bad", BAD))}
    judged = verdict(ledger(**alone), Relation(value("bad"), ">", value("good")))
    assert judged.verdict == "undecided"
    assert np.isnan(judged.relations[0].effect.low)  # type: ignore[union-attr]


def test_cells_are_compared_on_the_videos_that_both_have_and_say_what_that_leaves_out() -> None:
    """A cell that has no item of what is hard for both is no better."""
    whole = scores(0.6, 1)
    easy = whole[(whole["p0"] > 0.5) == (whole["label"] == 0)].reset_index(drop=True)
    runs = ledger(frames=[whole, whole], clips=[easy, easy])
    found = verdict(runs, Relation(value("clips"), ">", value("frames"), "T")).relations[0]
    assert found.effect is not None
    assert (found.effect.mean, found.left_out) == (0.0, len(whole) - len(easy))
    assert (
        f" without {found.left_out} videos that one cell lacks, the same answers in 2 of 2 seeds" in found.effect_text
    )
    alike = verdict(runs, Relation(value("frames"), "~", value("frames", epoch="last"), "T")).relations[0]
    assert (alike.left_out, alike.effect_text.count("without")) == (0, 0)
