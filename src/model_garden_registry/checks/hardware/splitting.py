"""Over how many GPUs a model is split: chosen for the hardware, unless the settings say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeVar

from model_garden_registry.checks.hardware.demand import Demand, demand_of
from model_garden_registry.entries.settings.merging import with_changes
from model_garden_registry.entries.settings.task_settings import FOR_HARDWARE, InferenceSettings, Settings
from model_garden_registry.findings import VERDICTS, Code, Finding, Severity, Verdict
from model_garden_registry.memory.fitting.solver import LARGEST_HOST, parallel_sizes, split_changes
from model_garden_registry.reports import Split, split_of

T = TypeVar("T")


_FAIL, _UNKNOWN = VERDICTS.index(Verdict.FAIL), VERDICTS.index(Verdict.UNKNOWN)


class Rank(NamedTuple):
    """
    How good a verdict on hardware is; smaller is better.

    Args:
        verdict: Its position among verdicts, best first.

        is_tight: Whether the memory leaves no margin.
    """

    verdict: int
    is_tight: bool


#: The best rank.
BEST = Rank(0, is_tight=False)


def better_split(own: T, others: Iterable[T], rank: Callable[[T], Rank]) -> T:
    """
    Return the split with the best verdict on hardware; the first of equal ones.

    Args:
        own: The entry's own split.

        others: Other splits, smallest first.

        rank: Returns the rank of a split.
    """
    best, least = own, rank(own)
    for other in others:
        found = rank(other)
        if found < least:
            best, least = other, found
        if least == BEST:
            break
    return best


def is_to_better(rank: Rank, *, has_alternatives: bool) -> bool:
    """
    Return whether a split other than the entry's own may have a better verdict.

    Args:
        has_alternatives: Whether a name means several GPUs.
    """
    return rank.verdict == _FAIL or rank.is_tight or (rank.verdict == _UNKNOWN and has_alternatives)


def open_sizes(demand: Demand, there: int) -> tuple[int, ...]:
    """
    Return the numbers of GPUs over which a demand may be split, of those that are there, fewest first.

    Empty if the split is not open: it is set, there are no settings, or only a stated minimum is known, which
    is for the entry's own split. An engine supports only some sizes, and never fewer than the entry declares.
    """
    is_known = demand.is_exact or not demand.stated.bytes_each[0]
    if demand.settings is None or demand.is_split_set or not is_known:
        return ()
    fewest = demand.stated.gpus
    return tuple(size for size in sizes_up_to(demand, min(there, LARGEST_HOST)) if size * demand.nodes >= fewest)


def sizes_up_to(demand: Demand, there: int) -> tuple[int, ...]:
    """
    Return over how many GPUs of a machine the settings of a demand can be split, fewest first.

    Args:
        there: How many GPUs the machine has; pipeline stages and copies of the model share those of all machines.
    """
    settings = demand.settings
    if not isinstance(settings, InferenceSettings):
        return tuple(range(1, there + 1))
    each, nodes = settings.gpus // settings.tensor_parallel_size, settings.nodes
    wholes = (size * each for size in parallel_sizes(demand.entry, settings, there * nodes // each))
    return tuple(whole // nodes for whole in wholes if whole % nodes == 0)


def at_split(demand: Demand, gpus: int, *, hosts: int = 1) -> Demand:
    """
    Return the demand of the same task split over this many GPUs of a machine; itself if it is split so already.

    Args:
        hosts: Over how many machines: an engine then has one pipeline stage per machine, split within it.
    """
    settings = demand.settings
    if settings is None or (demand.parts == gpus and hosts == 1):
        return demand
    return demand.split_over((gpus, hosts), lambda: _split(demand, settings, gpus, hosts=hosts))


def _split(demand: Demand, settings: Settings, gpus: int, *, hosts: int) -> Demand:
    gpus *= settings.nodes
    if isinstance(settings, InferenceSettings):
        each = settings.gpus // settings.tensor_parallel_size * hosts
        changes = split_changes(demand.entry, settings, gpus // each)
        if hosts > 1:
            changes["pipeline_parallel_size"] = settings.pipeline_parallel_size * hosts
    else:
        changes = split_changes(demand.entry, settings, gpus)
    if hosts > 1:
        changes["nodes"] = settings.nodes * hosts
    changed = with_changes(demand.entry, settings, changes, FOR_HARDWARE)
    return demand_of(demand.entry, demand.task, changed, own=demand.own or demand)


def split_findings(demand: Demand) -> Iterator[Finding]:
    """Yield that a split was chosen, or that the split that is set is smaller than the entry declares."""
    if demand.settings is None or not demand.is_split_set:
        return
    now, own = split_of(demand.settings), demand.own
    if now.chosen and own is not None and own.settings is not None:
        default = f"the entry's default is {_gpus_text(split_of(own.settings))}"
        message = f"on {_gpus_text(now)}, chosen for the hardware; {default}"
        yield Finding(code=Code.SPLIT_CHOSEN, severity=Severity.NOTE, message=message)
    elif now.gpus < demand.stated.gpus:
        message = f"the settings split over {now.gpus}, the entry states that {demand.stated.gpus} GPUs are needed"
        finding = Finding(code=Code.SPLIT_BELOW_STATED, severity=Severity.WARNING, message=message)
        yield replace(finding, have=now.gpus, need=demand.stated.gpus, unit="GPUs")


def _gpus_text(split: Split) -> str:
    if split.gpus == 1:
        return "1 GPU"
    where = f"{split.gpus} GPUs of {split.nodes} machines" if split.nodes > 1 else f"{split.gpus} GPUs"
    return f"{where} ({split.how.replace('_', ' ')})" if split.how != "none" else where
