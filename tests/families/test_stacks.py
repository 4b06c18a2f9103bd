"""What a training stack does when nobody says otherwise."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any, get_args

import pytest
from own_facts import facts_laid_over

from model_garden_registry.entries.settings.task_settings import TrainingSettings, setting_fields
from model_garden_registry.entries.tasks import TrainingStack
from model_garden_registry.families.stacks import (
    WithoutBfloat16,
    Zero,
    kernel_capability,
    library_facts,
    library_package,
    stack_of,
    stack_package,
)
from model_garden_registry.families.tables import table
from model_garden_registry.families.versions import known_release

ZERO2 = {"reduce_bucket": 2000, "overlaps": True}
ZERO3 = {"reduce_bucket": None, "overlaps": False, "live": 5000, "persistent": None, "sub_group": 7}
FIRST: dict[str, Any] = {
    "since": "1.0",
    "source": "",
    "gradient_checkpointing": True,
    "attn_implementation": "sdpa",
    "loss": "full",
    "loss_tile": None,
    "adapter_dtype": "float32",
    "quantized_adapter_dtype": "bfloat16",
    "load_dtype": "checkpoint",
    "autocasts": True,
    "prepares_kbit": False,
    "upcasts_rest": True,
    "double_quantizes": False,
    "quantizes_fused_experts": False,
    "quantizes_towers": True,
    "trains_towers": {"full": True, "adapters": "named"},
    "frozen_towers": {"full": "left", "lora": "checkpointed", "qlora": "left"},
    "adapts_experts": False,
    "copies_adapted_experts": True,
    "unpacked_expert_matrices": None,
    "losses": {},
    "image_pixels": None,
    "fused_loss": "liger",
    "preference_loss": "tiled",
    "algorithms": ["sft", "dpo"],
    "trained_ends_dtype": "base",
    "reference_models": ["dpo"],
    "offloads_activations": False,
    "fuses": False,
    "capability": None,
    "master_weights": {"plain": "model", "deepspeed": "float32", "fsdp1": "float32", "fsdp2": "float32"},
    "deepspeed": {"zero2": ZERO2, "zero3": ZERO3},
    "divides_sequences": True,
    "stores_packed_as_floats": False,
    "float32_ends": ["sdpa"],
    "emulates_bfloat16": False,
    "without_bfloat16": {"all_weights": True, "families": ["owl"]},
    "config_defaults": {"learning_rate": 0.0002},
}
SECOND = {"since": "2.0", "loss": "tiled", "loss_tile": [4096, None], "config_defaults": {"packing": False}}
OWL = {"name": "Owl", "package": "owl", "oldest": "1.0", "read": "2.5.0", "brings": {}, "ranges": [FIRST, SECOND]}


def test_every_stack_has_facts() -> None:
    """A stack that an entry can name can be asked, at every release that is covered."""
    assert set(table("stacks")["stacks"]) == set(get_args(TrainingStack))
    for name in get_args(TrainingStack):
        package = stack_package(name)
        for version in (package.oldest, *(item["since"] for item in package.ranges), package.read):
            assert stack_of(name, version).package is package


@pytest.mark.parametrize("name", get_args(TrainingStack))
def test_ranges_are_in_order(name: str) -> None:
    """From the oldest release that is covered on."""
    package = stack_package(name)
    since = [known_release(item["since"]) for item in package.ranges]

    assert since[0] <= known_release(package.oldest)
    assert since == sorted(since)


@pytest.mark.parametrize(
    ("version", "named", "loss", "tile"),
    [
        pytest.param("1.9", "Owl 1.9", "full", None, id="an older release"),
        pytest.param("2.0", "Owl 2.0", "tiled", (4096, None), id="one that changed something"),
        pytest.param("9.9", "Owl 9.9 (taken for 2.5.0)", "tiled", (4096, None), id="one that nobody has read"),
        pytest.param(None, "Owl 2.5.0", "tiled", (4096, None), id="the newest that was read, where none is named"),
    ],
)
def test_a_stack_at_a_release(version: str | None, named: str, loss: str, tile: tuple[int, None] | None) -> None:
    """What did not change is as it was."""
    with facts_laid_over(stacks={"stacks": {"owl": OWL}}):
        stack = stack_of("owl", version)

    assert (stack.named, stack.loss, stack.loss_tile) == (named, loss, tile)
    assert (stack.quantized_adapter_dtype, stack.float32_ends) == ("bfloat16", ("sdpa",))
    assert stack.without_bfloat16 == WithoutBfloat16(all_weights=True, families=["owl"])


def test_default_values_are_stated_as_a_whole() -> None:
    """A key that a release does not name is gone with it."""
    with facts_laid_over(stacks={"stacks": {"owl": OWL}}):
        defaults = stack_of("owl").config_defaults

    assert defaults == {"packing": False}


def test_every_choice_of_a_stack_is_a_setting() -> None:
    """What a stack chooses, a user can choose otherwise."""
    chosen = {"gradient_checkpointing", "attn_implementation", "loss", "adapter_dtype"}

    assert chosen <= set(setting_fields(TrainingSettings))


def test_the_facts_of_a_stack_cannot_be_changed() -> None:
    """They are everybody's."""
    with pytest.raises(FrozenInstanceError):
        stack_of("trl").loss = "fused"  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize(("kernel", "capability"), [("owl_attention", "8.6"), ("sdpa", None)])
