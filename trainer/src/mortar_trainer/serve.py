"""`python -m mortar_trainer serve --model DIR --port 0`: a small OpenAI-compatible server on the CPU.

Prints one JSON line with the bound port. POST /v1/chat/completions, GET /v1/models, GET /health. Exits on SIGTERM, at the end of its
standard input, or when its parent is gone."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from pathlib import Path


def follow_parent(parent: int | None) -> None:
    """Dies with its parent, however that dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        sys.exit(0)


def serve_forever(directory: str, host: str, port: int, max_length: int | None, threads: int | None, parent: int | None) -> int:
    follow_parent(parent)
    import torch

    from .chat import Chat
    from .connection import Connection
    from .engine import Engine
    from .forward import Qwen3
    from .service import Service
    from .tokenizer import load_tokenizer

    torch.set_num_threads(threads or min(2, os.cpu_count() or 1))
    path = Path(directory)
    try:
        model = Qwen3(path)
        chat = Chat(load_tokenizer(path))
    except (ValueError, OSError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2

    async def main() -> None:
        loop = asyncio.get_running_loop()
        engine = Engine(model, chat, max_length)
        service = Service(engine, path.name)
        server = await loop.create_server(lambda: Connection(service), host, port)
        done = loop.create_future()

        def end() -> None:
            if not done.done():
                done.set_result(None)

        def heard() -> None:
            if not os.read(sys.stdin.fileno(), 4096):
                end()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        if parent is not None and not sys.stdin.isatty():
            # The parent holds the other end: its death closes it.
            loop.add_reader(sys.stdin.fileno(), heard)
        work = loop.create_task(engine.run())
        bound = server.sockets[0].getsockname()[1]
        print(json.dumps({"port": bound, "pid": os.getpid(), "max_length": engine.max_length}), flush=True)
        await done
        work.cancel()
        server.close()

    asyncio.run(main())
    return 0
