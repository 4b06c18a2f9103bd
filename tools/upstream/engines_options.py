"""Which settings engines have an option for, read from the classes of their arguments in an unpacked wheel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.upstream.expressions import Expression, lacking

from model_garden_registry.families.engines import engine_options, engine_package
from model_garden_registry.families.ranges import Package

__all__ = ["EXPRESSIONS", "options_package"]

_VLLM = "vllm/engine/arg_utils.py"
_SGLANG = "sglang/srt/arg_groups/fields"
#: Where an engine has the option for a setting: file, class, and the field with its type.
_FIELDS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "vllm": {
        "kv_cache_memory_gb": (_VLLM, "EngineArgs", "kv_cache_memory_bytes: int"),
        "enable_prefix_caching": (_VLLM, "EngineArgs", "enable_prefix_caching: bool"),
        "pipeline_parallel_size": (_VLLM, "EngineArgs", "pipeline_parallel_size: int"),
        "data_parallel_size": (_VLLM, "EngineArgs", "data_parallel_size: int"),
        "nodes": (_VLLM, "EngineArgs", "nnodes: int"),
        "decode_context_parallel_size": (_VLLM, "EngineArgs", "decode_context_parallel_size: int"),
        "enable_expert_parallel": (_VLLM, "EngineArgs", "enable_expert_parallel: bool"),
        "speculative_tokens": (_VLLM, "EngineArgs", "speculative_config: dict"),
        "served_loras": (_VLLM, "EngineArgs", "max_loras: int"),
        "max_lora_rank": (_VLLM, "EngineArgs", "max_lora_rank: MaxLoRARanks"),
        "mamba_ssm_dtype": (_VLLM, "EngineArgs", "mamba_ssm_cache_dtype: MambaDType"),
        "language_model_only": (_VLLM, "EngineArgs", "language_model_only: bool"),
        "cpu_offload_gb": (_VLLM, "EngineArgs", "cpu_offload_gb: float"),
    },
    "sglang": {
        "mem_fraction_static": (f"{_SGLANG}/schedule.py", "Schedule", "mem_fraction_static: A"),
        "enable_prefix_caching": (f"{_SGLANG}/memory.py", "Memory", "disable_radix_cache: A"),
        "pipeline_parallel_size": (f"{_SGLANG}/parallel.py", "Parallel", "pp_size: A"),
        "data_parallel_size": (f"{_SGLANG}/parallel.py", "Parallel", "dp_size: A"),
        "nodes": (f"{_SGLANG}/parallel.py", "Parallel", "nnodes: A"),
        "decode_context_parallel_size": (f"{_SGLANG}/parallel.py", "Parallel", "dcp_size: A"),
        "enable_expert_parallel": (f"{_SGLANG}/parallel.py", "Parallel", "ep_size: A"),
        "speculative_tokens": (f"{_SGLANG}/spec.py", "Spec", "speculative_num_draft_tokens: A"),
        "served_loras": (f"{_SGLANG}/lora.py", "Lora", "max_loras_per_batch: A"),
        "max_lora_rank": (f"{_SGLANG}/lora.py", "Lora", "max_lora_rank: A"),
        "mamba_ssm_dtype": (f"{_SGLANG}/exec_.py", "ExecMamba", "mamba_ssm_dtype: A"),
        "language_model_only": (f"{_SGLANG}/disagg.py", "Disagg", "language_model_only: A"),
        "cpu_offload_gb": (f"{_SGLANG}/exec_.py", "ExecOffload", "cpu_offload_gb: A"),
    },
}
#: Words that stand nowhere among the arguments of an engine without the option.
_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "vllm": {"mem_fraction_static": ("vllm/engine", "mem_fraction_static")},
    "sglang": {"kv_cache_memory_gb": (_SGLANG, "kv_cache_memory")},
}


def _expressions(engine: str) -> Iterator[Expression]:
    for setting, (file, place, text) in _FIELDS[engine].items():
        yield Expression(f"options.{setting}", file, place, text, states=True)
    for setting, (folder, word) in _WORDS[engine].items():
        yield lacking(f"options.{setting}", folder, word, states=False)


#: By engine.
EXPRESSIONS = {engine: tuple(_expressions(engine)) for engine in _FIELDS}


def options_package(engine: str) -> Package:
    """Return the options that our table gives an engine, as a table of one range."""
    package = engine_package(engine)
    options = {setting: engine in option.engines for setting, option in engine_options().items()}
    ranges = ({"since": package.read, "options": options},)
    return Package(title=package.title, oldest=package.oldest, read=package.read, ranges=ranges)
