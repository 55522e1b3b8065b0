"""Where the URLs of EmotioNet's twin lead: to a picture, or into one of the classes of Bartissol 2017, sec. 3.1.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fer_lab.datasets.twins import seed_of
from fer_lab.fetching.outcomes import Outcome

NAME = "emotionet"
LISTED = 25_000
"""Images that people have annotated (Bartissol 2017, sec. 2.3)."""
NOT_FETCHED = 2_760 / LISTED
"""Share of them that could not be downloaded (sec. 3.1.2)."""
FAILURES: Mapping[Outcome, int] = {
    Outcome.NOT_FOUND: 1726,
    Outcome.NO_NAME: 500,
    Outcome.NOT_FOR_US: 205,
    Outcome.TIMED_OUT: 109,
    Outcome.SERVER: 102,
    Outcome.REDIRECTS: 20,
    Outcome.RESET: 17,
    Outcome.REFUSED: 16,
    Outcome.CERTIFICATE: 14,
    Outcome.NO_ROUTE: 10,
}
"""Why they could not (sec. 3.1.2); these come to 41 fewer than all."""
COMMA = 0.01
"""Share of URLs with a comma in them."""
OTHER_FORM, FORMS = 0.03, ("png", "gif", "webp")
"""Share of pictures that are no JPEG, and what they are."""
HOSTS = 7
UNREACHED: Mapping[Outcome, str] = {
    Outcome.NO_NAME: "http://no-name.invalid",
    Outcome.TIMED_OUT: "http://timed-out.invalid",
    Outcome.REFUSED: "http://refused.invalid",
    Outcome.NO_ROUTE: "http://no-route.invalid",
    Outcome.CERTIFICATE: "https://certificate.invalid",
}
"""Hosts with which no connection comes about. All names lead nowhere (RFC 2606)."""


@dataclass(frozen=True)
class Page:
    """A row of the list.

    Attributes:
        url: what is listed.
        outcome: what becomes of it.
        form: of its picture, as the end of a file name; of URLs without one, too.
    """

    url: str
    outcome: Outcome
    form: str

    @property
    def is_there(self) -> bool:
        """Whether there is a picture."""
        return self.outcome is Outcome.SAVED


def pages_of(stills: int) -> list[Page]:
    """The rows of a list so long, in order."""
    lost = [row for row in range(stills) if _drawn("fetched", row) < NOT_FETCHED]
    order = np.random.default_rng(seed_of(NAME, "lost")).permutation(lost)
    why = dict(zip(order.tolist(), failures(len(lost)), strict=True))
    commas = np.random.default_rng(seed_of(NAME, "commas")).random(stills) < COMMA
    return [_page(row, why.get(row, Outcome.SAVED), comma) for row, comma in enumerate(commas.tolist())]


def failures(count: int) -> list[Outcome]:
    """Why so many URLs give no picture: each class once, the frequent ones first, and then in the thesis's shares."""
    known = list(FAILURES)
    share = np.cumsum(list(FAILURES.values())) / sum(FAILURES.values())
    more = max(0, count - len(known))
    places = np.searchsorted(share, (np.arange(more) + 0.5) / max(more, 1))
    return [*known[:count], *(known[place] for place in places)]


def _page(row: int, outcome: Outcome, comma: bool) -> Page:
    form = FORMS[row % len(FORMS)] if _drawn("form", row) < OTHER_FORM else "jpg"
    host = UNREACHED.get(outcome, f"http://pictures{row % HOSTS}.invalid")
    return Page(f"{host}/{row // 1000:02d}/{'face,' if comma else 'face_'}{row:05d}.{form}", outcome, form)


def _drawn(what: str, row: int) -> float:
    return float(np.random.default_rng(seed_of(NAME, what, row)).random())
