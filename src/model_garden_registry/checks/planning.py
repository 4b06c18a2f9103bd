"""Which GPUs run a model, and how many of each: the inverse of which models run on a GPU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from model_garden_registry.checks.hardware.demand import Demand, demand_of, own_demand
from model_garden_registry.checks.hardware.machine import machine_of
from model_garden_registry.checks.hardware.splitting import at_split, sizes_up_to
from model_garden_registry.checks.validation import Candidate, report_on
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.gpu_table import KnownGpu
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.reports import Report

#: How many equal GPUs one host has. Source: hosts as vendors sell them.
COUNTS = (1, 2, 4, 8)
#: Two of the largest hosts.
HOSTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    GPUs that run a model.

    Args:
        gpu: Name of the GPU in the table of known GPUs.

        count: Over how many of them the model is split or trained.

        gpu_total_bytes: Memory of each.

        report: The verdict on them, with its settings.
    """

    gpu: str
    count: int
    gpu_total_bytes: int
    report: Report = field(repr=False)

    @property
    def total_bytes(self) -> int:
        """Memory of all of them together."""
        return self.count * self.gpu_total_bytes

    @property
    def share(self) -> float | None:
        """``safe`` as a share of each GPU; None without an estimate."""
        estimate = self.report.estimate
        return None if estimate is None else estimate.safe_bytes / self.gpu_total_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    The GPUs that run a model for a task.

    Args:
        subject: Id of the model.

        choices: GPUs that run it, by total memory, then by count.

        refused: The verdict on the largest GPUs that do not run it; None if all do.
    """

    subject: str
    task: Task
    choices: tuple[Choice, ...]
    refused: Report | None = field(repr=False)


def plan(candidate: Candidate, settings: Settings, gpus: Iterable[KnownGpu]) -> Plan:
    """
    Judge a model on 1, 2, 4 and 8 of each GPU, split as its engine or stack can, or as the settings say.

    If 8 are not enough, 16 in two hosts are judged, if the engine or the sharding can span hosts.

    Args:
        settings: The merged settings; those of a split are changed as ``solver.split`` says.

        gpus: Rows of the table of known GPUs.
    """
    own = own_demand(candidate.entry, candidate.task)
    asked = demand_of(candidate.entry, candidate.task, settings, own=own)
    demands = {count: at_split(asked, count) for count in _counts(asked)}  # GPUs of one size share estimates
    beyond = _over_hosts(asked, demands)
    judged = [choice for row in gpus for choice in _choices(candidate, demands, beyond, row)]
    ordered = sorted(judged, key=lambda choice: (choice.total_bytes, choice.count))
    others = [choice.report for choice in ordered if not choice.report.is_valid]
    return Plan(
        subject=candidate.subject,
        task=candidate.task,
        choices=tuple(choice for choice in ordered if choice.report.is_valid),
        refused=others[-1] if others else None,
    )


def _counts(demand: Demand) -> tuple[int, ...]:
    """Return the numbers of GPUs to judge: the one that is set, else those over which the model can be split."""
    if demand.is_split_set:
        return (demand.parts,)
    sizes = set(sizes_up_to(demand, COUNTS[-1]))
    return tuple(count for count in COUNTS if count in sizes)


def _over_hosts(asked: Demand, demands: Mapping[int, Demand]) -> Demand | None:
    """Return the demand over two hosts; None if the split is set, or cannot span hosts."""
    if asked.is_split_set or COUNTS[-1] not in demands:
        return None
    beyond = at_split(asked, HOSTS * COUNTS[-1], hosts=HOSTS)
    settings, shape = beyond.settings, asked.entry.architecture
    if isinstance(settings, InferenceSettings):
        layers = shape.num_hidden_layers if shape else None
        return beyond if settings.engine != "transformers" and (layers or 0) >= HOSTS else None
    return beyond if settings is not None and settings.sharding != "device_map" else None


def _choices(
    candidate: Candidate, demands: Mapping[int, Demand], beyond: Demand | None, row: KnownGpu
) -> Iterator[Choice]:
    does = row.is_integrated  # one is a whole machine
    for count, demand in demands.items():
        if count > 1 and row.is_integrated:
            continue
        choice = _choice(candidate, demand, row, count)
        does = does or choice.report.is_valid
        yield choice
    if beyond is not None and not does:
        yield _choice(candidate, beyond, row, beyond.parts)


def _choice(candidate: Candidate, demand: Demand, row: KnownGpu, count: int) -> Choice:
    machine = machine_of(known_gpu(row.name, count=count))
    report = report_on(candidate.case(demand, machine))
    return Choice(gpu=row.name, count=count, gpu_total_bytes=row.total_bytes, report=report)
