"""A model's own config.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.errors import RegistryReadError, UnknownArchitectureError

FILE = Path("config.json")

#: Mistral-7B-v0.1, as published.
CONFIG: dict[str, Any] = {
    "architectures": ["MistralForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 32768,
    "model_type": "mistral",
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "sliding_window": 4096,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 32000,
}


def read(**changes: Any) -> dict[str, Any]:
    """Read the shape of a changed configuration; a key of None is left out."""
    config = {key: value for key, value in {**CONFIG, **changes}.items() if value is not None}
    return architecture_of(config, FILE).model_dump(exclude_none=True)


def test_a_plain_configuration_is_read_whole() -> None:
    """Every number under its own name."""
    assert read() == {
        "model_type": "mistral",
        "architecture_class": "MistralForCausalLM",
        "num_hidden_layers": 32,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 32000,
        "tie_word_embeddings": False,
        "max_position_embeddings": 32768,
        "dtype": "bfloat16",
        "sliding_window": {"window": 4096, "num_layers": 32},
    }


MOE = {"num_experts": 8, "num_experts_per_tok": 2}


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [
        pytest.param({"num_key_value_heads": None}, "num_key_value_heads", 32, id="as many key heads as query heads"),
        pytest.param({"architectures": None}, "architecture_class", None, id="no class"),
        pytest.param({"torch_dtype": None, "dtype": "float16"}, "dtype", "float16", id="dtype by its new name"),
        pytest.param({"torch_dtype": "float8_e4m3fn"}, "dtype", None, id="no type that weights are published in"),
        pytest.param({"tie_word_embeddings": None}, "tie_word_embeddings", False, id="untied by default"),
        pytest.param(
            {"tie_word_embeddings": None, "model_type": "gemma2"}, "tie_word_embeddings", True, id="tied by default"
        ),
        pytest.param({"sliding_window": None}, "sliding_window", None, id="no window"),
        pytest.param({"use_sliding_window": False}, "sliding_window", None, id="a window switched off"),
        pytest.param({"sliding_window": 32768}, "sliding_window", None, id="a window as long as the context"),
        pytest.param(
            {"max_position_embeddings": None},
            "sliding_window",
            {"window": 4096, "num_layers": 32},
            id="a window without a context",
        ),
        pytest.param(
            {"layer_types": ["sliding_attention", *["full_attention"] * 31]},
            "sliding_window",
            {"window": 4096, "num_layers": 1},
            id="a window in some layers",
        ),
        pytest.param({"layer_types": ["full_attention"] * 32}, "sliding_window", None, id="a window in no layer"),
        pytest.param(
            {"sliding_window_pattern": 6},
            "sliding_window",
            {"window": 4096, "num_layers": 27},
            id="a window in five of six layers",
        ),
        pytest.param(MOE, "moe", MOE, id="experts"),
        pytest.param(
            {"n_routed_experts": 64, "num_experts_per_tok": 6, "n_shared_experts": 2, "first_k_dense_replace": 1},
            "moe",
            {"num_experts": 64, "num_experts_per_tok": 6, "n_shared_experts": 2, "first_k_dense_replace": 1},
            id="shared experts",
        ),
        pytest.param({"num_local_experts": 0}, "moe", None, id="experts that are none"),
        pytest.param(
            {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "q_lora_rank": None, "head_dim": 192},
            "mla",
            {"kv_lora_rank": 512, "qk_rope_head_dim": 64},
            id="latent attention",
        ),
        pytest.param(
            {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "head_dim": 192}, "head_dim", None, id="no width of a head"
        ),
        pytest.param({"q_lora_rank": 512}, "mla", None, id="no latent cache"),
        pytest.param(
            {"vision_config": {"depth": 32, "hidden_size": 1280, "patch_size": 14}},
            "vision",
            {"num_hidden_layers": 32, "hidden_size": 1280, "patch_size": 14},
            id="images",
        ),
    ],
)
def test_every_habit_is_understood(changes: dict[str, Any], key: str, value: object) -> None:
    """Keys by their various names; what a configuration does not say is absent."""
    assert read(**changes).get(key) == value


@pytest.mark.parametrize("group", ["text_config", "llm_config", "language_config"])
def test_the_language_model_may_have_a_group_of_its_own(group: str) -> None:
    """Models with images keep it apart, and their type outside."""
    text = {key: value for key, value in CONFIG.items() if key != "model_type"}
    config = {"model_type": "mistral3", group: text, "vision_config": {"patch_size": 14}}

    shape = architecture_of(config, FILE)

    assert (shape.model_type, shape.num_hidden_layers, shape.dtype) == ("mistral3", 32, "bfloat16")


@pytest.mark.parametrize(
    ("model_type", "close"),
    [
        pytest.param("qwen33", ("qwen3", "qwen3_5", "qwen2"), id="close to known ones"),
        pytest.param("rwkv", (), id="something else"),
    ],
)
def test_an_unknown_architecture_is_refused_by_name(model_type: str, close: tuple[str, ...]) -> None:
    """No entry is guessed."""
    with pytest.raises(UnknownArchitectureError) as refusal:
        read(model_type=model_type)

    assert refusal.value.model_type == model_type
    assert set(close) <= set(refusal.value.close) or not close


def test_a_configuration_can_be_read_as_one_of_another_family() -> None:
    """Where its own is not known but made alike."""
    shape = architecture_of({**CONFIG, "model_type": "zephyr"}, FILE, read_as="llama")

    assert (shape.model_type, shape.num_hidden_layers) == ("llama", 32)


def test_a_width_may_be_adjusted() -> None:
    """Two thirds of what is stated, rounded up to a multiple."""
    shape = read(model_type="lfm2", sliding_window=None, block_auto_adjust_ff_dim=True, block_multiple_of=256)

    assert shape["intermediate_size"] == 9728


def test_a_list_of_equal_numbers_is_one_number() -> None:
    """Some state a number for each layer, and write whole numbers as floats."""
    assert read(intermediate_size=[14336.0] * 32, num_key_value_heads=[8] * 32) == read()


def test_a_part_of_a_diffusion_pipeline_is_out_of_scope() -> None:
    """It has a class and no `model_type`."""
    with pytest.raises(RegistryReadError, match="is of FluxTransformer2DModel, a part of a diffusion pipeline, out of"):
        architecture_of({"_class_name": "FluxTransformer2DModel", "num_layers": 19}, Path("config.json"))


@pytest.mark.parametrize("stated", [None, 3], ids=["nothing", "a number"])
def test_a_file_without_an_architecture_is_no_configuration(stated: int | None) -> None:
    """As of any other JSON file."""
    with pytest.raises(UnknownArchitectureError, match="has no model_type"):
        read(model_type=stated)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"num_hidden_layers": None}, "states no num_hidden_layers", id="a number is missing"),
        pytest.param({"hidden_size": "wide"}, "states 'wide' as hidden_size", id="a text for a number"),
        pytest.param({"num_hidden_layers": 0}, "states 0 as num_hidden_layers", id="no layers"),
        pytest.param({"num_hidden_layers": 10**9}, "states 1000000000 as its num_hidden_layers", id="a billion layers"),
        pytest.param({"vocab_size": 10**12}, "a whole number from 0 to 1000000000", id="more words than there are"),
        pytest.param({"num_attention_heads": True}, "states True as num_attention_heads", id="a switch for a number"),
        pytest.param({"tie_word_embeddings": "yes"}, "is true or false", id="a word for a switch"),
        pytest.param({"model_type": "lfm2", "layer_types": 3}, "states 3 as layer_types", id="no list"),
        pytest.param({"num_local_experts": 8, "num_experts_per_tok": 9}, "has 9 of its 8 experts", id="too many work"),
        pytest.param({**MOE, "first_k_dense_replace": 32}, "none of its 32 layers has them", id="experts in no layer"),
        pytest.param({"kv_lora_rank": 512}, "but no qk_rope_head_dim", id="half of latent attention"),
        pytest.param(
            {"architectures": ["LlamaForSequenceClassification"]}, "a head for classes or rewards", id="a reward model"
        ),
        pytest.param(
            {"model_type": "mixtral", "num_local_experts": 8}, "not how many are active", id="how many experts work"
        ),
        *(
            pytest.param(
                {"model_type": "lfm2", "sliding_window": None, "block_auto_adjust_ff_dim": True, **block},
                "as block_ffn_dim_multiplier and block_multiple_of",
                id=f"a width of {block}",
            )
            for block in (
                {"block_multiple_of": 0},
                {"block_multiple_of": "x"},
                {"block_multiple_of": []},
                {"block_ffn_dim_multiplier": "x"},
                {"block_ffn_dim_multiplier": 1e308},
            )
        ),
        pytest.param({"model_type": "bert"}, "is of bert, an encoder that makes vectors of texts", id="an encoder"),
        pytest.param({"model_type": "deepseek_v4"}, "no entry can be made of it yet", id="a family of its own kind"),
    ],
)
def test_a_configuration_that_does_not_tell_enough_is_refused(changes: dict[str, Any], problem: str) -> None:
    """With the file, and what it lacks."""
    with pytest.raises(RegistryReadError, match=problem):
        read(**changes)
