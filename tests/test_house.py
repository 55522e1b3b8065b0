"""The documents and the configuration say what is true."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from fer_lab.cli.commands import app

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
README = (ROOT / "README.md").read_text()


# --- documents --------------------------------------------------------------------------------------------------------


def commands() -> list[list[str]]:
    """The commands in the README's code blocks, as words."""
    blocks = re.findall(r"^```(?:bash|sh|console)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    lines = [line.split("#")[0].split() for block in blocks for line in block.splitlines()]
    return [words for words in lines if words]


def test_the_targets_that_the_readme_names_exist() -> None:
    targets = re.findall(r"^([a-z][a-z%-]*):", MAKEFILE, flags=re.MULTILINE)
    patterns = [re.escape(name).replace("%", ".+") for name in targets]
    named = [words[1] for words in commands() if words[0] == "make"] + re.findall(r"`make ([a-z][\w.-]*)", README)
    assert {"smoke", "test", "reproduce-table-7.8"} <= set(named)
    assert [name for name in named if not any(re.fullmatch(pattern, name) for pattern in patterns)] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"fer-lab ([a-z][a-z-]*)", README))))
def test_the_commands_that_the_readme_names_exist(name: str) -> None:
    done = CliRunner().invoke(app, [name, "--help"], prog_name="fer-lab")
    assert done.exit_code == 0, done.output
    assert f"fer-lab {name}" in done.output


def test_the_experiments_that_the_readme_names_exist() -> None:
    known = {path.stem for path in (ROOT / "experiments").rglob("*.yaml")}
    known |= set(re.findall(r"fer-lab new .*experiments/own/(\w+)\.yaml", README))  # it writes them
    assert set(re.findall(r"experiment=(\w+)", README)) <= known
    assert set(re.findall(r"cell=(\w+)/", README)) <= known


def test_the_files_that_the_readme_names_exist() -> None:
    named = re.findall(r"`((?:fer_lab|conf|experiments|tests|benchmarks|tools|docs)/[\w./-]*)`", README)
    assert [name for name in named if not (ROOT / name).exists()] == []


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "experiments").rglob("*.md")])


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"<!--.*?-->", "", path.read_text(), flags=re.DOTALL)
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"https?:", link)]
    assert [link for link in links if link and not (path.parent / link).exists()] == []


def committed_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that git tracks (binary files left out)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    for name in filter(None, listed.stdout.decode().split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            yield name, data.decode()


def test_no_machine_is_named_in_committed_files() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    private = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+)/|pypi[.]org|python[h]osted|arti[f]actory")
    found = [f"{name}: {match[0]}" for name, text in committed_texts() for match in private.finditer(text)]
    assert found == []


# --- configuration ----------------------------------------------------------------------------------------------------


def unread(value: Any, words: set[str]) -> Iterator[str]:
    """The keys of a configuration, however deep, that neither code nor interpolation nor the object built reads.

    A mapping that an object takes, of which nothing is built, is data (``model.made_of``): its keys are no options.
    """
    built = isinstance(value, dict) and "_target_" in value
    known = parameters(value["_target_"]) if built else words
    for key, inner in value.items() if isinstance(value, dict) else ():
        if not re.fullmatch(r"_\w+_|hydra|defaults", str(key)):
            yield from () if str(key) in known or "**" in known else (str(key),)
            yield from () if built and isinstance(inner, dict) and "_target_" not in inner else unread(inner, words)


def parameters(target: str) -> set[str]:
    """The names of what a class or function takes; ``**`` if it takes any name."""
    module, _, name = target.rpartition(".")
    found = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    return {"**" if part.kind is part.VAR_KEYWORD else key for key, part in found.items()}


@pytest.fixture(scope="session")
def words() -> set[str]:
    """Every word of the code, and every word of an interpolation in the configuration."""
    code = "\n".join(path.read_text() for path in [*(ROOT / "fer_lab").rglob("*.py"), *ROOT.glob("*.py")])
    conf = "\n".join(path.read_text() for folder in ("conf", "experiments") for path in (ROOT / folder).rglob("*.yaml"))
    return set(re.findall(r"\w+", code + " ".join(re.findall(r"\$\{[^}]*\}", conf))))


@pytest.mark.parametrize("path", sorted((ROOT / "conf").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_option_is_read_somewhere(path: Path, words: set[str]) -> None:
    assert list(unread(yaml.safe_load(path.read_text()), words)) == []


def test_an_option_that_nobody_reads_is_found() -> None:
    target = {"_target_": "textwrap.indent", "prefix": "", "perfix": ""}
    assert list(unread({"one": 1, "two": {"three": 3}, "four": target}, {"one", "two", "four"})) == ["three", "perfix"]
