import pytest

from fer_lab.errors import ConfigError
from fer_lab.faces import FacesConfig, RawConfig, Resize, StepsConfig


def test_lists_as_they_come_from_a_configuration_become_tuples() -> None:
    config = FacesConfig(views=["frontal"], window=[0.2, 1.0])  # type: ignore[arg-type]
    assert (config.views, config.window) == (("frontal",), (0.2, 1.0))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("views", ()),
        ("size", 7),
        ("size", 1025),
        ("window", (0.8, 0.5)),
        ("window", (0.5, 1.1)),
        ("frames_per_window", 0),
        ("margin", 3.0),
        ("eyes", (0.5, 0.3)),
        ("eyes", (0.3,)),
        ("max_yaw", 0.0),
        ("max_faces", 1),
        ("confidence", 1.0),
    ],
)
def test_a_value_out_of_range_is_refused_with_key_and_value(key: str, value: object) -> None:
    with pytest.raises(ConfigError) as refusal:
        FacesConfig(**{key: value})
    assert f"faces.{key} = {value!r}" in refusal.value.what
    assert refusal.value.expected


def test_a_mistyped_view_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"unknown view 'frontel'[\s\S]*'frontal'"):
        FacesConfig(views=("frontel",))


def test_raw_images_have_one_view() -> None:
    assert RawConfig().views == ("raw",)
    with pytest.raises(ConfigError, match="frontal"):
        RawConfig(("frontal",))


@pytest.mark.parametrize(
    ("key", "value"), [("views", ("raw",)), ("window", (0.8, 0.5)), ("window", 0.5), ("frames_per_window", 0)]
)
def test_steps_refuse_values_out_of_range_as_well(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"faces.{key} = "):
        StepsConfig((Resize(32),), **{key: value})  # type: ignore[arg-type]
