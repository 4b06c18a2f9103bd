"""Settings that cannot stand together."""

from __future__ import annotations

import re
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.memory.estimation import estimate

REGISTRY = load_registry()
MODEL = "Qwen/Qwen3-8B"
PARAMETERS = ("experts.gate_up_proj", "experts.down_proj")
DENSE, EXPERTS, LATENT = "Qwen/Qwen3-8B", "Qwen/Qwen3-30B-A3B-Instruct-2507", "deepseek-ai/DeepSeek-R1"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"algorithm": "grpo", "stack": "llama-factory"},
            "algorithm = 'grpo' is not valid (from override: keyword): LLaMA-Factory 0.9.5 teaches sft, dpo, kto, "
            "orpo, reward",
            id="an algorithm that the stack has not",
        ),
        pytest.param(
            {"base_quantization": "8bit", "method": "qlora"},
            "it applies to method lora only, and method is qlora",
            id="8 bits and 4 bits",
        ),
        pytest.param(
            {"base_quantization": "8bit", "method": "full"},
            "it applies to method lora only",
            id="quantised and trained",
        ),
        pytest.param(
            {"offload": "optimizer", "stack": "trl"},
            "offload = 'optimizer' is not valid (from override: keyword): the optimizer can be offloaded only "
            "with sharding zero1, zero2, zero3",
            id="one GPU alone",
        ),
        pytest.param(
            {"offload": "optimizer", "stack": "trl", "sharding": "fsdp2", "n_gpus": 2},
            "only with sharding",
            id="FSDP",
        ),
        pytest.param(
            {"offload": "weights", "stack": "trl", "sharding": "zero2", "n_gpus": 2},
            "weights can be offloaded only with sharding zero3, fsdp, fsdp2",
            id="weights that are whole",
        ),
        pytest.param(
            {"context_parallel_size": 2, "n_gpus": 2, "stack": "llama-factory"},
            "LLaMA-Factory 0.9.5 does not split sequences",
            id="a stack that cannot",
        ),
        pytest.param(
            {"context_parallel_size": 4, "n_gpus": 6, "stack": "trl"},
            "it must divide n_gpus, which is 6",
            id="GPUs that are left over",
        ),
    ],
)
def test_what_others_forbid(changes: dict[str, Any], sentence: str) -> None:
    """The sentence says what must be otherwise."""
    with pytest.raises(InvalidOverrideError) as failure:
        REGISTRY.settings(MODEL, "training", **changes)

    assert sentence in str(failure.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"offload": "optimizer", "sharding": "zero2", "stack": "trl"},
        {"offload": "weights", "sharding": "zero3", "stack": "ms-swift"},
        {"offload": "weights", "sharding": "fsdp2", "stack": "unsloth", "n_gpus": 2},
        {"offload": "activations", "stack": "axolotl"},
        {"algorithm": "grpo", "stack": "ms-swift"},
        {"base_quantization": "8bit", "method": "lora"},
        {"context_parallel_size": 2, "n_gpus": 4, "stack": "unsloth"},
    ],
)
def test_what_can_stand_together(changes: dict[str, Any]) -> None:
    """It is as it was asked for."""
    settings = REGISTRY.settings(MODEL, "training", **changes).as_dict()

    assert {name: settings[name] for name in changes} == changes


def test_weights_that_are_published_quantised_are_not_quantised_again() -> None:
    """Whatever their bits."""
    with pytest.raises(InvalidOverrideError, match="the published weights are already quantised"):
        REGISTRY.settings("unsloth/Qwen3-14B-bnb-4bit", "training", method="lora", base_quantization="8bit")


def refused(model_id: str, setting: str, task: Task = "inference", **overrides: Any) -> str:
    """Return why a setting is refused."""
    with pytest.raises(InvalidOverrideError) as caught:
        REGISTRY.settings(model_id, task, **overrides)
    assert caught.value.setting == setting
    return caught.value.allowed


