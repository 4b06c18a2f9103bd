"""What the driver says, asked through the real binding; the stand-in for the library plays the driver."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from nvml_stand_in.build import StandIn, ended

from model_garden_registry.hardware.driver.nvml import is_integrated
from model_garden_registry.hardware.driver.probe import read_hardware
from model_garden_registry.hardware.gpus import (
    NOT_ASKED,
    Cause,
    DriverState,
    Gpu,
    GpuProcess,
    Hardware,
    Slice,
    Unread,
)
from model_garden_registry.units import MIB

L4 = """
    gpu NVIDIA L4
    uuid GPU-10000000-0000-4000-8000-000000000001
    pci 00000000:01:00.0
    capability 8.9
    total 23034 MiB
    free 22500 MiB
    ecc 0
"""
L4_GPU = Gpu(
    index=0,
    name="NVIDIA L4",
    uuid="GPU-10000000-0000-4000-8000-000000000001",
    pci_bus_id="00000000:01:00.0",
    compute_capability=(8, 9),
    total_bytes=23034 * MIB,
    free_bytes=22500 * MIB,
    ecc_errors=0,
    processes=(),
)
OTHER_L4 = L4.replace("0001", "0002").replace(":01:", ":02:")
OTHER_GPU = replace(L4_GPU, index=1, uuid="GPU-10000000-0000-4000-8000-000000000002", pci_bus_id="00000000:02:00.0")
A100 = """
    gpu NVIDIA A100-SXM4-40GB
    uuid GPU-20000000-0000-4000-8000-000000000001
    pci 00000000:07:00.0
    capability 8.0
    total 40960 MiB
    free 40000 MiB
    ecc 0
    mig on
"""
SLICE = """
    slice NVIDIA A100-SXM4-40GB MIG 1g.5gb
    uuid MIG-30000000-0000-5000-8000-000000000001
    total 4864 MiB
    free 4800 MiB
    instances 7 0
