"""Which tests call which functions of the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from inspect import CO_OPTIMIZED
from typing import Any

from suite import Suite
from swap import Key, key_of
from tracing import symbols, traced_calls
from tree import Tree

COVERING_TESTS = 256


def covering_tests(suite: Suite, tree: Tree, tests: Sequence[str]) -> dict[str, list[str]]:
    """By 'file::symbol', the tests that call it; those that call the least first. Runs the tests, all where none is named."""
    names = _functions(tree)
    covered: dict[str, set[str]] = {}

    def around(test: str) -> AbstractContextManager[None]:
        seen = covered.setdefault(test, set())

        def called(code: Any) -> None:
            name = names.get(key_of(code))
            if name is not None:
                seen.add(name)

        return traced_calls(tree.folder, called)

    suite.run(list(tests or suite.items), lambda message: None, around)
    by_symbol: dict[str, list[str]] = {}
    for test in sorted(covered, key=lambda test: (len(covered[test]), test)):
        for name in covered[test]:
            # An inner function is run by whoever runs its outer one's tests: both are listed.
            by_symbol.setdefault(name, []).append(test)
    return {name: by_symbol[name][:COVERING_TESTS] for name in sorted(by_symbol)}


def _functions(tree: Tree) -> dict[Key, str]:
    names: dict[Key, str] = {}
    for path in tree.folder.rglob("*.py"):
        relative = path.relative_to(tree.folder).as_posix()
        try:
            module = compile(tree.read(relative) or "", str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        for code, symbol in symbols(module):
            # Functions; neither modules nor classes.
            if code.co_flags & CO_OPTIMIZED:
                names[key_of(code)] = f"{relative}::{symbol}"
    return names