def test_a_kernel_needs_a_capability(kernel: str, capability: str | None) -> None:
    """Or runs on every GPU."""
    with facts_laid_over(stacks={"kernels": {"owl_attention": "8.6"}}):
        assert kernel_capability(kernel) == capability


@pytest.mark.parametrize(
    ("name", "title"), [("transformers", "transformers"), ("peft", "PEFT"), ("accelerate", "accelerate")]
)
def test_libraries_that_stacks_are_made_of_have_releases(name: str, title: str) -> None:
    """They are no stacks of their own."""
    package = library_package(name)

    assert package.named(package.read) == f"{title} {package.read}"
    assert name not in get_args(TrainingStack)


@pytest.mark.parametrize(("method", "dtype"), [("full", "float32"), ("lora", "float32"), ("qlora", "bfloat16")])
def test_adapters_over_a_quantised_model_have_their_own_type(method: str, dtype: str) -> None:
    """As the stack states it."""
    with facts_laid_over(stacks={"stacks": {"owl": OWL}}):
        assert stack_of("owl", "1.0").adapter_dtype_of(method) == dtype


@pytest.mark.parametrize(
    ("name", "version", "algorithm", "loss"),
    [
        pytest.param("trl", "1.16.0", "sft", "tiled", id="supervised: the loss of the stack"),
        pytest.param("trl", "1.16.0", "dpo", "tiled", id="TRL 1.15 and later: tiles for pairs too"),
        pytest.param("trl", "1.14.1", "dpo", "full", id="before it all logits"),
        pytest.param("trl", "1.16.0", "orpo", "full", id="ORPO reads them once more"),
        pytest.param("unsloth", "2026.10.9", "orpo", "fused", id="Unsloth: fused for pairs"),
        pytest.param("llama-factory", "0.9.5", "kto", "full", id="LLaMA-Factory: all, in float32"),
    ],
)
def test_an_algorithm_has_its_own_loss(name: str, version: str, algorithm: str, loss: str) -> None:
    """As the trainers of that release are written."""
    assert stack_of(name, version).loss_of(algorithm) == loss


@pytest.mark.parametrize(
    ("stack", "library", "fact", "value"),
    [
        pytest.param("llama-factory", "peft", "converts_expert_targets", False, id="PEFT 0.18"),
        pytest.param("axolotl", "peft", "converts_expert_targets", True, id="PEFT 0.21"),
        pytest.param("trl", "transformers", "moe_unquantized", True, id="the newest, where a stack takes any"),
    ],
)
def test_a_stack_runs_on_the_newest_library_that_it_takes(stack: str, library: str, fact: str, value: object) -> None:
    """By what its package asks for."""
    assert library_facts(stack, library)[fact] is value


@pytest.mark.parametrize(
    ("version", "experts", "loss"),
    [
        pytest.param("2026.5", False, "whole", id="layers only"),
        pytest.param("2026.6.2", True, "whole", id="experts that are one tensor, too"),
        pytest.param("2026.9.4", True, "capped", id="4 GiB of logits at most"),
        pytest.param("2026.10.9", True, "rows", id="rows by the widths of the network"),
    ],
)
def test_what_changed_in_unsloth(version: str, experts: bool, loss: str) -> None:
    """Read from unsloth_zoo of those days."""
    stack = stack_of("unsloth", version)

    assert (stack.quantizes_fused_experts, stack.fused_loss) == (experts, loss)


@pytest.mark.parametrize(("stage", "zero"), [("zero1", Zero(2000, True)), ("zero3", Zero(None, False, 5000, None, 7))])
def test_deepspeed_is_set_by_stage(stage: str, zero: Zero) -> None:
    """The first two stages share their settings."""
    with facts_laid_over(stacks={"stacks": {"owl": OWL}}):
        assert stack_of("owl").zero(stage) == zero


@pytest.mark.parametrize(
    ("accelerate", "casts", "divides", "splits"),
    [
        pytest.param("1.11.0", "all", True, False, id="the whole model"),
        pytest.param("1.13.0", "nothing", True, False, id="a cast without effect"),
        pytest.param("1.14.0", "trained", False, True, id="what is trained"),
        pytest.param(None, "trained", False, True, id="the newest, where a stack takes any"),
    ],
)
def test_fsdp2_is_as_the_accelerate_that_a_stack_runs_on(
    accelerate: str | None, casts: str, divides: bool, splits: bool
) -> None:
    """Read in the releases themselves."""
    brings = {"accelerate": accelerate} if accelerate else {}
    with facts_laid_over(stacks={"stacks": {"owl": {**OWL, "brings": brings}}}):
        found = stack_of("owl").fsdp2

    assert (found.fsdp2_float32, found.fsdp2_divides_packed, found.fsdp2_splits_ends) == (casts, divides, splits)
