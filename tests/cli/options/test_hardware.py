"""GPUs that are named for columns: what is taken, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from model_garden_registry import UnknownGpuError
from model_garden_registry.cli.options.hardware import named_gpus, with_driver
from model_garden_registry.hardware.gpus import MACOS, NO_NVIDIA_GPU, DriverState, Hardware


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        pytest.param(["l4"], ["L4"], id="one"),
        pytest.param(["T4", "L4:2"], ["T4", "2x L4"], id="in the order given"),
        pytest.param(["4090, l4", "T4"], ["RTX 4090", "L4", "T4"], id="several in one text"),
        pytest.param(["4090", "RTX 4090", "T4"], ["RTX 4090", "T4"], id="the same twice"),
        pytest.param(["A100"], ["A100 40GB or A100 80GB"], id="a name of two sizes"),
    ],
)
def test_each_name_is_a_column(names: list[str], labels: list[str]) -> None:
    """Under the name that the table gives it, with the hardware of that name."""
    named = named_gpus(names)

    assert [column.label for column in named] == labels
    assert all(column.hardware.source == "named" for column in named)


def test_a_name_that_is_none_is_refused() -> None:
    """Nothing between two commas, or a GPU that is not known."""
    with pytest.raises(typer.BadParameter, match="a name is empty"):
        named_gpus(["L4,,T4"])
    with pytest.raises(UnknownGpuError, match="H1000"):
        named_gpus(["L4", "H1000"])


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({}, "there is no NVIDIA driver here to ask"),
        ({"problem": MACOS}, "macOS has no NVIDIA driver"),
        ({"hints": (NO_NVIDIA_GPU,)}, "there is no NVIDIA GPU here"),
    ],
    ids=["no driver", "macOS", "no NVIDIA GPU"],
)
def test_where_nothing_can_be_read_one_line_says_so_and_how_to_name_a_gpu(facts: dict[str, Any], problem: str) -> None:
    """Whatever the reason is."""
    bare = Hardware(source="none", state=DriverState.NO_LIBRARY, **facts)

    with pytest.raises(typer.BadParameter, match=f"^{problem}; name a GPU with --gpu, such as --gpu L4$"):
        with_driver(bare, where="here")
