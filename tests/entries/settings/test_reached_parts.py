"""Which parts of a model a stack trains or quantises by itself."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.settings.reached_parts import ENDS, names_end, reaches_tower, saves_ends
from model_garden_registry.families.family import family_of

REGISTRY = load_registry()
TEXT, VISION = "Qwen/Qwen3-8B", "google/gemma-3-27b-it"
#: Its tower has matrices of its own names, and its experts are one tensor.
FUSED, PAIRS = "google/gemma-4-26B-A4B-it", "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"


def chosen(model_id: str, name: str, **changes: Any) -> object:
    return REGISTRY.settings(model_id, "training", **changes).as_dict()[name]


@pytest.mark.parametrize(
    ("model_id", "changes", "quantises"),
    [
        pytest.param(FUSED, {"stack": "unsloth"}, True, id="Unsloth: gate and up as one beside down"),
        pytest.param(FUSED, {"stack": "unsloth", "stack_version": "2026.5"}, False, id="Unsloth before June 2026"),
        pytest.param(PAIRS, {"stack": "unsloth"}, False, id="up and down without a gate"),
        pytest.param(TEXT, {"stack": "unsloth"}, True, id="Unsloth: no experts that are one tensor"),
        pytest.param(FUSED, {"stack": "axolotl"}, False, id="axolotl: quantize_moe_experts is off"),
        pytest.param(FUSED, {"stack": "trl"}, False, id="plain bitsandbytes: layers only"),
        pytest.param(
            FUSED, {"stack": "unsloth", "method": "lora", "base_quantization": "8bit"}, False, id="8 bits: layers only"
        ),
    ],
)
def test_who_quantises_experts_that_are_one_tensor(model_id: str, changes: dict[str, Any], quantises: bool) -> None:
    """As their quantisers are written."""
    assert chosen(model_id, "expert_quantization", **changes) is quantises


@pytest.mark.parametrize(
    ("model_id", "changes", "trains"),
    [
        pytest.param(TEXT, {"stack": "unsloth"}, False, id="no tower"),
        pytest.param(VISION, {"stack": "unsloth", "method": "lora"}, True, id="Unsloth: finetune_vision_layers"),
        pytest.param(VISION, {"stack": "trl", "method": "full"}, True, id="TRL: all weights are all weights"),
        pytest.param(
            VISION,
            {"stack": "trl", "method": "full", "target_modules": ["down_proj"]},
            True,
            id="TRL: names do not matter then",
        ),
        pytest.param(VISION, {"stack": "llama-factory", "method": "full"}, False, id="LLaMA-Factory: frozen"),
        pytest.param(VISION, {"stack": "ms-swift", "method": "lora"}, False, id="ms-swift: freeze_vit"),
        pytest.param(VISION, {"stack": "trl", "method": "lora", "target_modules": ["q_proj"]}, True, id="by its name"),
        pytest.param(
            VISION,
            {"stack": "trl", "method": "lora", "target_modules": ["down_proj"]},
            False,
            id="by no name of its own",
        ),
        pytest.param(VISION, {"stack": "axolotl", "method": "lora", "target_modules": "all-linear"}, True, id="all"),
    ],
)
def test_who_trains_a_vision_tower(model_id: str, changes: dict[str, Any], trains: bool) -> None:
    """Frozen or not, by stack, method and names."""
    assert chosen(model_id, "trains_vision_tower", **changes) is trains


@pytest.mark.parametrize(("names", "found"), [(["visual.blocks.0.attn.qkv"], True), (["q_proj"], False)])
def test_a_dotted_name_ends_like_a_layer(names: list[str], found: bool) -> None:
    """As PEFT compares them."""
    assert reaches_tower(names, family_of("qwen2_5_vl")) is found


def test_images_are_as_large_as_the_stack_lets_them_be() -> None:
    """LLaMA-Factory scales them down to 768 x 768; others leave it to the processor."""
    assert chosen(VISION, "image_pixels", stack="llama-factory") == 768 * 768
    assert chosen(VISION, "image_pixels", stack="trl") is None


def test_adapters_over_8_bits_are_those_over_a_quantised_model() -> None:
    """TRL turns them into half precision."""
    plain, over = (
        chosen(TEXT, "adapter_dtype", stack="trl", method="lora", base_quantization=bits) for bits in (None, "8bit")
    )

    assert (plain, over) == ("float32", "bfloat16")


def test_another_algorithm_brings_its_loss() -> None:
    """Where nobody chose one."""
    assert chosen(TEXT, "loss", stack="trl", algorithm="orpo") == "full"
    assert chosen(TEXT, "loss", stack="trl", algorithm="orpo", loss="tiled") == "tiled"


@pytest.mark.parametrize(
    ("names", "both"),
    [
        pytest.param(["model.embed_tokens", "lm_head"], True, id="Llama"),
        pytest.param(["wte", "embed_out"], True, id="other names"),
        pytest.param(["model.embed_tokens"], True, id="the embeddings alone, by where they are"),
        pytest.param(["lm_head", "score"], True, id="the head alone"),
        pytest.param(["score"], False, id="another module"),
        pytest.param([], False, id="none"),
    ],
)
def test_ends_are_saved_where_one_is_named(names: list[str], both: bool) -> None:
    """By whatever names checkpoints have for them."""
    assert saves_ends(names) is both
    assert any(names_end(name) for name in names) is both


def test_embeddings_and_head_have_the_names_of_nearly_all_checkpoints() -> None:
    """Those that are written where a run trains them."""
    assert ENDS == ("embed_tokens", "lm_head")
    assert saves_ends(ENDS)


def test_a_layer_of_a_tower_may_have_a_name_with_a_dot() -> None:
    """Then its last part alone is another layer's."""
    family = family_of("qwen2_vl")

    assert [reaches_tower([name], family) for name in ("mlp.0", "0", "merger.mlp.0", "merger.qkv")] == [
        True,
        False,
        False,
        True,
    ]