@pytest.mark.parametrize(
    ("setting", "value", "engine"),
    [
        ("mem_fraction_static", 0.8, "vllm"),
        ("mem_fraction_static", 0.8, "transformers"),
        ("kv_cache_memory_gb", 5, "sglang"),
        ("kv_cache_memory_gb", 5, "transformers"),
        ("enable_prefix_caching", True, "transformers"),
        ("pipeline_parallel_size", 2, "transformers"),
        ("data_parallel_size", 2, "transformers"),
        ("nodes", 2, "transformers"),
        ("speculative_tokens", 3, "transformers"),
        ("served_loras", 1, "transformers"),
        ("max_lora_rank", 16, "transformers"),
        ("mamba_ssm_dtype", "float32", "transformers"),
        ("language_model_only", True, "transformers"),
        ("cpu_offload_gb", 4, "transformers"),
    ],
)
def test_an_engine_refuses_options_of_others(setting: str, value: object, engine: str) -> None:
    """It has none of that name."""
    assert refused(DENSE, setting, engine=engine, **{setting: value}).endswith("has no such option")


@pytest.mark.parametrize(
    ("version", "rank", "taken"), [("0.33.0", 24, False), ("0.33.0", 1, True), ("0.8.0", 1, False)]
)
def test_vllm_serves_adapters_of_some_ranks(version: str, rank: int, taken: bool) -> None:
    """Those that its release takes."""
    overrides: dict[str, Any] = {"engine_version": version, "max_lora_rank": rank, "served_loras": 1}

    if taken:
        assert REGISTRY.settings(DENSE, "inference", **overrides).as_dict()["max_lora_rank"] == rank
    else:
        assert "8, 16, 32" in refused(DENSE, "max_lora_rank", **overrides)


def test_a_release_takes_the_types_of_a_cache_that_it_has() -> None:
    """Those with blocks of four bits are of recent ones."""
    assert "fp8" in refused(DENSE, "kv_cache_dtype", engine_version="0.19.0", kv_cache_dtype="nvfp4")
    assert REGISTRY.settings(DENSE, "inference", kv_cache_dtype="nvfp4")


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
@pytest.mark.parametrize(
    ("setting", "value", "close"),
    [("tool_call_parser", "hermess", ("hermes",)), ("reasoning_parser", "qwen33", ("qwen3",))],
)
def test_a_parser_is_one_of_vllms(engine: str, setting: str, value: str, close: tuple[str, ...]) -> None:
    """Whatever the engine, since it goes by vLLM's name; near ones are shown."""
    with pytest.raises(InvalidOverrideError) as caught:
        REGISTRY.settings(DENSE, "inference", engine=engine, **{setting: value})

    assert (caught.value.setting, caught.value.close) == (setting, close)
    assert caught.value.allowed == "vLLM 0.33.0 has no such parser"


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param({"tool_call_parser": "minimax", "engine_version": "0.20.0"}, id="of a release that was not read"),
        pytest.param({"tool_call_parser": None, "reasoning_parser": None}, id="none"),
        pytest.param({"tool_call_parser": "openai", "reasoning_parser": "openai_gptoss"}, id="of another family"),
    ],
)
def test_a_parser_may_be_asked_for(overrides: dict[str, Any]) -> None:
    """Whether it suits the model is not judged."""
    settings = REGISTRY.settings(DENSE, "inference", **overrides).as_dict()

    assert {name: settings[name] for name in overrides} == overrides


def test_sglang_has_some_types_of_a_cache_under_other_names() -> None:
    """Those are taken by vLLM's names; what it has under no name is refused."""
    assert REGISTRY.settings(DENSE, "inference", engine="sglang", kv_cache_dtype="fp8")
    assert "fp8_e5m2" in refused(DENSE, "kv_cache_dtype", engine="sglang", kv_cache_dtype="int8_per_token_head")


def test_only_experts_are_divided_as_a_whole() -> None:
    """A dense model has none."""
    assert refused(DENSE, "enable_expert_parallel", enable_expert_parallel=True) == "the model has no experts"
    assert REGISTRY.settings(EXPERTS, "inference", enable_expert_parallel=True)


