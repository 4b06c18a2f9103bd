"""Measured rows that name entries of the registry."""

from __future__ import annotations

import pytest
from benchmarks import registry_rows
from benchmarks.registry_rows import is_known, read_row

from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.vllm import profiled_batch
from model_garden_registry.units import GIB

TRAINING = {
    "arch": "Qwen/Qwen2.5-7B",
    "task": "training",
    "method": "full",
    "quant": "bf16",
    "n_gpus": "4",
    "gpu": "A100",
    "framework": "ms-swift",
    "quantity": "peak_reserved",
    "measured_gb": "54",
    "unit": "GB",
    "notes": "sharding=zero3; packed; no liger",
    "settings": "--set batch_size=1 --set max_seq_length=8192 --set stack=llama-factory --set n_gpus=4"
    " --set sharding=zero3 --set method=full --set attn_implementation=flash_attention_2 --set loss=full",
}
SERVING = {
    "arch": "Qwen/Qwen2-7B-Instruct",
    "task": "inference",
    "n_gpus": "1",
    "gpu": "A100 80GB",
    "framework": "vllm 0.10",
    "quantity": "vllm_non_kv_per_gpu",
    "measured_gb": "14.795",
    "unit": "GiB",
    "kv_gb": "24.83",
    "notes": "vLLM 0.10.1.1",
    "settings": "--set max_model_len=16384 --set tensor_parallel_size=1 --set engine=vllm"
    " --set gpu_memory_utilization=0.5",
}
TARGETS = """--set 'lora_config.target_modules=["q_proj","v_proj"]'"""


def trained(**changes: str) -> TrainingSettings:
    """Read a row of training."""
    settings = read_row(TRAINING | changes).settings
    assert isinstance(settings, TrainingSettings)
    return settings


def served(**changes: str) -> InferenceSettings:
    """Read a row of serving."""
    settings = read_row(SERVING | changes).settings
    assert isinstance(settings, InferenceSettings)
    return settings


def test_what_notes_say_is_a_setting() -> None:
    """An 8-bit base, experts that are not quantised, a trained tower."""
    plain = trained(arch="zai-org/GLM-4.7-Flash", quant="int8", method="lora", settings="")
    stays = trained(
        arch="google/gemma-4-26B-A4B-it",
        quant="4-bit requested; experts stay bf16",
        method="qlora",
        notes="packed; tower adapted too",
        settings="",
    )

    assert (plain.base_quantization, plain.expert_quantization) == ("8bit", True)
    assert (stays.expert_quantization, stays.trains_vision_tower, stays.packing) == (False, True, True)


def test_the_stack_is_the_framework_and_everything_else_as_it_was_asked() -> None:
    """A row of ms-swift that was asked as another stack is one of ms-swift."""
    settings = trained()

    assert (settings.stack, settings.sharding, settings.n_gpus, settings.loss) == ("ms-swift", "zero3", 4, "full")
    assert (settings.batch_size, settings.max_seq_length, settings.method) == (1, 8192, "full")


def test_a_column_counts_where_the_settings_say_nothing() -> None:
    """Rows without the column `settings` are read as well."""
    settings = trained(
        settings="",
        method="lora",
        batch="2",
        seq="1024",
        lora_r="8",
        lora_targets="qv",
        optimizer="adamw_8bit",
        grad_ckpt="0",
        attn="flash",
        loss="fused",
        notes="FSDP",
    )

    assert (settings.batch_size, settings.max_seq_length, settings.lora_config.r) == (2, 1024, 8)
    assert settings.lora_config.target_modules == ("q_proj", "v_proj")
    assert (settings.optim, settings.gradient_checkpointing, settings.loss) == ("adamw_8bit", False, "fused")
    assert (settings.attn_implementation, settings.sharding) == ("flash_attention_2", "fsdp")


def test_a_column_that_no_setting_takes_says_nothing() -> None:
    """An unknown kernel or loss is that of the stack."""
    settings = trained(settings="", attn="xformers", loss="secret", notes="")

    assert (settings.attn_implementation, settings.loss) == ("sdpa", "full")


