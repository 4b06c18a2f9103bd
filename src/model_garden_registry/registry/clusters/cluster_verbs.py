"""The verbs on clusters, inherited by ModelRegistry: place, job_files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from model_garden_registry.entries.tasks import Task
from model_garden_registry.registry.questions import layers_of
from model_garden_registry.registry.tool_files import ToolFilesRegistry

if TYPE_CHECKING:
    from model_garden_registry.hardware.inventory.inventories import Inventory
    from model_garden_registry.placement.placements import Placement, SolverName
    from model_garden_registry.registry.clusters.jobs import JobFile
    from model_garden_registry.registry.clusters.placing import Replicas
    from model_garden_registry.registry.questions import Overrides


class ClusterRegistry(ToolFilesRegistry):
    """The models of one registry file, on the machines of a cluster; ``ModelRegistry`` documents the arguments."""

    __slots__ = ()

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
