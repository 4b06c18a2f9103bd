"""Hardware as somebody uses it: read it, name it, write it down, judge a model on it."""

import json
from pathlib import Path
from typing import Any, assert_type

from model_garden_registry import (
    DriverState,
    Gpu,
    Hardware,
    HostMemory,
    ModelRegistry,
    Report,
    Slice,
    Unread,
    hardware_document,
    known_gpu,
    parse_hardware,
    read_hardware,
    validate_model_for_training,
)


def read() -> None:
    hardware = read_hardware()
    assert_type(hardware, Hardware)
    assert_type(read_hardware(limit_seconds=2.5), Hardware)
    assert_type(hardware.state, DriverState)
    assert_type(hardware.problem, str | None)
    assert_type(hardware.gpus, tuple[Gpu, ...])
    if hardware.state is not DriverState.READ:
        print(hardware.problem, *hardware.hints)
    if isinstance(hardware.ram, HostMemory):
        assert_type(hardware.ram.total_bytes, int)


def sum_up(hardware: Hardware) -> int:
    total = 0
    for gpu in hardware.gpus:
        assert_type(gpu.slices, tuple[Slice, ...])
        if isinstance(gpu.total_bytes, Unread):
            print(gpu.index, gpu.total_bytes.cause, gpu.total_bytes.reason)
        else:
            assert_type(gpu.total_bytes, int)
            total += gpu.total_bytes
    return total


def name() -> None:
    assert_type(known_gpu("L4"), Hardware)
    assert_type(known_gpu("a100-80gb", count=2).alternatives, tuple[tuple[Gpu, ...], ...])


def keep(path: Path) -> Hardware:
    document = hardware_document(read_hardware())
    assert_type(document, dict[str, Any])
    path.write_text(json.dumps(document), encoding="utf-8")
    return parse_hardware(json.loads(path.read_text(encoding="utf-8")), source="file")


def judge(registry: ModelRegistry, machine: Hardware) -> None:
    assert_type(registry.validate("a/b", "training"), Report)
    assert_type(registry.validate("a/b", "training", hardware="local"), Report)
    assert_type(registry.validate("a/b", "training", hardware=machine, must_be_free=True), Report)
    assert_type(registry.validate("a/b", "training", hardware=None, allow_deprecated=True), Report)
    assert_type(registry.validate("a/b", "inference", hardware=known_gpu("L4:2"), gpu_required=True), Report)
    report = registry.validate("a/b", "inference", hardware=read_hardware)
    assert_type(report.hardware, Hardware | None)
    assert_type(validate_model_for_training("a/b", hardware=machine), tuple[bool, str | None])
    assert_type(registry.validate_model_for_training("a/b", hardware=known_gpu("L4")), tuple[bool, str | None])
