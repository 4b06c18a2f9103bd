"""Where facts come from."""

from __future__ import annotations

import re

import pytest
from tools.entered import read_entered
from tools.sources import known_sources, sources_of, stated

from model_garden_registry.entries.provenance import Source


def test_every_source_has_an_address_and_a_date() -> None:
    """As an entry may state it."""
    for source in known_sources().values():
        Source.model_validate({"kind": "published", "source": "x", "as_of": source.as_of, "url": source.address})


def test_every_name_that_facts_rest_on_is_known() -> None:
    """Also those of copies; what follows a name is for readers."""
    for raw in read_entered():
        lists = [value for field, value in raw["sources"].items() if isinstance(value, list) and field != "solved"]
        for names in (*lists, *(copy["sources"] for copy in raw.get("copies", ()))):
            assert all(source.address for _, source in sources_of(names, raw["id"]))


@pytest.mark.parametrize(
    ("names", "model_id", "field", "kind", "address"),
    [
        pytest.param(["llmfit", "ome"], "a/b", "architecture", "vendor", "sgl-project/ome", id="a maker's own file"),
        pytest.param(["llmfit", "ome"], "a/b", "license", "published", "AlexsJones/llmfit", id="in its own words"),
        pytest.param(["slime, of its siblings"], "a/b", "architecture", "published", "THUDM/slime", id="more words"),
        pytest.param(["qwen3-readme"], "Qwen/x", "license", "vendor", "QwenLM/Qwen3", id="of its maker"),
        pytest.param(["qwen3-readme"], "a/x", "license", "published", "QwenLM/Qwen3", id="of another maker"),
        pytest.param(["its model card"], "a/x", "license", "vendor", "huggingface.co/a/x", id="a card"),
        pytest.param(["vllm-recipes"], "a/x", "license", "published", "vllm-project/recipes", id="what was gathered"),
    ],
)
def test_a_source_is_the_makers_or_somebody_elses(
    names: list[str], model_id: str, field: str, kind: str, address: str
) -> None:
    """Of several, the maker's goes first."""
    source = stated(names, model_id, field)

    assert source
    assert (source["kind"], source["source"]) == (kind, ", ".join(names))
    assert address in source["url"]


@pytest.mark.parametrize(
    ("names", "field"),
    [
        pytest.param(["llmfit"], "released", id="it tells something else"),
        pytest.param(["xinference"], "languages", id="it does not know"),
        pytest.param(["derived:exact-param-count", "public copies of it"], "architecture", id="no address"),
        pytest.param([], "license", id="no source"),
    ],
)
def test_what_a_source_cannot_tell_is_not_told(names: list[str], field: str) -> None:
    """A repository's first day is no release."""
    assert stated(names, "a/b", field) is None


def test_a_name_without_an_address_is_refused() -> None:
    """In one line that says what to do."""
    message = "a/b: no address of 'hearsay'; add it to tools/facts/sources.json"

    with pytest.raises(SystemExit, match=re.escape(message)):
        stated(["hearsay"], "a/b", "license")
