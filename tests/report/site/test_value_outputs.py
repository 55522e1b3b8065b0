"""What a page of values shows: dots where the numbers are, limits, traces, and the constant beside each value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_lab.evaluation.targets import Values
from fer_lab.report.site.value_outputs import POINTS, ValueOutputs
from tests.evaluation.kinds import NAMES, make_scores

TARGET = Values(NAMES["values"], -1.0, 1.0)


def read(scores: list[pd.DataFrame], train: pd.DataFrame | None = None) -> ValueOutputs:
    return ValueOutputs.read(scores, scores[0] if train is None else train, TARGET)


def test_a_dot_is_where_truth_and_answer_are() -> None:
    scores = make_scores("values", unknown=0.3)
    chart = read([scores]).page()["scatters"][1]
    known = scores[scores["y1"].notna()]
    assert sorted((x, y) for _, x, y, _ in chart.dots) == sorted(
        (chart.across(x), chart.up(y)) for x, y in zip(known["y1"], known["v1"], strict=True)
    )
    assert (chart.x.low, chart.x.high) == (-1, 1), "the scale's ends"
    lines = dict(chart.lines)
    assert lines["chance"] == chart.points([(chart.x.low, chart.x.low), (chart.x.high, chart.x.high)])
    mean = float(scores["y1"].mean())
    assert lines["two"] == chart.points([(chart.x.low, mean), (chart.x.high, mean)])
    assert len(lines["edge"].split()) == 5, "the scale as a frame"


def test_an_answer_beyond_the_scale_is_inside_the_picture() -> None:
    scores = make_scores("values", unknown=0)
    scores.loc[0, "v0"] = 1.7
    chart = read([scores]).page()["scatters"][0]
    assert chart.y.high >= 1.7
    assert max(y for _, _, y, _ in chart.dots) <= chart.frame[3]


def test_differences_are_drawn_with_bias_and_limits() -> None:
    scores = make_scores("values", unknown=0)
    found = read([scores])
    chart = found.page()["differences"][0]
    x, y = scores["y0"], scores["v0"]
    places = {(chart.across((a + b) / 2), chart.up(b - a)) for a, b in zip(x, y, strict=True)}
    assert {(a, b) for _, a, b, _ in chart.dots} == places
    spread = float((y - x).std(ddof=1))
    limits = [float((y - x).mean()) + sign * 1.96 * spread for sign in (0, -1, 1)]
    ends = [(chart.x.low, chart.x.high)] * 3
    assert [points for _, points in chart.lines] == [
        chart.points([(low, at), (high, at)]) for (low, high), at in zip(ends, limits, strict=True)
    ]
    assert len(chart.bands) == 3, "each with its interval"


def test_below_each_value_stands_the_mean_of_training() -> None:
    scores, train = make_scores("values", unknown=0), make_scores("values", unknown=0).assign(y0=0.5, y1=-0.25)
    own, constant, *_ = read([scores], train).page()["lines"]
    assert constant["name"] == "always 0.500"
    rmse = float(np.sqrt(((scores["y0"] - 0.5) ** 2).mean()))
    assert constant["texts"][2] == f"{rmse:.3f}"
    assert constant["texts"][:2] == ["0.000", "undefined"], "a constant has a CCC of 0 and no correlation"
    assert float(own["texts"][2]) == pytest.approx(
        float(np.sqrt(((scores["y0"] - scores["v0"]) ** 2).mean())), abs=5e-4
    )


def test_the_traces_are_of_the_best_a_middle_and_the_worst_video_in_the_order_of_time() -> None:
    items = np.arange(40)
    truth, worse = np.sin(items / 3), items // 8 / 10  # video 0 is answered best
    frame = pd.DataFrame({"item": items, "video": [f"v{i // 8}" for i in items], "subject": "s", "part": "test"})
    frame = frame.assign(epoch=0, y0=truth, y1=truth, v0=truth + worse, v1=truth + worse)
    frame.loc[3, ["y0", "y1"]] = np.nan
    found = read([frame.sample(frac=1, random_state=1), frame.assign(v0=frame["v0"] + 0.1)])
    assert [trace.video for trace in found.traces] == ["v0", "v2", "v4"]
    assert found.traces[1].truth[:, 0].tolist() == pytest.approx(truth[16:24].tolist())
    assert found.traces[0].answers.shape == (2, 8, 2)
    chart = found.page()["traces"][0]
    assert chart.title == "v0: valence"
    drawn = dict(chart.lines)
    assert len(drawn["two"].split()) == 7, "what is not known is not drawn"
    assert drawn["one"].split()[0] == f"{chart.across(1)},{chart.up(truth[0] + 0.05)}", "mean over seeds"


def test_pictures_alone_have_no_trace() -> None:
    scores = make_scores("values").assign(video=lambda frame: frame["item"].astype(str))
    assert read([scores]).page()["traces"] == []


def test_pictures_of_many_items_show_some() -> None:
    scores = make_scores("values", items=3000, unknown=0)
    page = read([scores]).page()
    assert POINTS / 2 < len(page["scatters"][0].dots) <= POINTS
