"""What may be changed by swapping code, and what may not."""

import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import pytest
from swap import CannotSwap, function_index, key_of, plan_swaps
from tree import Tree

SOURCE = '''
import functools

LIMIT = 3


def plain(value, step=1):
    """Adds."""
    return value + step


class Thing:
    size = 2

    def method(self):
        return self.size

    @property
    def double(self):
        return self.size * 2

    @staticmethod
    def static():
        return "old"


def outer():
    def inner():
        return 1
    return inner


kept = outer()


@functools.lru_cache
def cached():
    return 1


def early():
    return 1


EARLY = early()
'''


@pytest.fixture
def module(tmp_path: Path) -> Iterator[ModuleType]:
    (tmp_path / "subject.py").write_text(SOURCE)
    sys.path.insert(0, str(tmp_path))
    invalidate_caches()
    yield import_module("subject")
    sys.path.remove(str(tmp_path))
    del sys.modules["subject"]


def swap(module: ModuleType, old: str, new: str) -> None:
    folder = Path(str(module.__file__)).parent
    assert old in SOURCE
    called = {key_of(module.early.__code__)}
    overlay: dict[str, str | None] = {"subject.py": SOURCE.replace(old, new, 1)}
    for function, code in plan_swaps(Tree(folder), overlay, function_index(folder), called):
        function.__code__ = code


def test_functions_methods_properties_and_wrapped_functions_are_swapped(module: ModuleType) -> None:
    swap(module, "value + step", "value - step")
    assert module.plain(1) == 0
    swap(module, "return self.size\n", "return self.size + 5\n")
    swap(module, "self.size * 2", "self.size * 3")
    swap(module, '"old"', '"new"')
    assert (module.Thing().method(), module.Thing().double, module.Thing.static()) == (7, 6, "new")


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="a class knows its first line there, so a moved one is refused")
def test_a_function_that_grew_moves_the_others_only(module: ModuleType) -> None:
    swap(module, "    return value + step", "    value = value\n\n    return value * step * 7")
    assert (module.plain(2), module.Thing().method()) == (14, 2)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("LIMIT = 3", "LIMIT = 4", "outside of functions"),
        ("step=1", "step=2", "outside of functions"),
        ("size = 2", "size = 3", "outside of functions"),
        ("def early", "def late", "outside of functions"),
        ("        return 1\n    return inner", "        return 2\n    return inner", "living inner functions"),
        ("def early():\n    return 1", "def early():\n    return 2", "called while"),
        ("value + step", "value +", "does not compile"),
    ],
)
def test_what_an_import_could_see_is_refused(module: ModuleType, old: str, new: str, reason: str) -> None:
    with pytest.raises(CannotSwap, match=reason):
        swap(module, old, new)


def test_files_that_are_new_or_not_python_are_refused(module: ModuleType) -> None:
    tree = Tree(Path(str(module.__file__)).parent)
    for path in ("new.py", "data.txt"):
        with pytest.raises(CannotSwap, match="not a changed Python file"):
            plan_swaps(tree, {path: "x"}, {}, set())
