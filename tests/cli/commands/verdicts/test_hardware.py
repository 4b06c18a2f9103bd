"""``mgr hardware``, on a driver that is compiled for it, or without one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nvml_stand_in.build import StandIn

from model_garden_registry import parse_hardware, read_hardware
from model_garden_registry.hardware.driver import probe
from model_garden_registry.hardware.gpus import Cause, DriverState, Hardware, HostMemory, Unread
from model_garden_registry.payloads.hardware import snapshot_document
from model_garden_registry.units import GB

Ask = Callable[..., Any]

#: One in use, one cut into slices whose own memory may not be read, one lost.
MACHINE = """
    driver 570.86.15
    cuda 12080
    gpu NVIDIA L4
    uuid GPU-a0000000-0000-4000-8000-000000000000
    pci 00000000:01:00.0
    capability 8.9
    total 23034 MiB
    free 10000 MiB
    ecc 0
    computes 4242 12288MiB /usr/bin/python3
    draws 17 100MiB Xorg
    computes 99 unknown
    gpu NVIDIA A100-SXM4-40GB
    uuid GPU-b0000000-0000-4000-8000-000000000000
    pci 00000000:02:00.0
    capability 8.0
    total 40960 MiB
    free 40000 MiB
    ecc 0
    mig on
    fault nvmlDeviceGetMemoryInfo_v2 returns 4
    fault nvmlDeviceGetMemoryInfo returns 4
    slice NVIDIA A100-SXM4-40GB MIG 1g.5gb
    uuid MIG-30000000-0000-5000-8000-000000000001
    total 4864 MiB
    free 4800 MiB
    instances 7 0
    gpu NVIDIA L4
    fault nvmlDeviceGetHandleByIndex_v2 returns 15
"""
TEXT = """\
3 GPUs

GPUs
  0          NVIDIA L4                         23034 MiB (24.15 GB)  10.49 GB free   compute 8.9        hidden
  1          NVIDIA A100-SXM4-40GB             size not known        free not known  compute 8.0        split into MIG slices
  1 slice 0  NVIDIA A100-SXM4-40GB MIG 1g.5gb  4864 MiB (5.1 GB)     5.03 GB free    compute 8.0        visible
  2          name unreadable                   size not known        free not known  compute not known  gives no answer

In use by
  0  process 4242  /usr/bin/python3  12.88 GB
  0  process 17    Xorg              0.1 GB
  0  process 99    name not known    amount not known

Driver
  version               570.86.15
  newest CUDA           12.8
  CUDA_VISIBLE_DEVICES  not set
  CUDA_DEVICE_ORDER     not set

Host
  main memory  64 GB, the limit of the host

Not known
  1  total       Insufficient Permissions (NVML code 4)
  1  free        Insufficient Permissions (NVML code 4)
  2  everything  GPU is lost (NVML code 15)
"""  # noqa: E501  (as it is in a pipe)
TWO = (
    "driver 570.86.15\ngpu NVIDIA L4\ncapability 8.9\ntotal 23034 MiB\ngpu Tesla T4\ncapability 7.5\ntotal 15360 MiB\n"
)

pytestmark = pytest.mark.usefixtures("bare_machine")


@pytest.fixture(autouse=True)
def _host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the host have 64 GB of main memory."""
    monkeypatch.setattr(probe, "read_host_memory", lambda: HostMemory(total_bytes=64 * GB))


def test_each_section_has_its_facts_and_its_gaps(mgr: Ask, stand_in: StandIn) -> None:
    """What there is, what CUDA sees, what is free, who holds the rest; what could not be read, and why."""
    stand_in.play(MACHINE)

    answer = mgr("hardware")

    assert (answer.code, answer.out, answer.err) == (0, TEXT, "")


def test_without_a_driver_the_reason_is_the_answer(mgr: Ask) -> None:
    """Exit 0: there is nothing wrong with asking."""
    answer = mgr("hardware")

    assert (answer.code, answer.out, answer.err) == (
        0,
        (
            "No NVIDIA driver\n\n"
            "Driver\n"
            "  problem               libnvidia-ml.so.1 is not installed\n"
            "  what helps            Install the NVIDIA driver, or start the container with GPU access.\n"
            "  CUDA_VISIBLE_DEVICES  not set\n"
            "  CUDA_DEVICE_ORDER     not set\n\n"
            "Host\n"
            "  main memory  64 GB, the limit of the host\n"
        ),
        "",
    )


