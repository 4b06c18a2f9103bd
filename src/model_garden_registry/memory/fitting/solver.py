"""
The inverse of the estimate: the largest settings that fit on a GPU, by ``safe`` unless told otherwise.

An estimate is a maximum over moments, each linear in batch, rank, context or number of sequences, or (eager
attention) quadratic in the length of a training sequence. The answer is where one of these pieces meets the
budget, rounded down to the natural step: the piece is fitted through three neighbouring steps, and its meeting with
the budget is checked with the estimator itself, the next step included. Whatever a piece hides (whole blocks of a
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

#: The most GPUs in one machine.
LARGEST_HOST = 16

#: Rounding every part to whole bytes bends a line by less than this.
_STRAIGHT_BYTES = 16

#: Beyond every number of steps.
_FAR = 2**40


class Steps(NamedTuple):
    """
    How a quantity grows.

    Args:
        step: Its natural step.

        least: The smallest value that the setting takes.

        most: The end of the search.
    """

    step: int
    least: int
    most: int


#: What can be solved for, by task. Steps: whole sequences and ranks; tensor cores prefer lengths in multiples of 64;
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
    Return the largest value of a setting that fits on each GPU, with all other settings unchanged.

    Args:
        quantity: One of ``QUANTITIES`` for the task of the settings.

        gpu_total_bytes: Memory of a GPU as the driver reports it.

        measure: The measure that must fit.

        free_bytes: Free memory, if only that counts.

    Returns:
        A multiple of the quantity's step. Lengths end at the model's positions. None: even the smallest does not fit.

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
    Return the smallest number of equal GPUs that the model can be split over and fits on.

    Tensor parallel sizes must divide the heads. A training run is split as its settings say; if they do not say,
    by ``sharding_for``.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

        at_most: The most GPUs there may be.

        measure: The measure that must fit.

        free_bytes: Free memory, if only that counts.

    Returns:
        None: even the largest number is not enough.
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
    """Return the same settings for another number of GPUs."""
    changes = split_changes(entry, settings, gpus)
    return settings.model_copy(update=with_followers(entry, settings, changes))


def split_changes(entry: ModelInfo, settings: Settings, gpus: int) -> dict[str, Any]:
    """Return the settings that change with another number of GPUs, by name."""
    if isinstance(settings, InferenceSettings):
        return {"tensor_parallel_size": gpus}
    # Offload to main memory works on a single GPU too, with the same library.
    keeps = gpus > 1 or settings.offload in ("optimizer", "weights")
    return {"n_gpus": gpus, "sharding": sharding_for(entry, settings) if keeps else "none"}


def sharding_for(entry: ModelInfo, settings: TrainingSettings) -> Sharding:
    """
    Return how a training run is split: as its settings say, else in the way that its stack and its weights allow.

    Source:
        Unsloth splits models by layers only; bitsandbytes weights are split by layers, others sharded by ZeRO-3. One
        process splits by layers, and so on one machine only.
    """
    if settings.sharding != "none":
        return settings.sharding
    if settings.stack == "unsloth" or settings.method == "qlora" or entry.is_quantized:
        return "device_map" if settings.nodes == 1 else "none"
    return "zero3"


def parallel_sizes(entry: ModelInfo, settings: InferenceSettings, at_most: int = LARGEST_HOST) -> Iterator[int]:
    """
    Yield the tensor parallel sizes that an entry can be served with, smallest first.

    Sizes that the engine refuses at any memory are left out; see ``refused_split``.

    Source:
        vLLM, `ModelConfig.verify_with_parallel_config`: the size divides the query heads. Key heads are divided, or
        copied to several GPUs each. bitsandbytes weights are not split.
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
    """Return the same settings with another value of one quantity."""
    if quantity == "r" and isinstance(settings, TrainingSettings):
        return settings.model_copy(update={"lora_config": settings.lora_config.model_copy(update={"r": value})})
    return settings.model_copy(update={quantity: value})


def last_within(cost: Callable[[int], int], budget: int, *, first: int, last: int) -> int | None:
    """
    Return the last number whose cost is within the budget; None if even the first is not.

    Args:
        cost: Never decreases; piecewise linear or quadratic, up to rounding.

        first: The first number that may be the answer.

        last: The last one.
    """
    cost = cache(cost)
    if first > last or cost(first) > budget:
        return None
    if cost(last) <= budget:
        return last
    within, beyond = first, last
    # Most costs are nearly straight from end to end.
    start = guess = first + (budget - cost(first)) * (last - first) // (cost(last) - cost(first))
    while beyond - within > 1:
        guess = min(max(guess, within + 1), beyond - 1)
        width = beyond - within
        for number in (guess - 1, guess, guess + 1):
            if cost(number) <= budget:
                within = max(within, number)
            else:
                beyond = min(beyond, number)
        is_lost = beyond - within > max(width // 2, 1) and guess not in (start, first + 1, last - 1)
        guess = (within + beyond) // 2 if is_lost else _meeting(cost, budget, guess)
    return within


def _meeting(cost: Callable[[int], int], budget: int, number: int) -> int:
    """Return where the piece around a number meets the budget, rounded down."""
    before, here, after = cost(number - 1), cost(number), cost(number + 1)
    slope, bend = (after - before) / 2, (after - 2 * here + before) / 2
    bend = 0.0 if abs(bend) < _STRAIGHT_BYTES else bend
    under_root = slope * slope + 4 * bend * (budget - here)
    if slope <= 0 or under_root < 0:  # level or bent away: it meets the budget beyond the search
        return _FAR
    return number + floor(min(2 * (budget - here) / (slope + sqrt(under_root)), _FAR))
