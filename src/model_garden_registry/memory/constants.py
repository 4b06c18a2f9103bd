"""
The calibrated constants, all in one place.

Everything else in this folder is counted: bytes of a type, tensors that a kernel saves, numbers of a configuration.
What cannot be counted is here, fitted to published measurements by ``python -m benchmarks.evaluate_memory --refit``.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_garden_registry.units import GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """
    The constants that are fitted to measurements. Source of every value: docs/memory-model.md#accuracy.

    Args:
        sampler_bytes: vLLM from 0.17 on, profiling: bytes per sequence and vocabulary entry.

        sampler_bytes_before_0_17: The same, in earlier releases.

        prefill_streams: vLLM, profiling: residual streams of a batch that are live with the sampler's tensors.

        non_torch_bytes: vLLM: memory outside of torch on a single GPU.

        non_torch_parallel_bytes: The same on one of several GPUs, NCCL included.

        non_torch_unswitched_bytes: The same without NVLS (no reduction in the NVSwitch).

        vision_profile_bytes: vLLM: what profiling the image encoder adds.

        request_streams: transformers, prefill: residual streams live with the feed-forward layer.

        request_bytes: transformers, one request: workspace of the libraries.

        resident_bytes: The same on recent GPUs, counted between requests.

        autogptq_bytes: Workspace of AutoGPTQ's kernels, before GPTQModel replaced it.

        chunked_logits_bytes: Training, chunked loss.

        handwritten_bytes: Training with model code outside transformers: saved activations of a layer beyond what is
            counted, in bytes per token and unit of its two widths.

        slack: What the allocator reserves beyond allocated bytes, as a share.

        quantizing_gaps_bytes: The most that quantising weights at load time leaves as gaps.

        gathering_gaps: Gaps left by weights that are gathered and freed layer by layer, as a multiple of what is
            gathered at once.

        eager_context_bytes: CUDA context with every kernel loaded at the start, as before CUDA 12.2.
    """

    sampler_bytes: float = 14.0
    sampler_bytes_before_0_17: float = 36.0
    prefill_streams: float = 3.5
    non_torch_bytes: float = 0.26 * GIB
    non_torch_parallel_bytes: float = 2.1 * GIB
    non_torch_unswitched_bytes: float = 0.6 * GIB
    vision_profile_bytes: float = 0.55 * GIB
    request_streams: float = 4.4
    request_bytes: float = 0.02 * GIB
    resident_bytes: float = 0.25 * GIB
    autogptq_bytes: float = 0.55 * GIB
    chunked_logits_bytes: float = 2.3
    handwritten_bytes: float = 3.0
    slack: float = 0.065
    quantizing_gaps_bytes: float = 0.7 * GIB
    gathering_gaps: float = 1.0
    eager_context_bytes: float = 0.9 * GIB


#: CUDA context and library handles of a process that loads kernels as needed: 0.14 GiB on a T4, 0.5 GiB on an H100.
#: Measured: the differences between a process's memory and its allocator's, docs/memory-model.md#context.
CONTEXT_BYTES = GIB // 2

#: The constants in use.
CALIBRATED = Calibration()
