"""Edits of one line of a function, placed by its syntax tree."""

from __future__ import annotations

import ast
from typing import NamedTuple

from .functions import Function
from .scope import Scope


class Candidate(NamedTuple):
    """`text` in the place of the columns `start` to `end` of a line."""

    kind: str
    line: int
    start: int
    end: int
    text: str


class Edits:
    """The edits found so far, and where the nodes of the function stand in its text."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.scope = Scope(function.node)
        self.found: list[Candidate] = []
        self.ascii = all(line.isascii() for line in function.lines)

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
