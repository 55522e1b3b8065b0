import numpy as np
import pytest

from fer_lab.errors import ConfigError
from fer_lab.generator import AU_NAMES, Identity, perform, render
from fer_lab.generator.action_units import au_vector
from fer_lab.generator.mesh import LEFT_EYE, LOWER_INNER, RIGHT_EYE, UPPER_INNER

SEEDS = range(60)


@pytest.fixture(scope="module")
def people() -> list[Identity]:
    return [Identity(seed) for seed in SEEDS]


def test_attributes_vary_within_their_ranges(people: list[Identity]) -> None:
    found = [person.attributes for person in people]
    assert set(found[0]) == {"age", "sex", "skin_tone", "glasses", "beard"}
    ages = [person["age"] for person in found]
    assert 19 <= min(ages) < 25
    assert 52 < max(ages) <= 58
    assert {person["sex"] for person in found} == {"female", "male"}
    assert {1, 2, 3, 4} <= {person["skin_tone"] for person in found} <= set(range(1, 7))
    for name in ("glasses", "beard"):
        assert {person[name] for person in found} == {False, True}
    assert not any(person["beard"] for person in found if person["sex"] == "female")


def test_ages_can_be_narrowed_without_changing_who_it_is() -> None:
    for seed in range(20):
        anyone, young = Identity(seed), Identity(seed, age_range=(19, 36))
        assert 19 <= young.attributes["age"] <= 36
        assert anyone.attributes["sex"] == young.attributes["sex"]
        assert np.array_equal(anyone.shape, young.shape)


def test_the_same_seed_is_the_same_person_and_another_is_not(people: list[Identity]) -> None:
    again = Identity(3)
    assert np.array_equal(again.shape, people[3].shape)
    assert np.array_equal(again.texture("VIS", 128).albedo, people[3].texture("VIS", 128).albedo)
    assert np.abs(people[4].shape - people[3].shape).max() > 0.1


def test_sunglasses_hide_the_eyes_and_nothing_else_changes() -> None:
    played = perform(5, "surprise", fps=10, duration=1)
    bare, worn = Identity(32_001), Identity(32_001, sunglasses=True)
    (plain, truth), (dark, same) = (render(who, played, [5], size=128, seed=0) for who in (bare, worn))
    assert bare.attributes == worn.attributes
    assert np.array_equal(truth.landmarks, same.landmarks)
    y = int(truth.landmarks[0, 36:48, 1].mean())
    changed = np.abs(plain[0].astype(int) - dark[0]).max(axis=-1) > 8
    assert changed[y - 6 : y + 6].any()
    assert not changed[int(truth.landmarks[0, 33, 1]) :].any(), "below the nose"
    eyes = truth.landmarks[0, [37, 38, 40, 41, 43, 44, 46, 47]].round().astype(int)
    assert all(dark[0, row, column].max() < 60 for column, row in eyes)


def test_somebody_later_is_the_same_person_with_other_hair() -> None:
    for seed in range(6):
        person = Identity(seed)
        later = person.changed()
        assert later.attributes == person.attributes
        assert np.array_equal(later.shape, person.shape)
        assert (later.look.long_hair, later.look.bald) != (person.look.long_hair, person.look.bald)


def test_textures_are_painted_once_for_each_camera_and_size() -> None:
    person = Identity(8)
    seen = person.texture("VIS", 128)
    assert person.texture("VIS", 128) is seen
    assert person.texture("VIS", 224).albedo.shape == (224, 224, 3)
    assert seen.albedo.shape == (128, 128, 3)
    assert np.ptp(person.texture("NIR", 128).albedo, axis=-1).max() == 0
    assert np.ptp(seen.albedo, axis=-1).max() > 0.05


@pytest.mark.parametrize("eye", [RIGHT_EYE, LEFT_EYE])
def test_lids_never_cross(people: list[Identity], eye: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    for person in people[:20]:
        units = rng.uniform(0, 1, len(AU_NAMES)) + au_vector({"AU43": 1, "AU7": 1})
        face = person.face(units)
        lower = face[sorted(eye[:9], key=lambda v: face[v, 0])]
        upper = face[list(eye[9:])]
        assert np.all(upper[:, 1] > np.interp(upper[:, 0], lower[:, 0], lower[:, 1]))


def test_lips_never_cross(people: list[Identity]) -> None:
    rng = np.random.default_rng(1)
    for person in people[:20]:
        face = person.face(rng.uniform(0, 1.3, len(AU_NAMES)) * au_vector({"AU17": 1, "AU23": 1, "AU10": 1}))
        assert np.all(face[list(UPPER_INNER), 1] > face[list(LOWER_INNER), 1])


def test_a_face_at_rest_keeps_its_mouth_nearly_closed_and_its_eyes_open(people: list[Identity]) -> None:
    for person in people[:20]:
        face = person.face(np.zeros(len(AU_NAMES)))
        assert (face[list(UPPER_INNER), 1] - face[list(LOWER_INNER), 1]).max() < 0.3
        assert face[159, 1] - face[145, 1] > 0.3


@pytest.mark.parametrize("name", AU_NAMES)
def test_every_unit_moves_a_real_face(people: list[Identity], name: str) -> None:
    person = people[0]
    moved = person.face(au_vector({name: 1})) - person.face(np.zeros(len(AU_NAMES)))
    assert np.linalg.norm(moved, axis=1).max() > 0.1


def test_the_parts_follow_the_face(people: list[Identity]) -> None:
    person = people[0]
    rest, open_jaw = (person.vertices(au_vector({"AU26": jaw})) for jaw in (0, 1))
    assert len(rest) > 468
    assert np.abs(open_jaw[468:] - rest[468:]).max() > 0.2


@pytest.mark.parametrize("ages", [(10, 30), (40, 30), (30, 80)])
def test_refuses_ages_out_of_range(ages: tuple[float, float]) -> None:
    with pytest.raises(ConfigError, match="age_range"):
        Identity(0, age_range=ages)


def test_refuses_a_negative_seed() -> None:
    with pytest.raises(ConfigError, match="-1"):
        Identity(-1)
