"""The loss and the scores of both kinds of verifier."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .batches import collate
from .chat import Sample
from .job import Job
from .ranking import auc, log_loss
from .settings import Settings
from .training import Steps, StepTrainer

BEST = "best"
CHOICE = "choice.json"


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


@dataclass(slots=True)
class Held:
    """Samples that are scored and never trained on, with the truth."""

    samples: Sequence[Sample]
    labels: Sequence[bool]


class ChooseOnHeld(TrainerCallback):
    """Scores the held samples at even distances and keeps the weights with the lowest log loss: a verifier of few examples knows them by
    heart long before its last step. What is kept survives a kill: a resumed job compares with it."""

    def __init__(self, trainer: RegressiveTrainer, held: Held, evaluations: int) -> None:
        self.trainer = trainer
        self.held = held
        self.directory = trainer.job.directory
        steps = trainer.settings.steps
        self.due = {max(1, round(steps * (number + 1) / evaluations)) for number in range(evaluations)}

    def kept(self) -> tuple[Path, dict[str, Any]] | None:
        """Folder of the best weights so far, and what they scored; the earlier ones where two are as good."""
        found = [(path.parent, json.loads(path.read_text())) for path in self.directory.glob(f"{BEST}-*/{CHOICE}")]
        return min(found, key=lambda each: (each[1]["holdout_loss"], each[1]["step"]), default=None)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        step = state.global_step
        if step not in self.due:
            return
        trainer = self.trainer
        scores = score_all(trainer.model, self.held.samples, trainer.data.pad, trainer.kind, trainer.answers)
        found = {"step": step, "holdout_auc": auc(scores, self.held.labels), "holdout_loss": round(log_loss(scores, self.held.labels), 5)}
        trainer.job.log("held", **found)
        before = self.kept()
        if before is not None and before[1]["holdout_loss"] <= found["holdout_loss"]:
            return
        building = self.directory / f"{BEST}.partial"
        shutil.rmtree(building, ignore_errors=True)
        model: Any = trainer.model
        model.save_pretrained(building)
        (building / CHOICE).write_text(json.dumps(found))
        building.rename(self.directory / f"{BEST}-{step}")
        # Only now: killed in between, both are there.
        if before is not None:
            shutil.rmtree(before[0])
