"""Whether what a training run leaves behind can be served, and how the engine is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_garden_registry.dialects.exporting import Exported
from model_garden_registry.dialects.handover.adapters import AdapterLoading, adapter_loading
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.families.engines import engine_of

#: What stands for a model that is trained in full beside an adapter. Source: PEFT, `modules_to_save` of our exports.
_SAVED = "embeddings and head are trained in full (trains_embeddings), which an adapter saves beside itself"
_MERGE = "merge the adapter"
#: Where every training file of ours leaves its result, and where that is merged.
OUTPUTS = "outputs"
MERGED = "outputs/merged"
#: What requests call an adapter, and the option that loads it. Source: `--lora-modules`; `--lora-paths`.
ADAPTER_NAME = "tuned"
ADAPTER_KEYS: Mapping[str, str] = {"vllm": "lora_modules", "sglang": "lora_paths"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """
    From what is trained to what is served.

    Args:
        base: Id of the model whose weights are served, or are below what is served.

        is_adapter: Whether an adapter is served on that model; otherwise the result is a model itself.

        path: Where the result is, seen from where training was started.

        changes: Settings that serving needs.

        notes: What is otherwise than in training, a sentence each.
    """

    base: str
    is_adapter: bool
    path: str
    changes: Mapping[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPair:
    """
    Two files, of which the second serves what the first trains.

    Args:
        training: For the training tool.

        serving: For the serving engine.

        notes: What lies between them, a sentence each.
    """

    training: Exported
    serving: Exported
    notes: tuple[str, ...]


class BrokenContinuityError(ValueError):
    """What is trained cannot be served so; the text says all reasons, each with what to do."""


def continuity(
    entry: ModelInfo, training: TrainingSettings, serving: InferenceSettings, *, is_merged: bool = False
) -> Continuity:
    """
    Say how what is trained is served.

    Args:
        entry: The model that is trained.

        serving: Settings of the engine, as far as they are not about the adapter.

        is_merged: Whether the adapter is merged into its base model before it is served.

    Raises:
        BrokenContinuityError: The engine cannot load what is trained, or passes over a part of it.
    """
    is_adapter = training.method != "full" and not is_merged
    problems = [*_base_problems(entry)]
    changes: dict[str, Any] = {}
    if is_adapter:
        problems += _adapter_problems(entry, training, serving)
        if not problems:
            changes = {"served_loras": max(1, serving.served_loras), "max_lora_rank": _rank(training, serving)}
    if problems:
        raise BrokenContinuityError("; ".join(problems))
    base = entry.base_model if entry.quantization.is_bitsandbytes else entry.id
    assert base is not None
    notes = tuple(_notes(entry, training, base, "served on" if is_adapter else "merged into"))
    path = MERGED if is_merged and training.method != "full" else OUTPUTS
    return Continuity(base=base, is_adapter=is_adapter, path=path, changes=changes, notes=notes)


def _base_problems(entry: ModelInfo) -> Iterator[str]:
    """Engines serve bitsandbytes weights with a plugin or not at all: what is trained on them is served on others."""
    if entry.quantization.is_bitsandbytes and entry.base_model is None:
        yield "its weights are of bitsandbytes, and the entry names no base_model whose 16-bit weights could be served"


def _notes(entry: ModelInfo, training: TrainingSettings, base: str, fate: str) -> Iterator[str]:
    if base != entry.id:
        yield f"the adapter is {fate} the 16-bit weights of {base}"
    if training.method == "qlora" or training.base_quantization is not None or base != entry.id:
        yield "training saw quantised weights and serving sees 16-bit ones: outputs differ a little"


def _adapter_problems(entry: ModelInfo, training: TrainingSettings, serving: InferenceSettings) -> Iterator[str]:
    loading = adapter_loading(serving.engine)
    tool = serving.tool
    if loading is None:
        yield f"{tool} serves no adapters: {_MERGE}, or serve with vllm or sglang"
        return
    architecture = entry.architecture.architecture_class if entry.architecture else None
    if architecture in loading.without_adapters:
        yield f"{tool} serves {architecture} without adapters: {_MERGE}"
    yield from _rank_problems(training, serving)
    if training.lora_config.use_rslora and not loading.scales_by_root:
        factor = training.lora_config.r**0.5
        yield (
            f"{tool} passes over use_rslora and would scale the adapter {factor:.3g} times too little: {_MERGE}, or "
            "train without it"
        )
    if training.trains_embeddings:
        fate = "passes over" if loading.passes_over_saved else "refuses"
        yield f"{_SAVED}, and {tool} {fate} that: {_MERGE}"
    if training.trains_vision_tower and loading.passes_over_towers:
        yield f"{tool} passes over what an adapter says of the vision tower: set trains_vision_tower=false, or {_MERGE}"
    yield from _unplaced(training, loading, architecture, tool)


def _rank_problems(training: TrainingSettings, serving: InferenceSettings) -> Iterator[str]:
    rank, ranks = training.lora_config.r, engine_of(serving.engine, serving.engine_version).lora_ranks
    if ranks and rank > max(ranks):
        yield f"the adapter has rank {rank}, and {serving.tool} serves {max(ranks)} at most: {_MERGE}"
    elif serving.max_lora_rank is not None and serving.max_lora_rank < rank:
        yield f"the adapter has rank {rank}, and max_lora_rank={serving.max_lora_rank}"


def _unplaced(
    training: TrainingSettings, loading: AdapterLoading, architecture: str | None, tool: str
) -> Iterator[str]:
    wanted = training.lora_config.target_modules
    if unplaced := loading.unplaced(() if isinstance(wanted, str) else wanted, architecture):
        cure = f"{_MERGE}, or leave them out of target_modules"
        yield f"{tool} has no place for adapters of {', '.join(unplaced)}: {cure}"


def _rank(training: TrainingSettings, serving: InferenceSettings) -> int:
    """Return the largest rank that the engine makes place for: what was asked for, else the least that it can."""
    if serving.max_lora_rank is not None:
        return serving.max_lora_rank
    rank = training.lora_config.r
    return min(
        (able for able in engine_of(serving.engine, serving.engine_version).lora_ranks if able >= rank), default=rank
    )
