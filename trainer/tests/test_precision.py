from __future__ import annotations

import json
from pathlib import Path

import pytest

from mortar_trainer.chat import Chat
from mortar_trainer.tokenizer import load_tokenizer

from conftest import TRAJECTORY, write_job


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_the_layers_compute_in_the_precision_that_was_asked_for_and_the_weights_stay_float32(
    precision: str, model: Path, tmp_path: Path
) -> None:
    import torch

    from mortar_trainer.job import Job
    from mortar_trainer.models import load_model
    from mortar_trainer.settings import read_settings
    from mortar_trainer.sft import DEFAULTS
    from mortar_trainer.training import Steps, StepTrainer

    chat = Chat(load_tokenizer(model))
    samples = chat.encode([TRAJECTORY])  # type: ignore[list-item]
    settings = read_settings({"steps": 1, "batch": 1, "precision": precision}, 1, DEFAULTS)
    loaded = load_model(model, {})
    seen: set[torch.dtype] = set()
    loaded.model.layers[0].mlp.up_proj.register_forward_hook(lambda _module, _inputs, output: seen.add(output.dtype))
    loaded.lm_head.register_forward_hook(lambda _module, _inputs, output: seen.add(output.dtype))
    trainer = StepTrainer(Job(str(write_job(tmp_path / "job", {}))), settings, loaded, Steps(samples, [[[0]]], 0))
    trainer.train()
    assert seen == {torch.bfloat16 if precision == "bf16" else torch.float32}
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}
    assert json.loads((tmp_path / "job" / "log.jsonl").read_text().splitlines()[-1])["event"] == "step"
