"""A model written for a training tool and a serving engine, so that the engine loads what the tool saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import Exported, ExportRequest
from model_garden_registry.dialects.handover.continuity import (
    ADAPTER_KEYS,
    ADAPTER_NAME,
    MERGED,
    OUTPUTS,
    BrokenContinuityError,
    Continuity,
    ExportedPair,
    continuity,
)
from model_garden_registry.dialects.targets import target_of_dialect, written_dialects
from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.registry.exporting import prepare

if TYPE_CHECKING:
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.registry.questions import HardwareSource

_TARGET = "train+serve"
_TASKS: tuple[Task, Task] = ("training", "inference")


def exported_pair(
    entries: EntryCache,
    model_id: str,
    names: tuple[str, str],
    layers: tuple[tuple[Layer, ...], tuple[Layer, ...]],
    *,
    is_merged: bool,
    hardware: HardwareSource,
) -> ExportedPair:
    """
    Write the two files.

    Args:
        names: Names of the training tool and of the serving engine.

        layers: Settings of each.

        is_merged: Whether an adapter is merged before it is served.

        hardware: The GPUs; each file has the split of its own task for them.

    Raises:
        UnsupportedExportError: A target is missing or of the other task, lacks a setting, or the engine
            cannot load what is trained.
    """
    trained, served = (_dialect(name, task, model_id) for name, task in zip(names, _TASKS, strict=True))
    first_target, target = target_of_dialect(trained), target_of_dialect(served)
    training = prepare(entries, model_id, first_target, task="training", layers=layers[0], hardware=hardware)
    serving = prepare(entries, model_id, target, task="inference", layers=layers[1], hardware=hardware)
    entry, request = training.request.entry, training.request
    try:
        found = continuity(entry, request.training, serving.request.inference, is_merged=is_merged)
    except BrokenContinuityError as error:
        raise UnsupportedExportError(_TARGET, entry.id, str(error)) from None
    changes = Layer(found.changes, Origin(OriginKind.BUILT_IN, _TARGET))
    serving = prepare(entries, found.base, target, task="inference", layers=(*layers[1], changes), hardware=hardware)
    first, second = trained.export(request), _served(served, serving.request, found)
    return ExportedPair(
        training=replace(first, notes=(*training.notes, *first.notes)),
        serving=replace(second, notes=(*serving.notes, *second.notes)),
        notes=(*found.notes, *_notes(found), *_below(request)),
    )


def _dialect(name: str, task: Task, model_id: str) -> Dialect:
    """Return a tool's dialect; only its own files can state where the result is."""
    able = {dialect.name: dialect for dialect in written_dialects() if dialect.task == task}
    if name not in able:
        raise UnsupportedExportError(_TARGET, model_id, f"{task} takes one of {', '.join(able)}, not {name}")
    return able[name]


def _served(dialect: Dialect, request: ExportRequest, found: Continuity) -> Exported:
    """Return the serving file, which loads the result from where training saves it."""
    if not found.is_adapter:
        return dialect.export(replace(request, model_id=found.path))
    key = ADAPTER_KEYS[dialect.name]

    def always(asked: ExportRequest) -> Mapping[str, Any]:
        own = dialect.always(asked) if dialect.always else {}
        return {**own, key: [f"{ADAPTER_NAME}={found.path}"]}

    return replace(dialect, always=always).export(request)


def _notes(found: Continuity) -> tuple[str, ...]:
    if found.is_adapter:
        return (f"training saves the adapter in {OUTPUTS}; requests name it as {ADAPTER_NAME}",)
    if found.path == MERGED:
        merge = f"merge the adapter in {OUTPUTS} into {found.base} and save that in {MERGED} (PEFT: merge_and_unload)"
        return (merge,)
    return (f"training saves the model in {OUTPUTS}",)


def _below(request: ExportRequest) -> tuple[str, ...]:
    """
    Return where a stack saves its result if it makes folders of its own below.

    Source:
        ms-swift 4.6, `SftArguments.add_version`; `last_model_checkpoint`
    """
    if request.training.stack != "ms-swift":
        return ()
    return (f"ms-swift saves it in {OUTPUTS}/VERSION-TIME/checkpoint-STEPS: write that instead of {OUTPUTS}",)
