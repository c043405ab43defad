"""Makes one-line bugs in a function, each checked: it compiles, and it compiles to something else."""

from __future__ import annotations

import random
import types
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .candidates import KINDS, candidates
from .edits import Candidate
from .fragment import fragment
from .functions import Function


@dataclass(frozen=True, slots=True)
class Mutant:
    kind: str
    line: int
    """Line in the file, 1-based."""
    visible_line: int
    """The same line, counted among the visible lines of the function from 1."""
    bad: str
    """Text on the changed line; replacing its first occurrence by `good` restores the line."""
    good: str
    mutated_line: str
    original_line: str


def mutate(
    function: Function,
    rng: random.Random,
    kinds: Collection[str] | None = None,
    *,
    avoid: Collection[int] = (),
    tries: int = 8,
) -> Mutant | None:
    """One mutant: a kind is drawn first, then one of its edits, so that frequent kinds do not crowd out the others. Lines of the file in
    `avoid` stay as they are (for several bugs in a function). None where nothing was found in `tries` draws."""
    groups = _groups(function)
    wanted = [kind for kind in groups if kinds is None or kind in kinds]
    for _ in range(tries):
        if not wanted:
            return None
        group = groups[wanted[int(rng.random() * len(wanted))]]
        candidate = group[int(rng.random() * len(group))]
        if candidate.line in avoid:
            continue
        mutant = build(function, candidate)
        if mutant is not None:
            return mutant
    return None


def mutants(function: Function, kinds: Collection[str] | None = None) -> Iterator[Mutant]:
    """All valid mutants, in the order of the text; no two have the same code."""
    seen: set[object] = set()
    for candidate in candidates(function):
        if kinds is not None and candidate.kind not in kinds:
            continue
        mutant = build(function, candidate)
        if mutant is None:
            continue
        code = function.cache[candidate][1]
        if code not in seen:
            seen.add(code)
            yield mutant


def build(function: Function, candidate: Candidate) -> Mutant | None:
    """The mutant of an edit; None where it does not compile, compiles to the same code, or cannot be said in a fragment."""
    known = function.cache.get(candidate)
    if known is not None:
        return known[0]
    mutant, code = _build(function, candidate)
    function.cache[candidate] = (mutant, code)
    return mutant


def _build(function: Function, candidate: Candidate) -> tuple[Mutant | None, object]:
    original = function.line(candidate.line)
    pieces = fragment(original, candidate.start, candidate.end, candidate.text, len(function.indent))
    if pieces is None:
        return None, None
    mutated = original[: candidate.start] + candidate.text + original[candidate.end :]
    code = signature(function, {candidate.line: mutated})
    if code is None or code == _own_signature(function):
        return None, None
    visible = _visible_index(function).get(candidate.line)
    if visible is None:
        return None, None
    return Mutant(candidate.kind, candidate.line, visible, pieces[0], pieces[1], mutated, original), code


def signature(function: Function, changed: dict[int, str]) -> object | None:
    """What the function compiles to with some lines changed, positions left out; None where it does not compile."""
    lines: Sequence[str] = function.lines
    if changed:
        lines = list(lines)
        for number, text in changed.items():
            lines[number - function.start] = text
    text = "\n".join(lines)
    if function.indent:
        text = "if 1:\n" + text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(text, "<function>", "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _flat(code)


def _flat(code: types.CodeType) -> object:
    # Constants are told apart by type too: 0, 0.0 and False are equal in Python.
    constants = tuple(
        _flat(value) if isinstance(value, types.CodeType) else (type(value).__name__, repr(value)) for value in code.co_consts
    )
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars


def _own_signature(function: Function) -> object | None:
    if "signature" not in function.cache:
        function.cache["signature"] = signature(function, {})
    return function.cache["signature"]


def _visible_index(function: Function) -> dict[int, int]:
    index: dict[int, int] | None = function.cache.get("visible")
    if index is None:
        index = {number: position for position, number in enumerate(function.visible, 1)}
        function.cache["visible"] = index
    return index


def _groups(function: Function) -> dict[str, list[Candidate]]:
    groups: dict[str, list[Candidate]] | None = function.cache.get("groups")
    if groups is None:
        found: dict[str, list[Candidate]] = {}
        for candidate in candidates(function):
            found.setdefault(candidate.kind, []).append(candidate)
        groups = {kind: found[kind] for kind in KINDS if kind in found}
        function.cache["groups"] = groups
    return groups


def mutated_text(function: Function, made: Sequence[Mutant]) -> list[str]:
    """The visible, dedented lines of the function with some mutants (on different lines) in them."""
    changed = {mutant.line: mutant.mutated_line for mutant in made}
    return [function.dedent(changed.get(number, function.line(number))) for number in function.visible]
