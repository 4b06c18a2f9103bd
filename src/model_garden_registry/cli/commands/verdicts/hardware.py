"""``mgr hardware``: the hardware of this machine, as far as it can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Annotated, Literal, get_args

import typer

from model_garden_registry.checks.hardware.devices import named_alike, version_text
from model_garden_registry.checks.hardware.driver_states import cure_of
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.hardware import HardwareOption, read_snapshot
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, screen
from model_garden_registry.cli.output import write_answer, write_json
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.wording import count
from model_garden_registry.files.configuration import Key, configured, configured_remote
from model_garden_registry.hardware.driver.probe import read_hardware
from model_garden_registry.hardware.gpus import Cause, Device, DriverState, Fact, Gpu, Hardware, Unread
from model_garden_registry.hardware.visible_devices import visible_devices
from model_garden_registry.units import gigabytes_text, mebibytes_text

app = new_app()


@app.command(cls=Command)
def hardware(
    ctx: typer.Context,
    *,
    file: HardwareOption = None,
    output_format: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", show_default="text", help="How to write it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show the GPUs, driver and main memory of this machine.

    For GPUs, also what CUDA would see, free memory, and the processes that use the rest. What cannot be read
    is listed with the reason. The NVIDIA driver is queried once, in a process of its own, and not changed. JSON is a
    snapshot that --hardware takes, here and in `mgr validate`, on any machine.

    Text also shows what mgr.toml, or [tool.mgr] of pyproject.toml, sets for all commands: registries, stack, engine,
    gpu.
    """
    shape = chosen_format(output_format, as_json=as_json, default="text")
    found = read_snapshot(file) if file else read_hardware()

    if shape == "json":
        from model_garden_registry.payloads.hardware import snapshot_document

        write_json(snapshot_document(found))
    else:
        write_answer(page(_title(found), list(_sections(found)), screen(ctx)))


def _title(found: Hardware) -> str:
    if found.state is not DriverState.READ:
        return "No NVIDIA driver" if found.state is DriverState.NO_LIBRARY else "No answer about GPUs"
    return count(len(found.gpus), "GPU") if found.gpus else "No GPU"


def _sections(found: Hardware) -> Iterator[Section]:
    yield Section("GPUs", [line for gpu in found.gpus for line in _gpu_lines(gpu, found)])
    yield Section("In use by", [line for device in _devices(found) for line in _holder_lines(device)])
    yield Section("Driver", list(_driver_lines(found)))
    yield Section("Host", [("main memory", _ram_text(found))])
    yield Section("Not known", list(_unread_lines(found)))
    if found.source != "file":
        yield Section("Set by configuration", list(_configured_lines()))


def _gpu_lines(gpu: Gpu, found: Hardware) -> Iterator[tuple[str, ...]]:
    """Yield a line for a GPU and one for each of its MIG slices: name, size, free, capability, what CUDA sees of it."""
    for device in (gpu, *gpu.slices):
        total, free, capability = device.total_bytes, device.free_bytes, device.compute_capability
        yield (
            _number(device),
            device.name if isinstance(device.name, str) else "name unreadable",
            mebibytes_text(total) if isinstance(total, int) else "size not known",
            _free_text(free, total),
            f"compute {version_text(capability)}" if isinstance(capability, tuple) else "compute not known",
            _visibility(device, found),
        )


def _free_text(free: Fact[int], total: Fact[int]) -> str:
    """Return how much is free; an impossible number is marked."""
    if not isinstance(free, int):
        return "free not known"
    is_beyond = isinstance(total, int) and free > total
    return f"{gigabytes_text(free)} free: impossible" if is_beyond else f"{gigabytes_text(free)} free"


def _devices(found: Hardware) -> Iterator[Device]:
    for gpu in found.gpus:
        yield from (gpu, *gpu.slices)


def _visibility(device: Device, found: Hardware) -> str:
    if isinstance(device, Gpu) and device.problem is not None:
        return "gives no answer"
    if isinstance(device, Gpu) and device.mig_enabled is True:
        return "split into MIG slices" if device.slices else "MIG on, no slice"
    seen = visible_devices(found)
    seen_in = [device in devices for devices in seen.readings]
    if all(seen_in):
        return "visible"
    return "depends on CUDA_DEVICE_ORDER" if any(seen_in) else "hidden"


def _holder_lines(device: Device) -> Iterator[tuple[str, ...]]:
    processes = device.processes if isinstance(device.processes, tuple) else ()
    for process in sorted(processes, key=lambda process: -(process.used_bytes or 0)):
        used = gigabytes_text(process.used_bytes) if process.used_bytes is not None else "amount not known"
        yield _number(device), f"process {process.pid}", process.name or "name not known", used


def _driver_lines(found: Hardware) -> Iterator[tuple[str, str]]:
    if found.problem is not None:
        yield "problem", found.problem
    for hint in found.hints:
        yield "seen", hint
    if (cure := cure_of(found)) is not None:
        yield "what helps", cure
    for label, fact in (("version", found.driver_version), ("newest CUDA", found.cuda_version)):
        if isinstance(fact, str):
            yield label, fact
        elif fact.cause is not Cause.NOT_ASKED:
            yield label, f"not known: {fact.reason}"
    for label, value in (
        ("CUDA_VISIBLE_DEVICES", found.cuda_visible_devices),
        ("CUDA_DEVICE_ORDER", found.cuda_device_order),
    ):
        yield label, "not set" if value is None else repr(value)


def _ram_text(found: Hardware) -> str:
    ram = found.ram
    if ram is None:
        return "not stated"
    if isinstance(ram, Unread):
        return f"not known: {ram.reason}"
    return f"{gigabytes_text(ram.total_bytes)}, the limit of the {ram.limited_by}"


def _unread_lines(found: Hardware) -> Iterator[tuple[str, str, str]]:
    """Yield each fact that could not be read, with the reason, if it was requested and exists."""
    for device in _devices(found):
        if isinstance(device, Gpu) and device.problem is not None:
            yield _number(device), "everything", device.problem.reason
            continue
        for field in fields(device):
            fact = getattr(device, field.name)
            is_gap = isinstance(fact, Unread) and fact.cause is not Cause.NOT_ASKED
            if is_gap:
                yield _number(device), field.name.removesuffix("_bytes").replace("_", " "), fact.reason


def _configured_lines() -> Iterator[tuple[str, str, str]]:
    """Yield what the configuration sets for all commands, with the file."""
    for key, (value, file) in sorted(configured(*get_args(Key)).items()):
        yield key, value, str(file)
    if remote := configured_remote():
        from model_garden_registry.lifecycle.remote.addresses import shown

        yield "remote", shown(remote.url), str(remote.file)


def _number(device: Device) -> str:
    return named_alike((device,)).where.removeprefix("gpu ")
