"""What is read of a folder, what is not and why; nothing of it is run, and nothing dropped in silence."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fer_lab.errors import ConfigError, DataError
from fer_lab.linting import RULES, lint
from tests.linting.marked import as_marked, places, write

ROOT = Path(__file__).parents[2]
SWAPPED = """
    rows = read("fer2013.csv")
    x_val = pixels(rows[rows["Usage"] == "PrivateTest"])
    x_test = pixels(rows[rows["Usage"] == "PublicTest"])
"""


def notebook(*cells: str | tuple[str, str], version: int = 4) -> str:
    """A notebook of cells of code, or of a type and a text."""
    pairs = [("code", cell) if isinstance(cell, str) else cell for cell in cells]
    key = "source" if version == 4 else "input"
    made: list[dict[str, Any]] = [{"cell_type": kind, key: text.splitlines(keepends=True)} for kind, text in pairs]
    return json.dumps({"nbformat": version, **({"cells": made} if version == 4 else {"worksheets": [{"cells": made}]})})


def reasons(folder: Path) -> list[tuple[str, str]]:
    return [(one.place, one.reason) for one in lint(folder).skipped]


def test_our_own_code_is_clean() -> None:
    report = lint(ROOT / "fer_lab")
    assert (report.findings, report.skipped) == ((), ())
    assert report.relevant > 100


@pytest.mark.parametrize("version", [3, 4])
def test_findings_of_a_notebook_name_cell_and_line(version: int, tmp_path: Path) -> None:
    text = (
        ("markdown", "# faces"),
        "%matplotlib inline\n!pip install faces\nrows = %sx ls",
        "\n".join(line.strip() for line in SWAPPED.split("\n")),
    )
    (tmp_path / "a.ipynb").write_text(notebook(*text, version=version))
    report = lint(tmp_path)
    assert [(one.cell, one.line, one.rule) for one in report.findings] == [(3, 3, "usage-swapped")]
    assert (report.files, report.notebooks, report.skipped) == (1, 1, ())
    assert report.findings[0].place == "a.ipynb:cell 3:3"


def test_a_broken_cell_costs_that_cell(tmp_path: Path) -> None:
    good = "x_val = pixels(rows['PrivateTest'])\nx_test = pixels(rows['PublicTest'])"
    (tmp_path / "a.ipynb").write_text(notebook("print 'faces'", "def (:", "%%bash\nls *", good))
    report = lint(tmp_path)
    assert [(one.place, one.reason) for one in report.skipped] == [
        ("a.ipynb:cell 1", "Python 2"),
        ("a.ipynb:cell 2", "not valid Python"),
    ]
    assert [one.cell for one in report.findings] == [4]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.py", b"print 'epoch', 1\n", "Python 2"),
        ("a.py", b"try:\n    fit(x)\nexcept Error, error:\n    pass\n", "Python 2"),
        ("a.py", b"def fit(:\n", "not valid Python"),
        ("a.py", b"fit(x)\0", "not valid Python"),
        ("a.py", "# épreuve: fit(x)".encode("latin-1"), "not UTF-8"),
        ("a.py", b"fit(x)\n" * 700_000, "too large"),
        ("a.py", b"if epoch == 0:\n    pass\n" + b"elif epoch == 1:\n    pass\n" * 300, "nested too deeply"),
        ("a.py", b"epoch = " + b" + ".join([b"1"] * 500), "nested too deeply"),
        ("a.py", b"fit(" + b"(" * 5_000 + b")" * 5_000 + b")", "not valid Python"),
        ("a.ipynb", b'{"cells": [fit(', "a notebook that cannot be read"),
        ("a.ipynb", b'["fit("]', "a notebook that cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, data: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    report = lint(tmp_path)
    assert [(one.place, one.reason) for one in report.skipped] == [(name, reason)]
    assert (report.files, report.findings) == (0, ())


def test_tabs_are_as_wide_as_they_were_in_python_2(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("for epoch in range(9):\n        fit(x)\n\tprint(epoch)\n")
    assert lint(tmp_path).skipped == ()


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbffit(x)\n")
    assert (lint(tmp_path).relevant, lint(tmp_path).skipped) == (1, ())


def test_folders_of_packages_are_passed_over_and_named(tmp_path: Path) -> None:
    bad = {"site-packages": "", "env/lib": "", ".git": "", "node_modules": "", "own": ""}
    for folder in bad:
        write(tmp_path / folder, code=SWAPPED)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    report = lint(tmp_path)
    assert {one.place for one in report.skipped} == {"site-packages", "env", ".git", "node_modules"}
    assert places(report) == [("own/code.py", 3, "usage-swapped")]


def test_links_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", code=SWAPPED)
    ours = write(tmp_path / "ours", code="pass\n")
    (ours / "linked.py").symlink_to(tmp_path / "elsewhere" / "code.py")
    (ours / "linked").symlink_to(tmp_path / "elsewhere")
    (ours / "nothing.py").symlink_to(tmp_path / "gone.py")
    (ours / "inner").symlink_to(ours)
    assert reasons(ours) == [
        ("linked", "a link that leaves the folder"),
        ("linked.py", "a link that leaves the folder"),
        ("nothing.py", "a link to nothing"),
    ]
    assert places(lint(ours)) == []


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert reasons(tmp_path) == [("a.py", "cannot be opened")]


def test_folders_may_nest_deeper_than_python_calls(tmp_path: Path) -> None:
    folder = tmp_path / "/".join("d" * 1_200)
    subprocess.run(["mkdir", "-p", folder], check=True)
    write(folder, code=SWAPPED)
    assert [one.rule for one in lint(tmp_path).findings] == ["usage-swapped"]
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # shutil's calls nest, too


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(25):  # one by one: as a whole the path is longer than the system takes
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    Path("code.py").write_text(SWAPPED)
    assert {reason for _, reason in reasons(tmp_path)} == {"cannot be opened"}


def test_a_line_of_blanks_takes_no_time(tmp_path: Path) -> None:
    """A pattern that tries each way to share them out would take hours."""
    (tmp_path / "a.ipynb").write_text(notebook(f"x = 1  # fit(\n{' ' * 1_000_000}y = 2"))
    assert reasons(tmp_path) == [("a.ipynb:cell 1", "not valid Python")]


def test_a_file_alone_is_read_whatever_is_in_it(tmp_path: Path) -> None:
    write(tmp_path, code="x = 1\n")
    report = lint(tmp_path / "code.py")
    assert (report.files, report.relevant) == (1, 1)


def test_nothing_is_run(tmp_path: Path) -> None:
    harm = f"open({str(tmp_path / 'harm')!r}, 'w')\nfit(x)\n"
    write(tmp_path, code=harm, setup=harm, conftest=harm)
    assert lint(tmp_path).relevant == 3
    assert not (tmp_path / "harm").exists()


def test_what_has_nothing_to_do_with_it_is_not_parsed_unless_it_is_imported(tmp_path: Path) -> None:
    other = "def number():\n    return 1\n"
    main = "from .inner import number\n\nfit(number())\n"
    write(tmp_path, one__main=main, one__inner=other, two__inner=other, two__other=other)
    report = lint(tmp_path)
    assert (report.files, report.relevant) == (4, 2)


def test_of_several_files_of_a_name_the_nearest_is_meant(tmp_path: Path) -> None:
    main = """
        from data import loader

        best_acc = 0
        if score(net, loader()) > best_acc:{mark}
            best_acc = 1
    """
    made = "def loader():\n    return DataLoader(Faces('{part}'))\n"
    folder = write(
        tmp_path,
        one__main=main.format(mark="  # <- chosen-on-test"),
        one__data=made.format(part="test"),
        two__main=main.format(mark=""),
        two__data=made.format(part="val"),
    )
    as_marked(folder)


def test_many_files_that_import_each_other_end(tmp_path: Path) -> None:
    texts = {f"m{number}": f"from m{(number + 1) % 60} import fit\n\ndef fit(test_x):\n    return fit(test_x)\n"
             for number in range(60)}  # fmt: skip
    assert lint(write(tmp_path, **texts)).relevant == 60


def test_a_comment_allows_a_finding(tmp_path: Path) -> None:
    text = SWAPPED.replace("    x_val", "    # fer-lab: allow usage-swapped\n    x_val")
    report = lint(write(tmp_path, code=text))
    assert (report.findings, report.suppressed) == ((), 1)
    other = text.replace("usage-swapped", "no-seed")
    assert places(lint(write(tmp_path, code=other))) == [("code.py", 4, "usage-swapped")]


def test_rules_can_be_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path, code=SWAPPED)
    assert places(lint(folder, frozenset({"usage-swapped"}))) == []
    with pytest.raises(ConfigError, match="usage_swapped"):
        lint(folder, frozenset({"usage_swapped"}))


def test_nothing_at_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone"):
        lint(tmp_path / "gone")


def test_every_rule_says_why_and_how_to_mend() -> None:
    assert len(RULES) == 8
    assert all(rule.title and rule.why.endswith(".") and rule.mend.endswith(".") for rule in RULES.values())
