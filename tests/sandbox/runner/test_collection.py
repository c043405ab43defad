"""Tests whose names depend on the process are found, and no others."""

from pathlib import Path

import pytest
from collection import names_elsewhere, shifting_tests, without

SOURCE = """
import pytest


class Thing:
    pass


@pytest.mark.parametrize(("thing", "number"), {(Thing(), number) for number in range(12)})
def test_of_a_set(thing, number):
    pass


@pytest.mark.parametrize("thing", [Thing(), Thing()])
def test_of_a_list(thing):
    pass


def test_plain():
    pass
"""


def test_parameters_in_the_order_of_addresses(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_things.py").write_text(SOURCE)
    options = {"root": ".", "tests": ["tests"]}
    names = names_elsewhere(options, tmp_path)
    shifting = shifting_tests(names, lambda: names_elsewhere(options, tmp_path))
    assert shifting == {"tests/test_things.py::test_of_a_set"}
    kept = ["test_of_a_list[thing0]", "test_of_a_list[thing1]", "test_plain"]
    assert sorted(without(names, shifting)) == [f"tests/test_things.py::{name}" for name in kept]


def test_a_process_that_agrees_by_chance_does_not_settle_it() -> None:
    names = {"t.py::test_a[1]", "t.py::test_b[1]"}
    looks = iter([names, names, {"t.py::test_a[2]", "t.py::test_b[1]"}, names, names, names])
    assert shifting_tests(names, lambda: next(looks)) == {"t.py::test_a"}


def test_names_without_parameters_are_looked_at_once() -> None:
    looks = iter([{"t.py::test_a", "t.py::test_b"}])
    assert shifting_tests({"t.py::test_a"}, lambda: next(looks)) == {"t.py::test_b"}


def test_a_tree_that_cannot_be_collected_elsewhere_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="collecting once more ended with 1"):
        names_elsewhere({"root": ".", "tests": ["."]}, tmp_path / "none")