def test_gpus_with_the_same_heads_divide_the_tokens_of_a_cache() -> None:
    """Qwen3-8B has 8 key heads, so that 16 GPUs have each twice; a latent cache is on every GPU."""
    ways = {"tensor_parallel_size": 8, "decode_context_parallel_size": 2}

    assert "at most 1" in refused(DENSE, "decode_context_parallel_size", **ways)
    assert "which is 8" in refused(DENSE, "decode_context_parallel_size", **ways | {"decode_context_parallel_size": 3})
    assert REGISTRY.settings(DENSE, "inference", **ways | {"tensor_parallel_size": 16})
    assert REGISTRY.settings(LATENT, "inference", **ways)


def test_a_batch_has_a_token_of_each_sequence() -> None:
    """VLLM does not start otherwise; what it chooses by itself follows."""
    asked = {"max_num_seqs": 512, "max_num_batched_tokens": 100}

    assert "512 sequences" in refused(DENSE, "max_num_batched_tokens", **asked)
    assert REGISTRY.settings(DENSE, "inference", max_num_batched_tokens=100)
    assert REGISTRY.settings(DENSE, "inference", engine="sglang", **asked)


def test_a_stage_of_a_pipeline_has_a_layer() -> None:
    """Or more."""
    assert refused(DENSE, "pipeline_parallel_size", pipeline_parallel_size=64) == "the model has 36 layers"


def test_machines_have_equally_many_gpus() -> None:
    """Of a server as of a run."""
    asked = {"pipeline_parallel_size": 1, "tensor_parallel_size": 4, "nodes": 3}

    assert refused(DENSE, "nodes", **asked) == "it must divide the number of GPUs, which is 4"
    assert refused(DENSE, "nodes", "training", nodes=3, n_gpus=4) == "it must divide n_gpus, which is 4"
    assert REGISTRY.settings(DENSE, "training", nodes=2, n_gpus=4, stack="trl").gpus_of_node == 2


def test_one_process_is_on_one_machine() -> None:
    """It cannot drive the GPUs of others."""
    asked = {"stack": "trl", "n_gpus": 4, "sharding": "device_map", "nodes": 2}

    assert "on one machine" in refused(DENSE, "nodes", "training", **asked)


def test_one_process_does_not_divide_sequences() -> None:
    """Where it drives all GPUs by itself."""
    asked = {"stack": "trl", "n_gpus": 4, "sharding": "device_map", "context_parallel_size": 2}

    with pytest.raises(InvalidOverrideError, match="one process drives all GPUs"):
        REGISTRY.settings(DENSE, "training", **asked)


def test_adapters_of_modules_alone_take_dropout() -> None:
    """The parameters of the entry get none then, which takes less memory."""
    dropped = {"target_modules": ["q_proj", "v_proj"], "lora_dropout": 0.1}
    settings = REGISTRY.settings(EXPERTS, "training", **dropped)
    kept = REGISTRY.settings(EXPERTS, "training", target_modules=["q_proj", "v_proj"], target_parameters=PARAMETERS)

    assert REGISTRY.settings(EXPERTS, "training").lora_config.target_parameters == PARAMETERS
    assert settings.lora_config.target_parameters == ()
    assert str(settings.origins["lora_config.target_parameters"]) == "built-in: target_modules is set"
    assert estimate(REGISTRY[EXPERTS], settings).safe_bytes < estimate(REGISTRY[EXPERTS], kept).safe_bytes


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"target_parameters": ["experts.down_proj"], "lora_dropout": 0.1},
            "lora_config.lora_dropout = 0.1 is not valid (from override: keyword): adapters on target_parameters",
            id="dropout before a parameter",
        ),
        pytest.param(
            {"target_parameters": ["experts.down_proj"], "use_dora": True},
            "adapters on target_parameters have no magnitudes",
            id="magnitudes of a parameter",
        ),
        pytest.param(
            {"modules_to_save": ["embed_tokens", "lm_head"], "trains_embeddings": False},
            "modules_to_save names embed_tokens, lm_head, so only true",
            id="trained and not trained",
        ),
    ],
)
def test_what_peft_refuses_of_an_adapter(changes: dict[str, Any], sentence: str) -> None:
    """Only where there is one."""
    with pytest.raises(InvalidOverrideError, match=re.escape(sentence)):
        REGISTRY.settings(EXPERTS, "training", **changes)

    assert REGISTRY.settings(EXPERTS, "training", method="full", **changes)


