"""The network of a finished run, from its folder alone: the data set, its faces and their store are gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import yaml
from numpy.typing import NDArray

from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.evaluation import make_target
from fer_lab.faces import FacesConfig, FaceStore
from fer_lab.ledger import Run, merge_folds, read_run
from fer_lab.runs import Plan, Trained, make_plan, model_of
from fer_lab.sources import open_faces
from fer_lab.storage import file_digest

pytestmark = pytest.mark.slow

FRAME, GEOMETRY, POINTS, CLIP, IMAGES, FEATURES, MIRRORED, TRANSFERRED = CELLS = (
    "sase_hidden/cnn_frontal",
    "sase_hidden/cnn_geometry",
    "sase_hidden/geometry",
    "sase_hidden/c3d",
    "sase_hidden/cnn_gru_image",
    "sase_hidden/cnn_gru_features",
    "sase_hidden/cnn_face",  # mirrored images, averaged weights
    "ck_transfer/peaks_5_output",  # all but the last layer is its parent's, and frozen
)
NAME = "preprocessing.safetensors"
OWN = {
    MIRRORED: ["task.mirror=true", "task.average=0.5", "epochs=5"],
    TRANSFERRED: ["fold=0"],
}
Video = tuple[dict[str, NDArray[np.uint8]], NDArray[np.float32] | None]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def plans(results: Path) -> dict[str, Plan]:
    """A run of each kind of items, trained."""
    found = {}
    for cell in CELLS:
        overrides = [f"cell={cell}", "profile=smoke", "threads=1", "workers=1", f"paths.results={results}"]
        overrides += OWN.get(cell, [])
        found[cell] = make_plan(compose(overrides), cell, overrides)
        ensure(found[cell])
    return found


@pytest.fixture(scope="module")
def videos(plans: dict[str, Plan]) -> dict[str, dict[str, Video]]:
    """What a user has of the test videos: their faces in the order of time, and the landmarks, by cell and video."""
    return {cell: shown(plan, open_faces(plan.source, plan.config)) for cell, plan in plans.items()}


def shown(plan: Plan, store: FaceStore) -> dict[str, Video]:
    found: dict[str, Video] = {}
    for name in read_run(plan.entry.folder).scores("test")["video"].unique():
        rows = store.frames.loc[store.frames["id"] == name, "row"].to_numpy()
        views = {view: store.view(view)[rows] for view in plan.config["faces"]["views"]}
        found[name] = views, store.landmarks[rows] if store.has_landmarks else None
    return found


@pytest.fixture(scope="module")
def ledger(
    plans: dict[str, Plan],
    videos: dict[str, dict[str, Video]],
    results: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """The runs in another place, where nothing is in the cache: the pretrained backbone comes with the package."""
    bare, moved = tmp_path_factory.mktemp("bare"), tmp_path_factory.mktemp("moved") / "runs"
    shutil.move(results / "runs", moved)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_CACHE", str(bare))
        yield moved
    assert list(bare.iterdir()) == []


@pytest.fixture(scope="module")
def runs(plans: dict[str, Plan], ledger: Path) -> dict[str, Run]:
    return {cell: read_run(ledger / plan.id) for cell, plan in plans.items()}


@pytest.fixture(scope="module")
def trained(runs: dict[str, Run]) -> dict[str, Trained]:
    return {cell: model_of(run) for cell, run in runs.items()}


@pytest.mark.parametrize("cell", CELLS)
def test_the_stored_scores_come_again(
    cell: str, runs: dict[str, Run], trained: dict[str, Trained], videos: dict[str, dict[str, Video]]
) -> None:
    model, scores = trained[cell], runs[cell].scores("test")
    for name, (views, points) in videos[cell].items():
        stored = scores[scores["video"] == name].sort_values("item").filter(regex=r"^p\d+$").to_numpy(np.float32)
        found = model.predict(views, points if model.needs_landmarks else None)
        assert found.dtype == np.float32
        assert found.shape == stored.shape
        np.testing.assert_allclose(found, stored, atol=5e-4)  # stored in half precision
        answered = np.take_along_axis(stored, found.argmax(1)[:, None], 1)[:, 0]
        assert (answered >= stored.max(1) - 1e-3).all()  # the same answer, but for a tie in half precision


def test_mirrored_images_count(
    trained: dict[str, Trained], videos: dict[str, dict[str, Video]], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, views = trained[MIRRORED], next(iter(videos[MIRRORED].values()))[0]
    mirrored = model.predict(views)
    monkeypatch.setattr(model.task, "mirror", False)
    assert np.abs(model.predict(views) - mirrored).max() > 1e-3  # more than what scores may differ by


def test_a_network_on_landmarks_needs_no_view(trained: dict[str, Trained], videos: dict[str, dict[str, Video]]) -> None:
    views, points = next(iter(videos[POINTS].values()))
    np.testing.assert_array_equal(trained[POINTS].predict({}, points), trained[POINTS].predict(views, points))


def test_what_is_fused_is_standardised_by_the_training_part_and_its_scale_is_told(
    runs: dict[str, Run], trained: dict[str, Trained]
) -> None:
    for cell, parts in ((GEOMETRY, {"features", "geometry"}), (POINTS, {"geometry"})):
        told = {name.removeprefix("rms_"): value for name, value in runs[cell].facts.items() if name.startswith("rms_")}
        assert set(told) == parts
        assert 0.01 < told["geometry"] < 1
        assert trained[cell].task.model.facts() == {f"rms_{name}": value for name, value in told.items()}


def test_what_each_kind_needs_is_said(trained: dict[str, Trained]) -> None:
    found = {cell: (model.views, model.length, model.needs_landmarks) for cell, model in trained.items()}
    assert found == {
        FRAME: (("frontal",), 1, False),
        GEOMETRY: (("frontal",), 1, True),
        POINTS: ((), 1, True),
        CLIP: (("frontal",), 5, False),
        IMAGES: (("frontal",), 5, False),
        FEATURES: (("frontal",), 5, False),  # its parent's view
        MIRRORED: (("face",), 1, False),
        TRANSFERRED: (("raw",), 1, False),
    }
    assert trained[FRAME].outputs == trained[FRAME].run.target.names
    assert isinstance(trained[FRAME].faces, FacesConfig)


def test_preprocessing_is_kept_where_something_was_fitted(runs: dict[str, Run]) -> None:
    assert {cell for cell, run in runs.items() if "preprocessing.safetensors" in run.files} == {
        GEOMETRY,
        POINTS,
        FEATURES,
    }


@pytest.fixture
def copied(ledger: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ledger, tmp_path / "runs"))


@pytest.mark.parametrize("name", ["config.yaml", "weights.safetensors", "preprocessing.safetensors"])
@pytest.mark.parametrize("loss", ["missing", "damaged"])
def test_what_is_missing_or_damaged_is_refused(name: str, loss: str, plans: dict[str, Plan], copied: Path) -> None:
    path = copied / plans[FEATURES].id / name
    lose(path, loss)
    with pytest.raises(StoreError, match=f"{name} is {loss}"):
        model_of(read_run(path.parent))


@pytest.mark.parametrize("cell", [IMAGES, FEATURES, TRANSFERRED])
def test_a_parent_that_is_missing_or_damaged_is_refused(cell: str, plans: dict[str, Plan], copied: Path) -> None:
    (parent,) = (copied / plan.id for plan in plans[cell].parents)
    lose(parent / "weights.safetensors", "damaged")
    with pytest.raises(StoreError, match=f"{parent.name}/weights.safetensors is damaged"):
        model_of(read_run(copied / plans[cell].id))
    shutil.rmtree(parent)
    with pytest.raises(StoreError, match=f"{parent} is missing.*\n.*beside"):
        model_of(read_run(copied / plans[cell].id))


def lose(path: Path, how: str) -> None:
    path.unlink() if how == "missing" else path.write_bytes(path.read_bytes()[:-1])


def test_another_backbone_is_refused(runs: dict[str, Run]) -> None:
    facts = {**runs[FRAME].facts, "weights": {**runs[FRAME].facts["weights"], "checksum": "f" * 64}}
    with pytest.raises(StoreError, match="another backbone"):
        model_of(replace(runs[FRAME], facts=facts))


def test_weights_of_another_model_are_refused(runs: dict[str, Run], copied: Path) -> None:
    run, other = runs[FRAME], runs[CLIP]
    shutil.copy(other.folder / "weights.safetensors", copied / run.id)
    files = {**run.files, "weights.safetensors": other.files["weights.safetensors"]}
    with pytest.raises(StoreError, match="does not fit"):
        model_of(replace(run, folder=copied / run.id, files=files))


def restamp(run: Run, folder: Path, name: str, content: bytes) -> Run:
    """A run of a ledger that somebody has changed, with the checksum that the change asks for."""
    (folder / run.id / name).write_bytes(content)
    return replace(run, folder=folder / run.id, files={**run.files, name: file_digest(folder / run.id / name)})


def test_weights_of_another_shape_are_refused(runs: dict[str, Run], copied: Path) -> None:
    state = safetensors.numpy.load_file(runs[FRAME].file("weights.safetensors"))
    name = "head.output.weight"
    run = restamp(runs[FRAME], copied, "weights.safetensors", safetensors.numpy.save({**state, name: state[name][:5]}))
    with pytest.raises(StoreError, match=rf"weights\.safetensors does not fit: it has {name} \(5, \d+\)\n.*\(12, "):
        model_of(run)


@pytest.mark.parametrize("cell", [GEOMETRY, FEATURES])
def test_preprocessing_of_another_name_or_shape_is_refused(cell: str, runs: dict[str, Run], copied: Path) -> None:
    state = safetensors.numpy.load_file(runs[cell].file(NAME))
    other = safetensors.numpy.save({f"x{name}": value for name, value in state.items()})
    with pytest.raises(StoreError, match=rf"{NAME} does not fit: it has x"):
        model_of(restamp(runs[cell], copied, NAME, other))
    cut = {name: np.ascontiguousarray(value[..., :7]) if value.ndim else value for name, value in state.items()}
    with pytest.raises(StoreError, match=rf"{NAME} does not fit: it has .* \(\d+, 7\)"):
        model_of(restamp(runs[cell], copied, NAME, safetensors.numpy.save(cut)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda config: "", "lacks seed, data, faces"),
        (lambda config: "- a\n- b", "holds a list"),
        (lambda config: yaml.safe_dump({key: value for key, value in config.items() if key != "items"}), "lacks items"),
        (lambda config: yaml.safe_dump(config | {"model": {}}), r"lacks model\._target_"),
        (lambda config: yaml.safe_dump(config | {"items": {"_target_": "fer_lab.datamodules.items.frame"}}), "views"),
        (lambda config: yaml.safe_dump(config | {"model": config["model"] | {"colour": "red"}}), "colour"),
        (lambda config: yaml.safe_dump(config | {"task": config["task"] | {"colour": "red"}}), "colour"),
    ],
)
def test_a_configuration_that_is_none_is_refused(
    change: Callable[[dict[str, Any]], str], message: str, runs: dict[str, Run], copied: Path
) -> None:
    config = yaml.safe_load(runs[FRAME].file("config.yaml").read_text())
    run = restamp(runs[FRAME], copied, "config.yaml", change(config).encode())
    with pytest.raises(StoreError, match=rf"(?s){run.id}/config\.yaml.*{message}"):
        model_of(run)


def test_code_that_no_file_of_conf_names_is_never_called(runs: dict[str, Run], copied: Path, tmp_path: Path) -> None:
    config = yaml.safe_load(runs[FRAME].file("config.yaml").read_text())
    config["optimizer"] = {"_target_": "os.mkdir", "path": str(tmp_path / "called")}
    run = restamp(runs[FRAME], copied, "config.yaml", yaml.safe_dump(config).encode())
    with pytest.raises(StoreError, match=r"config\.yaml names os\.mkdir as _target_"):
        model_of(run)
    assert not (tmp_path / "called").exists()


def test_a_task_for_another_kind_of_target_names_the_run(runs: dict[str, Run]) -> None:
    run = replace(runs[FRAME], target=make_target("labels", runs[FRAME].target.names))
    with pytest.raises(ConfigError, match=rf"run {run.id} of {FRAME}: Classification .* answers classes"):
        model_of(run)


def test_folds_are_several_networks(runs: dict[str, Run]) -> None:
    with pytest.raises(ConfigError, match="2 networks"):
        model_of(merge_folds([runs[TRANSFERRED], runs[TRANSFERRED]]))


def test_a_video_shorter_than_a_clip_is_answered_as_one(
    trained: dict[str, Trained], videos: dict[str, dict[str, Video]]
) -> None:
    views, _ = next(iter(videos[CLIP].values()))
    found = trained[CLIP].predict({name: faces[:3] for name, faces in views.items()})
    spread = trained[CLIP].predict({name: faces[[0, 0, 1, 2, 2]] for name, faces in views.items()})
    assert len(found) == 1
    np.testing.assert_array_equal(found, spread)


def test_faces_that_do_not_fit_are_refused(trained: dict[str, Trained], videos: dict[str, dict[str, Video]]) -> None:
    views, points = next(iter(videos[CLIP].values()))
    assert points is not None
    with pytest.raises(DataError, match="no landmarks"):
        trained[GEOMETRY].predict(views)
    with pytest.raises(DataError, match=r"landmarks are \(2, 68, 2\)"):
        trained[GEOMETRY].predict(views, points[:2])
    with pytest.raises(DataError, match="no view 'frontal'"):
        trained[FRAME].predict({"face": views["face"]})
    with pytest.raises(DataError, match="faces of 16 px"):
        trained[FRAME].predict({"frontal": np.zeros((1, 16, 16, 3), np.uint8)})
    with pytest.raises(DataError, match="float64"):
        trained[FRAME].predict({"frontal": np.zeros((1, 32, 32, 3))})  # type: ignore[dict-item]
    with pytest.raises(DataError, match="no face"):
        trained[FRAME].predict({"frontal": views["frontal"][:0]})
