from __future__ import annotations

import asyncio
import json
import math
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mortar_trainer.chat import Chat
from mortar_trainer.engine import Engine
from mortar_trainer.forward import Chunk, Qwen3
from mortar_trainer.generation import Answer, Generation
from mortar_trainer.tokenizer import load_tokenizer

from conftest import CODE

Ask = tuple[Sequence[Any], float, int]


def ask_all(model: Qwen3, chat: Chat, asks: Sequence[Ask], max_tokens: int = 12, slots: int = 64, top: int = 0) -> list[Answer]:
    async def main() -> list[Answer]:
        engine = Engine(model, chat, slots=slots)
        work = asyncio.create_task(engine.run())
        made = [
            engine.submit(Generation(chat.prompt(messages), temperature, seed, max_tokens, (), True, top))
            for messages, temperature, seed in asks
        ]
        answers = await asyncio.gather(*(running.future for running in made))
        work.cancel()
        return answers

    return asyncio.run(main())


@pytest.fixture(scope="module")
def served(model: Path) -> tuple[Qwen3, Chat]:
    return Qwen3(model), Chat(load_tokenizer(model))


def prompts(count: int) -> list[list[dict[str, str]]]:
    return [[{"role": "user", "content": f"{CODE}\n{'x ' * (i % 7)}{i}"}] for i in range(count)]


def test_logits_are_those_of_transformers(model: Path, served: tuple[Qwen3, Chat]) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    ours, chat = served
    theirs = AutoModelForCausalLM.from_pretrained(model).eval()
    texts = [chat.prompt(messages) for messages in prompts(3)]  # type: ignore[arg-type]
    cache = ours.new_cache(3, 128)
    # Two prompts whole, the third in two pieces; then one token each, which goes another way through the code.
    ours.forward(torch.tensor(texts[2][:9]), [Chunk(2, 0, 9)], cache)
    tokens = texts[0] + texts[1] + texts[2][9:]
    chunks = [Chunk(0, 0, len(texts[0])), Chunk(1, 0, len(texts[1])), Chunk(2, 9, len(texts[2]) - 9)]
    first = ours.forward(torch.tensor(tokens), chunks, cache)
    second = ours.forward(torch.tensor([7, 8, 9]), [Chunk(i, len(texts[i]), 1) for i in range(3)], cache)
    for i, text in enumerate(texts):
        with torch.no_grad():
            expected = theirs(torch.tensor([[*text, 7 + i]])).logits[0]
        assert torch.allclose(first[i], expected[-2], atol=1e-4)
        assert torch.allclose(second[i], expected[-1], atol=1e-4)


def test_an_answer_depends_on_its_own_seed_and_not_on_the_batch(served: tuple[Qwen3, Chat]) -> None:
    asks: list[Ask] = [(messages, 1.0, seed) for messages in prompts(8) for seed in range(6)]
    together = [answer.text for answer in ask_all(*served, asks)]
    few = [answer.text for answer in ask_all(*served, asks, slots=3)]
    alone = [ask_all(*served, [ask])[0].text for ask in asks[:10]]
    assert together == few
    assert together[:10] == alone
    assert len(set(together)) > 40


def test_prompts_that_begin_alike_share_their_work(served: tuple[Qwen3, Chat]) -> None:
    answers = ask_all(*served, [(prompts(1)[0], 1.0, seed) for seed in range(8)])
    assert sum(answer.cached > 0 for answer in answers) == 7


def test_samples_follow_the_probabilities_at_their_temperature(served: tuple[Qwen3, Chat]) -> None:
    prompt = prompts(1)[0]
    (greedy,) = ask_all(*served, [(prompt, 0.0, 1)], max_tokens=1, top=2)
    (best, logprob), _ = greedy.tops[0]
    assert greedy.tokens == [best]
    many = 3000
    for temperature in (1.0, 0.5):
        (every,) = ask_all(*served, [(prompt, 0.0, 1)], max_tokens=1, top=20)
        drawn = ask_all(*served, [(prompt, temperature, seed) for seed in range(many)], max_tokens=1)
        share = sum(answer.tokens[0] == best for answer in drawn) / many
        if temperature == 1.0:
            expected = math.exp(logprob)
        else:
            import torch

            ours, chat = served
            text = chat.prompt(prompt)  # type: ignore[arg-type]
            logits = ours.forward(torch.tensor(text), [Chunk(0, 0, len(text))], ours.new_cache(1, 128))[0]
            expected = float(torch.softmax(logits / temperature, -1)[best])
        assert every.tops[0][0][0] == best
        assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / many) + 1e-9


