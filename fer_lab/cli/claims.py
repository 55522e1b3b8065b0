"""The command that says which claims of the theses hold in the runs of today."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from fer_lab.cli.app import app, console

if TYPE_CHECKING:
    from fer_lab.claims import Judged

Words = Annotated[
    list[str] | None, typer.Argument(help="a thesis, and Hydra overrides such as source=real paths.results=results")
]


@app.command()
def claims(words: Words = None) -> None:
    """What the theses claim of their results, and whether it holds: verdict, effect, interval, test; trains nothing."""
    from fer_lab import claims as known
    from fer_lab.configs import results_folder, stamp
    from fer_lab.ledger import read_ledger
    from fer_lab.runs import stated_values
    from fer_lab.sources import blocked_cells
    from fer_lab.tables import stamp_words, under_every_name

    theses: list[str | None] = [word for word in words or [] if "=" not in word]
    overrides = [word for word in words or [] if "=" in word]
    chosen = [claim for thesis in theses or [None] for claim in known.claims(thesis)]
    stamped, folder = stamp(overrides), results_folder(overrides) / "runs"
    found = read_ledger(folder, stamped)
    runs = under_every_name(found.runs)
    values = [value for claim in chosen for relation in claim.relations for value in relation.values if value.cell]
    open_cells = {value.cell for value in values} - {cell for cell, _ in runs}
    blocked = blocked_cells(open_cells, overrides)
    stated = stated_values([value for value in values if value.cell not in blocked], overrides, make=False)
    judged = known.judge(chosen, runs, stamped["source"], stated, blocked)
    for thesis in dict.fromkeys(claim.thesis for claim in chosen):
        _show([one for one in judged if one.claim.thesis == thesis], f"{thesis} · {stamp_words(stamped)}")
    for verdict, number in Counter(one.verdict.split(":")[0] for one in judged).items():
        console.print(f"{number} {verdict}", highlight=False)
    for reason in dict.fromkeys(blocked.values()):
        console.print(f"blocked by data: {reason}", markup=False, soft_wrap=True)
    console.print(f"{len(found.runs)} runs read below {folder}; {len(found.excluded)} left out", highlight=False)
    for reason, number in Counter(run.reason for run in found.excluded).items():
        console.print(f"  {number}: {reason}", markup=False, highlight=False)


def _show(judged: list[Judged], title: str) -> None:
    """A line a claim, that of the relation that decides: the first that fails, else the weakest."""
    view = RichTable("claim", "statement", "verdict", "effect", "p", title=title)
    for one in judged:
        outcome = f"\n[dim]twin: {one.outcome}[/dim]" if one.verdict == "blocked by data" and one.outcome else ""
        decisive = one.decisive
        effect = escape(decisive.effect_text if decisive else "")
        if decisive and effect and len(one.relations) > 1:
            effect += f"\n[dim]{escape(decisive.relation.words)}[/dim]"
        p = "" if one.p is None else f"{one.p:.3f}"
        words = [escape(text) for text in (one.claim.id, one.claim.statement, one.verdict)]
        view.add_row(*words[:2], words[2] + outcome, effect, p)
    console.print(view)
