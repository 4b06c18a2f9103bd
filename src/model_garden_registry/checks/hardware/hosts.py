"""The devices of a machine against a need: whether enough of them meet it, each by itself. Memory is never added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from model_garden_registry.checks.hardware.need import Need
from model_garden_registry.findings import Code, Finding, Severity, Verdict, verdict_of, worst
from model_garden_registry.hardware.gpus import Device
from model_garden_registry.units import GB, gigabytes_text


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A device with what was found about it.

    Args:
        need: What it was held against.
    """

    device: Device
    need: Need
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What the findings amount to."""
        return verdict_of(self.findings)


#: Engines choose by the size of the card, so each device has a need of its own.
Judge = Callable[[Device], Judged]

#: What may stand against a device that does not decide.
_HEAVIER = {
    Verdict.OK: (Severity.FAIL, Severity.UNKNOWN, Severity.WARNING),
    Verdict.WARNING: (Severity.FAIL, Severity.UNKNOWN),
    Verdict.UNKNOWN: (Severity.FAIL,),
}


def host_findings(devices: Sequence[Device], judge: Judge, *, gpus: int) -> tuple[Finding, ...]:
    """
    Judge a machine by its visible devices.

    The verdict is that of the worst device among the best ``gpus``; what weighs more is said as a note.

    Args:
        gpus: How many devices must each meet everything.
    """
    judged = [judge(device) for device in devices]
    verdict = _verdict([one.verdict for one in judged], gpus)
    found = (finding for one in judged for finding in _capped(one.findings, verdict))
    return (*_too_few(judged, gpus), *found, *_mixed(judged, verdict), *_hint(judged, verdict, gpus))


def _verdict(verdicts: Iterable[Verdict], gpus: int) -> Verdict:
    best = sorted(verdicts, key=tuple(Verdict).index)
    return worst(best[:gpus]) if len(best) >= gpus else Verdict.FAIL


def _capped(findings: Iterable[Finding], verdict: Verdict) -> Iterator[Finding]:
    heavier = _HEAVIER.get(verdict, ())
    for finding in findings:
        yield replace(finding, severity=Severity.NOTE) if finding.severity in heavier else finding


def _too_few(judged: Sequence[Judged], gpus: int) -> Iterator[Finding]:
    if len(judged) < gpus:
        message = f"{gpus} GPUs are needed, {len(judged)} {'is' if len(judged) == 1 else 'are'} there"
        yield Finding(
            code=Code.GPUS_FEW,
            severity=Severity.FAIL,
            message=message,
            where="host",
            have=len(judged),
            need=gpus,
            unit="GPUs",
        )


def _mixed(judged: Sequence[Judged], verdict: Verdict) -> Iterator[Finding]:
    """Warn where some devices would do and others not: frameworks take the first ones that CUDA counts."""
    worse = [one for one in judged if _is_worse(one.verdict, verdict)]
    if worse and verdict.is_valid:
        message = f"{len(worse)} of {len(judged)} visible GPUs {'is' if len(worse) == 1 else 'are'} not as good"
        cure = "frameworks take the first: choose with CUDA_VISIBLE_DEVICES"
        yield Finding(code=Code.GPUS_MIXED, severity=Severity.WARNING, message=f"{message}; {cure}", where="host")


def _is_worse(one: Verdict, other: Verdict) -> bool:
    return one is not other and worst((one, other)) is one


def _hint(judged: Sequence[Judged], verdict: Verdict, gpus: int) -> Iterator[Finding]:
    """Where no card is large enough but all together would be, say why that does not count, and what would."""
    totals = [one.device.total_bytes for one in judged if isinstance(one.device.total_bytes, int)]
    short = [one for one in judged if any(finding.code is Code.VRAM_LOW for finding in one.findings)]
    if verdict is not Verdict.FAIL or len(short) < len(judged) or len(totals) < 2:
        return
    need = max(one.need.least_bytes for one in judged)
    if sum(totals) >= gpus * need:
        message = (
            f"memory is not added up: the {len(totals)} GPUs have {gigabytes_text(sum(totals))} together, but each one "
            "must hold its part; to split the model, set tensor_parallel_size (inference), or n_gpus with sharding "
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
