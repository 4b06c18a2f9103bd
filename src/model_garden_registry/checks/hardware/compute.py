"""What a GPU's compute capability rules out: number formats, engines, attention kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model_garden_registry.checks.hardware.devices import Named, version_text
from model_garden_registry.checks.hardware.need import read_version
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.stacks import kernel_capability, stack_of
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import Cause, Device, Unread
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo

#: First GPUs that compute in bfloat16. Source: CUDA C++ programming guide, arithmetic instructions by capability.
_BF16 = (8, 0)


def compute_findings(device: Device, named: Named, entry: ModelInfo, settings: Settings | None) -> Iterator[Finding]:
    """Judge what a device must compute for the settings; where its capability cannot be read, that is unknown."""
    found = device.compute_capability
    if settings is None:
        return
    if not isinstance(found, Unread):
        yield from _bfloat16(named, found, entry, settings)
        yield from _engine(named, found, settings)
    elif found.cause is not Cause.NOT_ASKED and not entry.requirements.cuda_compute_capability:
        asked = [(what, least) for what, least in _wanted(settings) if least]
        if asked:
            what, least = max(asked, key=lambda pair: pair[1])
            message = f"the compute capability of {named.text} cannot be read ({visible(found.reason)})"
            message = f"{message}; {what} needs {version_text(least)}"
            yield _finding(named, Code.CC_UNKNOWN, Severity.UNKNOWN, message)


def _wanted(settings: Settings) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """Give what the settings name, with the capability that it needs, if any."""
    if isinstance(settings, TrainingSettings):
        stack = stack_of(settings.stack, settings.stack_version)
        yield settings.tool, read_version(stack.capability)
        yield settings.attn_implementation, read_version(kernel_capability(settings.attn_implementation))
        yield settings.adapter_dtype, _BF16 if settings.adapter_dtype == "bfloat16" else None
    else:
        engine = engine_of(settings.engine, settings.engine_version)
        yield settings.tool, read_version(engine.capability)
        yield settings.dtype, _BF16 if settings.dtype == "bfloat16" else None


def _bfloat16(named: Named, found: tuple[int, int], entry: ModelInfo, settings: Settings) -> Iterator[Finding]:
    if found >= _BF16:
        return
    asked = "adapter_dtype" if isinstance(settings, TrainingSettings) else "dtype"
    lacks = f"{named.text} has compute capability {version_text(found)}, bfloat16 needs {version_text(_BF16)}"
    if getattr(settings, asked) == "bfloat16":
        yield _finding(named, Code.BF16_UNSUPPORTED, Severity.FAIL, f"{lacks}: set {asked} to float16")
    elif isinstance(settings, InferenceSettings) and _is_refused(entry, settings):
        model_type = entry.architecture.model_type if entry.architecture else None
        message = f"{lacks}, and {settings.tool} refuses {model_type} in float16: set {asked} to float32"
        yield _finding(named, Code.BF16_UNSUPPORTED, Severity.WARNING, message)


def _is_refused(entry: ModelInfo, settings: InferenceSettings) -> bool:
    model_type = entry.architecture.model_type if entry.architecture else None
    engine = engine_of(settings.engine, settings.engine_version)
    return settings.dtype == "auto" and model_type in engine.float16_refused


def _engine(named: Named, found: tuple[int, int], settings: Settings) -> Iterator[Finding]:
    for name, least in _wanted(settings):
        if least and found < least and name != "bfloat16":
            message = f"{name} needs compute capability {version_text(least)}, {named.text} has "
            yield _finding(named, Code.ENGINE_UNSUPPORTED, Severity.FAIL, message + version_text(found))


def _finding(named: Named, code: Code, severity: Severity, message: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, where=named.where)
