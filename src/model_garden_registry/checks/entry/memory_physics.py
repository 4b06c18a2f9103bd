"""Memory that an entry declares, compared with the estimate from its shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple, get_args

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.limits import beyond_one_image, source_kind
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import TaskRequirements
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError, MissingShapeError
from model_garden_registry.findings import Code, Severity
from model_garden_registry.memory.classes import SPREADS
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import fits
from model_garden_registry.memory.fitting.gpu_sizes import gpu_bytes, least_settings, smallest_gpu_gb
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.units import GB, gigabytes_text, short_number

#: A minimum more than this many times the need refuses GPUs that work.
_NEEDLESS = 1.5
#: By how much a shape may exceed the stated total: some families have weights that no config value describes.
_SHAPE_SLACK = 0.03
#: The least margin over the weights alone, whatever else a run has.
_LEAST_MARGIN = {"inference": SPREADS["serving"].margin, "training": SPREADS["dense"].margin}


class Stated(NamedTuple):
    """
    A block of requirements, and the tasks that it applies to.

    Args:
        where: Location below the entry.

        tasks: Those that the entry supports and that have no block of their own; of a task's block, that task.
    """

    where: tuple[str, ...]
    block: TaskRequirements
    tasks: tuple[Task, ...]


def memory_flaws(entry: ModelInfo) -> Iterator[Flaw]:
    """Check the declared memory of one entry; without a known shape, yield a note that it was not checked."""
    yield from _images(entry)
    try:
        shape_of(entry)
    except MissingShapeError as missing:
        message = f"memory was not checked: architecture.{missing.field} is not stated"
        yield Flaw(Code.SHAPE_MISSING, Severity.NOTE, ("architecture",), message)
        yield from _below_guess(entry)
        return
    yield from _beyond_total(entry)
    for stated in stated_requirements(entry):
        if stated.block.min_vram_gb > 0:
            yield from _minimum(entry, stated)


def _beyond_total(entry: ModelInfo) -> Iterator[Flaw]:
    """Check that the layers that an entry states, experts above all, weigh no more than the whole model."""
    assert entry.architecture  # else there is no shape
    total = entry.architecture.parameters
    if total is None:
        return
    shape = shape_of(entry)
    experts = sum(linear.parameters for linear in shape.linears if linear.place == "expert")
    for what, count in (("experts", experts), ("layers and embeddings", shape.counted)):
        if count > (1 + _SHAPE_SLACK) * total:
            message = (
                f"the {what} of this shape have {count / 1e9:.4g}B parameters, more than the {total / 1e9:.4g}B in all"
            )
            yield Flaw(Code.SHAPE_EXCEEDS_PARAMETERS, Severity.FAIL, ("architecture", "parameters"), message)
            return


def _below_guess(entry: ModelInfo) -> Iterator[Flaw]:
    """
    Yield a note if a typical network of the entry's size is expected to need more than a published minimum.

    Both numbers are weak; verdicts use the larger.
    """
    for stated in stated_requirements(entry):
        minimum = stated.block.min_vram_gb
        says = f"min_vram_gb {short_number(minimum)} is published"
        for task in stated.tasks:
            if minimum <= 0 or source_kind(entry, "min_vram_gb", task) != "published":
                continue
            settings = _own(entry, task)
            if isinstance(settings, Flaw):
                yield settings
                continue
            guessed = estimate(entry, settings, gpu_total_bytes=round(minimum * GB)).expected_bytes
            if minimum * GB < guessed:
                takes = f"a typical network of {entry.parameters} parameters takes about {gigabytes_text(guessed)}"
                message = f"{says}, but with the entry's own settings {takes}: no smaller GPU passes for {task}"
                yield Flaw(Code.MINIMUM_BELOW_ESTIMATE, Severity.NOTE, (*stated.where, "min_vram_gb"), message)


def _own(entry: ModelInfo, task: Task) -> Settings | Flaw:
    """Return the entry's own settings, or what refuses them."""
    try:
        return merge(entry, task)
    except InvalidOverrideError as refused:
        return Flaw(Code.DEFAULTS_REFUSED, Severity.FAIL, (f"{task}_defaults",), str(refused))


