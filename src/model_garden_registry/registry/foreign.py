"""Another tool's file: its verdict, and its differences from the registry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.dialects.errors import ForeignFileError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.judged import CheckedConfig, Difference, Drift
from model_garden_registry.dialects.rules import UnsayableError
from model_garden_registry.dialects.texts.options import written_option
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind, Settings
from model_garden_registry.errors import InvalidOverrideError, UnknownModelError, UnsupportedTaskError, closing
from model_garden_registry.findings import Code, Finding, Place, Section, Severity
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.near_names import ResolvedId
from model_garden_registry.registry.exporting import fixed_layers, report_on
from model_garden_registry.reports import Report
from model_garden_registry.visible_text import shown_value, visible

if TYPE_CHECKING:
    from model_garden_registry.registry.entry_cache import EntryCache
    from model_garden_registry.registry.questions import HardwareSource

_TARGETS = "lora_config.target_modules"
#: Characters of a pattern, which no list of names has.
_PATTERN = re.compile(r"[\\()*+?|^$\[]")
#: Settings of the load: too large a run is changed there first.
_LOAD = frozenset({"batch_size", "max_seq_length", "max_model_len", "max_num_seqs", "eval_batch_size"})

#: How to name the model if the file does not.
_ANOTHER_WAY = "name it with --model ID, or give its config.json with --config"


def checked(
    entries: EntryCache, config: ForeignConfig, *, model: str | None, hardware: HardwareSource, **asked: bool
) -> CheckedConfig:
    """
    Judge another tool's file.

    Args:
        model: The model, if the file names a path or an id that is not in the registry.

        asked: Keyword arguments of ``assess`` beside overrides.
    """
    found, problem = _model(entries, config, model)
    if found is None:
        findings = (*config.findings, *([problem] if problem else []))
        return CheckedConfig(config=config, model=None, report=_report(config, findings))
    entry = entries.checked(found.id).entry
    config = config.of_entry(entry)
    layers, errors = _possible(entry, config)
    refused = [_refusal(config, error) for error in errors]
    if layers is None:
        return CheckedConfig(config=config, model=found, report=_report(config, (*config.findings, *refused)))
    report = report_on(entries, found.id, config.task, overrides=layers, hardware=hardware, **asked)
    placed = (_placed(config, finding, report) for finding in report.findings)
    judged = tuple(_asking(config, entry, layers, finding) for finding in placed)
    findings = (*config.findings, *refused, *judged)
    report = replace(report, subject=_subject(config), findings=findings, asked=None)
    remedies = tuple(_in_words(config, entry, layers, remedy) for remedy in report.remedies)
    return CheckedConfig(config=config, model=found, report=report, remedies=remedies)


def drift(entries: EntryCache, config: ForeignConfig, *, model: str | None) -> Drift:
    """
    Compare a file with the registry's defaults for its model.

    A value that the tool or the model refuses is a difference, too.

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
    config = config.of_entry(entry)
    as_exported = config.dialect.preferred, config.dialect.constants
    own = merge(entry, config.task, *(layer for values in as_exported for layer in fixed_layers(config.tool, values)))
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
    """Return the valid settings of a file, and the errors of the others; None: no valid settings are left."""
    layers, errors = [_narrowed(entry, config, layer) for layer in config.layers], []
    while True:
        try:
            merge(entry, config.task, *layers)
        except InvalidOverrideError as error:
            errors.append(error)
            kept = [layer for layer in layers if _leaf(next(iter(layer.values))) != _leaf(error.setting)]
            if len(kept) == len(layers):  # not from the file: there are no settings to judge
                return None, errors
            layers = kept
        except UnsupportedTaskError:  # no settings at all: the verdict reports it
            return tuple(layers), errors
        else:
            return tuple(layers), errors


def _narrowed(entry: ModelInfo, config: ForeignConfig, layer: Layer) -> Layer:
    """
    Return a setting of a file; a pattern for layers of any model becomes the layers of this one.

    A plain name is kept, so that a typo in it is found.
    """
    item, names = config.said_by.get(_TARGETS), layer.values.get(_TARGETS)
    if item is None or not isinstance(item.value, str) or not _PATTERN.search(item.value):
        return layer
    known = linear_modules(entry) or frozenset()
    return replace(layer, values={_TARGETS: [name for name in names if name in known] or names}) if names else layer


def _in_words(config: ForeignConfig, entry: ModelInfo, layers: tuple[Layer, ...], remedy: Remedy) -> Remedy:
    """Return a remedy with the file's keys instead of settings; settings without a key are kept."""
    changes = {name: value for name, value in remedy.changes.items() if name != "model"}
    try:
        written = _written(config, entry, layers, changes)
    except UnsayableError:
        return remedy
    others = {name: value for name, value in remedy.changes.items() if name == "model"}
    return replace(remedy, changes={**others, **written})


