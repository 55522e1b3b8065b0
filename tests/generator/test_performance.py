import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fer_lab.errors import ConfigError, DataError
from fer_lab.generator.action_units import AU_NAMES, FIELDS, au_indices
from fer_lab.generator.expressions import EXPRESSIONS, FELT_INSTEAD
from fer_lab.generator.mesh import IBUG68
from fer_lab.generator.performance import Difficulty, Performance, perform
from fer_lab.labels import EMOTIONS

SHOWN = [emotion for emotion in EMOTIONS if emotion != "neutral"]
DIGEST = """
import hashlib
from fer_lab.generator.performance import perform
from fer_lab.labels import EMOTIONS
digest = hashlib.sha256()
for seed, emotion in enumerate(EMOTIONS):
    p = perform(seed, emotion, genuine=seed % 2 == 0, fps=50, duration=2)
    for array in (p.action_units, p.pose, p.gaze, p.shift):
        digest.update(array.tobytes())
print(digest.hexdigest())
"""


def in_another_process(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", DIGEST], env=environment, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_same_in_every_process() -> None:
    assert in_another_process("1") == in_another_process("2")


def test_shapes_and_ranges() -> None:
    played = perform(3, "fear", fps=30, duration=2.51)
    assert len(played) == 75
    assert played.action_units.shape == (75, len(AU_NAMES))
    assert played.pose.shape == (75, 3)
    assert played.gaze.shape == played.shift.shape == (75, 2)
    assert 0 <= played.action_units.min() <= played.action_units.max() < 2
    assert np.abs(played.pose).max() < 25
    assert np.abs(played.shift).max() < 0.1


def test_each_argument_counts() -> None:
    def digest(played: Performance) -> str:
        return hashlib.sha256(played.action_units.tobytes()).hexdigest()

    played = {
        digest(perform(1, "anger", fps=25, duration=2)),
        digest(perform(2, "anger", fps=25, duration=2)),
        digest(perform(1, "fear", fps=25, duration=2)),
        digest(perform(1, "anger", genuine=False, fps=25, duration=2)),
        digest(perform(1, "anger", fps=25, duration=2, until_apex=True)),
        digest(perform(1, "anger", fps=25, duration=2, difficulty=Difficulty(au_sd=0))),
    }
    assert len(played) == 6


def core(played: Performance, emotion: str) -> np.ndarray:
    """(n,) mean activation of an expression's units, less those that may leak from another emotion."""
    units = {unit.rstrip("RL") for unit in EXPRESSIONS[emotion]} - set(EXPRESSIONS[FELT_INSTEAD[emotion]])
    return played.action_units[:, sorted(i for unit in units for i in au_indices(unit))].mean(1)


@pytest.mark.parametrize("emotion", SHOWN)
@pytest.mark.parametrize("duration", [1.5, 3.5, 8.0])
def test_visible_in_the_window_of_sase(emotion: str, duration: float) -> None:
    kept = []
    for seed in range(20):
        shown = core(perform(seed, emotion, genuine=seed % 2 == 0, fps=30, duration=duration), emotion)
        window = shown[round(0.5 * len(shown)) : round(0.8 * len(shown))]
        assert window.max() > 0.5 * shown.max()
        kept.append(window.mean() / shown.max())
    assert np.median(kept) > 0.7


@pytest.mark.parametrize("duration", [0.8, 2.0])
def test_until_apex_starts_neutral_and_ends_at_the_peak(duration: float) -> None:
    for seed in range(20):
        emotion = SHOWN[seed % len(SHOWN)]
        shown = core(perform(seed, emotion, fps=25, duration=duration, until_apex=True), emotion)
        assert shown[0] < 0.1 * shown.max()
        assert shown[-1] > 0.7 * shown.max()


def test_difficulty_moves_what_it_names() -> None:
    def peak(**settings: object) -> float:
        difficulty = Difficulty(**settings)  # type: ignore[arg-type]
        clips = [perform(s, "happiness", fps=20, duration=3, difficulty=difficulty) for s in range(20)]
        return float(np.mean([core(clip, "happiness").max() for clip in clips]))

    assert peak(intensity=(0.9, 1.0)) > 1.5 * peak(intensity=(0.3, 0.4))
    assert peak(drop=0.0) > 1.3 * peak(drop=1.0)
    still = perform(0, "neutral", fps=20, duration=9, difficulty=Difficulty(head=0, blink=0, contam=0))
    assert not still.pose.any()
    assert not still.action_units.any()
    assert perform(0, "neutral", fps=20, duration=9).action_units[:, au_indices("AU43")].max() > 0.9


def test_contempt_is_shown_on_either_side() -> None:
    right, left = au_indices("AU14")
    sides = []
    for seed in range(20):
        units = perform(seed, "contempt", fps=20, duration=3).action_units.max(0)
        sides.append(bool(units[right] > units[left]))
        assert max(units[right], units[left]) > 2 * min(units[right], units[left])
    assert 4 < sum(sides) < 16


@pytest.mark.parametrize(
    "settings",
    [{"intensity": (1.0, 0.5)}, {"intensity": (-1.0, 0.5)}, {"drop": 1.5}, {"effect": -1.0}, {"head": -1.0}],
)
def test_refuses_what_has_no_meaning(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        Difficulty(**settings)  # type: ignore[arg-type]


def test_refuses_an_empty_clip_and_an_unknown_emotion() -> None:
    with pytest.raises(ConfigError, match="no frames"):
        perform(0, "anger", fps=25, duration=0.01)
    with pytest.raises(DataError, match="boredom"):
        perform(0, "boredom", fps=25, duration=1)


def dynamics(played: Performance, fps: float) -> np.ndarray:
    """Features of the true curves: levels, speed, duration, order, symmetry of every unit."""
    units = played.action_units[:, :-3]  # without blinks and jaw
    right, left = units[:, ::2], units[:, 1::2]
    both = right + left
    peak = both.max(0) + 1e-6
    total = both.sum(1)
    speed = np.abs(np.diff(both, axis=0)) * fps
    above = (total > 0.7 * total.max()).mean()
    rise = np.interp([0.1, 0.5, 0.9], np.maximum.accumulate(total) / total.max(), np.arange(len(total)) / fps)
    onsets = (both > 0.5 * peak).argmax(0)[both.max(0) > 0.1] / fps
    roughness = np.abs(np.diff(both, 2, axis=0)).mean(0)
    spread = [onsets.std() if len(onsets) else 0, rise[2] - rise[0], rise[2] - rise[1], above]
    return np.concatenate([peak, speed.max(0), roughness, np.abs(right - left).max(0) / peak, spread])


def told_apart(effect: float, clips: int = 600) -> float:
    """Cross-validated accuracy of genuine against deceptive; every clip is another subject's."""
    features, deceptive = [], []
    for seed in range(clips):
        genuine, emotion = seed % 2 == 0, SHOWN[seed // 2 % len(SHOWN)]
        played = perform(seed, emotion, genuine=genuine, fps=40, duration=3.5, difficulty=Difficulty(effect=effect))
        features.append(dynamics(played, 40))
        deceptive.append(not genuine)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    return float(cross_val_score(model, np.log(np.array(features) + 0.01), deceptive, cv=5).mean())


def test_no_leak_of_deception() -> None:
    """A constant nuisance level per class once made deception 99.8 % decodable."""
    assert abs(told_apart(effect=0.0) - 0.5) < 0.08  # four standard errors


def test_deception_can_be_told() -> None:
    assert told_apart(effect=1.5) > 0.8


def test_emotions_differ_in_the_68_points() -> None:
    """Nearest mean shape at the apex, halves of the clips by subject."""
    fields = FIELDS[:, list(IBUG68)].reshape(len(AU_NAMES), -1)

    def shapes(seeds: range) -> tuple[np.ndarray, np.ndarray]:
        clips = [perform(s, SHOWN[s % 7], fps=20, duration=2, until_apex=True) for s in seeds]
        return np.stack([clip.action_units[-1] @ fields for clip in clips]), np.array([s % 7 for s in seeds])

    known, labels = shapes(range(140))
    seen, truth = shapes(range(140, 280))
    means = np.stack([known[labels == c].mean(0) for c in range(7)])
    nearest = ((seen[:, None] - means) ** 2).sum(-1).argmin(1)
    assert 0.5 < (nearest == truth).mean() < 1


@pytest.mark.parametrize("peak", [0.35, 0.5, 0.65])
def test_with_a_peak_it_is_strongest_there_and_ends_as_it_began(peak: float) -> None:
    found = []
    for seed in range(20):
        shown = (
            perform(seed, "happiness", fps=19, duration=5, peak=peak).action_units[:, au_indices("AU12")].sum(axis=1)
        )
        found.append(shown.argmax() / len(shown))
        assert max(shown[0], shown[-1]) < 0.15 * shown.max()
    assert abs(np.median(found) - peak) < 0.05


@pytest.mark.parametrize("peak", [0.0, 1.0, 1.5])
def test_a_peak_outside_is_refused(peak: float) -> None:
    with pytest.raises(ConfigError, match="peak"):
        perform(0, "fear", fps=19, duration=5, peak=peak)
