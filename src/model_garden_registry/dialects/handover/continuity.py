"""Whether the result of a training run can be served, and how the engine gets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_garden_registry.dialects.exporting import Exported
from model_garden_registry.dialects.handover.adapters import AdapterLoading, adapter_loading
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.families.engines import engine_of

#: Fully trained modules beside an adapter, in messages. Source: PEFT, `modules_to_save` of our exports.
_SAVED = "embeddings and head are trained in full (trains_embeddings), which an adapter saves beside itself"
_MERGE = "merge the adapter"
#: The output folder of all our training files, and of the merged model.
OUTPUTS = "outputs"
MERGED = "outputs/merged"
#: The adapter's name in requests; also the option that loads it. Source: `--lora-modules`; `--lora-paths`.
ADAPTER_NAME = "tuned"
ADAPTER_KEYS: Mapping[str, str] = {"vllm": "lora_modules", "sglang": "lora_paths"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """
    The way from a trained model to a served one.

    Args:
        base: Id of the model whose weights are served, alone or below an adapter.

        is_adapter: Whether an adapter is served on that model; otherwise the result is a full model.

        path: Path of the result, relative to where training was started.

        changes: Settings that serving needs.

        notes: Differences from training, a sentence each.
    """

    base: str
    is_adapter: bool
    path: str
    changes: Mapping[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPair:
    """
    Two files; the second serves what the first trains.

    Args:
        training: The file for the training tool.

        serving: The file for the serving engine.

        notes: The steps between them, a sentence each.
    """

    training: Exported
    serving: Exported
    notes: tuple[str, ...]


class BrokenContinuityError(ValueError):
    """The trained model cannot be served this way; the text has all reasons, each with a remedy."""


def continuity(
    entry: ModelInfo, training: TrainingSettings, serving: InferenceSettings, *, is_merged: bool = False
) -> Continuity:
    """
    Return how the trained model is served.

    Args:
        entry: The trained model.

        serving: Settings of the engine, except those about the adapter.

        is_merged: Whether the adapter is merged into its base model before it is served.

    Raises:
        BrokenContinuityError: The engine cannot load the result, or ignores a part of it.
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
    """Yield problems of the base: most engines need a plug-in for bitsandbytes weights, so adapters go on others."""
    if entry.quantization.is_bitsandbytes and entry.base_model is None:
        yield "its weights are of bitsandbytes, and the entry names no base_model whose 16-bit weights could be served"


def _notes(entry: ModelInfo, training: TrainingSettings, base: str, fate: str) -> Iterator[str]:
    if base != entry.id:
        yield f"the adapter is {fate} the 16-bit weights of {base}"
    if training.method == "qlora" or training.base_quantization is not None or base != entry.id:
        yield "training used quantised weights and serving uses 16-bit ones: outputs differ slightly"


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
            f"{tool} ignores use_rslora and would scale the adapter {factor:.3g} times too little: {_MERGE}, or "
            "train without it"
        )
    if training.trains_embeddings:
        fate = "ignores" if loading.passes_over_saved else "refuses"
        yield f"{_SAVED}, and {tool} {fate} that: {_MERGE}"
    if training.trains_vision_tower and loading.passes_over_towers:
        yield f"{tool} ignores the part of an adapter for the vision tower: set trains_vision_tower=false, or {_MERGE}"
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
        yield f"{tool} takes no adapters on {', '.join(unplaced)}: {cure}"


def _rank(training: TrainingSettings, serving: InferenceSettings) -> int:
    """Return the engine's maximum rank: as asked for, else the least it can be."""
    if serving.max_lora_rank is not None:
        return serving.max_lora_rank
    rank = training.lora_config.r
    return min(
        (able for able in engine_of(serving.engine, serving.engine_version).lora_ranks if able >= rank), default=rank
    )
