"""Take rendered tables and the records of their runs from a ledger into results/reference, to be committed.

    python tools/keep_reference.py garcia_zapata_2018-7.8 moravcik_2021-5.3 -- source=embedded paths.results=results
    python tools/keep_reference.py fer2013_corrected -- source=real protocol=thesis     # the verdicts on its claims

Of a table go its pages and pictures as `fer-lab reproduce` rendered them; of each run its record and the values by
epoch, which name the machine's processor, threads, precision and commit, and no host. Weights and scores stay behind.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from fer_lab import tables
from fer_lab.claims import claims, judge
from fer_lab.claims.kept import KEPT, write_kept
from fer_lab.configs import results_folder, stamp
from fer_lab.errors import ConfigError, FerLabError
from fer_lab.ledger import Run, by_stamp, readable
from fer_lab.runs import finished_runs, planned
from fer_lab.tables import stamp_words, under_every_name
from fer_lab.tables.rendering import folder_of

REFERENCE = Path(__file__).parents[1] / "results" / "reference"


def keep(slug: str, overrides: Sequence[str]) -> None:
    """Replace a table in results/reference, and the records of its runs; nothing is touched where it is not rendered.

    Raises:
        ConfigError: there is no such table, it is not rendered, or a run of it is missing.
    """
    table = tables.find_table(slug)
    rendered = folder_of(table, stamp(overrides), results_folder(list(overrides)) / "tables")
    if not (rendered / "table.csv").is_file():
        raise ConfigError(f"{rendered} has no table.csv", do=f"fer-lab reproduce {table.slug}, with the same overrides")
    runs = finished_runs(planned([f"table={table.slug}", *overrides])) if table.cells else {}
    if missing := sorted({*table.cells} - {cell for cell, _ in runs}):
        raise ConfigError(f"{table.slug}: no finished run of {', '.join(missing)}", do="name its overrides after --")
    shutil.copytree(rendered, renewed(REFERENCE / table.thesis / rendered.name), dirs_exist_ok=True)
    for (cell, seed), run in runs.items():
        keep_record(run, REFERENCE / table.thesis / "runs" / cell.replace("/", "-"), seed)


def keep_claims(thesis: str, overrides: Sequence[str]) -> None:
    """Replace the verdicts on the claims of a folder of experiments, as the finished runs of one stamp give them.

    Raises:
        ConfigError: no claim of it has a verdict.
    """
    stamped = stamp(overrides)
    read, unread = readable(results_folder(list(overrides)) / "runs")
    found = by_stamp(read, unread).get(tuple(stamped.values()))
    judged = judge(claims(thesis), under_every_name(found.runs) if found else {}, stamped["source"])
    if not any(one.decisive and one.decisive.effect for one in judged):
        raise ConfigError(f"{thesis}: no claim was measured under {stamp_words(stamped)}", do="train its cells first")
    write_kept(REFERENCE / thesis / KEPT, judged, stamped)


def keep_record(run: Run, folder: Path, seed: int) -> None:
    """A run's record and its values by epoch; of folds each."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in run.singles:
        name = f"seed-{seed}" if one.fold is None else f"seed-{seed}-fold-{one.fold}"
        shutil.copyfile(one.folder / "run.json", folder / f"run-{name}.json")
        if (history := one.folder / "history.csv").is_file():  # none of a network that is tested as its parents left it
            shutil.copyfile(history, folder / f"history-{name}.csv")


def renewed(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def main(words: Sequence[str]) -> None:
    """Keep the tables named before ``--``, with the overrides behind it."""
    end = words.index("--") if "--" in words else len(words)
    if not words[:end]:
        raise SystemExit(__doc__)
    try:
        for name in words[:end]:
            (keep_claims if name in {claim.thesis for claim in claims()} else keep)(name, words[end + 1 :])
    except FerLabError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main(sys.argv[1:])
