"""Judged GPUs by the names that others have for them."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.launching.judged_gpus import driver_names, family_word, launcher_name, rows_of


def test_a_name_of_several_gpus_means_all_of_them() -> None:
    """One that no table has, or that is a slice, means none."""
    assert [row.name for row in rows_of(["H100 80GB"])] == ["H100 SXM5 80GB", "H100 PCIe 80GB"]
    assert [row.name for row in rows_of(["NVIDIA H100 80GB HBM3"])] == ["H100 SXM5 80GB"]
    assert rows_of([]) == rows_of(["GPU of 24.00 GB"]) == rows_of(["A100 SXM4 40GB 1g.5gb"]) == ()


def test_the_driver_has_its_own_names() -> None:
    """Each once; none if one of the GPUs has none that is known."""
    assert driver_names(["L4", "H100 NVL"]) == ("NVIDIA L4", "NVIDIA H100 NVL")
    assert driver_names(["GTX 1060 Laptop"]) == driver_names([]) == ()


@pytest.mark.parametrize(
    ("gpus", "word"),
    [
        (["H100 80GB", "H100 NVL"], "h100"),
        (["L40S"], "l40s"),
        (["H100 NVL", "L4"], None),
        (["RTX 4090"], None),
        ([], None),
    ],
)
def test_one_word_names_a_family_that_is_written_one_way(gpus: list[str], word: str | None) -> None:
    """Sites write others as they like."""
    assert family_word(gpus) == word


@pytest.mark.parametrize(
    ("gpus", "name"),
    [
        (["H100 80GB", "H100 NVL"], "H100"),
        (["A100 80GB"], "A100"),
        (["RTX 4090"], None),
        (["L4", "T4"], None),
        ([], None),
    ],
)
def test_a_launcher_has_a_name_for_all_of_them_or_none(gpus: list[str], name: str | None) -> None:
    """Ray, here."""
    assert launcher_name("ray-serve-llm", gpus) == name
