"""JSON lines in, JSON lines out: the files of one repository -> one-line bugs.

In, optionally first: {"options": {...}}; then one line a file: {"path": ..., "source": ..., "symbols": [...]}, `symbols` (optional) being
the only functions wanted. Out: one line a mutant, sorted by path and line. Options and their defaults: see `Options`.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from . import KINDS, Function, Mutant, iter_functions, mutants


@dataclass(frozen=True)
class Options:
    mode: Literal["instances", "functions"] = "instances"
    """instances: mutants. functions: the functions themselves, with no bug."""
    each: int = 8
    """Mutants a function, at most."""
    per_repository: int | None = None
    """Mutants in all, at most: every function gets its first before any gets its second."""
    max_lines: int = 14
    """Visible lines (docstring not counted) of a function, at most."""
    max_characters: int = 500
    """Characters of these lines, at most."""
    kinds: tuple[str, ...] = KINDS
    seed: int = 0

    @classmethod
    def read(cls, given: dict[str, Any]) -> Options:
        unknown = sorted(set(given) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"unknown options {unknown}; known are {sorted(cls.__dataclass_fields__)}")
        if "kinds" in given:
            wrong = sorted(set(given["kinds"]) - set(KINDS))
            if wrong:
                raise ValueError(f"unknown kinds {wrong}; known are {sorted(KINDS)}")
            given = {**given, "kinds": tuple(given["kinds"])}
        return cls(**given)


def instances(files: Iterable[dict[str, Any]], options: Options) -> Iterator[dict[str, Any]]:
    rounds: list[tuple[int, float, Function, Mutant]] = []
    for function in _functions(files, options):
        rng = random.Random(f"{options.seed}:{function.path}:{function.symbol}")
        for turn, mutant in enumerate(_draw(function, rng, options)):
            rounds.append((turn, rng.random(), function, mutant))
    rounds.sort(key=lambda r: (r[0], r[1], r[2].path, r[3].line, r[3].mutated_line))
    if options.per_repository is not None:
        rounds = rounds[: options.per_repository]
    for _, _, function, mutant in sorted(rounds, key=lambda r: (r[2].path, r[3].line, r[3].mutated_line)):
        yield {**_described(function), **_edit(mutant)}


def _draw(function: Function, rng: random.Random, options: Options) -> list[Mutant]:
    """Up to `each` mutants, the kinds in turn, so that a kind with many edits does not take all places."""
    groups: dict[str, list[Mutant]] = {}
    for mutant in mutants(function, options.kinds):
        groups.setdefault(mutant.kind, []).append(mutant)
    queues = list(groups.values())
    rng.shuffle(queues)
    for queue in queues:
        rng.shuffle(queue)
    drawn: list[Mutant] = []
    while queues and len(drawn) < options.each:
        for queue in queues:
            if len(drawn) < options.each:
                drawn.append(queue.pop())
        queues = [queue for queue in queues if queue]
    return drawn


def functions(files: Iterable[dict[str, Any]], options: Options) -> Iterator[dict[str, Any]]:
    for function in _functions(files, options):
        yield {**_described(function), "header_end": function.node.body[0].lineno - 1, "text": function.lines}


def _functions(files: Iterable[dict[str, Any]], options: Options) -> Iterator[Function]:
    for file in files:
        wanted = file.get("symbols")
        for function in iter_functions(file["source"], file["path"]):
            if wanted is not None and function.symbol not in wanted:
                continue
            if len(function.visible) <= options.max_lines and function.characters <= options.max_characters:
                yield function


def _described(function: Function) -> dict[str, Any]:
    return {
        "file": function.path,
        "symbol": function.symbol,
        "start": function.start,
        "end": function.end,
        "hash": function.hash,
        "visible_lines": len(function.visible),
        "visible_characters": function.characters,
    }


def _edit(mutant: Mutant) -> dict[str, Any]:
    return {
        "kind": mutant.kind,
        "line": mutant.line,
        "visible_line": mutant.visible_line,
        "bad": mutant.bad,
        "good": mutant.good,
        "mutated_line": mutant.mutated_line,
        "original_line": mutant.original_line,
    }


def main() -> int:
    options = Options()
    files: list[dict[str, Any]] = []
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if "options" in value:
                options = Options.read(value["options"])
            else:
                files.append({"path": value["path"], "source": value["source"], "symbols": value.get("symbols")})
        except (ValueError, TypeError, KeyError) as error:
            print(f"line {number} of the standard input: {error!r}", file=sys.stderr)
            return 2
    produce = instances if options.mode == "instances" else functions
    for record in produce(files, options):
        print(json.dumps(record, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
