"""The trainer: transformers' Trainer with whole optimizer steps as its batches, and a loss per trained token."""

from __future__ import annotations

import json
import math
import operator
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from .attention import use_short_attention
from .batches import collate
from .chat import Sample
from .job import Job
from .optimizer import build_optimizer
from .settings import Settings

COMPLETE = "complete"
TOTALS = "totals.json"
# Steps whose mean loss stands for the end of a training. The lines of the log go by the clock; a result must not.
RECENT = 16
Step = list[dict[str, Tensor]]


class Steps(Dataset[Step]):
    """One element is one optimizer step: the forward passes that make it up."""

    def __init__(self, samples: Sequence[Sample], plan: list[list[list[int]]], pad: int) -> None:
        self.samples = samples
        self.plan = plan
        self.pad = pad

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, index: int) -> Step:
        return [collate([self.samples[i] for i in part], self.pad) for part in self.plan[index]]


class StepTrainer(Trainer):
    """Trains on whole steps. The loss is the weighted sum over the trained tokens of the step divided by their weight: masking some turns
    does not change how much a remaining token counts against another."""

    def __init__(self, job: Job, settings: Settings, model: Any, data: Steps) -> None:
        self.job = job
        self.settings = settings
        self.data = data
        self.losses: list[float] = []
        """Since the last line of the log."""
        self.recent: deque[float] = deque(maxlen=RECENT)
        if not torch.cuda.is_available():
            use_short_attention(model)
        self.totals = {"tokens": 0, "padded": 0, "trained": 0, "presentations": 0}
        arguments = TrainingArguments(
            output_dir=str(job.checkpoints),
            max_steps=settings.steps,
            per_device_train_batch_size=1,
            learning_rate=settings.learning_rate,
            max_grad_norm=settings.max_grad_norm,
            bf16=settings.precision == "bf16",
            use_cpu=not torch.cuda.is_available(),
            gradient_checkpointing=settings.gradient_checkpointing,
            seed=settings.seed % 2**31,
            data_seed=settings.seed % 2**31,
            save_strategy="no",
            save_total_limit=2,
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
            dataloader_num_workers=0,
            remove_unused_columns=False,
        )
        super().__init__(model=model, args=arguments, train_dataset=data, callbacks=[Progress(self)])
        self.model_accepts_loss_kwargs = False

    def get_train_dataloader(self) -> DataLoader[Step]:
        # One step an element, in the planned order: a resumed job skips to its place without reading what lies before.
        return DataLoader(self.data, batch_size=1, shuffle=False, collate_fn=operator.itemgetter(0))

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            trained: Any = model or self.model
            self.optimizer = build_optimizer(
                trained, self.settings.learning_rate, self.settings.muon_learning_rate, self.settings.weight_decay
            )
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        if self.lr_scheduler is None:
            settings = self.settings
            warmup = settings.warmup * num_training_steps

            def factor(step: int) -> float:
                if step < warmup:
                    return (step + 1) / (warmup + 1)
                if settings.schedule == "constant":
                    return 1.0
                done = min(1.0, (step - warmup) / max(1.0, num_training_steps - warmup))
                left = 1 - done if settings.schedule == "linear" else (1 + math.cos(math.pi * done)) / 2
                return settings.final + (1 - settings.final) * left

            scheduled: Any = optimizer or self.optimizer
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(scheduled, factor)
        return self.lr_scheduler

    def training_step(self, model: nn.Module, inputs: Any, num_items_in_batch: Any = None) -> Tensor:
        del num_items_in_batch
        model.train()
        total = sum(float(part["weights"][:, 1:].sum()) for part in inputs) or 1.0
        loss = torch.zeros((), device=self.args.device)
        for part in inputs:
            moved = {name: tensor.to(self.args.device) for name, tensor in part.items()}
            # Transformers autocasts `model.forward` only, and the loss calls the layers inside it.
            with self.accelerator.autocast():
                share = self.weighted_loss(model, moved) / total
            self.accelerator.backward(share)
            loss += share.detach()
            self.totals["padded"] += part["input_ids"].numel()
            self.totals["tokens"] += int((part["input_ids"] != self.data.pad).sum())
            self.totals["trained"] += int((part["weights"][:, 1:] > 0).sum())
            self.totals["presentations"] += part["input_ids"].shape[0]
        self.losses.append(float(loss))
        self.recent.append(float(loss))
        return loss

    def learning_rate(self) -> float:
        """Of AdamW."""
        optimizer: Any = self.optimizer
        return float(optimizer.param_groups[-1]["lr"])

    def floating_point_ops(self, inputs: Any) -> int:
        del inputs
        return 0

    def weighted_loss(self, model: Any, inputs: dict[str, Tensor]) -> Tensor:
        """Weighted sum of the cross entropies of one forward pass."""
        weights = inputs["weights"][:, 1:].reshape(-1)
        chosen = weights.nonzero().squeeze(1)
        targets = inputs["input_ids"][:, 1:].reshape(-1)[chosen]
        bare: Any = self.model
        if model is bare and hasattr(model, "lm_head"):
            # Logits only where something is trained: most tokens of a conversation are context.
            hidden = model.model(input_ids=inputs["input_ids"], use_cache=False).last_hidden_state[:, :-1]
            logits = model.lm_head(hidden.reshape(-1, hidden.shape[-1])[chosen])
        else:
            logits = model(input_ids=inputs["input_ids"], use_cache=False).logits[:, :-1]
            logits = logits.reshape(-1, logits.shape[-1])[chosen]
        losses = functional.cross_entropy(logits.float(), targets, reduction="none")
        return (losses * weights[chosen]).sum()

    def _save_checkpoint(self, model: nn.Module, trial: Any = None) -> None:
        super()._save_checkpoint(model, trial)
        folder = self.job.checkpoints / f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        (folder / TOTALS).write_text(json.dumps({**self.totals, "recent": list(self.recent)}))
        # Written last: a checkpoint without it was cut short and is not resumed from.
        (folder / COMPLETE).write_text(f"{self.state.global_step}\n")


