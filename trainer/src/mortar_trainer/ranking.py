"""How well scores tell successes from failures."""

from __future__ import annotations

import math
from collections.abc import Sequence


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Chance that a success scores above a failure; ties count half. Null where one of them is missing."""
    good = [score for score, label in zip(scores, labels, strict=True) if label]
    bad = [score for score, label in zip(scores, labels, strict=True) if not label]
    if not good or not bad:
        return None
    wins = sum((a > b) + 0.5 * (a == b) for a in good for b in bad)
    return wins / (len(good) * len(bad))


def log_loss(logits: Sequence[float], labels: Sequence[bool]) -> float:
    """Mean negative log-likelihood in nats of the labels under the logits of success. Both labels weigh the same in all, so that a
    verifier trained on balanced data is not judged by the share of successes among the held."""
    losses: dict[bool, list[float]] = {True: [], False: []}
    for logit, label in zip(logits, labels, strict=True):
        signed = -logit if label else logit
        losses[label].append(max(0.0, signed) + math.log1p(math.exp(-abs(signed))))
    means = [sum(found) / len(found) for found in losses.values() if found]
    return sum(means) / len(means)
