"""What a crate says of the data of its runs, which are not in it."""

from __future__ import annotations

from dataclasses import dataclass

from fer_lab.configs import compose_data
from fer_lab.datasets import Composite, DataSet, Showing, showing
from fer_lab.errors import ConfigError
from fer_lab.sources import facts, titles

TWIN = (
    "Not the data set itself but its drawn twin: procedural faces in the same files and folders. A number measured on "
    "it is stamped source embedded, says nothing of people, and is no verdict on what a thesis prints."
)

MIXED = (
    "Source mixed: where a copy of the data was not there, its drawn twin stood in for it; the records of the runs say "
    "for which (facts.twins)."
)


@dataclass(frozen=True)
class Data:
    """The data of runs.

    Attributes:
        name, source: as records have them.
        title: the name under which the data set was published.
        text: what they are, and how others come by them.
        cite: how the data set is cited.
        told: whether names of items and people may be told as the index has them.
    """

    name: str
    source: str
    title: str
    text: str
    cite: str
    told: bool

    @property
    def id(self) -> str:
        """Its id in a crate."""
        return f"#data-{self.name}-{self.source}"


def about_data(name: str, source: str) -> Data:
    """What is known of a data set; of one that this version does not know, its name alone, and nothing may be told."""
    try:
        known = facts(compose_data(name, ["source=real"]))
    except ConfigError:
        return Data(name, source, titles().get(name, name), "A data set that this version does not know.", name, False)
    sets = [known] if isinstance(known, DataSet) else [*known.members.values()]
    terms = " ".join(_terms(one) for one in sets)
    text = {"embedded": TWIN, "mixed": f"{terms} {MIXED}"}.get(source, terms)
    cite = "; ".join(dict.fromkeys(one.reference for one in sets))
    return Data(name, source, known.title, text, cite, _may_be_told(known, source))


def _terms(one: DataSet) -> str:
    terms, request = one.terms.rstrip("."), one.request.rstrip(".")
    return f"{one.title} is not in this crate. Terms: {terms}. Ask: {request}."


def _may_be_told(known: DataSet | Composite, source: str) -> bool:
    """Whether pictures could be published: then so can their names."""
    ids = [] if isinstance(known, DataSet) else [f"{member}/" for member in known.members]
    return showing(known, source, ids) is Showing.PUBLIC
