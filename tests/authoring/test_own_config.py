"""An entry from a model's own config.json."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.authoring import own_config
from model_garden_registry.authoring.own_config import Said, entry_from_config
from model_garden_registry.checks.entry.consistency import Surroundings, entry_flaws
from model_garden_registry.checks.entry.physics import physics_flaws
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import RegistryReadError

FILE = Path("config.json")

#: Qwen3-8B, as published.
DENSE: dict[str, Any] = {
    "architectures": ["Qwen3ForCausalLM"],
    "head_dim": 128,
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "max_position_embeddings": 40960,
    "model_type": "qwen3",
    "num_attention_heads": 32,
    "num_hidden_layers": 36,
    "num_key_value_heads": 8,
    "sliding_window": None,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 151936,
}
#: Qwen3-30B-A3B, as published.
SPARSE = {
    **DENSE,
    "model_type": "qwen3_moe",
    "hidden_size": 2048,
    "num_hidden_layers": 48,
    "num_key_value_heads": 4,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 768,
}
#: Qwen3-VL-8B, as published.
SEEING: dict[str, Any] = {
    "architectures": ["Qwen3VLForConditionalGeneration"],
    "model_type": "qwen3_vl",
    "text_config": {**DENSE, "model_type": "qwen3_vl_text"},
    "vision_config": {
        "depth": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_heads": 16,
        "out_hidden_size": 4096,
    },
}
#: The same with a tower that is not known.
HALF_SEEN = {**SEEING, "vision_config": {**SEEING["vision_config"], "model_type": "owl_vision"}}
EXACT = {"qwen3": 8_190_735_360, "qwen3_moe": 30_532_122_624, "qwen3_vl": 8_767_123_696}


#: What is known of these families, whatever else is.
FAMILIES = {
    "qwen3": {"counted": True, "norms": 2},
    "qwen3_moe": {"counted": True, "norms": 2},
    "qwen3_vl": {"counted": True, "norms": 2},
}


@pytest.fixture(autouse=True)
def _families() -> Iterator[None]:
    with facts_laid_over(families={"families": FAMILIES}):
        yield


def made(config: dict[str, Any], model_id: str = "Qwen/Qwen3-8B", **changes: Any) -> dict[str, Any]:
    """Make an entry."""
    return entry_from_config(model_id, config, path=FILE, as_of="2026-11", **changes)


@pytest.mark.parametrize(
    ("config", "total"),
    [
        pytest.param(DENSE, None, id="dense, counted"),
        pytest.param(SPARSE, None, id="experts, counted"),
        pytest.param(SEEING, None, id="images, counted"),
        pytest.param(HALF_SEEN, 2 * EXACT["qwen3_vl"], id="images, from the index"),
    ],
)
def test_an_entry_is_complete_and_ready_for_lint(config: dict[str, Any], total: int | None) -> None:
    """It follows the format, no rule has anything against it, and its size is right within 1 %."""
    index = {"metadata": {"total_size": total}} if total else None
    document = made(config, index=index)
    entry = ModelInfo.model_validate(document)
    around = Surroundings({}, ("text-llm", "vision-vlm"), {})

    assert [*entry_flaws(entry.id, document, around), *physics_flaws(entry)] == []
    assert entry.architecture
    assert entry.architecture.parameters == pytest.approx(EXACT[config["model_type"]], rel=0.01)


def test_what_nothing_tells_is_left_out() -> None:
    """Whether it calls tools, and whether it reasons: false would be a claim."""
    assert {*made(DENSE)["capabilities"]} == {"training", "inference", "vision", "structured_outputs", "streaming"}


def test_a_mixture_knows_its_active_part() -> None:
    """All parameters but the experts that a token is not sent to."""
    assert made(SPARSE)["architecture"]["active_parameters"] == pytest.approx(3_353_032_704, rel=0.01)


def test_a_token_of_a_text_does_not_pass_the_tower() -> None:
    """Nor one whose weights are what the language model leaves of the total."""
    config = {**SEEING, "model_type": "qwen3_vl_moe", "text_config": {**SPARSE, "model_type": "qwen3_vl_moe_text"}}
    blind, seeing = made(SPARSE)["architecture"], made(config)["architecture"]
    unseen = {**config, "vision_config": {"model_type": "unheard_of"}}
    index = {"metadata": {"total_parameters": seeing["parameters"]}}

    assert seeing["active_parameters"] == blind["active_parameters"]
    assert made(unseen, index=index)["architecture"]["active_parameters"] == blind["active_parameters"]


def test_a_vision_tower_is_counted_or_what_the_language_model_leaves() -> None:
    """From its own numbers; of a tower that is not known, total less what is counted."""
    index = {"metadata": {"total_parameters": EXACT["qwen3_vl"]}}

    assert made(SEEING)["architecture"]["vision"]["parameters"] == 576_388_336
    assert made(HALF_SEEN, index=index)["architecture"]["vision"]["parameters"] == pytest.approx(576_388_336, rel=0.01)


def test_a_tower_beside_a_language_model_that_is_not_counted_is_not_guessed() -> None:
    """What is left of the total may be anything."""
    config = {**DENSE, "model_type": "minicpmv", "vision_config": {"depth": 3}}

    assert "parameters" not in made(config, said=Said(parameters=9 * 10**9))["architecture"]["vision"]


def test_what_a_person_says_counts() -> None:
    """How large it is, what it is read as and what format it has, each with that source."""
    said = Said(parameters=9 * 10**9, read_as="qwen3", quantization=("fp8", "fp8"), kind="base")

    entry = made({**DENSE, "model_type": "qwen33"}, "org/Model-AWQ", said=said)

    assert (entry["architecture"]["parameters"], entry["architecture"]["model_type"]) == (9 * 10**9, "qwen3")
    assert entry["quantization"] == {"method": "fp8", "type": "fp8"}
    assert entry["sources"]["/architecture"]["source"] == "config.json of the model, read as qwen3"
    for pointer, option in {"/architecture/parameters": "--parameters", "/quantization": "--quantization"}.items():
        assert entry["sources"][pointer] == {"kind": "declared", "source": option, "as_of": "2026-11"}


def test_a_model_that_sees_can_be_read_as_its_language_model() -> None:
    """It is then one for text, and as large."""
    entry = made(SEEING, said=Said(read_as="qwen3_vl_text"))

    assert (entry["category"], "vision" in entry["architecture"]) == ("text-llm", False)
    assert entry["architecture"]["parameters"] == made(SEEING)["architecture"]["parameters"] - 576_388_336


def test_a_person_can_say_that_nothing_is_quantised() -> None:
    """Whatever stands in the name."""
    entry = made(DENSE, "org/Model-FP8", said=Said(quantization="none"))

    assert entry["quantization"] == {"method": None, "type": None}
    assert "/quantization" not in entry["sources"]


def test_a_format_by_name_has_the_name_as_its_source() -> None:
    """It is no statement of the model's files."""
    entry = made(DENSE, "nvidia/Model-8B-NVFP4")

    assert entry["quantization"] == {"method": "nvfp4", "type": "modelopt"}
    assert entry["sources"]["/quantization"]["kind"] == "declared"
    assert "the name of the repository" in entry["sources"]["/quantization"]["source"]


