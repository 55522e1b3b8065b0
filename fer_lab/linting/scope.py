"""What names hold at a place of the code."""

from __future__ import annotations

from dataclasses import dataclass, field

from fer_lab.linting.parts import NONE, Marks


@dataclass
class Routine:
    """A function of the linted code, as far as it is known.

    Attributes:
        name: as it is defined.
        number: which one it is among all of them.
        params: the names of its parameters, in order, without ``self``.
        returned: the marks of what it returns, of each element where it returns tuples of one length.
        handed: what callers hand to a parameter, a set of marks a call.
    """

    name: str
    number: int
    params: tuple[str, ...]
    returned: list[Marks] = field(default_factory=list)
    handed: dict[str, set[Marks]] = field(default_factory=dict)

    def symbol(self, param: str) -> str:
        """The mark that stands for whatever is handed to a parameter."""
        return f"?{self.number}:{param}"


@dataclass
class Scope:
    """The names of a module, a class's instances or a function, and those around it.

    Attributes:
        around: where a name is looked for that is not here.
        routine: the function that this is the inside of.
        names: what names hold; a dotted one is of an object.
    """

    around: Scope | None = None
    routine: Routine | None = None
    names: dict[str, Marks] = field(default_factory=dict)

    def get(self, name: str) -> Marks | None:
        """What a name holds; None if it was never given anything."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        return None

    def set(self, name: str, marks: Marks) -> None:
        """Say what a name holds from here on; what ``self`` holds, all methods know."""
        scope = self
        if name.startswith("self.") and self.around is not None and self.routine is not None:
            scope = self.around
            marks |= scope.names.get(name, NONE)
        scope.names[name] = marks

    def add(self, name: str, marks: Marks) -> None:
        """Say that a name holds something more."""
        self.set(name, marks | (self.get(name) or NONE))
