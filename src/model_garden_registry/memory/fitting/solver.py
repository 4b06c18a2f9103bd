"""
The inverse of the estimate: the largest settings that fit on a GPU, by ``safe``.

Every estimate is a maximum of moments, each of them a line in batch, rank, context or number of sequences, and a line
or (eager attention) a parabola in the length of a training sequence. So the answer is where one of these meets the
budget, rounded down to the natural step: the piece is laid through three neighbouring steps, and its meeting with the
budget is checked with the estimator itself, the step after it included. Whatever a piece hides (whole blocks of a
cache, a window that is full) only costs another round.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import floor, sqrt
from typing import Any, Literal, NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.following import with_followers
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    Settings,
    Sharding,
    TrainingSettings,
)
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import Measure, budget_bytes, fits
from model_garden_registry.memory.serving.division import refused_split
from model_garden_registry.memory.serving.vllm_cache import BLOCK_TOKENS

Quantity = Literal["batch_size", "max_seq_length", "r", "max_model_len", "concurrent"]

#: GPUs that one machine has at most.
LARGEST_HOST = 16

#: Rounding of every part to whole bytes bends a line by less than this.
_STRAIGHT_BYTES = 16

#: Beyond every number of steps.
_FAR = 2**40


class Steps(NamedTuple):
    """
    How a quantity grows.

    Args:
        step: Its natural step.

        least: The smallest value that the setting takes.

        most: Where the search ends.
    """

    step: int
    least: int
    most: int


#: What can be solved for, by task. Steps: whole sequences and ranks; tensor cores like sequences in multiples of 64;
#: blocks of vLLM's cache. Rank: vLLM serves adapters up to 512.
QUANTITIES: Mapping[Task, Mapping[Quantity, Steps]] = {
    "training": {
        "batch_size": Steps(1, 1, 2**16),
        "max_seq_length": Steps(64, 128, 2**20),
        "r": Steps(1, 1, 512),
    },
    "inference": {
        "max_model_len": Steps(BLOCK_TOKENS, 128, 2**24),
        "concurrent": Steps(1, 1, 2**16),
    },
}


def largest(
    entry: ModelInfo,
    settings: Settings,
    quantity: Quantity,
    *,
    gpu_total_bytes: int,
    measure: Measure = Measure.SAFE,
    free_bytes: int | None = None,
) -> int | None:
    """
    Give the largest value of a setting that fits on each GPU, everything else staying as it is.

    Args:
        quantity: One of ``QUANTITIES`` for the task of the settings.

        gpu_total_bytes: Memory of a GPU as the driver reports it.

        measure: What must fit.

        free_bytes: What of that memory is free, where only that counts.

    Returns:
        A multiple of the quantity's step. Lengths end at the model's positions. None: not even the smallest fits.

    Raises:
        KeyError: The task has no such quantity.
    """
    task: Task = "training" if isinstance(settings, TrainingSettings) else "inference"
    step, least, most = QUANTITIES[task][quantity]
    positions = entry.architecture.max_position_embeddings if entry.architecture else None
    if quantity in ("max_seq_length", "max_model_len") and positions:
        most = max(least, positions)

    def taken_bytes(steps: int) -> int:
        changed = with_quantity(settings, quantity, steps * step)
        return measure.bytes_of(estimate(entry, changed, gpu_total_bytes=gpu_total_bytes))

    budget = budget_bytes(entry, settings, gpu_total_bytes=gpu_total_bytes, free_bytes=free_bytes)
    steps = last_within(taken_bytes, budget, first=-(-least // step), last=most // step)
    return None if steps is None else steps * step


def fewest_gpus(
    entry: ModelInfo,
    settings: Settings,
    *,
    gpu_total_bytes: int,
    at_most: int = LARGEST_HOST,
    measure: Measure = Measure.SAFE,
    free_bytes: int | None = None,
) -> int | None:
    """
    Give the smallest number of equal GPUs over which the model can be split so that it fits on each.

    Sizes of tensor parallelism divide the heads. A training run is split as its settings say; where they say nothing,
    as ``sharding_for`` says.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

        at_most: How many there may be.

        measure: What must fit.

        free_bytes: What of that memory is free, where only that counts.

    Returns:
        None: not even the largest number is enough.
    """

    def is_enough(gpus: int) -> bool:
        changed = split(entry, settings, gpus)
        return fits(entry, changed, gpu_total_bytes=gpu_total_bytes, measure=measure, free_bytes=free_bytes)

    if isinstance(settings, InferenceSettings):
        return next(filter(is_enough, parallel_sizes(entry, settings, at_most)), None)
    if is_enough(1):
        return 1
    sizes = range(2, at_most + 1)
    enough = bisect_left(sizes, x=True, key=is_enough)
    return sizes[enough] if enough < len(sizes) else None


def split(entry: ModelInfo, settings: Settings, gpus: int) -> Settings:
    """Give the same settings for another number of GPUs."""
    changes = split_changes(entry, settings, gpus)
    return settings.model_copy(update=with_followers(entry, settings, changes))


def split_changes(entry: ModelInfo, settings: Settings, gpus: int) -> dict[str, Any]:
    """Give what of the settings is other for another number of GPUs, by name."""
    if isinstance(settings, InferenceSettings):
        return {"tensor_parallel_size": gpus}
    # What waits in main memory does so on one GPU as well, under the same library.
    keeps = gpus > 1 or settings.offload in ("optimizer", "weights")
    return {"n_gpus": gpus, "sharding": sharding_for(entry, settings) if keeps else "none"}


def sharding_for(entry: ModelInfo, settings: TrainingSettings) -> Sharding:
    """
    Say how a training run is split: as its settings say, else in the way that its stack and its weights allow.

    Source:
        Unsloth splits models by layers only; bitsandbytes weights are loaded by layers, others sharded by ZeRO-3.
    """
    if settings.sharding != "none":
        return settings.sharding
    by_layers = settings.stack == "unsloth" or settings.method == "qlora" or entry.is_quantized
    return "device_map" if by_layers else "zero3"


def parallel_sizes(entry: ModelInfo, settings: InferenceSettings, at_most: int = LARGEST_HOST) -> Iterator[int]:
    """
    Give the sizes of tensor parallelism that an entry can be served with, smallest first.

    Those that the engine of the settings refuses at any memory are left out; see ``refused_split``.

    Source:
        vLLM, `ModelConfig.verify_with_parallel_config`: the size divides the query heads. Key heads are divided, or
        copied to as many GPUs each. bitsandbytes weights are not split.
    """
    shape = entry.architecture
    heads = shape.num_attention_heads if shape else None
    key_heads = None if shape is None or shape.mla else shape.num_key_value_heads
    largest_size = 1 if entry.quantization.is_bitsandbytes else at_most
    for size in range(1, largest_size + 1):
        divides_heads = heads % size == 0 if heads else size.bit_count() == 1
        divides_keys = key_heads is None or key_heads % size == 0 or size % key_heads == 0
        if divides_heads and divides_keys and refused_split(entry, settings, size) is None:
            yield size


def with_quantity(settings: Settings, quantity: Quantity, value: int) -> Settings:
    """Give the same settings with another value of one."""
    if quantity == "r" and isinstance(settings, TrainingSettings):
        return settings.model_copy(update={"lora_config": settings.lora_config.model_copy(update={"r": value})})
    return settings.model_copy(update={quantity: value})


def last_within(cost: Callable[[int], int], budget: int, *, first: int, last: int) -> int | None:
    """
    Give the last number whose cost is within the budget; None where already the first is beyond it.

    Args:
        cost: Never falls; made of pieces that are lines or parabolas, up to rounding.

        first: The first number that may be the answer.

        last: The last one.
    """
    cost = cache(cost)
    if first > last or cost(first) > budget:
        return None
    if cost(last) <= budget:
        return last
    within, beyond, guess = first, last, first + 1
    while beyond - within > 1:
        guess = min(max(guess, within + 1), beyond - 1)
        width = beyond - within
        for number in (guess - 1, guess, guess + 1):
            if cost(number) <= budget:
                within = max(within, number)
            else:
                beyond = min(beyond, number)
        is_lost = beyond - within > max(width // 2, 1) and guess not in (first + 1, last - 1)
        guess = (within + beyond) // 2 if is_lost else _meeting(cost, budget, guess)
    return within


def _meeting(cost: Callable[[int], int], budget: int, number: int) -> int:
    """Give where the piece around a number meets the budget, rounded down."""
    before, here, after = cost(number - 1), cost(number), cost(number + 1)
    slope, bend = (after - before) / 2, (after - 2 * here + before) / 2
    bend = 0.0 if abs(bend) < _STRAIGHT_BYTES else bend
    under_root = slope * slope + 4 * bend * (budget - here)
    if slope <= 0 or under_root < 0:  # level, or bent away from the budget: it is met beyond the end of the search
        return _FAR
    return number + floor(min(2 * (budget - here) / (slope + sqrt(under_root)), _FAR))
