"""`python -m mortar_trainer verifier --job DIR`: learns to say whether a trajectory mended its bug.

generative: the probability of `yes` against `no` as the next token. regressive: a scalar on the last token."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from typing import Any

from .chat import NO, QUESTION, YES, Chat, Message, Sample
from .job import Job, UserError
from .models import model_folder
from .settings import read_settings
from .sft import copy_tokenizer, read_lines

DEFAULTS = {
    "tokens_per_step": 4096,
    "epochs": 1,
    "learning_rate": 2e-5,
    "muon_learning_rate": 0.004,
    "optimizer": "adamw",
    "schedule": "linear",
    "warmup": 0.05,
    "max_grad_norm": 1.0,
    "precision": "bf16",
}


def conversation(messages: Sequence[Message], label: bool) -> list[Message]:
    """The trajectory, the question, and the answer; idempotent on a trajectory that ends with the question."""
    plain: list[Message] = [{"role": message["role"], "content": message["content"]} for message in messages]
    if not plain or plain[-1]["content"] != QUESTION:
        plain.append({"role": "user", "content": QUESTION})
    return [*plain, {"role": "assistant", "content": YES if label else NO}]


def cut_middle(sample: Sample, cutoff: int) -> bool:
    """Takes the middle out of a sample that is too long: the statement at the head and the last edit with the question at the tail stay."""
    excess = len(sample.ids) - cutoff
    if excess <= 0:
        return False
    head = cutoff // 3
    del sample.ids[head : head + excess], sample.weights[head : head + excess]
    return True


def balanced(labels: Sequence[bool], ratio: float | None, rng: random.Random) -> list[int]:
    """Indices with at most `ratio` failures a success, and the other way round; all of them where `ratio` is null."""
    indices: dict[bool, list[int]] = {True: [], False: []}
    for index, label in enumerate(labels):
        indices[label].append(index)
    if ratio is not None:
        for label in (True, False):
            limit = round(ratio * len(indices[not label]))
            if limit and len(indices[label]) > limit:
                indices[label] = rng.sample(indices[label], limit)
    return sorted(indices[True] + indices[False])


def run(job: Job) -> None:
    config = job.config
    seed = int(config.get("seed", 0))
    train = dict(config.get("train", {}))
    kind = config.get("kind", "generative")
    if kind not in ("generative", "regressive"):
        raise UserError(f"kind is {kind!r}; it can be generative or regressive")
    if train.get("cut", "middle") != "middle":
        raise UserError(f"train.cut is {train['cut']!r}; only middle is known")
    directory = model_folder(job.require("model"), config.get("revision"))
    rng = random.Random(seed)

    from .tokenizer import load_tokenizer

    chat = Chat(load_tokenizer(directory))
    cutoff = int(train.get("cutoff", 1 << 30))

    def read(path: str) -> tuple[list[Sample], list[bool], int]:
        records = list(read_lines(path))
        found = [bool(record["label"]) for record in records]
        conversations = [conversation(record["messages"], label) for record, label in zip(records, found, strict=True)]

        def only_answer(index: int, message: Message) -> float:
            del index
            return 1.0 if message.get("turn_mask") is False else 0.0

        for messages in conversations:
            messages[-1]["turn_mask"] = False
        made = chat.encode(conversations, only_answer)
        for sample in made:
            # The answer is one token: its end mark carries no judgement.
            sample.weights[-2] = 0.0
        return made, found, sum(cut_middle(sample, cutoff) for sample in made)

    samples, labels, cut = read(job.require("data"))
    if len(set(labels)) < 2:
        raise UserError(
            f"{config['data']}: all {len(labels)} trajectories are {'successes' if any(labels) else 'failures'}; a verifier needs both"
        )
    ratio = config.get("balance")
    kept = balanced(labels, None if ratio is None else float(ratio), rng)
    samples, labels = [samples[i] for i in kept], [labels[i] for i in kept]
    job.log("data", trajectories=len(samples), successes=sum(labels), cut=cut)

    import torch

    from .batches import plan_steps
    from .models import load_model, pad_of
    from .training import Steps, drive
    from .verifier_training import CHOICE, ChooseOnHeld, Held, RegressiveTrainer

    lengths = [len(sample.ids) for sample in samples]
    if "steps" not in train:
        merged = {**DEFAULTS, **train}
        one_pass = len(samples) / merged["batch"] if "batch" in train else 1.1 * sum(lengths) / merged["tokens_per_step"]
        train["steps"] = max(1, round(float(merged["epochs"]) * one_pass))
    settings = read_settings(train, seed, DEFAULTS)
    torch.set_num_threads(settings.threads)
    torch.manual_seed(seed)
    model = load_model(directory, train, "regressive" if kind == "regressive" else "lm")
    pad = pad_of(model, chat)
    answers = (answer_token(chat, YES), answer_token(chat, NO))
    data = Steps(samples, plan_steps(lengths, settings.budget, settings.steps, seed), pad)
    trainer = RegressiveTrainer(job, settings, model, data, answers, kind)
    facts: dict[str, Any] = {"trajectories": len(samples), "successes": sum(labels), "cut": cut, "kind": kind}
    choice = None
    if config.get("holdout"):
        held, truth, _ = read(config["holdout"])
        facts |= {"holdout": len(held), "holdout_successes": sum(truth)}
        # Where all of them are alike there is nothing to choose by.
        if len(set(truth)) == 2:
            choice = ChooseOnHeld(trainer, Held(held, truth), int(config.get("evaluations", 1)))
            trainer.add_callback(choice)
    totals = drive(job, trainer)
    building = job.directory / "output.partial"
    shutil.rmtree(building, ignore_errors=True)
    best = choice.kept() if choice else None
    if best is not None:
        folder, scored = best
        facts |= {"chosen_step": scored["step"], "holdout_auc": scored["holdout_auc"], "holdout_loss": scored["holdout_loss"]}
        shutil.copytree(folder, building, ignore=shutil.ignore_patterns(CHOICE))
    else:
        model.save_pretrained(building)
    copy_tokenizer(directory, building)
    job.log("done", steps=settings.steps, **facts, **totals)
    job.publish(building)


def answer_token(chat: Chat, word: str) -> int:
    ids = chat.tokenizer.encode(word, add_special_tokens=False).ids
    return int(ids[0])
