"""The assumptions of a training estimate, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Algorithm, TrainingSettings
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory.classes import is_unmeasured
from model_garden_registry.memory.network.images import image_tokens
from model_garden_registry.memory.training.run import TrainingRun

#: The sequences of a step, for algorithms other than supervised fine-tuning.
_SEQUENCES: dict[Algorithm, str] = {
    "dpo": "two answers for each prompt of the batch, in one pass",
    "orpo": "two answers for each prompt of the batch, in one pass",
    "reward": "two answers for each prompt of the batch, in one pass, and one score for each instead of logits",
    "kto": "one answer for each prompt of the batch",
    "grpo": "batch_size counts completions, prompts included in their length",
}
_WORDS = {2: "half precision", 4: "float32"}


def assumptions(entry: ModelInfo, run: TrainingRun) -> tuple[str, ...]:
    """Return the assumptions of an estimate, one sentence each."""
    return tuple(_sentences(entry, run))


def _sentences(entry: ModelInfo, run: TrainingRun) -> Iterator[str]:
    settings, stack = run.settings, stack_of(run.settings.stack, run.settings.stack_version)
    yield f"{settings.tool}: {settings.attn_implementation} attention, {settings.loss} loss"
    if settings.gradient_checkpointing:
        yield "layers are recomputed in the backward pass"
    else:
        where = ", in main memory" if run.runtime.offloads_activations else ""
        yield f"all activations are saved for the backward pass{where}"
    how = "sequences packed to" if settings.packing else "every sequence"
    images = ", image tokens included" if run.shape.has_vision else ""
    yield f"{how} {settings.max_seq_length} tokens{'' if settings.packing else ' long'}{images}"
    if settings.algorithm in _SEQUENCES:
        yield _SEQUENCES[settings.algorithm]
    if run.step.has_reference:
        yield "a second, frozen model to compare answers with"
    yield _types(run)
    if run.runtime.emulates_bfloat16:
        yield "the GPU has no bfloat16, which PyTorch emulates: attention stores its scores"
    elif run.runtime.lacks_bfloat16 and (settings.dtype == "float16" or not stack.emulates_bfloat16):
        yield "the GPU has no bfloat16: float16, and float32 where the stack uses it"
    is_widened = run.step.is_quantized and run.precision.rest == 4
    if is_widened:
        yield "unquantised weights are in float32"
    yield from _of_experts(entry, run)
    if settings.method != "full" and settings.dtype == "auto" and stack.load_dtype == "float32" and not is_widened:
        yield "dtype is set to that of the checkpoint: without it, the stack loads a model in float32"
    if run.shape.has_vision:
        yield from _of_images(run)
    yield from _of_division(settings)


def _of_division(settings: TrainingSettings) -> Iterator[str]:
    """Yield the assumptions about evaluation, offload and several GPUs."""
    if settings.eval_batch_size:
        yield "the logits of an evaluation are not gathered"
    if is_unmeasured(settings):
        yield "offload and context parallelism are counted from library source, not checked against a measured run"
    if settings.n_gpus > 1:
        is_split = settings.sharding != "none"
        where = f" of {settings.nodes} machines" if settings.nodes > 1 else ""
        yield f"split over GPUs{where} by {settings.sharding}" if is_split else f"every GPU{where} has a full copy"


def _types(run: TrainingRun) -> str:
    """Return the sentence about the types of trained weights."""
    is_full = run.settings.method == "full"
    if run.precision.master:
        trained = "all weights and gradients" if is_full else "adapters and their gradients"
        return f"{trained} in half precision, what the optimizer works on in float32"
    if is_full:
        return f"all weights and gradients in {_WORDS[run.precision.trained]}, moments as in {run.settings.optim}"
    is_chosen = run.precision.trained == (4 if run.settings.adapter_dtype == "float32" else 2)
    return f"adapters in {run.settings.adapter_dtype if is_chosen else _WORDS[run.precision.trained]}"


def _of_experts(entry: ModelInfo, run: TrainingRun) -> Iterator[str]:
    """Yield the assumptions about fused experts."""
    step = run.step
    if step.expert_bytes:
        yield f"fused experts are not quantised: they stay in {_WORDS[step.expert_bytes]}"
        if entry.quantization.method:
            yield "the checkpoint is assumed to have fused experts: one with singly quantised experts does not load"
    if step.unpacked_matrices:
        yield "the experts of one layer are unpacked at a time"
    if step.copied_experts:
        yield "the adapted experts of one layer are copied at a time, merged with their adapters"


def _of_images(run: TrainingRun) -> Iterator[str]:
    """Yield the assumptions about the vision tower and the size of images."""
    settings, tower = run.settings, run.shape.tower
    trained = "trained" if settings.method == "full" else "adapted too"
    yield f"the vision tower is {trained if run.step.trains_tower else 'not trained'}"
    tokens = image_tokens(tower, settings.image_pixels) if tower else None
    if tower and tokens is not None and settings.images_per_sample:
        is_fixed = tower.max_pixels is None and tower.image_size is not None
        chosen = f"of {settings.image_pixels} pixels" if settings.image_pixels else None
        size = chosen or "as large as the processor allows"
        size = f"scaled to {tower.image_size} x {tower.image_size}" if is_fixed else size
        is_merged = tower.tokens_per_image is not None or tower.spatial_merge_size is not None
        yield f"images {size}: {tokens} {'tokens' if is_merged else 'patches'} each"
