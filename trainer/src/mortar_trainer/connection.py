"""HTTP/1.1 for JSON requests and answers: h11 speaks the protocol, asyncio carries it."""

from __future__ import annotations

import asyncio
import json
import sys
from http import HTTPStatus
from typing import Any

import h11

from .generation import Running
from .refusal import Refusal
from .service import Service

MAX_BODY = 16 << 20


class Connection(asyncio.Protocol):
    """Answers one request after the other."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.http = h11.Connection(h11.SERVER)
        self.request: h11.Request | None = None
        self.body = bytearray()
        self.running: Running | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        # Nobody waits any more: the engine drops the request at its next step.
        if self.running is not None:
            self.running.future.cancel()

    def data_received(self, data: bytes) -> None:
        self.http.receive_data(data)
        self.take()

    def take(self) -> None:
        try:
            self.advance()
        except h11.RemoteProtocolError as error:
            self.send(error.error_status_hint, Refusal(400, f"not an HTTP request: {error}", "bad_request").body())
        except Refusal as refusal:
            self.send(refusal.status, refusal.body())

    def advance(self) -> None:
        """Takes what has come, up to the end of a request."""
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                if self.http.they_are_waiting_for_100_continue:
                    self.write(h11.InformationalResponse(status_code=100, headers=[]))
                return
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.Request):
                self.request = event
                self.body.clear()
                self.limit(int(dict(event.headers).get(b"content-length", b"0")))
            elif isinstance(event, h11.Data):
                self.limit(len(self.body) + len(event.data))
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                task = asyncio.get_running_loop().create_task(self.answer())
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    def limit(self, size: int) -> None:
        if size > MAX_BODY:
            raise Refusal(413, f"send a body of at most {MAX_BODY} bytes", "bad_request")

    async def answer(self) -> None:
        assert self.request is not None
        method, target = self.request.method.decode("ascii"), self.request.target.decode("latin-1")
        try:
            status, reply = 200, await self.route(method, target.partition("?")[0], bytes(self.body))
        except Refusal as refusal:
            status, reply = refusal.status, refusal.body()
        except asyncio.CancelledError:
            return
        except Exception as error:
            print(f"error: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            status, reply = 500, Refusal(500, f"{type(error).__name__}: {error}", "internal").body()
        self.running = None
        self.send(status, reply)
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            # What was sent meanwhile.
            self.take()

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
            except ValueError as error:
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
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        self.write(
            h11.Response(status_code=status, reason=HTTPStatus(status).phrase, headers=headers), h11.Data(data=body), h11.EndOfMessage()
        )
        # A request that was refused before its end, or said that it is the last one.
        if self.http.our_state is not h11.DONE or self.http.their_state is not h11.DONE:
            self.transport.close()

    def write(self, *events: h11.Event) -> None:
        self.transport.write(b"".join(self.http.send(event) or b"" for event in events))
