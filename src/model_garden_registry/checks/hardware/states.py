"""Whether a cache on a device is large enough for the sequences."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.checks.hardware.devices import Named
from model_garden_registry.checks.hardware.need import memory_of
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.families.engines import engine_of
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import Device
from model_garden_registry.units import GB, short_number


def asks_for_cache(demand: Demand) -> bool:
    """Return whether the cache size can fail a demand: one that is set, or one with states."""
    settings = demand.settings
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return False
    return settings.kv_cache_memory_gb is not None or demand.has_states


def state_findings(device: Device, named: Named, demand: Demand) -> Iterator[Finding]:
    """
    Judge the sequences of a batch against the cache, and full-length ones against a cache whose size is set.

    vLLM starts only if each could have a block in a CUDA graph, also with its own default batch; those
    whose states do not fit wait.

    Source:
        vLLM, `CompilationConfig.resolve_cudagraph_mode_and_sizes`, `_check_enough_kv_cache_memory`
    """
    settings, gpu = demand.settings, memory_of(device)
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm" or gpu is None:
        return
    found = demand.estimate(gpu)
    if found is None or found.is_coarse or found.cache is None:
        return
    cache = found.cache
    if settings.kv_cache_memory_gb and cache.concurrency < settings.concurrent:
        needed = found.cache_bytes
        message = f"a cache of {short_number(settings.kv_cache_memory_gb)} GB does not fit {settings.concurrent} x"
        least = short_number(ceil(needed / GB * 100) / 100)
        message = f"{message} {settings.max_model_len} tokens: set kv_cache_memory_gb to at least {least}"
        yield _finding(named, Code.CACHE_LOW, Severity.FAIL, message, have=cache.pool_bytes, need=needed)
    if not cache.most_sequences or not cache.blocks:
        return
    engine = engine_of(settings.engine, settings.engine_version)
    choice = engine.batch_on(gpu, gpu_name=gpu.name, capability=gpu.capability)
    asked, is_set = settings.max_num_seqs or choice.sequences, settings.max_num_seqs is not None
    on_device = f"{asked} sequences at once on {named.text}"
    refused = f"{settings.tool} refuses {on_device}: set max_num_seqs to at most {cache.blocks}"
    if asked > cache.blocks and not settings.enforce_eager:
        yield _finding(named, Code.SEQUENCES_MANY, Severity.FAIL, refused, have=cache.blocks, need=asked)
    elif is_set and asked > cache.most_sequences:
        message = f"of {on_device} the states of {cache.most_sequences} fit: the others wait"
        yield _finding(named, Code.SEQUENCES_MANY, Severity.WARNING, message, have=cache.most_sequences, need=asked)


def _finding(named: Named, code: Code, severity: Severity, message: str, *, have: int, need: int) -> Finding:
    return Finding(code=code, severity=severity, message=message, where=named.where, have=have, need=need)