@pytest.fixture(scope="module")
def address(model: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "mortar_trainer", "serve", "--model", str(model), "--parent", str(os.getpid())],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    port = json.loads(process.stdout.readline())["port"]
    yield f"http://127.0.0.1:{port}"
    # Its parent's death, as the server sees it.
    process.stdin.close()
    assert process.wait(timeout=10) == 0


def post(address: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(f"{address}/v1/chat/completions", json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_http_reply_has_openais_shape(address: str) -> None:
    status, reply = post(
        address,
        {"model": "x", "messages": prompts(1)[0], "seed": 3, "max_tokens": 4, "logprobs": True, "top_logprobs": 3},
    )
    assert status == 200
    (choice,) = reply["choices"]
    assert choice["finish_reason"] == "length"
    assert reply["usage"]["completion_tokens"] == len(choice["logprobs"]["content"]) == 4
    for token in choice["logprobs"]["content"]:
        assert len(token["top_logprobs"]) == 3 and token["logprob"] <= 0


def test_a_stop_text_ends_the_answer_before_it(address: str) -> None:
    _, whole = post(address, {"messages": prompts(1)[0], "seed": 3, "max_tokens": 30})
    text = whole["choices"][0]["message"]["content"]
    stop = text[5:8]
    _, cut = post(address, {"messages": prompts(1)[0], "seed": 3, "max_tokens": 30, "stop": [stop]})
    assert cut["choices"][0]["message"]["content"] == text[: text.index(stop)]
    assert cut["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"n": 2}, "unsupported_parameter"),
        ({"top_p": 0.5}, "unsupported_parameter"),
        ({"stream": True}, "unsupported_parameter"),
        ({"temperature": 3}, "invalid_value"),
        ({"messages": []}, "invalid_messages"),
        ({"messages": [{"role": "user", "content": "word " * 200}]}, "context_length_exceeded"),
    ],
)
def test_what_cannot_be_honoured_is_refused(address: str, body: dict[str, Any], code: str) -> None:
    status, reply = post(address, {"messages": prompts(1)[0], "max_tokens": 2, **body})
    assert (status, reply["error"]["code"]) == (400, code)


def test_an_answer_ends_where_the_context_does(address: str) -> None:
    _, reply = post(address, {"messages": prompts(1)[0], "seed": 1, "temperature": 2, "max_tokens": 100000})
    assert reply["usage"]["total_tokens"] <= 128


def exchange(address: str, sent: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(sent)
        said = b""
        while chunk := connection.recv(1 << 16):
            said += chunk
    return said


def test_requests_on_one_connection_are_answered_in_order_until_the_last(address: str) -> None:
    body = json.dumps({"messages": prompts(1)[0], "seed": 3, "max_tokens": 2}).encode()
    completion = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    chunked = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunked += b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    said = exchange(address, completion + b"GET /v1/none HTTP/1.1\r\nHost: x\r\n\r\n" + chunked)
    assert re.findall(rb"HTTP/1.1 (\d+) (\w+)", said) == [(b"200", b"OK"), (b"404", b"Not"), (b"200", b"OK")]
    first, last = (json.loads(found) for found in re.findall(rb"\r\n\r\n(\{.*?\})(?=HTTP|$)", said)[::2])
    assert first["choices"] == last["choices"]


def test_what_is_no_request_is_told_and_closed(address: str) -> None:
    assert b"HTTP/1.1 400" in exchange(address, b"hello\r\n\r\n")
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    assert b"not JSON" in exchange(address, head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % 2 + b"\xff{")
    assert b"HTTP/1.1 413" in exchange(address, head % (1 << 30))


def test_a_request_that_nobody_waits_for_leaves_the_batch(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    body = json.dumps({"messages": prompts(1)[0], "seed": 1, "temperature": 0, "max_tokens": 100000}).encode()
    for _ in range(3):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    deadline = time.monotonic() + 10
    while True:
        with urllib.request.urlopen(f"{address}/health", timeout=10) as response:
            health = json.load(response)
        if health["active"] == health["waiting"] == 0:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
