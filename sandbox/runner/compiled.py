"""Code of the checkout's unchanged files, compiled once and shared by the fresh processes that are forked afterwards.

A file is compiled anew as soon as one byte of it differs, so what a process imports is what its own tree says. (No bytecode
is written anywhere: a stale or copied cache could carry the original of a mended file.)
"""

from __future__ import annotations

import _imp
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

Compiled = dict[str, "tuple[bytes, CodeType]"]


def compile_files(folder: Path, paths: list[str]) -> Compiled:
    compiled: Compiled = {}
    for path in paths:
        try:
            source = (folder / path).read_bytes()
            compiled[path] = (source, compile(source, path, "exec", dont_inherit=True))
        except (OSError, SyntaxError, ValueError):
            continue  # the import itself will say so
    return compiled


def share(compiled: Compiled, folder: Path) -> None:
    """Makes imports from this tree use what is compiled already. For a child that ends after its run."""
    prefix = f"{folder}/"
    original = SourceFileLoader.source_to_code

    def source_to_code(self: SourceFileLoader, data: Any, path: Any, **options: Any) -> CodeType:
        name = str(path)
        if name.startswith(prefix):
            found = compiled.get(name[len(prefix) :])
            if found is not None and found[0] == data:
                _imp._fix_co_filename(found[1], name)  # type: ignore[attr-defined]
                return found[1]
        return original(self, data, path, **options)

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign, assignment]
