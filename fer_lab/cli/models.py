"""What commands that use a model are told to use: an exported file, or a run that is exported for them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.words import asked, results_of
from fer_lab.errors import ConfigError, DataError
from fer_lab.ledger import STAMP

if TYPE_CHECKING:
    from fer_lab.ledger import Run

OfACell = Annotated[int | None, typer.Option("--seed", help="of a run named by its cell; 0 without")]
ModelName = Annotated[str, typer.Argument(help="a file *.onnx of fer-lab export, a run's id, or a cell")]
FILE = ".onnx"


def model_file(name: str, seed: int | None = None, overrides: Sequence[str] = ()) -> Path:
    """The exported file that a command line names; of a run it is written, once, if it is not there. No torch.

    Args:
        name: a path that ends in ``.onnx``; or a run's id, its beginning, or a cell.
        seed: of a run named by its cell; 0 without.
        overrides: of several runs of a cell source=, profile= and protocol= say which; paths.results= where they lie.

    Raises:
        ConfigError: there is no such run, or several; an address, or another override; a file with a seed or an
            override, which would decide nothing; or the packages that write a file are not here.
        DataError: there is no such file.
        StoreError: the run is damaged, or could not be exported.
    """
    if name.endswith(FILE):
        from fer_lab.inference.files import check_local

        check_local(name)
        check_chosen([name], seed, overrides)
        path = Path(name)
        if not path.is_file():
            raise DataError(f"there is no file {path}", expected="what fer-lab export wrote, or a run")
        return path
    run = found_run(name, seed or 0, overrides)
    from fer_lab.exporting.cached import exported

    check_extra("export", "onnx", "onnxruntime", "onnxscript")
    return exported(run, told=lambda line: typer.echo(line, err=True))


def check_chosen(names: Sequence[str], seed: int | None, overrides: Sequence[str]) -> None:
    """Refuse words that say which of several runs is meant where only files are named, each of which is of one run.

    Raises:
        ConfigError: naming the first of the words.
    """
    words = [*([] if seed is None else [f"--seed {seed}"]), *overrides]
    if words and all(name.endswith(FILE) for name in names):
        raise ConfigError(f"{words[0]} with {', '.join(names)}", expected="nothing of the kind: a file is of one run",
                          do=f"leave {words[0]} out, or name the run")  # fmt: skip


def found_run(name: str, seed: int, overrides: Sequence[str]) -> Run:
    """The finished run that a command line names.

    Raises:
        ConfigError: there is none, or there are several.
    """
    from fer_lab.runs.recheck import find_run

    words = asked(overrides, STAMP)
    stamp = {key: words[key] for key in STAMP if key in words}
    return find_run(results_of(words) / "runs", name, seed, **stamp)


def check_extra(extra: str, *packages: str) -> None:
    """Refuse to go on without the packages of an extra.

    Raises:
        ConfigError: some of them are not installed.
    """
    if missing := [name for name in packages if find_spec(name) is None]:
        raise ConfigError(f"{', '.join(missing)} is not installed", expected=f"the extra `{extra}` of fer_lab",
                          do=f"make setup, or pip install {' '.join(missing)}")  # fmt: skip
