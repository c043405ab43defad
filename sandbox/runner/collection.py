"""Which tests have the same names wherever they are collected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from suite import Suite, use_tree

# Parameters that come from a set stand in the order of their hashes, and some hashes are addresses: that of None before Python 3.12,
# of functions, of plain objects. One process in two (a set of two) to one in fifteen (one None among fifteen tuples) has the order of
# another by chance, so one look is not enough. Six let one such set of two in 64 through.
LOOKS = 6
TIMEOUT = 300.0


def shifting_tests(names: Collection[str], names_elsewhere: Callable[[], set[str]]) -> set[str]:
    """Tests, parameters left out, whose names are others in another process."""
    moved: set[str] = set()
    for _ in range(LOOKS):
        # Where one parameter set has moved, the other names may stand for something else, too.
        moved |= {_function(name) for name in {*names} ^ names_elsewhere()}
        if not any("[" in name and _function(name) not in moved for name in names):
            break
    return moved


def without(names: Collection[str], moved: Collection[str]) -> list[str]:
    return [name for name in names if _function(name) not in moved]


def _function(name: str) -> str:
    return name.split("[", 1)[0]


def names_elsewhere(options: Mapping[str, Any], tree: Path) -> set[str]:
    """Names of the tests in a process of their own. Throws RuntimeError where it cannot collect them."""
    command = [sys.executable, "-s", str(Path(__file__).parent), json.dumps({**options, "names": str(tree)})]
    listed = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL)
    if listed.returncode != 0:
        raise RuntimeError(f"collecting once more ended with {listed.returncode}: {listed.stderr.decode(errors='replace')[-500:]}")
    return set(json.loads(listed.stdout))


def tell_names(options: Mapping[str, Any]) -> None:
    """The other process: writes the names to its standard output, and ends."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what the package prints while it is imported is not a name
    tree = Path(options["names"])
    use_tree(tree, options["root"])
    names = list(Suite(tree, options["tests"], options.get("deselect", []), assertions="plain").items)
    with open(answers, "w") as out:
        json.dump(names, out)
    os._exit(0)
