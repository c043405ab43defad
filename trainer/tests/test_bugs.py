"""Properties of bug injection, over the real source of the standard library."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from mortar_trainer.bugs import KINDS, Function, iter_functions, mutants, mutate, mutated_text
from mortar_trainer.bugs.fragment import fragment

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MODULES = ["textwrap.py", "heapq.py", "statistics.py", "shlex.py", "fractions.py", "configparser.py", "argparse.py"]
SLOW = {"configparser.py", "argparse.py", "statistics.py"}


def functions_of(*names: str) -> list[Function]:
    found = []
    for name in names:
        found += iter_functions((LIBRARY / name).read_text(encoding="utf-8"), name)
    return [one for one in found if len(one.visible) <= 20]


def only(source: str) -> Function:
    (function,) = iter_functions(source, "m.py")
    return function


@pytest.mark.parametrize("module", [pytest.param(m, marks=pytest.mark.slow) if m in SLOW else m for m in MODULES])
def test_every_mutant_changes_one_line_and_is_undone_by_its_first_fragment(module: str) -> None:
    text = (LIBRARY / module).read_text(encoding="utf-8")
    lines = text.split("\n")
    made = 0
    for function in functions_of(module):
        for mutant in mutants(function):
            made += 1
            assert lines[mutant.line - 1] == mutant.original_line
            assert mutant.mutated_line.replace(mutant.bad, mutant.good, 1) == mutant.original_line
            # What a model sees is dedented: the same edit must be right there.
            shown = mutated_text(function, [mutant])[mutant.visible_line - 1]
            assert shown.replace(mutant.bad, mutant.good, 1) == function.visible_text[mutant.visible_line - 1]
            assert mutant.bad and "\n" not in mutant.bad + mutant.good
            changed = [*lines]
            changed[mutant.line - 1] = mutant.mutated_line
            if made % 7 == 0:
                assert ast.dump(ast.parse("\n".join(changed))) != ast.dump(ast.parse(text))
    assert made > 20


def test_no_two_mutants_of_a_function_are_the_same_text() -> None:
    for function in functions_of("textwrap.py", "heapq.py"):
        made = [(mutant.line, mutant.mutated_line) for mutant in mutants(function)]
        assert len(made) == len(set(made))


def test_all_kinds_occur() -> None:
    kinds = Counter(mutant.kind for function in functions_of(*MODULES) for mutant in mutants(function))
    assert set(kinds) == set(KINDS)


def test_a_seed_gives_the_same_mutants() -> None:
    def draw() -> list[object]:
        rng = random.Random(5)
        return [mutate(function, rng) for function in functions_of("shlex.py", "heapq.py")]

    assert draw() == draw()


def test_kinds_and_lines_to_avoid_are_respected() -> None:
    function = only("def f(a, b):\n    if a < b:\n        return a + 1\n    return b\n")
    rng = random.Random(1)
    for _ in range(50):
        mutant = mutate(function, rng, ["comparison"])
        assert mutant is not None and mutant.kind == "comparison" and mutant.line == 2
    for _ in range(50):
        mutant = mutate(function, rng, avoid=[2])
        assert mutant is None or mutant.line != 2
    assert mutate(function, rng, ["loop"]) is None


def test_docstrings_are_hidden_and_never_changed() -> None:
    function = only('def f(x):\n    """First.\n\n    x < 1\n    """\n\n    return x < 1\n')
    assert function.docstring == {2, 3, 4, 5}
    assert function.visible == [1, 6, 7]
    assert function.visible_text == ["def f(x):", "", "    return x < 1"]
    assert {mutant.line for mutant in mutants(function)} == {7}
    assert {mutant.visible_line for mutant in mutants(function)} == {3}


@pytest.mark.parametrize(
    "source",
    [
        'def f(x): "doc"; return x\n',
        'def f(x):\n    """Only this."""\n',
        "def f(:\n",
        "def f(x): return x\ndef f(x): return x + 1\n",
        "",
    ],
)
def test_functions_that_cannot_be_named_or_shown_are_left_out(source: str) -> None:
    assert list(iter_functions(source, "m.py")) == []


def test_methods_have_qualified_names_and_decorators_are_not_counted() -> None:
    source = "class A:\n    class B:\n        @staticmethod\n        def f(x):\n            return x\n"
    function = only(source)
    assert (function.symbol, function.start, function.end) == ("A.B.f", 4, 5)


def test_renamed_copies_have_one_hash_and_changed_ones_another() -> None:
    first = only('def f(a, b):\n    """Doc."""\n    return a[0] + b.size\n')
    renamed = only("def g(left, right):\n    return left[3] + right.size\n")
    other = only("def f(a, b):\n    return a[0] - b.size\n")
    assert first.hash == renamed.hash != other.hash


def test_columns_are_right_behind_letters_of_several_bytes() -> None:
    function = only("def f(a):\n    return 'äöü€', a < 1\n")
    made = [mutant for mutant in mutants(function) if mutant.kind == "comparison"]
    assert {mutant.mutated_line for mutant in made} == {f"    return 'äöü€', a {op} 1" for op in ("<=", ">", ">=")}


@pytest.mark.parametrize(
    ("line", "start", "end", "replacement", "expected"),
    [
        ("    if a < b:", 9, 10, "<=", (" <=", " <")),
        ("    if not a:", 7, 11, "", (" a", " not a")),
        ("    if a:", 7, 7, "not ", (" not ", " ")),
        ("    return x2 + 1", 16, 17, "2", (" 2", " 1")),
        ("    a = b - c + d", 14, 15, "-", (" - d", " + d")),
    ],
)
def test_fragments_are_whole_tokens_and_the_first_on_their_line(
    line: str, start: int, end: int, replacement: str, expected: tuple[str, str]
) -> None:
    assert fragment(line, start, end, replacement, 0) == expected


def run_program(*values: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mortar_trainer.bugs"],
        input="\n".join(json.dumps(value) for value in values),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[1] / "src",
        check=False,
    )


def test_program_caps_what_it_makes_and_its_patches_apply(tmp_path: Path) -> None:
    source = (LIBRARY / "heapq.py").read_text(encoding="utf-8")
    options = {"each": 3, "per_repository": 25, "seed": 4}
    done = run_program({"options": options}, {"path": "pkg/heapq.py", "source": source})
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == 25
    assert max(Counter(record["symbol"] for record in records).values()) <= 3
    assert done.stdout == run_program({"options": options}, {"path": "pkg/heapq.py", "source": source}).stdout
    file = tmp_path / "pkg" / "heapq.py"
    file.parent.mkdir()
    file.write_text(source, encoding="utf-8")
    for record in records:
        for patch in ("bug_patch", "patch"):
            subprocess.run(["git", "apply", "-"], input=record[patch], text=True, cwd=tmp_path, check=True, timeout=20)
            if patch == "bug_patch":
                assert file.read_text(encoding="utf-8").split("\n")[record["line"] - 1] == record["mutated_line"]
        assert file.read_text(encoding="utf-8") == source


def test_program_patches_the_last_line_of_a_file_without_line_end(tmp_path: Path) -> None:
    source = "def f(a, b):\n    return a < b"
    done = run_program({"path": "m.py", "source": source, "symbols": ["f"]})
    (tmp_path / "m.py").write_text(source)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records
    for record in records:
        for patch in ("bug_patch", "patch"):
            subprocess.run(["git", "apply", "-"], input=record[patch], text=True, cwd=tmp_path, check=True, timeout=20)
        assert (tmp_path / "m.py").read_text() == source


def test_program_names_a_wrong_option() -> None:
    done = run_program({"options": {"kinds": ["comparison", "sabotage"]}})
    assert done.returncode == 2
    assert "sabotage" in done.stderr and "comparison" in done.stderr


def test_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys, mortar_trainer.bugs, mortar_trainer.fetch_sdist, mortar_trainer.pack_tree\n"
        "tops = {name.split('.')[0] for name in sys.modules} - {'mortar_trainer', '__main__'}\n"
        "print(sorted(t for t in tops if t not in sys.stdlib_module_names and not t.startswith('_')))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[1] / "src",
        check=True,
    )
    assert done.stdout.strip() == "[]"
