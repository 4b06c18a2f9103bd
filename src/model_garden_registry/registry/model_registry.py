"""ModelRegistry: the models of a file, and the verbs on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.errors import InvalidEntryError, UnknownModelError
from model_garden_registry.registry.lazy_entries import LazyEntries

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
    from model_garden_registry.entries.tasks import Task
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.memory.estimates import MemoryEstimate
    from model_garden_registry.reports import Report


#: Whose GPUs are judged: this machine's, given ones, those that a function gives, or none.
HardwareSource: TypeAlias = "Hardware | Callable[[], Hardware] | Literal['local'] | None"


class ModelRegistry(LazyEntries):
    """
    The models of one registry file, by id, in file order: an immutable mapping with the verbs of the registry.

    Args:
        path: The file; without it, the one that ``find_registry`` finds.

    Raises:
        RegistryReadError: The file gives no registry; a missing one is a ``FileNotFoundError`` as well.
    """

    __slots__ = ()

    def filter(
        self,
        *,
        category: str | None = None,
        tags: tuple[str, ...] | list[str] | str = (),
        status: str | None = None,
        provider: str | None = None,
        architecture: str | None = None,
        quantized: bool | None = None,
        vision: bool | None = None,
        task: Task | None = None,
        max_vram_gb: float | None = None,
        size: str | None = None,
        query: str | None = None,
    ) -> list[ModelInfo]:
        """
        Give the models that are everything asked for, in file order; see ``filtering.Filter``.

        Args:
            max_vram_gb: Decimal GB of each GPU.

            size: ``"small"``, ``"8B"``, ``"7B..14B"``; the classes are those of ``mgr list --size``.

        Raises:
            ValueError: A task or a size is none.
        """
        wanted = Filter(
            category=category,
            tags=(tags,) if isinstance(tags, str) else tuple(tags),
            status=status,
            provider=provider,
            architecture=architecture,
            quantized=quantized,
            vision=vision,
            task=task,
            max_vram_gb=max_vram_gb,
            size=size,
            query=query,
        )
        return [entry for row in self.rows(wanted) if (entry := self._valid_or_none(row.id))]

    def variants(self, model_id: str) -> dict[str, ModelInfo]:
        """
        Give the forms in which a model is published, itself among them: its base first, then what names that base.

        They are told by ``base_model``. The base is left out where it has no entry, and so is an entry that is not
        valid, with a ``RegistryWarning``.

        Raises:
            UnknownModelError: No entry has this id.

            InvalidEntryError: The entry is not valid.
        """
        key = self._key(model_id)
        base = self._present(self[key].base_model or key)
        keys = [base, *(other for other, named in self._bases() if self._present(named) == base and other != base)]
        valid = ((one, self._valid_or_none(one)) for one in keys if one in self)
        return {one: entry for one, entry in valid if entry}

    @overload
    def settings(self, model_id: str, task: Literal["training"], **overrides: Any) -> TrainingSettings: ...
    @overload
    def settings(self, model_id: str, task: Literal["inference"], **overrides: Any) -> InferenceSettings: ...
    @overload
    def settings(self, model_id: str, task: Task, **overrides: Any) -> Settings: ...
    def settings(self, model_id: str, task: Task, **overrides: Any) -> Settings:
        """
        Merge a model's defaults for a task with overrides.

        Args:
            overrides: By leaf name (``r=8``), dotted path, or nested mapping (``lora_config={"r": 8}``).

        Raises:
            UnknownModelError: No entry has this id.

            InvalidEntryError: The entry is not valid.

            UnsupportedTaskError: The entry has no defaults for the task.

            InvalidOverrideError: A setting does not exist, or a value does not fit it.
        """
        return self.merge(model_id, task, *_layers(overrides, "keyword"))

    def merge(self, model_id: str, task: Task, *layers: Layer) -> Settings:
        """As ``settings``, with overrides from several places; a later layer wins."""
        from model_garden_registry.entries.settings.merging import merge

        return merge(self[model_id], task, *layers)

    def estimate(self, model_id: str, task: Task, **overrides: Any) -> MemoryEstimate:
        """
        Estimate the memory that a task needs on each GPU, with the model's defaults or other settings.

        An entry that does not state its shape gets a coarse answer from its size; see ``MemoryEstimate.is_coarse``.

        Args:
            overrides: As in ``settings``.

        Raises:
            UnknownModelError: No entry has this id.

            InvalidEntryError: The entry is not valid.

            UnsupportedTaskError: The entry has no defaults for the task.

            InvalidOverrideError: A setting does not exist, or a value does not fit it.
        """
        from model_garden_registry.memory.estimation import estimate

        return estimate(self[model_id], self.settings(model_id, task, **overrides))

    def validate(
        self,
        model_id: str,
        task: Task,
        *,
        overrides: Mapping[str, Any] | tuple[Layer, ...] = (),
        hardware: HardwareSource = "local",
        gpu_required: bool = False,
        must_be_free: bool = False,
    ) -> Report:
        """
        Judge a model for a task: its entry, its support and status, its settings, and the GPUs to run it on.

        Args:
            overrides: Settings other than the entry's, by name, or as layers from several places.

            hardware: ``"local"``: the GPUs of this machine. ``known_gpu(…)``: those. A function that gives hardware:
                called only if the model needs a GPU. None: no hardware is judged.

            gpu_required: Whether "hardware not checked" is a failure.

            must_be_free: Whether memory that is not free now is a failure.

        Raises:
            UnknownModelError: No entry has this id.

            InvalidEntryError: The entry is not valid.

            InvalidOverrideError: A setting does not exist, or a value does not fit it.
        """
        from model_garden_registry.checks.hardware.need import needs_gpu
        from model_garden_registry.checks.validation import validate

        entry = self[model_id]
        layers = overrides if isinstance(overrides, tuple) else _layers(overrides, "keyword")
        has_defaults = task != "training" or entry.training_defaults is not None
        settings = self.merge(model_id, task, *layers) if has_defaults else None
        key = self._key(model_id)
        flaws = tuple(flaw for flaw in self._flaws(key, entry) if flaw.concerns(task))
        return validate(
            entry,
            task,
            settings,
            subject=key,
            flaws=flaws,
            hardware=_read(hardware) if needs_gpu(entry, task) else None,
            gpu_required=gpu_required,
            must_be_free=must_be_free,
        )

    def _present(self, model_id: str) -> str:
        """Give the key of a model for a former id; an id that is nobody's stays what it is."""
        return self._key_or_none(model_id) or model_id

    # As the model-garden application documents it.

    def get_all_models(self) -> dict[str, ModelInfo]:
        """Give all valid models by id, in file order."""
        return dict(self._valid())

    def get_model(self, model_id: str) -> ModelInfo | None:
        """Give a model, or None where no entry has this id."""
        key = self._key_or_none(model_id)
        return None if key is None else self[key]

    def get_text_models(self) -> list[ModelInfo]:
        """Give the models of the category ``text-llm``."""
        return self.filter(category="text-llm")

    def get_vision_models(self) -> list[ModelInfo]:
        """Give the models of the category ``vision-vlm``."""
        return self.filter(category="vision-vlm")

    def get_models_by_category(self, category: str) -> list[ModelInfo]:
        """Give the models of a category."""
        return self.filter(category=category)

    def get_models_by_tag(self, tag: str) -> list[ModelInfo]:
        """Give the models with a tag."""
        return self.filter(tags=tag)

    def get_recommended_models(self, category: str | None = None) -> list[ModelInfo]:
        """Give the models tagged ``recommended``, of one category or of all."""
        return self.filter(tags="recommended", category=category)

    def get_stable_models(self) -> list[ModelInfo]:
        """Give the models that are ready for production."""
        return self.filter(status="stable")

    def check_model_exists(self, model_id: str) -> bool:
        """Say whether an entry has this id, or had it once."""
        return self._key_or_none(model_id) is not None

    def get_categories(self) -> dict[str, dict[str, Any]]:
        """Give the categories as fresh plain dicts, by key."""
        return {
            key: {name: value for name, value in category.known().items() if value is not None}
            for key, category in self._file.categories.items()
        }

    def get_model_list_for_ui(self, category: str | None = None) -> list[dict[str, Any]]:
        """Give the rows of a list, eleven columns each, as fresh plain dicts."""
        return [row.columns() for row in self.rows(Filter(category=category)) if self._valid_or_none(row.id)]

    def validate_model_for_training(
        self, model_id: str, *, hardware: HardwareSource = "local"
    ) -> tuple[bool, str | None]:
        """Say whether a model can be trained, and why not; see ``validate``."""
        return self._valid_for(model_id, "training", hardware)

    def validate_model_for_inference(
        self, model_id: str, *, hardware: HardwareSource = "local"
    ) -> tuple[bool, str | None]:
        """Say whether a model can be served, and why not; see ``validate``."""
        return self._valid_for(model_id, "inference", hardware)

    def _valid_for(self, model_id: str, task: Task, hardware: HardwareSource) -> tuple[bool, str | None]:
        try:
            report = self.validate(model_id, task, hardware=hardware)
        except UnknownModelError:
            return False, f"Model '{model_id}' not found in registry"
        except InvalidEntryError as error:
            return False, f"Could not be checked: {error}"
        return report.is_valid, report.error_message


def _read(source: HardwareSource) -> Hardware | None:
    if source == "local":
        from model_garden_registry.hardware.driver.probe import read_hardware

        return read_hardware()
    if isinstance(source, str):
        raise TypeError(f"hardware is a machine, not the name of a GPU: known_gpu({source!r})")
    return source() if callable(source) else source


def _layers(overrides: Mapping[str, Any], given_as: str) -> tuple[Layer, ...]:
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind

    return (Layer(overrides, Origin(OriginKind.OVERRIDE, given_as)),)
