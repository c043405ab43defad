from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import TRAJECTORY, write_job, write_lines

TRAIN = {"steps": 12, "batch": 4, "learning_rate": 1e-2, "muon_learning_rate": 1e-2, "optimizer": "muon", "threads": 1}


def start(job: Path, command: str) -> subprocess.Popen[str]:
    source = Path(__file__).parents[1] / "src"
    return subprocess.Popen(
        [sys.executable, "-m", "mortar_trainer", command, "--job", str(job)],
        env={**os.environ, "PYTHONPATH": str(source)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(job: Path, command: str) -> str:
    process = start(job, command)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out
    return out


def log(job: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (job / "log.jsonl").read_text().splitlines()]


def weights(job: Path) -> dict[str, object]:
    from safetensors.torch import load_file

    return dict(load_file(job / "output" / "model.safetensors"))


def trajectories(tmp_path: Path) -> str:
    records = [{"bin": str(i % 2), "messages": [{**TRAJECTORY[0], "content": f"fix thing_{i}"}, *TRAJECTORY[1:]]} for i in range(12)]
    return write_lines(tmp_path / "data.jsonl", records)


@pytest.mark.slow
def test_a_killed_job_goes_on_and_ends_with_the_same_weights(model: Path, tmp_path: Path) -> None:
    import torch

    config = {"model": str(model), "data": trajectories(tmp_path), "seed": 5, "expected_trained_turns": 36}
    whole = write_job(tmp_path / "whole", {**config, "train": TRAIN})
    finish(whole, "sft")

    cut = write_job(tmp_path / "cut", {**config, "train": {**TRAIN, "checkpoint_seconds": 0}})
    process = start(cut, "sft")
    deadline = time.monotonic() + 240
    while not list(cut.glob("checkpoints/checkpoint-*/complete")) and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (cut / "output").exists()
    finish(cut, "sft")

    (resumed,) = [line for line in log(cut) if line["event"] == "resume"]
    assert 1 <= int(str(resumed["step"])) < TRAIN["steps"]  # type: ignore[operator]
    first, second = weights(whole), weights(cut)
    assert all(torch.equal(first[name], second[name]) for name in first)  # type: ignore[arg-type]
    done_whole, done_cut = log(whole)[-1], log(cut)[-1]
    assert (done_cut["trained"], done_cut["loss"]) == (done_whole["trained"], done_whole["loss"])
    assert done_whole["presentations"] == 48
    assert done_whole["presentations_by_bin"] == {"0": 24, "1": 24}
    assert done_whole["masks"]["masked_turns"] == 12  # type: ignore[index]


def test_a_mask_that_is_not_what_the_caller_meant_stops_the_job(model: Path, tmp_path: Path) -> None:
    job = write_job(
        tmp_path / "job",
        {"model": str(model), "data": trajectories(tmp_path), "train": TRAIN, "expected_trained_turns": 40},
    )
    process = start(job, "sft")
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "the mask leaves 36 assistant turns, the caller expects 40" in out
    assert not (job / "output").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["generative", "regressive"])
def test_a_verifier_learns_to_tell_right_from_wrong_and_is_served(kind: str, model: Path, tmp_path: Path) -> None:
    def record(index: int, label: bool) -> dict[str, object]:
        edit = "sed 2\n is None\n is not None" if label else "sed 4\n append\n push"
        messages = [{"role": "user", "content": f"fix thing_{index}"}, {"role": "assistant", "content": edit}]
        return {"messages": messages, "label": label}

    data = write_lines(tmp_path / "data.jsonl", [record(i, i % 2 == 0) for i in range(40)])
    held = write_lines(tmp_path / "held.jsonl", [record(100 + i, i % 2 == 0) for i in range(10)])
    job = write_job(
        tmp_path / "job",
        {"model": str(model), "data": data, "holdout": held, "kind": kind, "train": {**TRAIN, "steps": 30}},
    )
    finish(job, "verifier")
    assert log(job)[-1]["holdout_auc"] == 1.0

    from mortar_trainer.chat import Chat
    from mortar_trainer.forward import Qwen3
    from mortar_trainer.tokenizer import load_tokenizer

    from test_server import ask_all

    served = Qwen3(job / "output")
    chat = Chat(load_tokenizer(job / "output"))
    question = {"role": "user", "content": "correct?"}
    prompts = [[*record(200, label)["messages"], question] for label in (True, False)]  # type: ignore[misc]
    answers = ask_all(served, chat, [(prompt, 0.0, 1) for prompt in prompts], max_tokens=1)
    assert [answer.text for answer in answers] == ["yes", "no"]


@pytest.mark.slow
def test_a_verifier_that_learns_by_heart_is_kept_as_it_was_before(model: Path, tmp_path: Path) -> None:
    def record(index: int, label: bool) -> dict[str, object]:
        messages = [{"role": "user", "content": f"fix thing_{index}"}, {"role": "assistant", "content": "sed 2\n is None\n is not None"}]
        return {"messages": messages, "label": label}

    # The labels follow from nothing that is there: what is learnt of them cannot hold for others.
    data = write_lines(tmp_path / "data.jsonl", [record(i, i * 7 % 11 < 5) for i in range(24)])
    held = write_lines(tmp_path / "held.jsonl", [record(100 + i, i % 2 == 0) for i in range(16)])
    job = write_job(
        tmp_path / "job",
        {"model": str(model), "data": data, "holdout": held, "evaluations": 6, "train": {**TRAIN, "batch": 24, "steps": 60}},
    )
    finish(job, "verifier")
    events = [line for line in log(job) if line["event"] == "held"]
    assert [line["step"] for line in events] == [10, 20, 30, 40, 50, 60]
    best = min(events, key=lambda line: float(str(line["holdout_loss"])))
    done = log(job)[-1]
    assert (done["chosen_step"], done["holdout_loss"]) == (best["step"], best["holdout_loss"])
    assert int(str(done["chosen_step"])) < 60
    assert sorted(path.name for path in (job / "output").glob("*.json"))[:1] == ["config.json"]
    assert not (job / "output" / "choice.json").exists()
