"""The methods that the model-garden application documents: models by id, and their lists."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from model_garden_registry.catalogue.filtering import RECOMMENDED, Filter, filter_of
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidEntryError
from model_garden_registry.files.documents import paused_garbage_collection
from model_garden_registry.files.layering import load_layers
from model_garden_registry.files.location import StrPath, find_layers, given_paths
from model_garden_registry.registry.entry_cache import EntryCache
from model_garden_registry.registry.questions import documented_verdict

if TYPE_CHECKING:
    from model_garden_registry.catalogue.filtering import Wanted
    from model_garden_registry.catalogue.rows import Row
    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.files.overlays import RegistryLayer
    from model_garden_registry.registry.questions import Asked, DocumentedVerdict, HardwareSource
    from model_garden_registry.reports import Report


class DocumentedRegistry(Mapping[str, "ModelInfo"]):
    """
    The models of one registry file, with exactly the methods that the model-garden application documents.

    ``ModelRegistry`` adds further verbs, and documents the arguments.
    """

    __slots__ = ("__weakref__", "_entries")

    def __init__(self, path: StrPath | Sequence[StrPath] | None = None) -> None:
        self._entries = EntryCache(load_layers(find_layers(given_paths(path))))

    def __getitem__(self, model_id: str) -> ModelInfo:
        """Return a model by id, or by a former id."""
        return self._entries.checked(self._entries.key(model_id)).entry

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries.file.models)

    def __contains__(self, model_id: object) -> bool:
        return model_id in self._entries.file.models

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self.path)!r}: {len(self)} models>"

    def values(self) -> ValuesView[ModelInfo]:
        """Return the valid models, in file order."""
        return self.get_all_models().values()

    def items(self) -> ItemsView[str, ModelInfo]:
        """Return the valid models with their ids, in file order."""
        return self.get_all_models().items()

    @property
    def path(self) -> Path:
        """The file that the models come from; if several do, the strongest."""
        return self._entries.file.path

    @property
    def layers(self) -> tuple[RegistryLayer, ...]:
        """The files that the models come from, the weakest first: several where ``path`` is an overlay."""
        return self._entries.file.layers

    @property
    def version(self) -> str:
        """Version of the file's format."""
        return self._entries.file.version

    @property
    def last_updated(self) -> str:
        """When the file's data last changed, as it states."""
        return self._entries.file.last_updated

    @property
    def problems(self) -> dict[str, InvalidEntryError]:
        """The error of each entry that is not valid, by id; validates every entry."""
        return self._entries.problems()

    def rows(self, wanted: Filter | None = None) -> list[Row]:
        """Return the columns of every entry that the filter keeps, in file order, without validating the rest of it."""
        return self._entries.rows(wanted)

    def filter(self, *, task: Task | None = None, **wanted: Unpack[Wanted]) -> list[ModelInfo]:
        """Return the models that match all filters, in file order; the names are those of ``Filter``."""
        with paused_garbage_collection():
            rows = self.rows(filter_of(wanted, task))
            return [entry for row in rows if (entry := self._entries.valid_or_none(row.id))]

    @abstractmethod
    def validate(self, model_id: str, task: Task, **asked: Unpack[Asked]) -> Report:
        """Judge a model for a task."""

    def get_all_models(self) -> dict[str, ModelInfo]:
        """Return all valid models by id, in file order."""
        return dict(self._entries.valid())

    def get_model(self, model_id: str) -> ModelInfo | None:
        """Return a model, or None if no entry has this id."""
        key = self._entries.key_or_none(model_id)
        return None if key is None else self[key]

    def get_text_models(self) -> list[ModelInfo]:
        """Return the models of the category ``text-llm``."""
        return self.filter(category="text-llm")

    def get_vision_models(self) -> list[ModelInfo]:
        """Return the models of the category ``vision-vlm``."""
        return self.filter(category="vision-vlm")

    def get_models_by_category(self, category: str) -> list[ModelInfo]:
        """Return the models of a category."""
        return self.filter(category=category)

    def get_models_by_tag(self, tag: str) -> list[ModelInfo]:
        """Return the models with a tag."""
        return self.filter(tags=tag)

    def get_recommended_models(self, category: str | None = None) -> list[ModelInfo]:
        """Return the models tagged ``recommended``, of one category or of all."""
        return self.filter(tags=RECOMMENDED, category=category)

    def get_stable_models(self) -> list[ModelInfo]:
        """Return the models that are ready for production."""
        return self.filter(status="stable")

    def check_model_exists(self, model_id: str) -> bool:
        """Return whether an entry has this id, or had it formerly."""
        return self._entries.key_or_none(model_id) is not None

    def get_categories(self) -> dict[str, dict[str, Any]]:
        """Return the categories as fresh plain dicts, by key."""
        return {key: category.stated() for key, category in self._entries.file.categories.items()}

    def get_model_list_for_ui(self, category: str | None = None) -> list[dict[str, Any]]:
        """Return the rows of a list, eleven columns each, as fresh plain dicts."""
        with paused_garbage_collection():
            rows = self.rows(Filter(category=category))
            return [row.columns() for row in rows if self._entries.valid_or_none(row.id)]

    def validate_model_for_training(self, model_id: str, *, hardware: HardwareSource = "local") -> DocumentedVerdict:
        """Return whether a model can be trained, and why not; see ``validate``."""
        return documented_verdict(model_id, lambda: self.validate(model_id, "training", hardware=hardware))

    def validate_model_for_inference(self, model_id: str, *, hardware: HardwareSource = "local") -> DocumentedVerdict:
        """Return whether a model can be served, and why not; see ``validate``."""
        return documented_verdict(model_id, lambda: self.validate(model_id, "inference", hardware=hardware))
