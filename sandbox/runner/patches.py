"""Unified diffs over texts: applying them strictly (moved hunks allowed, no fuzz), and making them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
CONTEXT = 3


class NotApplied(Exception):
    """The patch does not fit the text, or says something that is not supported."""


def lines_of(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends a line (a form feed inside source does not)."""
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def apply_patch(patch: str, read: Callable[[str], str | None]) -> dict[str, str | None]:
    """Changed files with their new text; None for a file that goes. `read` gives the text as it is, None where there is none."""
    changed: dict[str, str | None] = {}

    def current(path: str) -> str | None:
        return changed[path] if path in changed else read(path)

    lines = lines_of(patch if patch.endswith("\n") else patch + "\n")
    at = 0
    seen = False
    while at < len(lines):
        line = lines[at]
        if line.startswith(("rename from ", "copy from ", "GIT binary patch", "Binary files ")):
            raise NotApplied(f"not supported: {line.strip()}")
        if not (line.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")):
            at += 1
            continue
        seen = True
        source, target = _path(line[4:]), _path(lines[at + 1][4:])
        at += 2
        path = target or source
        if path is None:
            raise NotApplied("a patch from nothing to nothing")
        old = current(source) if source is not None else ""
        if old is None:
            raise NotApplied(f"{source}: no such file")
        if source is None and current(path) is not None:
            raise NotApplied(f"{path}: exists already")
        hunks: list[tuple[int, list[str], list[str]]] = []
        while at < len(lines) and (match := HUNK.match(lines[at])):
            start, before, after, at = _hunk(lines, at, match)
            hunks.append((start, before, after))
        if not hunks:
            raise NotApplied(f"{path}: no hunks")
        text = "".join(_apply_hunks(lines_of(old), hunks, path))
        changed[path] = None if target is None else text
    if patch.strip() and not seen:
        raise NotApplied("no file header found")
    return changed


def _path(header: str) -> str | None:
    name = header.rstrip("\n").rstrip("\r").split("\t")[0]
    if name == "/dev/null":
        return None
    if name.startswith(("a/", "b/")):
        name = name[2:]
    if name.startswith("/") or ".." in name.split("/"):
        raise NotApplied(f"{name}: outside the tree")
    return name


def _hunk(lines: list[str], at: int, match: re.Match[str]) -> tuple[int, list[str], list[str], int]:
    old_left = int(match[2]) if match[2] is not None else 1
    new_left = int(match[4]) if match[4] is not None else 1
    start = int(match[1]) - (0 if old_left == 0 else 1)
    before: list[str] = []
    after: list[str] = []
    at += 1
    last: list[list[str]] = []
    while at < len(lines) and (old_left > 0 or new_left > 0 or lines[at].startswith("\\")):
        line = lines[at]
        mark, body = line[:1], line[1:]
        if mark == "\\":
            for side in last:
                side[-1] = side[-1].removesuffix("\n")
        elif mark in (" ", "\n"):
            body = body if mark == " " else "\n"
            before.append(body)
            after.append(body)
            last = [before, after]
            old_left -= 1
            new_left -= 1
        elif mark == "-":
            before.append(body)
            last = [before]
            old_left -= 1
        elif mark == "+":
            after.append(body)
            last = [after]
            new_left -= 1
        else:
            break
        at += 1
    if old_left != 0 or new_left != 0:
        raise NotApplied("a hunk's header and its lines disagree")
    return start, before, after, at


def _apply_hunks(lines: list[str], hunks: list[tuple[int, list[str], list[str]]], path: str) -> list[str]:
    result: list[str] = []
    done = 0
    moved = 0
    for start, before, after in hunks:
        place = _find(lines, before, start + moved, done)
        if place is None:
            raise NotApplied(f"{path}: the hunk at line {start + 1} does not match")
        moved = place - start
        result += lines[done:place] + after
        done = place + len(before)
    return result + lines[done:]


def _find(lines: list[str], before: list[str], wanted: int, lowest: int) -> int | None:
    highest = len(lines) - len(before)
    if not before:
        return wanted if lowest <= wanted <= len(lines) else None
    for distance in range(max(abs(wanted - lowest), abs(highest - wanted)) + 1):
        for place in {wanted - distance, wanted + distance}:
            if lowest <= place <= highest and lines[place : place + len(before)] == before:
                return place
    return None


def make_diff(path: str, old: str | None, new: str | None) -> str:
    """Git-style unified diff of one file; empty where nothing changed."""
    if old == new:
        return ""
    a, b = lines_of(old or ""), lines_of(new or "")
    # Most edits touch a few lines: trimming what is equal keeps the quadratic part small.
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    skip = max(0, head - CONTEXT)
    keep = max(0, tail - CONTEXT)
    matcher = difflib.SequenceMatcher(None, a[skip : len(a) - keep], b[skip : len(b) - keep], autojunk=False)
    out = [f"diff --git a/{path} b/{path}\n"]
    if old is None:
        out.append("new file mode 100644\n")
    if new is None:
        out.append("deleted file mode 100644\n")
    out.append(f"--- {'/dev/null' if old is None else 'a/' + path}\n")
    out.append(f"+++ {'/dev/null' if new is None else 'b/' + path}\n")
    for group in matcher.get_grouped_opcodes(CONTEXT):
        first, last = group[0], group[-1]
        out.append(f"@@ -{_range(first[1] + skip, last[2] + skip)} +{_range(first[3] + skip, last[4] + skip)} @@\n")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                out += [_line(" ", line) for line in a[i1 + skip : i2 + skip]]
                continue
            out += [_line("-", line) for line in a[i1 + skip : i2 + skip]]
            out += [_line("+", line) for line in b[j1 + skip : j2 + skip]]
    return "".join(out)


def _range(start: int, stop: int) -> str:
    length = stop - start
    first = start + 1 if length else start
    return str(first) if length == 1 else f"{first},{length}"


def _line(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
