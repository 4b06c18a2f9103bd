"""The settings and GPUs of an export, and its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.hardware.inventory.offers import Offer

#: Format of a file: arguments of a command, a mapping, or a Python program.
Form = Literal["argv", "yaml", "json", "script"]


@dataclass(frozen=True, slots=True)
class GpuChoice:
    """
    Equal GPUs that run the model with these settings, by our verdict.

    Args:
        gpu: Name in the table of known GPUs.

        count: Number of GPUs, on all machines together.

        total_bytes: Memory of each.
    """

    gpu: str
    count: int
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """
    An export: the tool, the model and its settings.

    Args:
        target: The tool, such as ``axolotl``.

        model_id: Id of the model, as passed to the tool.

        entry: Its entry.

        settings: The merged settings, split for the hardware if some is named.

        choices: The GPUs that pass, computed when called.

        gpus: Names of the GPUs that it is judged for, as the table or the driver has them: several if the name that
            was asked for means several; none if no GPU was named.

        replicas: Copies of a server, each with GPUs of its own.

        job: Name of the job; empty: that of the model.

        offered: How the cluster that it is for offers the GPUs; None: by the names of ``gpus``.

        partitions: Partitions of Slurm that it is for, with commas between them; empty: the site's default.

        port_offset: How far its port is above the usual one, because other servers may be on the same machine.

        route: The path that a Ray Serve application answers below.
    """

    target: str
    model_id: str
    entry: ModelInfo
    settings: Settings
    choices: Callable[[], Sequence[GpuChoice]] = field(default=tuple, repr=False)
    gpus: tuple[str, ...] = ()
    replicas: int = 1
    job: str = ""
    offered: Offer | None = None
    partitions: str = ""
    port_offset: int = 0
    route: str = "/"

    @property
    def job_name(self) -> str:
        """The text that the job's name is made of."""
        return self.job or self.model_id

    @property
    def training(self) -> TrainingSettings:
        """The settings of a training target."""
        assert isinstance(self.settings, TrainingSettings)
        return self.settings

    @property
    def inference(self) -> InferenceSettings:
        """The settings of a serving target."""
        assert isinstance(self.settings, InferenceSettings)
        return self.settings

    def value(self, path: str) -> Any:
        """Return a setting by its dotted path."""
        group, _, leaf = path.rpartition(".")
        return getattr(getattr(self.settings, group) if group else self.settings, leaf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """
    A file for another tool.

    Args:
        text: The content of the file, with a final line end.

        notes: What the file does not say and its reader should know: a sentence each. In formats with comments
            they are in the text too.
    """

    text: str
    notes: tuple[str, ...] = ()
