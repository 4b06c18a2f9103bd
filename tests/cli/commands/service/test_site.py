"""``mgr site``: the registry as files for any web server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyodide_stand_in import distribution
from remote_site import registry_bytes

Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _registry() -> None:
    Path("models.json").write_bytes(registry_bytes())


def test_a_site_is_the_registry_under_its_digest_with_pages(mgr: Ask) -> None:
    """With an index that names it, and a list to start from; these files are the answer."""
    answer = mgr("--registry", "models.json", "site", "build", "public", "--gpu", "L4")

    index = json.loads(Path("public/index.json").read_bytes())
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"public/{index['file']}\npublic/index.json\npublic/index.html\n"
    assert list(json.loads(Path("public", index["file"]).read_bytes())["models"]) == ["org/model"]
    assert sorted(path.name for path in Path("public/fits").glob("*.json")) == [
        "index.json",
        *(f"l4-{count}.json" for count in (1, 2, 4, 8)),
    ]


def test_every_known_gpu_is_judged_unless_some_are_named(mgr: Ask) -> None:
    """A note says so, since it may take minutes."""
    answer = mgr("--registry", "models.json", "site", "build", "public")

    assert answer.code == 0
    assert (
        answer.err == "mgr: note: judging the models on every known GPU; --gpu NAME does it for one, which is faster\n"
    )
    assert len(list(Path("public/fits").glob("*.json"))) > 500


def test_the_registry_alone_can_be_written(mgr: Ask) -> None:
    """For a bucket that other machines read."""
    answer = mgr("--registry", "models.json", "site", "build", "public", "--registry-only")

    index = json.loads(Path("public/index.json").read_bytes())
    assert answer.out == f"public/{index['file']}\npublic/index.json\n"
    assert sorted(path.name for path in Path("public").iterdir()) == ["index.json", index["file"]]


@pytest.mark.parametrize("more", [("--gpu", "L4"), ("--pyodide", ".")])
def test_the_registry_alone_has_no_pages_to_choose_for(more: tuple[str, str], mgr: Ask) -> None:
    """One line, and nothing is written."""
    answer = mgr("--registry", "models.json", "site", "build", "public", "--registry-only", *more)

    assert answer.code == 2
    assert f"--registry-only and {more[0]} contradict each other" in answer.err
    assert not Path("public").exists()


def test_python_for_the_browser_comes_from_a_folder(mgr: Ask) -> None:
    """Its wheels are among the files of the site."""
    folder = distribution(Path("pyodide"))

    answer = mgr("--registry", "models.json", "site", "build", "public", "--gpu", "L4", "--pyodide", folder)

    assert answer.code == 0
    assert Path("public/pyodide/pyodide.asm.wasm").read_bytes() == (folder / "pyodide.asm.wasm").read_bytes()


@pytest.mark.parametrize(
    ("more", "code", "problem"),
    [
        (
            ("--gpu", "L4", "--pyodide", "nowhere"),
            3,
            "nowhere: is no folder; --pyodide names one with a Pyodide distribution",
        ),
        (("--gpu", "RTX 4099"), 2, "RTX 4090"),
    ],
)
def test_a_site_that_cannot_be_made_is_one_line(more: tuple[str, str], code: int, problem: str, mgr: Ask) -> None:
    """And nothing is written."""
    answer = mgr("--registry", "models.json", "site", "build", "public", *more)

    assert (answer.code, answer.out, answer.err.count("\n")) == (code, "", 1)
    assert problem in answer.err
    assert not Path("public").exists()


def test_a_date_that_is_not_later_than_the_shipped_one_is_told(mgr: Ask) -> None:
    """No reader of this release would use it."""
    answer = mgr("site", "build", "public", "--registry-only")

    assert answer.code == 0
    assert "readers use it only where the shipped registry is older" in answer.err


def test_the_index_is_a_document(mgr: Ask) -> None:
    """The same as the file."""
    answer = mgr("--registry", "models.json", "site", "build", "public", "--registry-only", "--json")

    assert json.loads(answer.out) == json.loads(Path("public/index.json").read_bytes())


def test_a_folder_that_cannot_be_written_is_one_line(mgr: Ask) -> None:
    """And no answer."""
    Path("public").write_text("a file", encoding="utf-8")

    answer = mgr("site", "build", "public", "--registry-only")

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "mgr: error: public: is not a folder, and cannot be created: File exists\n"


@pytest.mark.parametrize("arguments", [("site",), ("site", "--help")])
def test_the_group_alone_prints_its_help(arguments: tuple[str, ...], mgr: Ask) -> None:
    """As `mgr schema` does."""
    answer = mgr(*arguments)

    assert answer.code == 0
    assert answer.out.startswith("Usage: mgr site")
