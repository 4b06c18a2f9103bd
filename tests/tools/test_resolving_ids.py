"""How many of the ids that people type resolve."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools import resolving_ids
from tools.other_ids import followed_ids

from model_garden_registry import load_registry

Out = pytest.CaptureFixture[str]
REGISTRY = load_registry()
ALIASES = {alias: key for key in REGISTRY for alias in REGISTRY.raw(key).get("aliases", ())}


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


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("source", "least"),
    [
        ("unsloth-notebooks", 0.90),
        ("axolotl-examples", 0.80),
        ("llama-factory-examples", 0.80),
        ("vllm-recipes", 0.55),
    ],
)
def test_most_ids_of_what_people_follow_resolve(source: str, least: float) -> None:
    """Of those that are language models; the share is that of the source at the commit that was gathered."""
    answers = list(resolving_ids.answered(REGISTRY, followed_ids(source)).values())

    assert answers.count("resolves") >= least * (len(answers) - answers.count("out of scope"))


@given(st.sampled_from(sorted(ALIASES)))
def test_an_alias_means_the_entry_that_names_it(alias: str) -> None:
    """In every face alike, also in another case; it is the id of no entry."""
    assert alias not in REGISTRY
    assert REGISTRY[alias].id == ALIASES[alias]
    assert REGISTRY.resolve(alias) == (ALIASES[alias], "alias")
    assert REGISTRY.resolve(alias.upper()).id == ALIASES[alias]


def test_no_alias_is_named_twice() -> None:
    """Neither by two entries, nor by one."""
    named = [alias for key in REGISTRY for alias in REGISTRY.raw(key).get("aliases", ())]

    assert len(named) == len(set(named)) > 150
