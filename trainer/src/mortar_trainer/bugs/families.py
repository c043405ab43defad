"""What is easily taken for what."""

from __future__ import annotations

COMPARISON: dict[str, tuple[str, tuple[str, ...]]] = {
    "Lt": ("<", ("<=", ">", ">=")),
    "LtE": ("<=", ("<", ">", ">=")),
    "Gt": (">", (">=", "<", "<=")),
    "GtE": (">=", (">", "<", "<=")),
    "Eq": ("==", ("!=",)),
    "NotEq": ("!=", ("==",)),
    "Is": ("is", ("is not",)),
    "IsNot": ("is not", ("is",)),
    "In": ("in", ("not in",)),
    "NotIn": ("not in", ("in",)),
}

ARITHMETIC: dict[str, tuple[str, tuple[str, ...]]] = {
    "Add": ("+", ("-",)),
    "Sub": ("-", ("+",)),
    "Mult": ("*", ("+", "/")),
    "Div": ("/", ("*", "//")),
    "FloorDiv": ("//", ("/", "%")),
    "Mod": ("%", ("//",)),
    "Pow": ("**", ("*",)),
    "LShift": ("<<", (">>",)),
    "RShift": (">>", ("<<",)),
    "BitAnd": ("&", ("|",)),
    "BitOr": ("|", ("&",)),
    "BitXor": ("^", ("|",)),
    "MatMult": ("@", ("*",)),
}

_GROUPS: tuple[tuple[str, ...], ...] = (
    ("append", "extend"),
    ("appendleft", "append"),
    ("popleft", "pop"),
    ("lower", "upper"),
    ("strip", "lstrip", "rstrip"),
    ("startswith", "endswith"),
    ("split", "rsplit"),
    ("partition", "rpartition"),
    ("find", "rfind"),
    ("index", "rindex"),
    ("keys", "values", "items"),
    ("add", "discard"),
    ("get", "pop"),
    ("update", "setdefault"),
    ("isdigit", "isalpha"),
    ("ljust", "rjust"),
    ("union", "intersection"),
    ("issubset", "issuperset"),
    ("difference", "symmetric_difference"),
    ("encode", "decode"),
    ("read", "readline"),
    ("match", "search", "fullmatch"),
    ("start", "end"),
    ("group", "groups"),
    ("first", "last"),
    ("left", "right"),
    ("head", "tail"),
    ("prev", "next"),
    ("parent", "children"),
    ("min", "max"),
    ("any", "all"),
    ("ceil", "floor"),
    ("sorted", "reversed"),
    ("isinstance", "issubclass"),
    ("int", "float"),
    ("str", "repr"),
    ("list", "tuple"),
    ("set", "frozenset"),
    ("hasattr", "callable"),
    ("getattr", "hasattr"),
    ("sum", "len"),
    ("sum", "max"),
    ("__enter__", "__exit__"),
    ("acquire", "release"),
    ("days", "seconds"),
    ("hour", "minute"),
    ("year", "month", "day"),
)


def _families() -> dict[str, tuple[str, ...]]:
    families: dict[str, tuple[str, ...]] = {}
    for group in _GROUPS:
        for name in group:
            others = tuple(other for other in group if other != name)
            families[name] = families.get(name, ()) + others
    return families


FAMILIES = _families()

EXCEPTIONS: dict[str, tuple[str, ...]] = {
    "KeyError": ("IndexError", "ValueError"),
    "IndexError": ("KeyError",),
    "ValueError": ("TypeError", "KeyError"),
    "TypeError": ("ValueError",),
    "AttributeError": ("KeyError",),
    "StopIteration": ("ValueError",),
    "NotImplementedError": ("TypeError",),
    "OSError": ("ValueError",),
    "ImportError": ("ValueError",),
    "LookupError": ("ValueError",),
}

WRAPPERS = frozenset(
    (
        "str",
        "int",
        "float",
        "bool",
        "list",
        "tuple",
        "set",
        "dict",
        "sorted",
        "reversed",
        "abs",
        "iter",
        "len",
        "copy",
        "strip",
        "lower",
        "upper",
        "rstrip",
        "lstrip",
        "frozenset",
        "round",
    )
)
