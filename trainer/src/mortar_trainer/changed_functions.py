"""Which functions of a file hold given lines.

JSON lines in: {"id", "path", "source", "lines": [1-BASED LINE, ...]}. JSON lines out: {"id", "path", "functions": [{"symbol", "start",
"end", "hash", "lines": HOW MANY OF THEM}]}, the function with the most of them first. Lines outside of functions count for none.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from .bugs.functions import iter_functions


def changed(request: dict[str, Any]) -> dict[str, Any]:
    lines = set(request["lines"])
    found: list[dict[str, Any]] = []
    for function in iter_functions(request["source"], request["path"]):
        held = sum(1 for line in lines if function.start <= line <= function.end)
        if held:
            about = {"symbol": function.symbol, "start": function.start, "end": function.end, "hash": function.hash}
            found.append({**about, "lines": held})
    found.sort(key=lambda one: (-one["lines"], one["start"]))
    return {"id": request["id"], "path": request["path"], "functions": found}


def main() -> int:
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(changed(json.loads(line))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
