"""One question for one stack or engine about one model, answered by the rules of a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from model_garden_registry.checks.hardware.compute import Computation
from model_garden_registry.checks.hardware.devices import Named, version_text
from model_garden_registry.checks.matrix.cells import Answer, Cell, Column, Fact, Group
from model_garden_registry.checks.matrix.facts import fact_of
from model_garden_registry.checks.settings_rules import settings_findings
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind, Settings
from model_garden_registry.errors import InvalidOverrideError, UnsupportedTaskError
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.gpus import Gpu

Capability: TypeAlias = tuple[int, int]

#: Findings that say nothing about a stack or an engine: that a model is deprecated.
_ASIDE = (Code.DEPRECATED,)
#: Settings that the rules refuse, whatever the stack.
_BY_RULES = ("base_quantization",)
_ASKED = Origin(OriginKind.OVERRIDE, "matrix")
#: Prefix of the facts about number formats of weights.
FORMATS = "formats."


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    A question about stacks or engines.

    Args:
        group: What it is about.

        name: The question in a word or two.

        settings: The settings that ask it, beside the defaults.

        facts: The facts that decide, as ``fact_of`` takes them, as far as a table states them; if it states none,
            the answer is unknown. Empty: only the rules of settings decide.

        is_about: Whether the question applies to a model; None: to any.

        for_model: Further settings for a given model; None: none.

        holds: Whether accepted settings really have the effect; None: they do.

        capability: Compute capability to ask about; None: the lowest that works is searched for.

        is_absolute: Whether a needed GPU or plug-in is shown even if the model's defaults need the same.
    """

    group: Group
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    is_about: Callable[[ModelInfo], bool] | None = None
    for_model: Callable[[ModelInfo], Mapping[str, Any]] | None = None
    holds: Callable[[ModelInfo, Any], bool] | None = None
    capability: Capability | None = None
    is_absolute: bool = False

    def concerns(self, entry: ModelInfo) -> bool:
        """Return whether the question applies to a model."""
        return self.is_about is None or self.is_about(entry)

    def settings_of(self, entry: ModelInfo) -> dict[str, Any]:
        """Return the settings of the question for a model."""
        return {**self.settings, **(self.for_model(entry) if self.for_model else {})}


def cell_of(column: Column, question: Question, entry: ModelInfo) -> Cell:
    """Return the answer: no if a verdict would fail, unknown if no table has a fact, else what it needs."""
    facts = tuple(fact for name in question.facts if (fact := fact_of(column, name)) is not None)
    try:
        settings = _settings(column, question.settings_of(entry), entry)
    except InvalidOverrideError as error:
        is_fact = error.setting not in _BY_RULES
        return Cell(answer=Answer.NO, remark=error.allowed, facts=facts if is_fact else ())
    except UnsupportedTaskError as error:
        return Cell(answer=Answer.NO, remark=str(error))
    stands = _standing(column, entry, settings)
    against = _failure(stands)
    if against is not None:
        return Cell(answer=Answer.NO, remark=against, facts=facts if _is_not_loaded(facts) else ())
    if question.facts and not facts:
        return Cell(answer=Answer.UNKNOWN)
    own = _settings(column, {}, entry)
    plugin = _plugin(stands)
    if plugin and (question.is_absolute or not _plugin(_standing(column, entry, own))):
        return Cell(answer=Answer.NEEDS, needs="a plug-in", remark=plugin, facts=facts)
    if question.holds is not None and not question.holds(entry, settings):
        return Cell(answer=Answer.NO, facts=facts)
    if question.capability is not None:
        return replace(_on(question.capability, entry, settings), facts=facts)
    if question.is_absolute:
        return replace(_on_the_least(entry, settings, capabilities()[0]), facts=facts)
    usual, found = _on_the_least(entry, own, None), _on_the_least(entry, settings, _least(entry, own))
    return replace(found, remark="" if found.remark == usual.remark else found.remark, facts=facts)


def _settings(column: Column, changes: Mapping[str, Any], entry: ModelInfo) -> Settings:
    tool = {"stack" if column.task == "training" else "engine": column.name}
    return merge(entry, column.task, Layer({**tool, **changes}, _ASKED))


def _standing(column: Column, entry: ModelInfo, settings: Settings) -> tuple[Finding, ...]:
    """Return the findings about settings, whatever the hardware, without those that say nothing about the tool."""
    return tuple(one for one in settings_findings(entry, column.task, settings, ()) if one.code not in _ASIDE)


def _plugin(findings: Iterable[Finding]) -> str | None:
    return next((one.message for one in findings if one.code is Code.PLUGIN_NEEDED), None)


def _is_not_loaded(facts: tuple[Fact, ...]) -> bool:
    """Return whether a table states that an engine does not load a number format: no other fact is null."""
    return any(fact.name.startswith(FORMATS) and fact.value is None for fact in facts)


def _on(capability: Capability, entry: ModelInfo, settings: Settings) -> Cell:
    """Return the answer for a GPU, whatever its memory."""
    refused = _failure(_findings(capability, entry, settings))
    return Cell(answer=Answer.NO if refused else Answer.YES, remark=refused or "")


def _on_the_least(entry: ModelInfo, settings: Settings, floor: Capability | None) -> Cell:
    """Return the answer for the lowest capability that works, naming it if it is above the floor."""
    least = _least(entry, settings)
    if least is None:
        return _on(capabilities()[-1], entry, settings)
    native = next((one for one in capabilities() if one >= least and not _is_unpacked(one, entry, settings)), least)
    remark = f"below {version_text(native)} {settings.tool} unpacks the weights" if native > least else ""
    if floor is not None and least <= floor:
        return Cell(answer=Answer.YES, remark=remark)
    return Cell(answer=Answer.NEEDS, needs=f"compute capability {version_text(least)}", remark=remark)


def _is_unpacked(capability: Capability, entry: ModelInfo, settings: Settings) -> bool:
    return any(finding.code is Code.WEIGHT_ONLY for finding in _findings(capability, entry, settings))


def _least(entry: ModelInfo, settings: Settings) -> Capability | None:
    return next((one for one in capabilities() if not _failure(_findings(one, entry, settings))), None)


def _findings(capability: Capability, entry: ModelInfo, settings: Settings) -> tuple[Finding, ...]:
    gpu, any_gpu = Gpu(index=0, name="any", compute_capability=capability), Named("gpu", "such a GPU")
    return tuple(Computation(entry, settings).findings(gpu, any_gpu))


def _failure(findings: Iterable[Finding]) -> str | None:
    return next((finding.message for finding in findings if finding.severity is Severity.FAIL), None)


def format_of(entry: ModelInfo) -> str:
    """Return the number format of a model's weights, as the tables name it: ``fp8/compressed-tensors``."""
    quantization = entry.quantization
    return f"{quantization.method}/{quantization.type}" if quantization.method else "not quantised"


@cache
def capabilities() -> tuple[Capability, ...]:
    """Return the compute capabilities of the known GPUs, lowest first."""
    return tuple(sorted({row.compute_capability for row in gpu_table()}))
