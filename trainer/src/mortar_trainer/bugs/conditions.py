"""Tests, branches and the ways out of a block."""

from __future__ import annotations

import ast

from .edits import Edits
from .handler import Handler


def negate(edits: Edits, node: ast.expr) -> None:
    at = edits.span(node)
    if at is not None and type(node) in (ast.Name, ast.Attribute, ast.Call, ast.Subscript):
        edits.add("negation", at[0], at[1], at[1], "not ")


def test(edits: Edits, node: ast.If | ast.While | ast.IfExp | ast.Assert) -> None:
    negate(edits, node.test)


def branch(edits: Edits, node: ast.If) -> None:
    test(edits, node)
    line = edits.function.line(node.lineno)
    start = edits.column(node.lineno, node.col_offset)
    if line[start : start + 5] == "elif ":
        edits.add("branch", node.lineno, start, start + 4, "if")


def ternary(edits: Edits, node: ast.IfExp) -> None:
    test(edits, node)
    at, a, b = edits.span(node), edits.span(node.body), edits.span(node.orelse)
    if at is None or a is None or b is None or at[2] - at[1] > 60 or a[1] != at[1] or b[2] != at[2]:
        return
    line = edits.function.line(at[0])
    edits.add("ternary", *at, line[b[1] : b[2]] + line[a[2] : b[1]] + line[a[1] : a[2]])


def returned(edits: Edits, node: ast.Return) -> None:
    if node.value is None:
        return
    at = edits.span(node.value)
    if at is not None and at[2] - at[1] <= 32 and edits.text(node.value) != "None":
        whole = edits.span(node)
        if whole is not None:
            start, end = at[1], whole[2]
            edits.add("return", at[0], start, end, "None")


def loop(edits: Edits, node: ast.Break | ast.Continue) -> None:
    edits.replace("loop", node, "continue" if type(node) is ast.Break else "break")


HANDLERS: dict[type, Handler] = {
    ast.If: branch,
    ast.While: test,
    ast.Assert: test,
    ast.IfExp: ternary,
    ast.Return: returned,
    ast.Break: loop,
    ast.Continue: loop,
}
