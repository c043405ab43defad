"""The corpus of the base model: functions of real packages with bugs made in them, in the plain form of the terse tool surface."""

from __future__ import annotations

import hashlib
import os
import random
import sysconfig
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from .bugs import Function, Mutant, iter_functions, mutate, mutated_text
from .chat import NO, QUESTION, YES

SKIPPED = {"test", "tests", "testing", "site-packages", "dist-packages", "idlelib", "lib2to3", "turtledemo", "ensurepip", "__pycache__"}
MAX_FILE = 400_000
# Conversations made of one function; a longer training shows them again.
MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """Which functions are used, and what is made of them."""

    lines: int = 14
    characters: int = 500
    code_weight: float = 0.2
    judge_share: float = 0.3
    bugs: tuple[float, ...] = (0.5, 0.3, 0.2)
    """Shares of samples with one bug, two, three."""
    edits: tuple[str, ...] | None = None
    """Kinds of edits; None for all."""


@dataclass(slots=True)
class Corpus:
    conversations: list[list[dict[str, Any]]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def visible_code(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}|{text}" for number, text in enumerate(lines, 1))


def source_files(trees: Sequence[str], stdlib: bool) -> list[str]:
    roots = [*trees, *([sysconfig.get_paths()["stdlib"]] if stdlib else [])]
    found: list[str] = []
    for root in roots:
        if os.path.isfile(root):
            found.append(root)
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
            for name in sorted(names):
                if name.endswith(".py") and not name.startswith("test_") and name != "conftest.py":
                    found.append(os.path.join(folder, name))
    return found


def build_corpus(
    trees: Sequence[str],
    excluded_trees: Sequence[str],
    excluded_hashes: Sequence[str],
    stdlib: bool,
    wanted: int,
    seed: int,
    shape: Shape,
    processes: int,
) -> Corpus:
    """About `wanted` conversations. A function is left out where its normalised hash stands in a held-out tree or in `excluded_hashes`."""
    files = source_files(trees, stdlib)
    held_out = source_files(excluded_trees, False)
    corpus = Corpus()
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        forbidden = set(excluded_hashes)
        for entries in pool.map(_hashes, held_out, chunksize=16):
            forbidden.update(entries)
        seen: set[str] = set()
        chosen: list[tuple[str, list[str]]] = []
        total = excluded = repeated = 0
        for path, entries_of in zip(files, pool.map(_scan, files, [shape] * len(files), chunksize=16), strict=True):
            symbols = []
            for symbol, normalised, text in entries_of:
                total += 1
                if normalised in forbidden:
                    excluded += 1
                elif text in seen:
                    repeated += 1
                else:
                    seen.add(text)
                    symbols.append(symbol)
            if symbols:
                chosen.append((path, symbols))
        functions = sum(len(symbols) for _, symbols in chosen)
        corpus.counts = {
            "files": len(files),
            "held_out_files": len(held_out),
            "functions_found": total,
            "functions_excluded_by_hash": excluded,
            "functions_repeated": repeated,
            "functions": functions,
            "forbidden_hashes": len(forbidden),
        }
        if functions == 0:
            return corpus
        rounds = min(wanted / functions, MOST_ROUNDS)
        tasks = [(path, symbols, rounds, seed, shape) for path, symbols in chosen]
        for made in pool.map(_generate, tasks, chunksize=8):
            corpus.conversations.extend(made)
    corpus.counts["conversations"] = len(corpus.conversations)
    corpus.counts["fixes"] = sum(1 for c in corpus.conversations for m in c if m["content"].startswith("sed ") and m["weight"] > 0)
    return corpus


def functions_of(path: str) -> list[Function]:
    try:
        if os.path.getsize(path) > MAX_FILE:
            return []
        source = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return list(iter_functions(source, path))


def fits(function: Function, shape: Shape) -> bool:
    return 2 <= len(function.visible) <= shape.lines and function.characters <= shape.characters and "\t" not in function.lines[-1]


def _hashes(path: str) -> set[str]:
    return {function.hash for function in functions_of(path)}


def _scan(path: str, shape: Shape) -> list[tuple[str, str, str]]:
    return [
        (function.symbol, function.hash, hashlib.sha256("\n".join(function.visible_text).encode()).hexdigest())
        for function in functions_of(path)
        if fits(function, shape)
    ]


def _generate(task: tuple[str, list[str], float, int, Shape]) -> list[list[dict[str, Any]]]:
    path, symbols, rounds, seed, shape = task
    wanted = set(symbols)
    made: list[list[dict[str, Any]]] = []
    for function in functions_of(path):
        if function.symbol not in wanted:
            continue
        text = "\n".join(function.visible_text)
        rng = random.Random(f"{seed}:{hashlib.sha256(text.encode()).hexdigest()}:{function.symbol}")
        count = int(rounds) + (rng.random() < rounds - int(rounds))
        for _ in range(count):
            conversation = make_conversation(function, rng, shape)
            if conversation is not None:
                made.append(conversation)
    return made


def make_conversation(function: Function, rng: random.Random, shape: Shape) -> list[dict[str, Any]] | None:
    """One to three bugs in a function, each with its fix; some end with the verifier's question."""
    number = rng.choices(range(1, len(shape.bugs) + 1), shape.bugs)[0]
    found: list[Mutant] = []
    for _ in range(number):
        mutant = mutate(function, rng, shape.edits, avoid={each.line for each in found})
        if mutant is not None:
            found.append(mutant)
    if not found:
        return None
    found.sort(key=lambda mutant: mutant.line)
    messages: list[dict[str, Any]] = [
        {
            "role": "user",
            "content": f"fix {function.symbol}\n{visible_code(mutated_text(function, found))}",
            "weight": shape.code_weight,
        }
    ]
    # The last bug's fix is the one that is judged, so that with several bugs a `yes` means all of them are mended.
    judged = rng.random() < shape.judge_share
    wrong = wrong_fix(function, found, rng, shape.edits) if judged and rng.random() < 0.5 else None
    for index, mutant in enumerate(found):
        if index:
            messages.append({"role": "user", "content": "ok", "weight": 0.0})
        last = index == len(found) - 1
        if last and wrong is not None:
            messages.append({"role": "assistant", "content": wrong, "weight": 0.0})
        else:
            messages.append({"role": "assistant", "content": fix(mutant), "weight": 1.0})
    if judged:
        messages.append({"role": "user", "content": QUESTION, "weight": 0.0})
        messages.append({"role": "assistant", "content": YES if wrong is None else NO, "weight": 1.0})
    return messages


def fix(mutant: Mutant) -> str:
    return f"sed {mutant.visible_line}\n{mutant.bad}\n{mutant.good}"


def wrong_fix(function: Function, found: Sequence[Mutant], rng: random.Random, edits: Sequence[str] | None = None) -> str | None:
    """An edit in the right form that does not mend the last bug: another mutation, of a line that is right or of the wrong one."""
    last = found[-1]
    for _ in range(4):
        other = mutate(function, rng, edits, avoid={each.line for each in found[:-1]})
        if other is None:
            return None
        if other.line == last.line:
            # On the buggy line: another wrong text for the same place.
            if other.bad != last.good and other.good == last.good and other.bad != last.bad:
                return f"sed {last.visible_line}\n{last.bad}\n{other.bad}"
        elif other.good and other.good in function.dedent(other.original_line):
            return f"sed {other.visible_line}\n{other.good}\n{other.bad}"
    return None


def texts(conversations: Sequence[Sequence[dict[str, Any]]]) -> Iterator[str]:
    for conversation in conversations:
        yield "\n".join(message["content"] for message in conversation)
