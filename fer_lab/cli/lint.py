"""The command that reads somebody's training code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fer_lab.cli.app import app, say

Where = Annotated[Path | None, typer.Argument(help="a folder, a .py file or a notebook", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="for programs: findings, rules, and all that was not read")]
Without = Annotated[list[str] | None, typer.Option("--without", help="a rule that is left out; may be repeated")]
Rules = Annotated[bool, typer.Option("--rules", help="say what the rules are, and read nothing")]


@app.command()
def lint(path: Where = None, as_json: Json = False, without: Without = None, rules: Rules = False) -> None:
    """Read training code (Python, notebooks) for what makes numbers unbelievable; nothing of it is imported or run.

    The epoch chosen on the test part, a learning rate that it steers, FER2013's parts swapped, people in training and
    test, copies made before the split, and so on: each with its line, why it matters and how it is mended. A comment
    "# fer-lab: allow RULE" at a line or above it answers a finding. Exit status 1: something was found.
    """
    from fer_lab.errors import ConfigError
    from fer_lab.linting import told
    from fer_lab.linting.linter import lint as read

    if rules:
        say("\n".join(told.rule_lines()))
        return
    if path is None:
        raise ConfigError("no code to read", expected="a folder, a .py file or a notebook", do="fer-lab lint PATH")
    report = read(path, frozenset(without or ()))
    say(told.as_json(report) if as_json else "\n".join(told.as_lines(report)))
    if report.findings:
        raise typer.Exit(1)
