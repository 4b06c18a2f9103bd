"""The GPUs of a launched file: all that pass with its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.choosing import (
    check_named,
    check_one_machine,
    check_replicas,
    gpu_count,
    gpus_note,
    passing_gpus,
)

Ask = Callable[..., ExportRequest]


def test_only_as_many_gpus_as_the_command_divides_the_model_among(ask: Ask) -> None:
    """What passes with another number of them has another command."""
    passing = [("L4", 1), ("L4", 2), ("T4", 2)]

    assert passing_gpus(ask(passing=passing)) == ("L4",)
    assert passing_gpus(ask(passing=passing, tensor_parallel_size=2)) == ("L4", "T4")
    assert passing_gpus(ask("training", passing=passing, n_gpus=2)) == ("L4", "T4")
    assert gpu_count(ask(tensor_parallel_size=2, pipeline_parallel_size=2)) == 4
    assert gpu_count(ask(tensor_parallel_size=2, nodes=2)) == 2


def test_what_a_launcher_cannot_start_is_refused(ask: Ask) -> None:
    """A model on several machines, with the launchers that can; and copies of a run."""
    check_one_machine(ask(), "Kubernetes")
    with pytest.raises(UnsupportedExportError, match=r"nodes is 2; take slurm or ray-serve-llm$"):
        check_one_machine(ask(nodes=2), "Kubernetes")
    check_replicas(replace(ask(), replicas=2))
    with pytest.raises(UnsupportedExportError, match="only a server has replicas"):
        check_replicas(replace(ask("training"), replicas=2))


def test_a_file_without_gpus_is_refused(ask: Ask) -> None:
    """With the numbers that would do, where there are any."""
    check_named(ask(), ("L4",), "SkyPilot")
    with pytest.raises(
        UnsupportedExportError, match="no GPU that SkyPilot has runs it as 1 of them; some pass as 2 or 4"
    ):
        check_named(ask(passing=[("L4", 2), ("T4", 4), ("T4", 2)]), (), "SkyPilot")
    with pytest.raises(UnsupportedExportError, match="runs it as 1 of them; mgr plan says why none passes"):
        check_named(ask(passing=[]), (), "SkyPilot")


def test_a_file_that_names_no_gpus_says_which_pass(ask: Ask) -> None:
    """The smallest of them."""
    many = [(f"GPU {number}", 1) for number in range(20)]

    assert gpus_note(ask()) == ("passes on 1 of each of: L4, L40S",)
    assert gpus_note(ask(passing=many))[0].endswith("GPU 11, and 8 more that mgr plan lists")
    assert gpus_note(ask(passing=[]))[0].startswith("no known GPU passes")
