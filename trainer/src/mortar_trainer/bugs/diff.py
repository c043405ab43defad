"""Git-style unified diffs of one region of a file."""

from __future__ import annotations

from collections.abc import Sequence

CONTEXT = 3


def region_diff(path: str, source: str, start: int, old: Sequence[str], new: Sequence[str]) -> str:
    """The diff that replaces the lines `old`, from line `start` (1-based) of `source`, by `new`; lines without line ends."""
    lines = source.split("\n")
    complete = lines[-1] == ""
    if complete:
        lines.pop()
    first = start - 1
    before = lines[max(0, first - CONTEXT) : first]
    after = lines[first + len(old) : first + len(old) + CONTEXT]
    at_end = first + len(old) + len(after) == len(lines) and not complete
    body = [" " + line for line in before]
    body += _marked("-", old, at_end and not after)
    body += _marked("+", new, at_end and not after)
    body += _marked(" ", after, at_end and bool(after))
    top = first - len(before) + 1
    counts = len(before) + len(after)
    header = f"@@ -{top},{counts + len(old)} +{top},{counts + len(new)} @@"
    return "\n".join([f"diff --git a/{path} b/{path}", f"--- a/{path}", f"+++ b/{path}", header, *body, ""])


def _marked(mark: str, lines: Sequence[str], no_line_end: bool) -> list[str]:
    marked = [mark + line for line in lines]
    return [*marked, "\\ No newline at end of file"] if no_line_end and marked else marked
