"""vLLM's server: ``vllm serve``, and files for its ``--config``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words, same
from model_garden_registry.dialects.serving.answers import code_rule, parser_rule, sampling_rule, unknown_parsers
from model_garden_registry.dialects.serving.commands import command_writer, json_file, yaml_file
from model_garden_registry.dialects.serving.spellings import (
    GB,
    choice_rule,
    counted_rule,
    dtype_rule,
    given,
    images_rule,
    length_rule,
    number_rule,
    offload_rule,
    short_number,
    switch_rule,
)
from model_garden_registry.dialects.serving.vllm_speculation import SPECULATION
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.families.engines import engine_of

#: vLLM's names of weight formats → ours. Its other names are kernels, or quantise at load time.
_QUANTIZATIONS = {
    "awq": "awq",
    "auto_awq": "awq",
    "awq_marlin": "awq",
    "gptq": "gptq",
    "auto_gptq": "gptq",
    "gptq_marlin": "gptq",
    "fp8": "fp8",
    "compressed-tensors": "compressed-tensors",
    "modelopt": "modelopt",
    "modelopt_fp4": "modelopt",
    "modelopt_mixed": "modelopt",
    "mxfp4": "mxfp4",
    "gpt_oss_mxfp4": "mxfp4",
    "bitsandbytes": "bitsandbytes",
}
_CACHE_TYPES = (
    *("auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2", "fp8_per_token_head", "int8_per_token_head"),
    *("int4_per_token_head", "nvfp4"),
)
#: What the machines of one server are told. Source: vLLM 0.33.0, docs/serving/parallelism_scaling.md
_ON_EACH = "with --node-rank 0, 1, … and the first one's --master-addr; all but the first with --headless"
_SIZES = ("pipeline_parallel_size", "data_parallel_size", "decode_context_parallel_size")
#: Source: vLLM 0.33.0, `vllm/engine/arg_utils.py`
_SHORT_NUMBERS = (
    *("max_num_batched_tokens", "max_num_scheduled_tokens", "max_num_queued_tokens", "kv_cache_memory_bytes"),
    "safetensors_prefetch_block_size",
)


def _share() -> Rule:
    def read(words: Words) -> Mapping[str, Any]:
        if "gpu_memory_utilization" not in words:
            return {"gpu_memory_utilization": 0.0}
        value = words.get("gpu_memory_utilization")
        if value is ABSENT:
            return {}
        if value <= 0:
            raise RefusedValueError("gpu_memory_utilization", "is a share above 0: leave it out for vLLM's default")
        return {"gpu_memory_utilization": float(value)}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        share = request.inference.gpu_memory_utilization
        return {"gpu_memory_utilization": share} if share else {}

    return Rule(
        keys=("gpu_memory_utilization",),
        settings=("gpu_memory_utilization",),
        write=write,
        read=read,
        says="0 is left out: vLLM's default share",
    )


def _cache_bytes() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        wanted = request.inference.kv_cache_memory_gb
        return {} if wanted is None else {"kv_cache_memory_bytes": round(wanted * GB)}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get("kv_cache_memory_bytes")
        return {} if value is ABSENT else {"kv_cache_memory_gb": None if value is None else value / GB}

    return Rule(
        keys=("kv_cache_memory_bytes",),
        settings=("kv_cache_memory_gb",),
        write=write,
        read=read,
        says="bytes there, decimal GB here",
    )


def _prefixes() -> Rule:
    def read(words: Words) -> Mapping[str, Any]:
        value = words.get("enable_prefix_caching") if "enable_prefix_caching" in words else None
        return {} if value is ABSENT else {"enable_prefix_caching": value}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.inference.enable_prefix_caching
        return {} if value is None else {"enable_prefix_caching": value}

    name = "enable_prefix_caching"
    return Rule(keys=(name,), settings=(name,), write=write, read=read, says="absent: by release and model")


def _chunked() -> Rule:
    def read(words: Words) -> Mapping[str, Any]:
        if "enable_chunked_prefill" in words and words.get("enable_chunked_prefill") is False:
            words.leave("enable_chunked_prefill", "batches are counted in chunks, which is vLLM's default")
        return {}

    return Rule(keys=("enable_chunked_prefill",), settings=(), write=lambda _: {}, read=read, says="on by default")


def _adapters() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        served, rank = request.inference.served_loras, request.inference.max_lora_rank
        if not served:
            if "max_lora_rank" in request.settings.overrides() and rank is not None:
                raise UnsayableError("max_lora_rank has no effect with served_loras 0")
            return {}
        return {"enable_lora": True, "max_loras": served, **({} if rank is None else {"max_lora_rank": rank})}

    def read(words: Words) -> Mapping[str, Any]:
        if not given(words, "enable_lora"):
            for key in ("max_loras", "max_lora_rank"):
                if key in words:
                    words.doubt(key, "does nothing without --enable-lora")
            return {"served_loras": 0, "max_lora_rank": None}
        served = words.get("max_loras")
        rank = words.get("max_lora_rank") if "max_lora_rank" in words else None
        found = {} if served is ABSENT else {"served_loras": served}
        return found if rank is ABSENT else {**found, "max_lora_rank": rank}

    return Rule(
        keys=("enable_lora", "max_loras", "max_lora_rank"),
        settings=("served_loras", "max_lora_rank"),
        write=write,
        read=read,
        says="0 adapters: without --enable-lora",
    )


def _notes(request: ExportRequest) -> Iterator[str]:
    settings, stored = request.inference, request.entry.quantization
    engine = engine_of("vllm", settings.engine_version)
    if not settings.gpu_memory_utilization:
        yield f"gpu_memory_utilization is left out: vLLM's default is {engine.utilization:g}"
    libraries = {settings.quantization, stored.type} & set(engine.plugins)
    for library in sorted(library for library in libraries if library):
        yield f"{library} weights need the plug-in {engine.plugins[library]} for vLLM"
    if settings.nodes > 1 and request.target == "vllm":  # a launcher does it
        yield f"each of the {settings.nodes} machines starts it, {_ON_EACH}"
    for name, value in unknown_parsers(request).items():
        yield f"{name} {value} is left out: {engine.named} has it only with a plug-in"


def _length(text: str) -> Any:
    return -1 if text.strip().lower() == "auto" else short_number(text)


def _quantization(text: str) -> Any:
    return None if text in {"", "None"} else text


VLLM = Dialect(
    name="vllm",
    task="inference",
    model_key="model",
    rules=(
        length_rule("max_model_len", fits=-1),
        dtype_rule(),
        _share(),
        choice_rule(
            "quantization",
            "quantization",
            _QUANTIZATIONS,
            absent=None,
            why="weights quantised this way at load time",
        ),
        same("tensor_parallel_size"),
        *(counted_rule(name, name, 1) for name in _SIZES),
        counted_rule("nnodes", "nodes", 1),
        switch_rule("enable_expert_parallel"),
        number_rule("max_num_seqs"),
        number_rule("max_num_batched_tokens"),
        choice_rule(
            "kv_cache_dtype",
            "kv_cache_dtype",
            {name: name for name in _CACHE_TYPES},
            absent="auto",
            why="the size of this cache type is unknown",
        ),
        switch_rule("enforce_eager"),
        images_rule("limit_mm_per_prompt"),
        _cache_bytes(),
        SPECULATION,
        _prefixes(),
        _chunked(),
        switch_rule("language_model_only"),
        counted_rule("mamba_ssm_cache_dtype", "mamba_ssm_dtype", "auto"),
        _adapters(),
        offload_rule(whole=False),
        sampling_rule("override_generation_config"),
        parser_rule("tool_call_parser", "tool_parser_plugin", "enable_auto_tool_choice"),
        parser_rule("reasoning_parser", "reasoning_parser_plugin"),
        code_rule(),
    ),
    forms=("argv", "yaml", "json"),
    marks=frozenset(
        {"max_model_len", "gpu_memory_utilization", "tensor_parallel_size", "served_model_name", "max_num_seqs"}
    ),
    constants={"engine": "vllm"},
    refuses_unknown=True,
    commands=frozenset({"vllm serve"}),
    notes=lambda request: tuple(_notes(request)),
    unsaid={
        "engine_version": "it is the installed release",
        "concurrent": "it is an assumption about the load",
    },
    writers={"argv": command_writer("vllm serve", "model"), "yaml": yaml_file, "json": json_file},
    is_options=True,
    spellings={
        "max_model_len": _length,
        "quantization": _quantization,
        **dict.fromkeys(_SHORT_NUMBERS, short_number),
    },
)
