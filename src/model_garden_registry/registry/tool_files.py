"""The verbs on other tools' files, inherited by ModelRegistry: export, check, drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_garden_registry.entries.tasks import Task
from model_garden_registry.registry.documented import DocumentedRegistry
from model_garden_registry.registry.questions import layers_of

if TYPE_CHECKING:
    from model_garden_registry.dialects.exporting import Exported, Form
    from model_garden_registry.dialects.foreign_config import ForeignConfig
    from model_garden_registry.dialects.handover.continuity import ExportedPair
    from model_garden_registry.dialects.judged import CheckedConfig, Drift
    from model_garden_registry.registry.questions import HardwareSource, Overrides


class ToolFilesRegistry(DocumentedRegistry):
    """The models of one registry file, written for other tools; ``ModelRegistry`` documents the arguments."""

    __slots__ = ()

    def export(
        self,
        model_id: str,
        target: str,
        *,
        task: Task | None = None,
        form: Form | None = None,
        hardware: HardwareSource = None,
        replicas: int = 1,
        overrides: Overrides = (),
        **more: Any,
    ) -> Exported:
        """
        Write a model with its settings for another tool, such as ``axolotl``: a file, or the arguments of a command.

        The model is split for ``hardware``; without any, as its entry or the settings say. ``form`` is the form of the
        file, ``task`` the task if a tool has files for both. With the setting ``nodes``, ``hardware`` is one of the
        machines; ``replicas`` is the number of copies of a server, for tools that start several.

        Raises:
            UnsupportedExportError: There is no such target, or it lacks the model or a setting.
        """
        from model_garden_registry.registry.exporting import exported

        layers = (*layers_of(overrides), *layers_of(more))
        how: dict[str, Any] = {"layers": layers, "hardware": hardware, "replicas": replicas}
        return exported(self._entries, model_id, target, task=task, form=form, **how)

    def export_pair(
        self,
        model_id: str,
        train: str,
        serve: str,
        *,
        is_merged: bool = False,
        hardware: HardwareSource = None,
        training: Overrides = (),
        serving: Overrides = (),
    ) -> ExportedPair:
        """
        Write a model for a training tool and a serving engine, so that the engine loads what the tool saves.

        ``training`` and ``serving`` are settings of each. With ``is_merged`` an adapter is merged before it is served.

        Raises:
            UnsupportedExportError: There is no such target, it lacks a setting, or the engine cannot load
                the result, or would ignore a part of it.
        """
        from model_garden_registry.registry.pairing import exported_pair

        layers = (layers_of(training), layers_of(serving))
        return exported_pair(self._entries, model_id, (train, serve), layers, is_merged=is_merged, hardware=hardware)

    def check(
        self,
        config: ForeignConfig,
        *,
        model: str | None = None,
        hardware: HardwareSource = "local",
        gpu_required: bool = False,
        must_be_free: bool = False,
        allow_deprecated: bool = False,
    ) -> CheckedConfig:
        """
        Judge another tool's file, read by ``read_config``; further arguments as in ``assess``.

        ``model`` is the id of the model, if the file names none that is in the registry.
        """
        from model_garden_registry.registry.foreign import checked

        asked = {"gpu_required": gpu_required, "must_be_free": must_be_free, "allow_deprecated": allow_deprecated}
        return checked(self._entries, config, model=model, hardware=hardware, **asked)

    def drift(self, config: ForeignConfig, *, model: str | None = None) -> Drift:
        """Return where another tool's file differs from the model's defaults; ``model`` as in ``check``."""
        from model_garden_registry.registry.foreign import drift

        return drift(self._entries, config, model=model)
