from dataclasses import replace
from pathlib import Path

import pytest

from fer_lab import tables
from fer_lab.configs import results_folder, stamp
from fer_lab.errors import ConfigError
from fer_lab.runs import other_protocol, stated
from fer_lab.runs.stated import stated_values
from fer_lab.tables import Printed


def test_settings_are_those_of_the_configuration() -> None:
    table = tables.find_table("garcia_zapata_2018-4.3")
    found = {value.printed: known for value, known in stated(table, ["profile=smoke"]).items()}
    assert found == {"Sparse Categorical Crossentropy": "CrossEntropyLoss", "Adam": "Adam", "3": 3}
    verdicts = [value.verdict for value in tables.compare(table, {}, stated(table, []), stamp([])).values]
    assert verdicts == ["in words", "in words", "as printed"]


def test_a_setting_by_place_and_counts_that_nothing_is_made_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))  # where no other test has drawn the twin
    window = stated(tables.find_table("garcia_zapata_2018-text-6.1"), ["profile=smoke"], make=False)
    assert sorted(map(str, window.values())) == ["0.5", "0.8"]
    assert stated(tables.find_table("garcia_zapata_2018-5.1"), ["profile=smoke"], make=False) == {}


def test_what_is_described_is_what_the_publications_say(monkeypatch: pytest.MonkeyPatch) -> None:
    table = tables.find_table("athanasiadis_2022-text-3.3")
    known = {value: said for value, said in stated(table, ["profile=smoke"], make=False).items() if said}
    told = [(v.printed.printed, v.stated, v.verdict) for v in tables.compare(table, {}, known, stamp([])).values]
    assert told[3:6] == [("123", 123, "as printed"), ("85", 86, "differs"), ("34", 35, "differs")]
    monkeypatch.setattr("fer_lab.datasets.mug.Mug.described", {"people": 86})
    with pytest.raises(ConfigError, match=r"databases/mug: described 'women'"):
        stated(table, ["profile=smoke"], make=False)


def test_what_is_described_of_a_member_of_a_composite_data_set() -> None:
    value = Printed("Value", "490", 490, "universal/vgg16", "described", "kdef/images")
    assert stated_values([value], ["profile=smoke"], make=False) == {value: 4900}
    for name, expected in (("images", "a member first"), ("kdeff/images", "kdef"), ("kdef/image", "images")):
        with pytest.raises(ConfigError, match=expected):
            stated_values([replace(value, name=name)], ["profile=smoke"], make=False)


def test_stamp_and_folder_follow_the_command_line() -> None:
    asked = ["profile=smoke", "data.dataset.light=Dark", "paths.results=elsewhere", "seed=0"]
    assert stamp(asked) == {"source": "embedded", "profile": "smoke", "protocol": "clean"}
    assert str(results_folder(asked)) == "elsewhere"


@pytest.mark.parametrize("protocol", ["clean", "as_printed", "thesis"])
def test_every_protocol_has_one_to_be_held_against(tmp_path: Path, protocol: str) -> None:
    asked = [f"paths.results={tmp_path}", f"protocol={protocol}"]
    assert stamp(asked)["protocol"] == protocol
    assert other_protocol(asked) == {}
