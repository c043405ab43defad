"""One pytest session: collected once, its tests run one by one."""

from __future__ import annotations

import os
import random
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import _prepareconfig
from _pytest.main import Session

Emit = Callable[[dict[str, Any]], None]

OPTIONS = [
    "-q",
    "--tb=native",
    "--capture=sys",
    "--continue-on-collection-errors",
    *("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:threadexception", "-p", "no:faulthandler"),
]
SYMPTOM_LENGTH = 200


class Recorder:
    """Notes outcomes and the first failure; tells them as they come."""

    def __init__(self) -> None:
        self.emit: Emit = lambda message: None
        self.errors: list[str] = []
        self._outcome = "error"
        self._symptom: str | None = None

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.errors.append(f"{report.nodeid}: {str(report.longrepr).strip().splitlines()[-1:]}"[:500])

    def pytest_exception_interact(self, call: Any) -> None:
        if call.when != "collect" and self._symptom is None:
            self._symptom = symptom(call.excinfo.value)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call":
            # An expected failure is a pass; an unexpected pass of a strict one is a failure already.
            expected = hasattr(report, "wasxfail") and report.skipped
            self._outcome = "passed" if report.passed or expected else "skipped" if report.skipped else "failed"
        elif report.failed:
            self._outcome = "error"
        elif report.skipped:
            self._outcome = "passed" if hasattr(report, "wasxfail") else "skipped"

    def run(self, item: pytest.Item, following: pytest.Item | None) -> str:
        self._outcome = "error"
        self._symptom = None
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except BaseException as error:  # SystemExit, pytest.exit, KeyboardInterrupt: the test's own doing
            self._outcome, self._symptom = "failed", symptom(error)
        message = {"test": item.nodeid, "outcome": self._outcome}
        if self._symptom is not None and self._outcome in ("failed", "error"):
            message["symptom"] = self._symptom
        self.emit(message)
        return self._outcome


def symptom(error: BaseException) -> str:
    first = str(error).strip().split("\n", 1)[0]
    # Addresses and the runner's own folders differ from run to run.
    first = re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", first)
    first = re.sub(r"/tmp/(tree|runs/\d+)/", "", first)
    name = type(error).__name__
    return (f"{name}: {first}" if first else name)[:SYMPTOM_LENGTH]


class Suite:
    def __init__(self, folder: Path, arguments: Sequence[str], deselect: Iterable[str], assertions: str = "rewrite") -> None:
        """Collects. Tests whose files cannot be imported are missing; `errors` says why."""
        self.recorder = Recorder()
        options = [*OPTIONS, f"--assert={assertions}", f"--rootdir={folder}", "-o", f"addopts={_kept_options(folder)}"]
        present = [argument for argument in arguments if (folder / argument.split("::")[0]).exists()]
        collected: list[pytest.Item] = []
        try:
            # A project's own settings may be what this pytest, or this tree, does not know: it has no tests then.
            self.config = _prepareconfig([*options, *(present or ["."])], plugins=[self.recorder])
            self.config._do_configure()
            self.session = Session.from_config(self.config)
            self.config.hook.pytest_sessionstart(session=self.session)
            self.config.hook.pytest_collection(session=self.session)
            collected = getattr(self.session, "items", [])
        except pytest.UsageError as error:
            self.recorder.errors.append(str(error))
        excluded = tuple(deselect)
        self.items: dict[str, pytest.Item] = {}
        for item in collected:
            if not any(item.nodeid == d or item.nodeid.startswith((d + "[", d + "::", d + "/")) for d in excluded):
                self.items.setdefault(item.nodeid, item)

    @property
    def errors(self) -> list[str]:
        return self.recorder.errors

    def expand(self, tests: Sequence[str]) -> list[str]:
        """Those that were collected; a file stands for all of its tests."""
        found: dict[str, None] = {}
        for test in tests:
            if "::" in test:
                found.update({test: None} if test in self.items else {})
            else:
                found.update({name: None for name in self.items if name.startswith(f"{test}::")})
        return list(found)

    def run(self, tests: Sequence[str], emit: Emit, around: Callable[[str], Any] | None = None) -> None:
        self.recorder.emit = emit
        random.seed(0)
        items = [self.items[test] for test in tests if test in self.items]
        for number, item in enumerate(items):
            following = items[number + 1] if number + 1 < len(items) else None
            if around is None:
                self.recorder.run(item, following)
            else:
                with around(item.nodeid):
                    self.recorder.run(item, following)


def _kept_options(folder: Path) -> str:
    """Of a project's own options only the import mode is kept: the others report, measure, distribute or deselect."""
    found: list[str] = []
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        parser = ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(folder / name)
            found += shlex.split(parser.get(section, "addopts", fallback=""))
        except Exception:  # an unreadable file of the project: pytest itself will say so
            continue
    project = folder / "pyproject.toml"
    if project.is_file():
        found += re.findall(r"--import-mode[= ]\w+", project.read_text("utf-8", "replace"))
    return " ".join(option for option in found if option.startswith("--import-mode"))


def silence() -> None:
    """What tests print goes nowhere: a child shares the runner's descriptors."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def use_tree(folder: Path, root: str) -> None:
    """Makes the tree's own packages importable, before anything installed under the same name."""
    os.chdir(folder)
    source = folder / root
    names = {path.name.removesuffix(".py") for path in source.glob("*") if path.is_dir() or path.suffix == ".py"}
    # pytest itself may have imported an installed copy of the package under test (attrs, packaging, pluggy).
    for name in [name for name in sys.modules if name.split(".")[0] in names - {"_pytest", "pytest"} - set(sys.stdlib_module_names)]:
        if not str(getattr(sys.modules[name], "__file__", "") or "").startswith(str(Path(__file__).parent)):
            del sys.modules[name]
    sys.path.insert(0, str(source.resolve()))
    os.environ["PYTHONPATH"] = str(source.resolve())
