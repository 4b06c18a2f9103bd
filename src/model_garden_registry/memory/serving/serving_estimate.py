"""The estimate for serving: vLLM, SGLang, or one request at a time with transformers."""

from __future__ import annotations

from typing import assert_never

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.memory.constants import CALIBRATED, Calibration
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.serving.deployment import DEFAULT_RUNTIME, deploy
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.serving.sglang.sglang_estimate import sglang_estimate
from model_garden_registry.memory.serving.transformers import transformers_estimate
from model_garden_registry.memory.serving.vllm import vllm_estimate


def estimate_inference(
    entry: ModelInfo,
    settings: InferenceSettings,
    *,
    gpu_total_bytes: int | None = None,
    runtime: InferenceRuntime = DEFAULT_RUNTIME,
    constants: Calibration = CALIBRATED,
) -> MemoryEstimate:
    """
    Estimate the memory per GPU for serving a model.

    With vLLM, everything that must fit into ``gpu_memory_utilization`` x total counts: weights, profiled activations,
    memory outside of torch, and the cache of ``concurrent`` sequences at full length; CUDA graphs come on top.

    Args:
        gpu_total_bytes: Memory of a GPU, from which engines choose their batch size; None: a large GPU.

        runtime: Process behaviour that settings do not state.

        constants: The calibrated constants.

    Raises:
        MissingShapeError: The entry does not state its shape.

    Source:
        docs/memory-model.md#serving
    """
    deployment = deploy(entry, settings, gpu_total_bytes=gpu_total_bytes, runtime=runtime, constants=constants)
    match settings.engine:
        case "vllm":
            return vllm_estimate(deployment)
        case "sglang":
            return sglang_estimate(deployment)
        case "transformers":
            return transformers_estimate(deployment)
        case _:
            assert_never(settings.engine)
