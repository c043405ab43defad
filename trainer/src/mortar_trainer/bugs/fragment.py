"""The smallest piece of a line that says an edit without doubt."""

from __future__ import annotations

import re

_NEXT = re.compile(r"\s*(?:\w+|[^\w\s])")
_PREVIOUS = re.compile(r"(?:\w+|[^\w\s])\s*$")
# Tokens taken in on the left and on the right, in the order of their number.
_WIDENINGS = sorted(((left, right) for left in range(6) for right in range(6)), key=lambda w: (w[0] + w[1], w[0]))


def fragment(line: str, start: int, end: int, replacement: str, indent: int) -> tuple[str, str] | None:
    """Texts (bad, good) for the edit line[start:end] -> replacement: replacing the first `bad` on the changed line by `good`
    restores the line, on the whole line and on the line without its first `indent` characters. Both are extended to token
    boundaries, and take in the space in front of a token."""
    changed = line[:start] + replacement + line[end:]
    lead = len(line) - len(line.lstrip())
    for left, right in _WIDENINGS:
        first, last = start, start + len(replacement)
        for _ in range(left):
            match = _PREVIOUS.search(changed, lead, first)
            if match is None:
                break
            first = match.start()
        for _ in range(right):
            match = _NEXT.match(changed, last)
            if match is None:
                break
            last = match.end()
        if first == last:
            continue
        if first > lead and changed[first - 1] == " " and changed[first] != " ":
            first -= 1
        text = changed[first:last]
        if not text.strip() or changed.find(text) != first:
            continue
        if changed.find(text, indent) != first:
            continue
        restored = line[first : len(line) - (len(changed) - last)]
        return text, restored
    return None
