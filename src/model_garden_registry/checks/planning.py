"""Which GPUs run a model, and how many of each: the inverse of which models run on a GPU."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from model_garden_registry.checks.hardware.demand import Demand, demand_of, own_demand
from model_garden_registry.checks.hardware.fleets import Fleet
from model_garden_registry.checks.hardware.machine import Machine, machine_of
from model_garden_registry.checks.hardware.splitting import at_split, sizes_up_to
from model_garden_registry.checks.pools import first_gpus, pool_kinds
from model_garden_registry.checks.validation import Candidate, report_on
from model_garden_registry.checks.verdicts import Verdicts
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpu_table import KnownGpu
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.labels import distinct_names
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
        gpu: Name of the GPU in the table of known GPUs, or in the inventory.

        count: Over how many of them the model is split or trained.

        gpu_total_bytes: Memory of each.

        verdict: The verdict on them.

        judge: Gives the report of that verdict.

        pool: The pool of the cluster that has a node with them; None for the table of known GPUs.
    """

    gpu: str
    count: int
    gpu_total_bytes: int
    verdict: Verdict
    judge: Callable[[], Report] = field(repr=False, compare=False)
    pool: str | None = None

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

        refused_pools: The same for each pool of a cluster in which no node runs it, least memory first.
    """

    subject: str
    task: Task
    choices: tuple[Choice, ...]
    refused: Report | None = field(repr=False)
    refused_pools: tuple[Report, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """
    GPUs to judge a model on.

    Args:
        gpu: Their name.

        gpu_total_bytes: Memory of each; 0 if unknown.

        most: How many one machine has; None: as many as are wanted.

        machine: Gives a machine with so many of them.

        pools: The pools that have such a node; one None for the table of known GPUs.
    """

    gpu: str
    gpu_total_bytes: int
    most: int | None
    machine: Callable[[int], Machine]
    pools: tuple[str | None, ...] = (None,)


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
    kinds, asked = [_of_table(row) for row in gpus], _asked(candidate, settings)
    judged = []
    for count in _counts(asked):
        there = [kind for kind in kinds if kind.most is None or count <= kind.most]
        judged += _choices(candidate, at_split(asked, count), there)
        yield
    if beyond := _over_hosts(asked):
        running = {choice.gpu for choice in judged if choice.verdict.is_valid}
        others = [kind for kind in kinds if kind.most is None and kind.gpu not in running]
        judged += _choices(candidate, beyond, others)
    return _plan(candidate, judged)


def plan_pools_in_steps(candidate: Candidate, settings: Settings, inventory: Inventory) -> Generator[None, None, Plan]:
    """
    Judge a model on 1, 2, 4 and 8 GPUs of one node, for each pool and kind of node, split as in ``plan_in_steps``.

    A node with fewer GPUs than the least split needs is judged as it is, for the reason.

    Yields:
        Nothing, after each number of GPUs.
    """
    kinds, asked = _of_pools(inventory), _asked(candidate, settings)
    counts, judged = _counts(asked), []
    for count in counts:
        there = [kind for kind in kinds if count == counts[0] or count <= (kind.most or 0)]
        judged += _choices(candidate, at_split(asked, count), there)
        yield
    return _plan(candidate, judged)


def _asked(candidate: Candidate, settings: Settings) -> Demand:
    own = own_demand(candidate.entry, candidate.task)
    return demand_of(candidate.entry, candidate.task, settings, own=own)


def _plan(candidate: Candidate, judged: Sequence[Choice]) -> Plan:
    """Return choices in order; nodes of a pool that differ in nothing that a choice says are one."""
    ordered = sorted(dict.fromkeys(judged), key=lambda choice: (choice.total_bytes, choice.count))
    choices = tuple(choice for choice in ordered if choice.verdict.is_valid)
    refused = [choice for choice in ordered if not choice.verdict.is_valid]
    running = {None, *(choice.pool for choice in choices)}
    largest = {choice.pool: choice for choice in refused if choice.pool not in running}
    return Plan(
        subject=candidate.subject,
        task=candidate.task,
        choices=choices,
        refused=refused[-1].report if refused else None,
        refused_pools=tuple(choice.report for choice in largest.values()),
    )


def _of_table(row: KnownGpu) -> _Kind:
    """Return GPUs of the table; of those that share the memory of their host, one is a whole machine."""
    most = 1 if row.is_integrated else None
    return _Kind(gpu=row.name, gpu_total_bytes=row.total_bytes, most=most, machine=partial(_machine, row.name))


def _of_pools(inventory: Inventory) -> list[_Kind]:
    """Return the kinds of nodes of an inventory, equal ones of several pools once."""
    pools: dict[int, list[str]] = {}
    nodes: dict[int, Hardware] = {}
    for pool, each in pool_kinds(inventory).items():
        for hardware in each:
            nodes[id(hardware)] = hardware
            pools.setdefault(id(hardware), []).append(pool)
    return [_of_node(hardware, tuple(pools[key])) for key, hardware in nodes.items()]


def _of_node(hardware: Hardware, pools: tuple[str, ...]) -> _Kind:
    whole = machine_of(hardware)
    most = whole.seen.fewest

    def machine(count: int) -> Machine:
        return whole if count >= most else machine_of(first_gpus(hardware, count))

    size = int(whole.largest_bytes or 0)
    return _Kind(gpu=distinct_names(whole.seen), gpu_total_bytes=size, most=most, machine=machine, pools=pools)


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


def _choices(candidate: Candidate, demand: Demand, kinds: Sequence[_Kind]) -> list[Choice]:
    """Judge a model on as many of each GPU as its split needs, on one of the machines if it needs several."""
    machines = [kind.machine(demand.parts) for kind in kinds]
    verdicts = Verdicts(candidate, demand).on(Fleet(machines))
    return [
        Choice(
            gpu=kind.gpu,
            count=demand.parts * demand.nodes,
            gpu_total_bytes=kind.gpu_total_bytes,
            verdict=verdict,
            judge=partial(_report, candidate, demand, machine, pool),
            pool=pool,
        )
        for kind, machine, verdict in zip(kinds, machines, verdicts, strict=True)
        for pool in kind.pools
    ]


@lru_cache(maxsize=1024)
def _machine(name: str, count: int) -> Machine:
    """Return so many of a GPU: for every model the same."""
    return machine_of(known_gpu(name, count=count))


def _report(candidate: Candidate, demand: Demand, machine: Machine, pool: str | None) -> Report:
    report = report_on(candidate.case(demand, machine))
    return report if pool is None else replace(report, pool=pool)
