"""A process with pytest and third-party packages imported, but nothing of the checkout: fresh processes are forked from it.

A child imports the package from a tree of its own, so its verdict is that of a new interpreter, without the time that one
takes to start and to import pytest.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
from pathlib import Path

from compiled import Compiled, compile_files, share
from jobs import emitter
from suite import Suite, silence, use_tree
from tree import Tree


class Zygote:
    """The parent's side."""

    def __init__(self, tree: Tree, root: str, deselect: list[str], close: list[int]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            for descriptor in close:
                os.close(descriptor)
            try:
                _serve(theirs, tree, root, deselect)
            finally:
                os._exit(0)
        theirs.close()
        self._socket = ours

    def preload(self, modules: list[str], files: list[str]) -> None:
        """Imports modules that are not the checkout's, and compiles files that are."""
        self._send({"preload": modules, "compile": files}, [])

    def start(self, number: int, tests: list[str], overlay: dict[str, str | None]) -> int:
        """Starts a run; returns the descriptor to read its messages from."""
        read, write = os.pipe()
        os.set_blocking(read, False)
        self._send({"number": number, "tests": tests, "overlay": overlay}, [write])
        os.close(write)
        return read

    def _send(self, message: dict[str, object], descriptors: list[int]) -> None:
        # A packet has a size limit; the message itself travels as a file.
        path = f"/tmp/message-{message.get('number', 'preload')}.json"
        Path(path).write_text(json.dumps(message))
        socket.send_fds(self._socket, [path.encode()], descriptors)


def _serve(requests: socket.socket, tree: Tree, root: str, deselect: list[str]) -> None:
    silence()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    compiled: Compiled = {}
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, 4096, 1)
        if not data:
            return
        path = Path(data.decode())
        message = json.loads(path.read_text())
        path.unlink()
        if "preload" in message:
            for name in message["preload"]:
                try:
                    importlib.import_module(name)
                except BaseException:  # what cannot be imported early is imported by the child
                    continue
            compiled = compile_files(tree.folder, message["compile"])
            gc.collect()
            gc.freeze()
            continue
        (pipe,) = descriptors
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            _child(pipe, message, tree, root, deselect, compiled)
        os.close(pipe)


def _child(pipe: int, message: dict[str, object], tree: Tree, root: str, deselect: list[str], compiled: Compiled) -> None:
    emit = emitter(pipe)
    try:
        os.setsid()
        emit({"pid": os.getpid()})
        folder = Path(f"/tmp/runs/{message['number']}")
        tree.write(folder, message["overlay"])  # type: ignore[arg-type]
        use_tree(folder, root)
        share(compiled, folder)
        tests: list[str] = message["tests"]  # type: ignore[assignment]
        files = list(dict.fromkeys(test.split("::")[0] for test in tests))
        # Rewritten assertions say more and cost most of the time; a verdict does not need them.
        suite = Suite(folder, files, deselect, assertions="plain")
        tests = suite.expand(tests)
        if not tests:
            emit({"end": "collection_error", "note": "; ".join(suite.errors)[:1000]})
        else:
            suite.run(tests, emit)
            emit({"end": "ran"})
    except BaseException as error:
        emit({"end": "collection_error", "note": f"{type(error).__name__}: {error}"[:1000]})
    finally:
        os._exit(0)
