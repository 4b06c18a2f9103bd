"""Models judged in the pools of an inventory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING

from model_garden_registry.checks.pools import pool_kinds, pooled, pooled_outcomes
from model_garden_registry.hardware.gpus import Hardware

if TYPE_CHECKING:
    from model_garden_registry.checks.buckets import Fits
    from model_garden_registry.hardware.inventory.inventories import Inventory
    from model_garden_registry.reports import Outcome

#: Judges models on several machines, in portions.
FitSteps = Callable[[Iterable[Hardware]], Generator[None, None, "list[Fits]"]]


def fit_pools_in_steps(inventory: Inventory, judge: FitSteps) -> Generator[None, None, dict[str, Fits]]:
    """Return which models run in each pool; equal nodes of several pools are judged once."""
    kinds = pool_kinds(inventory)
    machines = list({id(one): one for each in kinds.values() for one in each}.values())
    found = yield from judge(machines)
    by_machine = {id(machine): fits for machine, fits in zip(machines, found, strict=True)}
    return {pool: pooled(pool, [by_machine[id(one)] for one in each]) for pool, each in kinds.items()}


def validate_pools(
    inventory: Inventory, judge: Callable[[Hardware], list[Outcome]], *, must_be_free: bool
) -> dict[str, list[Outcome]]:
    """Return the outcome of each model in each pool; equal nodes of several pools are judged once."""
    kinds = pool_kinds(inventory, only_free=must_be_free)
    machines = {id(one): one for each in kinds.values() for one in each}
    found = {key: judge(machine) for key, machine in machines.items()}
    return {pool: pooled_outcomes(pool, [found[id(one)] for one in each]) for pool, each in kinds.items()}
