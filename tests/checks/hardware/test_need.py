"""What a device must have, and what is known of its memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.checks.hardware.need import Bounds, Need, Stated, memory_of
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import own_settings
from model_garden_registry.hardware.gpus import NOT_ASKED, Cause, Gpu, Unread
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.units import GB, GIB


@pytest.mark.parametrize(
    ("used", "taken", "free"),
    [
        pytest.param(None, 0, 16 * GB, id="all that is needed"),
        pytest.param(12 * GB, 0, 12 * GB, id="what of it is used"),
        pytest.param(12 * GB, 20 * GB, 20 * GB, id="what is taken at once"),
    ],
)
def test_free_must_be_what_is_used_or_taken(used: int | None, taken: int, free: int) -> None:
    """The larger of the two; where neither is known, the least memory of the GPU."""
    assert Need(bounds=Bounds(16 * GB, 24 * GB), used_bytes=used, taken_bytes=taken).free_bytes == free


@pytest.mark.parametrize(
    ("device", "facts"),
    [
        pytest.param(
            Gpu(index=0, name="NVIDIA H100", total_bytes=80 * GIB, compute_capability=(9, 0)),
            (80 * GIB, "NVIDIA H100", (9, 0)),
            id="all of it",
        ),
        pytest.param(
            Gpu(index=0, name=Unread(Cause.FAILED, "?"), total_bytes=80 * GIB, compute_capability=NOT_ASKED),
            (80 * GIB, "", None),
            id="only its size",
        ),
    ],
)
def test_what_is_known_of_a_device_goes_with_its_memory(device: Gpu, facts: tuple[Any, ...]) -> None:
    """A name or a capability that cannot be read is none."""
    memory = memory_of(device)

    assert memory is not None
    assert memory.facts == facts


def test_a_device_without_a_size_has_no_memory_to_judge_by() -> None:
    """Whatever else is known of it."""
    assert memory_of(Gpu(index=0, name="NVIDIA H100", total_bytes=NOT_ASKED)) is None


@pytest.mark.parametrize(
    ("kind", "minimum", "is_coarse", "found"),
    [
        pytest.param("vendor", 20, True, (True, True), id="its maker knows better"),
        pytest.param("published", 20, True, (True, False), id="a table does not"),
        pytest.param("vendor", 20, False, (False, False), id="no guess"),
        pytest.param("vendor", 0, True, (False, False), id="no minimum"),
    ],
)
def test_a_minimum_stands_beside_a_guess(
    kind: str, minimum: int, is_coarse: bool, found: tuple[bool, bool], entry_with: Callable[..., ModelInfo]
) -> None:
    """It decides alone where somebody vouches for it."""
    source = {"/requirements": {"kind": kind, "source": "x", "as_of": "2026-11"}}
    entry = entry_with({"requirements.min_vram_gb": minimum, "sources": source})
    guess = replace(estimate(entry, own_settings(entry, "inference")), is_coarse=is_coarse)
    stated = Stated(entry, "inference")

    assert (stated.is_beside(guess), stated.is_vouched_against(guess)) == found


def test_a_need_that_says_little_is_about_memory_alone() -> None:
    """It is an estimate, takes nothing at once, and asks for no capability."""
    need = Need(bounds=Bounds(16 * GB, 24 * GB))

    assert (need.least_bytes, need.comfortable_bytes, need.free_bytes) == (16 * GB, 24 * GB, 16 * GB)
    assert need.bounds == (16 * GB, 24 * GB, False, 0)
    assert (need.taken_bytes, need.compute_capability, need.explanation) == (0, None, "")


@pytest.mark.parametrize(
    ("kind", "is_stated", "is_measured", "is_vouched_for"),
    [
        pytest.param(None, True, False, True, id="declared"),
        pytest.param("measured", True, True, True, id="measured"),
        pytest.param("vendor", True, False, True, id="its maker's"),
        pytest.param("published", True, False, False, id="a table's"),
        pytest.param("derived", False, False, False, id="derived"),
    ],
)
def test_what_is_derived_binds_nobody(
    kind: str | None, is_stated: bool, is_measured: bool, is_vouched_for: bool, entry_with: Callable[..., ModelInfo]
) -> None:
    """GPUs, memory of each, main memory and capability alike."""
    needs = {"min_vram_gb": 20, "recommended_vram_gb": 24, "min_gpus": 2, "cuda_compute_capability": "8.0"}
    source = {"/requirements": {"kind": kind, "source": "x", "as_of": "2026-11"}} if kind else {}
    entry = entry_with({**{f"requirements.{name}": value for name, value in needs.items()}, "sources": source})
    stated = Stated(entry, "inference")

    assert stated.gpus == (2 if is_stated else 1)
    assert stated.bytes_each == ((20 * GB, 24 * GB) if is_stated else (0, 0))
    assert stated.has_ram is is_stated
    assert stated.capability == ((8, 0) if is_stated else None)
    assert (stated.is_measured, stated.is_vouched_for) == (is_measured, is_vouched_for)


@pytest.mark.parametrize(
    ("name", "gpus", "bytes_each", "is_vouched_for", "has_ram"),
    [
        pytest.param("min_gpus", 1, (20 * GB, 24 * GB), True, True, id="how many GPUs"),
        pytest.param("min_vram_gb", 2, (0, 24 * GB), False, True, id="the least memory"),
        pytest.param("recommended_vram_gb", 2, (20 * GB, 0), True, True, id="the recommended memory"),
        pytest.param("min_ram_gb", 2, (20 * GB, 24 * GB), True, False, id="main memory"),
    ],
)
def test_each_number_has_a_source_of_its_own(
    name: str,
    gpus: int,
    bytes_each: tuple[int, int],
    is_vouched_for: bool,
    has_ram: bool,
    entry_with: Callable[..., ModelInfo],
) -> None:
    """One that is derived takes no other with it."""
    needs = {"min_vram_gb": 20, "recommended_vram_gb": 24, "min_gpus": 2}
    said = {"source": "x", "as_of": "2026-11"}
    sources = {"/requirements": {"kind": "measured", **said}, f"/requirements/{name}": {"kind": "derived", **said}}
    entry = entry_with({**{f"requirements.{key}": value for key, value in needs.items()}, "sources": sources})
    stated = Stated(entry, "inference")

    assert (stated.gpus, stated.bytes_each) == (gpus, bytes_each)
    assert (stated.is_vouched_for, stated.is_measured) == (is_vouched_for, is_vouched_for)
    assert stated.has_ram is has_ram
