"""Changes functions of a collected process in place, by swapping their code objects.

Works only where a fresh import of the changed file could differ in nothing but the bodies of functions that exist as
objects already, and that were not called while the tests were being collected. Everything else is refused with a reason,
and the caller takes a really edited tree instead.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType

from tree import Tree

Key = tuple[str, int, str]


class CannotSwap(Exception):
    pass


def key_of(code: CodeType) -> Key:
    return (code.co_filename, code.co_firstlineno, code.co_name)


def function_index(folder: Path) -> dict[Key, list[FunctionType]]:
    """All function objects whose source is in the tree. To be called before gc.freeze, which hides them."""
    index: dict[Key, list[FunctionType]] = {}
    prefix = str(folder)
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename.startswith(prefix):
            index.setdefault(key_of(thing.__code__), []).append(thing)
    return index


def plan_swaps(
    tree: Tree,
    overlay: Mapping[str, str | None],
    index: Mapping[Key, list[FunctionType]],
    called: set[Key],
) -> list[tuple[FunctionType, CodeType]]:
    swaps: list[tuple[FunctionType, CodeType]] = []
    for path, text in overlay.items():
        old_text = tree.read(path)
        if text is None or old_text is None or not path.endswith(".py"):
            raise CannotSwap(f"{path} is not a changed Python file")
        filename = str(tree.folder / path)
        try:
            old = compile(old_text, filename, "exec", dont_inherit=True)
            new = compile(text, filename, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise CannotSwap(f"{path} does not compile: {error}") from error
        for before, after in _differing(old, new, path):
            swaps += _swaps_of(before, after, index, called)
    return swaps


def _differing(old: CodeType, new: CodeType, path: str) -> Iterator[tuple[CodeType, CodeType]]:
    """Pairs of functions whose own bodies differ; the module's and classes' own code must not."""
    if not _same_shell(old, new):
        raise CannotSwap(f"{path}: code outside of functions differs")
    for before, after in zip(_nested(old), _nested(new), strict=True):
        if before.co_name != after.co_name:
            raise CannotSwap(f"{path}: definitions moved")
        if before == after:
            continue
        if _is_function(before) and _is_function(after):
            if not _equal_but_lines(before, after):
                yield before, after
        else:
            yield from _differing(before, after, path)


def _is_function(code: CodeType) -> bool:
    # CO_OPTIMIZED: set for functions, not for modules and class bodies.
    return bool(code.co_flags & 0x1)


def _nested(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _same_shell(old: CodeType, new: CodeType) -> bool:
    def rest(code: CodeType) -> list[object]:
        return [None if isinstance(c, CodeType) else (type(c), repr(c)) for c in code.co_consts]

    names = ("co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_argcount")
    # A class body stores its first line in a constant from 3.13 on; that is compared too, and then refuses the swap.
    return old.co_code == new.co_code and rest(old) == rest(new) and all(getattr(old, n) == getattr(new, n) for n in names)


def _equal_but_lines(old: CodeType, new: CodeType) -> bool:
    extra = ("co_posonlyargcount", "co_kwonlyargcount", "co_exceptiontable")
    return (
        _same_shell(old, new)
        and all(getattr(old, n, None) == getattr(new, n, None) for n in extra)
        and len(_nested(old)) == len(_nested(new))
        and all(_equal_but_lines(a, b) for a, b in zip(_nested(old), _nested(new), strict=True))
    )


def _swaps_of(
    before: CodeType, after: CodeType, index: Mapping[Key, list[FunctionType]], called: set[Key]
) -> list[tuple[FunctionType, CodeType]]:
    name = before.co_name
    functions = [f for f in index.get(key_of(before), []) if f.__code__ == before]
    if not functions:
        raise CannotSwap(f"{name}: no such function object")
    if key_of(before) in called:
        raise CannotSwap(f"{name}: called while the tests were collected")
    if before.co_freevars != after.co_freevars:
        raise CannotSwap(f"{name}: other variables of the enclosing scope")
    for nested in _nested(before):
        # A closure made while collecting keeps its old code.
        if _is_function(nested) and index.get(key_of(nested)):
            raise CannotSwap(f"{name}: has living inner functions")
    return [(function, after) for function in functions]
