"""Comparisons, arithmetic, assignments and logic."""

from __future__ import annotations

import ast
import re

from .conditions import negate
from .edits import Edits
from .families import ARITHMETIC, COMPARISON
from .handler import Handler


def compare(edits: Edits, node: ast.Compare) -> None:
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        symbol, others = COMPARISON[type(op).__name__]
        gap = edits.between(left, right)
        if " " in symbol and gap is not None:
            found = re.search(symbol.replace(" ", r"\s+"), edits.function.line(gap[0])[gap[1] : gap[2]])
            symbol = found.group() if found else symbol
        edits.operator("comparison", gap, symbol, others)
        left = right


def binary(edits: Edits, node: ast.BinOp) -> None:
    symbol, others = ARITHMETIC[type(node.op).__name__]
    gap = edits.between(node.left, node.right)
    if type(node.op) is ast.Mod and type(node.left) is ast.Constant and type(node.left.value) is str:
        return
    edits.operator("arithmetic", gap, symbol, others)
    right = node.right
    if type(node.op) in (ast.Add, ast.Sub) and type(right) is ast.Constant and right.value == 1 and gap is not None:
        at = edits.span(right)
        line = edits.function.line(gap[0])
        if at is not None and line[gap[1] : gap[2]].strip() in ("+", "-"):
            edits.add("off_by_one", gap[0], gap[1], at[2], "")


def augmented(edits: Edits, node: ast.AugAssign) -> None:
    symbol, others = ARITHMETIC[type(node.op).__name__]
    gap = edits.between(node.target, node.value)
    edits.operator("arithmetic", gap, f"{symbol}=", tuple(f"{other}=" for other in others))
    edits.operator("assignment", gap, f"{symbol}=", ("=",))


def assign(edits: Edits, node: ast.Assign) -> None:
    target = node.targets[0]
    if len(node.targets) != 1 or type(target) is not ast.Name:
        return
    if edits.scope.names.get(target.id, node.lineno) < node.lineno:
        edits.operator("assignment", edits.between(target, node.value), "=", ("+=",))


def logic(edits: Edits, node: ast.BoolOp) -> None:
    symbol, other = ("and", "or") if type(node.op) is ast.And else ("or", "and")
    for left, right in zip(node.values, node.values[1:], strict=False):
        edits.operator("boolean", edits.between(left, right), symbol, (other,))
    for value in node.values:
        negate(edits, value)


def unary(edits: Edits, node: ast.UnaryOp) -> None:
    whole, operand = edits.span(node), edits.span(node.operand)
    if whole is None or operand is None:
        return
    if type(node.op) is ast.Not and edits.function.line(whole[0])[whole[1] : operand[1]] == "not ":
        edits.add("negation", whole[0], whole[1], operand[1], "")
    elif type(node.op) is ast.USub and operand[1] == whole[1] + 1:
        edits.add("sign", whole[0], whole[1], operand[1], "")


HANDLERS: dict[type, Handler] = {
    ast.Compare: compare,
    ast.BinOp: binary,
    ast.AugAssign: augmented,
    ast.Assign: assign,
    ast.BoolOp: logic,
    ast.UnaryOp: unary,
}
