from __future__ import annotations

import math

import pytest

from mortar_trainer.ranking import auc, log_loss


def test_auc_counts_ties_half_and_needs_both_labels() -> None:
    assert auc([3.0, 2.0, 1.0], [True, False, False]) == 1.0
    assert auc([1.0, 1.0], [True, False]) == 0.5
    assert auc([1.0, 2.0, 3.0], [True, False, True]) == 0.5
    assert auc([1.0, 2.0], [True, True]) is None


def test_log_loss_of_no_opinion_is_one_bit_and_of_a_wrong_certainty_its_size() -> None:
    assert log_loss([0.0, 0.0], [True, False]) == pytest.approx(math.log(2))
    assert log_loss([1000.0], [False]) == pytest.approx(1000.0)
    assert log_loss([1000.0], [True]) == pytest.approx(0.0)


def test_log_loss_weighs_both_labels_alike() -> None:
    assert log_loss([2.0, -1.0], [True, False]) == pytest.approx(log_loss([2.0, -1.0, -1.0, -1.0], [True, False, False, False]))