def test_columns_of_serving_are_those_of_an_engine_or_of_a_request() -> None:
    """`seq` is the batch of an engine, and the prompt of a request."""
    engine = served(settings="", max_model_len="4096", seq="2048", gpu_mem_util="0.8")
    request = served(
        settings="",
        method="generate",
        framework="transformers",
        seq="1000",
        gen="24",
        batch="2",
        quantity="peak_allocated",
    )

    assert (engine.max_model_len, engine.max_num_batched_tokens, engine.gpu_memory_utilization) == (4096, 2048, 0.8)
    assert (request.max_model_len, request.concurrent, request.engine) == (1024, 2, "transformers")


def test_settings_are_words_of_a_shell() -> None:
    """Lists stand in quotes."""
    assert trained(settings=f"--set method=lora {TARGETS}").lora_config.target_modules == ("q_proj", "v_proj")


def test_what_no_setting_expresses_is_named() -> None:
    """It is left out of the answer, not the row out of the evaluation."""
    asked = read_row(TRAINING | {"notes": "sharding=megatron"})

    assert asked.sharding == "megatron"
    assert asked.unsaid == ("sharding=megatron",)


def test_what_a_row_asks_wrongly_is_refused() -> None:
    """A word of the column `settings` is never dropped."""
    with pytest.raises(InvalidOverrideError, match="wheels"):
        read_row(TRAINING | {"settings": "--set wheels=4"})


def test_torch_counts_what_its_allocator_reserves() -> None:
    """Peaks and loaded weights are without the CUDA context."""
    assert read_row(TRAINING).runtime.reading == "reserved"
    assert read_row(TRAINING | {"quantity": "loaded_reserved"}).runtime.reading == "reserved"


def test_an_entry_that_is_not_for_training_is_trained_all_the_same() -> None:
    """What was measured was possible."""
    settings = trained(arch="openai/gpt-oss-120b", settings="--set method=lora", method="lora")

    assert settings.method == "lora"


def test_the_gpu_is_one_by_which_the_release_chooses_its_batch() -> None:
    """On an A100 of any size vLLM 0.10 takes a small batch, on other GPUs a large one: those of 80 GB."""
    asked = [read_row(SERVING | {"gpu": gpu}) for gpu in ("A100 80GB", "H100")]
    deployments = [
        deploy(one.entry, one.settings, gpu_total_bytes=one.gpu_total_bytes)
        for one in asked
        if isinstance(one.settings, InferenceSettings)
    ]

    assert [tuple(profiled_batch(deployment)) for deployment in deployments] == [(256, 2048), (1024, 8192)]
    assert served().engine_version == "0.10.1.1"


def test_the_pool_is_that_of_the_log() -> None:
    """In GiB."""
    assert read_row(SERVING).pool_bytes == 24.83 * GIB


def test_the_share_of_sglang_is_not_that_of_vllm() -> None:
    """What was asked as vLLM's utilisation is SGLang's static fraction."""
    changes = {"framework": "sglang", "settings": "--set engine=sglang --set gpu_memory_utilization=0.93", "notes": ""}

    named = "--set engine=sglang --set mem_fraction_static=0.9 --set gpu_memory_utilization=0.5"

    assert read_row(SERVING | changes).settings.mem_fraction_static == 0.93
    assert read_row(SERVING | changes | {"settings": named}).settings.mem_fraction_static == 0.9
    assert read_row(SERVING | changes | {"settings": ""}).settings.mem_fraction_static is None
    assert (
        read_row(SERVING | changes | {"notes": "mem_fraction_static .82", "settings": ""}).settings.mem_fraction_static
        == 0.82
    )


def test_the_cache_is_in_the_type_that_the_row_names() -> None:
    """Beside the format of the weights; what was asked wins."""
    assert served(quant="fp8 fp8kv").kv_cache_dtype == "fp8"
    asked = SERVING["settings"] + " --set kv_cache_dtype=fp8_e5m2"
    assert served(quant="int4 fp8kv", settings=asked).kv_cache_dtype == "fp8_e5m2"


def test_names_are_ids_and_former_ids() -> None:
    """Of the shipped registry."""
    assert is_known("Qwen/Qwen2.5-7B")
    assert not is_known("Owl-1T")


def test_an_entry_without_a_shape_is_a_typical_network_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere in the library, with its wide margin."""
    monkeypatch.setattr(registry_rows, "states_shape", lambda _: False)

    asked = read_row(SERVING)

    assert asked.is_coarse
    assert shape_of(asked.entry).parameters == pytest.approx(7.6e9, rel=0.05)
