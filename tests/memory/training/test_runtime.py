"""What a training process does beside what settings say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import pytest
from own_facts import facts_laid_over

from model_garden_registry.entries.tasks import TrainingStack
from model_garden_registry.families.tables import table
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.training.runtime import TrainingRuntime, computes_in_bfloat16, training_runtime
from model_garden_registry.memory.training.training_estimate import estimate_training

Make = Callable[..., Any]


#: A release of TRL that does this and that by itself.
FACTS = {
    "upcasts_rest": True,
    "double_quantizes": True,
    "autocasts": False,
    "offloads_activations": True,
    "fuses": True,
    "loss": "tiled",
    "loss_tile": [512, 1024],
}
#: What follows from them.
SECOND = {
    **dict.fromkeys(("upcasts_rest", "double_quantizes", "offloads_activations", "fuses"), True),
    "expert_bytes": 4,
}
#: What TRL and the newest transformers and PEFT always did.
ALWAYS = {
    "leaves_fused_experts": True,
    "unpacked_expert_matrices": 3,
    "quantizes_tower": True,
    "copies_adapted_experts": True,
    "frozen_tower": "checkpointed",
    "references": ("dpo", "kto"),
}


@pytest.mark.parametrize(
    ("version", "loss", "runtime"),
    [
        pytest.param("1.0", "full", {"autocasts": True, "expert_bytes": 2}, id="one release"),
        pytest.param("2.0", "tiled", {**SECOND, "loss_tile": (512, 1024)}, id="another one"),
        pytest.param("2.0", "chunked", SECOND, id="a loss that is not its own has no tile of its own"),
    ],
)
def test_what_a_stack_does_by_itself(
    version: str, loss: str, runtime: dict[str, Any], model: Make, training: Make
) -> None:
    """A user's estimate counts the whole process, as the stack runs it."""
    first = dict.fromkeys(("upcasts_rest", "prepares_kbit", "double_quantizes", "offloads_activations", "fuses"), False)
    (whole, *_) = table("stacks")["stacks"]["trl"]["ranges"]
    ranges = [
        {**whole, **first, "since": "1.0", "transformers": None, "autocasts": True, "gradient_checkpointing": True},
        {"since": "2.0", **FACTS},
    ]
    with facts_laid_over(stacks={"stacks": {"trl": {"oldest": "1.0", "ranges": ranges}}}):
        settings = training(model(), stack="trl", stack_version=version, loss=loss)

        assert training_runtime(settings) == TrainingRuntime(**ALWAYS, **runtime)


@pytest.mark.parametrize(
    ("stack", "frozen"),
    [
        pytest.param({"stack": "trl"}, "checkpointed", id="activation_checkpointing_enable"),
        pytest.param({"stack": "trl", "method": "full"}, "checkpointed", id="without adapters too"),
        pytest.param({"stack": "trl", "stack_version": "0.26.0"}, "left", id="transformers 4 looks no further"),
        pytest.param({"stack": "axolotl"}, "always", id="load_adapter, whatever checkpoints do"),
        pytest.param({"stack": "axolotl", "method": "full"}, "checkpointed", id="without adapters as transformers"),
        pytest.param({"stack": "llama-factory"}, "kept", id="PEFT, and frozen layers have no checkpoints"),
        pytest.param({"stack": "llama-factory", "method": "qlora"}, "left", id="PEFT leaves quantised models alone"),
        pytest.param({"stack": "llama-factory", "base_quantization": "8bit"}, "left", id="of 8 bits too"),
        pytest.param({"stack": "ms-swift"}, "left", id="patch_frozen_module"),
        pytest.param({"stack": "unsloth"}, "left", id="hooks of its own"),
    ],
)
def test_what_becomes_of_a_frozen_tower(stack: dict[str, Any], frozen: str, model: Make, training: Make) -> None:
    """Whose embeddings of patches require a gradient where a stack asks that of all embeddings."""
    assert training_runtime(training(model(), **{"method": "lora", **stack})).frozen_tower == frozen


@pytest.mark.parametrize("stack", get_args(TrainingStack))
def test_every_stack_can_be_run(stack: str, model: Make, training: Make) -> None:
    """And is counted as a process."""
    assert training_runtime(training(model(), stack=stack)).reading == "process"


