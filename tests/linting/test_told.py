"""The command, as people and programs meet it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import dedent

import pytest

from fer_lab.cli import main
from tests.linting.marked import write

CODE = """
    stop = EarlyStopping()
    model.fit(x_train, y_train, epochs=9, validation_data=(x_test, y_test), callbacks=[stop])
"""


def run(*words: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["fer-lab", "lint", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_findings_are_told_with_why_and_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = run(write(tmp_path, code=CODE), capsys=capsys, monkeypatch=monkeypatch)
    assert status == 1
    assert "code.py:3: chosen-on-test EarlyStopping watches `(x_test, y_test)`, the test part\n" in said
    assert said.count("  why:  ") == said.count("  mend: ") == 2
    assert "2 findings in 1 file: 1 certain, 1 likely" in said


def test_clean_code_ends_with_0_and_says_what_was_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, code="fit(x)\n", old="print 'epoch'\n")
    status, said = run(tmp_path, capsys=capsys, monkeypatch=monkeypatch)
    assert status == 0
    assert "nothing found\n1 file read" in said
    assert "not read, Python 2: 1\n  old.py\n" in said


def test_json_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, code=CODE, **{f"old{number}": "print 'epoch'\n" for number in range(12)})
    status, said = run(tmp_path, "--json", "--without", "no-seed", capsys=capsys, monkeypatch=monkeypatch)
    told = json.loads(said)
    assert status == 1
    assert [(one["file"], one["line"], one["rule"]) for one in told["findings"]] == [("code.py", 3, "chosen-on-test")]
    assert len(told["skipped"]) == 12
    assert told["read"] == {"files": 1, "notebooks": 0, "relevant": 1}
    assert set(told["rules"]) == {"chosen-on-test"}


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_names_that_are_no_text_command_no_terminal(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (b"\xff.py", b"\x1b[31m.py"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(dedent(CODE))
    status, said = run(tmp_path, *words, capsys=capsys, monkeypatch=monkeypatch)
    assert status == 1
    assert said.count("chosen-on-test") >= 2
    assert "\x1b" not in said
    said.encode()


@pytest.mark.parametrize("words", [[], ["/nothing/is/here"], [".", "--without", "no-sed"]])
def test_bad_words_are_refused_with_2(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = run(*words, capsys=capsys, monkeypatch=monkeypatch)
    assert status == 2
    assert "Do: " in said


def test_the_rules_can_be_asked_for(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = run("--rules", capsys=capsys, monkeypatch=monkeypatch)
    assert status == 0
    assert said.count("  mend: ") == 8
