"""A question about a model, looked up: entry, merged settings and machine, each once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypedDict, TypeVar

from model_garden_registry.catalogue.tags import FINE_TUNE
from model_garden_registry.entries.tasks import Task, check_task
from model_garden_registry.errors import InvalidEntryError, UnknownModelError

if TYPE_CHECKING:
    from model_garden_registry.checks.assessment import Assessment
    from model_garden_registry.checks.hardware.demand import Demand
    from model_garden_registry.checks.hardware.machine import Machine
    from model_garden_registry.checks.validation import Candidate, Case, Siblings
    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Settings
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.reports import Outcome, Report

_Result = TypeVar("_Result")

#: The GPUs to judge: this machine's, given ones, those that a function returns, or none.
HardwareSource: TypeAlias = "Hardware | Machine | Callable[[], Hardware | Machine | None] | Literal['local'] | None"
#: A verdict as the model-garden application documents it: whether it is valid, and the first error.
DocumentedVerdict: TypeAlias = tuple[bool, str | None]
#: Settings other than the entry's: by name, or as layers from several places, weakest first.
Overrides: TypeAlias = "Mapping[str, Any] | tuple[Layer, ...]"


class Asked(TypedDict, total=False):
    """Keyword arguments of ``ModelRegistry.assess``, for the verbs that pass them on."""

    overrides: Overrides
    hardware: HardwareSource
    gpu_required: bool
    must_be_free: bool
    allow_deprecated: bool


class _Parts(NamedTuple):
    """What a question is made of."""

    candidate: type[Candidate]
    siblings: type[Siblings]
    demand: type[Demand]
    demand_of: Callable[[ModelInfo, Task, Settings | None], Demand]
    machine: type[Machine]


@cache
def _parts() -> _Parts:
    """Import late, since a list needs none of them, but only once: each import statement takes longer than a rule."""
    from model_garden_registry.checks.hardware.demand import Demand, demand_of
    from model_garden_registry.checks.hardware.machine import Machine
    from model_garden_registry.checks.validation import Candidate, Siblings

    return _Parts(Candidate, Siblings, Demand, demand_of, Machine)


def layers_of(overrides: Overrides, given_as: str = "keyword") -> tuple[Layer, ...]:
    """
    Return overrides as layers.

    Raises:
        TypeError: They are neither a mapping nor layers.
    """
    if overrides == ():
        return ()
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind

    if isinstance(overrides, Mapping):
        return (Layer(overrides, Origin(OriginKind.OVERRIDE, given_as)),)
    given: object = overrides
    for layer in given if isinstance(given, tuple) else (given,):
        if not isinstance(layer, Layer):
            raise TypeError(f"overrides are settings by name, such as {{'batch_size': 1}}, not {layer!r:.80}")
    return overrides


def at_once(steps: Generator[None, None, _Result]) -> _Result:
    """Return the result of work in steps, without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: _Result = done.value
            return result


def machine_source(hardware: HardwareSource) -> Callable[[], Machine | None]:
    """Return a function that returns the machine of a question: read on first use, and only once."""

    @cache
    def machine() -> Machine | None:
        from model_garden_registry.checks.hardware.machine import Machine, machine_of
        from model_garden_registry.hardware.gpus import Hardware

        found: object = hardware() if callable(hardware) else _read_here() if hardware == "local" else hardware
        if found is None or isinstance(found, Machine):
            return found
        if not isinstance(found, Hardware):
            hint = f"known_gpu({found!r})" if isinstance(found, str) else "what known_gpu or read_hardware returns"
            raise TypeError(f"hardware is a machine, not {found!r:.80}: {hint}")
        return machine_of(found)

    return machine


def _read_here() -> Hardware:
    from model_garden_registry.hardware.driver.probe import read_hardware

    return read_hardware()


def candidate_of(entries: EntryCache, model_id: str, task: Task, *, with_siblings: bool = False) -> Candidate:
    """
    Look up the model of a question.

    Args:
        with_siblings: Whether other forms of the model may be offered instead of it.

    Raises:
        InvalidOverrideError: There is no such task.

        UnknownModelError: No entry has this id.

        InvalidEntryError: The entry is not valid.
    """
    parts = _parts()
    check_task(task)
    key = entries.key(model_id)
    entry, flaws = entries.checked(key)
    concerning = tuple(flaw for flaw in flaws if flaw.concerns(task))
    siblings = parts.siblings(partial(_siblings, entries, key, task)) if with_siblings else parts.siblings()
    return parts.candidate(subject=key, entry=entry, task=task, flaws=concerning, siblings=siblings)


