"""What a refusal offers in place of a name that is not known."""

from __future__ import annotations

import pytest

from fer_lab.errors import FEW, MANY, nearest


@pytest.mark.parametrize(
    ("name", "said"),
    [("sase_hiden", "'sase_hidden'"), ("zzz", "'oulu_casia', 'sase_hidden'"), ("", "'oulu_casia', 'sase_hidden'")],
)
def test_the_nearest_names_or_all_of_a_few(name: str, said: str) -> None:
    assert nearest(name, {"sase_hidden", "oulu_casia"}) == said


@pytest.mark.parametrize(("count", "shown"), [(MANY, MANY), (MANY + 1, FEW)])
def test_of_very_many_names_none_of_which_is_near_some_are_shown_and_all_counted(count: int, shown: int) -> None:
    said = nearest("zzz", [f"{number:03d}" for number in range(count)])
    assert said.count("'") == 2 * shown
    assert said.startswith("'000', '001'")
    assert said.endswith(f"... ({count} in all)" if shown < count else f"'{count - 1:03d}'")
