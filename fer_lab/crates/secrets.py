"""What must not be given away: places of this machine, and names of files whose data may not be shown."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fer_lab.configs import compose
from fer_lab.crates.tables import Rendered
from fer_lab.errors import DataError
from fer_lab.ledger import Run
from fer_lab.parcels.keyed import ID, Keyed
from fer_lab.parcels.leaving import NAMED_FACTS
from fer_lab.resources import CHECKOUT
from fer_lab.storage import cache_root
from fer_lab.tables.rendering import TEX

ELSEWHERE = "(a place of the machine)"


def places_of(overrides: Sequence[str]) -> list[str]:
    """The folders of this machine that nothing may name, the longest first: home, working folder, cache, checkout, and
    where a command line has data, results and weights.
    """
    paths = compose([word for word in overrides if word.startswith("paths.")])["paths"]
    own = {Path.home(), Path.cwd(), cache_root(), *([CHECKOUT] if CHECKOUT else [])}
    named = {Path(place).absolute() for place in paths.values() if isinstance(place, str)}
    kept = {f"{place}" for place in own | named if len(place.parts) > 1 and place != Path(tempfile.gettempdir())}
    return sorted(kept, key=lambda place: (-len(place), place))


def told_pages(
    tables: Sequence[Rendered], keys: Iterable[tuple[Run, Keyed | None]], places: Iterable[str]
) -> dict[str, bytes]:
    """The pages of tables that name a place, or videos which may not be named, without.

    Args:
        tables: as they were rendered.
        keys: of each run what replaces the names of its videos; None where these may be told.
        places: as ``places_of``.

    Returns:
        Name in the crate -> content, of pages that change.
    """
    words = dict.fromkeys(places, ELSEWHERE) | {
        str(name): keyed.of(ID, str(name))
        for run, keyed in keys if keyed is not None
        for fact in NAMED_FACTS for name in run.facts.get(fact, ())
    }  # fmt: skip
    found: dict[str, bytes] = {}
    for table in tables:
        for name in (name for name in table.files if not name.endswith(".png")):
            before = (table.folder / name).read_text()
            if (after := _replaced(before, words)) != before:
                found[f"{table.name}/{name}"] = after.encode()
    return found


def _replaced(text: str, words: Mapping[str, str]) -> str:
    """A text with other words, however its format writes these."""
    for word in sorted(words, key=len, reverse=True):
        for written in dict.fromkeys((word, html.escape(word), word.translate(TEX), word.replace("|", r"\|"))):
            text = text.replace(written, words[word])
    return text


def refuse_places(files: Mapping[str, bytes | Path], places: Iterable[str]) -> None:
    """Raise where a file names a folder of this machine.

    Args:
        files: name -> content, or the file that it is copied from.
        places: as ``places_of``.

    Raises:
        DataError: counts the files, names the first.
    """
    words = [place.encode() for place in places]
    content = ((name, data.read_bytes() if isinstance(data, Path) else data) for name, data in files.items())
    found = [name for name, data in content if any(word in data for word in words)]
    if found:
        raise DataError(
            f"nothing is written: {len(found)} of {len(files)} files name a place of this machine: "
            f"{', '.join(found[:5])}",
            expected="results that name no place",
            do="leave their tables out (name theses, source=, profile=, protocol=), or mend what they were made from",
        )
