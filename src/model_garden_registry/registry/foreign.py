"""Other tools' files: a model written for a tool, and what a file says, judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.planning import plan
from model_garden_registry.dialects.errors import ForeignFileError, UnsupportedExportError
from model_garden_registry.dialects.exporting import Exported, ExportRequest, Form, GpuChoice
from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.judged import CheckedConfig, Difference, Drift
from model_garden_registry.dialects.rules import UnsayableError
from model_garden_registry.dialects.targets import Target, targets
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge, read_layers
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError, UnknownModelError, UnsupportedTaskError, closing
from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.hardware.known_gpus import known_rows
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.near_names import ResolvedId, close_names
from model_garden_registry.registry.questions import candidate_of, case_of
from model_garden_registry.reports import Report

if TYPE_CHECKING:
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.registry.questions import HardwareSource, Overrides


def _target_of(name: str, model_id: str) -> Target:
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
) -> Exported:
    """
    Write a model for a tool.

    Args:
        task: What for, where the target has files for both; None: the first of them that the model supports.

        hardware: For which GPUs; the split is then chosen for them. None: as the entry has it.

    Raises:
        UnsupportedExportError: There is no such target, the model does not support the task, or the tool has no words
            for it.
    """
    target = _target_of(target_name, model_id)
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
    whole = (*layers, *_constant_layers(target.name, target.constants))
    settings = merge(entry, chosen, *whole)
    notes: tuple[str, ...] = ()
    if hardware is not None:
        report = _report_on(entries, key, chosen, overrides=whole, hardware=hardware)
        settings = report.settings or settings
        notes = (f"verdict: {report.verdict}: {report.error_message}",) if report.error_message else ()

    def choices() -> Sequence[GpuChoice]:
        found = plan(candidate_of(entries, key, chosen), settings, known_rows(None))
        return [GpuChoice(choice.gpu, choice.count, choice.gpu_total_bytes) for choice in found.choices]

    request = ExportRequest(target=target.name, model_id=key, entry=entry, settings=settings, choices=choices)
    made = target.export(request, form)
    return replace(made, notes=(*notes, *made.notes))


def _check_constants(target: Target, task: Task, layers: tuple[Layer, ...]) -> None:
    """Refuse another stack or engine than the target's own."""
    for path, (value, origin) in read_layers(task, layers).items():
        own = target.constants.get(path, value)
        if value != own:
            raise InvalidOverrideError(path, value, f"{target.title} has {own} alone", origin=str(origin))


def _constant_layers(name: str, constants: Mapping[str, Any]) -> tuple[Layer, ...]:
    return (Layer(constants, Origin(OriginKind.BUILT_IN, name)),) if constants else ()


def checked(
    entries: EntryCache, config: ForeignConfig, *, model: str | None, hardware: HardwareSource, **asked: bool
) -> CheckedConfig:
    """
    Judge what another tool's file says.

    Args:
        model: The model, where the file names a path or an id that is not in the registry.

        asked: What ``assess`` takes by name beside overrides.
    """
    found, problem = _model(entries, config, model)
    if found is None:
        findings = (*config.findings, *([problem] if problem else []))
        return CheckedConfig(config=config, model=None, report=_report(config, findings))
    entry = entries.checked(found.id).entry
    layers, errors = _possible(entry, config)
    refused = [_refusal(config, error) for error in errors]
    if layers is None:
        return CheckedConfig(config=config, model=found, report=_report(config, (*config.findings, *refused)))
    report = _report_on(entries, found.id, config.task, overrides=layers, hardware=hardware, **asked)
    judged = tuple(_placed(config, finding, report) for finding in report.findings)
    findings = (*config.findings, *refused, *judged)
    report = replace(report, subject=_subject(config), findings=findings, asked=None)
    remedies = tuple(_in_words(config, entry, layers, remedy) for remedy in report.remedies)
    return CheckedConfig(config=config, model=found, report=report, remedies=remedies)


def drift(entries: EntryCache, config: ForeignConfig, *, model: str | None) -> Drift:
    """
    Compare a file with the registry's defaults for its model.

    A value that the tool or the model refuses is a difference as it stands.

    Raises:
        ForeignFileError: It names no model, or one that is not in the registry.
    """
    found, problem = _model(entries, config, model)
    if found is None:
        assert problem is not None
        place = _model_place(config)
        where = {"line": place.line, "column": place.column}
        raise ForeignFileError(config.path, problem.message, **where, tool=config.dialect.name)
    entry = entries.checked(found.id).entry
    own = merge(entry, config.task, *_constant_layers(config.tool, config.dialect.constants))
    layers, _ = _possible(entry, config)
    theirs = merge(entry, config.task, *layers or ())
    kept = {path for layer in layers or () for path in layer.values}
    differences = []
    for path, stated in config.overrides.items():
        default, value = _value(own, path), _value(theirs, path) if path in kept else stated
        if value != default:
            item = config.said_by.get(path)
            origin = own.origins[path]
            differences.append(Difference(setting=path, found=value, default=default, origin=origin, item=item))
    return Drift(config=config, model=found, differences=tuple(differences))


