"""The command that writes a finished run as a file that others use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.models import FILE, check_extra, found_run
from fer_lab.cli.recheck import Name, Seed

if TYPE_CHECKING:
    from fer_lab.exporting.export import Exported
    from fer_lab.exporting.seen import Seen
    from fer_lab.runs import Trained


@app.command()
def export(
    run: Name,
    overrides: Overrides = None,
    seed: Seed = 0,
    to: Annotated[Path, typer.Option(help="The folder to write into.")] = Path("exports"),
    int8: Annotated[bool, typer.Option("--int8", help="Also in int8, and what that costs on the test part.")] = False,
    hub: Annotated[Path | None, typer.Option(help="Also a folder for the Hugging Face hub; nothing is sent.")] = None,
    program: Annotated[bool, typer.Option("--program", help="Also as a program of torch.export.")] = False,
) -> None:
    """Write a finished run as one ONNX file with all that is known of it inside, and a model card beside it.

    Of several runs of a cell source=, profile= and protocol= say which; paths.results= where they lie.
    """
    found = found_run(run, seed, overrides or [])
    check_extra("export", "onnx", "onnxruntime", "onnxscript")
    from fer_lab.exporting.export import TRIED, export_trained
    from fer_lab.runs import model_of

    trained = model_of(found)
    path = to / f"{found.cell.replace('/', '.')}-{found.id}{FILE}"
    done = export_trained(trained, path)
    _say_file(path, done.contract.generated)
    say(f"answers of {TRIED} items of noise are within {done.parity:.1e} of torch's own")
    _say_agreement(trained, done)
    if int8:
        _write_int8(trained, done)
    if program:
        _write_program(trained, done)
    if hub is not None:
        _write_hub(done, hub)


def _say_file(path: Path, generated: bool) -> None:
    """The file, and the card that is written beside it."""
    from fer_lab.exporting.card import card
    from fer_lab.inference.model import Model
    from fer_lab.storage import write_bytes

    beside = path.with_suffix(".md")
    write_bytes(beside, card(Model(path).contract, path.name).encode())
    say(f"{path}: {path.stat().st_size} bytes{', trained on generated faces' if generated else ''}; {beside}: its card")


def _say_agreement(trained: Trained, done: Exported) -> None:
    """How far the file's answers are from those that the run has stored, where its data are here."""
    from fer_lab.exporting.agreement import ALIKE, NEAR, agreement
    from fer_lab.exporting.seen import seen_items
    from fer_lab.inference.model import Model

    seen = seen_items(trained, "test")
    if seen is None:
        say("its data are not here (any more): the test part is not answered again")
        return
    found = agreement(Model(done.path), seen)
    say(str(found))
    if not found.is_good:
        say(f"that is less alike than {ALIKE:.1%}, or further than {NEAR:g}; the run was computed in "
            f"{trained.run.facts['precision']}, the file computes in float32")  # fmt: skip
        _say_in_float32(done, seen)


def _say_in_float32(done: Exported, seen: Seen) -> None:
    """How far the file's answers are from those of the run's own weights where neither is rounded."""
    from fer_lab.exporting.agreement import agreement_of, answered
    from fer_lab.exporting.recomputed import recomputed
    from fer_lab.inference.model import Model

    model = Model(done.path)
    found = agreement_of(model.contract.asked, answered(model, seen), recomputed(done.network, seen, model))
    cause = "what differs is that precision" if found.is_good else "that precision is not the cause: look at the run"
    say(f"by PyTorch in float32 the run's own weights answer {found.same:.2%} of them as the file does, the farthest "
        f"{found.apart:.1e} away: {cause}")  # fmt: skip


def _write_int8(trained: Trained, done: Exported) -> None:
    from fer_lab.exporting.quantise import quantise

    path = done.path.with_suffix(f".int8{FILE}")
    told = quantise(trained, done, path)
    _say_file(path, done.contract.generated)
    size = told["bytes"]
    say(f"in int8 ({told['how']}, calibrated on {told['items']} training items) the graph has {size['after']} bytes, "
        f"in float32 {size['before']}")  # fmt: skip
    if chosen := told.get("chosen"):
        name = f"{told['percentile']:g}"
        say(f"calibrated by the {name}th percentile: so {chosen['alike'][name]:.2%} of {chosen['items']} validation "
            "items are answered as in float32")  # fmt: skip
    say(_cost(told) if "metric" in told else "what it costs is not measured: the run's data are not here (any more)")


def _cost(told: Mapping[str, Any]) -> str:
    known = told["low"] is not None
    interval = f" (95 % interval {told['low']:+.4f} to {told['high']:+.4f})" if known else ""
    return (
        f"{told['metric']} on the test part: {told['before']:.4f} in float32, {told['after']:.4f} in int8, "
        f"difference {told['difference']:+.4f}{interval}; {told['same']:.2%} of the items are answered alike"
    )


def _write_program(trained: Trained, done: Exported) -> None:
    from fer_lab.exporting.program import write_program

    path = done.path.with_suffix(".pt2")
    parity = write_program(trained, done, path)
    say(f"{path}: {path.stat().st_size} bytes; its answers are within {parity:.1e} of the network's own")


def _write_hub(done: Exported, folder: Path) -> None:
    from fer_lab.exporting.hub import write_hub

    say(f"{folder}: {', '.join(write_hub(done, folder))}; nothing was sent anywhere")
