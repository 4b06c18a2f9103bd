"""What a GPU's compute capability rules out: number formats, engines, attention kernels; and what it slows down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from model_garden_registry.checks.entry.limits import declared_capability
from model_garden_registry.checks.hardware.devices import Named, version_text
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    OriginKind,
    Settings,
    TrainingSettings,
)
from model_garden_registry.families.engines import Engine, engine_of
from model_garden_registry.families.kernels import FormatSupport
from model_garden_registry.families.stacks import Stack, kernel_capability, library_facts, stack_of
from model_garden_registry.families.versions import capability_of
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import ASSUMED, Cause, Device, Unread
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.gpu_memory import HAS_BFLOAT16
from model_garden_registry.memory.network.weight_formats import table_words
from model_garden_registry.memory.serving.division import refines_experts
from model_garden_registry.memory.serving.dtypes import format_support, served_dtype, stated_types
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo


class _Needed(NamedTuple):
    """
    What must be able to run.

    Args:
        what: A tool, a kernel, a type.

        least: The lowest compute capability that it takes.

        code: The finding for a GPU below that.

        purpose: What it is needed for, after the number.

        majors: Major versions that it supports; empty: all from the lowest on.
    """

    what: str
    least: tuple[int, int]
    code: Code = Code.ENGINE_UNSUPPORTED
    purpose: str = ""
    majors: tuple[int, ...] = ()

    def __str__(self) -> str:
        *rest, last = [f"{major}.x" for major in self.majors] or [version_text(self.least)]
        listed = f"{', '.join(rest)} or {last}" if rest else last
        return f"{self.what} needs compute capability {listed}{self.purpose}"

    def takes(self, found: tuple[int, int]) -> bool:
        """Return whether a capability is supported."""
        return found >= self.least and (not self.majors or found[0] in self.majors)


class Computation:
    """
    What an entry and its settings compute, worked out once for all GPUs.

    Args:
        settings: None where the entry has none for the task; nothing is required then.
    """

    def __init__(self, entry: ModelInfo, settings: Settings | None) -> None:
        self.entry, self.settings = entry, settings

    @lazy
    def needed(self) -> tuple[_Needed, ...]:
        """What the settings name, and the number format of the weights, each with the capability that it needs."""
        return () if self.settings is None else tuple(_needed(self.entry, self.settings, self.support))

    @lazy
    def support(self) -> FormatSupport | None:
        """How the engine supports the number format of the weights; None if unknown."""
        settings = self.settings
        return format_support(self.entry, settings) if isinstance(settings, InferenceSettings) else None

    @lazy
    def _plain_from(self) -> tuple[int, int] | None:
        """The capability from which on there is nothing to say; None where newer ones may be refused too."""
        if any(needed.majors for needed in self.needed):
            return None
        native = [self.support.native_capability] if self.support else []
        return max([HAS_BFLOAT16, *native, *(needed.least for needed in self.needed)])

    def findings(self, device: Device, named: Named) -> Iterator[Finding]:
        """
        Judge what a device must compute; a capability that cannot be read gives unknown.

        One that a snapshot leaves out is only noted, not judged.

        Source:
            storage/engines.json, storage/stacks.json
        """
        found, settings = device.compute_capability, self.settings
        if settings is None:
            return
        if not isinstance(found, Unread):
            if self._plain_from and found >= self._plain_from:
                return
            too_old = tuple(_too_old(named, found, self.needed))
            yield from too_old or _types(named, found, self, settings)
        elif found != ASSUMED and not declared_capability(self.entry):
            yield from _unread(named, found, [*self.needed, *_bfloat16(settings)])


def _unread(named: Named, found: Unread, asked: Sequence[_Needed]) -> Iterator[Finding]:
    most = max(asked, key=lambda needed: needed.least, default=None)
    if most is None:
        return
    if found.cause is Cause.NOT_ASKED:
        message = f"the compute capability of {named.text} is not stated; {most}"
        yield _finding(named, Code.CC_UNKNOWN, Severity.NOTE, message)
    else:
        message = f"the compute capability of {named.text} cannot be read ({visible(found.reason)}); {most}"
        yield _finding(named, Code.CC_UNKNOWN, Severity.UNKNOWN, message)


def _needed(entry: ModelInfo, settings: Settings, support: FormatSupport | None) -> Iterator[_Needed]:
    """Yield what the settings name, and the number format of the weights, each with the capability that it needs."""
    if isinstance(settings, TrainingSettings):
        stack = stack_of(settings.stack, settings.stack_version)
        yield from _floor(settings.tool, stack.capability)
        yield from _floor(settings.attn_implementation, kernel_capability(settings.attn_implementation))
        if settings.method == "qlora" or settings.base_quantization or entry.quantization.is_bitsandbytes:
            bitsandbytes = library_facts(settings.stack, "bitsandbytes")
            yield from _floor("bitsandbytes", bitsandbytes["capability"], Code.CC_LOW)
        return
    engine = engine_of(settings.engine, settings.engine_version)
    yield from _floor(settings.tool, engine.capability)
    yield from _attention(entry, engine, settings.tool)
    if support and not support.unpacks:
        purpose = f" for {_format_text(entry, settings)} weights"
        yield _Needed(settings.tool, support.least_capability, Code.CC_LOW, purpose)


def _attention(entry: ModelInfo, engine: Engine, tool: str) -> Iterator[_Needed]:
    """Yield the highest capability that the attention kernels of a network need."""
    network = entry.architecture
    if network is None:
        return
    widest = max(width or 0 for width in (network.head_dim, *(group.head_dim for group in network.layers or ())))
    asked = [need for need in engine.attention if need.is_for(network.model_type, widest)]
    if asked:
        need = max(asked, key=lambda need: need.least_capability)
        yield _Needed(tool, need.least_capability, purpose=f" for {need.of}", majors=need.majors)


def _floor(what: str, least: str | None, code: Code = Code.ENGINE_UNSUPPORTED) -> Iterator[_Needed]:
    if capability := capability_of(least):
        yield _Needed(what, capability, code)


def _bfloat16(settings: Settings) -> Iterator[_Needed]:
    """Yield bfloat16 where the settings name it."""
    if "bfloat16" in (settings.dtype, getattr(settings, "adapter_dtype", None)):
        yield _Needed("bfloat16", HAS_BFLOAT16, Code.BF16_UNSUPPORTED)


def _format_text(entry: ModelInfo, settings: InferenceSettings) -> str:
    """Return the number format of the weights: ``fp8``, ``w4a16 (compressed-tensors)``."""
    method, _, kind = (table_words(entry.quantization, settings.quantization) or "").partition("/")
    return method if method == kind else f"{method} ({kind})"


def _too_old(named: Named, found: tuple[int, int], asked: Sequence[_Needed]) -> Iterator[Finding]:
    for needed in asked:
        if not needed.takes(found):
            message = f"{needed}, {named.text} has {version_text(found)}"
            yield _finding(named, needed.code, Severity.FAIL, message)


def _types(named: Named, found: tuple[int, int], asked: Computation, settings: Settings) -> Iterator[Finding]:
    """Yield the types in which a GPU computes that can run everything."""
    if isinstance(settings, InferenceSettings):
        yield from _served(named, found, asked.entry, settings)
        if asked.support is not None and found < asked.support.native_capability:
            weights = f"{_format_text(asked.entry, settings)} weights"
            yield _weight_only(named, found, settings.tool, weights, support=asked.support)
            if refines_experts(asked.entry, settings):
                yield _cut_blocks(named, found, settings, weights, support=asked.support)
    else:
        yield from _trained(named, found, asked.entry, settings)


def _weight_only(named: Named, found: tuple[int, int], tool: str, weights: str, *, support: FormatSupport) -> Finding:
    """Return the note that a number format works although the GPU has no arithmetic for it."""
    where = f"{named.text} has compute capability {version_text(found)}"
    if found >= support.least_capability:
        message = f"{where}: {tool} unpacks {weights} for each product, slower than natively "
        message = f"{message}(compute capability {version_text(support.native_capability)} or newer)"
    else:  # refusals are reported above
        message = f"{where}: {tool} turns {weights} into half precision, with the memory of that; "
        message = f"{message}it computes in them from {version_text(support.least_capability)} on"
    return _finding(named, Code.WEIGHT_ONLY, Severity.NOTE, message)


def _cut_blocks(
    named: Named, found: tuple[int, int], settings: InferenceSettings, weights: str, *, support: FormatSupport
) -> Finding:
    """Refuse a split that cuts experts into smaller blocks than those of the checkpoint."""
    size = f"tensor_parallel_size {settings.tensor_parallel_size}"
    message = f"{size} makes smaller blocks of experts in {weights.removesuffix(' weights')}, for which "
    message = f"{message}{_Needed(settings.tool, support.native_capability)}, {named.text} has "
    return _finding(named, Code.GROUP_INDIVISIBLE, Severity.FAIL, message + version_text(found))


def _served(named: Named, found: tuple[int, int], entry: ModelInfo, settings: InferenceSettings) -> Iterator[Finding]:
    """Judge in which type an engine computes on a GPU without bfloat16."""
    if found >= HAS_BFLOAT16:
        return
    lacks, used = _lacks(named, found), served_dtype(entry, settings, found)
    engine = engine_of(settings.engine, settings.engine_version)
    if used == "bfloat16" and (settings.dtype == "bfloat16" or not engine.emulates_bfloat16):
        other = "float32" if stated_types(entry)[1] in engine.float16_refused else "float16"
        yield _asking(named, Severity.FAIL, f"{lacks}:", ("dtype", other))
    elif used == "bfloat16":
        yield _asking(named, Severity.NOTE, f"{lacks}: {settings.tool} emulates it, slowly;", ("dtype", "float16"))
    elif used != settings.dtype and used != stated_types(entry)[0]:
        message = f"{lacks}: {settings.tool} serves it in {used}{_aside(used, stated_types(entry)[1])}"
        yield _finding(named, Code.BF16_UNSUPPORTED, Severity.NOTE, message)


def _aside(used: str, model_type: str | None) -> str:
    """Return what the other type costs; for float16, that vLLM refuses it for some families."""
    if used == "float32":
        return ", which takes twice the memory"
    is_unstable = model_type in engine_of("vllm").float16_refused
    return f", in which vLLM refuses {model_type} as numerically unstable" if is_unstable else ""


def _trained(named: Named, found: tuple[int, int], entry: ModelInfo, settings: TrainingSettings) -> Iterator[Finding]:
    """Judge in which type a stack computes on a GPU without bfloat16."""
    from model_garden_registry.memory.training.runtime import computes_in_bfloat16  # late: serving needs no stack

    if not computes_in_bfloat16(settings, stated_types(entry)[0]):
        return
    lacks, stack = _lacks(named, found), stack_of(settings.stack, settings.stack_version)
    if settings.dtype == "float16" and stack.emulates_bfloat16:
        message = f"{lacks}: {settings.tool} keeps adapters in it, whose gradients float16 cannot scale; leave dtype "
        yield _finding(named, Code.BF16_UNSUPPORTED, Severity.FAIL, f"{message}at auto, or train with Unsloth")
        return
    asked = next((name for name in ("adapter_dtype", "dtype") if _asks_bfloat16(settings, name)), None)
    if asked and (stack.emulates_bfloat16 or asked == "adapter_dtype"):
        yield _asking(named, Severity.FAIL, f"{lacks}:", (asked, "float16"))
    elif not stack.emulates_bfloat16:
        message = f"{lacks}: {settings.tool} trains in float16{_widened(stack, entry, settings)}"
        yield _finding(named, Code.BF16_UNSUPPORTED, Severity.NOTE, message)
    elif settings.adapter_dtype == "bfloat16":
        message = f"{lacks}: {settings.tool} emulates it, slowly; Unsloth trains in float16 there"
        yield _finding(named, Code.BF16_UNSUPPORTED, Severity.NOTE, message)
    else:
        yield _asking(named, Severity.NOTE, f"{lacks}: {settings.tool} emulates it, slowly;", ("dtype", "float16"))


def _asking(named: Named, severity: Severity, message: str, asks: tuple[str, str]) -> Finding:
    """Return a finding about bfloat16 that asks for another type."""
    return Finding(
        code=Code.BF16_UNSUPPORTED,
        severity=severity,
        message=f"{message} set {asks[0]} to {asks[1]}",
        where=named.where,
        asks=asks,
    )


def _widened(stack: Stack, entry: ModelInfo, settings: TrainingSettings) -> str:
    """Return what a stack keeps in float32 where it falls back to float16."""
    without = stack.without_bfloat16
    if without and without.all_weights and settings.method == "full":
        return ", its weights in float32"
    return ", the residual stream in float32" if without and stated_types(entry)[1] in without.families else ""


def _asks_bfloat16(settings: TrainingSettings, name: str) -> bool:
    """Return whether the settings name bfloat16, where the stack could choose it by default."""
    origin = settings.origins.get(name)
    return getattr(settings, name) == "bfloat16" and origin is not None and origin.kind is not OriginKind.STACK


def _lacks(named: Named, found: tuple[int, int]) -> str:
    needs = f"bfloat16 needs {version_text(HAS_BFLOAT16)}"
    return f"{named.text} has compute capability {version_text(found)}, {needs}"


def _finding(named: Named, code: Code, severity: Severity, message: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, where=named.where)
