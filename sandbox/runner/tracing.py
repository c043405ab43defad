"""Which functions are called: a trace function that sees calls only."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType


@contextmanager
def traced_calls(folder: Path, called: Callable[[CodeType], None]) -> Iterator[None]:
    prefix = str(folder)

    def trace(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if code.co_filename.startswith(prefix):
            called(code)

    # Returning None from a call event switches line events off, which is what makes this cheap.
    before = sys.gettrace()
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
        threading.settrace(None)


def symbols(code: CodeType, prefix: str = "") -> Iterator[tuple[CodeType, str]]:
    """Every nested code object with its qualified name, as written in the source (`Class.method`, `outer.inner`)."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            # Lambdas and comprehensions belong to what holds them.
            name = prefix if constant.co_name.startswith("<") else f"{prefix}.{constant.co_name}".lstrip(".")
            if name:
                yield constant, name
            yield from symbols(constant, name)
