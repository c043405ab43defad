"""Private, writable copies of the checkout, kept as the files that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from locate import locate
from patches import lines_of, make_diff
from tree import Overlay, Tree


class Workspace:
    def __init__(self, tree: Tree, patches: Sequence[str]) -> None:
        self._tree = tree
        self._opened: Overlay = tree.patched(patches)
        self.overlay: Overlay = dict(self._opened)

    def view(self, file: str, first: int, last: int) -> list[str] | None:
        text = self._tree.read(file, self.overlay)
        if text is None:
            return None
        return [line.rstrip("\n") for line in lines_of(text)[max(0, first - 1) : max(0, last)]]

    def locate(self, file: str, symbol: str) -> dict[str, Any] | None:
        text = self._tree.read(file, self.overlay)
        return None if text is None else locate(text, symbol)

    def replace(self, file: str, line: int, old: str, new: str) -> dict[str, Any]:
        text = self._tree.read(file, self.overlay)
        if text is None:
            return {"ok": False, "error": "no_file"}
        lines = lines_of(text)
        if not 1 <= line <= len(lines):
            return {"ok": False, "error": "no_line"}
        body = lines[line - 1].rstrip("\n")
        if old not in body:
            return {"ok": False, "error": "no_match"}
        lines[line - 1] = body.replace(old, new, 1) + lines[line - 1][len(body) :]
        self.overlay[file] = "".join(lines)
        return {"ok": True}

    def changed(self) -> Overlay:
        """Against the checkout: what a run of tests needs."""
        return {path: text for path, text in self.overlay.items() if text != self._tree.read(path)}

    def diff(self) -> str:
        """Against the workspace as it was opened."""
        return "".join(make_diff(path, self._tree.read(path, self._opened), self.overlay[path]) for path in sorted(self.overlay))
