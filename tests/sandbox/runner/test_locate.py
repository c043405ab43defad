import pytest
from locate import locate

SOURCE = '''\
if True:
    class Thing:
        @property
        def size(self):
            """One line."""
            return 1

        def other(self):
            def inner():
                return 2
            return inner


async def late():
    """Two
    lines."""
'''


@pytest.mark.parametrize(
    ("symbol", "place"),
    [
        ("Thing.size", {"start": 4, "end": 6, "docstring": [5]}),
        ("Thing.other", {"start": 8, "end": 11, "docstring": []}),
        ("Thing.other.inner", {"start": 9, "end": 10, "docstring": []}),
        ("Thing.other.<locals>.inner", {"start": 9, "end": 10, "docstring": []}),
        ("late", {"start": 14, "end": 16, "docstring": [15, 16]}),
        ("Thing", None),
        ("Thing.none", None),
    ],
)
def test_where_a_function_stands(symbol: str, place: object) -> None:
    assert locate(SOURCE, symbol) == place


def test_a_file_that_does_not_parse() -> None:
    assert locate("def f(:\n", "f") is None
