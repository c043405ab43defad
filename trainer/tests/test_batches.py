from __future__ import annotations

from collections import Counter

from mortar_trainer.batches import Budget, plan_steps

LENGTHS = [3 + (i * 37) % 90 for i in range(200)]


def test_every_sample_is_seen_before_one_comes_again() -> None:
    plan = plan_steps(LENGTHS, Budget(examples=16, micro_tokens=400), steps=25, seed=1)
    assert set(Counter(i for step in plan for part in step for i in part).values()) == {2}


def test_forward_passes_stay_within_their_tokens() -> None:
    for plan in (
        plan_steps(LENGTHS, Budget(tokens=512), steps=40, seed=2),
        plan_steps(LENGTHS, Budget(examples=32, micro_tokens=512), steps=10, seed=2),
    ):
        assert all(len(part) * max(LENGTHS[i] for i in part) <= 512 for step in plan for part in step)


def test_the_plan_depends_on_the_seed_alone() -> None:
    assert plan_steps(LENGTHS, Budget(tokens=512), 9, 4) == plan_steps(LENGTHS, Budget(tokens=512), 9, 4)
    assert plan_steps(LENGTHS, Budget(tokens=512), 9, 4) != plan_steps(LENGTHS, Budget(tokens=512), 9, 5)


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    assert plan_steps(LENGTHS, Budget(tokens=512), 30, 4)[:9] == plan_steps(LENGTHS, Budget(tokens=512), 9, 4)
