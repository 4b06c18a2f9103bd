"""SGLang's server: ``python -m sglang.launch_server``, ``sglang serve``, and files for their ``--config``."""

from __future__ import annotations

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.rules import same
from model_garden_registry.dialects.serving.answers import code_rule, sampling_rule, translated_parser_rule
from model_garden_registry.dialects.serving.commands import command_writer, json_file, yaml_file
from model_garden_registry.dialects.serving.sglang_parsers import (
    DEPRECATED_TOOL_PARSERS,
    FURTHER_TOOL_PARSERS,
    REASONING_PARSERS,
    TOOL_PARSERS,
)
from model_garden_registry.dialects.serving.sglang_rules import (
    adapters_rule,
    batch_rule,
    copies_rule,
    experts_rule,
    graphs_rule,
    prefixes_rule,
    speculation_rule,
)
from model_garden_registry.dialects.serving.spellings import (
    choice_rule,
    counted_rule,
    dtype_rule,
    images_rule,
    length_rule,
    number_rule,
    offload_rule,
    short_number,
    switch_rule,
)

#: SGLang's names of weight formats → ours. Its other names are kernels, or quantise at load time.
_QUANTIZATIONS = {
    "awq": "awq",
    "awq_marlin": "awq",
    "gptq": "gptq",
    "gptq_marlin": "gptq",
    "fp8": "fp8",
    "compressed-tensors": "compressed-tensors",
    "modelopt": "modelopt",
    "modelopt_fp8": "modelopt",
    "modelopt_fp4": "modelopt",
    "modelopt_mixed": "modelopt",
    "mxfp4": "mxfp4",
    "bitsandbytes": "bitsandbytes",
}
_CACHE_TYPES = {
    "auto": "auto",
    "bfloat16": "bfloat16",
    "bf16": "bfloat16",
    "fp8_e4m3": "fp8_e4m3",
    "fp8_e5m2": "fp8_e5m2",
    "nvfp4": "nvfp4",
}
#: Source: SGLang 0.5.23, `human_readable_int` in `srt/arg_groups/fields/`
_SHORT_NUMBERS = ("context_length", "max_total_tokens", "max_prefill_tokens", "cuda_graph_prefill_max_context")
_MARKS = (
    "model_path",
    "tp_size",
    "mem_fraction_static",
    "context_length",
    "chunked_prefill_size",
    "max_running_requests",
)


SGLANG = Dialect(
    name="sglang",
    task="inference",
    model_key="model_path",
    rules=(
        length_rule("context_length"),
        dtype_rule(),
        number_rule("mem_fraction_static"),
        choice_rule(
            "quantization",
            "quantization",
            _QUANTIZATIONS,
            absent=None,
            why="weights quantised this way at load time",
        ),
        same("tp_size", "tensor_parallel_size"),
        counted_rule("pp_size", "pipeline_parallel_size", 1),
        counted_rule("nnodes", "nodes", 1),
        copies_rule(),
        counted_rule("dcp_size", "decode_context_parallel_size", 1),
        experts_rule(),
        number_rule("max_running_requests", "max_num_seqs"),
        batch_rule(),
        choice_rule(
            "kv_cache_dtype",
            "kv_cache_dtype",
            _CACHE_TYPES,
            absent="auto",
            why="the size of this cache type is unknown",
        ),
        graphs_rule(),
        images_rule("limit_mm_data_per_request"),
        speculation_rule(),
        prefixes_rule(),
        switch_rule("language_model_only"),
        counted_rule("mamba_ssm_dtype", "mamba_ssm_dtype", "auto"),
        adapters_rule(),
        offload_rule(whole=True),
        sampling_rule("preferred_sampling_params"),
        translated_parser_rule(
            "tool_call_parser", TOOL_PARSERS, also=FURTHER_TOOL_PARSERS, deprecated=DEPRECATED_TOOL_PARSERS
        ),
        translated_parser_rule("reasoning_parser", REASONING_PARSERS, also={}, deprecated={}),
        code_rule(),
    ),
    forms=("argv", "yaml", "json"),
    marks=frozenset(_MARKS),
    constants={"engine": "sglang"},
    refuses_unknown=True,
    commands=frozenset({"sglang serve"}),
    unsaid={
        "engine_version": "it is the installed release",
        "concurrent": "it is an assumption about the load",
        "gpu_memory_utilization": "SGLang's own share is another quantity: mem_fraction_static",
    },
    writers={
        "argv": command_writer("python -m sglang.launch_server", "model_path", option="--model-path"),
        "yaml": yaml_file,
        "json": json_file,
    },
    is_options=True,
    spellings=dict.fromkeys(_SHORT_NUMBERS, short_number),
)
