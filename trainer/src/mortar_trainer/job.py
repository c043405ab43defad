"""A training job's folder: config.json, log.jsonl, pid, checkpoints/, output/. Everything in it survives a kill."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any


class UserError(Exception):
    """Wrong input: shown without a traceback."""


class Job:
    def __init__(self, directory: str) -> None:
        self.directory = Path(directory).absolute()
        path = self.directory / "config.json"
        try:
            self.config: dict[str, Any] = json.loads(path.read_text())
        except FileNotFoundError:
            raise UserError(f"{path} is missing: write the job's configuration there first") from None
        except json.JSONDecodeError as error:
            raise UserError(f"{path} is not JSON: {error}") from None
        self.checkpoints = self.directory / "checkpoints"
        self.output = self.directory / "output"
        self.started = time.monotonic()
        self.checkpoints.mkdir(exist_ok=True)
        (self.directory / "pid").write_text(f"{os.getpid()}\n")

    def log(self, event: str, **values: Any) -> None:
        line = {"event": event, "seconds": round(time.monotonic() - self.started, 3), **values}
        with (self.directory / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def publish(self, directory: Path) -> None:
        """Makes a finished folder the output, in one step, and drops the checkpoints."""
        if self.output.exists():
            shutil.rmtree(self.output)
        os.sync()
        directory.rename(self.output)
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def require(self, name: str) -> Any:
        if name not in self.config:
            raise UserError(f"{self.directory / 'config.json'}: `{name}` is missing")
        return self.config[name]
