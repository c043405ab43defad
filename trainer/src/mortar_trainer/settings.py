"""How to train, as a recipe says it. Imports no torch: a wrong value is refused before seconds are spent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from .batches import Budget
from .job import UserError


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train; the `train` object of a recipe."""

    steps: int
    total_steps: int
    """Steps of all phases; the schedule of this phase is its own."""
    learning_rate: float
    muon_learning_rate: float | None
    schedule: str
    warmup: float
    final: float
    """Share of the learning rate that is left at the end of a linear or cosine schedule."""
    weight_decay: float
    max_grad_norm: float
    precision: str
    checkpoint_seconds: float
    gradient_checkpointing: bool
    threads: int
    budget: Budget
    seed: int


KNOWN = {
    "steps", "total_steps", "share", "batch", "tokens_per_step", "micro_tokens", "learning_rate", "muon_learning_rate", "optimizer",
    "schedule", "warmup", "final", "weight_decay", "max_grad_norm", "precision", "checkpoint_seconds", "gradient_checkpointing",
    "threads", "cutoff", "cut", "rope", "template", "epochs",
}  # fmt: skip


def read_settings(train: dict[str, Any], seed: int, defaults: dict[str, Any]) -> Settings:
    unknown = sorted(set(train) - KNOWN)
    if unknown:
        raise UserError(f"train.{unknown[0]} is not known; known are {', '.join(sorted(KNOWN))}")
    given = {**defaults, **train}
    if "batch" in train and "tokens_per_step" not in train:
        given.pop("tokens_per_step", None)
    schedule = given.get("schedule", "linear")
    if schedule not in ("linear", "cosine", "constant"):
        raise UserError(f"train.schedule is {schedule!r}; it can be linear, cosine or constant")
    optimizer = given.get("optimizer", "adamw")
    if optimizer not in ("adamw", "muon"):
        raise UserError(f"train.optimizer is {optimizer!r}; it can be adamw or muon")
    precision = given.get("precision", "bf16")
    if precision not in ("bf16", "fp32"):
        raise UserError(f"train.precision is {precision!r}; it can be bf16 or fp32")
    total = int(given["steps"])
    share = float(given.get("share", 1.0))
    budget = Budget(
        tokens=int(given["tokens_per_step"]) if given.get("tokens_per_step") else None,
        examples=int(given["batch"]) if given.get("batch") and not given.get("tokens_per_step") else None,
        micro_tokens=int(given.get("micro_tokens", 8192)),
    )
    return Settings(
        steps=max(1, round(total * share)),
        total_steps=total,
        learning_rate=float(given["learning_rate"]),
        muon_learning_rate=float(given["muon_learning_rate"]) if optimizer == "muon" else None,
        schedule=schedule,
        warmup=float(given.get("warmup", 0.0)),
        final=float(given.get("final", 0.0)),
        weight_decay=float(given.get("weight_decay", 0.0)),
        max_grad_norm=float(given.get("max_grad_norm", 1.0)),
        precision=precision,
        checkpoint_seconds=float(given.get("checkpoint_seconds", 30)),
        gradient_checkpointing=bool(given.get("gradient_checkpointing", False)),
        threads=int(given.get("threads") or min(2, os.cpu_count() or 1)),
        budget=budget,
        seed=seed,
    )
