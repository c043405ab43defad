"""Chat completions as OpenAI's servers give them: from a request's fields to a generation, and from its answer to a reply.

What cannot be honoured is refused with 400, so that nobody takes K copies for K samples."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from .engine import Engine
from .generation import Answer, Generation, Running
from .refusal import Refusal

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


class Service:
    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    def start(self, body: dict[str, Any]) -> Running:
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