def test_what_a_class_has_by_itself_is_named_as_its_source() -> None:
    """A language model within another is published without it."""
    text = {"model_type": "qwen3_vl_text", "hidden_size": 4096, "num_hidden_layers": 36}

    source = made({**SEEING, "text_config": text})["sources"]["/architecture"]["source"]

    assert source.startswith("config.json of the model, without ")
    assert "vocab_size" in source
    assert source.endswith("which are those of transformers 5.24.0, qwen3_vl_text")


def test_the_index_tells_what_quantised_files_take() -> None:
    """It counts instead of bits and parameters."""
    config = {**DENSE, "quantization_config": {"quant_method": "fp8"}}

    entry = made(config, index={"metadata": {"total_size": 9_436_000_000}})

    assert entry["quantization"] == {"method": "fp8", "type": "fp8", "weights_gb": 9.436}
    assert entry["sources"]["/quantization/weights_gb"]["source"] == "model.safetensors.index.json"


def test_layers_that_predict_further_tokens_are_in_the_files_alone() -> None:
    """An index that counts them agrees with the shape."""
    config = {**SPARSE, "num_nextn_predict_layers": 1}
    index = {"metadata": {"total_parameters": EXACT["qwen3_moe"] + 800_000_000}}

    assert made(config, index=index)["architecture"]["parameters"] == pytest.approx(EXACT["qwen3_moe"], rel=0.001)
    assert made(SPARSE, index=index)["architecture"]["parameters"] == EXACT["qwen3_moe"] + 800_000_000


@pytest.mark.parametrize("name", ["Qwen3-Embedding-8B", "bge-m3", "gte-Qwen2-7B-instruct", "Qwen3-Reranker-4B"])
def test_embedding_models_are_not_asked_for_text(name: str) -> None:
    """Nor are they trained to write it."""
    entry = made(DENSE, f"org/{name}")

    assert "embedding model" in entry["description"]
    assert "embedding" in entry["tags"]
    assert entry["training_defaults"] is None
    asked = ("training", "structured_outputs", "streaming")
    assert [entry["capabilities"][what] for what in asked] == [False, False, False]


@pytest.mark.parametrize(
    ("changes", "metadata", "parameters"),
    [
        pytest.param({}, {"total_size": 2 * EXACT["qwen3"]}, 8_190_726_144, id="an index that agrees: the count"),
        pytest.param({}, {"total_size": 2 * 9 * 10**9}, 9 * 10**9, id="an index that does not: the index"),
        pytest.param({"torch_dtype": "float32"}, {"total_size": 4 * 9 * 10**9}, 9 * 10**9, id="an index of float32"),
        pytest.param({}, {"total_size": "much"}, 8_190_726_144, id="an index without a number"),
        pytest.param({}, None, 8_190_726_144, id="an index without metadata"),
        pytest.param(
            {"quantization_config": {"quant_method": "fp8"}},
            {"total_size": 9 * 10**9},
            8_190_726_144,
            id="bytes of quantised weights tell nothing",
        ),
    ],
)
def test_the_size_comes_from_shape_or_index(
    changes: dict[str, Any], metadata: dict[str, Any] | None, parameters: int
) -> None:
    """The shape is exact where it tells everything; the index where it does not."""
    entry = made({**DENSE, **changes}, index={"metadata": metadata})

    assert entry["architecture"]["parameters"] == parameters


