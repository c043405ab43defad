"""`python -m mortar_trainer pretrain --job DIR`: a base model from random weights, or more of the same (the compute-matched control)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from .bugs import KINDS
from .chat import Chat, Message
from .corpus import Shape, build_corpus, texts
from .job import Job, UserError
from .settings import read_settings

DEFAULTS = {
    "tokens_per_step": 4096,
    "learning_rate": 3e-3,
    "muon_learning_rate": 0.02,
    "optimizer": "muon",
    "schedule": "linear",
    "warmup": 0.02,
    "max_grad_norm": 1.0,
    "precision": "bf16",
}


def weigh(_: int, message: Message) -> float:
    return float(message["weight"])  # type: ignore[typeddict-item]


def run(job: Job) -> None:
    config = job.config
    seed = int(config.get("seed", 0))
    train = dict(config.get("train", {}))
    sizes: dict[str, Any] = dict(config.get("model", {}))
    for name in ("steps", "tokens_per_step"):
        if name in config:
            train.setdefault(name, config[name])
    steps = int(train.get("steps", 700))
    train["steps"] = steps
    settings = read_settings(train, seed, DEFAULTS)
    given = dict(config.get("corpus", {}))
    if "bugs" in given:
        given["bugs"] = tuple(given["bugs"])
    if given.get("edits") is not None:
        wrong = sorted(set(given["edits"]) - set(KINDS))
        if wrong:
            raise UserError(f"corpus.edits has {', '.join(wrong)}; known are {', '.join(KINDS)}")
        given["edits"] = tuple(given["edits"])
    shape = Shape(**given)
    cutoff = int(train.get("cutoff", sizes.get("max_length", 1024)))
    size = {**DEFAULTS, **train}
    wanted = int(config.get("conversations") or (steps * size["batch"] if "batch" in train else steps * size["tokens_per_step"] / 100))
    # Before torch is imported: a fork of a process with idle worker threads is not safe.
    corpus = build_corpus(
        config.get("trees", []),
        config.get("excluded_trees", []),
        config.get("exclude", []),
        bool(config.get("stdlib", True)),
        wanted,
        seed,
        shape,
        min(4, os.cpu_count() or 1),
    )
    job.log("corpus", **corpus.counts)
    if not corpus.conversations:
        raise ValueError("the corpus is empty: no function in `trees` is short enough, or all are excluded")

    from .tokenizer import load_tokenizer, save_tokenizer, train_tokenizer

    source = config.get("continue_from")
    if source:
        tokenizer = load_tokenizer(Path(source))
    else:
        some = corpus.conversations[:: max(1, len(corpus.conversations) // 12000)]
        tokenizer = train_tokenizer(texts(some), int(sizes.get("vocabulary", 2048)))
    job.log("tokenizer", vocabulary=tokenizer.get_vocab_size())
    chat = Chat(tokenizer)
    samples = [sample for sample in chat.encode(corpus.conversations, weigh) if len(sample.ids) <= cutoff]  # type: ignore[arg-type]
    lengths = [len(sample.ids) for sample in samples]
    job.log("samples", samples=len(samples), tokens=sum(lengths), longest=max(lengths), dropped=len(corpus.conversations) - len(samples))

    import torch
    from transformers import Qwen3ForCausalLM

    from .base_model import new_model
    from .batches import plan_steps
    from .chat import PAD
    from .training import Steps, run_training

    torch.set_num_threads(settings.threads)
    pad = chat.special(PAD)
    if source:
        model = Qwen3ForCausalLM.from_pretrained(source, dtype=torch.float32)
    else:
        model = new_model(sizes, tokenizer.get_vocab_size(), pad, chat.end, seed)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    job.log("model", parameters=parameters)
    plan = plan_steps(lengths, settings.budget, settings.steps, seed)
    totals = run_training(job, settings, model, Steps(samples, plan, pad))
    building = job.directory / "output.partial"
    shutil.rmtree(building, ignore_errors=True)
    model.save_pretrained(building)
    save_tokenizer(tokenizer, building, model.config.max_position_embeddings)
    job.log("done", parameters=parameters, corpus=corpus.counts, steps=settings.steps, **totals)
    job.publish(building)
