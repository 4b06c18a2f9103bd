"""Findings for a driver that does not answer or has no GPU, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import DriverState, Hardware, Unread
from model_garden_registry.visible_text import visible

_CURES = {
    DriverState.NO_LIBRARY: "Install the NVIDIA driver, or start the container with GPU access.",
    DriverState.DRIVER_NOT_LOADED: (
        "Load the kernel module (modprobe nvidia); Secure Boot may keep it out, and after an update a reboot helps."
    ),
    DriverState.VERSION_MISMATCH: "Reboot, or unload the old kernel module and load the new one.",
    DriverState.NO_PERMISSION: "The container, or the user, needs access to /dev/nvidiactl and /dev/nvidia0.",
    DriverState.INIT_FAILED: "The driver may be too old for its library; the kernel log (dmesg) says more.",
    DriverState.NO_ANSWER: "The kernel log (dmesg) says more; a reboot helps.",
}


def cure_of(hardware: Hardware) -> str | None:
    """Return what helps if the driver does not answer; None if it answers, or if nothing helps."""
    return None if hardware.is_without_nvidia else _CURES.get(hardware.state)


def state_finding(hardware: Hardware) -> Finding | None:
    """Return the finding for a driver that does not answer; None if it answers."""
    match hardware.state:
        case DriverState.READ:
            return None
        case DriverState.NO_LIBRARY:
            return _finding(hardware, Code.NO_LIBRARY, Severity.NOTE)
        case DriverState.DRIVER_NOT_LOADED:
            return _finding(hardware, Code.DRIVER_NOT_LOADED, Severity.FAIL)
        case DriverState.VERSION_MISMATCH:
            return _finding(hardware, Code.VERSION_MISMATCH, Severity.FAIL)
        case DriverState.NO_PERMISSION:
            return _finding(hardware, Code.NO_PERMISSION, Severity.UNKNOWN)
        case DriverState.INIT_FAILED:
            return _finding(hardware, Code.INIT_FAILED, Severity.UNKNOWN)
        case DriverState.NO_ANSWER:
            return _finding(hardware, Code.NO_ANSWER, Severity.UNKNOWN)
        case _ as never:
            assert_never(never)


def driver_text(hardware: Hardware) -> str:
    """Return the name of the driver, with its version if known."""
    version = hardware.driver_version
    return "the NVIDIA driver" if isinstance(version, Unread) else f"the NVIDIA driver {visible(version)}"


def lost_findings(hardware: Hardware) -> Iterator[Finding]:
    """Warn of each GPU that the driver lists but that does not answer: it counts as absent."""
    for gpu in hardware.gpus:
        if gpu.problem is not None:
            message = f"GPU {gpu.index} does not answer ({visible(gpu.problem.reason)}): reset it, or reboot"
            yield Finding(code=Code.GPU_LOST, severity=Severity.WARNING, message=message, where=f"gpu {gpu.index}")


def _finding(hardware: Hardware, code: Code, severity: Severity) -> Finding:
    said = hardware.problem or "no NVIDIA driver on this machine"
    subject = said if hardware.state is DriverState.NO_LIBRARY else f"{driver_text(hardware)}: {said}"
    sentences = (f"{subject}.", *hardware.hints, cure_of(hardware))
    return Finding(code=code, severity=severity, message=visible(" ".join(filter(None, sentences))), where="host")
