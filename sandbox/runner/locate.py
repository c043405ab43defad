"""Where a function stands in a file."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef


# Samples of one instance ask one after the other, and parsing a long module takes longer than all else that they ask.
@lru_cache(maxsize=32)
def locate(text: str, symbol: str) -> dict[str, Any] | None:
    """Lines of the first definition of a qualified name, decorators not counted; null where there is none."""
    try:
        tree: ast.AST = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    names = [name for name in symbol.split(".") if name != "<locals>"]
    for name in names:
        found = _child(tree, name)
        if found is None:
            return None
        tree = found
    if not isinstance(tree, Definition) or tree.end_lineno is None:
        return None
    docstring: list[int] = []
    first = tree.body[0]
    if ast.get_docstring(tree, clean=False) is not None and first.end_lineno is not None:
        docstring = list(range(first.lineno, first.end_lineno + 1))
    return {"start": tree.lineno, "end": tree.end_lineno, "docstring": docstring}


def _child(node: ast.AST, name: str) -> ast.AST | None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if child.name == name:
                return child
        elif isinstance(child, ast.stmt | ast.excepthandler) and (found := _child(child, name)) is not None:
            # A definition under `if`, `try` or `with` has the name of its scope.
            return found
    return None
