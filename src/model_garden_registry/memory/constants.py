"""
The calibrated constants, all in one place.

Everything else in this wing is counted: bytes of a type, tensors that a kernel keeps, numbers of a configuration.
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
        sampler_bytes: vLLM from 0.17 on, profiling: bytes per sequence and word of the vocabulary.

        sampler_bytes_before_0_17: Likewise in earlier releases.

        prefill_streams: vLLM, profiling: residual streams of a batch that are alive beside the sampler's tensors.

        non_torch_bytes: vLLM: memory outside of torch on a single GPU.

        non_torch_parallel_bytes: Likewise with tensor parallelism, NCCL included.

        vision_profile_bytes: vLLM: what profiling the image encoder adds.

        request_streams: transformers, prefill: residual streams alive beside the feed-forward layer.

        request_bytes: transformers, one request: work space of the libraries.

        layer_streams: Training: bytes per token and hidden unit that a layer keeps for its two norms.

        head_streams: Training: bytes per token and hidden unit around the head.

        logits_bytes: Training, full loss: bytes per logit at the peak.

        autocast_logits_bytes: Likewise under autocast.

        chunked_logits_bytes: Training, chunked loss.

        fused_logits_bytes: Training, fused loss.

        eager_bytes: Training, eager attention: bytes per score at the peak.

        eager_upcast_bytes: Likewise with a residual stream in float32.

        slack: What the allocator reserves beyond what is allocated, as a share.

        slack_fragmented: Likewise with quantised weights or eager attention.

        context_bytes: CUDA context and library handles.

        partition_bytes: DeepSpeed ZeRO-2: its flat buffers.
    """

    sampler_bytes: float = 14.0
    sampler_bytes_before_0_17: float = 38.5
    prefill_streams: float = 3.0
    non_torch_bytes: float = 0.25 * GIB
    non_torch_parallel_bytes: float = 2.1 * GIB
    vision_profile_bytes: float = 0.2 * GIB
    request_streams: float = 3.2
    request_bytes: float = 0.04 * GIB
    layer_streams: float = 9.0
    head_streams: float = 5.0
    logits_bytes: float = 12.0
    autocast_logits_bytes: float = 14.0
    chunked_logits_bytes: float = 2.0
    fused_logits_bytes: float = 0.3
    eager_bytes: float = 15.0
    eager_upcast_bytes: float = 18.0
    slack: float = 0.04
    slack_fragmented: float = 0.13
    context_bytes: float = 0.5 * GIB
    partition_bytes: float = 1.5 * GIB


#: The constants in use.
CALIBRATED = Calibration()
