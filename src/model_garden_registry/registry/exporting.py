"""A model written for another tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.planning import plan_in_steps
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import Exported, ExportRequest, Form, GpuChoice
from model_garden_registry.dialects.targets import Target, targets
from model_garden_registry.entries.settings.merging import Layer, merge, read_layers
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError, closing
from model_garden_registry.hardware.known_gpus import known_rows
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.near_names import close_names
from model_garden_registry.payloads.formats.remarks import changes_text, remedy_label
from model_garden_registry.registry.questions import at_once, candidate_of, case_of
from model_garden_registry.reports import Report
from model_garden_registry.units import GB, gigabytes_text, short_number

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.entries.settings.task_settings import Settings
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.registry.questions import HardwareSource, Overrides


class Prepared(NamedTuple):
    """
    What is to be written.

    Args:
        request: The model with its settings.

        notes: The verdict, if hardware was named; else whether the run needs more than the entry recommends.
    """

    request: ExportRequest
    notes: tuple[str, ...]


def target_of(name: str, model_id: str) -> Target:
    """
    Return a target by its name.

    Raises:
        UnsupportedExportError: There is none; carries near names.
    """
    known = targets()
    if name not in known:
        close = closing(close_names(name, known)) or f"; there are {', '.join(known)}"
        raise UnsupportedExportError(name, model_id, f"there is no such target{close}")
    return known[name]


def exported(
    entries: EntryCache,
    model_id: str,
    target_name: str,
    *,
    task: Task | None,
    form: Form | None,
    layers: tuple[Layer, ...],
    hardware: HardwareSource,
    replicas: int = 1,
) -> Exported:
    """
    Write a model for a tool.

    Args:
        task: The task, if the target has files for both; None: the first that the model supports.

        hardware: The GPUs of one machine; the split is then chosen for them. None: the entry's split.

        replicas: Copies of a server, for a target that starts several.

    Raises:
        UnsupportedExportError: There is no such target, the model does not support the task, or the tool lacks a key
            for it.
    """
    target = target_of(target_name, model_id)
    prepared = prepare(entries, model_id, target, task=task, layers=layers, hardware=hardware, replicas=replicas)
    made = target.export(prepared.request, form)
    return replace(made, notes=(*prepared.notes, *made.notes))


def prepare(
    entries: EntryCache,
    model_id: str,
    target: Target,
    *,
    task: Task | None,
    layers: tuple[Layer, ...],
    hardware: HardwareSource,
    replicas: int = 1,
) -> Prepared:
    """
    Return the request to a target; the arguments are those of ``exported``.

    Raises:
        UnsupportedExportError: The model does not support the task.
    """
    key = entries.key(model_id)
    entry = entries.checked(key).entry
    tasks = [one for one in target.tasks if task in (None, one)]
    supported = [one for one in tasks if entry.supports(one)]
    if not supported:
        named = " or ".join(tasks) or str(task)
        why = f"the model does not support {named}" if tasks else f"it has no files for {task}"
        raise UnsupportedExportError(target.name, key, why)
    chosen = supported[0]
    _check_constants(target, chosen, layers)
    whole = (*fixed_layers(target.name, target.preferred), *layers, *fixed_layers(target.name, target.constants))
    settings = merge(entry, chosen, *whole)
    if hardware is not None:
        report = report_on(entries, key, chosen, overrides=whole, hardware=hardware)
        settings, judged = report.settings or settings, _names_of(report.hardware)
        notes = tuple(_verdict_notes(report))
    else:
        notes, judged = tuple(_memory_notes(entry, settings, chosen)), ()

    def choices() -> Sequence[GpuChoice]:
        found = at_once(plan_in_steps(candidate_of(entries, key, chosen), settings, known_rows(None)))
        return [GpuChoice(choice.gpu, choice.count, choice.gpu_total_bytes) for choice in found.choices]

    request = ExportRequest(
        target=target.name,
        model_id=key,
        entry=entry,
        settings=settings,
        choices=choices,
        gpus=judged,
        replicas=_replicas(target, key, replicas),
    )
    return Prepared(request, notes)


def _replicas(target: Target, model_id: str, replicas: int) -> int:
    """
    Return the copies of a server that a target's file starts.

    Raises:
        UnsupportedExportError: A file of this target starts one, or there would be none.
    """
    if replicas < 1:
        raise UnsupportedExportError(target.name, model_id, f"replicas are at least 1, not {replicas}")
    if replicas > 1 and not target.has_replicas:
        others = ", ".join(name for name, one in targets().items() if one.has_replicas)
        why = "it starts one server" + (f", which {others} do several times" if others else "")
        raise UnsupportedExportError(target.name, model_id, why)
    return replicas


def _names_of(hardware: Hardware | None) -> tuple[str, ...]:
    """Return the names of a machine's GPUs, or of all that they may be."""
    each = (hardware.gpus, *hardware.alternatives) if hardware else ()
    return tuple(dict.fromkeys(gpu.name for gpus in each for gpu in gpus if isinstance(gpu.name, str)))


def _verdict_notes(report: Report) -> Iterator[str]:
    """Yield the failure on the hardware, and the first remedy."""
    if report.error_message:
        cures = [f"; {remedy_label(report)} with {changes_text(remedy)}" for remedy in report.remedies[:1]]
        yield "".join((f"verdict: {report.verdict}: {report.error_message}", *cures))


def _memory_notes(entry: ModelInfo, settings: Settings, task: Task) -> Iterator[str]:
    """Yield a note if a run needs more than the entry recommends, which counts with the defaults of its own stack."""
    recommended = entry.requirements_for(task).recommended_vram_gb
    if not recommended:
        return
    needed = estimate(entry, settings, gpu_total_bytes=round(recommended * GB)).expected_bytes
    if needed > recommended * GB:
        above = f"above the recommended {short_number(recommended)} GB"
        yield f"expected to need {gigabytes_text(needed)} per GPU, {above}: name a GPU (--gpu) to see what to change"


def _check_constants(target: Target, task: Task, layers: tuple[Layer, ...]) -> None:
    """Refuse a stack or engine other than the target's own."""
    for path, (value, origin) in read_layers(task, layers).items():
        own = target.constants.get(path, value)
        if value != own:
            raise InvalidOverrideError(path, value, f"{target.title} has {own} alone", origin=str(origin))


def fixed_layers(name: str, values: Mapping[str, Any]) -> tuple[Layer, ...]:
    """Return settings that are the same for every model with a tool: its constants, or what an export prefers."""
    return (Layer(values, Origin(OriginKind.BUILT_IN, name)),) if values else ()


def report_on(
    entries: EntryCache, key: str, task: Task, *, overrides: Overrides, hardware: HardwareSource, **asked: bool
) -> Report:
    """Return the verdict on a model."""
    candidate = candidate_of(entries, key, task, with_siblings=True)
    return Assessment(case_of(candidate, overrides, hardware, **asked)).report
