"""Qwen3 inference with torch alone: the same arithmetic as transformers', for many sequences of different length at once.

Importing transformers takes seconds and its generation loop serves one batch at a time; this file is what a server of small models
needs instead. tests/test_forward.py holds it to transformers' own logits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Sizes:
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    max_length: int
    eps: float
    theta: float
    yarn: dict[str, Any] | None


def read_sizes(directory: Path) -> tuple[Sizes, bool]:
    """Sizes, and whether it is a verifier with a scalar head."""
    config = json.loads((directory / "config.json").read_text())
    if config.get("model_type") != "qwen3":
        raise ValueError(f"{directory}: model_type is {config.get('model_type')!r}; the local server serves qwen3 models only")
    rope = config.get("rope_parameters") or {"rope_theta": config.get("rope_theta", 10000.0), **(config.get("rope_scaling") or {})}
    kind = rope.get("rope_type", "default")
    if kind not in ("default", "yarn"):
        raise ValueError(f"{directory}: rope type {kind!r} is not supported by the local server")
    sizes = Sizes(
        config["hidden_size"],
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config.get("num_key_value_heads") or config["num_attention_heads"],
        config["head_dim"],
        config["vocab_size"],
        config["max_position_embeddings"],
        config["rms_norm_eps"],
        float(rope.get("rope_theta", 10000.0)),
        rope if kind == "yarn" else None,
    )
    return sizes, "Qwen3ForSequenceClassification" in (config.get("architectures") or [])


@dataclass(slots=True)
class Layer:
    norm: Tensor
    qkv: Tensor
    q_norm: Tensor
    k_norm: Tensor
    out: Tensor
    mlp_norm: Tensor
    gate_up: Tensor
    down: Tensor


@dataclass(slots=True)
class Chunk:
    """New tokens of one sequence: they stand at `start` .. `start + length` in the cache slot."""

    slot: int
    start: int
    length: int


class Qwen3:
    def __init__(self, directory: Path) -> None:
        from safetensors.torch import load_file

        self.sizes, self.regressive = read_sizes(directory)
        files = sorted(directory.glob("*.safetensors"))
        if not files:
            raise ValueError(f"{directory}: no .safetensors file")
        weights: dict[str, Tensor] = {}
        for file in files:
            weights.update({name: tensor.float() for name, tensor in load_file(file).items()})
        self.embedding = weights["model.embed_tokens.weight"]
        self.head = weights["score.weight"] if self.regressive else weights.get("lm_head.weight", self.embedding)
        self.norm = weights["model.norm.weight"]
        self.layers: list[Layer] = []
        for number in range(self.sizes.layers):
            prefix = f"model.layers.{number}."

            def part(name: str, prefix: str = prefix) -> Tensor:
                return weights[f"{prefix}{name}.weight"]

            self.layers.append(
                Layer(
                    part("input_layernorm"),
                    torch.cat([part("self_attn.q_proj"), part("self_attn.k_proj"), part("self_attn.v_proj")]),
                    part("self_attn.q_norm"),
                    part("self_attn.k_norm"),
                    part("self_attn.o_proj"),
                    part("post_attention_layernorm"),
                    torch.cat([part("mlp.gate_proj"), part("mlp.up_proj")]),
                    part("mlp.down_proj"),
                )
            )
        self.cos, self.sin = self._rotary()

    def _rotary(self) -> tuple[Tensor, Tensor]:
        sizes = self.sizes
        if sizes.yarn is None:
            powers = torch.arange(0, sizes.head_dim, 2, dtype=torch.float32) / sizes.head_dim
            inverse, scale = 1.0 / (sizes.theta**powers), 1.0
        else:
            # Rare here (long contexts on a GPU are vLLM's work), so transformers' own function is used.
            from transformers import AutoConfig
            from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

            config = AutoConfig.for_model(
                "qwen3", head_dim=sizes.head_dim, max_position_embeddings=sizes.max_length, rope_parameters=sizes.yarn
            )
            inverse, scale = ROPE_INIT_FUNCTIONS["yarn"](config, torch.device("cpu"))
        angles = torch.outer(torch.arange(sizes.max_length, dtype=torch.float32), inverse)
        angles = torch.cat([angles, angles], dim=-1)
        return angles.cos() * scale, angles.sin() * scale

    def new_cache(self, slots: int, length: int) -> Tensor:
        """[layer, key or value, slot, head, position, dimension]"""
        sizes = self.sizes
        return torch.zeros(sizes.layers, 2, slots, sizes.kv_heads, length, sizes.head_dim)

    @torch.inference_mode()
    def forward(self, tokens: Tensor, chunks: list[Chunk], cache: Tensor) -> Tensor:
        """Logits behind the last token of each chunk. Chunks of one token that stand in slots 0.. in order are attended to together."""
        sizes = self.sizes
        starts = torch.tensor([chunk.start for chunk in chunks])
        counts = torch.tensor([chunk.length for chunk in chunks])
        slots = torch.repeat_interleave(torch.tensor([chunk.slot for chunk in chunks]), counts)
        ends = counts.cumsum(0)
        positions = torch.arange(len(tokens)) - torch.repeat_interleave(ends - counts - starts, counts)
        cos, sin = self.cos[positions].unsqueeze(1), self.sin[positions].unsqueeze(1)
        single = 0
        while single < len(chunks) and chunks[single].length == 1 and chunks[single].slot == single:
            single += 1
        width = int((starts[:single] + 1).max()) if single else 0
        hidden_ones = torch.arange(width) > starts[:single, None] if single else None
        scale = sizes.head_dim**-0.5
        groups = sizes.heads // sizes.kv_heads
        x = self.embedding[tokens]
        for number, layer in enumerate(self.layers):
            normed = self._rms(x, layer.norm)
            q, k, v = functional.linear(normed, layer.qkv).split(
                [sizes.heads * sizes.head_dim, sizes.kv_heads * sizes.head_dim, sizes.kv_heads * sizes.head_dim], dim=-1
            )
            q = self._rotate(self._rms(q.unflatten(-1, (sizes.heads, -1)), layer.q_norm), cos, sin)
            k = self._rotate(self._rms(k.unflatten(-1, (sizes.kv_heads, -1)), layer.k_norm), cos, sin)
            keys, values = cache[number, 0], cache[number, 1]
            keys[slots, :, positions] = k
            values[slots, :, positions] = v.unflatten(-1, (sizes.kv_heads, -1))
            attended = torch.empty(len(tokens), sizes.heads * sizes.head_dim)
            if single:
                # Query heads that share a key head stand where the rows of a matrix stand: no copy of the keys is needed.
                rows = q[:single].reshape(single, sizes.kv_heads, groups, sizes.head_dim)
                scores = (rows @ keys[:single, :, :width].transpose(-1, -2)) * scale
                scores.masked_fill_(hidden_ones[:, None, None, :], float("-inf"))  # type: ignore[index]
                attended[:single] = (scores.softmax(-1) @ values[:single, :, :width]).reshape(single, -1)
            first = single
            for chunk in chunks[single:]:
                last = first + chunk.length
                seen = chunk.start + chunk.length
                mask = None
                if chunk.start:
                    mask = torch.arange(seen) <= torch.arange(chunk.start, seen)[:, None]
                attended[first:last] = (
                    functional.scaled_dot_product_attention(
                        q[first:last].transpose(0, 1)[None],
                        keys[chunk.slot, :, :seen][None],
                        values[chunk.slot, :, :seen][None],
                        attn_mask=mask,
                        is_causal=mask is None,
                        enable_gqa=groups > 1,
                    )[0]
                    .transpose(0, 1)
                    .reshape(chunk.length, -1)
                )
                first = last
            x = x + functional.linear(attended, layer.out)
            gate, up = functional.linear(self._rms(x, layer.mlp_norm), layer.gate_up).chunk(2, dim=-1)
            x = x + functional.linear(functional.silu(gate) * up, layer.down)
        return functional.linear(self._rms(x[ends - 1], self.norm), self.head)

    def _rms(self, x: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), weight, self.sizes.eps)

    @staticmethod
    def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        low, high = x.chunk(2, dim=-1)
        return x * cos + torch.cat([-high, low], dim=-1) * sin
