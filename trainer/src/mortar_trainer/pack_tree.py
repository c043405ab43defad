"""Turns source archives and folders into deterministic tar files.

JSON lines in: {"name": ..., "source": ARCHIVE OR FOLDER, "output": FILE, "expect": [PATH, ...]}. JSON lines out: {"name", "ok": true,
"files", "bytes", "missing": [the expected paths that the tree lacks]} or {"name", "ok": false, "code", "message"}.

An archive's single top folder is stripped. Left out: version control, bytecode, devices, links that point outside. A path that climbs out
of the tree is an error: such an archive is not to be trusted. The same tree gives the same bytes: sorted, no times, no owner, two modes.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

MAX_FILES = 50_000
MAX_BYTES = 1 << 30
SKIPPED_FOLDERS = frozenset((".git", ".hg", ".svn", "__pycache__", ".tox", ".venv", ".mypy_cache", ".pytest_cache"))
SKIPPED_ENDINGS = (".pyc", ".pyo")


class Rejected(Exception):
    """The archive cannot be used; no retry mends it."""


@dataclass(frozen=True)
class Entry:
    path: str
    data: bytes
    executable: bool = False
    link: str | None = None


def entries(source: Path) -> Iterator[Entry]:
    if source.is_dir():
        yield from _from_folder(source)
    elif zipfile.is_zipfile(source):
        yield from _from_zip(source)
    else:
        yield from _from_tar(source)


def _from_folder(folder: Path) -> Iterator[Entry]:
    for current, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(current) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS and name not in links]
        for name in [*files, *links]:
            path = Path(current) / name
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                yield Entry(relative, b"", link=os.readlink(path))
            elif path.is_file():
                yield Entry(relative, path.read_bytes(), os.access(path, os.X_OK))


def _from_zip(source: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(source) as archive:
        _check_size(sum(info.file_size for info in archive.infolist()), len(archive.infolist()))
        for info in archive.infolist():
            if not info.is_dir():
                yield Entry(info.filename, archive.read(info), bool(info.external_attr >> 16 & 0o100))


def _from_tar(source: Path) -> Iterator[Entry]:
    with tarfile.open(source) as archive:
        total = count = 0
        for member in archive:
            total, count = total + member.size, count + 1
            _check_size(total, count)
            if member.isfile():
                reader = archive.extractfile(member)
                if reader is not None:
                    yield Entry(member.name, reader.read(), bool(member.mode & 0o100))
            elif member.issym():
                yield Entry(member.name, b"", link=member.linkname)


def _check_size(total: int, count: int) -> None:
    if total > MAX_BYTES or count > MAX_FILES:
        raise Rejected(f"larger than {MAX_BYTES} bytes or {MAX_FILES} files unpacked")


def cleaned(found: Iterator[Entry], strip_top: bool) -> list[Entry]:
    kept: dict[str, Entry] = {}
    for entry in found:
        path = PurePosixPath(entry.path)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.path or "\0" in entry.path:
            raise Rejected(f"the path {entry.path!r} leads out of the tree")
        if SKIPPED_FOLDERS.intersection(path.parts) or path.name.endswith(SKIPPED_ENDINGS) or not path.parts:
            continue
        kept[path.as_posix()] = Entry(path.as_posix(), entry.data, entry.executable, entry.link)
    tops = {PurePosixPath(path).parts[0] for path in kept}
    if strip_top and len(tops) == 1 and all(len(PurePosixPath(path).parts) > 1 for path in kept):
        cut = len(next(iter(tops))) + 1
        kept = {p[cut:]: Entry(p[cut:], e.data, e.executable, e.link) for p, e in kept.items()}
    return [kept[path] for path in sorted(kept) if _stays_inside(kept[path])]


def _stays_inside(entry: Entry) -> bool:
    if entry.link is None:
        return True
    if entry.link.startswith("/"):
        return False
    depth = len(PurePosixPath(entry.path).parts) - 1
    for part in PurePosixPath(entry.link).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True


def write_tar(tree: list[Entry], output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.NamedTemporaryFile(dir=output.parent, prefix=".part-", delete=False) as part,
        tarfile.open(fileobj=part, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for entry in tree:
            info = tarfile.TarInfo(entry.path)
            info.mode = 0o755 if entry.executable else 0o644
            if entry.link is not None:
                info.type, info.linkname = tarfile.SYMTYPE, entry.link
                archive.addfile(info)
            else:
                info.size = len(entry.data)
                archive.addfile(info, io.BytesIO(entry.data))
    os.replace(part.name, output)


def pack(request: dict[str, Any]) -> dict[str, Any]:
    name = request.get("name")
    try:
        source = Path(request["source"])
        tree = cleaned(entries(source), strip_top=not source.is_dir())
        if not tree:
            raise Rejected("the archive is empty")
        write_tar(tree, Path(request["output"]))
        paths = {entry.path for entry in tree}
        folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
        missing = [path for path in request.get("expect", []) if path not in paths and path not in folders]
        size = sum(len(entry.data) for entry in tree)
        return {"name": name, "ok": True, "files": len(tree), "bytes": size, "missing": missing}
    except (Rejected, tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        return {"name": name, "ok": False, "code": "bad_archive", "message": f"{name}: {error}"}


def main() -> int:
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(pack(json.loads(line))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
