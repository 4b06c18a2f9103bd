"""How many of the ids that people type resolve."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools import resolving_ids

Out = pytest.CaptureFixture[str]


def test_ids_of_a_file_are_counted_by_where_they_stand(tmp_path: Path, capsys: Out) -> None:
    """What is out of scope counts neither way; the ids that do not resolve are named where that is asked for."""
    file = tmp_path / "ids.csv"
    file.write_text("where,id,times\nguide,Qwen/Qwen3-8B,2\nguide,no/such-net,1\nrecipe,unsloth/Qwen3-8B,1\n")

    assert resolving_ids.main([str(file), "--missing"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "guide                       1 of    2 ( 50%), 0 out of scope",
        "    no/such-net",
        "recipe                      1 of    1 (100%), 0 out of scope",
        "all                         2 of    3 ( 67%), 0 out of scope",
    ]
