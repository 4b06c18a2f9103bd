"""An entry and its settings for a task: what stands against it, before any hardware is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from model_garden_registry.checks.physics import LARGEST_SERVED_RANK
from model_garden_registry.entries.model import ModelInfo, Task
from model_garden_registry.entries.settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.errors import InvalidEntryError
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.reports import Report


def validate(
    entry: ModelInfo, task: Task, settings: Settings | None, *, subject: str | None = None, gpu_required: bool = False
) -> Report:
    """
    Judge an entry for a task.

    Args:
        settings: The merged settings; None where the entry has none for the task.

        subject: The id that was asked for, where it is not the entry's.

        gpu_required: Whether a verdict without a GPU is a failure.
    """
    findings = (
        *_support(entry, task),
        *(_training(entry, settings) if isinstance(settings, TrainingSettings) else ()),
        *(_inference(entry, settings) if isinstance(settings, InferenceSettings) else ()),
        _hardware(entry, task, gpu_required=gpu_required),
    )
    return Report(subject=subject or entry.id, task=task, settings=settings, findings=findings)


def could_not_check(model_id: str, task: Task, error: InvalidEntryError) -> Report:
    """Give the report of an entry that cannot be read: nothing is known of it."""
    each = (InvalidEntryError(error.model_id, (problem,)) for problem in error.problems)
    findings = (Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message=str(one)) for one in each)
    return Report(subject=model_id, task=task, findings=tuple(findings))


def _support(entry: ModelInfo, task: Task) -> Iterator[Finding]:
    if not entry.supports(task):
        message = f"Model '{entry.id}' does not support {task}"
        yield Finding(code=Code.TASK_UNSUPPORTED, severity=Severity.FAIL, message=message)
    if entry.status == "deprecated":
        successor = entry.deprecation.successor if entry.deprecation else None
        hint = f"; use '{successor}' instead" if successor else ""
        message = f"Model '{entry.id}' is deprecated{hint}"
        yield Finding(code=Code.DEPRECATED, severity=Severity.FAIL, message=message)


def _training(entry: ModelInfo, settings: TrainingSettings) -> Iterator[Finding]:
    longest = entry.architecture.max_position_embeddings if entry.architecture else None
    if longest is not None and settings.max_seq_length > longest:
        message = f"max_seq_length {settings.max_seq_length} is beyond the model's {longest} positions"
        yield _finding(Code.CONTEXT_TOO_LONG, Severity.WARNING, message, longest, settings.max_seq_length, "tokens")
    if settings.method == "full" and entry.is_quantized:
        message = f"method full cannot train {entry.quantization.method} weights; use the base model, or qlora"
        yield Finding(code=Code.METHOD_MISMATCH, severity=Severity.FAIL, message=message)
    rank = settings.lora_config.r
    if settings.method != "full" and rank > LARGEST_SERVED_RANK:
        message = f"vLLM serves adapters up to rank {LARGEST_SERVED_RANK}, not {rank}"
        yield _finding(Code.RANK_UNSERVABLE, Severity.WARNING, message, LARGEST_SERVED_RANK, rank, "rank")


def _inference(entry: ModelInfo, settings: InferenceSettings) -> Iterator[Finding]:
    architecture = entry.architecture
    longest = architecture.max_position_embeddings if architecture else None
    if longest is not None and settings.max_model_len > longest:
        message = f"max_model_len {settings.max_model_len} is beyond the model's {longest} positions"
        yield _finding(Code.CONTEXT_TOO_LONG, Severity.FAIL, message, longest, settings.max_model_len, "tokens")
    size = settings.tensor_parallel_size
    heads = architecture.num_attention_heads if architecture else None
    if heads is not None and heads % size:
        message = f"tensor_parallel_size {size} does not divide {heads} attention heads"
        yield _finding(Code.HEADS_INDIVISIBLE, Severity.FAIL, message, heads, size, "heads")
    if size > 1 and entry.quantization.type == "bitsandbytes":
        message = "bitsandbytes weights with tensor parallelism: vLLM refuses most of them"
        yield Finding(code=Code.BNB_TENSOR_PARALLEL, severity=Severity.WARNING, message=message)


def _hardware(entry: ModelInfo, task: Task, *, gpu_required: bool) -> Finding:
    if entry.requirements_for(task).min_vram_gb == 0:
        return Finding(code=Code.NO_GPU_NEEDED, severity=Severity.NOTE, message="no GPU needed")
    if gpu_required:
        message = "hardware not checked, but a GPU is required"
        return Finding(code=Code.GPU_REQUIRED, severity=Severity.FAIL, message=message)
    message = "hardware not checked: only the registry's own rules and the settings were"
    return Finding(code=Code.NOT_CHECKED, severity=Severity.NOTE, message=message)


def _finding(code: Code, severity: Severity, message: str, have: float, need: float, unit: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, have=have, need=need, unit=unit)
