"""The readers by program."""

from __future__ import annotations

import pytest
from cluster_samples import KUBECTL, RAY, SLURM_JSON, SLURM_TEXT, sample

from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.reading import MANAGERS, Manager, manager_of, read_captured

SLICE = {"kind": "ResourceSlice", "spec": {"driver": "gpu.nvidia.com", "pool": {"name": "n"}}}
CAPTURED: dict[Manager, object] = {
    "slurm": sample(SLURM_JSON),
    "kubernetes": sample(KUBECTL),
    "dra": {"kind": "List", "items": [SLICE]},
    "ray": sample(RAY),
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_each_output_is_read_by_its_reader(manager: Manager) -> None:
    assert read_captured(manager, CAPTURED[manager]).source == manager
    assert manager_of(CAPTURED[manager]) == manager


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("other", MANAGERS)
def test_output_of_another_program_is_named(manager: Manager, other: Manager) -> None:
    if manager == other:
        return
    with pytest.raises(InventoryError, match=f"; did you mean: mgr inventory from {other}$"):
        read_captured(manager, CAPTURED[other])


@pytest.mark.parametrize("captured", [5, [], [5], {}, {"nodes": []}, {"items": []}, {"kind": "Service"}])
def test_what_is_nobodys_is_refused_without_a_guess(captured: object) -> None:
    assert manager_of(captured) is None
    with pytest.raises(InventoryError) as caught:
        read_captured("kubernetes", captured)
    assert "did you mean" not in str(caught.value)


def test_a_text_is_scontrols() -> None:
    assert read_captured("slurm", SLURM_TEXT.read_text(encoding="utf-8")).source == "slurm"
    with pytest.raises(InventoryError, match=r"^line 1: a line that starts with NodeName="):
        read_captured("slurm", "x")
