"""Every one-line edit of a function that is a plausible bug, found in its syntax tree and made in its text."""

from __future__ import annotations

import ast

from . import calls, conditions, literals, names, operators, subscripts
from .edits import Candidate, Edits
from .functions import Function
from .handler import Handler

KINDS = (
    "comparison",
    "arithmetic",
    "boolean",
    "negation",
    "off_by_one",
    "constant",
    "arguments",
    "variable",
    "attribute",
    "bound",
    "return",
    "default",
    "loop",
    "sign",
    "string",
    "branch",
    "ternary",
    "assignment",
    "exception",
    "call",
)

_SKIPPED = frozenset(("annotation", "returns", "decorator_list", "type_comment", "ctx", "op", "ops", "keywords_only"))

_HANDLERS: dict[type, Handler] = {
    kind: handler for room in (calls, conditions, literals, names, operators, subscripts) for kind, handler in room.HANDLERS.items()
}


def candidates(function: Function) -> list[Candidate]:
    """All edits, in the order of the syntax tree. Not yet checked: see `mutate`."""
    edits = Edits(function)
    literals.defaults(edits, function.node.args)
    for statement in function.node.body:
        _walk(edits, statement)
    return edits.found


def _walk(edits: Edits, node: ast.AST) -> None:
    kind = type(node)
    if kind is ast.JoinedStr:
        return  # positions inside are not to be trusted before Python 3.12
    handler = _HANDLERS.get(kind)
    if handler is not None:
        handler(edits, node)
    for name in node._fields:
        if name in _SKIPPED:
            continue
        value = getattr(node, name, None)
        if type(value) is list:
            for item in value:
                if isinstance(item, ast.AST):
                    _walk(edits, item)
        elif isinstance(value, ast.AST):
            _walk(edits, value)