@pytest.mark.parametrize(
    ("model_id", "told", "kind"),
    [
        pytest.param("Qwen/Qwen3-8B-Base", None, "base model", id="base by name"),
        pytest.param("google/gemma-3-1b-it", None, "chat model", id="chat by name"),
        pytest.param("Qwen/Qwen3-4B-Thinking-2507", None, "reasoning model", id="reasoning by name"),
        pytest.param("Qwen/Qwen3-8B", None, "language model", id="a name that does not tell"),
        pytest.param("Qwen/Qwen3-8B", "reasoning", "reasoning model", id="told"),
    ],
)
def test_what_it_was_trained_for_is_told_or_named(model_id: str, told: Any, kind: str) -> None:
    """By the person who asks, else by the name; never guessed."""
    assert kind in made(DENSE, model_id, said=Said(kind=told))["description"]


@pytest.mark.parametrize(
    ("model_id", "provider"),
    [
        pytest.param("meta-llama/X", "meta", id="a known organisation"),
        pytest.param("New+Org/X", "neworg", id="letters that a word may have"),
        pytest.param("__/X", "unknown", id="no letters at all"),
    ],
)
def test_organisations_become_words(model_id: str, provider: str) -> None:
    """Lower-case, as the format asks for."""
    assert made(DENSE, model_id)["provider"] == provider


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        pytest.param({**DENSE, "intermediate_size": None}, "states no intermediate_size", id="a number is missing"),
        pytest.param(
            HALF_SEEN,
            "does not state all weights of its vision or audio parts: .* --index, or .* --parameters N",
            id="a tower",
        ),
        pytest.param({**SEEING, "vision_config": None}, "--as qwen3_vl_text reads", id="nothing that says how it sees"),
        pytest.param({**DENSE, "model_type": "mimo"}, "is of mimo, whose weights are not all known", id="no count"),
        pytest.param(
            {**DENSE, "num_hidden_layers": 9000, "hidden_size": 32768}, "no host of eight GPUs", id="beyond every host"
        ),
        pytest.param({**DENSE, "hidden_size": 2**29}, r"describes a model of .* parameters", id="beyond every model"),
        pytest.param({**DENSE, "max_position_embeddings": 127}, "states 127 positions", id="no room for a sequence"),
    ],
)
def test_files_that_do_not_tell_enough_are_refused(config: dict[str, Any], problem: str) -> None:
    """With what to add, where there is something."""
    with pytest.raises(RegistryReadError, match=problem):
        made({key: value for key, value in config.items() if value is not None})


def test_the_shortest_context_of_the_format_is_enough() -> None:
    """Sequences are then as long as that."""
    entry = made({**DENSE, "max_position_embeddings": 128})

    assert entry["inference_defaults"]["max_model_len"] == 128
    assert entry["training_defaults"]["hyperparameters"]["max_seq_length"] == 128


@pytest.mark.parametrize("total", [10_000, 1_000_000])
def test_an_index_of_less_than_its_experts_is_refused(total: int) -> None:
    """It is that of another model."""
    with pytest.raises(RegistryReadError, match=f"has experts of .* parameters, of {total} in all"):
        made(SPARSE, index={"metadata": {"total_parameters": total}})


@pytest.mark.parametrize(
    ("changes", "metadata", "words"),
    [
        pytest.param({}, {}, "its index has no total_size: pass --parameters N", id="an empty index"),
        pytest.param({}, {"total_size": True}, "its index has no total_size", id="a switch for a number"),
        pytest.param({}, {"total_size": 5}, "its index has no total_size", id="five bytes"),
        pytest.param(
            {"quantization_config": {"quant_method": "fp8"}},
            {"total_size": 9 * 10**9},
            "its index has bytes of quantised weights: pass --parameters N",
            id="quantised weights",
        ),
    ],
)
def test_an_index_that_does_not_tell_the_size_is_not_asked_for_again(
    changes: dict[str, Any], metadata: dict[str, Any], words: str
) -> None:
    """It was given; the number can be said instead."""
    with pytest.raises(RegistryReadError, match=words):
        made({**DENSE, "model_type": "mimo", **changes}, index={"metadata": metadata})


def test_an_entry_that_is_none_is_told_in_our_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of config.json led to it; one line, with the field."""
    odd = {**made(DENSE), "name": 7}
    monkeypatch.setattr(own_config, "draft_entry", lambda *_, **__: ModelInfo.model_validate(odd))

    with pytest.raises(RegistryReadError, match="gives a/b no valid entry: /name should be a valid string, found 7"):
        entry_from_config("a/b", DENSE, path=FILE, as_of="2026-11-29")
