"""What a function has that may be taken for something else."""

from __future__ import annotations

import ast


class Scope:
    """Names with the line of their first assignment (0: arguments), attributes of `self`, and short strings."""

    def __init__(self, function: ast.AST) -> None:
        self.names: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.strings: list[str] = []
        comprehension: set[int] = set()
        for item in ast.walk(function):
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
