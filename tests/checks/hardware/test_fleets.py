"""Machines in lots: together are those that an engine treats alike whatever their size."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from model_garden_registry import known_gpu
from model_garden_registry.checks.hardware.devices import shared_code, size_code
from model_garden_registry.checks.hardware.fleets import Fleet
from model_garden_registry.checks.hardware.machine import machine_of
from model_garden_registry.memory.serving.dtypes import ToLoad

PLAIN = ToLoad("vllm", "0.33.0", "auto", "bfloat16", "llama", None, "half", None, is_alone=True)
SGLANG = PLAIN._replace(engine="sglang", version="0.5.9")


def lots(names: Sequence[str], load: ToLoad | None) -> list[list[str]]:
    """Give the names of the GPUs of each lot, smallest first."""
    fleet = Fleet([machine_of(known_gpu(name)) for name in names])
    return [[str(alike.first.name) for alike in lot.gpus] for lot in fleet.lots(load).each]


@pytest.mark.parametrize(
    ("names", "load", "found"),
    [
        pytest.param(["L40S", "L4", "RTX 4090"], None, [["L4", "RTX 4090", "L40S"]], id="trained: of one capability"),
        pytest.param(["L4", "T4"], None, [["L4"], ["T4"]], id="of two capabilities"),
        pytest.param(["L4", "L4:2"], None, [["L4"], ["L4"]], id="of two numbers"),
        pytest.param(["RTX 4090", "L4"], PLAIN, [["L4", "RTX 4090"]], id="served: one batch"),
        pytest.param(["A100 80GB", "A100 40GB"], PLAIN, [["A100 40GB", "A100 80GB"]], id="an exception by name"),
        pytest.param(["H100 SXM5 80GB", "H100 NVL"], PLAIN, [["H100 SXM5 80GB", "H100 NVL"]], id="one alone"),
        pytest.param(
            ["H100 SXM5 80GB:2", "H100 NVL:2"],
            PLAIN,
            [["H100 SXM5 80GB"], ["H100 NVL"]],
            id="two, with and without a switch",
        ),
        pytest.param(["RTX 4090", "L4"], SGLANG, [["RTX 4090"], ["L4"]], id="each GPU has a reserve of its own"),
        pytest.param(["A100"], PLAIN, [], id="a name of several GPUs is in none"),
    ],
)
def test_lots_are_what_an_engine_treats_alike(
    names: Sequence[str], load: ToLoad | None, found: list[list[str]]
) -> None:
    """By number, compute capability, and what the engine chooses by memory and name."""
    assert lots(names, load) == found


def test_every_machine_has_its_place_again() -> None:
    """Among sizes, or behind them: two of one size share theirs."""
    fleet = Fleet([machine_of(known_gpu(name)) for name in ("A100", "L40S", "L4", "RTX 4090", "L4")])
    found = fleet.lots(None)

    assert found.order == (3, 2, 0, 1, 0)
    assert [len(machine.hardware.alternatives) for machine in found.rest] == [2]
    assert fleet.lots(None) is found


def test_what_a_model_reads_of_a_gpu_numbers_the_lots() -> None:
    """Capabilities that a number format needs nothing of have one number; those that it is unpacked on, another."""
    fleet = Fleet([machine_of(known_gpu(name)) for name in ("L4", "A10", "T4")])

    readings = [
        [lot.reading for lot in fleet.lots(load).each]
        for load in (None, PLAIN, PLAIN._replace(model_type="gemma3_text"))
    ]

    assert readings == [[0, 0, 1], [0, 0, 0], [0, 0, 1]]


def test_memory_that_is_shared_has_a_rule_of_its_own() -> None:
    """A GPU that shares the host's memory is in another lot than one with its own."""
    fleet = Fleet([machine_of(known_gpu(name)) for name in ("L4", "GB10")])

    assert {lot.first.first.name: lot.rule for lot in fleet.lots(None).each} == {"L4": size_code, "GB10": shared_code}


def test_each_engine_has_lots_of_its_own() -> None:
    """Whichever is asked first."""
    fleet = Fleet([machine_of(known_gpu(name)) for name in ("RTX 4090", "L4")])

    assert [len(fleet.lots(load).each) for load in (PLAIN, SGLANG, None, PLAIN)] == [1, 2, 1, 1]


def test_the_numbers_of_lots_count_how_many_gpus_serve() -> None:
    """One is never behind a switch; of two, modules may be, and boards are not."""
    names = ("H100 SXM5 80GB", "H100 SXM5 80GB:2", "H100 NVL:2")
    fleet = Fleet([machine_of(known_gpu(name)) for name in names])

    numbers = [[lot.reading for lot in fleet.lots(load).each] for load in (PLAIN, PLAIN._replace(is_alone=False))]

    assert numbers == [[0, 1, 0]] * 2
