"""
Which GPUs CUDA's numbers may mean, where it is open how CUDA counts.

Of all orders only what they choose matters. So beginnings of orders that come to the same are followed once, and of
models that no number names only the size matters: no factorials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple, TypeAlias

from model_garden_registry.hardware.gpus import Gpu

#: What numbers mean: for each that names a working GPU, its place among the numbers, and the GPU.
_Picks: TypeAlias = tuple[tuple[int, Gpu], ...]

#: How many GPUs are looked at before the search is given up: some tenths of a second. Any numbers among ten GPUs of ten
#: models stay below it.
_MOST_LOOKS = 100_000


class Choices(NamedTuple):
    """
    What numbers may mean.

    Args:
        given: The working GPUs in the order of the numbers, for each way to count; the first by bus. What differs only
            in order, or is the same to CUDA, stands once.

        is_complete: Whether every way to count was tried.
    """

    given: tuple[tuple[Gpu, ...], ...]
    is_complete: bool


def numbered_choices(by_bus: Sequence[Gpu], numbers: Sequence[int]) -> Choices:
    """
    Give what numbers may mean where CUDA puts the fastest GPU first, by a rule that is not documented.

    The rest follow from fast to slow (newer guides), or in an order that is left open (older ones). GPUs of one model
    are equally fast and keep their order by bus. Hence one model after the other, in every order of models, and each
    model's first GPU in front of the others by bus. A GPU that gives no answer keeps its number.

    Args:
        by_bus: All GPUs, as NVML counts them.

        numbers: Each below the number of GPUs, and none twice.
    """
    working = [gpu for gpu in by_bus if gpu.problem is None]
    ranks = {gpu.index: rank for rank, gpu in enumerate(working)}
    named = [by_bus[number].index for number in numbers]
    places = {ranks[index]: place for place, index in enumerate(named) if index in ranks}
    counted_by_bus = tuple((place, working[rank]) for rank, place in places.items())
    models: dict[object, list[Gpu]] = {}
    for gpu in working:
        models.setdefault(_model(gpu), []).append(gpu)

    is_whole = len(places) == len(working) and not any(gpu.slices for gpu in working)
    if is_whole or not places or len(models) < 2:
        return Choices((_gpus(counted_by_bus),), is_complete=True)
    blocks = tuple(models.values())
    return _collect(chain([counted_by_bus], _fastest_first(working, blocks, places), _by_model(blocks, places)), places)


def _model(gpu: Gpu) -> object:
    return (gpu.name, gpu.total_bytes, gpu.compute_capability, gpu.is_integrated)


def _collect(tried: Iterator[_Picks], places: Mapping[int, int]) -> Choices:
    """Keep what is complete and new, until it has taken too long."""
    found: dict[object, _Picks] = {}
    looks = 0
    for picks in tried:
        looks += 1 + len(picks)
        if looks > _MOST_LOOKS:
            return Choices(tuple(map(_gpus, found.values())), is_complete=False)
        if len(picks) == len(places):
            found.setdefault(_outcome(picks), picks)
    return Choices(tuple(map(_gpus, found.values())), is_complete=True)


def _gpus(picks: _Picks) -> tuple[Gpu, ...]:
    return tuple(gpu for _, gpu in sorted(picks, key=lambda pick: pick[0]))


def _outcome(picks: _Picks) -> object:
    """Give what picks come to, and will however many follow: the first that is cut, alone, else all of them."""
    cut = [(place, gpu.index) for place, gpu in picks if gpu.slices]
    return min(cut) if cut else frozenset(gpu.index for _, gpu in picks)


def _fastest_first(
    working: Sequence[Gpu], blocks: Sequence[Sequence[Gpu]], places: Mapping[int, int]
) -> Iterator[_Picks]:
    """Give what the numbers mean with each model's first GPU in front of the others by bus."""
    firsts = {block[0].index for block in blocks}
    for front, fastest in enumerate(working):
        if fastest.index in firsts:
            order = {0: fastest} | {rank: working[rank - (rank <= front)] for rank in places if rank > 0}
            yield tuple((place, order[rank]) for rank, place in places.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """
    Some models, one after the other, from number 0.

    Args:
        length: How many GPUs they have.

        named: Those with a GPU that a number names.

        passed: Of each size, how many models no number names.

        picks: What the numbers so far mean.
    """

    length: int = 0
    named: frozenset[int] = frozenset()
    passed: tuple[int, ...] = ()
    picks: _Picks = ()


def _by_model(blocks: Sequence[Sequence[Gpu]], places: Mapping[int, int]) -> Iterator[_Picks]:
    """Give what the numbers mean, so far, for every beginning of an order of models that matters."""
    sizes: dict[int, list[int]] = {}
    for model, block in enumerate(blocks):
        sizes.setdefault(len(block), []).append(model)
    waiting = [_Beginning(passed=(0,) * len(sizes))]
    seen: set[object] = set()
    while waiting:
        beginning = waiting.pop()
        for longer in _longer(beginning, blocks, sizes, places):
            yield longer.picks
            key = (longer.named, longer.passed, _outcome(longer.picks))
            if len(longer.picks) < len(places) and key not in seen:
                seen.add(key)
                waiting.append(longer)


def _longer(
    beginning: _Beginning,
    blocks: Sequence[Sequence[Gpu]],
    sizes: Mapping[int, Sequence[int]],
    places: Mapping[int, int],
) -> Iterator[_Beginning]:
    """Put each model behind a beginning that may stand there; of those of one size that are passed by, one for all."""
    for position, (size, models) in enumerate(sizes.items()):
        free = [model for model in models if model not in beginning.named]
        if len(free) == beginning.passed[position]:
            continue  # each of this size stands before
        start, end = beginning.length, beginning.length + size
        ranks = [rank for rank in range(start, end) if rank in places]
        if not ranks:
            passed = tuple(count + (at == position) for at, count in enumerate(beginning.passed))
            yield replace(beginning, length=end, passed=passed)
            continue
        for model in free:
            picks = tuple((places[rank], blocks[model][rank - start]) for rank in ranks)
            yield replace(beginning, length=end, named=beginning.named | {model}, picks=(*beginning.picks, *picks))
