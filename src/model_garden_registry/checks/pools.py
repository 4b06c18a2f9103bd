"""Pools of a cluster: a model passes in a pool if it passes on one of the kinds of nodes in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from model_garden_registry.checks.buckets import Fits, Judged
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpus import Cause, Gpu, Hardware, Unread
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.reports import Outcome, Report

T = TypeVar("T")

#: Names and reasons in a message.
_LONGEST_NAME, _MOST_REASONS = 40, 3
#: From the best: of several kinds, one that is not known may turn out well.
_ORDER = (Verdict.OK, Verdict.WARNING, Verdict.NOT_CHECKED, Verdict.UNKNOWN, Verdict.FAIL)


def pool_kinds(inventory: Inventory, *, only_free: bool = False) -> dict[str, tuple[Hardware, ...]]:
    """
    Return the kinds of nodes of each pool, each once, those with the least memory first; at least one.

    Nodes without GPUs count only where there are no others, nodes that take no jobs not at all. Nodes whose hardware is
    unknown are one kind with unknown memory, for the reason; so is a pool in which no node counts.

    Args:
        only_free: Whether only GPUs count that a job can take now, where that is known.
    """
    return {pool: tuple(_kinds(nodes, only_free=only_free)) for pool, nodes in inventory.pools().items()}


def _kinds(nodes: Sequence[InventoryNode], *, only_free: bool) -> list[Hardware]:
    known: dict[object, Hardware] = {}
    unknown: dict[str, None] = {}
    for node in nodes:
        hardware = node.hardware
        if hardware is None:
            unknown.setdefault(f"{node.reason or 'unknown'} ({node.name[:_LONGEST_NAME]})")
        elif node.is_judged:
            free = node.free_gpus if only_free else None
            known.setdefault((id(hardware), free), hardware if free is None else _free(hardware, free))
    kinds = sorted(known.values(), key=_memory)
    with_gpus = [one for one in kinds if one.gpus or one.alternatives]
    if unknown:
        with_gpus.append(_unknown("; ".join(list(unknown)[:_MOST_REASONS])))
    return with_gpus or kinds or [_unknown(_out(nodes))]


def _free(hardware: Hardware, number: int) -> Hardware:
    """Return hardware with as many of its GPUs as are free."""
    if number == 0:
        return Hardware(source="file", hints=("No GPU of these nodes is free.",))
    return first_gpus(hardware, number)


def first_gpus(hardware: Hardware, number: int) -> Hardware:
    """Return hardware with its first GPUs alone, at least one, all visible; slices are judged one by one."""
    if any(gpu.slices for gpu in hardware.gpus):
        return hardware
    alternatives = tuple(gpus[:number] for gpus in hardware.alternatives)
    return replace(hardware, gpus=hardware.gpus[:number], alternatives=alternatives, cuda_visible_devices=None)


def _out(nodes: Sequence[InventoryNode]) -> str:
    """Return why none of some nodes takes jobs."""
    reasons = dict.fromkeys(node.reason or "" for node in nodes)
    return f"no node takes jobs: {'; '.join(filter(None, reasons))[:200]}"


def _unknown(reason: str) -> Hardware:
    gpu = Gpu(index=0, name="GPU of a node", total_bytes=Unread(Cause.NOT_ASKED, reason))
    return Hardware(source="file", gpus=(gpu,))


def _memory(hardware: Hardware) -> int:
    """Return the memory of all GPUs; of a name that means several, of the smallest."""
    meanings = hardware.alternatives or (hardware.gpus,)
    return min(sum(gpu.total_bytes for gpu in gpus if isinstance(gpu.total_bytes, int)) for gpus in meanings)


def pooled(pool: str, kinds: Sequence[Fits]) -> Fits:
    """
    Return which models run in a pool, from which run on each kind of its nodes.

    Args:
        kinds: What was asked about the same models; at least one, those with the least memory first.
    """
    chosen = [_best(range(len(kinds)), [one.verdicts[place] for one in kinds]) for place in range(len(kinds[0].rows))]

    def judge(place: int) -> Judged:
        return kinds[chosen[place]].judge(place)

    return replace(
        kinds[-1],
        pool=pool,
        kinds=tuple(one.hardware for one in kinds),
        verdicts=tuple(kinds[number].verdicts[place] for place, number in enumerate(chosen)),
        judge=judge,
    )


def pooled_outcomes(pool: str, kinds: Sequence[Sequence[Outcome]]) -> list[Outcome]:
    """Return the outcome of each model in a pool, from its outcomes on each kind of the nodes."""
    best = map(best_outcome, zip(*kinds, strict=True))
    return [replace(outcome, pool=pool) if isinstance(outcome, Report) else outcome for outcome in best]


def best_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the best outcome of a model: of several that pass the first, of those that fail the last."""
    return _best(outcomes, [_verdict(outcome) for outcome in outcomes])


def _verdict(outcome: Outcome) -> Verdict:
    return outcome.verdict if isinstance(outcome, Report) else Verdict.UNKNOWN


def _best(each: Sequence[T], verdicts: Sequence[Verdict]) -> T:
    """Return the one with the best verdict: of several that pass the first, of those that fail the last."""
    best = min(verdicts, key=_ORDER.index)
    places = [place for place, verdict in enumerate(verdicts) if verdict is best]
    return each[places[0 if best.is_valid else -1]]
