"""Drives an interactive shell in a terminal of its own: types a line, presses Tab, and has the shell write what the line is then to a file.

Arguments: program and arguments of the shell. On stdin: a list of what is typed, as JSON; on stdout: a list of what each line became.
"""

import json
import os
import pty
import re
import select
import sys
import tempfile
import time
from pathlib import Path

PROMPT = b"READY> "
LIMIT = 30.0
# Colours, movements, character sets, and the padding of slow terminals.
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b[()].|\x1b\][^\x07]*\x07|[\x00\x0e\x0f]|\$<\d+>")


def read_until_prompt(terminal: int) -> bytes:
    """All that the shell writes up to its next prompt."""
    seen = b""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
            continue
        # Editors draw the prompt anew while a line is typed: it is the last thing only when the shell waits.
        shown = CONTROL.sub(b"", seen)
        if shown.rstrip(b" \r\n").endswith(PROMPT.rstrip()):
            return shown
    raise SystemExit(f"no prompt within {LIMIT} s after: {seen!r}")


def main() -> None:
    asked = json.loads(sys.stdin.read())
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    read_until_prompt(terminal)
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        for number, typed in enumerate(asked):
            line = Path(folder) / str(number)
            os.write(terminal, typed.encode() + b"\t")
            time.sleep(1.5)
            os.write(terminal, b"\x01echo \x05 >" + bytes(line) + b"\n")
            shown = read_until_prompt(terminal)
            answers.append(line.read_text().rstrip() if line.exists() else shown.decode(errors="replace"))
    os.write(terminal, b"exit\n")
    os.close(terminal)
    os.waitpid(child, 0)
    print(json.dumps(answers))


main()
