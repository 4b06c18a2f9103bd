"""What this machine has. A driver that hangs or crashes takes down only the process that asks it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import IO, TYPE_CHECKING, cast

from model_garden_registry.hardware.driver.host_memory import read_host_memory
from model_garden_registry.hardware.driver.library import find_library
from model_garden_registry.hardware.driver.surroundings import read_hints, read_limits, read_module_version
from model_garden_registry.hardware.gpus import MACOS, DriverState, Fact, Hardware, Unread
from model_garden_registry.units import MIB

if TYPE_CHECKING:
    import subprocess

#: A driver that has to wake many GPUs takes some seconds; ten are what people wait for an answer.
LIMIT_SECONDS = 8.0
#: How long a killed process is waited for. One that the kernel holds (state D) ends when the driver lets go of it.
_GRACE_SECONDS = 1.0
#: Stands before the answer, which is one line: a driver, or what runs at Python's start, may print too.
FRAME = b"\nmgr.answer:"
#: More than any answer has. It is the last that is printed, so more before it does no harm.
_MOST_BYTES = 16 * MIB
#: Characters of a failed process's last words that are shown.
_SHOWN = 200


def read_hardware(*, limit_seconds: float = LIMIT_SECONDS) -> Hardware:
    """
    Read the GPUs and the memory of this machine.

    Starts no process where no NVIDIA library is. Never raises for a broken driver: ``state`` and ``problem``, or the
    reason in the place of a fact, say what could not be read.

    Args:
        limit_seconds: How long the driver may take to answer.
    """
    driver = _read_driver(limit_seconds)
    if driver.state is not DriverState.READ or not driver.gpus:
        driver = replace(driver, driver_version=_driver_version(driver), hints=read_hints(driver.state))
    else:
        driver = replace(driver, hints=read_limits())
    return replace(
        driver,
        ram=read_host_memory(),
        cuda_visible_devices=_variable("CUDA_VISIBLE_DEVICES"),
        cuda_device_order=_variable("CUDA_DEVICE_ORDER"),
    )


def _read_driver(limit_seconds: float) -> Hardware:
    platform: str = sys.platform
    if platform == "darwin":
        return _no_library(MACOS)
    if not find_library(platform=platform):
        return _no_library(f"{'nvml.dll' if platform == 'win32' else 'libnvidia-ml.so.1'} is not installed")
    if getattr(sys, "frozen", False) or not sys.executable:
        return _no_answer("this program brings its own Python, which cannot be started once more to ask the driver")
    return _ask(limit_seconds)


def _ask(limit_seconds: float) -> Hardware:
    """Let another process ask the driver."""
    import subprocess

    from model_garden_registry.hardware.driver.tails import Tail, feed

    try:
        process = subprocess.Popen(
            [sys.executable, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        return _no_answer(f"no process could be started to ask the driver: {error.strerror}")
    problem = None
    try:
        stdin, stdout, stderr = cast("tuple[IO[bytes], ...]", (process.stdin, process.stdout, process.stderr))
        output, talk = Tail(stdout, most_bytes=_MOST_BYTES), Tail(stderr, most_bytes=_MOST_BYTES)
        feed(stdin, _program(limit_seconds))
        process.wait(limit_seconds)
    except subprocess.TimeoutExpired:  # it may have answered, and hang at its end
        problem = f"the driver did not answer within {limit_seconds:g} s"
    finally:
        has_ended = _end(process)
    wait_seconds = _GRACE_SECONDS if has_ended else 0
    answer = _answer(output.content(wait_seconds=wait_seconds))
    return answer or _no_answer(problem or _ending(process.returncode, talk.content(wait_seconds=wait_seconds)))


def _program(limit_seconds: float) -> bytes:
    """
    Write what the other process runs.

    It finds modules where this one does. It comes by stdin: a path may be long, and no command line shows it.
    """
    last_resort = limit_seconds + 2 * _GRACE_SECONDS
    return (
        f"import sys; sys.path[:] = {[*map(str, sys.path)]!a}\n"
        "from model_garden_registry.hardware.driver.answer import main\n"
        f"main({FRAME!r}, {last_resort!r})\n"
    ).encode()


def _answer(output: bytes) -> Hardware | None:
    """Find the answer among whatever was printed; without its end it is none."""
    import json

    from model_garden_registry.errors import HardwareFileError
    from model_garden_registry.hardware.snapshots import parse_hardware

    _, frame, rest = output.rpartition(FRAME)
    line, end, _ = rest.partition(b"\n")
    if not frame or not end:
        return None
    try:
        return parse_hardware(json.loads(line))
    except HardwareFileError as error:
        return _no_answer(f"the driver says what cannot be: {error}")


def _ending(status: int, talk: bytes) -> str:
    """Say how a process ended that gave no answer."""
    if status < 0:
        return f"the driver killed the process that asked (signal {-status})"
    words = talk.decode(errors="replace").strip().rpartition("\n")[2][-_SHOWN:]
    return f"the process that asked the driver ended without an answer (exit status {status})" + (
        f": {words}" if words else ""
    )


def _end(process: subprocess.Popen[bytes]) -> bool:
    """End a process, see to it that nothing of it stays, and say whether it is gone already."""
    import subprocess
    import threading

    process.kill()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, name="mgr reaper", daemon=True).start()
        return False
    return True


def _driver_version(driver: Hardware) -> Fact[str]:
    """Return the driver's version, from the kernel module where the library does not tell."""
    if isinstance(driver.driver_version, Unread) and (version := read_module_version()):
        return version
    return driver.driver_version


def _variable(name: str) -> str | None:
    """Return an environment variable; what is no text in it becomes �."""
    value = os.environ.get(name)
    return value if value is None else value.encode(errors="surrogateescape").decode(errors="replace")


def _no_library(problem: str) -> Hardware:
    return Hardware(source="none", state=DriverState.NO_LIBRARY, problem=problem)


def _no_answer(problem: str) -> Hardware:
    return Hardware(source="nvml", state=DriverState.NO_ANSWER, problem=problem)
