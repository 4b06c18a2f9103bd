"""Whether a machine, or a named GPU, is enough: from the facts of the hardware to findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from model_garden_registry.checks.hardware.driver_states import driver_text, lost_findings, state_finding
from model_garden_registry.checks.hardware.few import few_reason
from model_garden_registry.checks.hardware.hosts import Judge, host_findings
from model_garden_registry.checks.hardware.machine import Machine
from model_garden_registry.entries.part import ById
from model_garden_registry.findings import Code, Finding, Severity, Verdict, verdict_of
from model_garden_registry.hardware.gpus import ASSUMED, DriverState, Hardware, HostMemory, Unread
from model_garden_registry.hardware.visible_devices import CudaDevice, VisibleDevices
from model_garden_registry.units import GB, gigabytes_text
from model_garden_registry.visible_text import visible

_UNCHECKED = "hardware not checked"


def skipped_finding() -> Finding:
    """Return the finding for a check that was told to skip hardware."""
    message = f"{_UNCHECKED}, only the registry's own rules and the settings."
    return Finding(code=Code.NOT_CHECKED, severity=Severity.NOTE, message=message)


def fit_findings(
    machine: Machine, judge: Judge, *, gpus: int, min_ram_gb: float, is_ram_stated: bool = True
) -> tuple[Finding, ...]:
    """
    Judge hardware.

    Args:
        judge: How a device is judged.

        gpus: How many devices must each meet everything.

        min_ram_gb: Decimal GB of main memory; judged only where the hardware has a host.

        is_ram_stated: Whether that is declared or measured; a derived number does not refuse a host.
    """
    hardware, seen = machine.hardware, machine.seen
    state = state_finding(hardware)
    if hardware.state is DriverState.NO_LIBRARY and state is not None:
        message = f"{_UNCHECKED}: {visible(hardware.problem or 'no NVIDIA driver on this machine')}."
        return (replace(state, code=Code.NOT_CHECKED, message=message), state)
    if state is not None:
        return (state,)
    if hardware.source == "named":
        return (*_of_the_table(ById(hardware)), *_readings(machine, judge, gpus))
    return (
        *_memory_of_host(hardware, min_ram_gb, is_stated=is_ram_stated),
        *lost_findings(hardware),
        *(_nothing_visible(hardware, seen) or _readings(machine, judge, gpus)),
    )


@lru_cache(maxsize=64)
def _of_the_table(asked: ById[Hardware]) -> tuple[Finding, ...]:
    """Return the note of every verdict on named GPUs: one for all models and GPUs of a call."""
    return (_from_table(asked.value), *_assumed(asked.value))


def _from_table(hardware: Hardware) -> Finding:
    named = hardware.gpus or tuple(gpu for gpus in hardware.alternatives for gpu in gpus)
    names = map(str, dict.fromkeys(gpu.name for gpu in named))
    hints = hardware.hints[1:] if hardware.alternatives else hardware.hints  # the first names what the names say
    said = f"{' or '.join(names)} judged from the table of known GPUs, not this host; RAM is not judged"
    return Finding(code=Code.FROM_TABLE, severity=Severity.NOTE, message="; ".join((said, *hints)))


def _assumed(hardware: Hardware) -> Iterator[Finding]:
    """Yield one note that a GPU named by its memory alone has no compute capability to judge."""
    first = next((gpu for gpu in hardware.gpus if gpu.compute_capability == ASSUMED), None)
    if first is not None:
        message = f"the compute capability of a {first.name} is not judged: {ASSUMED.reason}"
        yield Finding(code=Code.CC_ASSUMED, severity=Severity.NOTE, message=message)


def _nothing_visible(hardware: Hardware, seen: VisibleDevices) -> tuple[Finding, ...]:
    """Return why CUDA would see no device; empty if it sees one."""
    if any(seen.readings):
        return ()
    there = [gpu for gpu in hardware.gpus if gpu.problem is None]
    unsliced = ", ".join(str(gpu.index) for gpu in there if gpu not in seen.hidden)
    if not there:
        sentences = (f"{_absence(hardware)}.", *hardware.hints)
        return (_host(Code.NO_DEVICE, visible(" ".join(sentences))),)
    if unsliced:
        message = f"MIG is switched on for GPU {unsliced}, and there is no slice: create an instance, or switch MIG off"
        return (_host(Code.MIG_EMPTY, message),)
    all_of_them = "the only GPU" if len(there) == 1 else f"all {len(there)} GPUs"
    message = f"CUDA_VISIBLE_DEVICES='{visible(seen.mask or '')}' hides {all_of_them}: unset it, or name one of them"
    return (_host(Code.MASKED, message),)


def _absence(hardware: Hardware) -> str:
    if hardware.gpus:
        return f"{driver_text(hardware)} runs, but no GPU answers"
    if hardware.source == "file":
        return "the file names no GPU"
    return f"{driver_text(hardware)} runs, but no GPU is on the bus or in the container"


def _memory_of_host(hardware: Hardware, min_ram_gb: float, *, is_stated: bool) -> Iterator[Finding]:
    ram = hardware.ram
    if isinstance(ram, Unread) and min_ram_gb > 0:
        message = f"the RAM of the host cannot be read ({visible(ram.reason)}); {min_ram_gb:g} GB are needed"
        yield Finding(code=Code.RAM_UNKNOWN, severity=Severity.WARNING, message=message, where="host")
    elif isinstance(ram, HostMemory) and ram.total_bytes < min_ram_gb * GB:
        message = f"the {ram.limited_by} has {gigabytes_text(ram.total_bytes)} of RAM, needs {min_ram_gb:g} GB"
        yield Finding(
            code=Code.RAM_LOW,
            severity=Severity.FAIL if is_stated else Severity.WARNING,
            message=message,
            where="host",
            have=round(ram.total_bytes / GB, 2),
            need=min_ram_gb,
            unit="GB",
        )


def _readings(machine: Machine, judge: Judge, gpus: int) -> tuple[Finding, ...]:
    """Judge every list of devices that CUDA or a name may mean: if all agree, it does not matter which."""
    hardware, seen = machine.hardware, machine.seen
    few = few_reason(hardware, seen) if len(seen.devices) < gpus else ""
    found = [host_findings(kinds, judge, gpus=gpus, few=few) for kinds in machine.kinds]
    if len(found) == 1 and seen.is_complete:
        return found[0]
    verdicts = [verdict_of(findings) for findings in found]
    if len(set(verdicts)) == 1:
        return found[0] if seen.is_complete else (_ambiguous([*verdicts, Verdict.UNKNOWN]), *found[0])
    if hardware.source == "named":
        return _each_gpu(seen.readings, verdicts)
    return (_ambiguous(verdicts), *_noted(found))


def _each_gpu(readings: Sequence[Sequence[CudaDevice]], verdicts: Sequence[Verdict]) -> tuple[Finding, ...]:
    each = [f"{devices[0].name}: {verdict}" for devices, verdict in zip(readings, verdicts, strict=True)]
    message = f"the name means several GPUs, and they differ; name the one you mean ({'; '.join(each)})"
    return (Finding(code=Code.VRAM_UNKNOWN, severity=Severity.UNKNOWN, message=message, where="gpu 0"),)


def _ambiguous(verdicts: Sequence[Verdict]) -> Finding:
    kinds = " or ".join(dict.fromkeys(map(str, verdicts)))
    message = (
        f"which GPU an index means depends on how CUDA counts, and the verdict with it ({kinds}): set "
        "CUDA_DEVICE_ORDER=PCI_BUS_ID, or name GPUs in CUDA_VISIBLE_DEVICES by UUID"
    )
    is_good_in_one = any(verdict.is_valid for verdict in verdicts)
    return Finding(
        code=Code.ORDER_AMBIGUOUS,
        severity=Severity.WARNING if is_good_in_one else Severity.UNKNOWN,
        message=message,
        where="host",
    )


def _noted(found: Sequence[Sequence[Finding]]) -> Iterator[Finding]:
    """Yield what was found in any reading, once, as notes."""
    notes = (replace(finding, severity=Severity.NOTE) for findings in found for finding in findings)
    yield from dict.fromkeys(notes)


def _host(code: Code, message: str) -> Finding:
    return Finding(code=code, severity=Severity.FAIL, message=message, where="host")
