"""The questions for serving engines: number formats of the weights, and features of a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from model_garden_registry.checks.matrix.judging import FORMATS, Question, format_of
from model_garden_registry.entries.defaults import KvCacheDtype
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.families.engines import engine_of, engine_options
from model_garden_registry.families.family import family_of

#: The newest GPUs without bfloat16.
_TURING = (7, 5)
#: GPUs of one host that divide each layer.
_SIZES = (2, 4, 8)
#: Questions about options that only some engines have, by option: name of the question, and a value.
_OPTIONS: Mapping[str, tuple[str, object]] = {
    "pipeline_parallel_size": ("layers over GPUs", 2),
    "data_parallel_size": ("copies of the model", 2),
    "nodes": ("several machines", 2),
    "enable_expert_parallel": ("experts over GPUs", True),
    "decode_context_parallel_size": ("cache over GPUs", 2),
    "speculative_tokens": ("drafted tokens", 1),
    "enable_prefix_caching": ("prefix caching", True),
    "cpu_offload_gb": ("weights in RAM", 1.0),
    "language_model_only": ("without the tower", True),
    "mamba_ssm_dtype": ("type of states", "float32"),
    "served_loras": ("adapters", 1),
    "max_lora_rank": ("adapters of rank 64", 64),
    "kv_cache_memory_gb": ("cache in GB", 1.0),
    "mem_fraction_static": ("static share", 0.8),
}
#: Options that apply to some models only.
_ABOUT = {
    "enable_expert_parallel": lambda entry: entry.architecture is not None and entry.architecture.moe is not None,
    "decode_context_parallel_size": lambda entry: _gpus_with_same_heads(entry) is not None,
    "language_model_only": lambda entry: entry.is_vision_model,
    "mamba_ssm_dtype": lambda entry: bool(_states(entry)),
}


def serving_questions() -> Iterator[Question]:
    """Yield the questions for every model that they apply to."""
    yield Question(group="features", name="bfloat16", settings={"dtype": "bfloat16"}, facts=("capability",))
    yield Question(
        group="features",
        name="without bfloat16",
        facts=("float16_refused", "float16_below", "emulates_bfloat16"),
        capability=_TURING,
    )
    for told in ("fp8", "bitsandbytes"):
        yield Question(
            group="features",
            name=f"{told} while loading",
            settings={"quantization": told},
            facts=("quantizations", f"plugins.{told}"),
            is_about=lambda entry: not entry.is_quantized,
            holds=_knows_quantization,
        )
    for dtype in get_args(KvCacheDtype):
        if dtype not in ("auto", "bfloat16", "float16"):
            settings = {"kv_cache_dtype": dtype}
            yield Question(group="features", name=f"{dtype} cache", settings=settings, facts=("kv_cache_dtypes",))
    for size in _SIZES:
        settings = {"tensor_parallel_size": size}
        yield Question(group="features", name=f"tensors over {size} GPUs", settings=settings, facts=("splits",))
    for option in engine_options():
        name, value = _OPTIONS[option]
        yield Question(
            group="features",
            name=name,
            settings={option: value},
            facts=(f"options.{option}", *(("lora_ranks",) if option == "max_lora_rank" else ())),
            is_about=_ABOUT.get(option),
            for_model=_over_heads if option == "decode_context_parallel_size" else None,
        )


def serving_format(entry: ModelInfo) -> Question:
    """Return the question whether an engine loads a model's weights, as they are published."""
    name = format_of(entry)
    facts = (f"{FORMATS}{name}", f"plugins.{entry.quantization.type}") if entry.is_quantized else ("capability",)
    return Question(group="formats", name=name, facts=facts, is_absolute=True)


def _knows_quantization(_: ModelInfo, settings: InferenceSettings) -> bool:
    return settings.quantization in engine_of(settings.engine, settings.engine_version).quantizations


def _over_heads(entry: ModelInfo) -> Mapping[str, Any]:
    return {"tensor_parallel_size": _gpus_with_same_heads(entry)}


def _gpus_with_same_heads(entry: ModelInfo) -> int | None:
    """Return the fewest GPUs on which key heads are duplicated; None if no such number divides the query heads."""
    shape = entry.architecture
    if shape is None or not shape.num_attention_heads:
        return None
    gpus = 2 * (1 if shape.mla else shape.num_key_value_heads or shape.num_attention_heads)
    return None if shape.num_attention_heads % gpus else gpus


def _states(entry: ModelInfo) -> Mapping[str, Any]:
    return family_of(entry.architecture.model_type if entry.architecture else None).states
