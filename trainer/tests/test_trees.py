"""Packing source trees and fetching commits, with real archives and a real git repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mortar_trainer.fetch_git import fetch
from mortar_trainer.pack_tree import pack


def tar_of(path: Path, members: dict[str, bytes | str]) -> Path:
    """Members as bytes are files, as text links."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.mtime, info.uid = 12345, 77
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def run(source: Path, output: Path, expect: list[str] | None = None) -> dict[str, Any]:
    return pack({"name": "n", "source": str(source), "output": str(output), "expect": expect or []})


def test_top_folder_and_bytecode_go_and_the_order_is_fixed(tmp_path: Path) -> None:
    source = tar_of(tmp_path / "a.tar.gz", {"p-1/b.py": b"b", "p-1/a.py": b"a", "p-1/__pycache__/a.pyc": b"x", "p-1/.git/config": b"x"})
    answer = run(source, tmp_path / "out.tar", ["a.py", "tests", "."])
    assert answer == {"name": "n", "ok": True, "files": 2, "bytes": 2, "missing": ["tests"]}
    with tarfile.open(tmp_path / "out.tar") as archive:
        assert [(m.name, m.mtime, m.uid, m.mode) for m in archive] == [("a.py", 0, 0, 0o644), ("b.py", 0, 0, 0o644)]


def test_the_same_tree_gives_the_same_bytes_from_tar_zip_and_folder(tmp_path: Path) -> None:
    files = {"pkg/m.py": b"x = 1\n", "pkg/sub/n.py": b"", "README": b"hi"}
    run(tar_of(tmp_path / "a.tar.gz", {f"top/{name}": data for name, data in files.items()}), tmp_path / "1.tar")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, data in reversed(files.items()):
            archive.writestr(f"top/{name}", data)
    run(tmp_path / "a.zip", tmp_path / "2.tar")
    for name, data in files.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    run(tmp_path / "folder", tmp_path / "3.tar")
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes() == (tmp_path / "3.tar").read_bytes()


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "p-1/../../evil"])
def test_a_path_out_of_the_tree_rejects_the_archive(tmp_path: Path, name: str) -> None:
    answer = run(tar_of(tmp_path / "a.tar.gz", {"p-1/a.py": b"", name: b"x"}), tmp_path / "out.tar")
    assert not answer["ok"] and answer["code"] == "bad_archive"
    assert not (tmp_path / "out.tar").exists()


def test_links_stay_only_where_they_point_inside(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {"p/a.py": b"", "p/in": "a.py", "p/s/up": "../a.py", "p/out": "../../x", "p/abs": "/etc/passwd"}
    run(tar_of(tmp_path / "a.tar.gz", members), tmp_path / "out.tar")
    with tarfile.open(tmp_path / "out.tar") as archive:
        assert archive.getnames() == ["a.py", "in", "s/up"]


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"not an archive")
    assert run(tmp_path / "a", tmp_path / "out.tar")["code"] == "bad_archive"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, list[str]]:
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commits = []
    for number in range(2):
        (folder / "m.py").write_text(f"x = {number}\n")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", str(number))
        commits.append(git(folder, "rev-parse", "HEAD"))
    return folder, commits


def test_an_older_commit_is_fetched_without_history(repository: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, commits = repository
    request = {"repo": "o/r", "url": folder.as_uri(), "commit": commits[0], "directory": str(tmp_path / "out"), "timeout": 30}
    assert fetch(request) == {"repo": "o/r", "ok": True, "path": str(tmp_path / "out")}
    assert (tmp_path / "out" / "m.py").read_text() == "x = 0\n"
    assert not (tmp_path / "out" / ".git").exists()
    assert fetch(request)["ok"]


def test_a_commit_that_is_not_there_is_said_and_leaves_nothing(repository: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, _ = repository
    answer = fetch({"repo": "o/r", "url": folder.as_uri(), "commit": "0" * 40, "directory": str(tmp_path / "out"), "timeout": 30})
    assert answer["code"] == "missing_commit"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("url", "commit"), [("ext::sh -c true", "0" * 40), ("--upload-pack=x", "0" * 40), ("https://h/r", "main")])
def test_only_full_commits_of_plain_addresses(url: str, commit: str, tmp_path: Path) -> None:
    answer = fetch({"repo": "o/r", "url": url, "commit": commit, "directory": str(tmp_path / "out")})
    assert answer["code"] == "bad_request"
