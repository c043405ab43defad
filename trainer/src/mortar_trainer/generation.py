"""A request to the engine, from its prompt to its answer."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from torch import Tensor

# Tokens of a shared beginning are reused in whole blocks of this size.
BLOCK = 16


@dataclass(slots=True)
class Generation:
    """What a request asks."""

    prompt: list[int]
    temperature: float
    seed: int
    max_tokens: int
    stop: tuple[str, ...]
    logprobs: bool
    top: int


@dataclass(slots=True)
class Answer:
    text: str
    finish: str
    tokens: list[int]
    logprobs: list[float]
    tops: list[list[tuple[int, float]]]
    cached: int


@dataclass(slots=True, eq=False)
class Running:
    request: Generation
    future: asyncio.Future[Answer]
    rng: random.Random
    blocks: list[int]
    """Chained hash of each whole block of the prompt."""
    slot: int = -1
    filled: int = 0
    """Tokens in the cache."""
    cached: int = 0
    made: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    tops: list[list[tuple[int, float]]] = field(default_factory=list)
    stored: Tensor | None = None
    """Keys and values, once it has left the batch."""

    @property
    def tokens(self) -> list[int]:
        return self.request.prompt + self.made


def block_hashes(tokens: list[int]) -> list[int]:
    hashes: list[int] = []
    last = 0
    for start in range(0, len(tokens) - BLOCK + 1, BLOCK):
        last = hash((last, *tokens[start : start + BLOCK]))
        hashes.append(last)
    return hashes
