"""The estimate for either task: exact if the shape is known, coarse if only the size is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, Protocol

from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import LARGEST_WHOLE, ById
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimates import COARSE_MARGIN, MemoryEstimate
from model_garden_registry.units import parse_parameter_count

#: A typical dense network has 13 · layers · width² weights in its layers and one layer for each 128 of its width.
#: Holds within 15 % for Llama 2 and 3, Qwen2.5 and Mistral from 7 to 72 billion parameters.
_LAYER_WEIGHTS = 13
_WIDTH_PER_LAYER = 128
_HEAD_DIM = 128
_HEADS_PER_KEY_HEAD = 4
_TYPICAL_VOCABULARY = 128_000
#: Width of the feed-forward layer over that of the network: 14336 / 4096 in Llama 3.
_FEED_FORWARD = 7 / 2


def estimate(entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int | None = None) -> MemoryEstimate:
    """
    Estimate the memory per GPU for the task of the settings.

    If the entry does not state its shape, the estimate comes from its size and is marked ``is_coarse``.

    Args:
        gpu_total_bytes: Memory of a GPU, from which serving engines choose their batch size; None: a large GPU.
    """
    try:
        return _exact(entry, settings, gpu_total_bytes)
    except MissingShapeError as missing:
        return coarse_estimate(entry, settings, missing, gpu_total_bytes=gpu_total_bytes)


def coarse_estimate(
    entry: ModelInfo, settings: Settings, missing: MissingShapeError, *, gpu_total_bytes: int | None = None
) -> MemoryEstimate:
    """
    Estimate for a typical network of the entry's size, with a wide error band.

    Args:
        missing: What the entry does not state.

        gpu_total_bytes: As in ``estimate``.
    """
    exact = _exact(_typical(ById(entry)), settings, gpu_total_bytes)
    reason = f"architecture.{missing.field} is not stated: a typical network of {entry.parameters} parameters"
    return replace(
        exact,
        assumptions=(reason, *exact.assumptions),
        margin=max(exact.margin, COARSE_MARGIN),
        error_band=COARSE_MARGIN,
        is_coarse=True,
    )


@lru_cache(maxsize=256)
def _typical(asked: ById[ModelInfo]) -> ModelInfo:
    """Return the entry with a typical network: always the same object, so that it is counted once."""
    entry = asked.value
    return entry.model_copy(update={"architecture": typical_architecture(entry)})


def typical_architecture(entry: ModelInfo) -> Architecture:
    """Return a dense network of the entry's size, or of the nearest size an entry can state."""
    stated = entry.architecture.parameters if entry.architecture else None
    parameters = max(1, min(stated or parse_parameter_count(entry.parameters), LARGEST_WHOLE))
    width = (parameters * _WIDTH_PER_LAYER / _LAYER_WEIGHTS) ** (1 / 3)
    heads = max(1, round(width / _HEAD_DIM))
    hidden = heads * _HEAD_DIM
    return Architecture(
        parameters=parameters,
        num_hidden_layers=max(1, round(width / _WIDTH_PER_LAYER)),
        hidden_size=hidden,
        intermediate_size=int(hidden * _FEED_FORWARD),
        num_attention_heads=heads,
        num_key_value_heads=max(1, heads // _HEADS_PER_KEY_HEAD),
        head_dim=_HEAD_DIM,
        vocab_size=_TYPICAL_VOCABULARY,
        tie_word_embeddings=False,
        dtype=entry.architecture.dtype if entry.architecture else None,
        vision=entry.architecture.vision if entry.architecture else None,
    )


class _Estimator(Protocol):
    """The estimate for one task."""

    def __call__(self, entry: ModelInfo, settings: Any, *, gpu_total_bytes: int | None = None) -> MemoryEstimate: ...


def _exact(entry: ModelInfo, settings: Settings, gpu_total_bytes: int | None) -> MemoryEstimate:
    return _estimator(type(settings))(entry, settings, gpu_total_bytes=gpu_total_bytes)


@cache
def _estimator(kind: type[Settings]) -> _Estimator:
    """Import late: a question about one task does not load the formulas of the other."""
    if issubclass(kind, InferenceSettings):
        from model_garden_registry.memory.serving.serving_estimate import estimate_inference

        return estimate_inference
    from model_garden_registry.memory.training.training_estimate import estimate_training

    return estimate_training
