"""A Qwen3 model from random weights."""

from __future__ import annotations

from typing import Any

from .job import UserError

KNOWN = {"hidden", "layers", "heads", "kv_heads", "head_dim", "intermediate", "vocabulary", "max_length"}


def new_model(sizes: dict[str, Any], vocabulary: int, pad: int, end: int, seed: int) -> Any:
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    unknown = sorted(set(sizes) - KNOWN)
    if unknown:
        raise UserError(f"model.{unknown[0]} is not known; known are {', '.join(sorted(KNOWN))}")
    hidden = int(sizes.get("hidden", 192))
    head = int(sizes.get("head_dim", 64))
    config = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=int(sizes.get("intermediate", hidden * 3)),
        num_hidden_layers=int(sizes.get("layers", 3)),
        num_attention_heads=int(sizes.get("heads", max(1, hidden // head))),
        num_key_value_heads=int(sizes.get("kv_heads", 1)),
        head_dim=head,
        max_position_embeddings=int(sizes.get("max_length", 1024)),
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        pad_token_id=pad,
        bos_token_id=None,
        eos_token_id=end,
        use_cache=True,
    )
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(config)
    model.generation_config.do_sample = True
    return model
