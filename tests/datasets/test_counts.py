from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets import SaseFe, TwinScale, count
from fer_lab.errors import ConfigError


def test_a_twin_is_counted(tmp_path: Path) -> None:
    SaseFe().write_twin(tmp_path, TwinScale(2, 2, (0.5, 0.8), 64))
    index = SaseFe().index(tmp_path)
    found = {name: count(name, tmp_path, index) for name in ("subjects", "videos", "images", "fps", "races")}
    assert found == {"subjects": 2, "videos": 24, "images": 0, "fps": 100.0, "races": None}
    shortest, longest = map(float, str(count("seconds", tmp_path, index)).removesuffix(" seconds").split("-"))
    assert 3 <= shortest <= longest <= 4
    youngest, oldest = map(int, str(count("ages", tmp_path, index)).split("-"))
    assert 19 <= youngest <= oldest <= 36
    assert str(count("sexes", tmp_path, index)).endswith(("male", "female"))


def test_what_is_not_told_is_not_made_up(tmp_path: Path) -> None:
    index = pd.DataFrame({"id": ["a"], "path": ["a.png"], "kind": ["image"], "subject": [""], "fps": [float("nan")]})
    assert [count(name, tmp_path, index) for name in ("ages", "sexes", "fps")] == [None, None, None]
    with pytest.raises(ConfigError, match="sexes"):
        count("sex", tmp_path, index)
