"""Lists the releases of a project that have a source distribution, from the package index that pip is configured for.

JSON lines in: optionally first {"options": {"timeout": 60, "attempts": 3}}; then a project a line, {"repo": NAME}. JSON lines out:
{"repo", "ok": true, "releases": [{"version", "sha256", "uploaded"}]}, oldest version first, or {"repo", "ok": false, "code", "message"}
with code missing_file or network. Left out: what is yanked, has no sha256, or is no final release. `uploaded` is null where the index
does not say.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.parse
from typing import Any

from .fetch_sdist import ACCEPT, Index, Refused, index_url, links, normalise

ENDINGS = (".tar.gz", ".zip", ".tar.bz2")
FINAL = re.compile(r"v?(\d+(?:\.\d+)*)(?:\.post(\d+))?")


def order(version: str) -> tuple[tuple[int, ...], int] | None:
    """Where a final release stands among others (PEP 440); None for anything else."""
    match = FINAL.fullmatch(version)
    if match is None:
        return None
    numbers = [int(number) for number in match[1].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), int(match[2] or -1)


def version_of(filename: str, name: str) -> str | None:
    for ending in ENDINGS:
        stem = filename.removesuffix(ending)
        own, _, version = stem.rpartition("-")
        if stem != filename and normalise(own) == normalise(name):
            return version
    return None


def releases(body: bytes, content_type: str, base: str, name: str) -> list[dict[str, Any]]:
    details: dict[str, dict[str, Any]] = {}
    if "json" in content_type:
        details = {file["filename"]: file for file in json.loads(body)["files"]}
    found: dict[str, tuple[tuple[tuple[int, ...], int], dict[str, Any]]] = {}
    for link in links(body, content_type, base):
        version = version_of(link.filename, name)
        place = None if version is None else order(version)
        about = details.get(link.filename, {})
        if version is None or place is None or link.sha256 is None or about.get("yanked", False) is not False:
            continue
        release = {"version": version, "sha256": link.sha256, "uploaded": about.get("upload-time")}
        # Of several archives of one version the same is always taken.
        if version not in found or link.sha256 < found[version][1]["sha256"]:
            found[version] = (place, release)
    return [release for _, release in sorted(found.values(), key=lambda one: one[0])]


def listed(request: dict[str, Any], index: Index) -> dict[str, Any]:
    name = str(request.get("repo"))
    try:
        page = urllib.parse.urljoin(index.url, normalise(name) + "/")
        return {"repo": name, "ok": True, "releases": releases(*index.get(page, ACCEPT), name)}
    except Refused as refused:
        return {"repo": name, "ok": False, "code": refused.code, "message": str(refused)}
    except Exception as error:  # one bad answer must not take the other projects with it
        return {"repo": name, "ok": False, "code": "network", "message": f"{name}: {error!r}"}


def main() -> int:
    options: dict[str, Any] = {}
    index: Index | None = None
    for line in sys.stdin:
        if not line.strip():
            continue
        value = json.loads(line)
        if "options" in value:
            options = value["options"]
            continue
        index = index or Index(index_url(), float(options.get("timeout", 60)), int(options.get("attempts", 3)))
        print(json.dumps(listed(value, index)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
