"""The runner's diffs: what it makes, it can apply, and so can git."""

import random
import subprocess
from pathlib import Path

import pytest
from patches import NotApplied, apply_patch, make_diff


@pytest.mark.parametrize("seed", range(60))
def test_a_diff_leads_from_the_old_text_to_the_new(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)

    def text() -> str:
        lines = [rng.choice(["a", "b", "c", "", " d", "-e", "+f", "é", "\x0cform feed"]) for _ in range(rng.randrange(1, 30))]
        return "\n".join(lines) + rng.choice(["", "\n"])

    old = text()
    new = text() if seed % 2 else old.replace("a", "changed", 1)
    diff = make_diff("x.py", old, new)
    assert apply_patch(diff, {"x.py": old}.get).get("x.py", old) == new
    if diff and old:
        (tmp_path / "x.py").write_bytes(old.encode())
        subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=diff.encode(), cwd=tmp_path, check=True)
        assert (tmp_path / "x.py").read_bytes().decode() == new


def test_new_and_deleted_files() -> None:
    diff = make_diff("new", None, "hello\n") + make_diff("old", "bye\n", None)
    assert apply_patch(diff, {"old": "bye\n"}.get) == {"new": "hello\n", "old": None}


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-z\n+y\n", "x: the hunk at line 1 does not match"),
        ("--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+y\n", "outside the tree"),
        ("--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+y\n", "y: no such file"),
        ("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+y\n", "x: exists already"),
        ("words\n", "no file header"),
    ],
)
def test_what_does_not_fit_is_refused(patch: str, message: str) -> None:
    with pytest.raises(NotApplied, match=message):
        apply_patch(patch, {"x": "a\n"}.get)
