"""Runs of tests in forked children: started, listened to, killed at their time limit."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Job:
    request: dict[str, Any]
    overlay: dict[str, str | None]
    tests: list[str]
    isolation: str
    deadline: float = 0.0
    pid: int = 0
    pipe: int = -1
    number: int = 0
    outcomes: dict[str, str] = field(default_factory=dict)
    symptom: str | None = None
    note: str | None = None
    result: Any = None
    fallback: bool = False
    ended: str | None = None
    _rest: bytes = b""

    def read(self) -> None:
        """Takes what the child has written; sets `ended` when it said so, or died."""
        try:
            chunk = os.read(self.pipe, 1 << 16)
        except BlockingIOError:
            return
        if not chunk:
            self.ended = self.ended or "crashed"
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if "pid" in message:
            self.pid = message["pid"]
        elif "test" in message:
            self.outcomes[message["test"]] = message["outcome"]
            if self.symptom is None:
                self.symptom = message.get("symptom")
        elif "cannot_swap" in message:
            self.fallback = True
            self.note = message["cannot_swap"]
            self.ended = "fallback"
        elif "end" in message:
            self.ended = message["end"]
            self.note = message.get("note", self.note)
            self.result = message.get("result")

    def expire(self) -> None:
        if self.ended is None and time.monotonic() > self.deadline:
            self.ended = "timeout"

    def close(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            # The other zygote's child is reaped there.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1


def emitter(pipe: int) -> Any:
    def emit(message: dict[str, Any]) -> None:
        data = (json.dumps(message) + "\n").encode()
        while data:
            data = data[os.write(pipe, data) :]

    return emit
