"""Variables, attributes and exceptions that are taken for others."""

from __future__ import annotations

import ast

from .edits import Edits
from .families import EXCEPTIONS, FAMILIES
from .handler import Handler


def name(edits: Edits, node: ast.Name) -> None:
    if type(node.ctx) is not ast.Load:
        return
    for other in FAMILIES.get(node.id, ()):
        edits.replace("attribute", node, other)
    if node.id not in edits.scope.names:
        return
    for other, line in edits.scope.names.items():
        if other != node.id and other not in ("self", "cls", "_") and (line == 0 or line < node.lineno):
            edits.replace("variable", node, other)


def attribute(edits: Edits, node: ast.Attribute) -> None:
    whole, value = edits.span(node), edits.span(node.value)
    if whole is None or value is None:
        return
    start = whole[2] - len(node.attr)
    for other in FAMILIES.get(node.attr, ()):
        edits.add("attribute", whole[0], start, whole[2], other)
    if type(node.value) is ast.Name and node.value.id in ("self", "cls") and type(node.ctx) is ast.Load:
        for other in sorted(edits.scope.attributes):
            if other != node.attr:
                edits.add("attribute", whole[0], start, whole[2], other)


def handler(edits: Edits, node: ast.ExceptHandler) -> None:
    if type(node.type) is ast.Name:
        exception(edits, node.type)


def raised(edits: Edits, node: ast.Raise) -> None:
    value = node.exc.func if type(node.exc) is ast.Call else node.exc
    if type(value) is ast.Name:
        exception(edits, value)


def exception(edits: Edits, node: ast.Name) -> None:
    for other in EXCEPTIONS.get(node.id, ()):
        edits.replace("exception", node, other)


HANDLERS: dict[type, Handler] = {
    ast.Name: name,
    ast.Attribute: attribute,
    ast.ExceptHandler: handler,
    ast.Raise: raised,
}
