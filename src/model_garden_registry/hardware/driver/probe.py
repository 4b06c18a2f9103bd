"""The hardware of this machine. A driver that hangs or crashes takes down only the process that asks it."""

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

#: A driver that has to wake many GPUs takes some seconds; people wait up to ten.
LIMIT_SECONDS = 8.0
#: Wait for a killed process. One stuck in the kernel (state D) ends when the driver lets go of it.
_GRACE_SECONDS = 1.0
#: Precedes the answer, which is one line: a driver, or code at Python's start, may print too.
FRAME = b"\nmgr.answer:"
#: Larger than any answer. The answer is printed last, so more output before it does no harm.
_MOST_BYTES = 16 * MIB
#: Characters of a failed process's last output that are shown.
_SHOWN = 200


def read_hardware(*, limit_seconds: float = LIMIT_SECONDS) -> Hardware:
    """
    Return the GPUs and the memory of this machine.

    Starts no process if there is no NVIDIA library. Never raises for a broken driver: ``state`` and ``problem``, or the
    reason in place of a fact, tell what could not be read.

    Args:
        limit_seconds: Time limit for the driver's answer.
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
        return _no_answer("this program bundles its own Python, which cannot start a second process to ask the driver")
    return _ask(limit_seconds)


def _ask(limit_seconds: float) -> Hardware:
    """Return the driver's answer, read by another process."""
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
        return _no_answer(f"the process that asks the driver could not be started: {error.strerror}")
    problem = None
    try:
        stdin, stdout, stderr = cast("tuple[IO[bytes], ...]", (process.stdin, process.stdout, process.stderr))
        output, talk = Tail(stdout, most_bytes=_MOST_BYTES), Tail(stderr, most_bytes=_MOST_BYTES)
        feed(stdin, _program(limit_seconds))
        process.wait(limit_seconds)
    except subprocess.TimeoutExpired:  # it may have answered, and hang at exit
        problem = f"the driver did not answer within {limit_seconds:g} s"
    finally:
        has_ended = _end(process)
    wait_seconds = _GRACE_SECONDS if has_ended else 0
    answer = _answer(output.content(wait_seconds=wait_seconds))
    return answer or _no_answer(problem or _ending(process.returncode, talk.content(wait_seconds=wait_seconds)))


def _program(limit_seconds: float) -> bytes:
    """
    Return the program of the other process.

    It finds modules where this one does. It is passed by stdin: paths may be long, and no command line shows it.
    """
    last_resort = limit_seconds + 2 * _GRACE_SECONDS
    return (
        f"import sys; sys.path[:] = {[*map(str, sys.path)]!a}\n"
        "from model_garden_registry.hardware.driver.answer import main\n"
        f"main({FRAME!r}, {last_resort!r})\n"
    ).encode()


def _answer(output: bytes) -> Hardware | None:
    """Return the answer within the output; without its end it is incomplete."""
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
        return _no_answer(f"the driver reports impossible values: {error}")


def _ending(status: int, talk: bytes) -> str:
    """Return how a process without an answer ended, in words."""
    if status < 0:
        return f"the driver killed the process that asked (signal {-status})"
    words = talk.decode(errors="replace").strip().rpartition("\n")[2][-_SHOWN:]
    return f"the process that asked the driver ended without an answer (exit status {status})" + (
        f": {words}" if words else ""
    )


def _end(process: subprocess.Popen[bytes]) -> bool:
    """Kill a process and everything of it, and return whether it is gone already."""
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
    """Return the driver's version, from the kernel module if the library does not give it."""
    if isinstance(driver.driver_version, Unread) and (version := read_module_version()):
        return version
    return driver.driver_version


def _variable(name: str) -> str | None:
    """Return an environment variable; undecodable parts become �."""
    value = os.environ.get(name)
    return value if value is None else value.encode(errors="surrogateescape").decode(errors="replace")


def _no_library(problem: str) -> Hardware:
    return Hardware(source="none", state=DriverState.NO_LIBRARY, problem=problem)


def _no_answer(problem: str) -> Hardware:
    return Hardware(source="nvml", state=DriverState.NO_ANSWER, problem=problem)