class Progress(TrainerCallback):
    """Writes the job's log, and checkpoints by time."""

    def __init__(self, trainer: StepTrainer) -> None:
        self.trainer = trainer
        self.logged = time.monotonic()
        self.saved = time.monotonic()
        self.tokens = 0

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        now = time.monotonic()
        trainer = self.trainer
        last = state.global_step >= trainer.settings.steps
        if now - self.logged >= 2 or last or state.global_step == 1:
            tokens = trainer.totals["tokens"]
            rate = (tokens - self.tokens) / max(1e-6, now - self.logged)
            loss = sum(trainer.losses) / max(1, len(trainer.losses))
            trainer.losses.clear()
            trainer.job.log(
                "step", step=state.global_step, steps=trainer.settings.steps, loss=round(loss, 5), tokens_per_second=round(rate),
                learning_rate=trainer.learning_rate(), **trainer.totals,
            )  # fmt: skip
            self.logged, self.tokens = now, tokens
        if now - self.saved >= trainer.settings.checkpoint_seconds and not last:
            self.saved = now
            control.should_save = True


def last_checkpoint(job: Job) -> Path | None:
    found = [path.parent for path in job.checkpoints.glob(f"{PREFIX_CHECKPOINT_DIR}-*/{COMPLETE}")]
    return max(found, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def run_training(job: Job, settings: Settings, model: Any, data: Steps) -> dict[str, Any]:
    """Trains to the end, from the last whole checkpoint where there is one. Returns the totals for the job's last line."""
    return drive(job, StepTrainer(job, settings, model, data))


def drive(job: Job, trainer: StepTrainer) -> dict[str, Any]:
    checkpoint = last_checkpoint(job)
    if checkpoint is not None:
        kept = json.loads((checkpoint / TOTALS).read_text())
        trainer.recent.extend(kept.pop("recent"))
        trainer.totals = kept
        job.log("resume", step=int(checkpoint.name.rsplit("-", 1)[1]))
    started = time.monotonic()
    before = trainer.totals["tokens"]
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    elapsed = time.monotonic() - started
    return {
        **trainer.totals,
        "loss": round(sum(trainer.recent) / max(1, len(trainer.recent)), 5),
        "train_seconds": round(elapsed, 1),
        "mean_tokens_per_second": round((trainer.totals["tokens"] - before) / max(elapsed, 1e-6)),
    }
