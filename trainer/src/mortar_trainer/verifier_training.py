"""The loss and the scores of both kinds of verifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .batches import collate
from .chat import Sample
from .job import Job
from .training import Settings, Steps, StepTrainer


def logits_of(model: Any, ids: Tensor, rows: Tensor, positions: Tensor, kind: str, answers: tuple[int, int]) -> Tensor:
    """The logit of `yes` against `no` at the positions before the answers."""
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[rows, positions]
    if kind == "regressive":
        return model.score(hidden).squeeze(-1).float()
    logits = model.lm_head(hidden).float()
    return logits[:, answers[0]] - logits[:, answers[1]]


class RegressiveTrainer(StepTrainer):
    def __init__(self, job: Job, settings: Settings, model: Any, data: Steps, answers: tuple[int, int], kind: str) -> None:
        self.answers = answers
        self.kind = kind
        super().__init__(job, settings, model, data)

    def weighted_loss(self, model: Any, inputs: dict[str, Tensor]) -> Tensor:
        if self.kind == "generative":
            return super().weighted_loss(model, inputs)
        rows, positions = inputs["weights"][:, 1:].nonzero(as_tuple=True)
        labels = (inputs["input_ids"][rows, positions + 1] == self.answers[0]).float()
        logits = logits_of(model, inputs["input_ids"], rows, positions, self.kind, self.answers)
        return functional.binary_cross_entropy_with_logits(logits, labels, reduction="sum")


@torch.no_grad()
def score_all(model: Any, samples: Sequence[Sample], pad: int, kind: str, answers: tuple[int, int]) -> list[float]:
    model.eval()
    order = sorted(range(len(samples)), key=lambda index: len(samples[index].ids))
    scores = [0.0] * len(samples)
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        batch = collate([samples[index] for index in part], pad)
        device = next(model.parameters()).device
        ids, weights = batch["input_ids"].to(device), batch["weights"].to(device)
        rows, positions = weights[:, 1:].nonzero(as_tuple=True)
        for index, logit in zip(part, logits_of(model, ids, rows, positions, kind, answers).tolist(), strict=True):
            scores[index] = logit
    return scores
