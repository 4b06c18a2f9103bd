"""What it means that the driver does not answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model_garden_registry.checks.hardware.driver_states import cure_of, driver_text, lost_findings, state_finding
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import MACOS, NO_NVIDIA_GPU, Cause, DriverState, Gpu, Hardware, Unread

READ = Hardware(source="nvml", driver_version="580.159")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (replace(READ, state=DriverState.NO_LIBRARY, problem=MACOS), f"{MACOS}."),
        (
            replace(READ, state=DriverState.NO_LIBRARY, problem="no library", hints=(NO_NVIDIA_GPU,)),
            f"no library. {NO_NVIDIA_GPU}",
        ),
    ],
    ids=["macOS", "no NVIDIA GPU"],
)
def test_where_no_driver_would_help_none_is_called_for(found: Hardware, message: str) -> None:
    """It is said that there is nothing to read."""
    finding = state_finding(found)

    assert finding is not None
    assert (finding.message, cure_of(found)) == (message, None)


def test_a_driver_that_answers_is_no_finding() -> None:
    """Nothing stands against it."""
    assert state_finding(READ) is None


@pytest.mark.parametrize(
    ("state", "problem", "severity", "message"),
    [
        pytest.param(
            DriverState.NO_LIBRARY,
            None,
            Severity.NOTE,
            "no NVIDIA driver on this machine. Install the NVIDIA driver, or start the container with GPU access.",
            id="library not found",
        ),
        pytest.param(
            DriverState.DRIVER_NOT_LOADED,
            "Driver Not Loaded (9)",
            Severity.FAIL,
            (
                "the NVIDIA driver 580.159: Driver Not Loaded (9). Load the kernel module (modprobe nvidia); Secure "
                "Boot may keep it out, and after an update a reboot helps."
            ),
            id="driver not loaded (9)",
        ),
        pytest.param(
            DriverState.VERSION_MISMATCH,
            "Driver/library version mismatch (18)",
            Severity.FAIL,
            (
                "the NVIDIA driver 580.159: Driver/library version mismatch (18). Reboot, or unload the old kernel "
                "module and load the new one."
            ),
            id="version mismatch (18)",
        ),
        pytest.param(
            DriverState.NO_PERMISSION,
            "Insufficient Permissions (4)",
            Severity.UNKNOWN,
            (
                "the NVIDIA driver 580.159: Insufficient Permissions (4). The container, or the user, needs access to "
                "/dev/nvidiactl and /dev/nvidia0."
            ),
            id="init: permission (4)",
        ),
        pytest.param(
            DriverState.INIT_FAILED,
            "Unknown Error (999)",
            Severity.UNKNOWN,
            (
                "the NVIDIA driver 580.159: Unknown Error (999). The driver may be too old for its library; the "
                "kernel log (dmesg) says more."
            ),
            id="init: unknown (999)",
        ),
        pytest.param(
            DriverState.NO_ANSWER,
            "no answer within 8 s",
            Severity.UNKNOWN,
            "the NVIDIA driver 580.159: no answer within 8 s. The kernel log (dmesg) says more; a reboot helps.",
            id="probe over the limit",
        ),
    ],
)
def test_a_driver_that_does_not_answer(
    state: DriverState, problem: str | None, severity: Severity, message: str
) -> None:
    """Each cause has its own words and its own cure; the code is the state's name."""
    found = state_finding(replace(READ, state=state, problem=problem))

    assert found == Finding(code=Code(state), severity=severity, message=message, where="host")


@pytest.mark.parametrize("state", DriverState)
def test_each_state_but_one_has_a_cure(state: DriverState) -> None:
    """The cure that a page shows is the last sentence of the finding."""
    silent = replace(READ, state=state)
    cure, finding = cure_of(silent), state_finding(silent)

    assert (cure is None) == (finding is None) == (state is DriverState.READ)
    assert finding is None or finding.message.endswith(str(cure))


def test_hints_are_said_and_carry_no_escapes() -> None:
    """What was seen beside the driver, such as an AMD GPU."""
    found = state_finding(
        replace(READ, state=DriverState.NO_LIBRARY, problem="no NVIDIA driver\x1b[31m", hints=("An AMD GPU is here.",))
    )

    assert found is not None
    assert found.message.startswith("no NVIDIA driver\\x1b[31m. An AMD GPU is here. Install")


def test_the_driver_is_named_with_its_version_where_known() -> None:
    """Lines about the host carry it."""
    texts = [driver_text(READ), driver_text(Hardware(source="nvml"))]

    assert texts == ["the NVIDIA driver 580.159", "the NVIDIA driver"]


def test_a_lost_gpu_is_a_warning() -> None:
    """It counts as absent; the others go on."""
    lost = Gpu(index=1, name="Card", problem=Unread(Cause.LOST, "GPU is lost (15)"))
    machine = replace(READ, gpus=(Gpu(index=0, name="Card"), lost))

    assert list(lost_findings(machine)) == [
        Finding(
            code=Code.GPU_LOST,
            severity=Severity.WARNING,
            message="GPU 1 does not answer (GPU is lost (15)): reset it, or reboot",
            where="gpu 1",
        )
    ]
