"""The checkout as texts, overlaid with changed files; and real trees made out of both."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from patches import NotApplied, apply_patch

Overlay = dict[str, "str | None"]


class Tree:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._texts: dict[str, str | None] = {}

    def read(self, path: str, overlay: Mapping[str, str | None] | None = None) -> str | None:
        if overlay is not None and path in overlay:
            return overlay[path]
        if path not in self._texts:
            self._texts[path] = self._load(path)
        return self._texts[path]

    def _load(self, path: str) -> str | None:
        full = (self.folder / path).resolve()
        if not full.is_relative_to(self.folder) or not full.is_file():
            return None
        # Bytes that are no UTF-8 survive the round trip.
        return full.read_bytes().decode("utf-8", "surrogateescape")

    def patched(self, patches: Sequence[str]) -> Overlay:
        """Files that the patches change, applied one after the other. Throws NotApplied."""
        overlay: Overlay = {}
        for patch in patches:
            overlay.update(apply_patch(patch, lambda path: self.read(path, overlay)))
        return {path: text for path, text in overlay.items() if text != self.read(path)}

    def write(self, target: Path, overlay: Mapping[str, str | None]) -> None:
        """A real, private tree."""
        shutil.copytree(self.folder, target, symlinks=True, dirs_exist_ok=True)
        for path, text in overlay.items():
            full = target / path
            if text is None:
                full.unlink(missing_ok=True)
                continue
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(text.encode("utf-8", "surrogateescape"))


__all__ = ["NotApplied", "Overlay", "Tree"]
