"""``mgr registry outdated``: model ids in files that are out of date."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from own_ids import made_registry

Ask = Callable[..., Any]

OLD, NEW = "meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"
FILE = f"model: {OLD}\nbase_model: tiiuae/falcon-7b\ndraft: Qwen/Qwen2-7B-Instruct\nmodel: acme/owl\n"


@pytest.fixture(autouse=True)
def _registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the small registry the one in use, and write a file with an id of each kind."""
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("MGR_REGISTRY", str(made_registry(tmp_path / "own").path))
    Path("train.yaml").write_text(FILE)


RENAMED = f"train.yaml:1:8: {OLD}: renamed; use {NEW}\n"
WITHDRAWN = "train.yaml:2:13: tiiuae/falcon-7b: withdrawn; no successor is known\n"
SUPERSEDED = "train.yaml:3:8: Qwen/Qwen2-7B-Instruct: superseded; use Qwen/Qwen3-8B\n"
UNKNOWN = "train.yaml:4:8: acme/owl: not in the registry\n"


def test_every_id_is_one_line(mgr: Ask) -> None:
    """With file, line and column; and the answer is no."""
    answer = mgr("registry", "outdated", "train.yaml")

    assert (answer.code, answer.out, answer.err) == (1, f"{RENAMED}{WITHDRAWN}{SUPERSEDED}{UNKNOWN}", "")


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (["renamed"], f"{WITHDRAWN}{SUPERSEDED}{UNKNOWN}"),
        (["withdrawn", "unknown"], f"{RENAMED}{SUPERSEDED}"),
        (["superseded", "withdrawn", "unknown", "renamed"], "nothing is out of date in 2 files\n"),
    ],
)
def test_kinds_can_be_ignored(ignored: list[str], left: str, mgr: Ask) -> None:
    """One or several."""
    answer = mgr("registry", "outdated", ".", *(f"--ignore={kind}" for kind in ignored))

    assert answer.out.replace("./", "") == left
    assert answer.code == int("nothing" not in left)


def test_what_is_fixed_is_named(mgr: Ask) -> None:
    """If nothing else is left, the answer is yes."""
    first = mgr("registry", "outdated", "--fix", "train.yaml")
    Path("train.yaml").write_text(f"model: {OLD}\n")
    second = mgr("registry", "outdated", "--fix", "train.yaml")
    third = mgr("registry", "outdated", "--fix", "train.yaml")

    assert (first.code, first.out.splitlines()[0]) == (1, f"train.yaml:1:8: {OLD}: renamed; now {NEW}")
    assert (second.code, second.out) == (0, f"train.yaml:1:8: {OLD}: renamed; now {NEW}\n")
    assert (third.code, third.out) == (0, "nothing is out of date in 1 file\n")


def test_at_most_a_thousand_are_shown(mgr: Ask) -> None:
    """And how many more there are; the option shows all."""
    Path("train.yaml").write_text(f"{OLD}\n" * 1002)

    few, all_ = mgr("registry", "outdated", "train.yaml"), mgr("registry", "outdated", "train.yaml", "--all-findings")
    document = json.loads(mgr("registry", "outdated", "train.yaml", "--json").out)

    assert few.out.splitlines()[-1] == "… and 2 more ids: --all-findings shows all"
    assert len(few.out.splitlines()) == 1001
    assert len(all_.out.splitlines()) == 1002
    assert (document["total"], len(document["ids"])) == (1002, 1000)


def test_a_file_that_is_not_there_is_told(mgr: Ask) -> None:
    """The others are read; there is no answer about it."""
    answer = mgr("registry", "outdated", "gone.yaml", "train.yaml")

    assert (answer.code, answer.err) == (3, "mgr: error: gone.yaml: no such file or folder\n")
    assert answer.out.startswith(RENAMED)
