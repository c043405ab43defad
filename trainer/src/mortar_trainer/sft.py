"""`python -m mortar_trainer sft --job DIR`: masked supervised fine-tuning on trajectories."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .chat import Chat, Message, Sample
from .job import Job, UserError
from .models import model_folder
from .settings import read_settings

DEFAULTS = {
    "steps": 180,
    "tokens_per_step": 4096,
    "learning_rate": 1e-4,
    "muon_learning_rate": 0.008,
    "optimizer": "adamw",
    "schedule": "cosine",
    "warmup": 0.05,
    "max_grad_norm": 1.0,
    "precision": "bf16",
}


def read_lines(path: str) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise UserError(f"{path}:{number}: not JSON: {error}") from None
            if not isinstance(record.get("messages"), list):
                raise UserError(f"{path}:{number}: `messages` is missing")
            yield record


def cut_samples(samples: list[Sample], cutoff: int) -> int:
    """Drops what lies behind `cutoff` tokens; returns how many samples were cut."""
    cut = 0
    for sample in samples:
        if len(sample.ids) > cutoff:
            cut += 1
            del sample.ids[cutoff:], sample.weights[cutoff:]
    return cut


def probe(conversations: list[list[Message]], samples: list[Sample]) -> dict[str, Any]:
    """What the mask came out as, for the caller to compare with what it meant."""
    assistant = [message for messages in conversations for message in messages if message["role"] == "assistant"]
    masked = sum(1 for message in assistant if message.get("turn_mask"))
    return {
        "conversations": len(conversations),
        "trained_turns": len(assistant) - masked,
        "masked_turns": masked,
        "tokens_per_pass": sum(len(sample.ids) for sample in samples),
        "trained_tokens_per_pass": sum(sample.trained for sample in samples),
        "first_trained_tokens": [sample.trained for sample in samples[:8]],
    }


def run(job: Job) -> None:
    config = job.config
    seed = int(config.get("seed", 0))
    train = dict(config.get("train", {}))
    settings = read_settings(train, seed, DEFAULTS)
    directory = model_folder(job.require("model"), config.get("revision"))
    records = list(read_lines(job.require("data")))
    conversations: list[list[Message]] = [record["messages"] for record in records]
    if not conversations:
        raise UserError(f"{config['data']} has no trajectory: nothing to train on")

    from .tokenizer import load_tokenizer

    chat = Chat(load_tokenizer(directory))
    samples = chat.encode(conversations)
    facts = probe(conversations, samples)
    expected = config.get("expected_trained_turns")
    if expected is not None and expected != facts["trained_turns"]:
        raise UserError(
            f"the mask leaves {facts['trained_turns']} assistant turns, the caller expects {expected}: the data changed on its way"
        )
    facts["cut"] = cut_samples(samples, int(train.get("cutoff", 1 << 30)))
    kept = [index for index, sample in enumerate(samples) if sample.trained]
    samples = [samples[index] for index in kept]
    if not samples:
        raise UserError("no token is trained: every assistant turn is masked, or lies behind `cutoff`")
    job.log("masks", **facts)

    import torch

    from .batches import plan_steps
    from .models import load_model, pad_of
    from .training import Steps, run_training

    torch.set_num_threads(settings.threads)
    torch.manual_seed(seed)
    model = load_model(directory, train)
    pad = pad_of(model, chat)
    plan = plan_steps([len(sample.ids) for sample in samples], settings.budget, settings.steps, seed)
    shown = Counter(str(records[kept[index]].get("bin", "all")) for step in plan for part in step for index in part)
    totals = run_training(job, settings, model, Steps(samples, plan, pad))
    building = job.directory / "output.partial"
    shutil.rmtree(building, ignore_errors=True)
    model.save_pretrained(building)
    copy_tokenizer(directory, building)
    job.log("done", steps=settings.steps, masks=facts, presentations_by_bin=dict(sorted(shown.items())), **totals)
    job.publish(building)


def copy_tokenizer(source: Path, target: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "vocab.json", "merges.txt", "special_tokens_map.json"):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)
