"""Which functions hold changed lines."""

from __future__ import annotations

from mortar_trainer.changed_functions import changed

SOURCE = """X = 1


def first(a):
    return a


class Pair:
    def sum(self):
        total = 0
        return total
"""


def test_the_function_with_the_most_changed_lines_stands_first() -> None:
    answer = changed({"id": "i", "path": "m.py", "source": SOURCE, "lines": [1, 5, 10, 11]})
    assert [(one["symbol"], one["start"], one["end"], one["lines"]) for one in answer["functions"]] == [
        ("Pair.sum", 9, 11, 2),
        ("first", 4, 5, 1),
    ]


def test_lines_outside_of_functions_and_files_that_do_not_parse_have_none() -> None:
    assert changed({"id": "i", "path": "m.py", "source": SOURCE, "lines": [1, 2]})["functions"] == []
    assert changed({"id": "i", "path": "m.py", "source": "def (", "lines": [1]})["functions"] == []
