"""All launchers by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import Exported, ExportRequest, Form
from model_garden_registry.dialects.launching.dstack import dstack
from model_garden_registry.dialects.launching.kubernetes import kubernetes
from model_garden_registry.dialects.launching.skypilot import skypilot
from model_garden_registry.dialects.launching.slurm import slurm
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.entries.tasks import Task

#: Tools without a vocabulary, with the release that files were checked against.
#: Source: kubernetes-validate 1.37.0; slurmctld 22.05 of Debian 12
_TITLES = {"kubernetes": "Kubernetes 1.37", "slurm": "Slurm 22.05"}


@dataclass(frozen=True, slots=True)
class Launcher:
    """
    A platform that starts a model.

    Args:
        name: As ``mgr export`` takes it.

        tasks: Tasks of its files, the usual one first.

        write: Returns the file.

        form: The form of its files.
    """

    name: str
    tasks: tuple[Task, ...]
    write: Callable[[ExportRequest], Exported]
    form: Form = "yaml"

    @property
    def title(self) -> str:
        """The tool with its release, for people."""
        return _TITLES.get(self.name) or vocabulary(self.name).named

    def export(self, request: ExportRequest, form: Form | None = None) -> Exported:
        """
        Return the file.

        Raises:
            UnsupportedExportError: There is no such format, or the model cannot be written.

            MissingExtraError: PyYAML is not installed.
        """
        if form not in (None, self.form):
            why = f"it is written as {self.form}, not as {form}"
            raise UnsupportedExportError(request.target, request.model_id, why)
        return self.write(request)


LAUNCHERS = (
    Launcher("kubernetes", ("inference",), kubernetes),
    Launcher("skypilot", ("inference", "training"), skypilot),
    Launcher("dstack", ("inference", "training"), dstack),
    Launcher("slurm", ("inference", "training"), slurm, "argv"),
)
