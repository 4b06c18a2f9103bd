"""The GPUs of a machine in words."""

from __future__ import annotations

import pytest

from model_garden_registry.hardware.gpus import NOT_ASKED, Gpu, Hardware
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.labels import device_kind, distinct_names, gpu_names, gpu_sizes
from model_garden_registry.hardware.visible_devices import visible_devices


@pytest.mark.parametrize(
    ("machine", "names", "sizes"),
    [
        pytest.param(known_gpu("L4"), "L4", "L4 (24.15 GB)", id="one"),
        pytest.param(known_gpu("L4:2"), "2x L4", "2x L4 (24.15 GB)", id="two"),
        pytest.param(Hardware(source="none"), "", "", id="none"),
        pytest.param(
            known_gpu("A100"),
            "A100 40GB or A100 80GB",
            "A100 40GB (42.95 GB) or A100 80GB (85.9 GB)",
            id="an ambiguous name",
        ),
    ],
)
def test_gpus_are_named_with_their_number(machine: Hardware, names: str, sizes: str) -> None:
    """Each kind once; an ambiguous name is each of them."""
    assert (gpu_names(machine), gpu_sizes(machine)) == (names, sizes)


def test_what_is_unknown_is_said() -> None:
    """A name and a size may be."""
    unknown = Gpu(index=0, name=NOT_ASKED, total_bytes=NOT_ASKED)

    assert device_kind(unknown, has_memory=False) == "GPU"
    assert device_kind(unknown, has_memory=True) == "GPU (size not known)"


@pytest.mark.parametrize(
    ("machine", "names"),
    [
        (known_gpu("L4:2"), "L4"),
        (known_gpu("A100:2"), "A100 40GB or A100 80GB"),
        (Hardware(source="nvml", gpus=(Gpu(index=0, name="L4"), Gpu(index=1, name="T4"))), "L4, T4"),
        (Hardware(source="nvml", gpus=(Gpu(index=0, name=NOT_ASKED),)), ""),
        (Hardware(source="none"), ""),
    ],
)
def test_names_may_be_without_numbers(machine: Hardware, names: str) -> None:
    assert distinct_names(visible_devices(machine)) == names
