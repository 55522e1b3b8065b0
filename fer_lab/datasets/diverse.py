"""Hand-labelled images from the internet that are to deceive a network: other people, sunglasses (Rosa Ramos 2018)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab.datasets.base import OF_PEOPLE
from fer_lab.datasets.emotionet_twin import Sitter
from fer_lab.datasets.internet import Internet, sitters
from fer_lab.datasets.label_table import typed
from fer_lab.datasets.twins import IDENTITIES, seed_of

NAME = "diverse"
TOLD = (*OF_PEOPLE, "sunglasses")
COUNTS: Mapping[str, int] = {
    "anger": 12, "disgust": 11, "fear": 11, "happiness": 12, "neutral": 3, "sadness": 12, "surprise": 12
}  # fmt: skip
"""Images of each class. Stated are 742 images, 544 of them neutral, of which Face Place gave 541 (Rosa Ramos 2018,
sec. 6.2.9, 9.2.4); with CAFE's 128 that are not neutral, 73 are left, 3 of them neutral. How they
are divided is ours."""
OF_A_PERSON = 2
DARKER = 3
"""Two people in three have a skin tone above this: "more racial diversity specially black people" (sec. 9.2.4)."""
IN_SUNGLASSES = 3
"""One person in so many wears some ("some of them wearing sunglasses or long beards", ch. 10); how many is ours."""


class DiverseInternet(Internet):
    """Images from the internet as ``Internet`` reads them, of people unlike those that a network was trained on.

    Its list may say more of each picture, by which results are told apart (``data.dataset.attributes``):
    ``sunglasses``, and what is said of people elsewhere.
    """

    name = NAME
    counts = COUNTS
    title = "internet images of more diverse people"
    request = "your own collection: the overfitting set of Rosa Ramos 2018 is not published"
    tree = """
diverse/                      paths.diverse
  labels.csv                    columns path,label,subject, and those of data.dataset.attributes ([]: no others):
                                age,sex,skin_tone,glasses,beard,sunglasses
  images/0001.jpg               any names and folders, as in labels.csv
"""

    def index(self, root: Path) -> pd.DataFrame:
        """As of any folder, numbers and truth values among the attributes read as such. See ``DataSet.index``."""
        found = super().index(root)
        if self.attributes:
            found[[*self.attributes]] = typed(found[[*self.attributes]])
        return found

    def sitters(self, labels: Sequence[str]) -> Iterator[Sitter]:
        """Who is in which pictures of the twin; whether in sunglasses is drawn of the person, never of a label."""
        for sitter in sitters(labels, _people(), OF_A_PERSON):
            yield replace(sitter, sunglasses=seed_of(NAME, "sunglasses", sitter.identity) % IN_SUNGLASSES == 0)

    def told(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Everything that is known of a person."""
        return {name: attributes[name] for name in TOLD}


def _people() -> Iterator[int]:
    """Seeds of people, two in three of them of the darker skin tones, as far as there are any."""
    from fer_lab.generator import Identity  # takes long to import

    darker = (seed for seed in IDENTITIES[NAME] if Identity(seed).attributes["skin_tone"] > DARKER)
    others = (seed for seed in IDENTITIES[NAME] if Identity(seed).attributes["skin_tone"] <= DARKER)
    while some := [*islice(darker, 2), *islice(others, 1)]:
        yield from some
