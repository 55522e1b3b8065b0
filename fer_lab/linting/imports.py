"""Which linted sources import which, by the names that their imports say."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property

from fer_lab.linting.sources import Source

Origin = tuple[str, str]
"""The dotted module that a name comes from, and its name there; '' for the module itself, ``*`` for all of it."""


def origins(source: Source) -> Iterator[tuple[str, Origin]]:
    """Each name that a source imports, and where from."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, (alias.name, "")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"*{node.module}" if alias.name == "*" else alias.asname or alias.name
                yield name, (node.module or "", alias.name)


class Imports:
    """The sources of a project by their paths.

    Args:
        sources: in the order of their numbers.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self.origins = [dict(origins(source)) for source in sources]
        self._stems: dict[str, list[int]] = {}
        for number, source in enumerate(sources):
            self._stems.setdefault(stem_of(source.name), []).append(number)

    def meant(self, asking: int, name: str) -> int | None:
        """The source that a dotted module means: one whose path ends so, and of several the nearest; None for none."""
        found = self._stems.get(name.rpartition(".")[2], [])
        here = self._sources[asking].name
        near = [(closeness(self._sources[one].name, name, here), -one) for one in found]
        best = max(near, default=(0, 0))
        return -best[1] if best[0] else None

    @cached_property
    def links(self) -> list[set[int]]:
        """The sources that each source imports."""
        return [
            {one for where, what in known.values() if (one := self._linked(number, where, what)) is not None}
            for number, known in enumerate(self.origins)
        ]

    @cached_property
    def back(self) -> list[set[int]]:
        """The sources that each source is imported by."""
        back: list[set[int]] = [set() for _ in self._sources]
        for number, others in enumerate(self.links):
            for other in others:
                back[other].add(number)
        return back

    def _linked(self, number: int, where: str, what: str) -> int | None:
        """``from package import module`` means the module, where there is one."""
        inner = self.meant(number, f"{where}.{what}") if what not in ("", "*") else None
        return self.meant(number, where) if inner is None else inner


def stem_of(name: str) -> str:
    """The last name of the module that a file is: ``b`` of ``a/b.py`` and of ``a/b/__init__.py``."""
    return _path(name).rpartition("/")[2]


def closeness(name: str, dotted: str, asking: str) -> int:
    """How near a file is to one that imports a dotted module; 0 if its path does not end so."""
    path, ends = _path(name), "/".join(word for word in dotted.split(".") if word)
    if not ends or (path != ends and not path.endswith(f"/{ends}")):
        return 0
    return 1 + _shared(name.split("/"), asking.split("/"))


def _path(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__")


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
