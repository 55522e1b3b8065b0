"""Every trap of Hydra that would train the wrong thing, or nothing, without a word."""

from pathlib import Path

import pytest

from fer_lab import engine, tables
from fer_lab.configs import compose, expand, for_parent, parse
from fer_lab.errors import ConfigError
from fer_lab.runs import check_sweep


def never() -> None:
    raise AssertionError("a job was started")


@pytest.mark.parametrize("group", ["experiment", "table"])
def test_two_campaigns_at_once_are_refused(group: str) -> None:
    names = ",".join(list(getattr(tables, f"{group}s")())[:2])
    with pytest.raises(ConfigError, match="several at once"):
        parse([f"{group}={names}"])
    assert engine.start(["-m", f"{group}={names}"], never) == 2


def test_an_experiment_and_a_table_at_once_are_refused() -> None:
    with pytest.raises(ConfigError, match="at once"):
        parse(["experiment=sase_hidden", "table=garcia_zapata_2018-7.8"])


def test_without_m_an_experiment_lists_its_cells(capsys: pytest.CaptureFixture[str]) -> None:
    assert engine.start(["experiment=sase_hidden"], never) == 2
    said = capsys.readouterr().err
    assert "without -m" in said
    assert "sase_hidden/cnn_frontal" in said


def test_without_anything_it_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert engine.start([], never) == 0
    said = capsys.readouterr().out
    assert "sase_hidden" in said
    assert said.count("python run.py") == 3


def test_a_glob_over_cells_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a glob"):
        parse(["cell=glob(*)"])


@pytest.mark.parametrize(
    ("override", "nearest"),
    [("cell=sase_hidden/cnn_frontl", "cnn_frontal"), ("experiment=sase_hiden", "sase_hidden"), ("table=7.8", "7.8")],
)
def test_unknown_names_offer_the_nearest(override: str, nearest: str) -> None:
    with pytest.raises(ConfigError, match=nearest):
        parse([override])


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("data=sase_fee", "there is no data=sase_fee\n  Expected: one of 'sase_fe', "),
        ("model=cnn_gruu", "there is no model=cnn_gruu\n  Expected: one of 'cnn_gru', "),
        ("epoch=3", "there is no key 'epoch'\n  Expected: one of 'epochs', "),
        ("optimiser.lr=1", "there is no key 'optimiser.lr'\n  Expected: one of 'optimizer', "),
        ("optimizer.lrr=1", "there is no key 'optimizer.lrr'\n  Expected: one of 'optimizer.lr', "),
    ],
)
def test_an_unknown_option_or_key_is_a_short_error_with_the_nearest(override: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compose(["cell=sase_hidden/cnn_face", override])
    assert str(caught.value).startswith(expected)
    assert len(str(caught.value).splitlines()) < 4


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("task=action_units", "ActionUnits (task=action_units) answers labels"),
        ("+trainer.gradiant_clip=1", "'gradient_clip_val'"),
        ("+trainer.gradient_clip_val=1 trainer.precision=bf16-mixed", "optimizer.fused=false"),
        ("data.num_classes=5", "12 for 'hidden'"),
        ("data.target=hiden", "hidden"),
        ("task/loss=weighted task.loss.weights=[1,2]", "task.loss.weights=[1, 2]"),
        ("task/loss=weighted task.loss.weights=[0,0,0,0,0,0,0,0,0,0,0,0]", "not all 0"),
        ("task/loss=expected_cost task.loss.costs=[[0,1],[1,0]]", "12 rows of 12 numbers"),
        ("+data.split.rare={fera:0.1}", "data.split.rare: 'fera'"),
    ],
)
@pytest.mark.parametrize("how", ["dry_run=true", "dry_run=false"])
def test_what_does_not_fit_is_refused_before_anything_starts(
    override: str, message: str, how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["cell=sase_hidden/cnn_face", "profile=smoke", f"paths.results={tmp_path}", how, *override.split()]
    assert engine.start(asked, never) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not any(tmp_path.iterdir())


def test_a_loss_by_class_of_labels_is_refused() -> None:
    with pytest.raises(ConfigError, match="a loss by class, and a target of labels"):
        check_sweep(["cell=emotionet/eleven_vgg16", "task/loss=weighted"])


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["data=fer2013_plus", "data.taught=vote"], "shares of the same classes, not regrouped: votes; or null"),
        (["data=fer2013_plus", "data.taught=majority"], "not regrouped: votes; or null"),
        (["data=fer2013_plus", "data.taught=votes", "data.target=emotion", "data.num_classes=7"], "there are none"),
        (["data=fer2013_tenth", "+data.taught=emotion"], "there are none"),
        (["data=fer2013_plus", "data.taught=votes", "task/loss=weighted"], "a loss by class"),
    ],
)
def test_shares_that_are_taught_are_of_the_same_classes(overrides: list[str], expected: str) -> None:
    cell = "cell=fer2013_single/base"
    check_sweep([cell, "data=fer2013_plus", "data.taught=votes"])
    with pytest.raises(ConfigError) as refused:
        check_sweep([cell, *overrides])
    assert expected in str(refused.value)


