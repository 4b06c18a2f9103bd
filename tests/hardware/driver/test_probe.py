"""Reading this machine: limits, crashes, noise; nothing is started for nothing, and nothing stays."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from nvml_stand_in.build import PATIENCE_SECONDS, StandIn, ended

from model_garden_registry.errors import RegistryError
from model_garden_registry.hardware import snapshots
from model_garden_registry.hardware.driver import probe
from model_garden_registry.hardware.driver.probe import read_hardware
from model_garden_registry.hardware.gpus import NOT_ASKED, DriverState, Hardware, HostMemory

L4 = "gpu NVIDIA L4\ncapability 8.9\ntotal 23034 MiB\nfree 22500 MiB\n"


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have no NVIDIA library, whatever it has."""
    monkeypatch.setattr(probe, "find_library", lambda **_: False)


def children() -> list[str]:
    """Give the numbers of this process's own children, zombies too."""
    return Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text(encoding="ascii").split()


@pytest.mark.usefixtures("no_library")
def test_a_machine_without_the_library_says_so() -> None:
    """Nothing of the driver is known; the memory is, and so is the environment."""
    hardware = read_hardware()

    assert (hardware.source, hardware.state, hardware.gpus, hardware.cuda_version) == (
        "none",
        DriverState.NO_LIBRARY,
        (),
        NOT_ASKED,
    )
    assert isinstance(hardware.ram, HostMemory)


@pytest.mark.usefixtures("no_library")
def test_without_the_library_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process, and pynvml is not even imported."""
    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    monkeypatch.setattr(subprocess, "Popen", None)

    read_hardware()

    assert "pynvml" not in sys.modules


@pytest.mark.usefixtures("no_library")
@pytest.mark.parametrize(
    ("platform", "problem"),
    [
        pytest.param("linux", "libnvidia-ml.so.1 is not installed", id="Linux"),
        pytest.param("win32", "nvml.dll is not installed", id="Windows"),
        pytest.param("darwin", "macOS has no NVIDIA driver", id="macOS"),
    ],
)
def test_each_system_names_what_is_missing(platform: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A true sentence for each, and no crash."""
    monkeypatch.setattr(sys, "platform", platform)

    hardware = read_hardware()

    assert (hardware.state, hardware.problem) == (DriverState.NO_LIBRARY, problem)


