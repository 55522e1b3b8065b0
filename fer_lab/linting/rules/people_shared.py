"""Pictures of the same person, or frames of the same video, are split by chance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fer_lab.linting.findings import CERTAIN, LIKELY, Hit, Rule
from fer_lab.linting.flow import At
from fer_lab.linting.marking import SHUFFLED, lines
from fer_lab.linting.names import NAMED, called, names_in, text_of
from fer_lab.linting.parts import TEST, VAL, part_of_name
from fer_lab.linting.rules.splitting import split_data
from fer_lab.linting.words import tokens, words

RULE = Rule(
    "people-shared",
    "people or videos are in training and in test",
    "The network meets faces that it knows, often the frame before or after; what it scores says little of people that"
    " it has not seen, least of all on small data sets.",
    "Split by person: GroupShuffleSplit, GroupKFold or StratifiedGroupKFold with the people (videos) as groups.",
)
DATA = {
    "CK+": r"(?i:\bck\+|\bck[ _-]?plus\b|cohn[ _-]?kanade|\bck48\b)|\bCK\b",
    "JAFFE": r"(?i)jaffe", "KDEF": r"(?i)\bkdef\b", "MUG": r"(?i)\bmug\b", "MMI": r"(?i)\bmmi\b",
    "RaFD": r"(?i)\brafd\b|radboud", "Oulu-CASIA": r"(?i)oulu", "AFEW": r"(?i)\bafew\b", "DISFA": r"(?i)\bdisfa\b",
    "BU-3DFE": r"(?i)\bbu[ _-]?3dfe\b", "RAVDESS": r"(?i)ravdess", "CREMA-D": r"(?i)\bcrema", "SAVEE": r"(?i)\bsavee\b",
    "ADFES": r"(?i)\badfes\b", "NimStim": r"(?i)nimstim", "SASE-FE": r"(?i)sase[ _-]?fe", "CASME": r"(?i)casme",
    "SAMM": r"(?i)\bsamm\b", "BP4D": r"(?i)\bbp4d\b", "eNTERFACE": r"(?i)\benterface",
}  # fmt: skip
"""Data sets with several pictures of each person, by how code writes their names."""
_GROUPS = words(
    "subject subjects person persons people identity identities actor actors speaker speakers group groups participant"
    " participants sitter sitters subj subjs pid"
)
_FRAMES = words("frame frames")
_CLASSES = words("emotion emotions class classes label labels expression expressions category categories")


def look(node: ast.AST, at: At) -> Iterator[Hit]:
    """Random splits of what is known, or said, to show each person more than once."""
    if isinstance(node, ast.For):
        yield from _within_classes(node, at)
        return
    data = split_data(node, at) or _cut(node, at)
    if not isinstance(node, ast.Call | ast.Assign) or not data or _by_people(data[0]):
        return
    known = named_data(at)
    said = {word for one in data for name in names_in(one) for word in tokens(name)}
    alone = len(known) == 1 and "fer2013" not in _spoken(at).lower()
    if known and (alone or isinstance(node, ast.Call)):
        certainty = CERTAIN if alone else LIKELY
        how = f"`{called(node)}` splits" if isinstance(node, ast.Call) else "a slice cuts shuffled"
        yield Hit(node.lineno, f"{how} pictures of {' and '.join(known)} one by one", certainty)
    elif said & _FRAMES:
        yield Hit(node.lineno, f"`{text_of(node)}` splits frames one by one", LIKELY)


def _cut(node: ast.AST, at: At) -> list[ast.expr]:
    """What is cut in two after it has been shuffled, where one piece is called the test or the validation."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=data, slice=ast.Slice())):
            if part_of_name(name) & {TEST, VAL} and lines(at.marks(data), SHUFFLED, at.module.number):
                return [data]
    return []


def _within_classes(node: ast.For, at: At) -> Iterator[Hit]:
    """People split anew within each class: one may train with one expression and be tested with another."""
    said = {word for name in names_in(node.target) for word in tokens(name)}
    if not said & _CLASSES:
        return
    for statement in node.body:
        for one in ast.walk(statement):
            data = split_data(one, at)
            if isinstance(one, ast.Call) and data and _by_people(data[0]):
                yield Hit(one.lineno, f"`{called(one)}` splits the people of each class by itself", LIKELY)
                return


def named_data(at: At) -> list[str]:
    """The data sets of ``DATA`` that a source speaks of, in its path, its names or its texts (not in comments)."""
    spoken = _spoken(at)
    return [name for name, pattern in DATA.items() if re.search(pattern, spoken)]


def _spoken(at: At) -> str:
    source = at.module.source
    texts = [one.value for one in source.nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    named = (one.id if isinstance(one, ast.Name) else one.attr for one in source.nodes if isinstance(one, NAMED))
    names = {one.replace("_", " ") for one in named}
    return "\n".join([source.name.replace("_", " "), *texts, *names])


def _by_people(node: ast.expr) -> bool:
    return any(word in _GROUPS for name in names_in(node) for word in tokens(name))