TRL: dict[str, Any] = {"stack": "trl", "n_gpus": 2}
FACTORY: dict[str, Any] = {"stack": "llama-factory", "stack_version": "0.9.5", "n_gpus": 2}
ON_PARAMETERS: dict[str, Any] = {"target_parameters": ["experts.down_proj"]}


@pytest.mark.parametrize(
    ("model_id", "changes", "allowed"),
    [
        pytest.param(
            DENSE,
            {**FACTORY, "algorithm": "grpo"},
            "LLaMA-Factory 0.9.5 teaches sft, dpo, kto, orpo, reward",
            id="an algorithm",
        ),
        pytest.param(
            DENSE,
            {"method": "qlora", "base_quantization": "8bit"},
            "it applies to method lora only, and method is qlora",
            id="8 bits and 4 bits",
        ),
        pytest.param(
            "unsloth/Qwen3-14B-bnb-4bit",
            {"method": "lora", "base_quantization": "8bit"},
            "the published weights are already quantised",
            id="quantised twice",
        ),
        pytest.param(
            DENSE,
            {**TRL, "sharding": "fsdp2", "offload": "optimizer"},
            "the optimizer can be offloaded only with sharding zero1, zero2, zero3",
            id="an optimizer",
        ),
        pytest.param(
            DENSE,
            {**TRL, "sharding": "zero2", "offload": "weights"},
            "weights can be offloaded only with sharding zero3, fsdp, fsdp2",
            id="weights",
        ),
        pytest.param(
            DENSE,
            {**FACTORY, "context_parallel_size": 2},
            "LLaMA-Factory 0.9.5 does not split sequences",
            id="sequences",
        ),
        pytest.param(
            DENSE,
            {**TRL, "n_gpus": 6, "context_parallel_size": 4},
            "it must divide n_gpus, which is 6",
            id="GPUs that are left over",
        ),
        pytest.param(
            DENSE,
            {**TRL, "sharding": "device_map", "context_parallel_size": 2},
            "with sharding device_map one process drives all GPUs",
            id="one process",
        ),
        pytest.param(
            EXPERTS,
            {**ON_PARAMETERS, "lora_config.lora_dropout": 0.1},
            "adapters on target_parameters take no dropout, only 0",
            id="dropout",
        ),
        pytest.param(
            EXPERTS,
            {**ON_PARAMETERS, "lora_config.use_dora": True},
            "adapters on target_parameters have no magnitudes, only false",
            id="magnitudes",
        ),
        pytest.param(
            EXPERTS,
            {"modules_to_save": ["embed_tokens", "lm_head"], "trains_embeddings": False},
            "modules_to_save names embed_tokens, lm_head, so only true",
            id="trained and not trained",
        ),
    ],
)
def test_a_refusal_of_a_run_is_about_the_last_setting(model_id: str, changes: dict[str, Any], allowed: str) -> None:
    """Its value, where it was set, and what would have to be different."""
    *_, (setting, value) = changes.items()
    with pytest.raises(InvalidOverrideError) as caught:
        merge(REGISTRY[model_id], "training", Layer(changes))

    error = caught.value
    assert (error.setting, error.value, error.allowed, error.close) == (setting, value, allowed, ())
    assert error.origin == "override"


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        pytest.param(
            {"engine": "transformers", "served_loras": 1}, "transformers has no such option", id="an option of others"
        ),
        pytest.param(
            {"engine_version": "0.33.0", "max_lora_rank": 24},
            "vLLM 0.33.0 takes 1, 8, 16, 32, 64, 128, 256, 320, 512",
            id="a rank",
        ),
        pytest.param(
            {"engine_version": "0.19.0", "kv_cache_dtype": "nvfp4"},
            "vLLM 0.19.0 takes auto, bfloat16, float16, fp8, fp8_ds_mla, fp8_e4m3, fp8_e5m2, fp8_inc",
            id="a type of the cache",
        ),
        pytest.param(
            {"tensor_parallel_size": 8, "decode_context_parallel_size": 2},
            "8 GPUs with 8 key heads allow at most 1",
            id="a cache that is not divided",
        ),
        pytest.param(
            {"tensor_parallel_size": 4, "decode_context_parallel_size": 2},
            "4 GPUs with 8 key heads allow at most 1",
            id="fewer GPUs than heads",
        ),
        pytest.param(
            {"tensor_parallel_size": 8, "decode_context_parallel_size": 3},
            "it must divide tensor_parallel_size, which is 8",
            id="GPUs that are left over",
        ),
        pytest.param(
            {"max_num_seqs": 512, "max_num_batched_tokens": 511},
            "below one token for each of 512 sequences (max_num_seqs)",
            id="a batch without a token of each",
        ),
        pytest.param({"pipeline_parallel_size": 37}, "the model has 36 layers", id="a stage without a layer"),
        pytest.param({"enable_expert_parallel": True}, "the model has no experts", id="experts"),
    ],
)
def test_a_refusal_of_an_engine_is_about_the_last_setting(changes: dict[str, Any], allowed: str) -> None:
    """What would have to be different, as a whole."""
    *_, (setting, value) = changes.items()
    with pytest.raises(InvalidOverrideError) as caught:
        merge(REGISTRY[DENSE], "inference", Layer(changes))

    assert (caught.value.setting, caught.value.value, caught.value.allowed) == (setting, value, allowed)


