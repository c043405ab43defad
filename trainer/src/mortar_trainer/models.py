"""Loads the model to be trained further."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .chat import PAD, Chat
from .job import UserError


def model_folder(model: str, revision: str | None) -> Path:
    """A folder as it is; a hub name's snapshot, downloaded where it is not in the hub's cache."""
    path = Path(model)
    if path.is_dir():
        return path
    if path.is_absolute():
        raise UserError(f"{path} is no folder: the model is missing")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, revision=revision))
    except Exception as error:
        raise UserError(f"model {model} is neither a folder nor could it be fetched from the hub: {error}") from error


def load_model(directory: Path, train: dict[str, Any], kind: str = "lm") -> Any:
    """Weights are kept in float32 (bf16 is autocast), on a GPU too: the optimizer needs them."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

    config = AutoConfig.from_pretrained(directory)
    cutoff = train.get("cutoff")
    rope = train.get("rope")
    if rope not in (None, "yarn"):
        raise UserError(f"train.rope is {rope!r}; it can be yarn or null")
    if rope == "yarn" and cutoff and int(cutoff) > config.max_position_embeddings:
        original = config.max_position_embeddings
        parameters = dict(getattr(config, "rope_parameters", None) or {})
        config.rope_parameters = {
            **parameters,
            "rope_type": "yarn",
            "factor": float(cutoff) / original,
            "original_max_position_embeddings": original,
        }
        config.max_position_embeddings = int(cutoff)
    if kind == "regressive":
        config.num_labels = 1
        config.pad_token_id = config.pad_token_id if config.pad_token_id is not None else 0
        return AutoModelForSequenceClassification.from_pretrained(directory, config=config, dtype=torch.float32)
    return AutoModelForCausalLM.from_pretrained(directory, config=config, dtype=torch.float32)


def pad_of(model: Any, chat: Chat) -> int:
    known = model.config.pad_token_id
    if known is not None:
        return int(known)
    found = chat.tokenizer.token_to_id(PAD)
    return int(found) if found is not None else chat.end