def _siblings(entries: EntryCache, key: str, task: Task) -> tuple[Candidate, ...]:
    """Return the other forms of a model that support the task and are not deprecated."""
    if FINE_TUNE in entries.checked(key).entry.tags:
        return ()
    others = (other for other, entry in entries.variants(key).items() if entry.supports(task) and _is_offered(entry))
    return tuple(candidate_of(entries, other, task) for other in others if other != key)


def _is_offered(entry: ModelInfo) -> bool:
    return entry.status != "deprecated" and FINE_TUNE not in entry.tags


def case_of(candidate: Candidate, overrides: Overrides, hardware: HardwareSource, **asked: bool) -> Case:
    """
    Merge the settings of a question, and read the machine; this one, or a function's, only if a GPU is needed.

    Args:
        asked: ``gpu_required``, ``must_be_free`` and ``allow_deprecated`` of the case.

    Raises:
        InvalidOverrideError: A setting does not exist, or a value is not valid.
    """
    entry, task = candidate.entry, candidate.task
    demand = demand_for(candidate, layers_of(overrides))
    is_read = entry.needs_gpu(task) or not (callable(hardware) or hardware == "local")
    # For many models, the machine is made before.
    machine = hardware if isinstance(hardware, _parts().machine) else machine_source(hardware)() if is_read else None
    return candidate.case(demand, machine, **asked)


def demand_for(candidate: Candidate, layers: tuple[Layer, ...]) -> Demand:
    """
    Merge the settings of a question, and return what they need of hardware.

    Raises:
        InvalidOverrideError: A setting does not exist, or a value is not valid.
    """
    from model_garden_registry.entries.settings.merging import merge

    parts, entry, task = _parts(), candidate.entry, candidate.task
    has_defaults = task != "training" or entry.training_defaults is not None
    settings: Settings | None = merge(entry, task, *layers) if has_defaults else None
    # Without layers nothing was set, so that origins need no check.
    return parts.demand_of(entry, task, settings) if layers else parts.demand(entry=entry, task=task, settings=settings)


def assessed(
    entries: EntryCache, model_id: str, task: Task, *, overrides: Overrides, hardware: HardwareSource, **asked: bool
) -> Assessment:
    """Return what ``ModelRegistry.assess`` does; ``asked`` are ``gpu_required`` and the others of the case."""
    from model_garden_registry.checks.assessment import Assessment

    candidate = candidate_of(entries, model_id, task, with_siblings=True)
    case = case_of(candidate, overrides, hardware, **asked)
    return Assessment(case if case.subject == model_id else replace(case, written=model_id))


def each_outcome(model_ids: Iterable[str], task: Task, judge: Callable[[str], Report]) -> list[Outcome]:
    """
    Judge models; an invalid entry gives the verdict unknown, an unknown id its error.

    Raises:
        TypeError: The ids are one text.
    """
    if isinstance(model_ids, str):
        raise TypeError(f"ids are a list, not one text: [{model_ids!r}]")

    from model_garden_registry.checks.validation import could_not_check
    from model_garden_registry.files.documents import paused_garbage_collection

    def outcome(model_id: str) -> Outcome:
        try:
            return judge(model_id)
        except InvalidEntryError as error:
            return could_not_check(model_id, task, error)
        except UnknownModelError as error:
            return error

    ids = list(model_ids)
    # A single question makes little garbage, and a pause for each of a server's questions would make it old.
    with paused_garbage_collection() if len(ids) > 1 else nullcontext():
        return [outcome(model_id) for model_id in ids]


def documented_verdict(model_id: str, judge: Callable[[], Report]) -> DocumentedVerdict:
    """Return a verdict as the application documents it, with its own message for an unknown id."""
    try:
        report = judge()
    except UnknownModelError:
        return False, f"Model '{model_id}' not found in registry"
    except InvalidEntryError as error:
        return False, f"Could not be checked: {error}"
    return report.is_valid, report.error_message