def test_a_driver_that_is_not_loaded_has_problem_and_cure(mgr: Ask, stand_in: StandIn) -> None:
    """In the driver's own words, with its code."""
    stand_in.play("fault nvmlInitWithFlags returns 9")

    lines = [re.split("  +", line.strip()) for line in mgr("hardware").out.splitlines()]
    assert ["problem", "Driver Not Loaded (NVML code 9)"] in lines
    assert [
        "what helps",
        "Load the kernel module (modprobe nvidia); Secure Boot may keep it out, and after an update a reboot helps.",
    ] in lines


def test_what_the_driver_does_not_say_of_itself_is_not_known(mgr: Ask, stand_in: StandIn) -> None:
    """A CUDA version of 0 is none; a driver that hangs has no answer about GPUs."""
    stand_in.play("driver 570.86.15\ncuda 0")
    strange = mgr("hardware").out
    Path("host.json").write_text('{"gpus": [], "state": "no-answer"}', encoding="utf-8")

    assert "  newest CUDA           not known: the driver says 0\n" in strange
    assert mgr("hardware", "--hardware", "host.json").out.splitlines()[0] == "No answer about GPUs"


def test_what_cannot_be_is_remarked(mgr: Ask) -> None:
    """More free than there is; MIG without a slice is not cut into slices."""
    card = {"name": "A100", "total_mib": 23034, "free_mib": 30000, "mig_enabled": True}
    Path("host.json").write_text(json.dumps({"gpus": [card]}), encoding="utf-8")

    line = mgr("hardware", "--hardware", "host.json").out.splitlines()[3]

    assert re.split("  +", line)[4:] == ["31.46 GB free: impossible", "compute not known", "MIG on, no slice"]


def test_a_driver_without_a_gpu_says_no_gpu(mgr: Ask, stand_in: StandIn) -> None:
    """The driver runs."""
    stand_in.play("driver 570.86.15")

    assert mgr("hardware").out.splitlines()[0] == "No GPU"


def test_what_explains_the_state_is_said(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container, another maker's GPU, a library out of sight."""
    monkeypatch.setattr(probe, "read_hints", lambda _: ("An AMD GPU is in this machine; only NVIDIA GPUs are read.",))

    assert "  seen                  An AMD GPU is in this machine; only NVIDIA GPUs are read.\n" in mgr("hardware").out


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        pytest.param({}, ["visible", "visible"], id="no mask"),
        pytest.param(
            {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}, ["hidden", "visible"], id="by bus"
        ),
        pytest.param(
            {"CUDA_VISIBLE_DEVICES": "1"}, ["depends on CUDA_DEVICE_ORDER", "depends on CUDA_DEVICE_ORDER"], id="either"
        ),
    ],
)
def test_what_cuda_sees_of_each(variables: dict[str, str], seen: list[str], mgr: Ask, stand_in: StandIn) -> None:
    """By the variables, which are shown as well."""
    stand_in.play(TWO)

    out = mgr("hardware", env=variables).out

    assert [re.split("  +", line)[-1] for line in out.splitlines()[3:5]] == seen
    assert [f"{name}  {value!r}" in re.sub("  +", "  ", out) for name, value in variables.items()] == [True] * len(
        variables
    )


