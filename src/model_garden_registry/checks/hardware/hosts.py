"""Whether enough devices of a machine meet a need, each on its own. Memory is never added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from model_garden_registry.checks.hardware.machine import Alike
from model_garden_registry.checks.hardware.need import Need
from model_garden_registry.findings import Code, Finding, Severity, Verdict, verdict_of, worst
from model_garden_registry.units import GB, gigabytes_text


@dataclass(frozen=True, slots=True)
class Judged:
    """
    Devices that are alike, with what was found about each of them.

    Args:
        need: What each was compared with.
    """

    alike: Alike
    need: Need
    findings: tuple[Finding, ...]

    @property
    def count(self) -> int:
        """How many devices they are."""
        return len(self.alike.devices)

    @property
    def verdict(self) -> Verdict:
        """What the findings amount to."""
        return verdict_of(self.findings)


#: Judges equal devices. Engines choose by the size of the GPU, so each kind has a need of its own.
Judge = Callable[[Alike], Judged]

#: Verdicts on devices that do not decide.
_HEAVIER = {
    Verdict.OK: (Severity.FAIL, Severity.UNKNOWN, Severity.WARNING),
    Verdict.WARNING: (Severity.FAIL, Severity.UNKNOWN),
    Verdict.UNKNOWN: (Severity.FAIL,),
}


def host_findings(kinds: Sequence[Alike], judge: Judge, *, gpus: int, few: str = "") -> tuple[Finding, ...]:
    """
    Judge a machine by its visible devices; those that are alike once.

    The verdict is that of the worst device among the best ``gpus``; heavier findings become notes.

    Args:
        kinds: The visible devices, in groups of those that are alike.

        gpus: How many devices must each meet the need.

        few: Why there are not more of them, as the end of a sentence; empty if all are visible.
    """
    judged = [judge(alike) for alike in kinds]
    if len(judged) == 1:  # none is better or worse than the verdict, which the findings themselves make
        (one,) = judged
        too_few = tuple(_too_few(one.count, gpus, few))
        return (*too_few, *one.findings, *_hint(judged, Verdict.FAIL if too_few else one.verdict, gpus))
    verdict = _verdict(judged, gpus)
    found = (finding for one in judged for finding in _capped(one.findings, verdict))
    return (*_too_few(_count(judged), gpus, few), *found, *_mixed(judged, verdict), *_hint(judged, verdict, gpus))


def _count(judged: Iterable[Judged]) -> int:
    return sum(one.count for one in judged)


def _verdict(judged: Iterable[Judged], gpus: int) -> Verdict:
    there = 0
    for one in sorted(judged, key=lambda one: tuple(Verdict).index(one.verdict)):
        there += one.count
        if there >= gpus:
            return one.verdict
    return Verdict.FAIL


def _capped(findings: Iterable[Finding], verdict: Verdict) -> Iterator[Finding]:
    heavier = _HEAVIER.get(verdict, ())
    for finding in findings:
        yield replace(finding, severity=Severity.NOTE) if finding.severity in heavier else finding


def _too_few(there: int, gpus: int, few: str) -> Iterator[Finding]:
    if there < gpus:
        message = f"{gpus} GPUs are needed, {there} {'is' if there == 1 else 'are'} there{few}"
        yield Finding(
            code=Code.GPUS_FEW,
            severity=Severity.FAIL,
            message=message,
            where="host",
            have=there,
            need=gpus,
            unit="GPUs",
        )


def _mixed(judged: Sequence[Judged], verdict: Verdict) -> Iterator[Finding]:
    """Warn if some devices are enough and others are not: frameworks take the first ones in CUDA's order."""
    worse = _count(one for one in judged if _is_worse(one.verdict, verdict))
    if worse and verdict.is_valid:
        message = f"{worse} of {_count(judged)} visible GPUs {'is' if worse == 1 else 'are'} not as good"
        cure = "frameworks take the first: choose with CUDA_VISIBLE_DEVICES"
        yield Finding(code=Code.GPUS_MIXED, severity=Severity.WARNING, message=f"{message}; {cure}", where="host")


def _is_worse(one: Verdict, other: Verdict) -> bool:
    return one is not other and worst((one, other)) is one


def _hint(judged: Sequence[Judged], verdict: Verdict, gpus: int) -> Iterator[Finding]:
    """Yield why memory is not added up, and what helps, if no GPU is large enough but all together would be."""
    if verdict is not Verdict.FAIL:
        return
    sizes = [device.total_bytes for one in judged for device in one.alike.devices]
    totals = [size for size in sizes if isinstance(size, int)]
    short = [one for one in judged if any(finding.code is Code.VRAM_LOW for finding in one.findings)]
    if len(short) < len(judged) or len(totals) < 2:
        return
    need = max(one.need.least_bytes for one in judged)
    if sum(totals) >= gpus * need:
        message = (
            f"memory is not added up: the {len(totals)} GPUs have {gigabytes_text(sum(totals))} together, but each one "
            "must fit its part; to split the model, set tensor_parallel_size (inference), or n_gpus with sharding "
            "(training)"
        )
        yield Finding(
            code=Code.VRAM_LOW,
            severity=Severity.NOTE,
            message=message,
            where="host",
            have=round(max(totals) / GB, 2),
            need=round(need / GB, 2),
            unit="GB",
        )
