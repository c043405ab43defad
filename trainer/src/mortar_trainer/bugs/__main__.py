"""JSON lines in, JSON lines out: the files of one repository -> one-line bugs.

In, optionally first: {"options": {...}}; then one line a file, {"path": ..., "source": ..., "symbols": [...]}, `symbols` (optional) being
the only functions wanted, or one line for a whole tree: {"archive": TAR FILE, "symbols": {PATH: [...]}}. Out: one line a mutant, sorted by
path and line, with `bug_patch` (original -> mutant) and `patch` (back). Options and their defaults: see `Options`.
"""

from __future__ import annotations

import json
import random
import sys
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from . import KINDS, Function, Mutant, iter_functions, mutants
from .diff import CONTEXT, region_diff


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
    sources: dict[str, str] = {}
    for source, function in _functions(files, options):
        sources[function.path] = source
        rng = random.Random(f"{options.seed}:{function.path}:{function.symbol}")
        for turn, mutant in enumerate(_draw(function, rng, options)):
            rounds.append((turn, rng.random(), function, mutant))
    rounds.sort(key=lambda r: (r[0], r[1], r[2].path, r[3].line, r[3].mutated_line))
    if options.per_repository is not None:
        rounds = rounds[: options.per_repository]
    for _, _, function, mutant in sorted(rounds, key=lambda r: (r[2].path, r[3].line, r[3].mutated_line)):
        yield {**_described(function), **_edit(sources[function.path], function.path, mutant)}


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
    for source, function in _functions(files, options):
        lines = source.split("\n")
        if lines.pop():
            continue  # no line feed at the end of the file: the diffs of whole functions leave that case out
        yield {
            **_described(function),
            "header": function.lines[: function.node.body[0].lineno - function.start],
            "docstring": [function.line(number) for number in sorted(function.docstring)],
            "text": function.lines,
            "before": lines[max(0, function.start - 1 - CONTEXT) : function.start - 1],
            "after": lines[function.end : function.end + CONTEXT],
        }


def _functions(files: Iterable[dict[str, Any]], options: Options) -> Iterator[tuple[str, Function]]:
    for file in files:
        if "\r" in file["source"] or file["source"].startswith("\ufeff"):
            continue  # a patch with other line ends or a byte order mark would be fragile
        wanted = file.get("symbols")
        for function in iter_functions(file["source"], file["path"]):
            if wanted is not None and function.symbol not in wanted:
                continue
            if len(function.visible) <= options.max_lines and function.characters <= options.max_characters:
                yield file["source"], function


def _unpacked(archive: str, symbols: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    with tarfile.open(archive) as tree:
        for member in tree:
            reader = tree.extractfile(member) if member.isfile() and member.name in symbols else None
            if reader is None:
                continue
            try:
                source = reader.read().decode("utf-8")
            except UnicodeDecodeError:
                continue
            yield {"path": member.name, "source": source, "symbols": set(symbols[member.name])}


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


def _edit(source: str, path: str, mutant: Mutant) -> dict[str, Any]:
    changed = source.split("\n")
    changed[mutant.line - 1] = mutant.mutated_line
    return {
        "bug_patch": region_diff(path, source, mutant.line, [mutant.original_line], [mutant.mutated_line]),
        "patch": region_diff(path, "\n".join(changed), mutant.line, [mutant.mutated_line], [mutant.original_line]),
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
            elif "archive" in value:
                files.extend(_unpacked(value["archive"], value["symbols"]))
            else:
                files.append({"path": value["path"], "source": value["source"], "symbols": value.get("symbols")})
        except (ValueError, TypeError, KeyError, OSError, tarfile.TarError) as error:
            print(f"line {number} of the standard input: {error!r}", file=sys.stderr)
            return 2
    produce = instances if options.mode == "instances" else functions
    for record in produce(files, options):
        print(json.dumps(record, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
