"""A question about a model, looked up: its entry, its merged settings, the machine that it is about; each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from model_garden_registry.errors import InvalidEntryError, UnknownModelError

if TYPE_CHECKING:
    from model_garden_registry.checks.assessment import Assessment
    from model_garden_registry.checks.hardware.fit import Machine
    from model_garden_registry.checks.validation import Candidate, Case
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Settings
    from model_garden_registry.entries.tasks import Task
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.reports import Outcome, Report

#: Whose GPUs are judged: this machine's, given ones, those that a function gives, or none.
HardwareSource: TypeAlias = "Hardware | Callable[[], Hardware] | Literal['local'] | None"
#: A verdict as the model-garden application documents it: whether it is valid, and the first error.
DocumentedVerdict: TypeAlias = tuple[bool, str | None]
#: Settings other than the entry's: by name, or as layers from several places, weakest first.
Overrides: TypeAlias = "Mapping[str, Any] | tuple[Layer, ...]"


class Asked(TypedDict, total=False):
    """
    What a verdict may be asked with.

    Args:
        overrides: Settings other than the entry's.

        hardware: Whose GPUs are judged; those of this machine if nothing is said.

        gpu_required: Whether "hardware not checked" is a failure.

        must_be_free: Whether memory that is not free now is a failure.
    """

    overrides: Overrides
    hardware: HardwareSource
    gpu_required: bool
    must_be_free: bool


def layers_of(overrides: Overrides, given_as: str = "keyword") -> tuple[Layer, ...]:
    """Return overrides as layers."""
    if isinstance(overrides, tuple):
        return overrides

    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind

    return (Layer(overrides, Origin(OriginKind.OVERRIDE, given_as)),)


def machine_source(hardware: HardwareSource) -> Callable[[], Machine | None]:
    """Return a function that gives the machine of a question: read when it is first needed, and only once."""

    @cache
    def machine() -> Machine | None:
        from model_garden_registry.checks.hardware.fit import machine_of

        found = _read(hardware)
        return machine_of(found) if found is not None else None

    return machine


def candidate_of(entries: EntryCache, model_id: str, task: Task) -> Candidate:
    """
    Look up what a question about a model is for.

    Raises:
        UnknownModelError: No entry has this id.

        InvalidEntryError: The entry is not valid.
    """
    from model_garden_registry.checks.validation import Candidate

    key = entries.key(model_id)
    entry, flaws = entries.checked(key)
    return Candidate(subject=key, entry=entry, task=task, flaws=tuple(flaw for flaw in flaws if flaw.concerns(task)))


def case_of(candidate: Candidate, overrides: Overrides, machine: Machine | None) -> Case:
    """
    Merge the settings of a question.

    Raises:
        InvalidOverrideError: A setting does not exist, or a value does not fit it.
    """
    from model_garden_registry.checks.hardware.need import demand_of
    from model_garden_registry.entries.settings.merging import merge

    entry, task = candidate.entry, candidate.task
    has_defaults = task != "training" or entry.training_defaults is not None
    settings: Settings | None = merge(entry, task, *layers_of(overrides)) if has_defaults else None
    return candidate.case(demand_of(entry, task, settings), machine)


def assessment_of(candidate: Candidate, asked: Asked, machine: Callable[[], Machine | None]) -> Assessment:
    """Return the assessment that a question amounts to; a machine that must be read is only read for a GPU's sake."""
    from model_garden_registry.checks.assessment import Assessment
    from model_garden_registry.hardware.gpus import Hardware

    is_wanted = candidate.entry.needs_gpu(candidate.task) or isinstance(asked.get("hardware"), Hardware)
    case = case_of(candidate, asked.get("overrides", ()), machine() if is_wanted else None)
    gpu_required, must_be_free = asked.get("gpu_required", False), asked.get("must_be_free", False)
    return Assessment(replace(case, gpu_required=gpu_required, must_be_free=must_be_free))


def each_outcome(model_ids: Iterable[str], task: Task, judge: Callable[[str], Report]) -> list[Outcome]:
    """Judge models; an entry that is not valid gives the verdict unknown, an id without an entry its error."""
    from model_garden_registry.checks.validation import could_not_check
    from model_garden_registry.files.documents import paused_garbage_collection

    def outcome(model_id: str) -> Outcome:
        try:
            return judge(model_id)
        except InvalidEntryError as error:
            return could_not_check(model_id, task, error)
        except UnknownModelError as error:
            return error

    with paused_garbage_collection():
        return [outcome(model_id) for model_id in model_ids]


def documented_verdict(model_id: str, judge: Callable[[], Report]) -> DocumentedVerdict:
    """Return what a verdict amounts to, with the application's own words for an id that does not exist."""
    try:
        report = judge()
    except UnknownModelError:
        return False, f"Model '{model_id}' not found in registry"
    except InvalidEntryError as error:
        return False, f"Could not be checked: {error}"
    return report.is_valid, report.error_message


def _read(hardware: HardwareSource) -> Hardware | None:
    if hardware == "local":
        from model_garden_registry.hardware.driver.probe import read_hardware

        return read_hardware()
    if isinstance(hardware, str):
        raise TypeError(f"hardware is a machine, not the name of a GPU: known_gpu({hardware!r})")
    return hardware() if callable(hardware) else hardware
