"""Arguments of calls, and calls that convert or copy."""

from __future__ import annotations

import ast

from .edits import Edits
from .families import WRAPPERS
from .handler import Handler


def arguments(edits: Edits, node: ast.Call) -> None:
    for left, right in zip(node.args, node.args[1:], strict=False):
        if type(left) is ast.Starred or type(right) is ast.Starred:
            continue
        a, b = edits.span(left), edits.span(right)
        gap = edits.between(left, right)
        if a is None or b is None or gap is None or a[0] != b[0] or b[2] - a[1] > 40:
            continue
        line = edits.function.line(a[0])
        if line[gap[1] : gap[2]].strip() == ",":
            edits.add("arguments", a[0], a[1], b[2], line[b[1] : b[2]] + line[gap[1] : gap[2]] + line[a[1] : a[2]])
    wrapper(edits, node)
    if type(node.func) is ast.Name and node.func.id in ("range", "len") and node.args and not node.keywords:
        at = edits.span(node if node.func.id == "len" else node.args[-1])
        if at is not None and type(node.args[-1]) in (ast.Name, ast.Call, ast.Attribute):
            edits.add("off_by_one", at[0], at[2], at[2], " - 1")
            edits.add("off_by_one", at[0], at[2], at[2], " + 1")


def wrapper(edits: Edits, node: ast.Call) -> None:
    """Drops a call that converts or copies: `str(x)` -> `x`, `x.strip()` -> `x`."""
    at = edits.span(node)
    if at is None or at[2] - at[1] > 40 or node.keywords:
        return
    inner: ast.expr | None = None
    if type(node.func) is ast.Name and node.func.id in WRAPPERS and len(node.args) == 1:
        inner = node.args[0]
    elif type(node.func) is ast.Attribute and node.func.attr in WRAPPERS and not node.args:
        inner = node.func.value
    if inner is not None and type(inner) in (ast.Name, ast.Attribute, ast.Call, ast.Subscript):
        text = edits.text(inner)
        if text is not None:
            edits.add("call", *at, text)


HANDLERS: dict[type, Handler] = {
    ast.Call: arguments,
}
