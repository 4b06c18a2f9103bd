"""The verdict on an entry with its settings for a task, and on the hardware to run it on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.checks.hardware.devices import device_findings
from model_garden_registry.checks.hardware.fit import fit_findings, skipped_finding
from model_garden_registry.checks.hardware.hosts import Judged
from model_garden_registry.checks.hardware.machine import Alike, Machine
from model_garden_registry.checks.hardware.need import memory_of
from model_garden_registry.checks.hardware.splitting import (
    Rank,
    at_split,
    better_split,
    is_to_better,
    open_sizes,
    split_findings,
)
from model_garden_registry.checks.hardware.states import state_findings
from model_garden_registry.checks.settings_rules import settings_findings
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidEntryError, RegistryError
from model_garden_registry.findings import Code, Finding, Severity, place_of
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.reports import Report


class Siblings:
    """
    The other forms in which a model is published, looked up when they are first asked for.

    Args:
        look_up: Returns them; called before pickling.
    """

    __slots__ = ("_found", "_look_up")

    def __init__(self, look_up: Callable[[], tuple[Candidate, ...]] = tuple) -> None:
        self._look_up = look_up
        self._found: tuple[Candidate, ...] | None = None

    def __call__(self) -> tuple[Candidate, ...]:
        if self._found is None:
            self._found = self._look_up()
        return self._found

    def __reduce__(self) -> tuple[Callable[[tuple[Candidate, ...]], Siblings], tuple[tuple[Candidate, ...]]]:
        return _known_siblings, (self(),)


def _known_siblings(found: tuple[Candidate, ...]) -> Siblings:
    return Siblings(lambda: found)


#: No other forms.
_NO_SIBLINGS = Siblings()


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    An entry with its settings for a task, and the machine to run it on: the input of a verdict.

    Args:
        subject: The id by which the entry is found.

        demand: Entry, task and settings, with what they need of hardware.

        asked: The demand before a split was chosen for the machine; None if none was chosen.

        flaws: Rules that the entry breaks, as far as they concern the task.

        machine: None: no hardware is judged.

        gpu_required: Whether a verdict without a GPU is a failure.

        must_be_free: Whether memory that is not free now is a failure.

        allow_deprecated: Whether a deprecated model is a note instead of a failure.

        written: The subject as the user wrote it, where that is not its id.

        siblings: Other forms of the model, which may be offered instead of it.
    """

    subject: str
    demand: Demand
    asked: Demand | None = None
    flaws: tuple[Flaw, ...] = ()
    machine: Machine | None = None
    gpu_required: bool = False
    must_be_free: bool = False
    allow_deprecated: bool = False
    written: str | None = None
    siblings: Siblings = field(default=_NO_SIBLINGS, compare=False, repr=False)

    @property
    def gpu_total_bytes(self) -> GpuMemory | None:
        """Memory of the largest GPU, with its other facts; None if unknown."""
        return self.machine.largest_bytes if self.machine else None

    @lazy
    def hardware_findings(self) -> tuple[Finding, ...]:
        """The findings about the hardware, or that none was judged."""
        return tuple(_hardware_findings(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    An entry for a question about a task, looked up once.

    Args:
        subject: The id by which it is found.

        flaws: Rules that it breaks, as far as they concern the task.

        siblings: Other forms of the model, which may be offered instead of it.
    """

    subject: str
    entry: ModelInfo
    task: Task
    flaws: tuple[Flaw, ...] = ()
    siblings: Siblings = field(default=_NO_SIBLINGS, compare=False, repr=False)

    def case(
        self,
        demand: Demand,
        machine: Machine | None = None,
        *,
        gpu_required: bool = False,
        must_be_free: bool = False,
        allow_deprecated: bool = False,
    ) -> Case:
        """
        Return the case of this entry, on a machine or on none.

        Where the settings leave the split open, it is chosen for the machine: see ``on_its_hardware``.
        """
        case = Case(
            subject=self.subject,
            demand=demand,
            flaws=self.flaws,
            machine=machine,
            gpu_required=gpu_required,
            must_be_free=must_be_free,
            allow_deprecated=allow_deprecated,
            siblings=self.siblings,
        )
        return on_its_hardware(case)


def on_its_hardware(case: Case) -> Case:
    """
    Return the case with the model split for its machine, if its settings leave that open.

    The entry's own split is kept if it is ok. Else the split is the smallest with the best verdict, one with a margin
    before one without; if every split fails for lack of memory, the largest, since that needs least of each
    GPU. If a name means several GPUs, a split that works on each is better than the answer that they differ.
    """
    demand, machine = case.demand, case.machine
    if machine is None:
        return case
    may_be_better = is_to_better(_rank(case), has_alternatives=bool(machine.hardware.alternatives))
    sizes = open_sizes(demand, machine.seen.fewest) if may_be_better else ()
    if not sizes:
        return case
    others = [replace(case, demand=at_split(demand, size), asked=demand) for size in sizes if size != demand.parts]
    best = better_split(case, others, _rank)
    if best is not case or sizes[-1] == demand.parts:
        return best
    failed = {finding.code for finding in case.hardware_findings if finding.severity is Severity.FAIL}
    return others[-1] if failed & {Code.VRAM_LOW, Code.GPUS_FEW} else case


def _rank(case: Case) -> Rank:
    is_tight = any(
        finding.code is Code.VRAM_BELOW_RECOMMENDED and finding.severity is Severity.WARNING
        for finding in case.hardware_findings
    )
    return Rank(place_of(case.hardware_findings), is_tight)


def report_on(case: Case) -> Report:
    """Return the verdict, without looking for remedies."""
    demand = case.demand
    return Report(
        subject=case.subject,
        asked=case.written,
        task=demand.task,
        settings=demand.settings,
        hardware=case.machine.hardware if case.machine and demand.entry.needs_gpu(demand.task) else None,
        estimate=demand.estimate(case.gpu_total_bytes),
        findings=(
            *settings_findings(
                demand.entry, demand.task, demand.settings, case.flaws, allow_deprecated=case.allow_deprecated
            ),
            *case.hardware_findings,
        ),
    )


def could_not_check(model_id: str, task: Task, error: RegistryError) -> Report:
    """Return the report of an entry that cannot be read or judged: unknown."""
    each: Iterable[RegistryError] = (error,)
    if isinstance(error, InvalidEntryError):
        each = (InvalidEntryError(error.model_id, (problem,)) for problem in error.problems)
    findings = (Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message=str(one)) for one in each)
    return Report(subject=model_id, task=task, findings=tuple(findings))


def _hardware_findings(case: Case) -> Iterator[Finding]:
    entry = case.demand.entry
    if not entry.needs_gpu(case.demand.task):
        yield Finding(code=Code.NO_GPU_NEEDED, severity=Severity.NOTE, message="no GPU needed")
        return
    findings = (skipped_finding(),) if case.machine is None else _machine_findings(case, case.machine)
    is_judged = all(finding.code is not Code.NOT_CHECKED for finding in findings)
    yield from (*split_findings(case.demand), *case.demand.notes(case.gpu_total_bytes)) if is_judged else ()
    for finding in findings:
        yield _required(finding) if case.gpu_required and finding.code is Code.NOT_CHECKED else finding


def _machine_findings(case: Case, machine: Machine) -> tuple[Finding, ...]:
    demand, ram = case.demand, machine.hardware.ram
    computation = demand.computation

    def judge(alike: Alike) -> Judged:
        device, named = alike.first, alike.named
        need = demand.of_each(memory_of(device))
        found = device_findings(device, named, need, ram=ram, must_be_free=case.must_be_free)
        return Judged(
            alike, need, (*computation.findings(device, named), *found, *state_findings(device, named, demand))
        )

    if machine.seen.is_ambiguous:  # the same devices stand in many readings
        judge = cache(judge)
    least_ram = demand.entry.requirements.min_ram_gb
    return fit_findings(machine, judge, gpus=demand.gpus, min_ram_gb=least_ram, is_ram_stated=demand.stated.has_ram)


def _required(finding: Finding) -> Finding:
    return replace(
        finding,
        code=Code.GPU_REQUIRED,
        severity=Severity.FAIL,
        message=f"a GPU is required; {finding.message}",
    )