"""
A100_SLICE = Slice(
    gpu_index=0,
    index=0,
    name="NVIDIA A100-SXM4-40GB MIG 1g.5gb",
    uuid="MIG-30000000-0000-5000-8000-000000000001",
    profile="1g.5gb",
    gpu_instance_id=7,
    compute_instance_id=0,
    total_bytes=4864 * MIB,
    free_bytes=4800 * MIB,
    compute_capability=(8, 0),
    processes=(),
)
LOST = Unread(Cause.LOST, "GPU is lost (NVML code 15)")
DENIED = Unread(Cause.NO_PERMISSION, "Insufficient Permissions (NVML code 4)")
UNKNOWN = Unread(Cause.FAILED, "Unknown Error (NVML code 999)")
UNSUPPORTED = Unread(Cause.NOT_SUPPORTED, "Not Supported (NVML code 3)")


def too_old(function: str) -> Unread:
    return Unread(Cause.NOT_SUPPORTED, f"the driver is too old for {function} (NVML code 13)")


def gpus(stand_in: StandIn, scenario: str, *, without: tuple[str, ...] = ()) -> tuple[Gpu, ...]:
    """Read the GPUs of a scenario, in which the driver answers."""
    stand_in.play(scenario, without=without)
    hardware = read_hardware()
    assert (hardware.state, hardware.problem) == (DriverState.READ, None)
    return hardware.gpus


@pytest.mark.usefixtures("starts")
def test_a_healthy_driver_tells_everything(stand_in: StandIn) -> None:
    """Versions and every fact of every GPU, in the order of the bus; NVML is ended at the end."""
    stand_in.play("driver 570.86.15\ncuda 12080" + L4 + OTHER_L4)

    hardware = read_hardware()

    assert replace(hardware, ram=None) == Hardware(
        source="nvml", driver_version="570.86.15", cuda_version="12.8", gpus=(L4_GPU, OTHER_GPU)
    )
    assert ended(stand_in.calls)


@pytest.mark.parametrize(
    ("code", "state", "problem"),
    [
        pytest.param(9, DriverState.DRIVER_NOT_LOADED, "Driver Not Loaded (NVML code 9)", id="driver not loaded"),
        pytest.param(
            18,
            DriverState.VERSION_MISMATCH,
            "RM has detected an NVML/RM version mismatch. (NVML code 18)",
            id="version mismatch",
        ),
        pytest.param(4, DriverState.NO_PERMISSION, DENIED.reason, id="permission"),
        pytest.param(999, DriverState.INIT_FAILED, UNKNOWN.reason, id="unknown"),
        pytest.param(10, DriverState.INIT_FAILED, "Timeout (NVML code 10)", id="timeout"),
        pytest.param(13, DriverState.INIT_FAILED, too_old("nvmlInit").reason, id="function missing"),
        pytest.param(15, DriverState.INIT_FAILED, LOST.reason, id="the only GPU lost"),
        pytest.param(77, DriverState.INIT_FAILED, "error 77 of the stand-in (NVML code 77)", id="a code of tomorrow"),
    ],
)
def test_a_driver_that_does_not_start_says_why(code: int, state: DriverState, problem: str, stand_in: StandIn) -> None:
    """Each of NVML's codes has its state; the problem is the driver's own words and the code."""
    stand_in.play(f"fault nvmlInitWithFlags returns {code}" + L4)

    hardware = read_hardware()

    assert (hardware.source, hardware.state, hardware.problem, hardware.gpus) == ("nvml", state, problem, ())
    assert "nvmlShutdown" not in stand_in.calls


def test_a_driver_without_a_function_to_start_it_is_too_old(stand_in: StandIn) -> None:
    """A library from before NVML 8."""
    stand_in.play(L4, without=("nvmlInitWithFlags",))

    hardware = read_hardware()

    assert (hardware.state, hardware.problem) == (DriverState.INIT_FAILED, too_old("nvmlInit").reason)


def test_an_error_text_that_is_no_text_keeps_its_code(stand_in: StandIn) -> None:
    """The driver's words for a code that the binding does not know may be garbled."""
    stand_in.play("fault nvmlInitWithFlags returns 77\nfault nvmlErrorString garbles" + L4)

    assert read_hardware().problem == "an error without a readable text (NVML code 77)"


@pytest.mark.parametrize(
    ("scenario", "problem"),
    [
        pytest.param("fault nvmlDeviceGetCount_v2 returns 999", UNKNOWN.reason, id="refused"),
        pytest.param("count 4294967295", "4294967295", id="absurd"),
    ],
)
def test_gpus_that_cannot_be_counted_are_no_answer(scenario: str, problem: str, stand_in: StandIn) -> None:
    """Zero would be a lie; what is known besides is kept, and NVML is ended."""
    stand_in.play("driver 570.86.15\n" + scenario)

    hardware = read_hardware()

    assert (hardware.state, hardware.problem, hardware.driver_version) == (
        DriverState.INIT_FAILED,
        f"the GPUs could not be counted: {problem}",
        "570.86.15",
    )
    assert ended(stand_in.calls)


def test_zero_devices_are_an_answer(stand_in: StandIn) -> None:
    """The driver runs, and there is no GPU on the bus or in the container."""
    assert gpus(stand_in, "driver 570.86.15") == ()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(15, LOST, id="lost"),
        pytest.param(16, Unread(Cause.LOST, "GPU requires restart (NVML code 16)"), id="to be reset"),
        pytest.param(4, DENIED, id="no permission"),
        pytest.param(999, UNKNOWN, id="failing"),
    ],
)
def test_one_gpu_that_gives_no_answer_does_not_spoil_the_others(code: int, reason: Unread, stand_in: StandIn) -> None:
    """It keeps its index and has the reason for a problem; the next one is read."""
    scenario = f"{L4}\nfault nvmlDeviceGetHandleByIndex_v2 returns {code}\n{OTHER_L4}"

    assert gpus(stand_in, scenario) == (
        Gpu(index=0, name=reason, mig_enabled=NOT_ASKED, problem=reason),
        OTHER_GPU,
    )


