"""Which GPUs run a model, and how many of each: the inverse of which models run on a GPU."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

from model_garden_registry.checks.hardware.demand import Demand, demand_of, own_demand
from model_garden_registry.checks.hardware.fleets import Fleet
from model_garden_registry.checks.hardware.machine import Machine, machine_of
from model_garden_registry.checks.hardware.splitting import at_split, sizes_up_to
from model_garden_registry.checks.validation import Candidate, report_on
from model_garden_registry.checks.verdicts import Verdicts
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpu_table import KnownGpu
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.lazy import lazy
from model_garden_registry.reports import Report

#: How many equal GPUs one host has. Source: hosts as vendors sell them.
COUNTS = (1, 2, 4, 8)
#: Two of the largest hosts.
HOSTS = 2


@dataclass(frozen=True, kw_only=True)
class Choice:
    """
    GPUs that run a model.

    Args:
        gpu: Name of the GPU in the table of known GPUs.

        count: Over how many of them the model is split or trained.

        gpu_total_bytes: Memory of each.

        verdict: The verdict on them.

        judge: Gives the report of that verdict.
    """

    gpu: str
    count: int
    gpu_total_bytes: int
    verdict: Verdict
    judge: Callable[[], Report] = field(repr=False, compare=False)

    @lazy
    def report(self) -> Report:
        """The verdict on them, with its settings; made when it is first asked for."""
        return self.judge()

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


def plan_in_steps(candidate: Candidate, settings: Settings, gpus: Iterable[KnownGpu]) -> Generator[None, None, Plan]:
    """
    Judge a model on 1, 2, 4 and 8 of each GPU, split as its engine or stack can, or as the settings say.

    If 8 are not enough, 16 in two hosts are judged, if the engine or the sharding can span hosts.

    Args:
        settings: The merged settings; those of a split are changed as ``solver.split`` says.

        gpus: Rows of the table of known GPUs.

    Yields:
        Nothing, after each number of GPUs.
    """
    rows, own = tuple(gpus), own_demand(candidate.entry, candidate.task)
    asked = demand_of(candidate.entry, candidate.task, settings, own=own)
    judged = []
    for count in _counts(asked):
        there = [row for row in rows if count == 1 or not row.is_integrated]  # of those, one is a whole machine
        judged += _choices(candidate, at_split(asked, count), there)
        yield
    if beyond := _over_hosts(asked):
        running = {choice.gpu for choice in judged if choice.verdict.is_valid}
        others = [row for row in rows if not row.is_integrated and row.name not in running]
        judged += _choices(candidate, beyond, others)
    ordered = sorted(judged, key=lambda choice: (choice.total_bytes, choice.count))
    refused = [choice for choice in ordered if not choice.verdict.is_valid]
    return Plan(
        subject=candidate.subject,
        task=candidate.task,
        choices=tuple(choice for choice in ordered if choice.verdict.is_valid),
        refused=refused[-1].report if refused else None,
    )


def _counts(demand: Demand) -> tuple[int, ...]:
    """Return the numbers of GPUs to judge: the one that is set, else those over which the model can be split."""
    if demand.is_split_set:
        return (demand.parts,)
    sizes = set(sizes_up_to(demand, COUNTS[-1]))
    return tuple(count for count in COUNTS if count in sizes)


def _over_hosts(asked: Demand) -> Demand | None:
    """Return the demand over two hosts; None if the split is set, or cannot span hosts."""
    if asked.is_split_set or COUNTS[-1] not in _counts(asked):
        return None
    beyond = at_split(asked, HOSTS * COUNTS[-1], hosts=HOSTS)
    settings, shape = beyond.settings, asked.entry.architecture
    if isinstance(settings, InferenceSettings):
        layers = shape.num_hidden_layers if shape else None
        return beyond if settings.engine != "transformers" and (layers or 0) >= HOSTS else None
    return beyond if settings is not None and settings.sharding != "device_map" else None


def _choices(candidate: Candidate, demand: Demand, rows: Sequence[KnownGpu]) -> list[Choice]:
    """Judge a model on as many of each GPU as its split needs, on one of the machines if it needs several."""
    machines = [_machine(row.name, demand.parts) for row in rows]
    verdicts = Verdicts(candidate, demand).on(Fleet(machines))
    return [
        Choice(
            gpu=row.name,
            count=demand.parts * demand.nodes,
            gpu_total_bytes=row.total_bytes,
            verdict=verdict,
            judge=partial(_report, candidate, demand, machine),
        )
        for row, machine, verdict in zip(rows, machines, verdicts, strict=True)
    ]


@lru_cache(maxsize=1024)
def _machine(name: str, count: int) -> Machine:
    """Return so many of a GPU: for every model the same."""
    return machine_of(known_gpu(name, count=count))


def _report(candidate: Candidate, demand: Demand, machine: Machine) -> Report:
    return report_on(candidate.case(demand, machine))