def test_the_environment_is_kept_and_not_applied(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """NVML does not heed the mask; what is no text in it is shown as �."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,\udcff")
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    stand_in.play(L4 + L4)

    hardware = read_hardware()

    assert (hardware.cuda_visible_devices, hardware.cuda_device_order) == ("0,�", "PCI_BUS_ID")
    assert len(hardware.gpus) == 2


@pytest.mark.usefixtures("starts")
def test_a_driver_that_hangs_is_no_answer_and_leaves_no_zombie(stand_in: StandIn) -> None:
    """The limit holds; the process that asked is ended and waited for while this one lives."""
    before = children()
    stand_in.play(f"fault nvmlInitWithFlags waits 3600\n{L4}")

    hardware = read_hardware(limit_seconds=0.5)

    assert (hardware.source, hardware.state, hardware.problem) == (
        "nvml",
        DriverState.NO_ANSWER,
        "the driver did not answer within 0.5 s",
    )
    assert children() == before


def test_a_library_that_hangs_when_it_is_loaded_is_no_answer(stand_in: StandIn) -> None:
    """This process never loads it."""
    stand_in.play("fault load waits 3600")

    assert read_hardware(limit_seconds=0.5).state is DriverState.NO_ANSWER


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        pytest.param("aborts", "the driver killed the process that asked (signal 6)", id="abort"),
        pytest.param("crashes", "the driver killed the process that asked (signal 11)", id="segmentation fault"),
        pytest.param("exits 3", "the process that asked the driver ended without an answer (exit status 3)", id="exit"),
    ],
)
@pytest.mark.parametrize("function", ["load", "nvmlInitWithFlags", "nvmlDeviceGetName", "nvmlShutdown"])
def test_a_driver_that_kills_the_process_that_asks_is_no_answer(
    function: str, fault: str, problem: str, stand_in: StandIn
) -> None:
    """Whenever it does so; this process lives on and leaves no zombie."""
    before = children()
    stand_in.play(f"fault {function} {fault}\n{L4}")

    hardware = read_hardware()

    assert (hardware.state, hardware.problem, hardware.gpus) == (DriverState.NO_ANSWER, problem, ())
    assert children() == before


@pytest.mark.usefixtures("starts")
def test_a_process_that_is_started_and_killed_is_no_answer(stand_in: StandIn) -> None:
    """The same of one that imports what it needs by itself."""
    before = children()
    stand_in.play(f"fault nvmlInitWithFlags aborts\n{L4}")

    assert read_hardware().problem == "the driver killed the process that asked (signal 6)"
    assert children() == before


@pytest.mark.parametrize("function", ["load", "nvmlInitWithFlags", "nvmlDeviceGetName"])
def test_what_a_driver_prints_is_no_part_of_the_answer(function: str, stand_in: StandIn) -> None:
    """Nor does it reach this process's output."""
    stand_in.play(f"fault {function} prints\n{L4}")

    assert [gpu.name for gpu in read_hardware().gpus] == ["NVIDIA L4"]


@pytest.mark.usefixtures("starts")
def test_what_starts_with_python_may_print(stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sitecustomize that greets everybody, on both streams and without an end of line."""
    greeting = "import sys\nfor stream in sys.stdout, sys.stderr: stream.write('hello')\n"
    (tmp_path / "sitecustomize.py").write_text(greeting, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    stand_in.play(L4)

    assert [gpu.name for gpu in read_hardware().gpus] == ["NVIDIA L4"]


def test_an_answer_counts_though_its_process_does_not_end(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver's own thread or destructor may hang after everything was said."""
    wait = subprocess.Popen.wait

    def late(process: subprocess.Popen[bytes], timeout: float) -> int:
        status = wait(process)
        if timeout == PATIENCE_SECONDS:
            raise subprocess.TimeoutExpired(process.args, timeout)
        return status

    monkeypatch.setattr(subprocess.Popen, "wait", late)
    stand_in.play(L4)

    hardware = read_hardware()

    assert [gpu.name for gpu in hardware.gpus] == ["NVIDIA L4"]
    assert ended(stand_in.calls)


@pytest.mark.usefixtures("starts")
def test_whatever_is_printed_before_the_answer_is_not_kept(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No noise fills the memory of this process, and the answer is found behind it."""
    noise = "import sys\nfor stream in sys.stdout, sys.stderr: stream.write('x' * 500_000)\n"
    (tmp_path / "sitecustomize.py").write_text(noise, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(probe, "_MOST_BYTES", 50_000)
    kept: list[bytes] = []
    answer = probe._answer
    monkeypatch.setattr(probe, "_answer", lambda output: (kept.append(output), answer(output))[1])
    stand_in.play(L4)

    hardware = read_hardware()

    assert [gpu.name for gpu in hardware.gpus] == ["NVIDIA L4"]
    assert [len(output) for output in kept] == [50_000]


@pytest.mark.usefixtures("starts")
def test_a_process_that_fails_by_itself_says_its_last_words(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation that is broken elsewhere is not silent."""
    (tmp_path / "pynvml.py").write_text("raise OSError('broken')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    stand_in.play(L4)

    assert read_hardware().problem == (
        "the process that asked the driver ended without an answer (exit status 1): OSError: broken"
    )


@pytest.mark.usefixtures("starts")
def test_modules_are_found_where_this_process_finds_them(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the working directory, unless this process looks there too."""
    (tmp_path / "pynvml.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    stand_in.play(L4)

    assert read_hardware().state is DriverState.READ


def test_an_answer_beyond_every_bound_is_none(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that makes up thousands of GPUs or processes is not believed."""
    monkeypatch.setattr(snapshots, "MOST_GPUS", 1)
    stand_in.play(L4 + L4)

    hardware = read_hardware()

    assert (hardware.state, hardware.problem) == (
        DriverState.NO_ANSWER,
        "the driver reports impossible values: not a hardware snapshot at /gpus: at most 1 items, found 2",
    )


@pytest.mark.parametrize(
    ("attribute", "value"),
    [pytest.param("frozen", True, id="frozen"), pytest.param("executable", "", id="embedded")],
)
def test_a_program_that_brings_its_own_python_asks_nobody(
    attribute: str, value: object, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To start it again would start the program again."""
    monkeypatch.setattr(sys, attribute, value, raising=False)
    stand_in.play(L4)

    hardware = read_hardware()

    assert (hardware.state, hardware.problem) == (
        DriverState.NO_ANSWER,
        "this program bundles its own Python, which cannot start a second process to ask the driver",
    )
    assert stand_in.calls == []


def test_a_system_that_starts_no_process_is_no_answer(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox, a full process table, an interpreter that was moved away."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    stand_in.play(L4)

    hardware = read_hardware()

    assert (hardware.state, hardware.problem) == (
        DriverState.NO_ANSWER,
        "the process that asks the driver could not be started: No such file or directory",
    )


class Held:
    """A process that the kernel holds (state D): a kill works only when the driver lets go of it."""

    def __init__(self) -> None:
        (stdout, self.out), (stderr, self.err) = os.pipe(), os.pipe()
        self.stdin, self.stdout, self.stderr = io.BytesIO(), os.fdopen(stdout, "rb"), os.fdopen(stderr, "rb")
        self.kills = 0
        self.released = threading.Event()
        self.reaped = threading.Event()

    def __call__(self, *_: object, **__: object) -> Held:
        return self

    def kill(self) -> None:
        self.kills += 1

    def wait(self, timeout: float | None = None) -> None:
        if timeout is not None:
            raise subprocess.TimeoutExpired("python", timeout)
        self.released.wait()
        os.close(self.out)
        os.close(self.err)
        self.reaped.set()


def test_a_process_that_the_kernel_holds_delays_no_answer_and_is_reaped(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes without it; a daemon thread waits for its end."""
    process = Held()
    monkeypatch.setattr(subprocess, "Popen", process)
    stand_in.play(L4)

    hardware = read_hardware()

    assert (hardware.state, process.kills, process.reaped.is_set()) == (DriverState.NO_ANSWER, 1, False)
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "mgr reaper"] == [True]
    process.released.set()
    assert process.reaped.wait(timeout=60)


@pytest.mark.usefixtures("starts")
def test_an_interrupt_ends_the_process_that_asks(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the driver hangs leaves nothing behind."""
    before = children()

    wait = subprocess.Popen.wait

    def interrupt(process: subprocess.Popen[bytes], timeout: float) -> int:
        if timeout == PATIENCE_SECONDS:
            raise KeyboardInterrupt
        return wait(process, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupt)
    stand_in.play(f"fault nvmlInitWithFlags waits 3600\n{L4}")

    with pytest.raises(KeyboardInterrupt):
        read_hardware()

    assert children() == before


def test_the_kernel_module_tells_the_version_where_the_library_does_not(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an update without a reboot, for example."""
    monkeypatch.setattr(probe, "read_module_version", lambda: "535.183.01")
    stand_in.play("driver 570.86.15\nfault nvmlInitWithFlags returns 18")

    assert read_hardware().driver_version == "535.183.01"


def test_hints_are_given_where_no_gpu_is_read(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the driver runs and lists nothing; a GPU needs no explanation."""
    monkeypatch.setattr(probe, "read_hints", lambda state: (f"a hint for {state}",))

    stand_in.play("driver 570.86.15")
    without = read_hardware()
    stand_in.play(L4)
    with_one = read_hardware()

    assert (without.driver_version, without.hints, with_one.hints) == ("570.86.15", ("a hint for read",), ())


def test_hardware_of_a_broken_driver_is_a_value(stand_in: StandIn) -> None:
    """Every question of a driver may fail, and none raises."""
    for code in (1, 3, 4, 9, 13, 15, 18, 25, 999):
        stand_in.play(f"fault * returns {code}\n{L4}")

        assert isinstance(read_hardware(), Hardware)


def test_this_machine_is_read_as_it_is() -> None:
    """Whatever it has: no error of ours."""
    try:
        hardware = read_hardware()
    except RegistryError as error:  # pragma: no cover
        pytest.fail(str(error))

    assert hardware.source == ("none" if hardware.state is DriverState.NO_LIBRARY else "nvml")
