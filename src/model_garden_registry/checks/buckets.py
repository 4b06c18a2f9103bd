"""Which models run on given hardware unchanged, with changed settings, or not at all, best first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import TypeAlias

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.checks.validation import Case
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Verdict
from model_garden_registry.hardware.gpus import DriverState, Hardware
from model_garden_registry.hardware.visible_devices import visible_devices
from model_garden_registry.lazy import lazy
from model_garden_registry.reports import Report


class Bucket(StrEnum):
    """How well a model runs on given hardware, best first."""

    RUNS = "runs"
    WITH_CHANGES = "runs-with-changes"
    DOES_NOT_RUN = "does-not-run"
    NOT_JUDGED = "not-judged"


#: Reasons why a host has no GPU to judge, whatever the model.
OF_THE_HOST = frozenset(
    {
        *(Code.DRIVER_NOT_LOADED, Code.VERSION_MISMATCH, Code.NO_PERMISSION, Code.INIT_FAILED, Code.NO_ANSWER),
        *(Code.NO_DEVICE, Code.MASKED, Code.MIG_EMPTY),
    }
)


def bucket_of(report: Report) -> Bucket:
    """Return the bucket of a report; a model runs with changes where the report has remedies."""
    if _runs(report.verdict):
        return Bucket.RUNS
    if report.remedies:
        return Bucket.WITH_CHANGES
    return Bucket.DOES_NOT_RUN if report.verdict is Verdict.FAIL else Bucket.NOT_JUDGED


def _runs(verdict: Verdict) -> bool:
    return verdict in (Verdict.OK, Verdict.WARNING)


#: A report without remedies, and its case; None where the model could not be judged.
Judged: TypeAlias = tuple[Report, Case | None]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """
    A model that was judged on some hardware.

    Args:
        row: The model.

        verdict: The verdict.

        judge: Returns the report of that verdict, with its case.
    """

    row: Row
    verdict: Verdict
    judge: Callable[[], Judged] = field(repr=False, compare=False)

    @lazy
    def _judged(self) -> Judged:
        return self.judge()

    @property
    def judged(self) -> Report:
        """The report without remedies, made on first use."""
        return self._judged[0]

    @property
    def case(self) -> Case | None:
        """The case that was judged; None where the model could not be judged."""
        return self._judged[1]

    @property
    def runs(self) -> bool:
        """Whether it runs unchanged; needs neither a report nor a search for remedies."""
        return _runs(self.verdict)

    @lazy
    def report(self) -> Report:
        """The report with the best remedy, searched for on first use."""
        if self.case is None:
            return self.judged
        from model_garden_registry.checks.cures import (
            with_remedies,
        )  # late: only a report with remedies needs the search

        return with_remedies(self.judged, self.case, most=1)

    @lazy
    def bucket(self) -> Bucket:
        """How well the model runs on the hardware."""
        return Bucket.RUNS if self.runs else bucket_of(self.report)

    @property
    def gpu_total_bytes(self) -> int | None:
        """Memory of the largest GPU in question; None where none is known."""
        return None if self.case is None else self.case.gpu_total_bytes


@dataclass(frozen=True, kw_only=True)
class Fits:
    """
    Which models run a task on given hardware.

    Args:
        task: What they are to be used for.

        hardware: What they were judged on.

        rows: The models that were asked about, in the order of their rank.

        verdicts: The verdict on each of them, in the same order.

        judge: Returns the report of one of them by its position, with its case.

        pool: The pool of a cluster that they were judged in; None: on one machine.

        kinds: The kinds of nodes in that pool, each with the hardware of one node; each model is judged on the best.
    """

    task: Task
    hardware: Hardware = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)
    verdicts: tuple[Verdict, ...] = field(repr=False)
    judge: Callable[[int], Judged] = field(repr=False, compare=False)
    pool: str | None = None
    kinds: tuple[Hardware, ...] = field(default=(), repr=False)

    def hardware_of(self, one: Fitted) -> Hardware:
        """Return the hardware that a model was judged on: in a pool, that of the best kind of node."""
        judged = one.judged.hardware if self.pool is not None else None
        return self.hardware if judged is None else judged

    @lazy
    def fitted(self) -> tuple[Fitted, ...]:
        """The models with what was found of each."""
        return tuple(
            Fitted(row=row, verdict=verdict, judge=partial(self.judge, place))
            for place, (row, verdict) in enumerate(zip(self.rows, self.verdicts, strict=True))
        )

    @property
    def reports(self) -> tuple[Report, ...]:
        """The report of each, in the same order, with its best remedy."""
        return tuple(one.report for one in self.fitted)

    @property
    def host(self) -> Finding | None:
        """Why there is no GPU to judge, the same for every model; None where there is a GPU."""
        is_read = self.hardware.state is DriverState.READ
        if is_read and any(visible_devices(self.hardware).readings):
            return None
        return host_finding(one.judged for one in self.fitted)

    @property
    def buckets(self) -> dict[Bucket, tuple[Fitted, ...]]:
        """The models by bucket, best first; every bucket is there."""
        return {bucket: tuple(one for one in self.fitted if one.bucket is bucket) for bucket in Bucket}

    def best(self) -> Iterator[Fitted]:
        """Return the models by bucket, within each by rank; see ``best_of``."""
        return (one for (one,) in best_of((self,)))

    def first(self, most: int | None = None) -> list[Fitted]:
        """Return the best ``most`` models; None: all."""
        return list(islice(self.best(), most))


def best_of(each: Sequence[Fits]) -> Iterator[tuple[Fitted, ...]]:
    """
    Yield models with the result on each of several machines, by their best bucket, then by rank.

    Remedies are searched for only as far as models are taken: those that run unchanged come first, of
    these the ones without a warning.

    Args:
        each: What was asked about the same models.
    """
    others = []
    for ones in _comfortable_first(each):
        if any(one.runs for one in ones):
            yield ones
        else:
            others.append(ones)
    for bucket in (Bucket.WITH_CHANGES, Bucket.DOES_NOT_RUN, Bucket.NOT_JUDGED):
        worse = []
        for ones in others:
            if any(one.bucket is bucket for one in ones):
                yield ones
            else:
                worse.append(ones)
        others = worse


def running_rows(each: Sequence[Fits]) -> list[Row]:
    """Return the models that run unchanged on at least one of the machines, in order, without a search for remedies."""
    return [ones[0].row for ones in _comfortable_first(each) if any(one.runs for one in ones)]


def _comfortable_first(each: Sequence[Fits]) -> list[tuple[Fitted, ...]]:
    """Put those that run without a warning before the others."""
    together = zip(*(fits.fitted for fits in each), strict=True)
    return sorted(together, key=lambda ones: not any(one.verdict is Verdict.OK for one in ones))


def host_finding(reports: Iterable[Report]) -> Finding | None:
    """Return why there is no GPU to judge, the same for every model; None where there is a GPU, or none was needed."""
    found = (finding for report in reports for finding in report.findings if finding.code in OF_THE_HOST)
    return next(found, None)
