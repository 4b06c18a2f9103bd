"""In which type an engine computes, and how it holds weights: as asked, or as GPU and network allow."""

from __future__ import annotations

from typing import Literal

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.families.engines import FormatSupport, engine_of
from model_garden_registry.families.versions import capability_of
from model_garden_registry.memory.gpu_memory import HAS_BFLOAT16
from model_garden_registry.memory.network.weight_formats import FormatName, served_format, table_words

Dtype = Literal["float16", "bfloat16", "float32"]
#: Compute capability of a GPU, major and minor; None: not known, and taken for one that can do everything.
Capability = tuple[int, int] | None


def served_dtype(entry: ModelInfo, settings: InferenceSettings, capability: Capability) -> Dtype:
    """
    Return the type that an engine computes in.

    ``auto`` is the type of the checkpoint. Without bfloat16 that is float16, or float32 where the engine refuses the
    network in float16; SGLang takes float16 there whatever is asked.

    Source:
        vLLM, `_resolve_auto_dtype`, `CudaPlatformBase.supported_dtypes`; SGLang, `load_model_utils.py`
    """
    engine = engine_of(settings.engine, settings.engine_version)
    lowered = capability_of(engine.float16_below)
    if lowered and capability and capability < lowered:
        return "float16"
    if settings.dtype != "auto":
        return settings.dtype
    published, model_type = stated_types(entry)
    if published == "float16" and model_type not in engine.float16_refused:
        return "float16"
    if capability is None or capability >= HAS_BFLOAT16 or not engine.falls_back:
        return "bfloat16"
    return "float32" if model_type in engine.float16_refused else "float16"


def format_support(entry: ModelInfo, settings: InferenceSettings) -> FormatSupport | None:
    """Return how the engine takes the number format of the weights; None where nothing is known of it."""
    words = table_words(entry.quantization, settings.quantization)
    return engine_of(settings.engine, settings.engine_version).formats.get(words) if words else None


def loaded_format(entry: ModelInfo, settings: InferenceSettings, capability: Capability) -> FormatName:
    """Return the format in which an engine holds the weights; what has no kernels on a GPU may be unpacked."""
    support = format_support(entry, settings)
    if support and support.unpacks and capability and capability < support.least_capability:
        return "half"
    return served_format(entry.quantization, settings.quantization)


def stated_types(entry: ModelInfo) -> tuple[str | None, str | None]:
    """Return the type of the published weights, and the ``model_type``, as far as an entry states them."""
    architecture = entry.architecture
    return (architecture.dtype, architecture.model_type) if architecture else (None, None)
