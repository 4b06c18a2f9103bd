"""The verbs on clusters, inherited by ModelRegistry: fit_pools, validate_pools, plan_pools, place, job_files."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from functools import partial
from typing import TYPE_CHECKING, Unpack

from model_garden_registry.entries.tasks import Task
from model_garden_registry.registry.questions import (
    assessed,
    at_once,
    candidate_of,
    each_outcome,
    layers_of,
    machine_source,
)
from model_garden_registry.registry.tool_files import ToolFilesRegistry

if TYPE_CHECKING:
    from model_garden_registry.catalogue.filtering import SortField, Wanted
    from model_garden_registry.checks.buckets import Fits
    from model_garden_registry.checks.planning import Plan
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.hardware.inventory.inventories import Inventory
    from model_garden_registry.placement.placements import Placement, SolverName
    from model_garden_registry.registry.clusters.jobs import JobFile
    from model_garden_registry.registry.clusters.placing import Replicas
    from model_garden_registry.registry.questions import Overrides
    from model_garden_registry.reports import Outcome


class ClusterRegistry(ToolFilesRegistry):
    """The models of one registry file, on the machines of a cluster; ``ModelRegistry`` documents the arguments."""

    __slots__ = ()

    def fit_pools(
        self,
        task: Task,
        inventory: Inventory,
        *,
        ids: Iterable[str] | None = None,
        overrides: Overrides = (),
        sort: SortField | None = None,
        **wanted: Unpack[Wanted],
    ) -> dict[str, Fits]:
        """
        Judge which models run a task in each pool of an inventory; the other arguments are those of ``fit``.

        A model runs in a pool if it runs on one of the kinds of nodes in it; nodes that take no jobs do not count.
        """
        asked = self.fit_pools_in_steps(task, inventory, ids=ids, overrides=overrides, sort=sort, **wanted)
        return at_once(asked)

    def fit_pools_in_steps(
        self,
        task: Task,
        inventory: Inventory,
        *,
        ids: Iterable[str] | None = None,
        overrides: Overrides = (),
        sort: SortField | None = None,
        **wanted: Unpack[Wanted],
    ) -> Generator[None, None, dict[str, Fits]]:
        """Judge models as ``fit_pools`` does, with pauses in which the caller can do something else, or stop."""
        from model_garden_registry.registry.clusters.pooling import fit_pools_in_steps
        from model_garden_registry.registry.fitting import fits_in_steps

        judge = partial(fits_in_steps, self._entries, task, ids=ids, overrides=overrides, sort=sort, wanted=wanted)
        return fit_pools_in_steps(inventory, judge)

    def validate_pools(
        self,
        model_ids: Iterable[str],
        task: Task,
        inventory: Inventory,
        *,
        overrides: Overrides = (),
        gpu_required: bool = False,
        must_be_free: bool = False,
        allow_deprecated: bool = False,
    ) -> dict[str, list[Outcome]]:
        """
        Judge models in each pool of an inventory, as ``validate_each`` does on one machine.

        A model passes in a pool if it passes on one of the kinds of nodes in it; nodes that take no jobs do not count.
        With ``must_be_free`` only the GPUs count that a job can take now, where the inventory knows.
        """
        from model_garden_registry.registry.clusters.pooling import validate_pools

        asked = {"gpu_required": gpu_required, "allow_deprecated": allow_deprecated}
        ids = list(model_ids)

        def judge(hardware: Hardware) -> list[Outcome]:
            machine = machine_source(hardware)
            return each_outcome(
                ids,
                task,
                lambda model_id: (
                    assessed(self._entries, model_id, task, overrides=overrides, hardware=machine, **asked).report
                ),
            )

        return validate_pools(inventory, judge, must_be_free=must_be_free)

    def plan_pools(self, task: Task, model_id: str, inventory: Inventory, *, overrides: Overrides = ()) -> Plan:
        """
        Return how many GPUs of one node run a model, for each pool of an inventory and each kind of its nodes.

        Least memory first, as ``plan``; nodes that take no jobs do not count.
        """
        return at_once(self.plan_pools_in_steps(task, model_id, inventory, overrides=overrides))

    def plan_pools_in_steps(
        self, task: Task, model_id: str, inventory: Inventory, *, overrides: Overrides = ()
    ) -> Generator[None, None, Plan]:
        """Return what ``plan_pools`` does, with pauses as in ``fit_pools_in_steps``."""
        from model_garden_registry.checks.planning import plan_pools_in_steps
        from model_garden_registry.entries.settings.merging import merge

        candidate = candidate_of(self._entries, model_id, task)
        return plan_pools_in_steps(candidate, merge(candidate.entry, task, *layers_of(overrides)), inventory)

    def place(
        self,
        task: Task,
        model_ids: Iterable[str],
        inventory: Inventory,
        *,
        replicas: Replicas = 1,
        overrides: Overrides = (),
        solver: SolverName | None = None,
        seconds: float = 10.0,
        allow_deprecated: bool = False,
    ) -> Placement:
        """
        Place models on the nodes of an inventory: as many models as possible, on as few GPUs as possible.

        Each replica is on one node that ``validate`` accepts for it, and is split as there; all ``replicas`` of a model
        have a place, or none. ``solver`` is ``"cpsat"`` (extra ``place``), which searches for ``seconds`` at most, or
        ``"first-fit"``; None: CP-SAT if OR-Tools is installed.

        Raises:
            MissingExtraError: CP-SAT is asked for, and OR-Tools is not installed.
        """
        from model_garden_registry.placement.placing import Rules
        from model_garden_registry.registry.clusters.placing import placed

        rules = Rules(solver=solver, seconds=seconds, allow_deprecated=allow_deprecated)
        layers = layers_of(overrides)
        return placed(self._entries, task, model_ids, inventory, replicas=replicas, layers=layers, rules=rules)

    def job_files(self, placement: Placement, target: str) -> tuple[JobFile, ...]:
        """
        Write the jobs of a placement for a platform, such as ``slurm``: a file for each place of a model's replicas.

        Each asks for the GPUs of its place, and has the settings, split and replicas of the placement.

        Raises:
            UnsupportedExportError: There is no such target, or it lacks a model or a setting.
        """
        from model_garden_registry.registry.clusters.jobs import job_files

        return job_files(self._entries, placement, target)
