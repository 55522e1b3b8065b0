import numpy as np
import pytest

from fer_lab.errors import ConfigError
from fer_lab.generator import mesh
from fer_lab.generator.action_units import AU_NAMES, FIELDS, SIDED, au_indices, au_vector, wrinkle_weights
from fer_lab.generator.expressions import EXPRESSIONS, FELT_INSTEAD, OPTIONS, RELIABLE, STRAY
from fer_lab.labels import EMOTIONS


def moved(activations: dict[str, float]) -> np.ndarray:
    """(468, 3) displacement of the mean face."""
    return np.tensordot(au_vector(activations), FIELDS, 1)


def test_every_unit_moves_something_but_tears_nothing() -> None:
    reach = np.linalg.norm(FIELDS, axis=2).max(1)
    assert dict(zip(AU_NAMES, reach > 0.15, strict=True)) == dict.fromkeys(AU_NAMES, True)
    assert reach.max() < 3


@pytest.mark.parametrize("unit", SIDED)
def test_left_mirrors_right(unit: str) -> None:
    right, left = FIELDS[list(au_indices(unit))]
    assert np.array_equal(mesh.mirror_field(right), left)
    assert np.abs(right[mesh.VERTICES[:, 0] > 1.2]).max() == 0


def test_jaw_is_symmetric() -> None:
    jaw = FIELDS[AU_NAMES.index("AU26")]
    assert np.abs(mesh.mirror_field(jaw) - jaw).max() < 0.05


@pytest.mark.parametrize(
    ("unit", "vertex", "axis", "sign"),
    [
        ("AU1", 107, 1, 1),  # inner brow up
        ("AU2", 70, 1, 1),  # outer brow up
        ("AU4", 107, 1, -1),  # brow down
        ("AU5", 159, 1, 1),  # upper lid up
        ("AU6", 50, 1, 1),  # cheek up
        ("AU7", 145, 1, 1),  # lower lid up
        ("AU12", 61, 0, -1),  # right corner outwards
        ("AU12", 61, 1, 1),  # and up
        ("AU15", 61, 1, -1),
        ("AU16", 17, 1, -1),
        ("AU20", 61, 0, -1),
        ("AU23", 61, 0, 1),
        ("AU26", 152, 1, -1),  # chin down
        ("AU43", 159, 1, -1),
    ],
)
def test_unit_pulls_where_it_should(unit: str, vertex: int, axis: int, sign: int) -> None:
    assert moved({unit: 1})[vertex, axis] * sign > 0.05


def test_a_blink_closes_the_eye() -> None:
    face = mesh.NEUTRAL + moved({"AU43": 1})
    for upper, lower in ((159, 145), (386, 374)):
        assert mesh.NEUTRAL[upper, 1] - mesh.NEUTRAL[lower, 1] > 0.5
        assert face[upper, 1] - face[lower, 1] < 0.1


def test_only_units_of_the_mouth_part_the_lips() -> None:
    upper, lower = list(mesh.UPPER_INNER), list(mesh.LOWER_INNER)
    for unit, opens in (("AU26", True), ("AU25", True), ("AU1", False), ("AU6", False)):
        face = mesh.NEUTRAL + moved({unit: 1})
        assert ((face[upper, 1] - face[lower, 1]).max() > 0.2) == opens


def test_vector_of_names() -> None:
    assert au_vector({"AU12": 0.5}).sum() == 1
    assert au_vector({"AU12L": 0.5})[AU_NAMES.index("AU12L")] == 0.5
    assert au_vector({"AU26": 1}).sum() == 1
    with pytest.raises(ConfigError, match="AU99"):
        au_vector({"AU99": 1})


def test_wrinkles_follow_their_units() -> None:
    weights = wrinkle_weights(np.stack([au_vector({"AU1": 1, "AU2": 1}), au_vector({"AU12R": 1})]))
    assert weights.shape == (2, 8)
    assert weights[0] == pytest.approx([1.4, 0, 0, 0, 0, 0, 0, 0])
    assert weights[1] == pytest.approx([0, 0, 0.1, 0.3, 0, 0, 0, 0])


def test_expressions_are_of_known_units_and_emotions() -> None:
    for table in (EXPRESSIONS, OPTIONS, RELIABLE, FELT_INSTEAD):
        assert set(table) == set(EMOTIONS)
    for units in (*EXPRESSIONS.values(), *RELIABLE.values(), STRAY):
        assert all(au_indices(unit) for unit in units)
    assert all(au_indices(option.unit) for options in OPTIONS.values() for option in options)
    assert set(FELT_INSTEAD.values()) <= set(EMOTIONS)


def test_reliable_units_belong_to_their_expressions() -> None:
    for emotion, units in RELIABLE.items():
        assert units <= {unit.rstrip("RL") for unit in EXPRESSIONS[emotion]}
