"""The command that says which claims of the theses hold in the runs of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fer_lab.cli.app import Words, app, say, show_table
from fer_lab.labels import several

if TYPE_CHECKING:
    from fer_lab.claims import Judged
    from fer_lab.ledger import Snapshot


@app.command()
def claims(words: Words = None) -> None:
    """What the theses claim of their results, and whether it holds: verdict, effect, interval, test; trains nothing."""
    from fer_lab import claims as known
    from fer_lab.configs import results_folder, stamp
    from fer_lab.ledger import Snapshot, by_stamp, readable
    from fer_lab.runs import stated_values
    from fer_lab.sources import blocked_cells
    from fer_lab.tables import stamp_words, under_every_name

    theses: list[str | None] = [word for word in words or [] if "=" not in word]
    overrides = [word for word in words or [] if "=" in word]
    chosen = [claim for thesis in theses or [None] for claim in known.claims(thesis)]
    stamped, folder = stamp(overrides), results_folder(overrides) / "runs"
    read, unread = readable(folder)
    ledgers = by_stamp(read, unread)
    found = ledgers.get(tuple(stamped.values()), Snapshot({}, tuple(unread)))
    runs = under_every_name(found.runs)
    values = [value for claim in chosen for relation in claim.relations for value in relation.values if value.cell]
    open_cells = {value.cell for value in values} - {cell for cell, _ in runs}
    blocked = blocked_cells(open_cells, overrides)
    stated = stated_values([value for value in values if value.cell not in blocked], overrides, make=False)
    judged = known.judge(chosen, runs, stamped["source"], stated, blocked)
    for thesis in dict.fromkeys(claim.thesis for claim in chosen):
        _show([one for one in judged if one.claim.thesis == thesis], f"{thesis} · {stamp_words(stamped)}")
    for verdict, number in Counter(one.verdict.split(":")[0] for one in judged).items():
        say(f"{number} {verdict}")
    for reason in dict.fromkeys(blocked.values()):
        say(f"blocked by data: {reason}")
    say(f"{several(len(found.runs), 'run')} read below {folder}; {len(found.excluded)} left out")
    for reason, number in Counter(run.reason for run in found.excluded).items():
        say(f"  {number}: {reason}")
    for line in _beside(ledgers, stamped):
        say(line)


def _show(judged: list[Judged], title: str) -> None:
    """A line a claim, that of the relation that decides: the first that fails, else the weakest."""
    show_table(title, ("claim", "effect", "p", "verdict"), map(_row, judged))


def _row(one: Judged) -> tuple[str, ...]:
    decisive = one.decisive
    effect = decisive.effect_text if decisive else ""
    if decisive and effect and len(one.relations) > 1:
        effect += f" ({decisive.relation.words})"
    outcome = f" (twin: {one.outcome})" if one.verdict == "blocked by data" and one.outcome else ""
    return f"{one.claim.id}: {one.claim.statement}", effect, one.p_text, f"{one.verdict}{outcome}"


def _beside(ledgers: Mapping[tuple[str, ...], Snapshot], stamp: Mapping[str, str]) -> Iterator[str]:
    """What a ledger holds under other stamps, each with the words that ask for it."""
    for other, snapshot in ledgers.items():
        words = [f"{key}={value}" for (key, asked), value in zip(stamp.items(), other, strict=True) if value != asked]
        if words and snapshot.runs:
            yield f"beside: {several(len(snapshot.runs), 'run')} with {' '.join(words)}"