def stated_requirements(entry: ModelInfo) -> Sequence[Stated]:
    """Return the blocks of requirements that apply to a task."""
    supported: tuple[Task, ...] = tuple(task for task in get_args(Task) if entry.supports(task))
    own = {task: getattr(entry.requirements, task) for task in supported}
    shared = tuple(task for task, block in own.items() if block is None)
    blocks = [Stated(("requirements", task), block, (task,)) for task, block in own.items() if block is not None]
    return [Stated(("requirements",), entry.requirements, shared), *blocks] if shared else blocks


def _minimum(entry: ModelInfo, stated: Stated) -> Iterator[Flaw]:
    where = (*stated.where, "min_vram_gb")
    declared = stated.block.min_vram_gb
    says = f"min_vram_gb {short_number(declared)}"
    asked: dict[Task, Settings] = {}
    for task in stated.tasks:
        settings = _own(entry, task)
        if isinstance(settings, Flaw):
            yield settings
            return
        asked[task] = least_settings(entry, settings)
    for task, settings in asked.items():
        weights = ceil(estimate(entry, settings).parts["weights"] * (1 + _LEAST_MARGIN[task]))
        if declared * GB < weights:
            message = f"{says} is less than the {weights / GB:.1f} GB that the weights alone safely take"
            yield Flaw(Code.MINIMUM_BELOW_WEIGHTS, Severity.FAIL, where, message)
            return
    least = {task: smallest_gpu_gb(entry, settings) for task, settings in asked.items()}
    hungriest = max(stated.tasks, key=least.__getitem__)
    need = least[hungriest]

    def needs() -> str:
        return f"{hungriest} {_needs(entry, asked[hungriest], need)}"

    if any(declared < least[task] and not _fits(entry, asked[task], declared) for task in stated.tasks):
        yield Flaw(Code.MINIMUM_BELOW_ESTIMATE, Severity.WARNING, where, f"{says} is too little: {needs()}")
    elif declared > _NEEDLESS * need:
        yield Flaw(Code.MINIMUM_NEEDLESS, Severity.NOTE, where, f"{says} refuses GPUs that work: {needs()}")


def _fits(entry: ModelInfo, settings: Settings, declared_gb: float) -> bool:
    """
    Return whether a GPU of exactly the declared size is safe; the size may be a fraction of a GB.

    A larger GPU than the smallest safe one may not be safe: vLLM chooses larger batches for large GPUs. That makes no
    minimum too low, since a lower one would refuse no further GPU.
    """
    return fits(entry, settings, gpu_total_bytes=round(declared_gb * GB))


def _needs(entry: ModelInfo, settings: Settings, need_gb: int) -> str:
    """Return which GPU is safe and, where vLLM leaves a part to graphs and driver, what must fit its share."""
    of_which = ""
    if isinstance(settings, InferenceSettings) and settings.engine == "vllm":
        safe = estimate(entry, settings, gpu_total_bytes=gpu_bytes(need_gb)).safe_bytes
        of_which = f" ({safe / GB:.1f} GB on it, within the share that vLLM takes)"
    least = (
        f"one sequence of {settings.max_model_len} tokens"
        if isinstance(settings, InferenceSettings)
        else "a batch of 1"
    )
    return f"needs a GPU of {need_gb} GB to be safe{of_which} with the entry's own settings and {least}"


def _images(entry: ModelInfo) -> Iterator[Flaw]:
    served = entry.inference_defaults.max_model_len
    if message := beyond_one_image(entry, "max_model_len", served):
        yield Flaw(Code.IMAGE_EXCEEDS_SEQUENCE, Severity.WARNING, ("inference_defaults", "max_model_len"), message)
    if entry.training_defaults is None:
        return
    trained = entry.training_defaults.hyperparameters.max_seq_length
    if message := beyond_one_image(entry, "max_seq_length", trained):
        where = ("training_defaults", "hyperparameters", "max_seq_length")
        yield Flaw(Code.IMAGE_EXCEEDS_SEQUENCE, Severity.WARNING, where, message)
