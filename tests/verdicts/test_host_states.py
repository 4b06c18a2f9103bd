"""Before the hardware, and the state of the host: a case for each row, from a compiled driver to the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nvml_stand_in.build import StandIn

from model_garden_registry.hardware.driver import probe
from model_garden_registry.hardware.gpus import HostMemory
from model_garden_registry.units import GB

Validate = Callable[..., Any]

SNAPSHOT = '{{"gpus": [{{"name": "NVIDIA L4", "total_mib": 23034, "compute_capability": "8.9"}}], "ram_gb": {}}}'

BEFORE = [
    pytest.param("", "0", "", "ok", "no-gpu-needed:note", 0, "no GPU needed", id="no GPU need"),
    pytest.param("", "0", "--require-gpu", "ok", "no-gpu-needed:note", 0, "no GPU needed", id="no GPU need, required"),
    pytest.param(
        "L4",
        "20",
        "--skip-hardware",
        "not-checked",
        "not-checked:note",
        0,
        "hardware not checked, only the registry's own rules",
        id="skipped by option",
    ),
    pytest.param(
        "L4",
        "20",
        "--skip-hardware --require-gpu",
        "fail",
        "gpu-required:fail",
        1,
        "a GPU is required; hardware not checked",
        id="skipped by option, GPU required",
    ),
    pytest.param(
        "",
        "20",
        "",
        "not-checked",
        "not-checked:note no-library:note",
        0,
        "libnvidia-ml.so.1 is not installed. Install the NVIDIA driver, or start the container with GPU access.",
        id="no NVIDIA library",
    ),
    pytest.param(
        "",
        "20",
        "--require-gpu",
        "fail",
        "gpu-required:fail no-library:note",
        1,
        "a GPU is required; hardware not checked: libnvidia-ml.so.1 is not installed.",
        id="no NVIDIA library, GPU required",
    ),
    pytest.param(
        "",
        "20",
        "--gpu L4",
        "ok",
        "from-table:note",
        0,
        "L4 judged from the table of known GPUs, not this host; RAM is not judged",
        id="named GPU with one memory size",
    ),
    pytest.param(
        "",
        "30",
        "--gpu L4",
        "fail",
        "from-table:note vram-low:fail",
        1,
        "GPU 0 (L4) has 24.15 GB, needs 30 GB (125 %)",
        id="named GPU with one memory size, too small",
    ),
    pytest.param(
        "",
        "60",
        "--gpu A100",
        "unknown",
        "from-table:note vram-unknown:unknown",
        3,
        "name the one you mean (A100 40GB: fail; A100 80GB: ok)",
        id="named GPU with several sizes that differ",
    ),
    pytest.param(
        "", "20", "--gpu A100", "ok", "from-table:note", 0, "A100 40GB or A100 80GB", id="several sizes agree"
    ),
    pytest.param(
        "",
        "2x 20",
        "--gpu L4",
        "fail",
        "from-table:note gpus-few:fail",
        1,
        "2 GPUs are needed, 1 is there",
        id="named count below min_gpus",
    ),
    pytest.param("", "2x 20", "--gpu L4:2", "ok", "from-table:note", 0, "", id="named count that is enough"),
    pytest.param(
        "L4",
        "20 ram 65",
        "",
        "fail",
        "ram-low:fail",
        1,
        "the host has 64 GB of RAM, needs 65 GB",
        id="RAM below min_ram_gb",
    ),
    pytest.param("L4", "20 ram 64", "", "ok", "", 0, "", id="RAM exactly min_ram_gb"),
    pytest.param(
        "", "20 ram 999", "--gpu L4", "ok", "from-table:note", 0, "RAM is not judged", id="RAM of a named GPU"
    ),
]

STATES = [
    pytest.param(
        "driver not loaded",
        "fail",
        "driver-not-loaded:fail",
        1,
        "Load the kernel module (modprobe nvidia); Secure Boot may keep it out, and after an update a reboot helps.",
        id="driver not loaded (9)",
    ),
    pytest.param(
        "version mismatch",
        "fail",
        "version-mismatch:fail",
        1,
        "Reboot, or unload the old kernel module and load the new one.",
        id="version mismatch (18)",
    ),
    pytest.param(
        "no permission",
        "unknown",
        "no-permission:unknown",
        3,
        "(NVML code 4). The container, or the user, needs access to /dev/nvidiactl and /dev/nvidia0.",
        id="init: permission (4)",
    ),
    pytest.param(
        "unknown error",
        "unknown",
        "init-failed:unknown",
        3,
        "(NVML code 999). The driver may be too old for its library; the kernel log (dmesg) says more.",
        id="init: unknown (999)",
    ),
    pytest.param("timeout", "unknown", "init-failed:unknown", 3, "(NVML code 10)", id="init: timeout (10)"),
    pytest.param(
        "function missing", "unknown", "init-failed:unknown", 3, "(NVML code 13)", id="init: function missing (13)"
    ),
    pytest.param(
        "too old to start", "unknown", "init-failed:unknown", 3, "(NVML code 13)", id="init: no such function at all"
    ),
    pytest.param("some other error", "unknown", "init-failed:unknown", 3, "(NVML code 1234)", id="init: anything else"),
    pytest.param(
        "GPUs that cannot be counted",
        "unknown",
        "init-failed:unknown",
        3,
        "the NVIDIA driver 570.86.15: the GPUs could not be counted",
        id="GPUs that cannot be counted",
    ),
    pytest.param(
        "4 billion GPUs",
        "unknown",
        "init-failed:unknown",
        3,
        "the GPUs could not be counted: 4000000000",
        id="a count that cannot be",
    ),
    pytest.param(
        "hangs",
        "unknown",
        "no-answer:unknown",
        3,
        "did not answer within 0.5 s. The kernel log (dmesg) says more; a reboot helps.",
        id="probe over the limit",
    ),
    pytest.param(
        "aborts", "unknown", "no-answer:unknown", 3, "the driver killed the process that asked", id="probe aborts"
    ),
    pytest.param(
        "crashes", "unknown", "no-answer:unknown", 3, "the driver killed the process that asked", id="probe crashes"
    ),
    pytest.param("ends the process", "unknown", "no-answer:unknown", 3, "(exit status 3)", id="probe dies"),
    pytest.param("prints", "ok", "", 0, "", id="a driver that only prints"),
    pytest.param(
        "no GPU",
        "fail",
        "no-device:fail",
        1,
        "the NVIDIA driver 570.86.15 runs, but no GPU is on the bus or in the container",
        id="zero devices",
    ),
    pytest.param(
        "A100 in MIG mode without a slice",
        "fail",
        "mig-empty:fail",
        1,
        "MIG is switched on for GPU 0, and there is no slice: create an instance, or switch MIG off",
        id="MIG on, no slice",
    ),
    pytest.param(
        "L4 and an A100 in MIG mode without a slice", "ok", "", 0, "", id="MIG on without a slice beside a whole GPU"
    ),
    pytest.param(
        "L4 and a lost one",
        "warning",
        "gpu-lost:warning",
        0,
        "GPU 1 does not answer (GPU is lost (NVML code 15)): reset it, or reboot",
        id="one GPU lost (15)",
    ),
    pytest.param(
        "L4 and one that fails later",
        "warning",
        "gpu-lost:warning",
        0,
        "GPU 1 does not answer",
        id="one GPU lost between two questions",
    ),
    pytest.param(
        "a lost one",
        "fail",
        "gpu-lost:warning no-device:fail",
        1,
        "the NVIDIA driver 570.86.15 runs, but no GPU answers",
        id="the only GPU lost",
    ),
]


@pytest.mark.parametrize(("scenario", "need", "asked", "verdict", "findings", "code", "text"), BEFORE)
def test_before_the_hardware(
    scenario: str, need: str, asked: str, verdict: str, findings: str, code: int, text: str, validate: Validate
) -> None:
    """Need, options and names decide before, or without, a look at this machine."""
    answer = validate(scenario, need, asked)

    assert (answer.verdict, answer.findings, answer.code) == (verdict, findings, code)
    assert text in answer.messages


@pytest.mark.parametrize(("scenario", "verdict", "findings", "code", "text"), STATES)
def test_the_state_of_the_host(
    scenario: str, verdict: str, findings: str, code: int, text: str, validate: Validate
) -> None:
    """Each cause has a code, a verdict and a cure of its own."""
    answer = validate(scenario)

    assert (answer.verdict, answer.findings, answer.code) == (verdict, findings, code)
    assert text in answer.messages


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the NVIDIA library has another name")
def test_a_library_that_cannot_be_loaded_is_not_checked(
    tmp_path: Path, registry: Callable[..., Path], mgr: Validate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is not there, with the loader's own reason."""
    library = tmp_path / "libnvidia-ml.so.1"
    library.write_text("no library", encoding="utf-8")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    registry()

    answer = mgr("validate training org/model --json")

    assert (answer.verdict, answer.findings, answer.code) == ("not-checked", "not-checked:note no-library:note", 0)
    assert "libnvidia-ml.so.1: " in answer.report["hardware"]["problem"]