@pytest.mark.parametrize(
    ("ram", "text"),
    [
        pytest.param(
            HostMemory(total_bytes=8 * GB, limited_by="container"), "8 GB, the limit of the container", id="container"
        ),
        pytest.param(Unread(Cause.FAILED, "no /proc/meminfo"), "not known: no /proc/meminfo", id="unread"),
    ],
)
def test_main_memory_is_shown_with_its_limit(ram: object, text: str, mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose it is, or why it is not known."""
    monkeypatch.setattr(probe, "read_host_memory", lambda: ram)

    assert mgr("hardware").out.splitlines()[-1] == f"  main memory  {text}"


def test_json_is_a_snapshot_that_is_read_again(mgr: Ask, stand_in: StandIn) -> None:
    """The same machine, wherever the file is read: a page of it, a snapshot of it, a verdict on it."""
    stand_in.play(MACHINE)
    snapshot = mgr("hardware", "--json").out
    here = read_hardware()
    Path("host.json").write_text(snapshot, encoding="utf-8")
    stand_in.play("fault load aborts")

    again = json.loads(mgr("hardware", "--hardware", "host.json", "--json").out)

    assert json.loads(snapshot) == snapshot_document(here)
    assert parse_hardware(json.loads(snapshot)) == here
    assert again == {**json.loads(snapshot), "source": "file"}
    assert mgr("hardware", "--hardware", "host.json").out == TEXT


def test_a_snapshot_without_a_host_states_no_main_memory(mgr: Ask) -> None:
    """Nothing is made up."""
    Path("host.json").write_text('{"gpus": [{"name": "NVIDIA L4", "total_mib": 23034}]}', encoding="utf-8")

    out = mgr("hardware", "--hardware", "host.json").out

    assert out.splitlines()[3] == "  0  NVIDIA L4  23034 MiB (24.15 GB)  free not known  compute not known  visible"
    assert out.splitlines()[-1] == "  main memory  not stated"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "--hardware: host.json: no such file", id="gone"),
        pytest.param("[", "--hardware: host.json:1:2: is not JSON: expecting value", id="no JSON"),
        pytest.param(
            '{"gpus": [{"name": "A"}]}',
            "--hardware: host.json: not a hardware snapshot at /gpus/0/total_mib: a required key, found nothing",
            id="no snapshot",
        ),
    ],
)
def test_a_file_that_is_no_snapshot_is_invalid_usage(content: str | None, message: str, mgr: Ask) -> None:
    """Exit 2, with the place."""
    if content is not None:
        Path("host.json").write_text(content, encoding="utf-8")

    answer = mgr("hardware", "--hardware", "host.json")

    assert (answer.code, answer.out, answer.err.splitlines()[0]) == (2, "", f"mgr: error: {message}")


def test_formats_that_contradict_are_invalid_usage(mgr: Ask) -> None:
    """As everywhere."""
    assert mgr("hardware", "--json", "--format", "text").code == 2


def test_the_text_of_a_driver_is_shown_not_obeyed(mgr: Ask) -> None:
    """Neither a terminal's escapes nor markup from names, processes, variables or the driver's words."""
    document = {
        "driver_version": "1\x1b[2J",
        "problem": "[red]no[/red]\x1b]0;x\x07",
        "state": "init-failed",
        "gpus": [
            {
                "name": "L4 [bold]\x1b[31m\u202e",
                "total_mib": 1,
                "processes": [{"pid": 1, "name": "a\nb\x9b"}],
                "unread": {"uuid": {"cause": "garbled", "reason": "\x1b[2J"}},
            }
        ],
        "environment": {"CUDA_VISIBLE_DEVICES": "\x1b[2J"},
        "hints": ["\x07"],
    }
    Path("host.json").write_text(json.dumps(document), encoding="utf-8")

    out = mgr("hardware", "--hardware", "host.json").out

    assert re.findall(r"[^\x20-\x7e\n]", out) == []
    assert "L4 [bold]\\x1b[31m\\u202e" in out
    assert "[red]no[/red]\\x1b]0;x\\x07" in out


def test_on_a_terminal_it_fits_80_columns(mgr_on_terminal: Ask, stand_in: StandIn) -> None:
    """Cells are folded, not cut; with NO_COLOR there is not one escape."""
    stand_in.play(MACHINE)

    out = mgr_on_terminal("hardware", env={"NO_COLOR": "1"}).out

    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert [heading for heading in ("GPUs", "In use by", "Driver", "Host", "Not known") if heading not in out] == []


def test_colour_is_for_terminals(mgr: Ask, mgr_on_terminal: Ask, stand_in: StandIn) -> None:
    """A pipe gets none unless it is wanted; then only escapes are added."""
    stand_in.play(MACHINE)

    coloured = mgr("hardware", "--color", "always").out

    assert coloured.startswith("\x1b[1m3 GPUs\x1b[0m\n\n\x1b[36mGPUs\x1b[0m\n")
    assert re.sub(r"\x1b\[\d*m", "", coloured) == TEXT
    assert "\x1b[1m" in mgr_on_terminal("hardware").out


def test_the_program_itself_answers(mgr_process: Ask, stand_in: StandIn) -> None:
    """As a process of its own, in a pipe: the same, and nothing on stderr."""
    stand_in.play(MACHINE)

    answer = mgr_process("hardware")

    main_memory = re.compile(r"main memory  .*")
    assert (answer.code, answer.err) == (0, "")
    assert main_memory.sub("", answer.out) == main_memory.sub("", TEXT)


def test_the_machine_is_asked_once(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is shown of it."""
    asked: list[float] = []
    answer = Hardware(source="nvml", state=DriverState.NO_ANSWER, problem="no answer within 8 s")
    monkeypatch.setattr(probe, "_read_driver", lambda limit: asked.append(limit) or answer)

    mgr("hardware")

    assert asked == [probe.LIMIT_SECONDS]


@pytest.mark.parametrize("command", ["hardware", "validate", "estimate", "fit"])
def test_the_option_for_a_file_says_what_is_true_of_every_command(command: str, mgr: Ask) -> None:
    """It takes a machine; whether that is shown or judged is the command's."""
    said = " ".join(mgr(command, "--help").out.split())

    assert "Judge the machine in a file written by `mgr hardware --json`." in said
