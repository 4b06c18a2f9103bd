"""Facts become an entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.authoring.drafting import FIELDS, draft_entry, merged
from model_garden_registry.authoring.facts import ModelFacts, Recommended
from model_garden_registry.checks.entry.consistency import Surroundings, entry_flaws
from model_garden_registry.checks.entry.physics import physics_flaws
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import Quantization

MakeFacts = Callable[..., ModelFacts]
AS_OF = "2026-11"


def drafted(facts: ModelFacts, **changes: Any) -> dict[str, Any]:
    """Make an entry that there is a machine for."""
    entry = draft_entry(facts, as_of=AS_OF, changes=changes)
    assert entry
    return entry


def test_an_entry_is_ready_for_lint(facts_with: MakeFacts, mixture: ModelFacts) -> None:
    """It follows the format, and no rule has anything against it."""
    around = Surroundings({}, ("text-llm", "vision-vlm"), {})
    flaws = []
    for facts in (facts_with(), mixture, facts_with({"model_type": "qwen2_5_vl"}, has_vision=True)):
        document = drafted(facts)
        entry = ModelInfo.model_validate(document)
        flaws += [*entry_flaws(entry.id, document, around), *physics_flaws(entry)]

    assert flaws == []


def test_fields_stand_in_the_order_of_the_file(facts_with: MakeFacts) -> None:
    """So that a diff shows what changed, and nothing that moved."""
    fields = list(drafted(facts_with(stated={"license": "mit", "min_versions": {"vllm": ">=0.8.5"}})))

    assert fields == [name for name in FIELDS if name in fields]


def test_every_number_has_a_source(facts_with: MakeFacts) -> None:
    """What was chosen names the policy, what was computed the memory model, what is stated its place."""
    told = {"/architecture": {"kind": "vendor", "source": "config.json"}}
    sources = drafted(facts_with(sources=told))["sources"]

    assert list(sources) == sorted(sources)
    assert {source["as_of"] for source in sources.values()} == {AS_OF}
    assert {pointer: source["kind"] for pointer, source in sources.items()} == {
        "/architecture": "vendor",
        "/inference_defaults": "derived",
        "/requirements": "derived",
        "/training_defaults": "derived",
    }


def test_layers_without_words_make_an_entry_experimental(facts_with: MakeFacts) -> None:
    """They are counted as others, and no measurement stands behind that."""
    assert drafted(facts_with())["status"] == "stable"
    assert drafted(facts_with({"model_type": "zaya"}))["status"] == "experimental"


#: A family with layers that keep a state instead of a cache.
def test_a_copy_for_serving_is_not_trained(facts_with: MakeFacts) -> None:
    """No defaults, no requirements for training, and the original's id."""
    copy = facts_with(model_id="a/b", original=facts_with(), quantization=Quantization(method="awq", type="awq"))
    entry = drafted(copy)

    assert (entry["training_defaults"], entry["capabilities"]["training"]) == (None, False)
    assert "training" not in entry["requirements"]
    assert entry["base_model"] == "org/Model-8B"


def test_what_no_machine_trains_is_served_only(facts_with: MakeFacts) -> None:
    """Hundreds of billions of parameters in half precision fit eight GPUs for serving alone."""
    heavy = {"num_hidden_layers": 240, "hidden_size": 16384, "intermediate_size": 65536, "parameters": None,
             "num_attention_heads": 128, "num_key_value_heads": 8}  # fmt: skip
    entry = drafted(facts_with(heavy))

    assert entry["training_defaults"] is None
    assert entry["capabilities"]["training"] is False


def test_what_no_machine_serves_gives_no_entry(facts_with: MakeFacts) -> None:
    """Nothing is invented."""
    assert (
        draft_entry(facts_with({"num_hidden_layers": 9000, "hidden_size": 16384, "parameters": None}), as_of=AS_OF)
        is None
    )


