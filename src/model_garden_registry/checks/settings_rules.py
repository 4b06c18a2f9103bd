"""Rules for an entry and its settings for a task, independent of hardware."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.limits import (
    LARGEST_SERVED_RANK,
    attention_heads,
    beyond_one_image,
    beyond_positions,
    indivisible_heads,
    parallel_bitsandbytes,
    positions,
    rank_flag,
    unknown_parsers,
    unserved_rank,
)
from model_garden_registry.checks.entry.target_modules import linear_modules
from model_garden_registry.checks.learning_rates import unusual_rate
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    OriginKind,
    Settings,
    TrainingSettings,
)
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import closing
from model_garden_registry.families.engines import engine_of, ignored_settings
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.memory.network.weight_formats import table_words
from model_garden_registry.memory.serving.division import refused_split
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import visible

#: Marks a format of which nothing is known.
_LOADED = object()
#: What engines can do to plain weights while they load them. Source: vLLM, online quantisation.
_ONLINE = ("fp8", "bitsandbytes")
#: What an engine has instead of a setting that it ignores.
_INSTEAD = {("sglang", "gpu_memory_utilization"): ": its share, of weights and cache alone, is mem_fraction_static"}


def settings_findings(
    entry: ModelInfo,
    task: Task,
    settings: Settings | None,
    flaws: Iterable[Flaw],
    *,
    allow_deprecated: bool = False,
) -> Iterator[Finding]:
    """
    Return the findings about the entry and its settings.

    Args:
        settings: None where the entry has none for the task.

        flaws: Rules that the entry breaks, as far as they concern the task.

        allow_deprecated: Whether a deprecated model is a note instead of a failure.
    """
    yield from _support(entry, task, allow_deprecated=allow_deprecated)
    yield from (Finding(code=flaw.code, severity=flaw.severity, message=flaw.message) for flaw in flaws)
    match settings:
        case TrainingSettings():
            yield from _training(entry, settings)
        case InferenceSettings():
            yield from _inference(entry, settings)
        case None:
            pass
        case _:
            assert_never(settings)


def _support(entry: ModelInfo, task: Task, *, allow_deprecated: bool) -> Iterator[Finding]:
    if not entry.supports(task):
        base = entry.base_model if task == "training" else None
        message = f"Model '{entry.id}' does not support {task}" + (f"; train '{base}' instead" if base else "")
        yield Finding(code=Code.TASK_UNSUPPORTED, severity=Severity.FAIL, message=message)
    if entry.status == "deprecated":
        successor = entry.deprecation.successor if entry.deprecation else None
        hint = f"; use '{successor}' instead" if successor else ""
        message = f"Model '{entry.id}' is deprecated{hint}"
        yield Finding(
            code=Code.DEPRECATED, severity=Severity.NOTE if allow_deprecated else Severity.FAIL, message=message
        )


def _training(entry: ModelInfo, settings: TrainingSettings) -> Iterator[Finding]:
    length, rank = settings.max_seq_length, settings.lora_config.r
    if message := beyond_positions(entry, "max_seq_length", length):
        finding = Finding(code=Code.CONTEXT_TOO_LONG, severity=Severity.WARNING, message=message)
        yield replace(finding, have=positions(entry), need=length, unit="tokens")
    if settings.method == "full" and entry.is_quantized:
        message = f"method full cannot train {entry.quantization.method} weights; use the base model, or qlora"
        yield Finding(code=Code.METHOD_MISMATCH, severity=Severity.FAIL, message=message)
    yield from _adapter(entry, settings)
    yield from _images(entry, "images_per_sample", settings.images_per_sample)
    if settings.images_per_sample and (message := beyond_one_image(entry, "max_seq_length", length)):
        yield Finding(code=Code.IMAGE_EXCEEDS_SEQUENCE, severity=Severity.WARNING, message=message)
    if settings.method != "full" and (message := unserved_rank(rank)):
        finding = Finding(code=Code.RANK_UNSERVABLE, severity=Severity.WARNING, message=message)
        yield replace(finding, have=LARGEST_SERVED_RANK, need=rank, unit="rank")
    elif settings.method != "full" and (message := rank_flag(rank)):
        yield Finding(code=Code.LORA_RANK_FLAG, severity=Severity.NOTE, message=message)
    if message := unusual_rate(settings):
        yield Finding(code=Code.RATE_UNUSUAL, severity=Severity.WARNING, message=message)


def _adapter(entry: ModelInfo, settings: TrainingSettings) -> Iterator[Finding]:
    """Judge target modules that the entry does not name; those that it names are checked with the entry."""
    wanted = settings.lora_config.target_modules
    stated = entry.training_defaults.lora_config.target_modules if entry.training_defaults else ()
    if isinstance(wanted, str) or wanted == stated or settings.method == "full":
        return
    if not wanted:
        message = "target_modules names no layer, so nothing would be trained"
        yield Finding(code=Code.TARGET_MODULE_UNKNOWN, severity=Severity.FAIL, message=message)
    known = linear_modules(entry)
    for module in wanted if known else ():
        if known and module.rpartition(".")[2] not in known:
            message = f"the architecture has no module {module!r}{closing(close_names(module, sorted(known)))}"
            yield Finding(code=Code.TARGET_MODULE_UNKNOWN, severity=Severity.FAIL, message=message)


def _images(entry: ModelInfo, name: str, images: int) -> Iterator[Finding]:
    if images and not entry.is_vision_model:
        message = f"{name} is {images}, but the model takes no images"
        yield Finding(code=Code.VISION_MISMATCH, severity=Severity.FAIL, message=message)


def _inference(entry: ModelInfo, settings: InferenceSettings) -> Iterator[Finding]:
    length, size = settings.max_model_len, settings.tensor_parallel_size
    if message := beyond_positions(entry, "max_model_len", length):
        finding = Finding(code=Code.CONTEXT_TOO_LONG, severity=Severity.FAIL, message=message)
        yield replace(finding, have=positions(entry), need=length, unit="tokens")
    told, stored = settings.quantization, entry.quantization
    if told is not None and told not in (stored.type, stored.method) and (entry.is_quantized or told not in _ONLINE):
        message = f"the engine is told {told}, but the weights are {stored.type or 'not quantised'}"
        yield Finding(code=Code.QUANTIZATION_MISMATCH, severity=Severity.FAIL, message=message)
    yield from _images(entry, "images_per_prompt", settings.images_per_prompt)
    if settings.images_per_prompt and (message := beyond_one_image(entry, "max_model_len", length)):
        yield Finding(code=Code.IMAGE_EXCEEDS_SEQUENCE, severity=Severity.WARNING, message=message)
    if message := indivisible_heads(entry, size):
        finding = Finding(code=Code.HEADS_INDIVISIBLE, severity=Severity.FAIL, message=message)
        yield replace(finding, have=attention_heads(entry), need=size, unit="heads")
    elif refused := refused_split(entry, settings, size):
        code = Code.GROUP_INDIVISIBLE if refused.is_format else Code.HEADS_INDIVISIBLE
        yield Finding(code=code, severity=Severity.FAIL, message=refused.text)
    if message := parallel_bitsandbytes(entry, size):
        yield Finding(code=Code.BNB_TENSOR_PARALLEL, severity=Severity.WARNING, message=message)
    yield from _ignored(settings)
    yield from _loading(entry, settings)
    # Of an older release the parsers are not known, and other engines have their own.
    if engine_of(settings.engine, settings.engine_version).parsers:
        for name, message in unknown_parsers(entry):
            if getattr(settings, name) == getattr(entry.inference_defaults, name):
                yield Finding(code=Code.PLUGIN_NEEDED, severity=Severity.WARNING, message=message)


def _ignored(settings: InferenceSettings) -> Iterator[Finding]:
    """Name what a caller has set, and the engine has nothing for: the answer is the same without it."""
    for name in ignored_settings(settings.engine):
        origin = settings.origins.get(name)
        if origin is not None and origin.kind in (OriginKind.FILE, OriginKind.OVERRIDE):
            other = _INSTEAD.get((settings.engine, name), "")
            message = f"{settings.tool} has no {name}, which changes nothing here{other}"
            yield Finding(code=Code.SETTING_IGNORED, severity=Severity.NOTE, message=message)


def _loading(entry: ModelInfo, settings: InferenceSettings) -> Iterator[Finding]:
    """Judge whether the engine loads the number format of the weights: natively, with a plug-in, or not at all."""
    words = table_words(entry.quantization, settings.quantization)
    engine = engine_of(settings.engine, settings.engine_version)
    if words is None or engine.formats.get(words, _LOADED) is not None:
        return
    library = words.rpartition("/")[2]
    if plugin := engine.plugins.get(library):
        other = f"; or serve {visible(entry.base_model)}" if entry.base_model else ""
        message = f"{settings.tool} loads {library} weights only with the plug-in {plugin}{other}"
        yield Finding(code=Code.PLUGIN_NEEDED, severity=Severity.WARNING, message=message)
    else:
        message = f"{settings.tool} does not load {library} weights"
        yield Finding(code=Code.ENGINE_UNSUPPORTED, severity=Severity.FAIL, message=message)
