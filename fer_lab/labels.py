"""Words that are the same everywhere: those for expressions, with the aliases under which data sets write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fer_lab.errors import DataError, nearest

EMOTIONS: tuple[str, ...] = (
    "anger",
    "contempt",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
)
ALIASES: Mapping[str, str] = {
    "angry": "anger",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "happy": "happiness",
    "joy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
}


def several(number: int, word: str) -> str:
    """A number and what is counted: ``1 run``, ``2 runs``, ``0 runs``."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def normalise(label: str, aliases: Mapping[str, str] = ALIASES, known: Sequence[str] = EMOTIONS) -> str:
    """The canonical name of a label as a data set writes it (case and surrounding space do not count).

    Raises:
        DataError: the label is neither known nor an alias; the nearest names are offered.
    """
    word = label.strip().lower()
    word = aliases.get(word, word)
    if word not in known:
        raise DataError(
            f"unknown label {label!r}",
            expected=f"one of {', '.join(known)}, or an alias of one; nearest: {nearest(word, known)}",
            do="add it to the aliases of the data set's configuration (data.dataset.aliases)",
        )
    return word
