from __future__ import annotations

import random
from pathlib import Path

from mortar_trainer.bugs import iter_functions
from mortar_trainer.corpus import Shape, build_corpus, make_conversation

SOURCE = '''
def total(items, start=0):
    """Adds."""
    result = start
    for item in items:
        if item > 0 and item is not None:
            result += item
    return result
'''


def apply(code: list[str], edit: str) -> None:
    word, old, new = edit.removeprefix("sed ").split("\n")
    number = int(word) - 1
    assert old in code[number]
    code[number] = code[number].replace(old, new, 1)


def test_fixes_mend_the_function_and_only_right_ones_are_called_correct() -> None:
    (function,) = iter_functions(SOURCE, "a.py")
    answers = {"yes": 0, "no": 0}
    for seed in range(200):
        conversation = make_conversation(function, random.Random(seed), Shape(judge_share=1.0))
        assert conversation is not None
        head, *lines = conversation[0]["content"].split("\n")
        assert head == "fix total"
        code = [line.partition("|")[2] for line in lines]
        for message in conversation:
            if message["content"].startswith("sed "):
                apply(code, message["content"])
        answer = conversation[-1]["content"]
        answers[answer] += 1
        assert (code == function.visible_text) == (answer == "yes")
        trained = [m for m in conversation if m["weight"] == 1.0 and m["content"].startswith("sed ")]
        assert all(m["role"] == "assistant" for m in trained)
        # A wrong edit is context, never a lesson.
        assert len(trained) == sum(m["content"].startswith("sed ") for m in conversation) - (answer == "no")
    assert min(answers.values()) > 50


def test_copies_of_held_out_functions_are_left_out_under_any_name(tmp_path: Path) -> None:
    own, held = tmp_path / "own", tmp_path / "held"
    own.mkdir()
    held.mkdir()
    (held / "a.py").write_text(SOURCE)
    renamed = SOURCE.replace("total", "add_up").replace("item", "entry").replace("result", "summed")
    (own / "vendored.py").write_text(renamed)
    (own / "mine.py").write_text("def twice(x):\n    y = x + x\n    return y\n")
    corpus = build_corpus([str(own)], [str(held)], [], False, 40, 1, Shape(), 1)
    assert corpus.counts["functions_excluded_by_hash"] == 1
    assert corpus.counts["functions"] == 1
    assert {c[0]["content"].split("\n")[0] for c in corpus.conversations} == {"fix twice"}
