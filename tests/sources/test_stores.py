"""How a configuration says that faces are found."""

from __future__ import annotations

import pytest

from fer_lab.configs import compose_data
from fer_lab.errors import ConfigError
from fer_lab.faces import FacesConfig, StepsConfig
from fer_lab.sources import how_faces_are_found


@pytest.mark.parametrize(("faces", "kind"), [("aligned", FacesConfig), ("viola_jones", StepsConfig)])
def test_what_the_options_say_is_built(faces: str, kind: type) -> None:
    assert isinstance(how_faces_are_found(compose_data("ck_plus", [f"faces={faces}"])["faces"]), kind)


def test_the_steps_are_those_of_the_thesis_in_its_order() -> None:
    """Athanasiadis 2022, Figure 4.2, at the size of sec. 3.5.4."""
    config = how_faces_are_found(compose_data("ck_plus", ["faces=viola_jones", "profile=paper"])["faces"])
    assert isinstance(config, StepsConfig)
    assert [step.TITLE for step in config.steps] == [
        "grey", "Viola-Jones crop", "histogram equalisation", "resize", "three channels"
    ]  # fmt: skip
    assert (config.size, config.channels, config.window) == (224, 3, (0, 1))


def test_pictures_taken_as_they_come_have_no_faces_to_find() -> None:
    with pytest.raises(ConfigError, match=r"faces=raw finds no face[\s\S]*faces=aligned"):
        how_faces_are_found(compose_data("ck_plus", ["faces=raw"])["faces"])
