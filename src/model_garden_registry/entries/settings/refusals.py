"""Settings that exclude each other, though each is valid alone."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.reached_parts import saves_ends
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.families.engines import engine_of, engine_options
from model_garden_registry.families.stacks import Stack, stack_of
from model_garden_registry.near_names import close_names

#: Shardings with which weights can be offloaded to main memory.
_MOVES_WEIGHTS = ("zero3", "fsdp", "fsdp2")
#: Cache types that engines have under these names, as vLLM does, or under others.
_UNDER_ANY_NAME = ("bfloat16", "float16", "fp8")


class Refusal(NamedTuple):
    """
    A value that other settings forbid.

    Args:
        setting: Its setting, by dotted path.

        allowed: What would have to be different.

        close: Values that may be meant.
    """

    setting: str
    allowed: str
    close: tuple[str, ...] = ()


def check_refusals(entry: ModelInfo, settings: Settings) -> None:
    """
    Check that settings are compatible.

    Raises:
        InvalidOverrideError: They are not: the first conflict.
    """
    found = _training(entry, settings) if isinstance(settings, TrainingSettings) else _inference(entry, settings)
    for setting, allowed, close in found:
        value = attrgetter(setting)(settings)
        raise InvalidOverrideError(setting, value, allowed, close, origin=str(settings.origins.get(setting) or ""))


def _training(entry: ModelInfo, settings: TrainingSettings) -> Iterator[Refusal]:
    stack = stack_of(settings.stack, settings.stack_version)
    if settings.algorithm not in stack.algorithms:
        yield Refusal("algorithm", f"{settings.tool} teaches {', '.join(stack.algorithms)}")
    if settings.base_quantization and settings.method != "lora":
        yield Refusal("base_quantization", f"it applies to method lora only, and method is {settings.method}")
    if settings.base_quantization and entry.quantization.method:
        yield Refusal("base_quantization", "the published weights are already quantised")
    if settings.method != "full":
        yield from _adapters(settings)
    yield from _divided(settings, stack)


def _adapters(settings: TrainingSettings) -> Iterator[Refusal]:
    """
    Yield conflicts of adapters on parameters, and of fully trained modules.

    Source:
        PEFT 0.21.2, `tuners/lora/layer.py` ParamWrapper
    """
    adapter = settings.lora_config
    if adapter.target_parameters and adapter.lora_dropout:
        yield Refusal("lora_config.lora_dropout", "adapters on target_parameters take no dropout, only 0")
    if adapter.target_parameters and adapter.use_dora:
        yield Refusal("lora_config.use_dora", "adapters on target_parameters have no magnitudes, only false")
    if saves_ends(adapter.modules_to_save) and not settings.trains_embeddings:
        yield Refusal("trains_embeddings", f"modules_to_save names {', '.join(adapter.modules_to_save)}, so only true")


def _divided(settings: TrainingSettings, stack: Stack) -> Iterator[Refusal]:
    """Yield conflicts of several GPUs and of offload."""
    parts = settings.context_parallel_size
    if parts > 1 and not stack.divides_sequences:
        yield Refusal("context_parallel_size", f"{settings.tool} does not split sequences")
    if parts > 1 and settings.sharding == "device_map":
        yield Refusal("context_parallel_size", "with sharding device_map one process drives all GPUs")
    if settings.n_gpus % settings.nodes:
        yield Refusal("nodes", f"it must divide n_gpus, which is {settings.n_gpus}")
    if settings.nodes > 1 and settings.sharding == "device_map":
        yield Refusal("nodes", "with sharding device_map one process drives all GPUs, on one machine")
    if settings.n_gpus % parts:
        yield Refusal("context_parallel_size", f"it must divide n_gpus, which is {settings.n_gpus}")
    if settings.offload == "optimizer" and settings.sharder != "deepspeed":
        yield Refusal("offload", "the optimizer can be offloaded only with sharding zero1, zero2, zero3")
    if settings.offload == "weights" and settings.sharding not in _MOVES_WEIGHTS:
        yield Refusal("offload", f"weights can be offloaded only with sharding {', '.join(_MOVES_WEIGHTS)}")


def _inference(entry: ModelInfo, settings: InferenceSettings) -> Iterator[Refusal]:
    """
    Yield what an engine refuses.

    Source:
        vLLM, `LoRAConfig.max_lora_rank`, `CacheDType`, `ModelConfig.verify_with_parallel_config`,
        `SchedulerConfig.verify_max_model_len`
    """
    engine = engine_of(settings.engine, settings.engine_version)
    for name, option in engine_options().items():
        if getattr(settings, name) != option.unasked and settings.engine not in option.engines:
            yield Refusal(name, f"{engine.package.title} has no such option")
    known = ("auto", *(() if settings.engine == "vllm" else _UNDER_ANY_NAME), *engine.kv_cache_dtypes)
    if engine.kv_cache_dtypes and settings.kv_cache_dtype not in known:
        yield Refusal("kv_cache_dtype", f"{settings.tool} takes {', '.join(engine.kv_cache_dtypes)}")
    if settings.max_lora_rank is not None and engine.lora_ranks and settings.max_lora_rank not in engine.lora_ranks:
        yield Refusal("max_lora_rank", f"{settings.tool} takes {', '.join(map(str, engine.lora_ranks))}")
    shape = entry.architecture
    if settings.enable_expert_parallel and shape and not shape.moe:
        yield Refusal("enable_expert_parallel", "the model has no experts")
    layers = shape.num_hidden_layers if shape else None
    if layers and settings.pipeline_parallel_size > layers:
        yield Refusal("pipeline_parallel_size", f"the model has {layers} layers")
    if settings.gpus % settings.nodes:
        yield Refusal("nodes", f"it must divide the number of GPUs, which is {settings.gpus}")
    sequences, tokens = settings.max_num_seqs, settings.max_num_batched_tokens
    if settings.engine == "vllm" and sequences and tokens and tokens < sequences:
        yield Refusal("max_num_batched_tokens", f"below one token for each of {sequences} sequences (max_num_seqs)")
    yield from _parsers(settings)
    yield from _shards(entry, settings)


def _parsers(settings: InferenceSettings) -> Iterator[Refusal]:
    """
    Yield requested parsers that vLLM does not have; all engines' parsers go by vLLM's names here.

    Parsers of an entry are checked with the entry: they may come from a plug-in, and take no memory.

    Source:
        vLLM, `validate_api_server_args`
    """
    engine = engine_of("vllm", settings.engine_version if settings.engine == "vllm" else None)
    for name, known in engine.parsers.items():
        value = getattr(settings, name)
        if value is not None and value not in known and name in settings.overrides():
            yield Refusal(name, f"{engine.named} has no such parser", close_names(value, known))


def _shards(entry: ModelInfo, settings: InferenceSettings) -> Iterator[Refusal]:
    """Yield conflicts of dividing the tokens of a cache: only GPUs with the same heads may do so."""
    shards, parallel, shape = settings.decode_context_parallel_size, settings.tensor_parallel_size, entry.architecture
    heads = shape.num_key_value_heads if shape and not shape.mla else None
    if parallel % shards:
        yield Refusal("decode_context_parallel_size", f"it must divide tensor_parallel_size, which is {parallel}")
    elif shards > 1 and heads and shards > parallel // heads and settings.engine == "vllm":
        most = f"{parallel} GPUs with {heads} key heads allow at most {max(1, parallel // heads)}"
        yield Refusal("decode_context_parallel_size", most)
