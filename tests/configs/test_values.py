import pytest

from fer_lab import engine
from fer_lab.configs import compose, expand
from fer_lab.errors import ConfigError

CELL = "cell=sase_hidden/cnn_face"


def never() -> None:
    raise AssertionError("a job was started")


@pytest.mark.parametrize(
    "override",
    [
        *("seed=x", "seed=-1", "seed=1.5", "seed=null", "epochs=-1", "epochs=abc", "batch_size=0"),
        *("threads=0", "threads=-1", "jobs=0", "jobs=-1", "workers=0", "backbone_store=maybe", "cache.max_gb=abc"),
    ],
)
def test_values_that_cannot_be_meant_are_refused_by_name(override: str) -> None:
    key, _, _ = override.partition("=")
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        compose([CELL, override])
    assert engine.start([CELL, override], never) == 2


@pytest.mark.parametrize(
    "override", ["backbone_store=off", "backbone_store=auto", "threads=1", "jobs=2", "cache.max_gb=0"]
)
def test_values_that_are_meant_pass(override: str) -> None:
    key, _, value = override.partition("=")
    config = compose([CELL, override])
    found = config["cache"]["max_gb"] if key == "cache.max_gb" else config[key]
    assert str(found) in (value, "False" if value == "off" else value)


def test_every_swept_seed_is_checked() -> None:
    with pytest.raises(ConfigError, match=r"seed=0,x"):
        expand([CELL, "seed=0,x"])


def test_an_unknown_option_or_a_word_without_a_value_is_one_message() -> None:
    for overrides in ([CELL, "profile=smok"], [CELL, "model.nothing=1"], ["data=nowhere"]):
        with pytest.raises(ConfigError):
            compose(overrides)
    with pytest.raises(ConfigError, match="key=value"):
        expand(["nonsense"])


@pytest.mark.parametrize(
    ("override", "word"),
    [
        ("trainer.max_epochs=3", "identity\n  Do: set epochs"),
        ("+trainer.limit_train_batches=2", "profile=smoke"),
        ("trainer.limit_val_batches=2", "validation is scored whole"),
        ("+trainer.max_steps=5", "steps"),
        ("+trainer.fast_dev_run=true", "profile=smoke"),
    ],
)
def test_what_has_a_name_of_its_own_is_not_said_to_the_trainer(override: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        compose([CELL, override])


@pytest.mark.parametrize(
    ("override", "now"),
    [
        ("optim=adamw", "optimizer"),
        ("optim.lr=0.1", "optimizer.lr"),
        ("schedule=cosine", "scheduler"),
        ("augment.flip=true", "augmentation.flip"),
        ("trunk.pooling=none", "backbone.pooling"),
        ("trunk_store=off", "backbone_store"),
        ("+model.trunk.width=1", "model.backbone.width"),
        ("model.cell=gru", "model.rnn"),
    ],
)
def test_old_names_are_refused_with_the_new_one(override: str, now: str) -> None:
    for check in (compose, expand):
        with pytest.raises(ConfigError, match=f"called '{now}' now"):
            check([CELL, override])