def test_a_gpu_lost_between_two_questions_is_lost(stand_in: StandIn) -> None:
    """What it said before stays, what it does not say any more has the reason, and so has the GPU."""
    scenario = f"{L4}\nfault nvmlDeviceGetPciInfo_v3 returns 15\n{OTHER_L4}"

    assert gpus(stand_in, scenario) == (replace(L4_GPU, pci_bus_id=LOST, problem=LOST), OTHER_GPU)


def test_a_gpu_lost_while_its_slices_are_asked_is_lost(stand_in: StandIn) -> None:
    """Its slices went with it."""
    (gpu,) = gpus(stand_in, f"{A100}\n{SLICE}\nfault nvmlDeviceGetMigDeviceHandleByIndex returns 15")

    assert (gpu.problem, gpu.slices) == (LOST, (Slice(gpu_index=0, index=0, name=LOST, total_bytes=LOST),))


FACTS = [
    pytest.param("nvmlDeviceGetName", ("name",), id="name"),
    pytest.param("nvmlDeviceGetUUID", ("uuid",), id="uuid"),
    pytest.param("nvmlDeviceGetCudaComputeCapability", ("compute_capability",), id="compute capability"),
    pytest.param("nvmlDeviceGetPciInfo_v3", ("pci_bus_id",), id="pci"),
    pytest.param("nvmlDeviceGetTotalEccErrors", ("ecc_errors",), id="ecc"),
    pytest.param("nvmlDeviceGetMigMode", ("mig_enabled",), id="mig"),
    pytest.param("nvmlDeviceGetComputeRunningProcesses_v3", ("processes",), id="processes"),
]


@pytest.mark.parametrize(("function", "facts"), FACTS)
def test_a_fact_that_is_refused_has_the_drivers_reason(
    function: str, facts: tuple[str, ...], stand_in: StandIn
) -> None:
    """The other facts of the GPU stay."""
    (gpu,) = gpus(stand_in, f"{L4}\nfault {function} returns 999")

    assert gpu == replace(L4_GPU, **dict.fromkeys(facts, UNKNOWN))


@pytest.mark.parametrize(("function", "facts"), FACTS)
def test_a_function_that_an_old_driver_lacks_is_not_supported(
    function: str, facts: tuple[str, ...], stand_in: StandIn
) -> None:
    """Whether the binding calls that an NVMLError or a mismatch of libraries; without a MIG mode there is no MIG."""
    (gpu,) = gpus(stand_in, L4, without=(function,))

    name = function.removesuffix("_v3")
    missing = False if facts == ("mig_enabled",) else too_old(name)
    assert gpu == replace(L4_GPU, **dict.fromkeys(facts, missing))


@pytest.mark.parametrize(
    ("function", "fact"),
    [
        pytest.param("nvmlDeviceGetName", "name", id="name"),
        pytest.param("nvmlDeviceGetUUID", "uuid", id="uuid"),
        pytest.param("nvmlDeviceGetPciInfo_v3", "pci_bus_id", id="a field of a structure"),
    ],
)
def test_a_text_that_is_no_text_is_garbled(function: str, fact: str, stand_in: StandIn) -> None:
    """The bytes are shown; nothing is raised."""
    (gpu,) = gpus(stand_in, f"{L4}\nfault {function} garbles")

    assert gpu == replace(L4_GPU, **{fact: Unread(Cause.GARBLED, r"not UTF-8: b'NVIDIA \xff\xfe'")})


def test_garbled_versions_are_garbled(stand_in: StandIn) -> None:
    """The GPUs are read all the same."""
    stand_in.play("fault nvmlSystemGetDriverVersion garbles\nfault nvmlSystemGetCudaDriverVersion returns 12" + L4)

    hardware = read_hardware()

    assert (hardware.driver_version, hardware.cuda_version, hardware.gpus) == (
        Unread(Cause.GARBLED, r"not UTF-8: b'NVIDIA \xff\xfe'"),
        Unread(Cause.FAILED, "NVML Shared Library Not Found (NVML code 12)"),
        (L4_GPU,),
    )


