"""Fetches pinned source distributions from the package index that pip is configured for.

JSON lines in: optionally first {"options": {"cache": FOLDER, "concurrency": 4, "timeout": 60, "attempts": 3}}; then a distribution a line,
{"repo": NAME, "version": ..., "sha256": ...}. JSON lines out, in the order of the input: {"repo", "version", "ok": true, "path", "sha256"}
or {"repo", "version", "ok": false, "code", "message"} with code missing_file, hash_mismatch, network or bad_request. Files lie in
FOLDER/<sha256>, complete or not at all; what is there already is not asked for again.

Imports the standard library only; the address of the index stands in pip's or uv's configuration, not here.
"""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True)
class Options:
    cache: str = ""
    concurrency: int = 4
    timeout: float = 60.0
    """Seconds for one request."""
    attempts: int = 3


class Refused(Exception):
    """A distribution that no retry brings."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Link:
    filename: str
    url: str
    sha256: str | None


def index_url() -> str:
    """Where pip would look: its environment variable, its configuration, uv's variables, pip's own default."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    for python in _interpreters():
        configured = _output([python, "-m", "pip", "config", "get", "global.index-url"])
        if configured:
            return configured
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    for python in _interpreters():
        default = _output([python, "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"])
        if default:
            return default
    raise RuntimeError(
        f"neither {sys.executable} nor python3 on PATH has pip, so the address of a package index is not known; set PIP_INDEX_URL to it"
    )


def _interpreters() -> list[str]:
    """This interpreter, the one that its virtual environment was made from (uv leaves pip out), and the one on PATH."""
    found = [sys.executable, getattr(sys, "_base_executable", None), shutil.which("python3")]
    return list(dict.fromkeys(python for python in found if python))


def _output(command: list[str]) -> str | None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() or None if done.returncode == 0 else None


def normalise(name: str) -> str:
    """A distribution's name as the index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


class _Anchors(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.hrefs.append(href)


def links(body: bytes, content_type: str, base: str) -> list[Link]:
    """Files of a project page, in JSON (PEP 691) or HTML (PEP 503)."""
    if "json" in content_type:
        return [
            Link(file["filename"], urllib.parse.urljoin(base, file["url"]), file.get("hashes", {}).get("sha256"))
            for file in json.loads(body)["files"]
        ]
    anchors = _Anchors()
    anchors.feed(body.decode("utf-8", "replace"))
    found = []
    for href in anchors.hrefs:
        url, fragment = urllib.parse.urldefrag(urllib.parse.urljoin(base, href))
        name = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1])
        digest = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else None
        found.append(Link(name, url, digest))
    return found


def source_archives(found: list[Link], name: str, version: str) -> list[Link]:
    """The source distributions of that version."""
    chosen = []
    for link in found:
        for ending in (".tar.gz", ".zip", ".tar.bz2"):
            stem = link.filename.removesuffix(ending)
            own = stem.removesuffix(f"-{version}")
            if link.filename != stem != own and normalise(own) == normalise(name):
                chosen.append(link)
    return chosen


class Index:
    def __init__(self, url: str, timeout: float, attempts: int) -> None:
        parts = urllib.parse.urlsplit(url)
        self.authorization: str | None = None
        self.host = parts.hostname
        if parts.username is not None:
            user = urllib.parse.unquote(parts.username) + ":" + urllib.parse.unquote(parts.password or "")
            self.authorization = "Basic " + base64.b64encode(user.encode()).decode()
            parts = parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1])
        self.url = urllib.parse.urlunsplit(parts).rstrip("/") + "/"
        self.timeout = timeout
        self.attempts = attempts
        certificates = next((os.environ[n] for n in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE") if os.environ.get(n)), None)
        self.tls = ssl.create_default_context(cafile=certificates)

    def get(self, url: str, accept: str) -> tuple[bytes, str, str]:
        request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "mortar"})
        if self.authorization is not None and urllib.parse.urlsplit(url).hostname == self.host:
            request.add_unredirected_header("Authorization", self.authorization)
        problem: Exception | None = None
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(min(8.0, 0.5 * 2**attempt))
            try:
                with urllib.request.urlopen(request, timeout=self.timeout, context=self.tls) as reply:
                    return reply.read(), reply.headers.get("Content-Type", ""), reply.url
            except urllib.error.HTTPError as error:
                if error.code in (403, 404, 410):
                    raise Refused("missing_file", f"{url} answers {error.code}") from error
                problem = error
            except (OSError, TimeoutError) as error:
                problem = error
        raise Refused("network", f"{url} was not reached in {self.attempts} attempts: {problem}")

    def fetch(self, name: str, version: str, sha256: str) -> bytes:
        page = urllib.parse.urljoin(self.url, normalise(name) + "/")
        archives = source_archives(links(*self.get(page, ACCEPT)), name, version)
        if not archives:
            raise Refused("missing_file", f"the index has no source distribution of {name} {version}")
        matching = [link for link in archives if link.sha256 == sha256]
        if not matching and all(link.sha256 is not None for link in archives):
            listed = ", ".join(f"{link.filename} sha256 {link.sha256}" for link in archives)
            raise Refused("hash_mismatch", f"{name} {version}: the list says sha256 {sha256}, the index has {listed}")
        body, _, _ = self.get((matching or archives)[0].url, "*/*")
        digest = hashlib.sha256(body).hexdigest()
        if digest != sha256:
            raise Refused("hash_mismatch", f"{name} {version}: expected sha256 {sha256}, got {digest}")
        return body


def fetch(request: dict[str, Any], options: Options, index: Index) -> dict[str, Any]:
    name, version, sha256 = request.get("repo"), request.get("version"), request.get("sha256")
    about = {"repo": name, "version": version}
    try:
        if not (isinstance(name, str) and isinstance(version, str) and re.fullmatch("[0-9a-f]{64}", str(sha256))):
            raise Refused("bad_request", f"a line needs repo, version and sha256 (64 hexadecimal digits), not {request}")
        path = Path(options.cache) / str(sha256)
        if not (path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256):
            body = index.fetch(name, version, str(sha256))
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
                part.write(body)
            os.replace(part.name, path)
        return {**about, "ok": True, "path": str(path), "sha256": sha256}
    except Refused as refused:
        return {**about, "ok": False, "code": refused.code, "message": str(refused)}
    except Exception as error:  # one bad answer must not take the other distributions with it
        return {**about, "ok": False, "code": "network", "message": f"{name} {version}: {error!r}"}


def main() -> int:
    options = Options()
    requests: list[dict[str, Any]] = []
    for line in sys.stdin:
        if line.strip():
            value = json.loads(line)
            if "options" in value:
                options = Options(**value["options"])
            else:
                requests.append(value)
    if not options.cache:
        print("fetch_sdist: options.cache (a folder) is missing", file=sys.stderr)
        return 2
    index = Index(index_url(), options.timeout, options.attempts)
    with ThreadPoolExecutor(max_workers=max(1, options.concurrency)) as pool:
        for answer in pool.map(lambda request: fetch(request, options, index), requests):
            print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
