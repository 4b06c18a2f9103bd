"""Settings that no formula follows."""

from __future__ import annotations

from typing import get_args

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings, setting_fields
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.unmodelled import _RULES, unmodelled

REGISTRY = load_registry()
MODEL = "Qwen/Qwen3-8B"
SEEING = "Qwen/Qwen2.5-VL-7B-Instruct"


@pytest.mark.parametrize("task", get_args(Task))
def test_defaults_are_followed(task: Task) -> None:
    """Nothing is named that nobody chose."""
    assert unmodelled(REGISTRY[MODEL], REGISTRY.settings(MODEL, task)) == ()


@pytest.mark.parametrize("stack", ["trl", "unsloth", "axolotl", "llama-factory", "ms-swift"])
def test_what_a_stack_chooses_is_not_named(stack: str) -> None:
    """It is the stack's, and its record says so."""
    assert unmodelled(REGISTRY[MODEL], REGISTRY.settings(MODEL, "training", stack=stack)) == ()


def test_each_setting_is_named_with_its_reason() -> None:
    """And that the truth may be more."""
    (found,) = unmodelled(REGISTRY[MODEL], REGISTRY.settings(MODEL, "training", stack="trl", algorithm="grpo"))

    assert str(found) == "algorithm: the engine or the cache that writes completions is not counted"
    assert found.can_add


def test_a_rule_may_be_for_one_engine_and_until_more_is_stated() -> None:
    """Ranks of adapters: vLLM has a default of its own, SGLang reads them from the adapters."""
    for more, names in (
        ({"engine": "vllm"}, []),
        ({"engine": "sglang"}, ["served_loras"]),
        ({"engine": "sglang", "max_lora_rank": 16}, []),
    ):
        settings = REGISTRY.settings(MODEL, "inference", served_loras=2, **more)
        assert [found.setting for found in unmodelled(REGISTRY[MODEL], settings)] == names


def test_rules_are_for_settings_that_exist() -> None:
    """By their names."""
    assert set(_RULES["training"]) <= set(setting_fields(TrainingSettings))
    assert set(_RULES["inference"]) <= set(setting_fields(InferenceSettings))


@pytest.mark.parametrize("task", get_args(Task))
@pytest.mark.parametrize(
    ("quantization", "names"),
    [
        pytest.param({"method": "4bit", "type": "bitsandbytes-dynamic"}, ["quantization.weights_gb"], id="dynamic"),
        pytest.param({"method": "mixed", "type": "modelopt"}, ["quantization.weights_gb"], id="mixed"),
        pytest.param({"method": "mixed", "type": "modelopt", "weights_gb": 7.5}, [], id="its files are known"),
        pytest.param({"method": "4bit", "type": "bitsandbytes"}, [], id="even"),
    ],
)
def test_uneven_weights_need_the_size_of_their_files(
    task: Task, quantization: dict[str, object], names: list[str]
) -> None:
    """Without it nothing says which layers are stored how."""
    entry = REGISTRY[MODEL].model_copy(update={"quantization": Quantization.model_validate(quantization)})

    assert [found.setting for found in unmodelled(entry, REGISTRY.settings(MODEL, task))] == names


@pytest.mark.parametrize(
    ("model_id", "task", "changes", "names"),
    [
        pytest.param(MODEL, "inference", {"speculative_tokens": 3}, ["speculative_tokens"], id="nothing of it drafts"),
        pytest.param(
            "Qwen/Qwen3.6-27B",
            "inference",
            {"speculative_tokens": 3, "language_model_only": True},
            [],
            id="it has layers that draft",
        ),
        pytest.param(
            MODEL,
            "inference",
            {"engine": "transformers", "kv_cache_dtype": "int4_per_token_head"},
            ["kv_cache_dtype"],
            id="another engine's type",
        ),
        pytest.param(MODEL, "inference", {"engine": "transformers", "kv_cache_dtype": "fp8"}, [], id="a plain type"),
        pytest.param(
            MODEL,
            "inference",
            {"engine": "sglang", "enable_prefix_caching": False},
            ["enable_prefix_caching"],
            id="SGLang has another rule",
        ),
        pytest.param(
            "Qwen/Qwen2.5-VL-7B-Instruct", "training", {"image_pixels": 10**6, "images_per_sample": 4}, [], id="stated"
        ),
        pytest.param(
            "Qwen/Qwen2.5-VL-7B-Instruct", "training", {"images_per_sample": 4}, ["images_per_sample"], id="how large?"
        ),
        pytest.param(MODEL, "training", {"image_pixels": 10**6}, [], id="a model without images"),
    ],
)
def test_what_an_entry_or_an_engine_does_not_say_is_named(
    model_id: str, task: Task, changes: dict[str, object], names: list[str]
) -> None:
    """And counted as well as it can be."""
    settings = REGISTRY.settings(model_id, task, **changes)

    assert [found.setting for found in unmodelled(REGISTRY[model_id], settings)] == names