def _possible(entry: ModelInfo, config: ForeignConfig) -> tuple[tuple[Layer, ...] | None, list[InvalidOverrideError]]:
    """Return the settings of a file without what is not possible, and why that is not; None: nothing is left to try."""
    layers, errors = list(config.layers), []
    while True:
        try:
            merge(entry, config.task, *layers)
        except InvalidOverrideError as error:
            errors.append(error)
            kept = [layer for layer in layers if _leaf(next(iter(layer.values))) != _leaf(error.setting)]
            if len(kept) == len(layers):  # nothing that the file says: there are no settings to judge
                return None, errors
            layers = kept
        except UnsupportedTaskError:  # no settings at all: the verdict says so
            return tuple(layers), errors
        else:
            return tuple(layers), errors


def _in_words(config: ForeignConfig, entry: ModelInfo, layers: tuple[Layer, ...], remedy: Remedy) -> Remedy:
    """Return a remedy with the file's keys in the place of settings; what the tool has no word for stays."""
    changes = {name: value for name, value in remedy.changes.items() if name != "model"}
    before = merge(entry, config.task, *layers)
    after = merge(entry, config.task, *layers, Layer(changes, Origin(OriginKind.OVERRIDE, "remedy")))
    leaves = {_leaf(path): path for path in before.origins}
    paths = {leaves[_leaf(name)]: value for name, value in changes.items()}
    try:
        said = config.dialect.changed(_request(config, entry, before), _request(config, entry, after), paths)
    except UnsayableError:
        return remedy
    unsaid = {path: value for path, value in paths.items() if path not in config.dialect.said}
    others = {name: value for name, value in remedy.changes.items() if name == "model"}
    return replace(remedy, changes={**others, **said, **unsaid})


def _request(config: ForeignConfig, entry: ModelInfo, settings: Settings) -> ExportRequest:
    return ExportRequest(target=config.dialect.name, model_id=entry.id, entry=entry, settings=settings)


def _value(settings: Settings, path: str) -> Any:
    group, _, leaf = path.rpartition(".")
    return getattr(getattr(settings, group) if group else settings, leaf)


def _report_on(
    entries: EntryCache, key: str, task: Task, *, overrides: Overrides, hardware: HardwareSource, **asked: bool
) -> Report:
    candidate = candidate_of(entries, key, task, with_siblings=True)
    return Assessment(case_of(candidate, overrides, hardware, **asked)).report


def _model(entries: EntryCache, config: ForeignConfig, model: str | None) -> tuple[ResolvedId | None, Finding | None]:
    item = config.model
    named = model or (None if item is None or isinstance(item.value, UnknownValue) else str(item.value))
    if not named:
        missing = f"{config.dialect.model_key} is missing" if config.dialect.model_key else "the file names no model"
        why = f"{missing}: name the model with --model ID"
        return None, _finding(config, Code.MODEL_MISSING, Severity.UNKNOWN, why)
    try:
        return entries.resolve(named), None
    except UnknownModelError as error:
        return None, _finding(config, Code.MODEL_UNKNOWN, Severity.UNKNOWN, f"{error}; name it with --model ID")


def _report(config: ForeignConfig, findings: tuple[Finding, ...]) -> Report:
    return Report(subject=_subject(config), findings=findings, task=config.task)


def _subject(config: ForeignConfig) -> str:
    return str(config.path) if config.line is None else f"{config.path}:{config.line}"


def _finding(config: ForeignConfig, code: Code, severity: Severity, message: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, place=_model_place(config))


def _model_place(config: ForeignConfig) -> Place:
    item = config.model
    if item is None:
        return Place(file=str(config.path), line=config.line or 1)
    return Place(file=str(config.path), line=item.line, column=item.column)


def _refusal(config: ForeignConfig, error: InvalidOverrideError) -> Finding:
    """Say in the tool's words that a value cannot be."""
    by_leaf = _by_leaf(config.said_by)
    item = by_leaf.get(_leaf(error.setting))
    if item is None:
        return _finding(config, Code.KEY_VALUE, Severity.FAIL, str(error))
    place = Place(file=str(config.path), line=item.line, column=item.column)
    message = f"{item.key} = {item.value}: {error.allowed}"
    return Finding(code=Code.KEY_VALUE, severity=Severity.FAIL, message=message, where=item.key, place=place)


def _leaf(path: str) -> str:
    return path.rpartition(".")[2]


def _by_leaf(said_by: Mapping[str, Any]) -> dict[str, Any]:
    return {_leaf(path): item for path, item in said_by.items()}


def _placed(config: ForeignConfig, finding: Finding, report: Report) -> Finding:
    """
    Put a finding at a line of the file.

    What a change of settings cures stands at the key that says the first of them, and all else at the model.
    """
    place = _model_place(config)
    if report.remedies and finding.severity in (Severity.FAIL, Severity.WARNING):
        by_leaf = _by_leaf(config.said_by)
        changed = (by_leaf[_leaf(name)] for name in report.remedies[0].changes if _leaf(name) in by_leaf)
        if (item := next(changed, None)) is not None:
            place = Place(file=str(config.path), line=item.line, column=item.column)
    return replace(finding, place=place)
