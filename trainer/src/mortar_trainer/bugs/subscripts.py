"""Indices and the bounds of slices."""

from __future__ import annotations

import ast

from .edits import Edits
from .handler import Handler


def subscript(edits: Edits, node: ast.Subscript) -> None:
    index = node.slice
    if type(index) is ast.Slice:
        slice(edits, index)
    elif type(index) is ast.Constant and type(index.value) is int and edits.text(index) in ("0", "1"):
        edits.replace("bound", index, "-1")
    elif type(index) is ast.UnaryOp and edits.text(index) == "-1":
        edits.replace("bound", index, "0")


def slice(edits: Edits, node: ast.Slice) -> None:
    at = edits.span(node)
    if at is None or node.step is not None:
        return
    text = edits.function.line(at[0])[at[1] : at[2]]
    if text.count(":") != 1 or len(text) > 30:
        return
    lower, upper = text.split(":")
    edits.add("bound", *at, f"{upper}:{lower}")
    if lower and upper:
        edits.add("bound", *at, f"{lower}:")
        edits.add("bound", *at, f":{upper}")
    if upper and node.upper is not None and type(node.upper) in (ast.Name, ast.Attribute):
        edits.add("bound", *at, f"{text} - 1")
        edits.add("bound", *at, f"{text} + 1")
    if lower and node.lower is not None and type(node.lower) in (ast.Name, ast.Attribute):
        edits.add("bound", *at, f"{lower} + 1:{upper}")


HANDLERS: dict[type, Handler] = {
    ast.Subscript: subscript,
}
