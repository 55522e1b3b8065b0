"""A table against scripts, and again: python benchmarks/table.py [--quick].

1. Table 7.8 with one seed (`fer-lab reproduce 7.8`), its twelve runs and its rendering, against twelve processes with a
   plain Lightning loop each (benchmarks/plain_lightning.py): the same networks, faces, splits and epochs, as one would
   write them from the usual template. Faces and pretrained weights are there before; plain loops find the networks that
   others start from trained.
2. The table with all its seeds, profile smoke, once more, when there is nothing left to train.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import Figure, Found, command, emptied_cache, main

from fer_lab import tables

SHARED = ("twins", "faces", "weights", "hashes")


def reproduce(folder: Path, number: str, given: Sequence[str]) -> float:
    """Seconds of the command that a user gives."""
    words = ["-m", "fer_lab.cli", "reproduce", number, *given, f"paths.results={folder / 'results'}"]
    return command(words, FER_LAB_CACHE=str(folder / "cache"))


def script(folder: Path, cell: str, given: Sequence[str]) -> float:
    """Seconds of a plain loop; it shares neither backbone stores nor features with the table's runs."""
    own = folder / cell.replace("/", "-")
    words = ["benchmarks/plain_lightning.py", cell, str(own), *given, f"paths.results={folder / 'results'}"]
    return command(words, FER_LAB_CACHE=emptied_cache(own, *SHARED))


def beside_scripts(folder: Path, number: str, given: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Seconds of a table with one seed, and of a script for each of its cells."""
    cells = tables.find_table(number).cells
    prepare = [f"cell={','.join({cells[0], cells[-1]})}", "seed=9", "epochs=1", *given]
    command(["run.py", "-m", *prepare, f"paths.results={folder / 'before'}"])  # twins, faces, weights
    emptied_cache(folder, *SHARED)
    ours = reproduce(folder, number, ["seed=0", *given])
    return ours, {cell: script(folder, cell, ["seed=0", *given]) for cell in cells}


def measure(quick: bool) -> Found:
    """Against scripts, then again."""
    number, profile, people = ("7.3", "smoke", 6) if quick else ("7.8", "laptop", 6)
    given = [f"profile={profile}", f"profile.subjects={people}"]
    again = ["seed=0", *given] if quick else ["profile=smoke"]
    with TemporaryDirectory() as name:
        folder, more = Path(name) / "once", Path(name) / "again"
        ours, scripts = beside_scripts(folder, number, given)
        if quick:
            more = folder
        else:
            emptied_cache(more, *SHARED)
            reproduce(more, number, again)
        repeated = [reproduce(more, number, again) for _ in range(1 if quick else 3)]
    faster = sum(scripts.values()) / ours
    return Found(
        f"Table {number}: one seed, profile {profile}, twins of {people} people, all epochs; once more with "
        f"{'one seed' if quick else 'three seeds'}, profile smoke",
        [
            Figure(f"Table {number}: how many times as fast as a plain Lightning script a cell", [faster], 4),
            Figure(f"Table {number} once more, nothing to train", repeated, 10, "at most", "s"),
        ],
        {"table_s": ours, "scripts_s": scripts, "again_s": repeated},
    )


if __name__ == "__main__":
    main(measure, __file__, __doc__)
