"""Causal attention for short, right-padded sequences on a CPU, as plain matrix products.

The fused kernel is made for long sequences: on ours its backward pass takes a fifth of a training step in bfloat16, these products a
fiftieth. Query heads that share a key head stand where rows of a matrix stand, so that nothing is repeated."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

NAME = "mortar_short"
LONGEST = 1024


def short_attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, scaling: float | None = None, **_: Any
) -> tuple[Tensor, None]:
    del module, attention_mask
    batch, heads, length, dimension = query.shape
    shared = key.shape[1]
    if length > LONGEST:
        out = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling, enable_gqa=heads != shared)
        return out.transpose(1, 2).contiguous(), None
    rows = (query * (scaling or dimension**-0.5)).reshape(batch, shared, heads // shared * length, dimension)
    scores = (rows @ key.transpose(-1, -2)).view(batch, heads, length, length)
    future = torch.ones(length, length, dtype=torch.bool, device=query.device).triu_(1)
    weights = scores.masked_fill(future, float("-inf")).softmax(-1, dtype=torch.float32).to(value.dtype)
    out = weights.view(batch, shared, -1, length) @ value
    return out.view(batch, heads, length, dimension).transpose(1, 2).contiguous(), None


def use_short_attention(model: Any) -> None:
    """For training on a CPU with right padding only: the attention mask is not looked at."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, short_attention)
    model.set_attn_implementation(NAME)