@pytest.mark.parametrize(
    ("shape", "changes", "status"),
    [
        pytest.param({}, {}, "stable", id="an exact shape on one GPU"),
        pytest.param({"intermediate_size": None}, {}, "experimental", id="a guessed shape"),
        pytest.param({"parameters": 10**11}, {}, "experimental", id="several GPUs"),
        pytest.param({}, {"deprecation": {"since": "2026-11", "reason": "Old."}}, "deprecated", id="superseded"),
    ],
)
def test_status_says_how_sure_the_numbers_are(
    shape: dict[str, Any], changes: dict[str, Any], status: str, facts_with: MakeFacts
) -> None:
    """No measurement stands behind a guess, or behind several GPUs."""
    assert drafted(facts_with(shape), **changes)["status"] == status


def test_pictures_of_any_size_get_a_note(facts_with: MakeFacts) -> None:
    """One of the stock limit takes more tokens than a training sequence has."""
    with_images = facts_with({"model_type": "qwen3_vl"}, has_vision=True)

    assert "max_pixels" in drafted(with_images)["notes"][0]
    assert "notes" not in drafted(facts_with())


def test_what_is_unpacked_for_training_says_so(facts_with: MakeFacts) -> None:
    """Its memory for training is that of half precision."""
    few = facts_with(quantization=Quantization(method="mxfp4", type="mxfp4"))

    entry, half = drafted(few), drafted(facts_with())

    assert "bfloat16" in entry["notes"][0]
    assert entry["requirements"]["training"] == half["requirements"]["training"]


def test_what_is_recommended_has_its_own_source(facts_with: MakeFacts) -> None:
    """Beside the policy's."""
    said = {"/inference_defaults/tool_call_parser": {"kind": "published", "source": "a page", "as_of": "2026-08"}}
    entry = drafted(facts_with(recommended=Recommended(serving={"tool_call_parser": "owl"}, sources=said)))

    assert entry["inference_defaults"]["tool_call_parser"] == "owl"
    assert entry["sources"]["/inference_defaults/tool_call_parser"] == said["/inference_defaults/tool_call_parser"]


def test_what_was_written_by_hand_stands(facts_with: MakeFacts) -> None:
    """Over what would be chosen, and what depends on it follows: the batch is theirs, the requirements are for it."""
    by_hand = {
        "description": "Ours.",
        "training_defaults": {"hyperparameters": {"batch_size": 2, "max_seq_length": 1024}},
        "inference_defaults": {"max_model_len": 4096},
    }
    entry = drafted(facts_with(), **by_hand)

    assert entry["description"] == "Ours."
    assert entry["training_defaults"]["hyperparameters"]["batch_size"] == 2
    assert entry["inference_defaults"]["max_model_len"] == 4096
    assert "2 x 1024 tokens" in entry["sources"]["/requirements"]["source"]


def test_requirements_written_by_hand_decide_context_and_description(facts_with: MakeFacts) -> None:
    """What serving is said to need, and on what, holds for the entry's own settings."""
    needs = {"min_vram_gb": 22, "recommended_vram_gb": 24, "min_gpus": 2}
    own = drafted(facts_with())
    entry = drafted(facts_with(), requirements={**needs, "inference": needs})

    assert entry["requirements"]["inference"] == needs
    assert entry["inference_defaults"]["tensor_parallel_size"] == 2
    assert "two 24 GB GPUs" in entry["description"]
    assert "two 24 GB GPUs" not in own["description"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"a": {"b": 2}}, {"a": {"b": 2, "c": 1}, "d": 1}, id="object by object"),
        pytest.param({"a": None}, {"a": None, "d": 1}, id="null is a value"),
        pytest.param({"d": {"e": 1}}, {"a": {"b": 1, "c": 1}, "d": {"e": 1}}, id="an object in place of a value"),
        pytest.param({"f": 1}, {"a": {"b": 1, "c": 1}, "d": 1, "f": 1}, id="a new key"),
    ],
)
def test_changes_are_laid_over(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    """The document under them stays as it was."""
    document = {"a": {"b": 1, "c": 1}, "d": 1}

    assert merged(document, changes) == expected
    assert document == {"a": {"b": 1, "c": 1}, "d": 1}