@pytest.mark.parametrize(
    ("need", "asked"),
    [
        pytest.param("0", "", id="no GPU need"),
        pytest.param("20", "--skip-hardware", id="skipped"),
        pytest.param("20", "--gpu L4", id="named"),
        pytest.param("20", "--hardware host.json", id="written down"),
    ],
)
def test_nothing_is_loaded_where_no_gpu_of_this_host_is_judged(
    need: str, asked: str, stand_in: StandIn, registry: Callable[..., Path], mgr: Validate
) -> None:
    """The driver's library is not even opened."""
    stand_in.play("gpu NVIDIA L4")
    Path("host.json").write_text(SNAPSHOT.format(64), encoding="utf-8")
    registry(need)

    answer = mgr(f"validate training org/model {asked}")

    assert (answer.code, stand_in.calls) == (0, [])


@pytest.mark.parametrize(
    ("ram", "verdict", "findings"),
    [
        pytest.param(64, "ok", "", id="enough"),
        pytest.param(15.9, "fail", "ram-low:fail", id="RAM below min_ram_gb"),
        pytest.param("null", "ok", "", id="RAM not stated"),
    ],
)
def test_the_ram_of_a_machine_that_was_written_down_counts(
    ram: object, verdict: str, findings: str, validate: Validate
) -> None:
    """Where the file gives it."""
    Path("host.json").write_text(SNAPSHOT.format(ram), encoding="utf-8")

    answer = validate("", "20", "--hardware host.json")

    assert (answer.verdict, answer.findings, answer.report["hardware"]["source"]) == (verdict, findings, "file")


def test_the_limit_of_a_container_is_named(validate: Validate, monkeypatch: pytest.MonkeyPatch) -> None:
    """What helps against it is another than against too little memory in the machine."""
    monkeypatch.setattr(probe, "read_host_memory", lambda: HostMemory(total_bytes=8 * GB, limited_by="container"))

    answer = validate("L4")

    assert (answer.findings, answer.code) == ("ram-low:fail", 1)
    assert "the container has 8 GB of RAM, needs 16 GB" in answer.messages


def test_an_unknown_name_is_asked_wrongly(validate: Validate) -> None:
    """Near names, exit 2, and nothing that looks like a verdict."""
    answer = validate("", "20", "--gpu L4S", face="--format text")

    assert (answer.code, answer.out) == (2, "")
    assert "no GPU 'L4S' in the table of known GPUs; did you mean L40S" in answer.err
