"""A file of Python or a notebook as a tree whose lines are known; nothing of it is imported or run."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from fer_lab.linting.notebooks import BrokenNotebookError, cells_of

LARGEST = 4 * 2**20
"""Bytes of a file; longer ones are data that look like code, or notebooks full of pictures."""
LARGEST_NOTEBOOK = 64 * 2**20
DEEPEST = 120
"""Nodes in each other: code that people write has some twenty, and what follows it calls itself for each."""
RELEVANT = re.compile(
    rb"fit\(|fit_generator|backward\(|[Ll]oader|epoch|train_test_split|random_split|KFold|ShuffleSplit|cross_val|seed"
    rb"|PublicTest|PrivateTest|validation_data|validation_set|scheduler|ModelCheckpoint|EarlyStopping|best_|_best|shuffle"
)
"""What code has that trains, splits or chooses; a file without, and that none of these imports, is not parsed."""
ALLOW = re.compile(r"#\s*fer-lab:\s*allow\s+([a-z-]+(?:[,\s]+[a-z-]+)*)")

TOO_LARGE, NOT_TEXT, BROKEN = "too large", "not UTF-8", "a notebook that cannot be read"
SYNTAX, PYTHON_2, UNREADABLE, DEEP = "not valid Python", "Python 2", "cannot be opened", "nested too deeply"
_OLD = re.compile(
    r"^[ \t]*(?:print[ \t]+[^\s(=.,)]|exec[ \t]+['\"\w]|raise[ \t]+\w+[ \t]*,"
    r"|except[ \t]+[\w.]+[ \t]*,[ \t]*\w+[ \t]*:)|<>|\b0[0-7]+L?\b(?!\.)|\bur['\"]",
    re.MULTILINE,
)


class NotRead(Exception):  # noqa: N818 - told of, not raised at users
    """A source that is skipped, with the reason."""


@dataclass
class Source:
    """One file, parsed.

    Attributes:
        path: where it is.
        name: below the linted folder, with ``/``.
        tree: of all its code; of a notebook, of its cells one after the other.
        places: cell and line of each line of the tree, of a notebook; empty for a file.
        allowed: the rules that a comment allows, by line of the tree.
        dropped: cells that are not valid Python, with the reason.
    """

    path: Path
    name: str
    tree: ast.Module
    places: tuple[tuple[int, int], ...] = ()
    allowed: dict[int, frozenset[str]] = field(default_factory=dict)
    dropped: tuple[tuple[int, str], ...] = ()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, walked once."""
        return list(ast.walk(self.tree))

    @cached_property
    def calls(self) -> list[ast.Call]:
        """All calls in it."""
        return [one for one in self.nodes if isinstance(one, ast.Call)]

    def place(self, line: int) -> tuple[int, int]:
        """Cell and line of a line of the tree; cell 0 in a file."""
        return self.places[line - 1] if self.places else (0, line)


def read_source(path: Path, name: str, anyway: bool = False) -> Source | None:
    """A file as a tree; None for one that has nothing to do with data or training, unless it is asked for anyway.

    Raises:
        NotRead: with the reason, in the words above.
    """
    data = _bytes(path)
    if not anyway and not RELEVANT.search(data):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotRead(NOT_TEXT) from None
    return _notebook(path, name, text) if path.suffix.lower() == ".ipynb" else _file(path, name, text)


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would never end
            raise NotRead(UNREADABLE)
        if path.stat().st_size > (LARGEST_NOTEBOOK if path.suffix.lower() == ".ipynb" else LARGEST):
            raise NotRead(TOO_LARGE)
        return path.read_bytes()
    except OSError:
        raise NotRead(UNREADABLE) from None


def _file(path: Path, name: str, text: str) -> Source:
    return Source(path, name, parsed(text), allowed=_allowed(text))


def _notebook(path: Path, name: str, text: str) -> Source:
    try:
        cells = cells_of(text)
    except BrokenNotebookError:
        raise NotRead(BROKEN) from None
    lines, places, dropped = [], [], []
    for number, code in cells:
        try:
            parsed(code)
        except NotRead as reason:
            dropped.append((number, str(reason)))
            continue
        lines += code.split("\n")
        places += [(number, line) for line in range(1, code.count("\n") + 2)]
    whole = "\n".join(lines)
    return Source(path, name, parsed(whole), tuple(places), _allowed(whole), tuple(dropped))


def parsed(text: str) -> ast.Module:
    """A text as a tree.

    Raises:
        NotRead: it is not valid Python, or Python 2.
    """
    try:
        return _tree(text)
    except TabError:
        # Python 2 took a tab for as many blanks as lead to the next eighth column
        return parsed(text.expandtabs(8))
    except RecursionError:
        raise NotRead(DEEP) from None
    except (SyntaxError, ValueError, MemoryError):  # null bytes are a ValueError, very deep nesting a MemoryError
        raise NotRead(PYTHON_2 if _OLD.search(text) else SYNTAX) from None


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their escapes and comparisons are none of ours
        tree = ast.parse(text)
    if _depth(tree) > DEEPEST:
        raise NotRead(DEEP)
    return tree


def _depth(tree: ast.AST) -> int:
    """How many nodes stand in each other, at most."""
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in ast.iter_child_nodes(node)]
    return depth


def _allowed(text: str) -> dict[int, frozenset[str]]:
    lines = enumerate(text.split("\n"), 1) if "fer-lab:" in text else ()
    found = ((number, ALLOW.search(line)) for number, line in lines)
    return {number: frozenset(re.split(r"[,\s]+", match[1])) for number, match in found if match}
