"""The set-up, the documents and the configuration say what is true."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CLI = [sys.executable, "-c", "import sys; sys.argv[0] = 'fer-lab'; from fer_lab.cli import main; main()"]


# --- set-up -----------------------------------------------------------------------------------------------------------


def locked_entries() -> list[str]:
    """The lock file, cut into one text a pinned version."""
    return re.findall(r"^[^\s#].*(?:\n[ ]{4}.*)*", LOCK, flags=re.MULTILINE)


def locked_versions() -> list[tuple[str, str]]:
    pins = [re.match(r"([\w.-]+)==([\w.+]+)", entry) for entry in locked_entries()]
    return [(pin[1].lower(), pin[2]) for pin in pins if pin]


def asked_for() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"]
    asked = [Requirement(text) for text in [*PROJECT["dependencies"], *extras["sweep"], *extras["dev"]]]
    return [requirement for requirement in asked if requirement.name != PROJECT["name"]]


def test_every_locked_version_is_pinned_by_hashes() -> None:
    entries = locked_entries()
    assert len(entries) > 50
    assert [entry for entry in entries if not re.match(r"[\w.-]+==[\w.+]+", entry)] == []
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)] == []


def test_the_lock_names_no_index() -> None:
    assert not re.search(r"https?:|index-url|find-links| @ ", LOCK)


def test_the_lock_is_for_every_platform() -> None:
    assert re.search(r"^colorama==\S+ ; sys_platform == 'win32'", LOCK, flags=re.MULTILINE)
    assert re.search(r"^nvidia-\S+ ; .*sys_platform == 'linux'", LOCK, flags=re.MULTILINE)


@pytest.mark.parametrize("asked", asked_for(), ids=lambda asked: asked.name)
def test_the_lock_satisfies_the_project(asked: Requirement) -> None:
    versions = [version for name, version in locked_versions() if name == asked.name.lower()]
    assert versions
    assert all(asked.specifier.contains(version) for version in versions)


def test_one_opencv_is_installed() -> None:
    names = {(dist.metadata["Name"] or "").lower() for dist in metadata.distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-contrib-python-headless"}


# --- Makefile ---------------------------------------------------------------------------------------------------------


def targets() -> dict[str, str]:
    """Every target of the Makefile that is called by name, and what its line says."""
    return dict(re.findall(r"^([a-z][a-z%-]*):(.*)$", MAKEFILE, flags=re.MULTILINE))


def make(*arguments: str) -> str:
    """What make would do or does say; nothing is installed."""
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_target_is_documented_and_listed() -> None:
    said = make("help")
    assert {"setup", "lint", "test", "smoke", "tables", "reproduce-table-%", "reproduce-thesis-%"} <= set(targets())
    assert [name for name, line in targets().items() if " ## " not in line] == []
    assert [name for name in targets() if f"make {name} " not in said] == []


def test_variables_become_overrides() -> None:
    given = ["source=real", "paths.data=/a b", "seed=[0,1]", "hydra/launcher=joblib", "title=it's ${seed} $HOME"]
    line = make("-n", "reproduce-table-7.8", *given, "PYTHON=python3").strip().splitlines()[-1]
    forwarded = subprocess.run(["bash", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True)
    command, *words = forwarded.stdout.splitlines()
    assert command.endswith("fer-lab")
    assert words[:2] == ["reproduce", "7.8"]
    assert sorted(words[2:]) == sorted(given)


# --- documents --------------------------------------------------------------------------------------------------------


def commands() -> list[list[str]]:
    """The commands in the README's code blocks, as words."""
    blocks = re.findall(r"^```(?:bash|sh|console)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    lines = [line.split("#")[0].split() for block in blocks for line in block.splitlines()]
    return [words for words in lines if words]


def test_the_targets_that_the_readme_names_exist() -> None:
    patterns = [re.escape(name).replace("%", ".+") for name in targets()]
    named = [words[1] for words in commands() if words[0] == "make"] + re.findall(r"`make ([a-z][\w.-]*)", README)
    assert {"smoke", "test", "reproduce-table-7.8"} <= set(named)
    assert [name for name in named if not any(re.fullmatch(pattern, name) for pattern in patterns)] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"fer-lab ([a-z][a-z-]*)", README))))
def test_the_commands_that_the_readme_names_exist(name: str) -> None:
    done = subprocess.run([*CLI, name, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_experiments_that_the_readme_names_exist() -> None:
    known = {path.stem for path in (ROOT / "experiments").rglob("*.yaml")}
    assert set(re.findall(r"experiment=(\w+)", README)) <= known
    assert set(re.findall(r"cell=(\w+)/", README)) <= known


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
    private = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+)/|\b(?:pypi[.]org|python[h]osted|arti[f]actory)\b")
    found = [f"{name}: {match[0]}" for name, text in committed_texts() for match in private.finditer(text)]
    assert found == []


# --- configuration ----------------------------------------------------------------------------------------------------


def unread(value: Any, words: set[str]) -> Iterator[str]:
    """The keys of a configuration, however deep, that neither code nor interpolation nor the object built reads."""
    known = parameters(value["_target_"]) if isinstance(value, dict) and "_target_" in value else words
    for key, inner in value.items() if isinstance(value, dict) else ():
        if not re.fullmatch(r"_\w+_|hydra|defaults", str(key)):
            yield from () if str(key) in known or "**" in known else (str(key),)
            yield from unread(inner, words)


def parameters(target: str) -> set[str]:
    """The names of what a class or function takes; ``**`` if it takes any name."""
    module, _, name = target.rpartition(".")
    found = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    return {"**" if part.kind is part.VAR_KEYWORD else key for key, part in found.items()}


@pytest.fixture(scope="session")
def words() -> set[str]:
    """Every word of the code, and every word of an interpolation in the configuration."""
    code = "\n".join(path.read_text() for path in [*(ROOT / "fer_lab").rglob("*.py"), *ROOT.glob("*.py")])
    conf = "\n".join(path.read_text() for path in (ROOT / "conf").rglob("*.yaml"))
    return set(re.findall(r"\w+", code + " ".join(re.findall(r"\$\{[^}]*\}", conf))))


@pytest.mark.parametrize("path", sorted((ROOT / "conf").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_option_is_read_somewhere(path: Path, words: set[str]) -> None:
    assert list(unread(yaml.safe_load(path.read_text()), words)) == []


def test_an_option_that_nobody_reads_is_found() -> None:
    target = {"_target_": "textwrap.indent", "prefix": "", "perfix": ""}
    assert list(unread({"one": 1, "two": {"three": 3}, "four": target}, {"one", "two", "four"})) == ["three", "perfix"]
