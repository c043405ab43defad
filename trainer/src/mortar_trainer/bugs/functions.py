"""Finds the functions of a Python file in which a bug can be made."""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=False, eq=False)
class Function:
    """A function or method outside of other functions, with its own text."""

    path: str
    symbol: str
    """Qualified name, such as Class.method."""
    start: int
    """First line in the file, 1-based; decorators are not counted."""
    end: int
    """Last line, inclusive."""
    lines: list[str]
    """Text of the lines start..end, without line ends."""
    docstring: frozenset[int]
    """Line numbers of the docstring; hidden from a model."""
    node: FunctionNode
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Candidates and verdicts that `mutate` keeps between calls."""

    @cached_property
    def indent(self) -> str:
        first = self.lines[0]
        return first[: len(first) - len(first.lstrip())]

    @cached_property
    def visible(self) -> list[int]:
        """Numbers of the lines that a model sees, in order."""
        return [n for n in range(self.start, self.end + 1) if n not in self.docstring]

    @cached_property
    def visible_text(self) -> list[str]:
        """The visible lines, dedented by the function's own indentation."""
        return [self.dedent(self.lines[n - self.start]) for n in self.visible]

    @cached_property
    def characters(self) -> int:
        """Characters of the visible text, line feeds counted."""
        return sum(len(line) + 1 for line in self.visible_text)

    @cached_property
    def hash(self) -> str:
        """sha256 of the function with names and constants normalised; equal for renamed copies."""
        return normalised_hash(self.node)

    def line(self, number: int) -> str:
        return self.lines[number - self.start]

    def dedent(self, line: str) -> str:
        return line[len(self.indent) :] if line.startswith(self.indent) else line.lstrip()


def iter_functions(source: str, path: str) -> Iterator[Function]:
    """Functions of a file, in order. A file that does not parse has none. Skipped: functions inside functions, names that stand more
    than once in the file (overloads, property setters: nobody could say which one is meant), bodies that are only a docstring."""
    source = source.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    if "\f" in source or "\r" in source:
        source = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = source.split("\n")
    found = list(_definitions(tree.body, ""))
    counts = Counter(symbol for symbol, _ in found)
    for symbol, node in found:
        if counts[symbol] > 1 or node.end_lineno is None:
            continue
        docstring = _docstring_lines(node)
        if docstring is None:
            continue
        text = lines[node.lineno - 1 : node.end_lineno]
        if not text or not text[0].lstrip().startswith(("def ", "async ")):
            continue
        yield Function(path, symbol, node.lineno, node.end_lineno, text, docstring, node)


def _definitions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, FunctionNode]]:
    for statement in body:
        if isinstance(statement, FunctionNode):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from _definitions(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            for name in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(statement, name, []), prefix)
            for handler in getattr(statement, "handlers", []):
                yield from _definitions(handler.body, prefix)


def _docstring_lines(node: FunctionNode) -> frozenset[int] | None:
    """Lines of the docstring; None where it shares a line with code, or where there is nothing else."""
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    if not is_docstring:
        return frozenset()
    end = first.end_lineno or first.lineno
    if len(node.body) == 1 or node.body[1].lineno == end or first.lineno <= _header_end(node):
        return None
    return frozenset(range(first.lineno, end + 1))


def _header_end(node: FunctionNode) -> int:
    last = node.lineno
    for part in ast.iter_child_nodes(node.args):
        last = max(last, getattr(part, "end_lineno", last))
    return max(last, node.returns.end_lineno or last) if node.returns is not None else last


def normalised_hash(node: FunctionNode) -> str:
    names: dict[str, str] = {}
    parts: list[str] = []

    def name(value: str) -> str:
        return names.setdefault(value, f"n{len(names)}")

    def walk(item: object) -> None:
        if isinstance(item, ast.Constant):
            parts.append(f"<{type(item.value).__name__}>")
        elif isinstance(item, ast.Name):
            parts.append(name(item.id))
        elif isinstance(item, ast.arg):
            parts.append(name(item.arg))
        elif isinstance(item, ast.AST):
            parts.append(type(item).__name__)
            parts.append("(")
            for key in item._fields:
                if key in ("ctx", "annotation", "returns", "decorator_list", "type_comment", "kind"):
                    continue
                value = getattr(item, key, None)
                if key == "name" and isinstance(value, str):
                    continue
                if key == "body" and item is node and isinstance(value, list):
                    value = value[1:] if _is_docstring(value[0]) else value
                walk(value)
                parts.append(",")
            parts.append(")")
        elif isinstance(item, list):
            parts.append("[")
            for element in item:
                walk(element)
                parts.append(",")
            parts.append("]")
        else:
            parts.append(str(item))

    walk(node)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
