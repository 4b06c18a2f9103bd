"""Models looked up, and placed on the nodes of an inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, TypeAlias, get_args

from model_garden_registry.entries.settings.merging import Layer, read_layers
from model_garden_registry.entries.settings.task_settings import FOR_HARDWARE, Origin, OriginKind
from model_garden_registry.entries.tasks import Task, check_task
from model_garden_registry.errors import InvalidOverrideError, RegistryError
from model_garden_registry.placement.needs import Wanted
from model_garden_registry.placement.placements import SolverName
from model_garden_registry.placement.placing import Rules, place
from model_garden_registry.registry.questions import candidate_of, demand_for

if TYPE_CHECKING:
    from model_garden_registry.checks.hardware.demand import Demand
    from model_garden_registry.hardware.inventory.inventories import Inventory
    from model_garden_registry.placement.placements import Placement
    from model_garden_registry.registry.entry_cache import EntryCache

#: How many replicas of each model: of all models alike, or by id, one of those that are not named.
Replicas: TypeAlias = "int | Mapping[str, int]"

#: More replicas of a model than any cluster has GPUs.
MOST_REPLICAS = 1_000_000_000


def placed(
    entries: EntryCache,
    task: Task,
    model_ids: Iterable[str],
    inventory: Inventory,
    *,
    replicas: Replicas,
    layers: tuple[Layer, ...],
    rules: Rules,
) -> Placement:
    """
    Place models on the nodes of an inventory; two ids of one model are one.

    Raises:
        TypeError: The ids are one text.

        ValueError: A number of replicas is not positive, or is for a model that is not placed; or the time is none, or
            there is no such solver.

        UnknownModelError: No entry has one of the ids.

        InvalidOverrideError: A setting does not exist, or a value is not valid, or none of the models takes it.

        MissingExtraError: CP-SAT is asked for, and OR-Tools is not installed.
    """
    if isinstance(model_ids, str):
        raise TypeError(f"ids are a list, not one text: [{model_ids!r}]")
    check_task(task)
    if not 0 <= rules.seconds < inf:
        raise ValueError(f"seconds: how long to search, at least 0, not {rules.seconds!r:.40}")
    if rules.solver not in (None, *get_args(SolverName)):
        raise ValueError(f"solver: one of {', '.join(get_args(SolverName))} or None, not {rules.solver!r:.40}")
    read_layers(task, layers)
    written: dict[str, str] = {}
    for model_id in model_ids:
        written.setdefault(entries.key(model_id), model_id)
    counts = _counts(entries, replicas, list(written))
    models = [
        replace(_wanted(entries, key, task, layers), replicas=counts[key], written=None if asked == key else asked)
        for key, asked in written.items()
    ]
    refusals = [model.problem for model in models if isinstance(model.problem, InvalidOverrideError)]
    if refusals and len(refusals) == len(models):
        raise refusals[0]
    return replace(place(task, models, inventory, rules), overrides=layers)


def _wanted(entries: EntryCache, key: str, task: Task, layers: tuple[Layer, ...]) -> Wanted:
    """Look up a model; one that cannot be judged has the reason."""
    try:
        candidate = candidate_of(entries, key, task)
        demand = demand_for(candidate, layers)
    except RegistryError as error:
        return Wanted(subject=key, problem=error)
    is_open = demand.nodes == 1 and not demand.is_split_set

    def over_nodes(nodes: int) -> Demand:
        return demand_for(candidate, (*layers, spread_layer(nodes)))

    return Wanted(subject=key, candidate=candidate, demand=demand, over_nodes=over_nodes if is_open else None)


def spread_layer(nodes: int) -> Layer:
    """Return the settings of a replica that spans so many nodes: chosen for these."""
    return Layer({"nodes": nodes}, Origin(OriginKind.OVERRIDE, FOR_HARDWARE))


def _counts(entries: EntryCache, replicas: Replicas, keys: Sequence[str]) -> dict[str, int]:
    """Return how many replicas of each model are asked for, by its id."""
    if not isinstance(replicas, Mapping):
        return {key: _checked(key, replicas) for key in keys}
    given = {entries.key(model_id): number for model_id, number in replicas.items()}
    if others := [key for key in given if key not in keys]:
        raise ValueError(f"replicas of {others[0]!r}, which is not among the models to place")
    return {key: _checked(key, given.get(key, 1)) for key in keys}


def _checked(key: str, number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_REPLICAS:
        raise ValueError(f"replicas of {key!r}: a whole number from 1 to {MOST_REPLICAS:,}, not {number!r:.40}")
    return number
