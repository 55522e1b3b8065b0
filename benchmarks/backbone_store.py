"""What storing frozen blocks saves: python benchmarks/backbone_store.py [--quick].

The frozen cells of Table 7.1 with all three seeds as one sweep with the store, which is built within the time that is
measured; and two of these runs as a sweep without it, in which each step sends its images through the whole network.
Compared by the time of a run. Epochs are the profile's own; faces and pretrained weights are there before.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import Figure, Found, command, emptied_cache, in_turns, main, ratios

FROZEN = ("all_fc3", "all_fc3_average", "all_fc3_max", "all", "all_average", "all_max")
SHARED = ("twins", "faces", "weights", "hashes")


def sweep(folder: Path, cells: Sequence[str], seeds: str, given: Sequence[str]) -> float:
    """Seconds a run of a sweep whose cache has no backbone store."""
    words = [f"cell={','.join(f'sase_emotion/{cell}' for cell in cells)}", f"seed={seeds}", *given]
    seconds = command(["run.py", "-m", *words, f"paths.results={folder}"], FER_LAB_CACHE=emptied_cache(folder, *SHARED))
    return seconds / len(cells) / len(seeds.split(","))


def measure(quick: bool) -> Found:
    """Both sweeps in turn."""
    profile, people, repeats, seeds = ("smoke", 6, 1, "0") if quick else ("laptop", 16, 2, "0,1,2")
    given = [f"profile={profile}", f"profile.subjects={people}"]
    number = itertools.count()
    stored, without = (FROZEN[-2:], FROZEN[-1:]) if quick else (FROZEN, FROZEN[::5])
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare = [f"paths.results={folder / 'before'}", "seed=9", "epochs=1", *given]  # twin, faces, weights
        command(["run.py", f"cell=sase_emotion/{FROZEN[0]}", *prepare])
        times = in_turns(
            repeats,
            warm=False,
            stored=lambda: sweep(folder / f"{next(number)}", stored, seeds, given),
            without=lambda: sweep(folder / f"{next(number)}", without, "0", [*given, "backbone_store=off"]),
        )
    faster = ratios(times["without"], times["stored"])
    return Found(
        f"Table 7.1, twin of SASE-FE with {people} people, profile {profile}, all its epochs",
        [Figure("frozen cells of Table 7.1 with the store: how many times as fast as without", faster, 10)],
        {"seconds_a_run": times},
    )


if __name__ == "__main__":
    main(measure, __file__, __doc__)
