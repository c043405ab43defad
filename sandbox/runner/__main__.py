"""Runs the tests of one checkout, many times and fast: spoken to in JSON lines, one process for each repository.

Requests are {"id", "op", ...}; answers {"id", "result"} or {"id", "error"}. Runs are forked children, two at once by
default; everything else is answered at once. Standard library and pytest only.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pytest  # noqa: F401  before the checkout is importable: pytest must not run on the code under test
from collection import names_elsewhere, shifting_tests, tell_names, without
from covered import covering_tests
from jobs import Job, emitter
from suite import Suite, silence, use_tree
from swap import CannotSwap, Key, function_index, key_of, plan_swaps
from tracing import traced_calls
from tree import NotApplied, Tree
from workspaces import Workspace
from zygote import Zygote

TREE = Path("/tmp/tree")


class Runner:
    def __init__(self, options: dict[str, Any], requests: int, answers: int) -> None:
        shutil.copytree(options["checkout"], TREE, symlinks=True)
        self.tree = Tree(TREE)
        self._options = options
        self._requests = requests
        self._answers = answers
        self._limit = int(options.get("concurrency", 2))
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._workspaces: dict[str, Workspace] = {}
        self._number = 0
        self._called: set[Key] = set()
        deselect = list(options.get("deselect", []))
        self.zygote = Zygote(self.tree, options["root"], deselect, [requests, answers])
        before = set(sys.modules)
        use_tree(TREE, options["root"])
        with traced_calls(TREE, lambda code: self._called.add(key_of(code))):
            self.suite = Suite(TREE, options["tests"], deselect)
        self.zygote.preload(self._third_party(before), self._own_files())
        self.functions = function_index(TREE)
        gc.collect()
        # Children share what is frozen: a collection in a child does not touch, and so copy, these pages.
        gc.freeze()

    def _third_party(self, before: set[str]) -> list[str]:
        """Modules that collecting imported and that cannot depend on the checkout."""
        own = {path.name.removesuffix(".py") for path in (TREE / self._options["root"]).glob("*")}
        return [
            name
            for name, module in list(sys.modules.items())
            if name not in before and name.split(".")[0] not in own and _is_outside(str(getattr(module, "__file__", "") or ""))
        ]

    def _own_files(self) -> list[str]:
        prefix = f"{TREE}/"
        files = [str(getattr(module, "__file__", "") or "") for module in list(sys.modules.values())]
        return [file.removeprefix(prefix) for file in files if file.startswith(prefix) and file.endswith(".py")]

    def serve(self) -> None:
        rest = b""
        open_for_requests = True
        while open_for_requests or self._running or self._waiting:
            watched = [job.pipe for job in self._running] + ([self._requests] if open_for_requests else [])
            ready, _, _ = select.select(watched, [], [], 0.2 if self._running else None)
            if self._requests in ready:
                chunk = os.read(self._requests, 1 << 16)
                if not chunk:
                    # The worker is gone: so are we, with every child.
                    for job in self._running:
                        job.close()
                    return
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line.strip():
                        self._handle(json.loads(line))
            for job in list(self._running):
                if job.pipe in ready:
                    job.read()
                job.expire()
                if job.ended is not None:
                    self._finish(job)
            while self._waiting and len(self._running) < self._limit:
                self._start(self._waiting.pop(0))

    def _answer(self, request: dict[str, Any], result: Any) -> None:
        self._write({"id": request["id"], "result": result})

    def _write(self, message: dict[str, Any]) -> None:
        data = (json.dumps(message) + "\n").encode()
        while data:
            data = data[os.write(self._answers, data) :]

    def _handle(self, request: dict[str, Any]) -> None:
        try:
            operation = getattr(self, f"op_{request['op']}", None)
            if operation is None:
                raise ValueError(f"no operation {request['op']!r}")
            operation(request)
        except NotApplied as error:
            if request["op"] in ("run",):
                self._answer(request, {"status": "not_applied", "outcomes": {}, "note": str(error)})
            else:
                self._write({"id": request["id"], "error": f"not_applied: {error}"})
        except Exception:
            self._write({"id": request["id"], "error": traceback.format_exc(limit=-4)})

    def op_ready(self, request: dict[str, Any]) -> None:
        self._answer(request, True)

    def op_collect(self, request: dict[str, Any]) -> None:
        shifting = shifting_tests(self.suite.items, lambda: names_elsewhere(self._options, TREE))
        kept = without(self.suite.items, shifting)
        self._answer(request, {"tests": kept, "shifting": sorted(shifting), "errors": self.suite.errors})

    def op_run(self, request: dict[str, Any]) -> None:
        self._enqueue(request, self.tree.patched(request["patches"]), request.get("isolation", "warm"))

    def op_coverage(self, request: dict[str, Any]) -> None:
        self._enqueue(request, {}, "coverage")

    def op_open(self, request: dict[str, Any]) -> None:
        self._workspaces[request["workspace"]] = Workspace(self.tree, request["patches"])
        self._answer(request, True)

    def op_view(self, request: dict[str, Any]) -> None:
        self._answer(request, self._workspace(request).view(request["file"], request["first"], request["last"]))

    def op_locate(self, request: dict[str, Any]) -> None:
        self._answer(request, self._workspace(request).locate(request["file"], request["symbol"]))

    def op_replace(self, request: dict[str, Any]) -> None:
        done = self._workspace(request).replace(request["file"], request["line"], request["old"], request["new"])
        self._answer(request, done)

    def op_test(self, request: dict[str, Any]) -> None:
        self._enqueue(request, self._workspace(request).changed(), "warm")

    def op_diff(self, request: dict[str, Any]) -> None:
        self._answer(request, self._workspace(request).diff())

    def op_close(self, request: dict[str, Any]) -> None:
        self._workspaces.pop(request["workspace"], None)
        self._answer(request, True)

    def _workspace(self, request: dict[str, Any]) -> Workspace:
        workspace = self._workspaces.get(request["workspace"])
        if workspace is None:
            raise ValueError(f"no workspace {request['workspace']!r}")
        return workspace

    def _enqueue(self, request: dict[str, Any], overlay: dict[str, str | None], isolation: str) -> None:
        tests = list(request.get("tests", []))
        self._waiting.append(Job(request=request, overlay=overlay, tests=tests, isolation=isolation))

    def _start(self, job: Job) -> None:
        self._number += 1
        job.number = self._number
        job.ended = None
        job.deadline = time.monotonic() + float(job.request["timeout"]) / 1000
        if job.isolation == "process":
            job.pipe = self.zygote.start(job.number, job.tests, job.overlay)
        else:
            job.pipe, write = os.pipe()
            os.set_blocking(job.pipe, False)
            job.pid = os.fork()
            if job.pid == 0:
                self._child(job, write)
            os.close(write)
        self._running.append(job)

    def _finish(self, job: Job) -> None:
        self._running.remove(job)
        job.close()
        if job.isolation == "process":
            shutil.rmtree(f"/tmp/runs/{job.number}", ignore_errors=True)
        if job.fallback:
            job.pid, job.isolation, job.fallback, job._rest = 0, "process", False, b""
            self._waiting.insert(0, job)
            return
        if job.isolation == "coverage":
            if job.ended == "ran":
                path = Path(job.result)
                self._answer(job.request, json.loads(path.read_text()))
                path.unlink()
            else:
                self._write({"id": job.request["id"], "error": f"coverage: {job.ended} {job.note or ''}"})
            return
        result: dict[str, Any] = {"status": job.ended, "outcomes": job.outcomes, "isolation": job.isolation}
        if job.symptom is not None:
            result["symptom"] = job.symptom
        if job.note is not None:
            result["note"] = job.note
        self._answer(job.request, result)

    def _child(self, job: Job, pipe: int) -> None:
        emit = emitter(pipe)
        try:
            os.setsid()
            silence()
            os.close(self._requests)
            os.close(self._answers)
            if job.isolation == "coverage":
                emit({"end": "ran", "result": self._coverage(job)})
                os._exit(0)
            try:
                for function, code in plan_swaps(self.tree, job.overlay, self.functions, self._called):
                    function.__code__ = code
            except CannotSwap as error:
                emit({"cannot_swap": str(error)})
                os._exit(0)
            tests = self.suite.expand(job.tests)
            if job.tests and not tests:
                emit({"end": "collection_error", "note": "; ".join(self.suite.errors)[:1000]})
            else:
                self.suite.run(tests, emit)
                emit({"end": "ran"})
        except BaseException as error:
            emit({"end": "crashed", "note": f"{type(error).__name__}: {error}"[:1000]})
        finally:
            os._exit(0)

    def _coverage(self, job: Job) -> str:
        """A file with it: too long for the pipe's messages."""
        output = f"/tmp/coverage-{job.number}.json"
        Path(output).write_text(json.dumps(covering_tests(self.suite, self.tree, job.tests)))
        return output


def _is_outside(file: str) -> bool:
    return file.endswith((".py", ".so")) and not file.startswith(str(TREE))


def main() -> None:
    options = json.loads(sys.argv[1])
    if "names" in options:
        tell_names(options)
    requests, answers = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)  # what the package prints while it is imported is for the log, not for the protocol
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    Runner(options, requests, answers).serve()


if __name__ == "__main__":
    main()