@pytest.mark.parametrize("code", [3, 13, 25], ids=["not supported", "no such function", "another version"])
def test_memory_falls_back_to_the_first_version(code: int, stand_in: StandIn) -> None:
    """Drivers before R510 count without the reserved part."""
    assert gpus(stand_in, f"{L4}\nfault nvmlDeviceGetMemoryInfo_v2 returns {code}") == (L4_GPU,)


def test_memory_of_a_driver_without_the_second_version_is_read(stand_in: StandIn) -> None:
    """The symbol is not in the library at all."""
    assert gpus(stand_in, L4, without=("nvmlDeviceGetMemoryInfo_v2",)) == (L4_GPU,)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(4, DENIED, id="no permission on a whole GPU"),
        pytest.param(3, UNSUPPORTED, id="not supported"),
        pytest.param(999, UNKNOWN, id="failing"),
    ],
)
def test_memory_that_neither_version_gives_has_the_reason(code: int, reason: Unread, stand_in: StandIn) -> None:
    """Both sizes carry it."""
    faults = f"fault nvmlDeviceGetMemoryInfo_v2 returns {code}\nfault nvmlDeviceGetMemoryInfo returns {code}"

    assert gpus(stand_in, f"{L4}\n{faults}") == (replace(L4_GPU, total_bytes=reason, free_bytes=reason),)


@pytest.mark.parametrize(
    ("total", "free"),
    [
        pytest.param(0, 0, id="zero"),
        pytest.param(2**60, 2**59, id="over 1 PiB"),
        pytest.param(2**64 - 1, 2**64 - 1, id="all bits"),
        pytest.param(MIB, 2 * MIB, id="more free than there is"),
    ],
)
def test_absurd_memory_is_kept_for_the_judge(total: int, free: int, stand_in: StandIn) -> None:
    """Reading repairs nothing."""
    (gpu,) = gpus(stand_in, f"{L4}\ntotal {total}\nfree {free}")

    assert gpu == replace(L4_GPU, total_bytes=total, free_bytes=free)


@pytest.mark.parametrize("capability", ["0.0", "-1.9", "8.-1", "1000.0", "8.1000"])
def test_an_absurd_compute_capability_is_unreadable(capability: str, stand_in: StandIn) -> None:
    """It would compare as very old, or newer than all; the rest of the GPU is read."""
    (gpu,) = gpus(stand_in, f"{L4}\ncapability {capability}")

    assert gpu == replace(L4_GPU, compute_capability=Unread(Cause.GARBLED, f"the driver says {capability}"))


def test_uncorrected_ecc_errors_are_counted(stand_in: StandIn) -> None:
    """Those since the last reset; a part without ECC says that it has none."""
    scenario = L4.replace("ecc 0", "ecc 3") + OTHER_L4.replace("ecc 0", "")

    assert gpus(stand_in, scenario) == (replace(L4_GPU, ecc_errors=3), replace(OTHER_GPU, ecc_errors=UNSUPPORTED))


def test_more_processes_than_any_machine_has_are_unreadable(stand_in: StandIn) -> None:
    """The rest of the GPU is read."""
    (gpu,) = gpus(stand_in, f"{L4}\ncrowd 10001")

    assert gpu == replace(L4_GPU, processes=Unread(Cause.GARBLED, "the driver lists 10001 processes"))


def test_processes_compute_and_draw(stand_in: StandIn) -> None:
    """By number, each once; without a name where it cannot be seen, without a size where the driver has none."""
    processes = """
        computes 300 1024MiB /usr/bin/python3
        computes 200 unknown
        computes 100 7MiB
        draws 50 10MiB Xorg
        draws 300 5MiB /usr/bin/python3
    """
    (gpu,) = gpus(stand_in, L4 + processes)

    assert gpu.processes == (
        GpuProcess(pid=50, name="Xorg", used_bytes=10 * MIB),
        GpuProcess(pid=100, used_bytes=7 * MIB),
        GpuProcess(pid=200),
        GpuProcess(pid=300, name="/usr/bin/python3", used_bytes=1024 * MIB),
    )