#: What a fact is set to, where that is not yes or no.
VALUES = {
    "reading": "allocated",
    "loss_tile": (64, 512),
    "expert_bytes": 4,
    "unpacked_expert_matrices": 3,
    "fuses_experts": False,
    "converts_targets": False,
    "fused_loss": "whole",
    "trained_end_bytes": 4,
    "references": ("dpo",),
    "frozen_tower": "checkpointed",
}
#: Models and settings with which a fact shows, where a plain text model does not do; other facts that it needs.
SHOWN: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "loss_tile": ("llama-3.2-1b", {"loss": "tiled"}, {}),
    "leaves_fused_experts": ("qwen3-30b-a3b", {"method": "qlora"}, {}),
    "expert_bytes": ("qwen3-30b-a3b", {"method": "qlora"}, {"leaves_fused_experts": True}),
    "emulates_bfloat16": ("llama-3.2-1b", {"method": "lora"}, {}),
    "lacks_bfloat16": ("llama-3.2-1b", {"method": "full", "stack": "unsloth"}, {}),
    "unpacked_expert_matrices": (
        "qwen3-30b-a3b",
        {"method": "qlora", "expert_quantization": True, "lora_config.target_modules": ["q_proj"]},
        {},
    ),
    "quantizes_tower": ("qwen2.5-vl-7b", {"method": "qlora"}, {}),
    "adapts_whole_tower": ("qwen2.5-vl-7b", {"method": "lora", "trains_vision_tower": True}, {}),
    "frozen_tower": (
        "qwen2.5-vl-7b",
        {"method": "lora", "trains_vision_tower": False, "images_per_sample": 9},
        {},
    ),
    "fuses_experts": ("qwen3-30b-a3b", {"method": "lora"}, {"converts_targets": False}),
    "converts_targets": ("qwen3-30b-a3b", {"method": "lora"}, {}),
    "adapts_experts": ("qwen3-30b-a3b", {"method": "lora"}, {}),
    "copies_adapted_experts": ("qwen3-30b-a3b", {"method": "lora"}, {}),
    "fused_loss": ("llama-3.2-1b", {"loss": "fused"}, {}),
    "trained_end_bytes": ("llama-3.2-1b", {"method": "lora", "trains_embeddings": True}, {}),
    "references": ("llama-3.2-1b", {"method": "full", "algorithm": "dpo"}, {}),
}


@pytest.mark.parametrize("name", [field.name for field in fields(TrainingRuntime)])
def test_each_fact_changes_the_estimate(name: str, model: Make, training: Make) -> None:
    """Of some method and kernel, for a model with tied ends, trained or quantised."""
    shape, choice, needed = SHOWN.get(name, ("llama-3.2-1b", {}, {}))
    entry = model(shape)
    base = {"unties_head": name == "quantizes_head", "upcasts_rest": name == "autocasts", **needed}
    plain, changed = (TrainingRuntime(**facts) for facts in (base, {**base, name: VALUES.get(name, True)}))
    chosen = [
        training(entry, **{"method": method, "max_seq_length": length, **choice}, gradient_checkpointing=checkpointing)
        for method in ("full", "qlora")
        for checkpointing in (False, True)
        for length in (128, 8192)
    ]

    assert any(
        estimate_training(entry, settings, runtime=plain).parts
        != estimate_training(entry, settings, runtime=changed).parts
        for settings in chosen
    )


@pytest.mark.parametrize(
    ("changes", "published", "found"),
    [
        pytest.param({"stack": "trl"}, "float16", True, id="TRL's autocast, whatever was published"),
        pytest.param({"stack": "trl", "dtype": "float32"}, None, True, id="over float32 weights too"),
        pytest.param({"stack": "trl", "dtype": "float16"}, None, False, id="float16 asked for"),
        pytest.param(
            {"stack": "trl", "dtype": "float16", "method": "qlora"}, None, True, id="but adapters in bfloat16"
        ),
        pytest.param({"stack": "trl", "stack_version": "0.18.0"}, None, False, id="before: loaded in float32, and so"),
        pytest.param({"stack": "llama-factory"}, None, True, id="as published, which nobody says"),
        pytest.param({"stack": "llama-factory"}, "bfloat16", True, id="as published: bfloat16"),
        pytest.param({"stack": "llama-factory"}, "float16", False, id="as published: float16"),
        pytest.param({"stack": "llama-factory", "dtype": "bfloat16"}, "float16", True, id="named"),
    ],
)
def test_whether_a_run_computes_in_bfloat16(
    changes: dict[str, Any], published: str | None, found: bool, model: Make, training: Make
) -> None:
    """By the autocast of the stack, the type of what is loaded, or that of adapters."""
    assert computes_in_bfloat16(training(model(), **changes), published) is found


def test_emulated_bfloat16_has_no_fused_attention(model: Make, training: Make) -> None:
    """PyTorch's kernels take float16 and float32 on a T4: what is left writes the scores out, as eager attention."""
    entry, t4, a10 = model(), *(GpuMemory(16 * 10**9, capability=each) for each in ((7, 5), (8, 6)))
    fused = training(entry, stack="trl", max_seq_length=4096)
    eager = training(entry, stack="trl", max_seq_length=4096, attn_implementation="eager")
    half = training(entry, stack="trl", max_seq_length=4096, dtype="float16")

    emulated = estimate_training(entry, fused, gpu_total_bytes=t4)
    assert emulated.parts == estimate_training(entry, eager, gpu_total_bytes=a10).parts
    assert emulated.expected_bytes > estimate_training(entry, fused, gpu_total_bytes=a10).expected_bytes
    assert "the GPU has no bfloat16, which PyTorch emulates: attention stores its scores" in emulated.assumptions
    asked = estimate_training(entry, half, gpu_total_bytes=t4)
    assert asked.parts == estimate_training(entry, half, gpu_total_bytes=a10).parts
    assert "the GPU has no bfloat16: float16, and float32 where the stack uses it" in asked.assumptions
    first = training(entry, stack="trl", stack_version="0.18.0")
    assert not [one for one in estimate_training(entry, first, gpu_total_bytes=t4).assumptions if "bfloat16" in one]
