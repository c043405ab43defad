"""Constants, strings and default values."""

from __future__ import annotations

import ast

from .edits import Edits
from .handler import Handler


def defaults(edits: Edits, arguments: ast.arguments) -> None:
    for value in [*arguments.defaults, *arguments.kw_defaults]:
        if not isinstance(value, ast.Constant):
            continue
        constant = value.value
        if constant is True or constant is False:
            edits.replace("default", value, str(not constant))
        elif constant is None:
            edits.replace("default", value, "False")
        elif type(constant) is int:
            edits.replace("default", value, str(constant + 1))
            if constant > 0:
                edits.replace("default", value, str(constant - 1))
        elif type(constant) is str:
            edits.replace("default", value, "None")


def constant(edits: Edits, node: ast.Constant) -> None:
    value = node.value
    if value is True or value is False:
        edits.replace("constant", node, str(not value))
    elif type(value) is int:
        text = edits.text(node)
        if text is not None and text.isdecimal():
            edits.replace("off_by_one", node, str(value + 1))
            if value > 0:
                edits.replace("off_by_one", node, str(value - 1))
    elif type(value) is str:
        string(edits, node, value)


def string(edits: Edits, node: ast.Constant, value: str) -> None:
    text = edits.text(node)
    if text is None or len(value) > 16 or not value.isprintable() or "\\" in text or text[:3] in ('"""', "'''"):
        return
    if text[0] not in "'\"" or text[-1] != text[0] or text[1:-1] != value:
        return
    quote = text[0]
    if value == "":
        edits.replace("string", node, f"{quote} {quote}")
        return
    if len(value) <= 3:
        edits.replace("string", node, quote * 2)
    for other in edits.scope.strings:
        if other != value and quote not in other and "\\" not in other and other.isprintable():
            edits.replace("string", node, f"{quote}{other}{quote}")


HANDLERS: dict[type, Handler] = {
    ast.Constant: constant,
}
