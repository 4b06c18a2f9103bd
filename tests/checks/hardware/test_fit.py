"""Whether a machine, or a named GPU, is enough: what is said of driver, mask, main memory and readings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model_garden_registry.checks.hardware.devices import device_findings
from model_garden_registry.checks.hardware.fit import fit_findings, skipped_finding
from model_garden_registry.checks.hardware.hosts import Judged
from model_garden_registry.checks.hardware.machine import Alike, machine_of
from model_garden_registry.checks.hardware.need import Bounds, Need
from model_garden_registry.findings import Code, Finding, Severity, verdict_of
from model_garden_registry.hardware.gpus import Cause, DriverState, Gpu, Hardware, HostMemory, Slice, Unread
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.units import GB, MIB

FAIL, WARNING, NOTE = Severity.FAIL, Severity.WARNING, Severity.NOTE
NEED = Need(bounds=Bounds(20 * GB, 20 * GB, is_stated=True))
L4 = Gpu(index=0, name="NVIDIA L4", total_bytes=23034 * MIB)
T4 = Gpu(index=1, name="Tesla T4", total_bytes=15360 * MIB)
PIECE = Slice(gpu_index=0, index=0, name="NVIDIA L4 MIG", total_bytes=23034 * MIB)
LOST = Unread(Cause.LOST, "GPU is lost")
HOST = Hardware(source="nvml", driver_version="580.159", gpus=(L4, T4), ram=HostMemory(total_bytes=32 * GB))


def judge(alike: Alike) -> Judged:
    """Judge devices by the one need of these tests."""
    return Judged(alike, NEED, tuple(device_findings(alike.first, alike.named, NEED)))


def found(hardware: Hardware, *, gpus: int = 1, min_ram_gb: float = 16) -> list[tuple[str, Severity, str]]:
    """Give code, severity and message of what is found."""
    findings = fit_findings(machine_of(hardware), judge, gpus=gpus, min_ram_gb=min_ram_gb)
    return [(str(finding.code), finding.severity, finding.message) for finding in findings]


def test_hardware_that_nobody_wanted_is_said() -> None:
    """It never reads as if the model would run."""
    assert skipped_finding() == Finding(
        code=Code.NOT_CHECKED,
        severity=NOTE,
        message="hardware not checked, only the registry's own rules and the settings.",
    )


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        pytest.param(
            "libnvidia-ml.so.1 is not installed", "libnvidia-ml.so.1 is not installed", id="the loader's words"
        ),
        pytest.param(None, "no NVIDIA driver on this machine", id="no words"),
    ],
)
def test_without_a_library_nothing_was_checked(problem: str | None, cause: str) -> None:
    """The verdict is not-checked, with the cause, and beside it what was seen and what helps."""
    bare = Hardware(
        source="none", state=DriverState.NO_LIBRARY, problem=problem, hints=("An AMD GPU is in this machine.",)
    )

    assert found(bare) == [
        ("not-checked", NOTE, f"hardware not checked: {cause}."),
        (
            "no-library",
            NOTE,
            (
                f"{cause}. An AMD GPU is in this machine. Install the NVIDIA driver, or start the container with GPU "
                "access."
            ),
        ),
    ]


def test_a_driver_that_does_not_answer_is_all_that_is_said() -> None:
    """Neither main memory nor a mask matters then."""
    silent = replace(HOST, state=DriverState.NO_ANSWER, problem="no answer within 8 s", cuda_visible_devices="")

    assert [code for code, _, _ in found(silent, min_ram_gb=999)] == ["no-answer"]


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        pytest.param(
            {"gpus": (), "hints": ("This is a container.",)},
            "no-device",
            ("the NVIDIA driver 580.159 runs, but no GPU is on the bus or in the container. This is a container."),
            id="no GPU",
        ),
        pytest.param(
            {"cuda_visible_devices": ""},
            "masked",
            "CUDA_VISIBLE_DEVICES='' hides all 2 GPUs: unset it, or name one of them",
            id="an empty mask",
        ),
        pytest.param(
            {"gpus": (L4,), "cuda_visible_devices": "1\u202e"},
            "masked",
            "CUDA_VISIBLE_DEVICES='1\\u202e' hides the only GPU: unset it, or name one of them",
            id="a mask beyond the only GPU",
        ),
        pytest.param(
            {"gpus": (replace(L4, mig_enabled=True), replace(T4, mig_enabled=True))},
            "mig-empty",
            "MIG is switched on for GPU 0, 1, and there is no slice: create an instance, or switch MIG off",
            id="MIG mode without slices",
        ),
        pytest.param(
            {"gpus": (L4, replace(T4, mig_enabled=True)), "cuda_visible_devices": "1"},
            "mig-empty",
            "MIG is switched on for GPU 1, and there is no slice: create an instance, or switch MIG off",
            id="a mask that names the one without slices",
        ),
        pytest.param(
            {"gpus": (replace(L4, mig_enabled=True),), "cuda_visible_devices": "5"},
            "masked",
            "CUDA_VISIBLE_DEVICES='5' hides the only GPU: unset it, or name one of them",
            id="a mask that does not even name the one without slices",
        ),
    ],
)
def test_where_cuda_sees_nothing_the_cause_is_told(changes: dict[str, object], code: str, message: str) -> None:
    """No GPU, a mask, MIG mode: each with its own way out."""
    assert found(replace(HOST, cuda_device_order="PCI_BUS_ID", **changes)) == [(code, FAIL, message)]  # type: ignore[arg-type]


def test_gpus_that_do_not_answer_are_none() -> None:
    """Each is named, and so is that none is left."""
    sick = replace(HOST, gpus=(replace(L4, problem=LOST), replace(T4, problem=LOST)))

    assert found(sick) == [
        ("gpu-lost", WARNING, "GPU 0 does not answer (GPU is lost): reset it, or reboot"),
        ("gpu-lost", WARNING, "GPU 1 does not answer (GPU is lost): reset it, or reboot"),
        ("no-device", FAIL, "the NVIDIA driver 580.159 runs, but no GPU answers."),
    ]


@pytest.mark.parametrize(
    ("ram", "need", "expected"),
    [
        pytest.param(HostMemory(total_bytes=16 * GB), 16, [], id="exactly enough"),
        pytest.param(
            HostMemory(total_bytes=16 * GB - 1),
            16,
            [("ram-low", FAIL, "the host has 16 GB of RAM, needs 16 GB")],
            id="one byte short",
        ),
        pytest.param(
            HostMemory(total_bytes=8 * GB, limited_by="container"),
            16,
            [("ram-low", FAIL, "the container has 8 GB of RAM, needs 16 GB")],
            id="a container's limit",
        ),
        pytest.param(
            Unread(Cause.FAILED, "no /proc"),
            16,
            [("ram-unknown", WARNING, "the RAM of the host cannot be read (no /proc); 16 GB are needed")],
            id="not readable",
        ),
        pytest.param(Unread(Cause.FAILED, "no /proc"), 0, [], id="not readable, none needed"),
        pytest.param(None, 16, [], id="not stated"),
    ],
)
def test_main_memory_is_judged_where_there_is_a_host(
    ram: HostMemory | Unread | None, need: float, expected: list[tuple[str, Severity, str]]
) -> None:
    """Need, have, and whose limit it is."""
    assert found(replace(HOST, gpus=(L4,), ram=ram), min_ram_gb=need) == expected


def test_main_memory_that_was_only_derived_is_a_warning() -> None:
    """Weights pass through it file by file: half of them is a rule of thumb."""
    small = replace(HOST, gpus=(L4,), ram=HostMemory(total_bytes=8 * GB))

    [finding] = fit_findings(machine_of(small), judge, gpus=1, min_ram_gb=16, is_ram_stated=False)

    assert (finding.code, finding.severity) == (Code.RAM_LOW, WARNING)


def test_main_memory_that_is_too_small_has_both_numbers() -> None:
    """In decimal GB."""
    small = replace(HOST, gpus=(L4,), ram=HostMemory(total_bytes=8 * GB))

    [finding] = fit_findings(machine_of(small), judge, gpus=1, min_ram_gb=16)

    assert (finding.where, finding.have, finding.need, finding.unit) == ("host", 8.0, 16, "GB")


def test_a_named_gpu_is_said_to_be_named() -> None:
    """From the table, not this host; what is derived or ambiguous in it too."""
    [said] = found(known_gpu("L4"), min_ram_gb=999)
    [derived, low] = found(known_gpu("RTX 2070"))

    assert said == (
        "from-table",
        NOTE,
        "L4 judged from the table of known GPUs, not this host; RAM is not judged",
    )
    assert derived[2].endswith("the memory of RTX 2070 is derived from that of RTX 2080, not measured")
    assert low[0] == "vram-low"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        pytest.param("A100", ["from-table"], id="both are ok"),
        pytest.param("RTX 3080", ["from-table", "vram-low"], id="both fail"),
    ],
)
def test_cards_of_one_name_that_agree_have_one_verdict(name: str, codes: list[str]) -> None:
    """Which of them is meant does not matter then."""
    assert [code for code, _, _ in found(known_gpu(name))] == codes


def test_cards_of_one_name_that_differ_are_told_apart() -> None:
    """The verdict of each, and how to say which is meant."""
    either = Hardware(source="named", alternatives=((L4,), (replace(T4, index=0),)))

    assert found(either)[1:] == [
        (
            "vram-unknown",
            Severity.UNKNOWN,
            "the name means several GPUs, and they differ; name the one you mean (NVIDIA L4: ok; Tesla T4: fail)",
        )
    ]


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        pytest.param(None, [("vram-low", NOTE), ("gpus-mixed", WARNING)], id="no mask: both"),
        pytest.param("0", [("order-ambiguous", WARNING), ("vram-low", NOTE)], id="a number"),
        pytest.param("0,1", [("vram-low", NOTE), ("gpus-mixed", WARNING)], id="all numbers"),
    ],
)
def test_a_number_on_a_mixed_host_is_judged_in_every_reading(
    mask: str | None, expected: list[tuple[str, Severity]]
) -> None:
    """Where the readings differ, what was found in any of them is noted."""
    findings = found(replace(HOST, cuda_visible_devices=mask))

    assert [(code, severity) for code, severity, _ in findings] == expected


def test_readings_of_which_none_is_good_are_an_open_question() -> None:
    """A failure in one and an open question in the other are no warning."""
    unknown = replace(L4, total_bytes=Unread(Cause.FAILED, "Unknown Error"))
    mixed = replace(HOST, gpus=(unknown, T4), cuda_visible_devices="0")

    findings = fit_findings(machine_of(mixed), judge, gpus=1, min_ram_gb=0)

    assert verdict_of(findings) == "unknown"
    assert findings[0] == Finding(
        code=Code.ORDER_AMBIGUOUS,
        severity=Severity.UNKNOWN,
        message=(
            "which GPU an index means depends on how CUDA counts, and the verdict with it (unknown or fail): set "
            "CUDA_DEVICE_ORDER=PCI_BUS_ID, or name GPUs in CUDA_VISIBLE_DEVICES by UUID"
        ),
        where="host",
    )


def test_a_slice_is_judged_in_the_place_of_its_gpu() -> None:
    """A GPU in MIG mode is no device."""
    cut = replace(L4, total_bytes=NEED.least_bytes * 2, mig_enabled=True, slices=(replace(PIECE, total_bytes=5 * GB),))

    assert [message for _, _, message in found(replace(HOST, gpus=(cut,)))] == [
        "GPU 0 slice 0 (NVIDIA L4 MIG) has 5 GB, needs 20 GB (400 %)"
    ]


def test_of_a_gpu_that_is_named_by_its_memory_the_capability_is_not_judged() -> None:
    """That is said once, whatever is needed and however many there are."""
    needed = replace(NEED, compute_capability=(9, 0))

    def judge_by_capability(alike: Alike) -> Judged:
        return Judged(alike, needed, tuple(device_findings(alike.first, alike.named, needed)))

    findings = fit_findings(machine_of(known_gpu("2x 24GB")), judge_by_capability, gpus=2, min_ram_gb=0)

    assert [
        (finding.code, finding.severity, finding.message) for finding in findings if finding.code != "from-table"
    ] == [(Code.CC_ASSUMED, NOTE, "the compute capability of a 24 GB GPU is not judged: 8.0 or later assumed")]


def test_a_name_of_several_gpus_names_each_of_them() -> None:
    """What the first hint says is in the names; the others follow."""
    either = Hardware(
        source="named", alternatives=((L4,), (replace(T4, index=0),)), hints=("L4 or T4", "one is derived", "both old")
    )
    first, second = fit_findings(machine_of(either), judge, gpus=1, min_ram_gb=0)

    assert first.message == (
        "NVIDIA L4 or Tesla T4 judged from the table of known GPUs, not this host; RAM is not judged; one is derived; "
        "both old"
    )
    assert second.where == "gpu 0"


def test_a_file_without_a_gpu_is_said_to_be_one() -> None:
    """Of the whole host."""
    (none,) = fit_findings(machine_of(Hardware(source="file")), judge, gpus=1, min_ram_gb=0)

    assert (none.code, none.message, none.where) == (Code.NO_DEVICE, "the file names no GPU.", "host")


def test_why_gpus_are_few_is_said_where_they_are() -> None:
    """The mask hides one of two."""
    two = replace(HOST, gpus=(L4, replace(L4, index=1)), cuda_visible_devices="0")

    assert found(two, gpus=2) == [
        ("gpus-few", FAIL, "2 GPUs are needed, 1 is there: CUDA_VISIBLE_DEVICES='0' hides 1 more GPU")
    ]
