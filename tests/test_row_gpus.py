"""The GPU that a measured row names."""

from __future__ import annotations

import pytest
from benchmarks.row_gpus import row_gpu

from model_garden_registry.units import GIB, MIB


@pytest.mark.parametrize(
    ("text", "name", "total"),
    [
        pytest.param("A100-80GB", "A100 80GB", 81920 * MIB, id="with its size"),
        pytest.param("4xH100", "H100 80GB", 81559 * MIB, id="with a count, and two of that name"),
        pytest.param("H100x8", "H100 80GB", 81559 * MIB, id="with a count behind it"),
        pytest.param("2 \u00d7 RTX 4090", "RTX 4090", 24564 * MIB, id="with a count in another sign"),
        pytest.param("RTX 5090", "RTX 5090", 32607 * MIB, id="a name that ends in a number"),
        pytest.param("T4", "T4", 15360 * MIB, id="a family of one"),
        pytest.param("H100-80GB(79.19GiB)", "H100 80GB", round(79.19 * GIB), id="with what the driver reports"),
        pytest.param("1x48GB", "48 GB GPU", 46068 * MIB, id="a size alone: the least of what is sold as that"),
        pytest.param("2x7GB", None, None, id="a size that nothing is sold as"),
        pytest.param("MI300X", None, None, id="one that is not in the table"),
        pytest.param("", None, None, id="none"),
    ],
)
def test_the_column_is_read_as_people_write_it(text: str, name: str | None, total: int | None) -> None:
    """Memory is that of the table of known GPUs, as the driver reports it."""
    gpu = row_gpu({"gpu": text})

    assert ((gpu and gpu.name) or None, gpu) == (name, total)


def test_the_name_brings_the_compute_capability() -> None:
    """By which stacks and engines choose."""
    gpus = [row_gpu({"gpu": text}) for text in ("T4", "H100-80GB(79.19GiB)", "1x80GB")]

    assert [gpu.capability if gpu else None for gpu in gpus] == [(7, 5), (9, 0), None]


def test_of_several_of_a_name_it_is_one_that_what_was_measured_fits_into() -> None:
    """54 GB were on it: no A100 with 40."""
    small, large = row_gpu({"gpu": "A100"}), row_gpu({"gpu": "A100"}, least_bytes=54e9)

    assert [gpu.name if gpu else None for gpu in (small, large)] == ["A100 40GB", "A100 80GB"]
