"""Fetching from a real index on this machine: a small server that speaks the simple API."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from mortar_trainer.fetch_sdist import Link, links, normalise, source_archives

SOURCE = Path(__file__).parents[1] / "src"


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("my_package-1.0/m.py")
        info.size = 6
        tar.addfile(info, io.BytesIO(b"x = 1\n"))
    return buffer.getvalue()


class Index(http.server.BaseHTTPRequestHandler):
    body = archive()
    json_api = True
    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        Index.seen.append((self.path, self.headers.get("Authorization")))
        name = "my_package-1.0.tar.gz"
        if self.path == "/simple/my-package/":
            if self.json_api:
                digest = hashlib.sha256(self.body).hexdigest()
                page = json.dumps({"files": [{"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": digest}}]})
                self.reply(page.encode(), "application/vnd.pypi.simple.v1+json")
            else:
                self.reply(f'<a href="../../files/{name}">{name}</a>'.encode(), "text/html")
        elif self.path == f"/files/{name}":
            self.reply(self.body, "application/octet-stream")
        else:
            self.send_error(404)

    def reply(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def index() -> Iterator[str]:
    Index.seen, Index.json_api = [], True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    server.server_close()


def fetch(url: str, cache: Path, *requests: dict[str, str]) -> list[dict[str, Any]]:
    lines = [{"options": {"cache": str(cache), "timeout": 5, "attempts": 1}}, *requests]
    done = subprocess.run(
        [sys.executable, "-m", "mortar_trainer.fetch_sdist"],
        input="\n".join(json.dumps(line) for line in lines),
        env={**os.environ, "PIP_INDEX_URL": url, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=SOURCE,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


DIGEST = hashlib.sha256(Index.body).hexdigest()
PINNED = {"repo": "My.Package", "version": "1.0", "sha256": DIGEST}


@pytest.mark.parametrize("json_api", [True, False])
def test_fetches_once_and_keeps_it_under_its_digest(index: str, tmp_path: Path, json_api: bool) -> None:
    Index.json_api = json_api
    (answer,) = fetch(index, tmp_path, PINNED)
    assert answer["ok"] and Path(answer["path"]).name == DIGEST
    assert Path(answer["path"]).read_bytes() == Index.body
    asked = len(Index.seen)
    assert fetch(index, tmp_path, PINNED) == [answer]
    assert len(Index.seen) == asked


def test_a_damaged_file_in_the_cache_is_fetched_again(index: str, tmp_path: Path) -> None:
    (tmp_path / DIGEST).write_bytes(b"half")
    (answer,) = fetch(index, tmp_path, PINNED)
    assert Path(answer["path"]).read_bytes() == Index.body


def test_says_what_is_missing_and_what_does_not_match(index: str, tmp_path: Path) -> None:
    answers = fetch(
        index,
        tmp_path,
        {**PINNED, "sha256": "0" * 64},
        {**PINNED, "version": "2.0"},
        {**PINNED, "repo": "unheard-of"},
        {"repo": "My.Package", "version": "1.0"},
        PINNED,
    )
    assert [answer.get("code", "ok") for answer in answers] == [
        "hash_mismatch",
        "missing_file",
        "missing_file",
        "bad_request",
        "ok",
    ]
    assert "0" * 64 in answers[0]["message"] and "2.0" in answers[1]["message"]


def test_a_page_without_digests_is_checked_after_the_download(index: str, tmp_path: Path) -> None:
    Index.json_api = False
    (answer,) = fetch(index, tmp_path, {**PINNED, "sha256": "0" * 64})
    assert answer["code"] == "hash_mismatch"
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_is_down_is_the_networks_fault(tmp_path: Path) -> None:
    (answer,) = fetch("http://127.0.0.1:9/simple", tmp_path, PINNED)
    assert answer["code"] == "network"


def test_credentials_of_the_index_are_sent_and_not_printed(index: str, tmp_path: Path) -> None:
    answers = fetch(index.replace("http://", "http://user:secret@"), tmp_path, {**PINNED, "version": "9"})
    assert Index.seen[0][1] == "Basic dXNlcjpzZWNyZXQ="
    assert "secret" not in json.dumps(answers)


def test_names_and_file_names_are_compared_as_indexes_do() -> None:
    assert normalise("Zope.Interface_x") == "zope-interface-x"
    found = [
        Link("my_package-1.0.tar.gz", "u", None),
        Link("my-package-1.0.zip", "u", None),
        Link("my_package-1.0-py3-none-any.whl", "u", None),
        Link("my_package-1.0.1.tar.gz", "u", None),
    ]
    assert [link.filename for link in source_archives(found, "My.Package", "1.0")] == [found[0].filename, found[1].filename]


def test_html_links_carry_their_digest() -> None:
    (link,) = links(b'<a href="/f/a-1.tar.gz#sha256=abc">a</a>', "text/html; charset=utf-8", "https://index.invalid/simple/a/")
    assert link == Link("a-1.tar.gz", "https://index.invalid/f/a-1.tar.gz", "abc")