def test_who_computes_is_listed_where_drawing_is_not_supported(stand_in: StandIn) -> None:
    """Data-centre parts do not draw."""
    (gpu,) = gpus(stand_in, f"{L4}\ncomputes 7 1MiB a\nfault nvmlDeviceGetGraphicsRunningProcesses_v3 returns 3")

    assert gpu.processes == (GpuProcess(pid=7, name="a", used_bytes=MIB),)


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        pytest.param("NVIDIA GB10", (12, 1), id="GB10"),
        pytest.param("NVIDIA Thor", (11, 0), id="Thor"),
        pytest.param("Orin (nvgpu)", (8, 7), id="Orin"),
        pytest.param("Xavier", (7, 2), id="Xavier"),
        pytest.param("NVIDIA Tegra X2", (6, 2), id="Tegra"),
        pytest.param("NVIDIA GB10", UNKNOWN, id="by its name alone"),
        pytest.param(UNKNOWN, (8, 7), id="by its compute capability alone"),
    ],
)
def test_parts_that_share_the_memory_of_the_host_are_known(
    name: str | Unread, capability: tuple[int, int] | Unread
) -> None:
    """By name or by a compute capability that only they have."""
    assert is_integrated(name, capability)


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        pytest.param("NVIDIA GB100", (10, 0), id="GB100"),
        pytest.param("NVIDIA GB200", (10, 0), id="GB200"),
        pytest.param("NVIDIA GeForce RTX 5090", (12, 0), id="RTX 5090"),
        pytest.param("NVIDIA A10", (8, 6), id="A10"),
        pytest.param(UNKNOWN, UNKNOWN, id="nothing known"),
    ],
)
def test_other_parts_do_not_share_it(name: str | Unread, capability: tuple[int, int] | Unread) -> None:
    """A likeness of names is not enough."""
    assert not is_integrated(name, capability)


@pytest.mark.parametrize(
    ("scenario", "total"),
    [
        pytest.param("fault * returns 0\ntotal 124610 MiB", 124610 * MIB, id="the whole pool"),
        pytest.param("total 0", 0, id="zero"),
        pytest.param(
            "fault nvmlDeviceGetMemoryInfo_v2 returns 3\nfault nvmlDeviceGetMemoryInfo returns 3",
            UNSUPPORTED,
            id="not supported",
        ),
    ],
)
def test_unified_memory_is_marked(scenario: str, total: int | Unread, stand_in: StandIn) -> None:
    """Whichever way the driver has of answering."""
    (gpu,) = gpus(stand_in, f"gpu NVIDIA GB10\ncapability 12.1\n{scenario}")

    assert (gpu.total_bytes, gpu.is_integrated) == (total, True)


def test_a_gpu_in_slices_has_each_of_them(stand_in: StandIn) -> None:
    """With memory, UUID, profile and instances of its own; the compute capability is the GPU's."""
    second = SLICE.replace("0001", "0002").replace("instances 7 0", "instances 8 0")

    (gpu,) = gpus(stand_in, A100 + SLICE + second)

    assert (gpu.mig_enabled, gpu.slices) == (
        True,
        (
            A100_SLICE,
            replace(A100_SLICE, index=1, uuid="MIG-30000000-0000-5000-8000-000000000002", gpu_instance_id=8),
        ),
    )


def test_mig_on_without_a_slice_is_told(stand_in: StandIn) -> None:
    """The GPU is no device then, and there is none in its place."""
    (gpu,) = gpus(stand_in, A100)

    assert (gpu.mig_enabled, gpu.slices) == (True, ())


def test_mig_off_is_a_whole_gpu(stand_in: StandIn) -> None:
    """No slice is asked for."""
    (gpu,) = gpus(stand_in, A100.replace("mig on", "mig off"))

    assert (gpu.mig_enabled, gpu.slices) == (False, ())
    assert "nvmlDeviceGetMaxMigDeviceCount" not in stand_in.calls


