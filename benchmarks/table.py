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


def reproduce(folder: Path, given: Sequence[str], cache: str) -> float:
    """Seconds of the command that a user gives."""
    words = ["-m", "fer_lab.cli", "reproduce", "7.8", *given, f"paths.results={folder / 'results'}"]
    return command(words, FER_LAB_CACHE=cache)


def script(folder: Path, cell: str, given: Sequence[str]) -> float:
    """Seconds of a plain loop; it shares neither backbone stores nor features with the table's runs."""
    own = folder / cell.replace("/", "-")
    words = ["benchmarks/plain_lightning.py", cell, str(own), *given, f"paths.results={folder / 'results'}"]
    return command(words, FER_LAB_CACHE=emptied_cache(own, *SHARED))


def beside_scripts(folder: Path, cells: Sequence[str], given: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Seconds of the table with one seed, and of a script for each of some of its cells."""
    prepare = [f"cell={cells[0]},{cells[-1]}", "seed=9", "epochs=1", *given]
    command(["run.py", "-m", *prepare, f"paths.results={folder / 'before'}"])  # twins, faces, weights
    ours = reproduce(folder, ["seed=0", *given], emptied_cache(folder, *SHARED))
    return ours, {cell: script(folder, cell, ["seed=0", *given]) for cell in cells}


def measure(quick: bool) -> Found:
    """Against scripts, then again."""
    cells = list(tables.find_table("7.8").cells)
    profile, people = ("smoke", 3) if quick else ("laptop", 8)
    given = [f"profile={profile}", f"profile.subjects={people}"]
    again = ["seed=0", *given] if quick else ["profile=smoke"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        ours, scripts = beside_scripts(folder / "once", cells[:1] + cells[4:5] if quick else cells, given)
        if not quick:
            reproduce(folder / "again", again, emptied_cache(folder / "again", *SHARED))
        place = folder / ("once" if quick else "again")
        repeated = [reproduce(place, again, str(place / "cache")) for _ in range(1 if quick else 3)]
    return Found(
        f"Table 7.8: one seed, profile {profile}, twins of {people} people, all epochs; once more with "
        f"{'one seed' if quick else 'three seeds'}, profile smoke",
        [
            Figure(
                "Table 7.8: how many times as fast as a plain Lightning script a cell",
                [sum(scripts.values()) / ours],
                4,
            ),
            Figure("Table 7.8 once more, nothing to train", repeated, 10, "at most", "s"),
        ],
        {"table_s": ours, "scripts_s": scripts, "again_s": repeated},
    )


if __name__ == "__main__":
    main(measure, __file__, __doc__)
