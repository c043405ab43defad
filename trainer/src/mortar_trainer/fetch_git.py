"""Fetches one commit of git repositories, without their history.

JSON lines in: {"repo": ..., "url": ..., "commit": 40 HEXADECIMAL DIGITS, "directory": FOLDER, "timeout": 600}. JSON lines out:
{"repo", "ok": true, "path"} or {"repo", "ok": false, "code", "message"} with code missing_commit, network or bad_request. A folder is
complete or not there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def fetch(request: dict[str, Any]) -> dict[str, Any]:
    repo, url, commit = request.get("repo"), str(request.get("url")), str(request.get("commit"))
    if not re.match(r"(https|ssh|git|file)://", url) or not re.fullmatch("[0-9a-f]{40}", commit):
        message = f"{repo}: needs a url (https, ssh, git, file) and a full commit, not {url!r} and {commit!r}"
        return {"repo": repo, "ok": False, "code": "bad_request", "message": message}
    target = Path(request["directory"])
    if target.is_dir():
        return {"repo": repo, "ok": True, "path": str(target)}
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-") as scratch:
        tree = Path(scratch) / "tree"
        commands = [
            ["git", "init", "-q", str(tree)],
            ["git", "-C", str(tree), "fetch", "-q", "--depth", "1", "--no-tags", "--", url, commit],
            ["git", "-C", str(tree), "-c", "advice.detachedHead=false", "checkout", "-q", "FETCH_HEAD"],
        ]
        # No prompt, no hooks and no helpers of the host: only the named protocols are spoken.
        environment = {
            **os.environ,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "https:ssh:git:file",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.hooksPath",
            "GIT_CONFIG_VALUE_0": "/dev/null",
            "GIT_LFS_SKIP_SMUDGE": "1",
        }
        for command in commands:
            try:
                done = subprocess.run(
                    command,
                    env=environment,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=float(request.get("timeout", 600)),
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                return {"repo": repo, "ok": False, "code": "network", "message": f"{repo}: {error}"}
            if done.returncode != 0:
                said = done.stderr.strip()[-500:]
                missing = re.search("not our ref|couldn't find remote ref|unadvertised object", said)
                return {
                    "repo": repo,
                    "ok": False,
                    "code": "missing_commit" if missing else "network",
                    "message": f"{repo}: {' '.join(command[:2])} of {url} at {commit} failed: {said}",
                }
        shutil.rmtree(tree / ".git")
        os.replace(tree, target)
    return {"repo": repo, "ok": True, "path": str(target)}


def main() -> int:
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(fetch(json.loads(line))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