def _written(
    config: ForeignConfig, entry: ModelInfo, layers: tuple[Layer, ...], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Return the file's keys for other settings, each with its value; then the settings without a key.

    Raises:
        UnsayableError: The tool has no value for it.
    """
    before = merge(entry, config.task, *layers)
    after = merge(entry, config.task, *layers, Layer(changes, Origin(OriginKind.OVERRIDE, "remedy")))
    leaves = {_leaf(path): path for path in before.origins}
    paths = {leaves[_leaf(name)]: value for name, value in changes.items()}
    said = config.dialect.changed(_request(config, entry, before), _request(config, entry, after), paths)
    unsaid = {path: value for path, value in paths.items() if path not in config.dialect.said}
    return {**{_as_written(config, key): value for key, value in said.items()}, **unsaid}


def _as_written(config: ForeignConfig, key: str) -> str:
    """Return a key as the file spells it, or as an option if the file is a command."""
    spelt = next((item.key for item in config.said_by.values() if config.dialect.key_of(item.key) == key), None)
    if spelt is not None or config.line is None or key == config.dialect.environment:
        return spelt or key
    return written_option(key) if config.dialect.is_options else f"--{key}"


def _request(config: ForeignConfig, entry: ModelInfo, settings: Settings) -> ExportRequest:
    return ExportRequest(target=config.dialect.name, model_id=entry.id, entry=entry, settings=settings)


def _value(settings: Settings, path: str) -> Any:
    group, _, leaf = path.rpartition(".")
    return getattr(getattr(settings, group) if group else settings, leaf)


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
        return None, _finding(
            config,
            Code.MODEL_UNKNOWN,
            Severity.UNKNOWN,
            f"{error}; {_ANOTHER_WAY}",
        )


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
    """Return the finding for a refused value, with the tool's key."""
    by_leaf = _by_leaf(config.said_by)
    item = by_leaf.get(_leaf(error.setting))
    if item is None:
        return _finding(config, Code.KEY_VALUE, Severity.FAIL, str(error))
    place = Place(file=str(config.path), line=item.line, column=item.column)
    message = f"{visible(item.key)} = {shown_value(item.value)}: {error.allowed}{closing(error.close)}"
    return Finding(code=Code.KEY_VALUE, severity=Severity.FAIL, message=message, where=item.key, place=place)


def _leaf(path: str) -> str:
    return path.rpartition(".")[2]


def _by_leaf(said_by: Mapping[str, Any]) -> dict[str, Any]:
    return {_leaf(path): item for path, item in said_by.items()}


def _asking(config: ForeignConfig, entry: ModelInfo, layers: tuple[Layer, ...], finding: Finding) -> Finding:
    """Return a finding that asks for another setting, at the key for it and with the keys of the file."""
    if finding.asks is None:
        return finding
    setting, value = finding.asks
    item = _by_leaf(config.said_by).get(setting)
    if item is not None:
        finding = replace(finding, place=Place(file=str(config.path), line=item.line, column=item.column))
    try:
        written = _written(config, entry, layers, {setting: value})
    except (UnsayableError, InvalidOverrideError):
        return finding
    words = " ".join(
        f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in written.items()
    )
    return replace(finding, message=finding.message.replace(f"set {setting} to {value}", f"set {words}"))


#: Findings about an adapter's rank; no message has the name of the setting, one letter.
_RANKS = frozenset({Code.LORA_RANK_FLAG, Code.RANK_UNSERVABLE})


def _placed(config: ForeignConfig, finding: Finding, report: Report) -> Finding:
    """
    Return a finding with a line of the file.

    A finding that remedies resolve is at the key of the first changed setting, those of the load before all
    others; one that names a setting is at its key; all others are at the model.
    """
    by_leaf = _by_leaf(config.said_by)
    names: list[str] = []
    if finding.code in _RANKS:
        names = ["r"]
    elif finding.code.section is not Section.HARDWARE:
        names = [name for name in by_leaf if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", finding.message)]
    elif report.remedies and finding.severity in (Severity.FAIL, Severity.WARNING):
        names = sorted(map(_leaf, report.remedies[0].changes), key=lambda name: name not in _LOAD)
    item = next((by_leaf[name] for name in names if name in by_leaf), None)
    if item is None:
        return replace(finding, place=_model_place(config))
    return replace(finding, place=Place(file=str(config.path), line=item.line, column=item.column))
