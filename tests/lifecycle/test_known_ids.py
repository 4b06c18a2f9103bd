"""What a registry tells about an id: current, withdrawn, renamed, superseded, or unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from own_ids import made_registry

from model_garden_registry.lifecycle.known_ids import RENAMED_ORGANISATIONS, Fate, Kind, KnownIds


@pytest.fixture
def known(tmp_path: Path) -> KnownIds:
    """Return the ids of the small registry."""
    return KnownIds(made_registry(tmp_path))


OLMO, LLAMA = "allenai/Olmo-3-1025-7B", "meta-llama/Llama-3.1-8B-Instruct"


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        pytest.param("Qwen/Qwen3-8B", None, id="current"),
        pytest.param("qwen/qwen3-8b", None, id="in another case"),
        pytest.param("meta-llama/Meta-Llama-3.1-8B-Instruct", Fate(Kind.RENAMED, "renamed", LLAMA), id="renamed"),
        pytest.param("unsloth/Meta-Llama-3.1-8B-Instruct", None, id="a mirror"),
        pytest.param(
            "CohereForAI/c4ai-command-r-v01",
            Fate(Kind.RENAMED, "renamed", "CohereLabs/c4ai-command-r-v01"),
            id="its organisation was renamed",
        ),
        pytest.param("mosaicml/mpt-7b", Fate(Kind.WITHDRAWN, "withdrawn since 2025-12", OLMO), id="withdrawn"),
        pytest.param("mosaicml/mpt-seven-b", Fate(Kind.RENAMED, "renamed", OLMO), id="renamed, then withdrawn"),
        pytest.param("old/three", Fate(Kind.WITHDRAWN, "withdrawn", OLMO), id="the successor is withdrawn too"),
        pytest.param(
            "tiiuae/falcon-7b", Fate(Kind.WITHDRAWN, "withdrawn; no successor is known"), id="without a successor"
        ),
        pytest.param("old/one", Fate(Kind.WITHDRAWN, "withdrawn; no successor is known"), id="in a circle"),
        pytest.param("odd/two", Fate(Kind.WITHDRAWN, "withdrawn; no successor is known"), id="wrong types"),
        pytest.param(
            "Qwen/Qwen2-7B-Instruct", Fate(Kind.SUPERSEDED, "superseded", "Qwen/Qwen3-8B"), id="superseded twice"
        ),
        pytest.param(
            "unsloth/Qwen2-7B-Instruct", Fate(Kind.SUPERSEDED, "superseded", "Qwen/Qwen3-8B"), id="a mirror of that"
        ),
        pytest.param(
            "microsoft/phi-2",
            Fate(Kind.SUPERSEDED, "superseded", "microsoft/Phi-4-mini-instruct"),
            id="each by the other",
        ),
        pytest.param("openai/gpt-oss-20b", None, id="superseded by what is not there"),
    ],
)
def test_the_fate_of_an_id(text: str, fate: Fate | None, known: KnownIds) -> None:
    """And what to use instead."""
    assert text in known
    assert known.fate(text) == fate


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param(
            "Qwen/Qwen3-9B", "; did you mean Qwen/Qwen3-8B, Qwen/Qwen3-32B or Qwen/Qwen2-7B-Instruct?", id="near"
        ),
        pytest.param("mosaicml/mpt-7b-chat", "", id="only what is withdrawn is near"),
        pytest.param("CohereForAI/c4ai-command-r-v02", "; did you mean CohereLabs/c4ai-command-r-v01?", id="renamed"),
        pytest.param("acme/zzz", "", id="nothing is near"),
    ],
)
def test_an_unknown_id_gets_near_names(text: str, what: str, known: KnownIds) -> None:
    """As everywhere, but current ones alone."""
    assert text not in known
    assert known.unknown(text) == known.unknown(text) == Fate(Kind.UNKNOWN, f"not in the registry{what}")


@pytest.mark.parametrize(
    "text", ["BAAI/bge-m3", "openai/gpt-4o", "bartowski/Qwen3-8B-GGUF", "https://hf.co/Qwen/Qwen3-8B"]
)
def test_what_a_registry_has_not_by_design_is_not_unknown(text: str, known: KnownIds) -> None:
    """Embeddings, closed weights, other formats; and what it has, written otherwise."""
    assert known.unknown(text) is None


def test_near_names_are_searched_for_only_so_often(known: KnownIds) -> None:
    """A file with a thousand unknown ids is not about these models."""
    fates = [known.unknown(f"acme/Qwen3-{number}B") for number in range(600)]

    assert fates[0] != Fate(Kind.UNKNOWN, "not in the registry") == fates[-1]


def test_organisations_are_those_of_ids_and_aliases(known: KnownIds) -> None:
    """In any case."""
    assert [known.has_organisation(name) for name in ("qwen", "NousResearch", "acme")] == [True, True, False]


def test_renamed_organisations_are_those_of_the_facts(repository: Path) -> None:
    """The registry's aliases are made from the same."""
    facts = json.loads((repository / "tools/facts/other_ids.json").read_bytes())

    assert {former: fact["now"] for former, fact in facts["organisations"].items()} == RENAMED_ORGANISATIONS
