"""Models on the nodes of an inventory: kinds of nodes, verdicts on them, packing, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.placement.cpsat import is_installed, solve
from model_garden_registry.placement.first_fit import first_fit
from model_garden_registry.placement.kinds import Kind, Nodes, nodes_of
from model_garden_registry.placement.laying import laid_out, seats_of
from model_garden_registry.placement.needs import Judged, Need, Wanted, judged
from model_garden_registry.placement.options import Spaces, problem_of
from model_garden_registry.placement.packing import Bin, Item, Packing, Problem, Use, score_of
from model_garden_registry.placement.placements import PlacedModel, Placement, Quality, Seat, SolverName
from model_garden_registry.units import MIB

#: How long CP-SAT searches at most.
SECONDS = 10.0
#: Where CP-SAT was not asked for and is not there.
_WITHOUT_CPSAT = "OR-Tools is not installed (extra place): plain first-fit may leave out models that would fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    How models are placed.

    Args:
        solver: What packs them; None: CP-SAT if OR-Tools is installed, else first-fit.

        seconds: How long CP-SAT searches at most.

        allow_deprecated: Whether deprecated models are placed.
    """

    solver: SolverName | None = None
    seconds: float = SECONDS
    allow_deprecated: bool = False


def place(task: Task, models: Sequence[Wanted], inventory: Inventory, rules: Rules) -> Placement:
    """
    Place models on the nodes of an inventory.

    Each replica is on one node, on GPUs that are alike. As many models as possible are placed, on as few GPUs as
    possible, so that as little memory as possible is left idle on nodes in use. The order of models and nodes does not
    matter.

    Raises:
        InventoryError: More nodes differ from each other than in any real cluster.

        MissingExtraError: CP-SAT is asked for, and OR-Tools is not installed.
    """
    ram = [wanted.candidate.entry.requirements.min_ram_gb for wanted in models if wanted.candidate]
    nodes, left_out = nodes_of(inventory, ram_gb=ram)
    kinds: dict[Kind, int] = {}
    for one in nodes:
        kinds[one.kind] = max(kinds.get(one.kind, 0), one.count)
    each = [judged(wanted, kinds, allow_deprecated=rules.allow_deprecated) for wanted in models]
    packed = sorted((one for one in each if one.without is None), key=lambda one: one.subject)
    problem = _problem(packed, nodes)
    solver, note = _solver(rules)
    packing, quality = _packing(problem, solver, rules.seconds)
    laid = list(laid_out(nodes, packing.bins, packed))
    seats, spaces = seats_of(laid), Spaces(laid)
    return Placement(
        task=task,
        source=inventory.source,
        as_of=inventory.as_of,
        models=tuple(_model(one, seats, spaces) for one in each),
        layouts=tuple(one.layout for one in laid),
        left_out=left_out,
        solver=solver,
        quality=quality,
        seconds=rules.seconds,
        idle_bytes=score_of(problem, packing).idle_mib * MIB,
        note=note,
    )


def _problem(packed: Sequence[Judged], nodes: Sequence[Nodes]) -> Problem:
    """Return the problem in whole numbers; on nodes without a free device nothing runs."""
    bins = [Bin(count=one.count, devices=one.kind.free, device_mib=one.kind.device_bytes // MIB) for one in nodes]
    return Problem(items=[_item(one, nodes) for one in packed], bins=bins)


def _item(model: Judged, nodes: Sequence[Nodes]) -> Item:
    needs = ((place, model.running(one.kind)) for place, one in enumerate(nodes))
    return Item(
        replicas=model.wanted.replicas,
        uses={place: _use(need, nodes[place].kind.free) for place, need in needs if need is not None},
    )


def _use(need: Need, free: int) -> Use:
    """Return what a replica takes of a node: all of it, if it spans several."""
    devices = need.devices if need.nodes == 1 else free
    return Use(devices, need.devices * (need.each_bytes // MIB), need.nodes)


def _solver(rules: Rules) -> tuple[SolverName, str]:
    """Return what packs the models, and a note on it."""
    if rules.solver is not None:
        return rules.solver, ""
    return ("cpsat", "") if is_installed() else ("first-fit", _WITHOUT_CPSAT)


def _packing(problem: Problem, solver: SolverName, seconds: float) -> tuple[Packing, Quality]:
    if solver == "first-fit":
        return first_fit(problem), Quality.FIRST_FIT
    found = solve(problem, seconds=seconds)
    return found.packing, Quality.OPTIMAL if found.is_optimal else Quality.BEST_FOUND


def _model(one: Judged, seats: Mapping[str, tuple[Seat, ...]], spaces: Spaces) -> PlacedModel:
    options = () if one.without else spaces.options(one)
    places = seats.get(one.subject, ())
    is_placed = one.without.is_valid if one.without else bool(places)
    problem = None if is_placed else one.without.error_message if one.without else problem_of(one, options)
    return PlacedModel(
        subject=one.subject,
        asked=one.wanted.written,
        replicas=one.wanted.replicas,
        is_placed=is_placed,
        seats=places,
        options=options,
        problem=problem,
    )