@pytest.mark.parametrize(
    ("task", "changes", "names"),
    [
        pytest.param("training", {"image_pixels": 10**7}, ["image_pixels"], id="trained"),
        pytest.param("inference", {"images_per_prompt": 9}, ["images_per_prompt"], id="served"),
    ],
)
@pytest.mark.parametrize("tower", [None, VisionTower(parameters=10**9)], ids=["no encoder", "its size alone"])
def test_images_are_named_where_no_encoder_is_stated(
    tower: VisionTower | None, task: Task, changes: dict[str, object], names: list[str]
) -> None:
    """Neither without a tower nor of one without a shape is it known what an image takes."""
    entry = REGISTRY[SEEING]
    assert entry.architecture is not None
    entry = entry.model_copy(update={"architecture": entry.architecture.model_copy(update={"vision": tower})})

    found = unmodelled(entry, REGISTRY.settings(SEEING, task, **changes))
    assert [each.setting for each in found] == names


def test_compressed_attention_is_named() -> None:
    """An entry has no kind of layer for it, and a cache that is counted as another may be too small."""
    entry = REGISTRY["deepseek-ai/DeepSeek-V4-Flash"]
    (found,) = unmodelled(entry, REGISTRY.settings(entry.id, "inference"))

    assert str(found) == (
        "architecture.layers: deepseek_v4 has compressed sparse attention the format has no kind of layer for; "
        "its cache is counted as plain attention, several times too much or too little"
    )
    assert found.can_add


@pytest.mark.parametrize(("task", "count"), [("inference", 1), ("training", 0)])
def test_the_keys_of_an_indexer_are_named(task: Task, count: int) -> None:
    """They are cached beside the latent vector, where anything is."""
    found = unmodelled(REGISTRY["zai-org/GLM-5"], REGISTRY.settings("zai-org/GLM-5", task))

    assert [(each.setting, each.can_add) for each in found] == [("architecture.mla", True)] * count


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        pytest.param({}, [("images_per_prompt", False)], id="vLLM"),
        pytest.param({"images_per_prompt": 1}, [("images_per_prompt", False)], id="as many as without a word"),
        pytest.param({"images_per_prompt": 2}, [("images_per_prompt", True)], id="more images"),
        pytest.param({"images_per_prompt": 0}, [], id="none"),
        pytest.param({"language_model_only": True}, [], id="without its encoder"),
        pytest.param({"engine": "sglang"}, [], id="SGLang"),
    ],
)
def test_vllm_encodes_the_largest_image_at_its_start(changes: dict[str, object], notes: list[tuple[str, bool]]) -> None:
    """What that takes is not counted where an entry does not say."""
    found = unmodelled(REGISTRY[SEEING], REGISTRY.settings(SEEING, "inference", **changes))

    assert [(each.setting, each.can_add) for each in found] == notes


def test_an_entry_without_a_shape_has_no_layers_to_name() -> None:
    """It is coarse anyhow."""
    entry = REGISTRY[MODEL].model_copy(update={"architecture": None})

    assert unmodelled(entry, REGISTRY.settings(MODEL, "inference")) == ()


def test_modules_that_are_saved_and_magnitudes_are_named() -> None:
    """But for embeddings and head, and not where all weights are trained."""
    changes = {"modules_to_save": ["embed_tokens", "lm_head", "score"], "use_dora": True}
    found = unmodelled(REGISTRY[MODEL], REGISTRY.settings(MODEL, "training", **changes))

    assert [str(one) for one in found] == [
        "lora_config.modules_to_save: score trained in full is not counted",
        "lora_config.use_dora: what DoRA keeps of each adapted layer's output is not counted",
    ]
    assert unmodelled(REGISTRY[MODEL], REGISTRY.settings(MODEL, "training", method="full", **changes)) == ()
