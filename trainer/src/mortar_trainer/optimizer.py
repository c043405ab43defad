"""Muon for the weight matrices and AdamW for the rest, as one optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised by Newton-Schulz. Matrices of one shape are worked on together: on a CPU, with matrices as small as ours,
    that takes a third of the time of one by one."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0) -> None:
        super().__init__(list(params), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        del closure
        for group in self.param_groups:
            shapes: dict[tuple[int, ...], list[Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes.setdefault(tuple(parameter.shape), []).append(parameter)
            for shape, parameters in shapes.items():
                updates = []
                for parameter in parameters:
                    gradient = parameter.grad
                    if gradient is None:
                        continue
                    state = self.state[parameter]
                    if not state:
                        state["momentum"] = torch.zeros_like(parameter)
                    momentum = state["momentum"].lerp_(gradient, 1 - group["momentum"])
                    updates.append(gradient.lerp(momentum, group["momentum"]))
                step = orthogonalise(torch.stack(updates))
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for parameter, update in zip(parameters, step.unbind(), strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update.to(parameter.dtype), alpha=-scale)


def orthogonalise(batch: Tensor, rounds: int = 5) -> Tensor:
    """Newton-Schulz with the quintic of the Muon paper, in bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = batch.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(rounds):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x


class Pair(torch.optim.Optimizer):
    """Two optimizers behind the interface of one; their parameter groups are shared, so that schedules reach them."""

    def __init__(self, first: torch.optim.Optimizer, second: torch.optim.Optimizer) -> None:
        self.parts = (first, second)
        super().__init__([*first.param_groups, *second.param_groups], {})
        # Optimizer.__init__ keeps the very dictionaries it was given: a schedule that sets `lr` sets it in the parts.
        self.param_groups = [*first.param_groups, *second.param_groups]

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        del closure
        for part in self.parts:
            part.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        for part in self.parts:
            part.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def build_optimizer(model: nn.Module, learning_rate: float, muon_learning_rate: float | None, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW, or with `muon_learning_rate` Muon on the matrices inside the layers and AdamW on embeddings, norms and heads."""
    matrices: list[Tensor] = []
    vectors: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if parameter.ndim == 2 and ".layers." in name:
            matrices.append(parameter)
        elif parameter.ndim == 2:
            others.append(parameter)
        else:
            vectors.append(parameter)
    decayed = others if muon_learning_rate is not None else others + matrices
    adamw = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}],
        lr=learning_rate,
        betas=(0.9, 0.95),
        eps=1e-8,
        foreach=True,
    )
    if muon_learning_rate is None:
        return adamw
    return Pair(Muon(matrices, muon_learning_rate, weight_decay=weight_decay), adamw)
