"""A model so small that a test trains it in a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mortar_trainer.tokenizer import save_tokenizer, train_tokenizer

CODE = (
    "fix Stack.push\n1|def push(self, item):\n2|    if item is None:\n"
    "3|        return False\n4|    self.items.append(item)\n5|    return True"
)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mortar_trainer.base_model import new_model

    folder = tmp_path_factory.mktemp("model")
    tokenizer = train_tokenizer([CODE, "sed 2\n is None\n is not None"] * 20, 400)
    sizes = {"hidden": 32, "layers": 2, "heads": 4, "kv_heads": 2, "head_dim": 16, "intermediate": 64, "max_length": 128}
    end = tokenizer.token_to_id("<|im_end|>")
    made = new_model(sizes, tokenizer.get_vocab_size(), 0, end, seed=3)
    # Random weights give flat distributions; larger ones give the tests something to tell apart.
    for parameter in made.parameters():
        if parameter.ndim == 2:
            parameter.data.mul_(4)
    made.save_pretrained(folder)
    save_tokenizer(tokenizer, folder, 128)
    return folder


def write_job(folder: Path, config: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def write_lines(path: Path, records: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


TRAJECTORY = [
    {"role": "user", "content": "fix Stack.push"},
    {"role": "assistant", "content": "view"},
    {"role": "user", "content": CODE.partition("\n")[2]},
    {"role": "assistant", "content": "sed 9\n is None\n is not None", "turn_mask": True},
    {"role": "user", "content": "error: no line"},
    {"role": "assistant", "content": "sed 2\n is None\n is not None"},
    {"role": "user", "content": "ok"},
    {"role": "assistant", "content": "finish"},
]
