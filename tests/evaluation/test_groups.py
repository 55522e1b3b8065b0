import numpy as np
import pandas as pd
import pytest
from scipy.stats import permutation_test

from fer_lab import evaluation
from fer_lab.errors import DataError
from fer_lab.evaluation.groups import NOT_KNOWN, by_group, group_test, grouped


def drawn(rate: np.ndarray, seed: int = 0, named: bool = True, frames: int = 2) -> pd.DataFrame:
    """Two classes; ``rate`` (people, videos) is how often the frames of a person's video are answered rightly."""
    rng = np.random.default_rng(seed)
    person, video = np.indices(rate.shape).reshape(2, -1).repeat(frames, axis=1)
    label = video % 2
    p1 = np.where(rng.random(len(person)) < rate[person, video], label, 1 - label)
    about = {"item": np.arange(len(person)), "video": video_names(person, video), "part": "test", "epoch": 0}
    subject = [f"s{number}" if named else "" for number in person]
    return pd.DataFrame(about).assign(subject=subject, label=label, p0=1.0 - p1, p1=p1.astype(float))


def video_names(person: np.ndarray, video: np.ndarray) -> list[str]:
    return [f"s{number}/v{which}" for number, which in zip(person, video, strict=True)]


def attribute(name: str, values: np.ndarray) -> pd.DataFrame:
    """Values (people, videos) of an attribute by video."""
    person, video = np.indices(values.shape).reshape(2, -1)
    return pd.DataFrame({name: values.ravel()}, index=video_names(person, video))


def of_people(name: str, values: list[object], videos: int = 6) -> pd.DataFrame:
    return attribute(name, np.repeat(np.array(values, object)[:, None], videos, axis=1))


def p_of(table: pd.DataFrame) -> float:
    assert table["p"].nunique(dropna=False) == 1
    return float(table["p"].iloc[0])


def test_a_group_has_its_own_mean_and_interval():
    frames = [drawn(np.full((20, 6), 0.7), seed) for seed in range(3)]
    sex = of_people("sex", ["male", "female"] * 10)
    found = by_group(frames, sex).set_index("group")
    for name in ("male", "female"):
        own = [frame[frame["video"].map(sex["sex"]) == name] for frame in frames]
        whole = evaluation.intervals(own, {"": evaluation.accuracy})[""]
        assert found.loc[name, ["mean", "low", "high"]].tolist() == [whole.mean, whole.low, whole.high]
        assert found.loc[name, ["n_subjects", "n_videos", "n_items"]].tolist() == [10, 60, 120]


def test_a_difference_between_people_is_found_and_is_theirs():
    rate = np.repeat(np.where(np.arange(20) < 10, 0.9, 0.5)[:, None], 6, axis=1)
    found = by_group([drawn(rate)], of_people("glasses", [False] * 10 + [True] * 10))
    assert found["group"].tolist() == ["no", "yes"]
    assert set(found["test"]) == {"people"}
    assert p_of(found) < 0.01


def test_a_difference_within_people_is_found_where_people_differ_more():
    """Everyone is worse in the dark; people differ so much that the same labels on other people would say nothing."""
    light = np.tile([["dark", "strong"] * 3], (12, 1)).astype(object)
    rate = np.linspace(0.2, 0.9, 12)[:, None] + np.where(light == "dark", -0.12, 0.1)
    found = by_group([drawn(rate, frames=20)], attribute("light", light))
    assert set(found["test"]) == {"videos of a person"}
    assert found["n_subjects"].tolist() == [12, 12]
    assert p_of(found) < 0.01


def test_people_alone_do_not_make_a_difference_within_people():
    """Whoever sat in the dark more often is worse anyway: permuted within people, that is no effect of the dark."""
    light = np.full((12, 6), "strong", object)
    light[:6, :5], light[6:, :1] = "dark", "dark"
    rate = np.repeat(np.where(np.arange(12) < 6, 0.3, 0.9)[:, None], 6, axis=1)
    group = attribute("light", light)["light"]
    found = [group_test([drawn(rate, seed, frames=8)], group, draws=200)[1] for seed in range(20)]
    assert np.mean(np.array(found) < 0.05) < 0.25


@pytest.mark.parametrize("within", [True, False])
def test_chance_alone_is_seldom_significant(within):
    """Groups that do not differ: p is below 0.1 in about one of ten data sets, and not more often."""
    rng = np.random.default_rng(5)
    found = []
    for seed in range(120):
        rate = np.repeat(rng.uniform(0.4, 0.9, (14, 1)), 4, axis=1)
        values = rng.integers(0, 2, (14, 4 if within else 1))
        values = np.broadcast_to(values, (14, 4)).astype(str)
        found.append(group_test([drawn(rate, seed)], attribute("group", values)["group"], draws=99)[1])
    assert 0.02 < np.mean(np.array(found) <= 0.1) < 0.19
    assert np.mean(found) == pytest.approx(0.5, abs=0.12)


def test_the_test_of_people_is_that_of_scipy():
    """Two groups of people with equally many videos: the variance between them grows with their difference."""
    rate = np.repeat(np.where(np.arange(16) < 8, 0.8, 0.6)[:, None], 6, axis=1)
    scores = drawn(rate, seed=3)
    ours = by_group([scores], of_people("sex", ["a"] * 8 + ["b"] * 8), draws=4000)
    each = evaluation.per_subject([scores]).set_index("subject")["accuracy"]
    groups = [each[[f"s{number}" for number in numbers]].to_numpy() for numbers in (range(8), range(8, 16))]
    theirs = permutation_test(
        groups, lambda a, b: (a.mean() - b.mean()) ** 2, n_resamples=np.inf, alternative="greater"
    )
    assert p_of(ours) == pytest.approx(theirs.pvalue, abs=0.03)


