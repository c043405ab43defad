"""What of an index page is a release with a source distribution."""

from __future__ import annotations

import json

from mortar_trainer.list_sdists import order, releases, version_of

BASE = "http://index.invalid/simple/my-package/"


def file(name: str, sha256: str | None = "a" * 64, **details: object) -> dict[str, object]:
    return {"filename": name, "url": f"../../files/{name}", "hashes": {} if sha256 is None else {"sha256": sha256}, **details}


def versions(files: list[dict[str, object]]) -> list[str]:
    found = releases(json.dumps({"files": files}).encode(), "application/vnd.pypi.simple.v1+json", BASE, "my_package")
    return [release["version"] for release in found]


def test_final_releases_in_the_order_of_their_numbers() -> None:
    names = ["1.10", "1.9", "1.9.post1", "2.0rc1", "2.0.dev3", "1!3.0", "1.9.0.1"]
    assert versions([file(f"my_package-{name}.tar.gz") for name in names]) == ["1.9", "1.9.post1", "1.9.0.1", "1.10"]
    assert order("1.0") == order("1") != order("1.0.1")


def test_leaves_out_wheels_other_projects_and_what_is_yanked_or_has_no_digest() -> None:
    files = [
        file("my_package-1.0-py3-none-any.whl"),
        file("my_package_extras-1.1.tar.gz"),
        file("my_package-1.2.tar.gz", yanked="broken"),
        file("my_package-1.3.tar.gz", sha256=None),
        file("My.Package-1.4.zip", yanked=False),
    ]
    assert versions(files) == ["1.4"]
    assert version_of("my-package-1.0.tar.gz", "My_Package") == "1.0"


def test_of_two_archives_of_a_version_always_the_same_with_its_day() -> None:
    files = [
        file("my_package-1.0.zip", "b" * 64, **{"upload-time": "2024-01-02T00:00:00Z"}),
        file("my_package-1.0.tar.gz", "c" * 64),
    ]
    for given in (files, files[::-1]):
        found = releases(json.dumps({"files": given}).encode(), "application/json", BASE, "my-package")
        assert found == [{"version": "1.0", "sha256": "b" * 64, "uploaded": "2024-01-02T00:00:00Z"}]


def test_pages_without_details() -> None:
    page = '<a href="../../files/my_package-1.0.tar.gz#sha256=' + "d" * 64 + '">x</a>'
    found = releases(page.encode(), "text/html", BASE, "my-package")
    assert found == [{"version": "1.0", "sha256": "d" * 64, "uploaded": None}]
