"""The shape of the house, read from docs/architecture.md itself so that code and document cannot drift apart."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text()
PACKAGE = ROOT / "fer_lab"
LONGEST_FILE, LONGEST_FUNCTION = 350, 50


def listed_order() -> list[tuple[str, ...]]:
    """The packages as the document lists them, lowest first; names on one line may import each other."""
    block = DOCUMENT.split("A package imports only from packages above it", 1)[1].split("\n\n")[1]
    heads = [re.split(r"\s{2,}", line.strip())[0] for line in block.splitlines()]
    return [tuple(re.sub(r"(/|\.py)$", "", name) for name in head.split(", ")) for head in heads]


ORDER = listed_order()
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
TORCHLESS = re.findall(r"`(\w+)`", re.findall(r"(.*) work without importing torch", DOCUMENT)[0])
HYDRA_IN = re.split(r", | and ", re.findall(r"Hydra is imported only in (.*)\.\n", DOCUMENT)[0])


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def sources() -> list[Path]:
    folders = [ROOT / name for name in ("fer_lab", "hydra_plugins", "tests", "benchmarks", "tools")]
    return sorted([*ROOT.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))])


def part_of(path: Path) -> str:
    """The listed name that a module belongs to: ``fer_lab/media/window.py`` -> ``media``."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(text: str, package: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted names of all that a source imports, also inside functions; ``package``: where relative ones start."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def file_imports(path: Path) -> list[str]:
    return list(imports(path.read_text(), path.relative_to(ROOT).parent.parts))


def parts_of(names: Iterable[str]) -> set[str]:
    """The listed packages among imported names."""
    dotted = (name.split(".") for name in names)
    return {parts[1] for parts in dotted if parts[0] == "fer_lab" and len(parts) > 1 and parts[1] in LEVEL}


def dotted_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_document_lists_what_is_there() -> None:
    assert {part_of(path) for path in modules()} == set(LEVEL)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_package_imports_only_from_packages_above_it(path: Path) -> None:
    own = LEVEL[part_of(path)]
    assert {name for name in parts_of(file_imports(path)) if LEVEL[name] > own} == set()


@pytest.mark.parametrize("path", [path for path in modules() if part_of(path) in ("report", "cli")], ids=name_of)
def test_what_people_read_and_call_never_imports_the_engine(path: Path) -> None:
    assert "engine" not in parts_of(file_imports(path))


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_hydra_is_imported_only_where_the_document_says(path: Path) -> None:
    free = any(path.is_relative_to(ROOT / name) for name in ("tests", "hydra_plugins"))
    if "hydra" in {name.split(".")[0] for name in file_imports(path)} and not free:
        assert (part_of(path) if path.is_relative_to(PACKAGE) else path.name) in HYDRA_IN


def says_torch(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process that fails if torch is imported when the code is through."""
    check = "import sys, atexit, os; atexit.register(lambda: 'torch' in sys.modules and os._exit(99))\n"
    return subprocess.run([sys.executable, "-c", check + code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_reading_wing_works_without_torch() -> None:
    names = [dotted_name(path) for path in modules() if part_of(path) in TORCHLESS and path.name != "__main__.py"]
    done = says_torch(f"import {', '.join(names)}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["list", "status", "weights list", "weights show faceres"])
def test_commands_that_only_read_work_without_torch(command: str) -> None:
    done = says_torch(f"sys.argv[1:] = {command.split()}\nfrom fer_lab.cli import main\nmain()")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_import_of_torch_is_noticed() -> None:
    assert says_torch("sys.modules['torch'] = sys").returncode == 99


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text()
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert len(text.splitlines()) <= LONGEST_FILE
    assert [node.name for node in nodes if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION] == []


def test_only_the_script_imports_the_entry() -> None:
    importing = [path for path in sources() if "run" in {name.split(".")[0] for name in file_imports(path)}]
    importing += [path for path in sources() if "run" in parts_of(file_imports(path))]
    assert [name_of(path) for path in importing] == ["run.py"]


def test_what_the_document_says_is_read_as_meant() -> None:
    assert {"errors", "labels", "storage"} <= set(ORDER[0])
    assert LEVEL["media"] < LEVEL["faces"] < LEVEL["tables"] < LEVEL["runs"] < LEVEL["engine"] < LEVEL["cli"]
    assert {"evaluation", "ledger", "tables", "configs", "sources", "runs", "report", "cli"} <= set(TORCHLESS)
    assert HYDRA_IN == ["run", "tables", "configs", "sources", "runs", "engine", "search", "report"]


def test_imports_are_found_wherever_they_stand() -> None:
    text = "def f():\n    from fer_lab.tables import read\n    from ..ledger import runs\n    import hydra.utils\n"
    names = list(imports(text, ("fer_lab", "media")))
    assert names == ["fer_lab.tables.read", "fer_lab.ledger.runs", "hydra.utils"]
    assert parts_of(names) == {"tables", "ledger"}
