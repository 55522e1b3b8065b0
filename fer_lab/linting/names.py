"""Names of expressions, and small questions about nodes of a tree that rules ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.AST) -> str:
    """``self.loader`` of such an expression; '' for one that is no chain of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def called(node: ast.AST) -> str:
    """The last name of what a call calls: ``DataLoader`` of ``torch.utils.data.DataLoader(...)``; '' of no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)


def receiver(node: ast.Call) -> ast.expr | None:
    """The object that a method is called of."""
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def keyword(node: ast.Call, *names: str) -> ast.expr | None:
    """The value of the first of these keywords that a call has."""
    values = {one.arg: one.value for one in node.keywords}
    return next((values[name] for name in names if name in values), None)


def argument(node: ast.Call, place: int, *names: str) -> ast.expr | None:
    """An argument by its keyword, or else by its place."""
    named = keyword(node, *names)
    return node.args[place] if named is None and place < len(node.args) else named


def constant(node: ast.AST | None) -> object:
    """The value of a constant; None for what is none, and for None."""
    return node.value if isinstance(node, ast.Constant) else None


def text_of(node: ast.AST) -> str:
    """An expression as it would be written, cut to what fits a line."""
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."


def own(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, without the bodies of functions and classes in it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        yield child
        yield from own(child)


def names_in(node: ast.AST) -> set[str]:
    """All names and attributes that an expression reads."""
    return {one.id if isinstance(one, ast.Name) else one.attr for one in ast.walk(node) if isinstance(one, NAMED)}


NAMED = (ast.Name, ast.Attribute)
