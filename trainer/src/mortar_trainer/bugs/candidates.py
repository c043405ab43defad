"""Every one-line edit of a function that is a plausible bug, found in its syntax tree and made in its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .families import ARITHMETIC, COMPARISON, EXCEPTIONS, FAMILIES, WRAPPERS
from .functions import Function

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


class Candidate(NamedTuple):
    kind: str
    line: int
    start: int
    end: int
    text: str


class _Finder:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.found: list[Candidate] = []
        self.names: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.strings: list[str] = []
        self.ascii = all(line.isascii() for line in function.lines)

    # Positions -----------------------------------------------------------------------------------

    def column(self, line: int, offset: int) -> int:
        if self.ascii:
            return offset
        return len(self.function.line(line).encode()[:offset].decode(errors="replace"))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int, int] | None:
        if node.end_lineno != node.lineno or node.end_col_offset is None:
            return None
        return node.lineno, self.column(node.lineno, node.col_offset), self.column(node.lineno, node.end_col_offset)

    def text(self, node: ast.expr) -> str | None:
        at = self.span(node)
        return None if at is None else self.function.line(at[0])[at[1] : at[2]]

    def between(self, left: ast.expr, right: ast.expr) -> tuple[int, int, int] | None:
        if left.end_lineno != right.lineno or left.end_col_offset is None:
            return None
        line = right.lineno
        return line, self.column(line, left.end_col_offset), self.column(line, right.col_offset)

    def add(self, kind: str, line: int, start: int, end: int, text: str) -> None:
        if line in self.function.docstring or line < self.function.start or line > self.function.end:
            return
        if self.function.line(line)[start:end] != text:
            self.found.append(Candidate(kind, line, start, end, text))

    def replace(self, kind: str, node: ast.expr | ast.stmt, text: str) -> None:
        at = self.span(node)
        if at is not None:
            self.add(kind, *at, text)

    def operator(self, kind: str, gap: tuple[int, int, int] | None, symbol: str, others: tuple[str, ...]) -> None:
        if gap is None:
            return
        line, start, end = gap
        text = self.function.line(line)[start:end]
        if "#" in text or "\\" in text:
            return
        at = text.find(symbol)
        if at < 0:
            return
        for other in others:
            self.add(kind, line, start + at, start + at + len(symbol), other)

    # Walk ----------------------------------------------------------------------------------------

    def run(self) -> list[Candidate]:
        node = self.function.node
        self.collect(node)
        self.defaults(node.args)
        for statement in node.body:
            self.walk(statement)
        return self.found

    def collect(self, node: ast.AST) -> None:
        comprehension: set[int] = set()
        for item in ast.walk(node):
            kind = type(item)
            if kind is ast.arg:
                self.names.setdefault(item.arg, 0)  # type: ignore[attr-defined]
            elif kind is ast.comprehension:
                comprehension.update(id(n) for n in ast.walk(item.target))  # type: ignore[attr-defined]
            elif kind is ast.Name:
                if type(item.ctx) is ast.Store and id(item) not in comprehension:  # type: ignore[attr-defined]
                    before = self.names.get(item.id)  # type: ignore[attr-defined]
                    if before is None or item.lineno < before:  # type: ignore[attr-defined]
                        self.names[item.id] = item.lineno  # type: ignore[attr-defined]
            elif kind is ast.Attribute:
                if type(item.value) is ast.Name and item.value.id in ("self", "cls"):  # type: ignore[attr-defined]
                    self.attributes.add(item.attr)  # type: ignore[attr-defined]
            elif kind is ast.Constant:
                value = item.value  # type: ignore[attr-defined]
                if type(value) is str and 0 < len(value) <= 16 and value not in self.strings:
                    self.strings.append(value)

    def walk(self, node: ast.AST) -> None:
        kind = type(node)
        if kind is ast.JoinedStr:
            return  # positions inside are not to be trusted before Python 3.12
        handler = _HANDLERS.get(kind)
        if handler is not None:
            handler(self, node)
        for name in node._fields:
            if name in _SKIPPED:
                continue
            value = getattr(node, name, None)
            if type(value) is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        self.walk(item)
            elif isinstance(value, ast.AST):
                self.walk(value)

    # Handlers ------------------------------------------------------------------------------------

    def defaults(self, arguments: ast.arguments) -> None:
        for value in [*arguments.defaults, *arguments.kw_defaults]:
            if not isinstance(value, ast.Constant):
                continue
            constant = value.value
            if constant is True or constant is False:
                self.replace("default", value, str(not constant))
            elif constant is None:
                self.replace("default", value, "False")
            elif type(constant) is int:
                self.replace("default", value, str(constant + 1))
                if constant > 0:
                    self.replace("default", value, str(constant - 1))
            elif type(constant) is str:
                self.replace("default", value, "None")

    def compare(self, node: ast.Compare) -> None:
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            symbol, others = COMPARISON[type(op).__name__]
            gap = self.between(left, right)
            if " " in symbol and gap is not None:
                found = re.search(symbol.replace(" ", r"\s+"), self.function.line(gap[0])[gap[1] : gap[2]])
                symbol = found.group() if found else symbol
            self.operator("comparison", gap, symbol, others)
            left = right

    def binary(self, node: ast.BinOp) -> None:
        symbol, others = ARITHMETIC[type(node.op).__name__]
        gap = self.between(node.left, node.right)
        if type(node.op) is ast.Mod and type(node.left) is ast.Constant and type(node.left.value) is str:
            return
        self.operator("arithmetic", gap, symbol, others)
        right = node.right
        if type(node.op) in (ast.Add, ast.Sub) and type(right) is ast.Constant and right.value == 1 and gap is not None:
            at = self.span(right)
            line = self.function.line(gap[0])
            if at is not None and line[gap[1] : gap[2]].strip() in ("+", "-"):
                self.add("off_by_one", gap[0], gap[1], at[2], "")

    def augmented(self, node: ast.AugAssign) -> None:
        symbol, others = ARITHMETIC[type(node.op).__name__]
        gap = self.between(node.target, node.value)
        self.operator("arithmetic", gap, f"{symbol}=", tuple(f"{other}=" for other in others))
        self.operator("assignment", gap, f"{symbol}=", ("=",))

    def assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if len(node.targets) != 1 or type(target) is not ast.Name:
            return
        if self.names.get(target.id, node.lineno) < node.lineno:
            self.operator("assignment", self.between(target, node.value), "=", ("+=",))

    def logic(self, node: ast.BoolOp) -> None:
        symbol, other = ("and", "or") if type(node.op) is ast.And else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.operator("boolean", self.between(left, right), symbol, (other,))
        for value in node.values:
            self.negate(value)

    def negate(self, node: ast.expr) -> None:
        at = self.span(node)
        if at is not None and type(node) in (ast.Name, ast.Attribute, ast.Call, ast.Subscript):
            self.add("negation", at[0], at[1], at[1], "not ")

    def test(self, node: ast.If | ast.While | ast.IfExp | ast.Assert) -> None:
        self.negate(node.test)

    def branch(self, node: ast.If) -> None:
        self.test(node)
        line = self.function.line(node.lineno)
        start = self.column(node.lineno, node.col_offset)
        if line[start : start + 5] == "elif ":
            self.add("branch", node.lineno, start, start + 4, "if")

    def unary(self, node: ast.UnaryOp) -> None:
        whole, operand = self.span(node), self.span(node.operand)
        if whole is None or operand is None:
            return
        if type(node.op) is ast.Not and self.function.line(whole[0])[whole[1] : operand[1]] == "not ":
            self.add("negation", whole[0], whole[1], operand[1], "")
        elif type(node.op) is ast.USub and operand[1] == whole[1] + 1:
            self.add("sign", whole[0], whole[1], operand[1], "")

    def constant(self, node: ast.Constant) -> None:
        value = node.value
        if value is True or value is False:
            self.replace("constant", node, str(not value))
        elif type(value) is int:
            text = self.text(node)
            if text is not None and text.isdecimal():
                self.replace("off_by_one", node, str(value + 1))
                if value > 0:
                    self.replace("off_by_one", node, str(value - 1))
        elif type(value) is str:
            self.string(node, value)

    def string(self, node: ast.Constant, value: str) -> None:
        text = self.text(node)
        if text is None or len(value) > 16 or not value.isprintable() or "\\" in text or text[:3] in ('"""', "'''"):
            return
        if text[0] not in "'\"" or text[-1] != text[0] or text[1:-1] != value:
            return
        quote = text[0]
        if value == "":
            self.replace("string", node, f"{quote} {quote}")
            return
        if len(value) <= 3:
            self.replace("string", node, quote * 2)
        for other in self.strings:
            if other != value and quote not in other and "\\" not in other and other.isprintable():
                self.replace("string", node, f"{quote}{other}{quote}")

    def arguments(self, node: ast.Call) -> None:
        for left, right in zip(node.args, node.args[1:], strict=False):
            if type(left) is ast.Starred or type(right) is ast.Starred:
                continue
            a, b = self.span(left), self.span(right)
            gap = self.between(left, right)
            if a is None or b is None or gap is None or a[0] != b[0] or b[2] - a[1] > 40:
                continue
            line = self.function.line(a[0])
            if line[gap[1] : gap[2]].strip() == ",":
                self.add("arguments", a[0], a[1], b[2], line[b[1] : b[2]] + line[gap[1] : gap[2]] + line[a[1] : a[2]])
        self.wrapper(node)
        if type(node.func) is ast.Name and node.func.id in ("range", "len") and node.args and not node.keywords:
            at = self.span(node if node.func.id == "len" else node.args[-1])
            if at is not None and type(node.args[-1]) in (ast.Name, ast.Call, ast.Attribute):
                self.add("off_by_one", at[0], at[2], at[2], " - 1")
                self.add("off_by_one", at[0], at[2], at[2], " + 1")

    def wrapper(self, node: ast.Call) -> None:
        """Drops a call that converts or copies: `str(x)` -> `x`, `x.strip()` -> `x`."""
        at = self.span(node)
        if at is None or at[2] - at[1] > 40 or node.keywords:
            return
        inner: ast.expr | None = None
        if type(node.func) is ast.Name and node.func.id in WRAPPERS and len(node.args) == 1:
            inner = node.args[0]
        elif type(node.func) is ast.Attribute and node.func.attr in WRAPPERS and not node.args:
            inner = node.func.value
        if inner is not None and type(inner) in (ast.Name, ast.Attribute, ast.Call, ast.Subscript):
            text = self.text(inner)
            if text is not None:
                self.add("call", *at, text)

    def name(self, node: ast.Name) -> None:
        if type(node.ctx) is not ast.Load:
            return
        for other in FAMILIES.get(node.id, ()):
            self.replace("attribute", node, other)
        if node.id not in self.names:
            return
        for other, line in self.names.items():
            if other != node.id and other not in ("self", "cls", "_") and (line == 0 or line < node.lineno):
                self.replace("variable", node, other)

    def attribute(self, node: ast.Attribute) -> None:
        whole, value = self.span(node), self.span(node.value)
        if whole is None or value is None:
            return
        start = whole[2] - len(node.attr)
        for other in FAMILIES.get(node.attr, ()):
            self.add("attribute", whole[0], start, whole[2], other)
        if type(node.value) is ast.Name and node.value.id in ("self", "cls") and type(node.ctx) is ast.Load:
            for other in sorted(self.attributes):
                if other != node.attr:
                    self.add("attribute", whole[0], start, whole[2], other)

    def subscript(self, node: ast.Subscript) -> None:
        index = node.slice
        if type(index) is ast.Slice:
            self.slice(index)
        elif type(index) is ast.Constant and type(index.value) is int and self.text(index) in ("0", "1"):
            self.replace("bound", index, "-1")
        elif type(index) is ast.UnaryOp and self.text(index) == "-1":
            self.replace("bound", index, "0")

    def slice(self, node: ast.Slice) -> None:
        at = self.span(node)
        if at is None or node.step is not None:
            return
        text = self.function.line(at[0])[at[1] : at[2]]
        if text.count(":") != 1 or len(text) > 30:
            return
        lower, upper = text.split(":")
        self.add("bound", *at, f"{upper}:{lower}")
        if lower and upper:
            self.add("bound", *at, f"{lower}:")
            self.add("bound", *at, f":{upper}")
        if upper and node.upper is not None and type(node.upper) in (ast.Name, ast.Attribute):
            self.add("bound", *at, f"{text} - 1")
            self.add("bound", *at, f"{text} + 1")
        if lower and node.lower is not None and type(node.lower) in (ast.Name, ast.Attribute):
            self.add("bound", *at, f"{lower} + 1:{upper}")

    def returned(self, node: ast.Return) -> None:
        if node.value is None:
            return
        at = self.span(node.value)
        if at is not None and at[2] - at[1] <= 32 and self.text(node.value) != "None":
            whole = self.span(node)
            if whole is not None:
                start, end = at[1], whole[2]
                self.add("return", at[0], start, end, "None")

    def loop(self, node: ast.Break | ast.Continue) -> None:
        self.replace("loop", node, "continue" if type(node) is ast.Break else "break")

    def ternary(self, node: ast.IfExp) -> None:
        self.test(node)
        at, a, b = self.span(node), self.span(node.body), self.span(node.orelse)
        if at is None or a is None or b is None or at[2] - at[1] > 60 or a[1] != at[1] or b[2] != at[2]:
            return
        line = self.function.line(at[0])
        self.add("ternary", *at, line[b[1] : b[2]] + line[a[2] : b[1]] + line[a[1] : a[2]])

    def handler(self, node: ast.ExceptHandler) -> None:
        if type(node.type) is ast.Name:
            self.exception(node.type)

    def raised(self, node: ast.Raise) -> None:
        value = node.exc.func if type(node.exc) is ast.Call else node.exc
        if type(value) is ast.Name:
            self.exception(value)

    def exception(self, node: ast.Name) -> None:
        for other in EXCEPTIONS.get(node.id, ()):
            self.replace("exception", node, other)


_SKIPPED = frozenset(("annotation", "returns", "decorator_list", "type_comment", "ctx", "op", "ops", "keywords_only"))

_HANDLERS: dict[type, Callable[[_Finder, Any], None]] = {
    ast.Compare: _Finder.compare,
    ast.BinOp: _Finder.binary,
    ast.AugAssign: _Finder.augmented,
    ast.Assign: _Finder.assign,
    ast.BoolOp: _Finder.logic,
    ast.If: _Finder.branch,
    ast.While: _Finder.test,
    ast.Assert: _Finder.test,
    ast.UnaryOp: _Finder.unary,
    ast.Constant: _Finder.constant,
    ast.Call: _Finder.arguments,
    ast.Name: _Finder.name,
    ast.Attribute: _Finder.attribute,
    ast.Subscript: _Finder.subscript,
    ast.Return: _Finder.returned,
    ast.Break: _Finder.loop,
    ast.Continue: _Finder.loop,
    ast.IfExp: _Finder.ternary,
    ast.ExceptHandler: _Finder.handler,
    ast.Raise: _Finder.raised,
}


def candidates(function: Function) -> list[Candidate]:
    """All edits, in the order of the syntax tree. Not yet checked: see `mutate`."""
    return _Finder(function).run()