def test_too_few_people_are_underpowered_and_not_compared():
    rate = np.repeat(np.where(np.arange(16) < 4, 0.1, 0.8)[:, None], 6, axis=1)
    sex = of_people("who", ["few"] * 4 + ["b", "c"] * 6)
    found = by_group([drawn(rate)], sex).set_index("group")
    assert found["underpowered"].to_dict() == {"few": True, "b": False, "c": False}
    assert found.loc["few", ["low", "high"]].isna().all()
    assert found.loc["few", "n_subjects"] == 4
    without = by_group([drawn(rate)], sex[sex["who"] != "few"]).set_index("group")
    assert found.loc["b", "p"] == without.loc["b", "p"] > 0.05


def test_one_group_that_is_large_enough_is_compared_with_none():
    found = by_group([drawn(np.full((8, 4), 0.5))], of_people("who", ["few"] * 3 + ["many"] * 5, 4))
    assert found["test"].tolist() == ["", ""]
    assert found["p"].isna().all()
    assert found["underpowered"].tolist() == [True, False]


def test_where_nobody_is_named_videos_count():
    scores = drawn(np.full((10, 6), 0.6), named=False)
    values = np.array([["a"] * 5 + ["b"]] * 5 + [["a"] + ["b"] * 5] * 5)
    found = by_group([scores], attribute("part", values))
    assert found["test"].tolist() == ["videos", "videos"]
    assert found["n_subjects"].tolist() == [0, 0]
    assert not found["underpowered"].any()
    values[0, 0] = "c"
    assert by_group([scores], attribute("part", values))["underpowered"].tolist() == [True, False, True]


def test_what_is_not_known_is_shown_and_not_compared():
    rate = np.repeat(np.where(np.arange(18) < 6, 0.1, 0.8)[:, None], 6, axis=1)
    known = of_people("sex", [None] * 6 + ["a", "b"] * 6)
    found = by_group([drawn(rate)], known)
    assert found["group"].tolist() == ["a", "b", NOT_KNOWN]
    assert p_of(found) > 0.05
    absent = by_group([drawn(rate)], known[known["sex"].notna()])
    pd.testing.assert_frame_equal(found, absent)


def test_undefined_scores_have_no_p_value():
    scores = drawn(np.full((12, 4), 0.7))
    scores.loc[0, "p0"] = np.nan
    found = by_group([scores], of_people("sex", ["a", "b"] * 6, 4)).set_index("group")
    assert np.isnan(found["p"]).all()
    assert np.isnan(found.loc["a", "mean"])
    assert found.loc["b", "mean"] > 0


def test_every_attribute_has_its_rows_and_the_same_scores_the_same_result():
    scores = [drawn(np.full((12, 4), 0.7))]
    table = of_people("sex", ["a", "b"] * 6, 4).assign(age=[21.0, 33.0] * 24)
    found = by_group(scores, table, draws=50)
    assert found["attribute"].tolist() == ["sex", "sex", "age", "age"]
    pd.testing.assert_frame_equal(found, by_group(scores, table, draws=50))
    assert by_group(scores, table[[]]).empty


def test_several_attributes_are_corrected_for():
    rate = np.repeat(np.where(np.arange(20) < 10, 0.9, 0.5)[:, None], 6, axis=1)
    table = of_people("sex", ["a"] * 10 + ["b"] * 10).assign(few=["c"] * 119 + ["d"], same="x")
    found = by_group([drawn(rate)], table.assign(other=table["sex"]), draws=99).groupby("attribute").first()
    assert found.loc["sex", "p_holm"] == pytest.approx(2 * found.loc["sex", "p"])
    assert found.loc[["few", "same"], "p_holm"].isna().all()


def test_values_become_groups():
    def groups(name: str, values: list[object]) -> list[object]:
        return grouped(pd.Series(values, name=name)).tolist()

    assert groups("age", [19, 24.9, 25, 39, 40, 59.5, 60]) == [
        *["under 25"] * 2, *["25-39"] * 2, *["40-59"] * 2, "60 and over",
    ]  # fmt: skip
    assert groups("age", ["20s", "30s"]) == ["20s", "30s"]
    assert groups("skin_tone", [1, 2, 3, 4, 5, 6]) == [*["under 3"] * 2, *["3-4"] * 2, *["5 and over"] * 2]
    assert groups("beard", [True, False]) == ["yes", "no"]
    assert groups("camera", [1.0, 10.0, 2.0]) == ["1", "10", "2"]
    assert grouped(pd.Series([1.0, 10.0, 2.0], name="camera")).cat.categories.tolist() == ["1", "2", "10"]
    assert grouped(pd.Series(range(30), name="height")).value_counts().tolist() == [10, 10, 10]
    assert grouped(pd.Series([None, None], name="sex")).isna().all()


def test_a_missing_value_stays_missing():
    for name, values in {"age": [20, None], "sex": ["male", None], "beard": [True, None], "n": [1, None]}.items():
        assert grouped(pd.Series(values, name=name, dtype=object)).isna().tolist() == [False, True]


def test_what_cannot_be_grouped_is_refused():
    scores = drawn(np.full((6, 2), 0.5))
    with pytest.raises(DataError, match="no scores"):
        by_group([], of_people("sex", ["a"] * 6))
    with pytest.raises(DataError, match="two rows"):
        by_group([scores], pd.concat([of_people("sex", ["a"] * 6)] * 2))