def test_a_key_that_each_member_of_a_composite_has_is_answered_with_theirs() -> None:
    with pytest.raises(ConfigError, match=r"there is no key 'data\.cut'") as caught:
        compose(["cell=ck_mug/first", "data.cut=peak"])
    assert caught.value.do.startswith("write data.members.ck_plus.cut=...")
    assert caught.value.do.endswith("(ck_plus, mug)")


def test_a_parent_that_does_not_fit_is_refused_as_well() -> None:
    with pytest.raises(ConfigError, match="ActionUnits"):
        check_sweep(["cell=sase_hidden/cnn_gru_features", "task=action_units"])
    check_sweep(["cell=sase_hidden/cnn_face", "+trainer.gradient_clip_val=1", "optimizer.fused=false"])
    check_sweep(["cell=sase_hidden/cnn_face", "+trainer.gradient_clip_val=1", "trainer.precision=32-true"])


def test_a_batch_has_an_item_for_each_device() -> None:
    several = ["cell=sase_hidden/cnn_face", "trainer.strategy=ddp", "trainer.devices=3"]
    check_sweep([*several, "batch_size=3"])
    with pytest.raises(ConfigError, match=r"batch_size=2, and trainer\.devices=3"):
        check_sweep([*several, "batch_size=2"])


def test_an_experiment_is_cells_times_seeds() -> None:
    runs = expand(["experiment=sase_hidden"])
    cells = tables.experiments()["sase_hidden"].cells
    assert len(runs) == 3 * len(cells)
    assert runs[0] == [f"cell={next(iter(cells))}", "seed=0"]


def test_seed_and_cell_narrow_a_sweep() -> None:
    assert len(expand(["table=garcia_zapata_2018-7.8", "seed=0"])) == 12
    assert expand(["experiment=sase_hidden", "cell=sase_hidden/c3d", "seed=1,2", "profile=smoke"]) == [
        ["profile=smoke", "cell=sase_hidden/c3d", "seed=1"],
        ["profile=smoke", "cell=sase_hidden/c3d", "seed=2"],
    ]


def test_the_cell_overrides_the_base_and_the_command_line_overrides_the_cell() -> None:
    cell = "cell=sase_hidden/cnn_face"
    assert compose([cell])["items"]["views"] == ["face"]
    assert compose([cell])["data"]["name"] == "sase_fe"
    assert compose([cell, "epochs=3"])["epochs"] == 3


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'epocs'.*\n.*epochs"):
        compose(["cell=sase_hidden/cnn_face", "+epocs=3"])


def test_numbers_are_numbers() -> None:
    assert isinstance(compose(["cell=sase_hidden/cnn_face", "optimizer.lr=1e-3"])["optimizer"]["lr"], float)


def test_table_numbers_are_strings(tmp_path: Path) -> None:
    assert all(isinstance(table.number, str) for table in tables.tables().values())
    assert tables.find_table("7.8").slug == "garcia_zapata_2018-7.8"


@pytest.mark.parametrize("cell", list(tables.cells()))
def test_every_cell_composes_at_the_size_of_its_thesis(cell: str) -> None:
    """Each composes at smoke in tests/ledger/test_identity.py, at laptop in tests/tables/test_registration.py."""
    config = compose([f"cell={cell}", "profile=paper"])
    model = config["model"]
    proxy = model["_target_"] == "fer_lab.models.blendshapes.Blendshapes"  # has nothing to train
    assert config["epochs"] > 0 or config["parents"] or proxy  # without epochs it is evaluated as its parents left it
    outputs = len(model["units"]) if proxy else model.get("num_classes", model.get("classes"))
    assert outputs == config["data"]["num_classes"]


def test_an_override_of_a_group_holds_for_parents_with_the_same_option_only() -> None:
    given = ["data.split.folds=8", "model.retrain=fc", "optimizer.lr=0.1", "epochs=2", "fold=3", "cell=x", "+data.a=1"]
    kept = for_parent(given, "ck_transfer/peaks_5_fc", "fer2013_final/final")
    assert kept == ["optimizer.lr=0.1", "epochs=2", "fold=3", "cell=fer2013_final/final"]
    own = for_parent(given, "oulu_casia/cnn_lstm_image", "oulu_casia/cnn_frontal")
    assert own == [*given[:1], *given[2:5], "+data.a=1", "cell=oulu_casia/cnn_frontal"]
