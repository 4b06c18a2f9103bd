"""Process behaviour that settings do not state: the length of a request, and what a measurement counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: vLLM's largest share of the GPU, before CUDA graphs: the rest is for the driver and other processes.
LARGEST_UTILIZATION = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceRuntime:
    """
    Behaviour of a serving process beyond its settings.

    Args:
        reading: What is counted; ``resident``: weights and cache after the prompt.

        prompt_tokens: Length of the prompt; None: prompt and answer fill the context.

        new_tokens: Length of the answer.

        upcasts_rest: Whether everything that is not quantised is in float32, if linear layers are quantised.

        unties_head: Whether a tied head becomes a matrix of its own.

        quantizes_head: Whether the head is quantised like other linear layers.

        uses_autogptq: Whether GPTQ weights run with AutoGPTQ's kernels (transformers before 4.45).
    """

    reading: Literal["resident", "allocated", "reserved", "process"] = "process"
    prompt_tokens: int | None = None
    new_tokens: int = 0
    upcasts_rest: bool = False
    unties_head: bool = False
    quantizes_head: bool = False
    uses_autogptq: bool = False
