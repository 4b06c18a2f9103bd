"""The files of a site."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from model_garden_registry.errors import RegistryReadError, RegistryWriteError
from model_garden_registry.page.static.site_files import LIST_NAME, SiteFiles


def build(folder: Path, files: Iterable[tuple[str, bytes]]) -> SiteFiles:
    site = SiteFiles(folder)
    site.write(files)
    site.finish()
    return site


def there(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_files_are_written_and_listed(tmp_path: Path) -> None:
    """In their folders; the list itself is not one of them."""
    site = build(tmp_path / "site", [("index.html", b"list"), ("models/org/one.html", b"one")])

    assert there(tmp_path / "site") == ["index.html", "models/org/one.html", LIST_NAME]
    assert [*json.loads((tmp_path / "site" / LIST_NAME).read_bytes())["files"]] == [*site.paths]


def test_a_long_file_has_a_compressed_one_beside_it(tmp_path: Path) -> None:
    """The same bytes whenever it is made; an archive is compressed already."""
    long = b"long " * 1000
    for name in ("a", "b"):
        build(tmp_path / name, [("long.json", long), ("short.json", b"short"), ("one.whl", long)])

    assert there(tmp_path / "a") == ["long.json", "long.json.gz", "one.whl", "short.json", LIST_NAME]
    assert gzip.decompress((tmp_path / "a" / "long.json.gz").read_bytes()) == long
    assert [(tmp_path / "a" / path).read_bytes() for path in there(tmp_path / "a")] == [
        (tmp_path / "b" / path).read_bytes() for path in there(tmp_path / "b")
    ]


def test_a_second_run_replaces_what_differs(tmp_path: Path) -> None:
    """Other files keep their place on the disk."""
    build(tmp_path, [("index.html", b"old"), ("same.html", b"same")])
    same = (tmp_path / "same.html").stat()

    build(tmp_path, [("index.html", b"new"), ("same.html", b"same")])

    assert (tmp_path / "index.html").read_bytes() == b"new"
    assert (tmp_path / "same.html").stat().st_ino == same.st_ino


def test_what_a_new_site_has_no_more_is_removed(tmp_path: Path) -> None:
    """With the folders that are then empty; what others have put there stays, and so does what they have changed."""
    build(tmp_path, [(f"{name}.html", b"old") for name in ("kept", "models/a/one", "models/b/two", "changed", "gone")])
    (tmp_path / "models" / "b" / "own.txt").write_bytes(b"own")
    (tmp_path / "changed.html").write_bytes(b"mine now")
    (tmp_path / "gone.html").unlink()

    build(tmp_path, [("kept.html", b"old")])

    assert there(tmp_path) == ["changed.html", "kept.html", "models/b/own.txt", LIST_NAME]
    assert not (tmp_path / "models" / "a").exists()


def test_a_file_of_others_is_not_replaced(tmp_path: Path) -> None:
    """Nor is anything of the same part of the site written; with the same content it may be anybody's."""
    (tmp_path / "index.html").write_bytes(b"my page")
    (tmp_path / "same.html").write_bytes(b"same")

    with pytest.raises(
        RegistryWriteError, match=r"index\.html: was not written by mgr site build, and is not replaced"
    ):
        build(tmp_path, [("same.html", b"same"), ("one.html", b"one"), ("index.html", b"list")])

    assert there(tmp_path) == ["index.html", "same.html"]
    assert (tmp_path / "index.html").read_bytes() == b"my page"


def test_a_folder_in_the_place_of_a_file_is_one_line(tmp_path: Path) -> None:
    """It is left alone."""
    (tmp_path / "index.html").mkdir()

    with pytest.raises(RegistryWriteError, match="was not written by mgr site build"):
        build(tmp_path, [("index.html", b"list")])


def test_a_run_that_was_interrupted_can_be_repeated(tmp_path: Path) -> None:
    """Even with another content: what it was going to write is listed before."""
    SiteFiles(tmp_path).write([("index.html", b"first"), ("one.html", b"first")])

    build(tmp_path, [("index.html", b"second")])

    assert there(tmp_path) == ["index.html", LIST_NAME]


@pytest.mark.parametrize(
    "listed", [b"no", b"[]", b"{}", b'{"files": {"a": 1}}', b'{"files": {"../a": ""}}', b'{"files": {"/a": ""}}']
)
def test_a_list_that_is_not_ours_is_one_line(listed: bytes, tmp_path: Path) -> None:
    """Nothing outside of the folder could ever be removed."""
    (tmp_path / LIST_NAME).write_bytes(listed)

    with pytest.raises(RegistryReadError) as caught:
        SiteFiles(tmp_path)

    assert caught.value.path == tmp_path / LIST_NAME


def test_a_file_that_cannot_be_removed_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And stays listed."""
    build(tmp_path, [("old.html", b"old")])

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    site = SiteFiles(tmp_path)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(RegistryWriteError, match=r"old\.html: cannot be removed: Permission denied"):
        site.finish()

    assert "old.html" in json.loads((tmp_path / LIST_NAME).read_bytes())["files"]
