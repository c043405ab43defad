"""Cuts samples into optimizer steps: batches of like length within a token budget, or of a number of examples."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .chat import Sample

if TYPE_CHECKING:
    import torch

# Lengths are sorted within pools of this many steps: enough to make batches even, small enough to keep the order random.
POOL = 32


@dataclass(frozen=True, slots=True)
class Budget:
    """Size of an optimizer step."""

    tokens: int | None = None
    """Padded tokens of a step."""
    examples: int | None = None
    """Examples of a step; excludes `tokens`."""
    micro_tokens: int = 8192
    """Padded tokens of one forward pass, where a step is given in examples."""


def plan_steps(lengths: Sequence[int], budget: Budget, steps: int, seed: int) -> list[list[list[int]]]:
    """Indices of the samples: step -> forward pass -> sample. Goes through all samples before one comes again; the same for the same
    arguments, so that a resumed job sees what it would have seen."""
    if not lengths:
        raise ValueError("no samples to train on")
    rng = random.Random(seed)
    plan: list[list[list[int]]] = []
    order: list[int] = []

    def take(count: int) -> list[int]:
        taken: list[int] = []
        while len(taken) < count:
            if not order:
                order.extend(range(len(lengths)))
                rng.shuffle(order)
            taken.append(order.pop())
        return taken

    if budget.examples is not None:
        for _ in range(steps):
            step = sorted(take(budget.examples), key=lambda index: (lengths[index], index))
            plan.append(_cut(step, lengths, budget.micro_tokens))
        return plan
    tokens = budget.tokens or 4096
    mean = max(1.0, sum(lengths) / len(lengths))
    while len(plan) < steps:
        wanted = max(1, int(POOL * tokens / mean))
        pool = sorted(take(min(wanted, len(lengths))), key=lambda index: (lengths[index], rng.random()))
        batches = _cut(pool, lengths, tokens)
        rng.shuffle(batches)
        plan.extend([batch] for batch in batches)
    return plan[:steps]


def _cut(indices: Sequence[int], lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Cuts a list that is sorted by length: the padded size of each part is at most `tokens`, one sample at least."""
    parts: list[list[int]] = []
    part: list[int] = []
    for index in indices:
        if part and lengths[index] * (len(part) + 1) > tokens:
            parts.append(part)
            part = []
        part.append(index)
    if part:
        parts.append(part)
    return parts


def collate(samples: Sequence[Sample], pad: int) -> dict[str, torch.Tensor]:
    """Padded on the right: causal attention never looks there, so no attention mask is needed."""
    import torch

    width = max(len(sample.ids) for sample in samples)
    ids = torch.full((len(samples), width), pad, dtype=torch.long)
    weights = torch.zeros((len(samples), width), dtype=torch.float32)
    for row, sample in enumerate(samples):
        ids[row, : len(sample.ids)] = torch.tensor(sample.ids)
        weights[row, : len(sample.ids)] = torch.tensor(sample.weights)
    return {"input_ids": ids, "weights": weights}
