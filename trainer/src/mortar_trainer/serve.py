"""`python -m mortar_trainer serve --model DIR --port 0`: a small OpenAI-compatible server on the CPU.

Prints one JSON line with the bound port. POST /v1/chat/completions, GET /v1/models, GET /health. What it cannot honour it refuses with
400, so that nobody takes K copies for K samples. Exits on SIGTERM, at the end of its standard input, or when its parent is gone."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import secrets
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Answer, Engine, Running

MAX_BODY = 16 << 20
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 411: "Length Required", 500: "Internal Server Error"}
# Fields that are honoured, and fields that may stand there with a value that changes nothing.
HONOURED = {"model", "messages", "temperature", "seed", "max_tokens", "max_completion_tokens", "stop", "logprobs", "top_logprobs", "user"}
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1, None),
    "stream": (False, None),
    "top_p": (1, None),
    "presence_penalty": (0, None),
    "frequency_penalty": (0, None),
    "store": (False, None),
}


@dataclass(slots=True)
class Refusal(Exception):
    status: int
    message: str
    code: str


class Service:
    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    def start(self, body: dict[str, Any]) -> Running:
        from .engine import Generation

        for field, value in body.items():
            if field not in HONOURED and value not in NEUTRAL.get(field, (None,)):
                raise Refusal(400, f"`{field}` = {json.dumps(value)} is not supported by this server", "unsupported_parameter")
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Refusal(400, "`messages` must be a list with at least one message", "invalid_messages")
        for index, message in enumerate(messages):
            if not isinstance(message, dict) or not isinstance(message.get("content"), str):
                raise Refusal(400, f"messages[{index}].content must be a string", "invalid_messages")
            if message.get("role") not in ("system", "user", "assistant"):
                raise Refusal(
                    400, f"messages[{index}].role is {message.get('role')!r}; it can be system, user or assistant", "invalid_messages"
                )
        temperature = self.number(body, "temperature", 1.0, 0.0, 2.0)
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or 1 << 30
        if not isinstance(limit, int) or limit < 1:
            raise Refusal(400, f"`max_tokens` is {limit!r}; it must be a positive integer", "invalid_value")
        stop = body.get("stop") or []
        stops = [stop] if isinstance(stop, str) else stop
        if not isinstance(stops, list) or not all(isinstance(text, str) and text for text in stops):
            raise Refusal(400, "`stop` must be a string or a list of strings", "invalid_value")
        seed = body.get("seed")
        top = body.get("top_logprobs") or 0
        if not isinstance(top, int) or not 0 <= top <= 20:
            raise Refusal(400, f"`top_logprobs` is {top!r}; it must be 0 to 20", "invalid_value")
        prompt = self.engine.chat.prompt(messages)
        if len(prompt) >= self.engine.max_length:
            raise Refusal(
                400,
                f"the prompt has {len(prompt)} tokens; the context of this model is {self.engine.max_length} tokens, answer included",
                "context_length_exceeded",
            )
        return self.engine.submit(
            Generation(
                prompt,
                temperature,
                int(seed) if seed is not None else secrets.randbits(62),
                limit,
                tuple(stops),
                bool(body.get("logprobs")),
                top if body.get("logprobs") else 0,
            )
        )

    @staticmethod
    def number(body: dict[str, Any], field: str, default: float, low: float, high: float) -> float:
        value = body.get(field)
        if value is None:
            return default
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise Refusal(400, f"`{field}` is {value!r}; it must be a number from {low:g} to {high:g}", "invalid_value")
        return float(value)

    def reply(self, running: Running, answer: Answer) -> dict[str, Any]:
        choice: dict[str, Any] = {
            "index": 0,
            "message": {"role": "assistant", "content": answer.text},
            "finish_reason": answer.finish,
            "logprobs": None,
        }
        if running.request.logprobs:
            choice["logprobs"] = {"content": [self.token(answer, index) for index in range(len(answer.tokens))]}
        prompt = len(running.request.prompt)
        return {
            "id": f"chatcmpl-{secrets.token_hex(8)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self.name,
            "choices": [choice],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": len(answer.tokens),
                "total_tokens": prompt + len(answer.tokens),
                "prompt_tokens_details": {"cached_tokens": answer.cached},
            },
        }

    def token(self, answer: Answer, index: int) -> dict[str, Any]:
        tops = answer.tops[index] if index < len(answer.tops) else []
        return {
            **self.piece(answer.tokens[index], answer.logprobs[index]),
            "top_logprobs": [self.piece(token, logprob) for token, logprob in tops],
        }

    def piece(self, token: int, logprob: float) -> dict[str, Any]:
        text = self.engine.chat.tokenizer.decode([token], skip_special_tokens=False)
        # JSON has no infinity; OpenAI's own servers say -9999.
        return {"token": text, "logprob": max(logprob, -9999.0), "bytes": list(text.encode())}


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive: as much of it as JSON requests and answers need."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.buffer = bytearray()
        self.running: Running | None = None
        self.busy = False
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        # Nobody waits any more: the engine drops the request at its next step.
        if self.running is not None:
            self.running.future.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.advance()

    def advance(self) -> None:
        if self.busy:
            return
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > 65536:
                self.transport.close()
            return
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        try:
            method, target, _ = lines[0].split(" ", 2)
            length = int(headers.get("content-length", "0"))
        except ValueError:
            self.send(400, {"error": {"message": "not an HTTP request", "code": "bad_request", "type": "invalid_request_error"}})
            self.transport.close()
            return
        if "transfer-encoding" in headers or length > MAX_BODY:
            self.send(
                411,
                {
                    "error": {
                        "message": f"send a Content-Length of at most {MAX_BODY}",
                        "code": "bad_request",
                        "type": "invalid_request_error",
                    }
                },
            )
            self.transport.close()
            return
        if len(self.buffer) < end + 4 + length:
            return
        body = bytes(self.buffer[end + 4 : end + 4 + length])
        del self.buffer[: end + 4 + length]
        self.busy = True
        task = asyncio.get_running_loop().create_task(self.answer(method, target.partition("?")[0], body))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, method: str, path: str, body: bytes) -> None:
        try:
            status, reply = 200, await self.route(method, path, body)
        except Refusal as refusal:
            kind = "invalid_request_error" if refusal.status < 500 else "server_error"
            status, reply = refusal.status, {"error": {"message": refusal.message, "code": refusal.code, "type": kind}}
        except asyncio.CancelledError:
            return
        except Exception as error:
            print(f"error: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            status, reply = 500, {"error": {"message": f"{type(error).__name__}: {error}", "code": "internal", "type": "server_error"}}
        self.send(status, reply)
        self.busy = False
        self.running = None
        self.advance()

    async def route(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        if path == "/health" and method == "GET":
            return {"status": "ok", "model": self.service.name, **self.service.engine.stats()}
        if path == "/v1/models" and method == "GET":
            length = self.service.engine.max_length
            entry = {"id": self.service.name, "object": "model", "created": 0, "owned_by": "mortar", "max_model_len": length}
            return {"object": "list", "data": [entry]}
        if path == "/v1/chat/completions" and method == "POST":
            try:
                request = json.loads(body)
            except json.JSONDecodeError as error:
                raise Refusal(400, f"the body is not JSON: {error}", "invalid_json") from None
            if not isinstance(request, dict):
                raise Refusal(400, "the body must be a JSON object", "invalid_json")
            self.running = self.service.start(request)
            answer = await self.running.future
            return self.service.reply(self.running, answer)
        raise Refusal(404, f"{method} {path} is not served here", "not_found")

    def send(self, status: int, reply: dict[str, Any]) -> None:
        if self.transport.is_closing():
            return
        body = json.dumps(reply).encode()
        head = f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


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
    from .engine import Engine
    from .forward import Qwen3
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