def test_in_a_container_the_slice_answers_where_its_gpu_does_not(stand_in: StandIn) -> None:
    """The parent's memory is no permission; the slice has its own."""
    denied = "fault nvmlDeviceGetMemoryInfo_v2 returns 4\nfault nvmlDeviceGetMemoryInfo returns 4"

    (gpu,) = gpus(stand_in, f"{A100}\n{denied}\n{SLICE}")

    assert (gpu.total_bytes, gpu.free_bytes, gpu.slices) == (DENIED, DENIED, (A100_SLICE,))


def test_a_slice_has_the_compute_capability_of_its_gpu(stand_in: StandIn) -> None:
    """Where the driver answers that only for whole GPUs."""
    (gpu,) = gpus(stand_in, f"{A100}{SLICE}\nfault nvmlDeviceGetCudaComputeCapability returns 3")

    assert gpu.slices == (A100_SLICE,)


def test_a_slice_without_a_profile_in_its_name_has_none(stand_in: StandIn) -> None:
    """Old drivers name the GPU; a garbled name names nothing."""
    old = SLICE.replace(" MIG 1g.5gb", "")

    (gpu,) = gpus(stand_in, f"{A100}{old}\n{SLICE}\nfault nvmlDeviceGetName garbles")

    assert [piece.profile for piece in gpu.slices] == [None, None]


def test_a_slice_that_gives_no_answer_is_one_all_the_same(stand_in: StandIn) -> None:
    """It is not passed over as if nobody had made it."""
    (gpu,) = gpus(stand_in, f"{A100}{SLICE}\nfault nvmlDeviceGetMigDeviceHandleByIndex returns 4")

    assert gpu.slices == (Slice(gpu_index=0, index=0, name=DENIED, total_bytes=DENIED),)


def test_slices_that_cannot_be_counted_are_not_none(stand_in: StandIn) -> None:
    """One stands for all of them, with the reason."""
    (gpu,) = gpus(stand_in, f"{A100}\nfault nvmlDeviceGetMaxMigDeviceCount returns 999\n{SLICE}")

    assert gpu.slices == (Slice(gpu_index=0, index=0, name=UNKNOWN, total_bytes=UNKNOWN),)


def binding(folder: Path, edit: str) -> None:
    """Write a module ``pynvml`` that is the installed one, edited."""
    spec = find_spec("pynvml")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    (folder / "pynvml.py").write_text(f"{source}\n{edit}\n", encoding="utf-8")


@pytest.mark.usefixtures("starts")
def test_a_function_that_an_old_binding_lacks_is_not_supported(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of nvidia-ml-py than the one that was asked for."""
    binding(tmp_path, "del nvmlDeviceGetTotalEccErrors")
    monkeypatch.syspath_prepend(tmp_path)

    (gpu,) = gpus(stand_in, L4)

    assert gpu == replace(
        L4_GPU,
        ecc_errors=Unread(Cause.NOT_SUPPORTED, "this nvidia-ml-py has no nvmlDeviceGetTotalEccErrors"),
    )


@pytest.mark.usefixtures("starts")
def test_a_missing_binding_is_told(stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without its dependencies."""
    (tmp_path / "pynvml.py").write_text("raise ImportError('gone')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    stand_in.play(L4)

    hardware = read_hardware()

    assert (hardware.state, hardware.problem) == (DriverState.INIT_FAILED, "nvidia-ml-py is missing: gone")


@pytest.mark.usefixtures("starts")
def test_a_library_that_is_none_has_the_loaders_words(stand_in: StandIn, tmp_path: Path) -> None:
    """A file of the right name that cannot be loaded is no library."""
    (tmp_path / "libnvidia-ml.so.1").write_text("not a library", encoding="utf-8")
    stand_in.monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))

    hardware = read_hardware()

    assert (hardware.source, hardware.state, hardware.problem) == (
        "none",
        DriverState.NO_LIBRARY,
        f"{tmp_path}/libnvidia-ml.so.1: file too short (NVML code 12)",
    )


def test_a_driver_that_cannot_be_ended_has_answered(stand_in: StandIn) -> None:
    """What it said counts."""
    assert gpus(stand_in, f"fault nvmlShutdown returns 999\n{L4}") == (L4_GPU,)
