"""Over how many GPUs a model is split: for the hardware at hand, unless the settings say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model_garden_registry.checks.hardware.machine import Machine
from model_garden_registry.checks.hardware.need import Demand, demand_of
from model_garden_registry.entries.settings.merging import with_changes
from model_garden_registry.entries.settings.task_settings import FOR_HARDWARE, InferenceSettings, Settings
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.memory.fitting.solver import LARGEST_HOST, parallel_sizes, split_changes
from model_garden_registry.reports import Split, split_of


def open_sizes(demand: Demand, machine: Machine) -> tuple[int, ...]:
    """
    Return the numbers of GPUs over which a demand may be split on a machine, fewest first.

    Empty where the split is not open: it was asked for, there are no settings, or only a stated minimum is known, which
    is for the entry's own. An engine takes only some sizes, and fewer than a person stated to be needed are no choice.
    """
    is_known = demand.is_exact or not demand.stated_bytes[0]
    if demand.settings is None or demand.is_split_set or not is_known:
        return ()
    there = min(*map(len, machine.seen.readings), LARGEST_HOST)
    return tuple(size for size in sizes_up_to(demand, there) if size >= demand.stated_gpus)


def sizes_up_to(demand: Demand, there: int) -> tuple[int, ...]:
    """
    Return over how many GPUs the settings of a demand can be split, fewest first.

    Args:
        there: How many GPUs there are. Stages and copies of the model that were asked for share them.
    """
    settings = demand.settings
    if not isinstance(settings, InferenceSettings):
        return tuple(range(1, there + 1))
    each = settings.gpus // settings.tensor_parallel_size
    return tuple(size * each for size in parallel_sizes(demand.entry, settings, there // each))


def at_split(demand: Demand, gpus: int, *, hosts: int = 1) -> Demand:
    """
    Return what the same task asks of each GPU, split over so many; itself where it is split so already.

    Args:
        hosts: Over how many machines: an engine then has a pipeline of so many stages, each split within a machine.
    """
    settings = demand.settings
    if settings is None or demand.parts == gpus:
        return demand
    return demand.split_over((gpus, hosts), lambda: _split(demand, settings, gpus, hosts=hosts))


def _split(demand: Demand, settings: Settings, gpus: int, *, hosts: int) -> Demand:
    if isinstance(settings, InferenceSettings):
        each = settings.gpus // settings.tensor_parallel_size * hosts
        changes = split_changes(demand.entry, settings, gpus // each)
        if hosts > 1:
            changes["pipeline_parallel_size"] = settings.pipeline_parallel_size * hosts
    else:
        changes = split_changes(demand.entry, settings, gpus)
    changed = with_changes(demand.entry, settings, changes, FOR_HARDWARE)
    return demand_of(demand.entry, demand.task, changed, own=demand.own or demand)


def split_findings(demand: Demand) -> Iterator[Finding]:
    """Say that a split was chosen, or that one was asked for which is smaller than a person stated to be needed."""
    if demand.settings is None:
        return
    now, own = split_of(demand.settings), demand.own
    if now.chosen and own is not None and own.settings is not None:
        default = f"the entry's default is {_gpus_text(split_of(own.settings))}"
        message = f"on {_gpus_text(now)}, chosen for the hardware; {default}"
        yield Finding(code=Code.SPLIT_CHOSEN, severity=Severity.NOTE, message=message)
    elif demand.is_split_set and now.gpus < demand.stated_gpus:
        message = f"the settings split over {now.gpus}, the entry states that {demand.stated_gpus} GPUs are needed"
        finding = Finding(code=Code.SPLIT_BELOW_STATED, severity=Severity.WARNING, message=message)
        yield replace(finding, have=now.gpus, need=demand.stated_gpus, unit="GPUs")


def _gpus_text(split: Split) -> str:
    if split.gpus == 1:
        return "1 GPU"
    return f"{split.gpus} GPUs ({split.how.replace('_', ' ')})" if split.how != "none" else f"{split.gpus} GPUs"
