"""Hardware: facts that are known, or say why they are not."""

import json
from pathlib import Path
from typing import Any, assert_type

from model_garden_registry import (
    Cause,
    DriverState,
    Gpu,
    Hardware,
    HardwareFileError,
    HostMemory,
    Slice,
    Unread,
    hardware_document,
    parse_hardware,
    read_hardware,
)


def free_bytes(gpu: Gpu | Slice) -> int | None:
    if isinstance(gpu.free_bytes, Unread):
        assert_type(gpu.free_bytes.cause, Cause)
        return None
    assert_type(gpu.free_bytes, int)
    return gpu.free_bytes


def here() -> list[int | None]:
    hardware = read_hardware(limit_seconds=3)
    if hardware.state is DriverState.NO_ANSWER:
        return []
    if isinstance(hardware.ram, HostMemory):
        assert_type(hardware.ram.total_bytes, int)
    assert_type(hardware.gpus, tuple[Gpu, ...])
    return [free_bytes(piece) for gpu in hardware.gpus for piece in gpu.slices or (gpu,)]


def keep(hardware: Hardware, path: Path) -> None:
    document = hardware_document(hardware, visible=set(hardware.gpus))
    assert_type(document, dict[str, Any])
    path.write_text(json.dumps(document), encoding="utf-8")


def kept(path: Path) -> Hardware:
    try:
        return parse_hardware(json.loads(path.read_bytes()), source="file")
    except HardwareFileError as error:
        assert_type(error.where, str)
        raise
