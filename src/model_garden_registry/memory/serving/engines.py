"""What a serving engine needs beside weights and cache, and what it chooses by the size of the GPU."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.units import GB, GIB, MIB

#: What an unknown GPU is taken for: one with 80 GB.
_UNKNOWN_GPU_BYTES = 80 * GB

#: vLLM from here on takes larger batches. Source: vLLM, `EngineArgs.get_batch_defaults`.
_VLLM_BIG_GPU_BYTES = 70 * GIB

#: vLLM's release that profiles the sampler more sparingly.
_SPARING_VLLM = (0, 17)

#: SGLang: GPU memory up to, tokens of a prefill chunk, sequences in CUDA graphs with fewer than four GPUs, with more.
#: Source: SGLang, `ServerArgs._handle_gpu_memory_settings`.
_SGLANG_CHOICES = (
    (20 * GIB, 2048, 8, 8),
    (35 * GIB, 2048, 24, 80),
    (60 * GIB, 4096, 32, 160),
    (160 * GIB, 8192, 256, 512),
)
_SGLANG_BIGGEST = (16384, 512, 512)
#: SGLang leaves at least this free on a GPU with more than that.
_SGLANG_LEAST, _SGLANG_LARGE_GPU = 10 * GIB, 60 * GIB


class Batch(NamedTuple):
    """
    What an engine runs at once.

    Args:
        sequences: Sequences.

        tokens: Tokens, prompts and answers together.
    """

    sequences: int
    tokens: int


def vllm_batch(settings: InferenceSettings, gpu_total_bytes: int | None) -> Batch:
    """Give the batch that vLLM profiles: as set, else its own choice; for an unknown GPU that for a large one."""
    is_big = (gpu_total_bytes or _UNKNOWN_GPU_BYTES) >= _VLLM_BIG_GPU_BYTES
    tokens = settings.max_num_batched_tokens or (8192 if is_big else 2048)
    sequences = settings.max_num_seqs or (1024 if is_big else 256)
    return Batch(min(sequences, tokens), tokens)


def vllm_activation_bytes(
    shape: Shape,
    batch: Batch,
    constants: Calibration,
    *,
    compute_bytes: int,
    parallel: int = 1,
    version: tuple[int, int] | None = None,
) -> float:
    """
    Give what profiling finds beside the weights, on each GPU.

    The sampler over the whole vocabulary, or the widest feed-forward layer, whichever is more; with experts, both.

    Source:
        docs/memory-model.md#serving
    """
    is_sparing = version is None or version >= _SPARING_VLLM
    per_word = constants.sampler_bytes if is_sparing else constants.sampler_bytes_before_0_17
    streams = constants.prefill_streams * batch.tokens * shape.hidden * compute_bytes
    sampler = per_word * batch.sequences * shape.vocab + streams
    around = 4 * shape.hidden
    dense = batch.tokens * compute_bytes * (shape.habits.matrices * shape.intermediate / parallel + around)
    peak = max(sampler, dense)
    if shape.moe_layers:
        expert = shape.habits.matrices * shape.expert_intermediate / parallel + shape.hidden
        peak = sampler + batch.tokens * compute_bytes * (shape.active_experts * expert + around)
    return peak + (constants.vision_profile_bytes if shape.has_vision else 0)


def vllm_outside_torch_bytes(constants: Calibration, *, parallel: int) -> float:
    """Give what vLLM holds outside of torch, on each GPU."""
    return constants.non_torch_bytes if parallel == 1 else constants.non_torch_parallel_bytes


def vllm_graph_bytes(shape: Shape) -> int:
    """
    Give what CUDA graphs take on each GPU, outside of the budget that ``gpu_memory_utilization`` sets.

    Source:
        Start-up logs of vLLM 0.19: 0.64 to 1.5 GiB, growing with the number of layers and with experts.
    """
    return round((0.5 + 0.012 * shape.layers) * GIB) + (GIB // 2 if shape.moe_layers else 0)


def sglang_reserve_bytes(settings: InferenceSettings, gpu_total_bytes: int | None) -> float:
    """
    Give what SGLang leaves free beside weights and cache: activations of a prefill chunk, CUDA graphs, communication.

    Source:
        SGLang, `ServerArgs._handle_gpu_memory_settings`: 512 MiB + 1.5 MiB a token of the chunk + 2 MiB a sequence in
        CUDA graphs + 1 GiB for each eight GPUs, and 10 GiB at least on a GPU with more than 60.
    """
    parallel = settings.tensor_parallel_size
    chunk, few, many = _SGLANG_BIGGEST
    total = _UNKNOWN_GPU_BYTES if gpu_total_bytes is None else gpu_total_bytes
    for limit, *choice in _SGLANG_CHOICES:
        if total < limit:
            chunk, few, many = choice
            break
    chunk = settings.max_num_batched_tokens or chunk
    sequences = settings.max_num_seqs or (few if parallel < 4 else many)
    graphs = 0 if settings.enforce_eager else 2 * sequences
    reserve = (512 + 1.5 * max(chunk, 2048) + graphs + parallel / 8 * 1024) * MIB
    return max(reserve, _SGLANG_LEAST) if total > _SGLANG_LARGE_GPU else reserve
