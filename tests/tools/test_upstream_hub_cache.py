"""What is expected of the cache of huggingface_hub, beside its source."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from tools.upstream.hub_cache import EXPECTED, cache_rows


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Copy what is read of the real package."""
    found = find_spec("huggingface_hub")
    if found is None or found.origin is None:
        pytest.skip("huggingface_hub is not installed")
    (tmp_path / "huggingface_hub").mkdir()
    for name in ("constants.py", "file_download.py"):
        shutil.copy(Path(found.origin).with_name(name), tmp_path / "huggingface_hub" / name)
    return tmp_path


def test_the_installed_package_agrees(package: Path) -> None:
    """In every fact."""
    assert {row.fact: row.agrees for row in cache_rows("2.4.0", package)} == dict.fromkeys(EXPECTED, True)


@pytest.mark.parametrize(
    ("file", "before", "after", "fact"),
    [
        ("constants.py", 'REPO_ID_SEPARATOR = "--"', 'REPO_ID_SEPARATOR = "__"', "separator"),
        ("constants.py", 'REPO_ID_SEPARATOR = "--"', 'SEPARATOR = "--"', "separator"),
        ("constants.py", '"HUGGINGFACE_HUB_CACHE", default', '"HUB_CACHE", default', "variables"),
        ("file_download.py", '"blobs"', '"objects"', "folders"),
        ("file_download.py", '".incomplete"', '".part"', "incomplete"),
        ("file_download.py", '{repo_type}s"', '{repo_type}"', "folder of a model"),
    ],
)
def test_a_change_is_named(file: str, before: str, after: str, fact: str, package: Path) -> None:
    """And nothing else differs."""
    path = package / "huggingface_hub" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")

    assert [row.fact for row in cache_rows("9", package) if not row.agrees] == [fact]