@pytest.mark.parametrize(
    ("task", "changes"),
    [
        pytest.param("training", {**TRL, "sharding": "fsdp", "offload": "weights"}, id="weights with FSDP"),
        pytest.param("training", {**TRL, "sharding": "zero1", "offload": "optimizer"}, id="an optimizer with ZeRO 1"),
        pytest.param("training", {**FACTORY, "n_gpus": 3, "sharding": "device_map"}, id="sequences that stay whole"),
        pytest.param("training", {"lora_config.lora_dropout": 0.1, "lora_config.use_dora": True}, id="plain adapters"),
        pytest.param("training", {"trains_embeddings": False}, id="no ends"),
        pytest.param("inference", {"pipeline_parallel_size": 36}, id="a layer for each stage"),
        pytest.param("inference", {"max_num_seqs": 512, "max_num_batched_tokens": 512}, id="a token of each"),
        pytest.param("inference", {"tensor_parallel_size": 2}, id="a cache that nothing divides"),
        pytest.param(
            "inference",
            {"tensor_parallel_size": 16, "decode_context_parallel_size": 2, "engine": "vllm"},
            id="heads that two GPUs have",
        ),
        pytest.param(
            "inference",
            {"engine": "sglang", "tensor_parallel_size": 8, "decode_context_parallel_size": 2},
            id="heads of another engine",
        ),
        *(
            pytest.param("inference", {"engine": "sglang", "kv_cache_dtype": name}, id=f"{name} under another name")
            for name in ("bfloat16", "float16", "fp8")
        ),
        pytest.param("inference", {"engine": "transformers", "kv_cache_dtype": "fp8"}, id="an engine without a list"),
    ],
)
def test_what_just_stands_together(task: Task, changes: dict[str, Any]) -> None:
    """It is as it was asked for."""
    settings = merge(REGISTRY[DENSE], task, Layer(changes))

    assert settings.overrides().items() >= changes.items()


def test_of_an_unknown_shape_nothing_is_refused() -> None:
    """Its layers, heads and experts may be there."""
    entry = REGISTRY[DENSE].model_copy(update={"architecture": None})
    asked = {
        "tensor_parallel_size": 8,
        "pipeline_parallel_size": 99,
        "decode_context_parallel_size": 2,
        "enable_expert_parallel": True,
    }

    assert merge(entry, "inference", Layer(asked)).overrides() == asked


def test_weights_that_are_published_quantised_can_be_trained() -> None:
    """As they are."""
    assert REGISTRY.settings("unsloth/Qwen3-14B-bnb-4bit", "training", method="lora").base_quantization is None
