"""ModelRegistry: the models of a file, and the verbs on them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.layering import layer_origins, load_layers
from model_garden_registry.registry.clusters.cluster_verbs import ClusterRegistry
from model_garden_registry.registry.entry_cache import EntryCache
from model_garden_registry.registry.questions import (
    assessed,
    at_once,
    candidate_of,
    each_outcome,
    layers_of,
    machine_source,
)

if TYPE_CHECKING:
    from model_garden_registry.catalogue.comparison import Comparison
    from model_garden_registry.catalogue.filtering import SortField, Wanted
    from model_garden_registry.checks.assessment import Assessment
    from model_garden_registry.checks.buckets import Fits
    from model_garden_registry.checks.matrix.cells import Matrix
    from model_garden_registry.checks.planning import Plan
    from model_garden_registry.checks.sweeping import Sweep
    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
    from model_garden_registry.files.loading import RegistryFile
    from model_garden_registry.files.location import Location
    from model_garden_registry.files.overlays import RegistryLayer
    from model_garden_registry.memory.estimates import MemoryEstimate
    from model_garden_registry.near_names import ResolvedId
    from model_garden_registry.registry.fitting import Fitting
    from model_garden_registry.registry.questions import Asked, HardwareSource, Overrides
    from model_garden_registry.reports import Outcome, Report


def registry_of(locations: Iterable[Location]) -> ModelRegistry:
    """Return the registry of files, the strongest first; see ``load_layers``."""
    return _with_file(load_layers(locations))


def _with_file(file: RegistryFile) -> ModelRegistry:
    registry = object.__new__(ModelRegistry)
    registry._entries = EntryCache(file)
    return registry


class ModelRegistry(ClusterRegistry):
    """
    The models of one registry file, by id, in file order: an immutable mapping with the verbs of the registry.

    Keys, ``len`` and ``in`` follow the file; an entry is validated on first use. ``registry[id]`` takes former
    ids as well and raises ``UnknownModelError`` (with near names) or ``InvalidEntryError``; so does every verb with an
    id. ``values()``, ``items()`` and lists leave out invalid entries, with a ``RegistryWarning``.

    Settings are given by leaf name (``r=8``), dotted path or nested mapping (``lora_config={"r": 8}``), or as layers,
    weakest first; an unknown setting or invalid value is an ``InvalidOverrideError``. ``hardware`` is ``"local"``,
    the GPUs of this machine; ``known_gpu(…)``; a function that returns hardware, called only if a model needs a GPU; or
    None: no hardware is judged. A verb that needs settings raises ``UnsupportedTaskError`` if an entry has none for
    the task.

    Args:
        path: The file, or several, the strongest last; without it, the one that ``find_registry`` finds. An overlay
            lies on the next file that would be found.

    Raises:
        RegistryReadError: The file is no registry; a missing one is a ``FileNotFoundError`` as well.
    """

    __slots__ = ()

    def key(self, model_id: str) -> str:
        """Return the key of the entry that an id, or a former id, means."""
        return self._entries.key(model_id)

    def resolve(self, text: str) -> ResolvedId:
        """
        Return the id that a person means by a text, and how it was found.

        Beyond what ``key`` takes: another case, a pasted Hugging Face address, a name without its organisation if
        only one entry has it. All other verbs take only ids and former ids: ``registry[registry.resolve(text).id]``.

        Raises:
            UnknownModelError: It means no entry, or one of several; carries near names, of the same generation and size
                first.
        """
        return self._entries.resolve(text)

    def raw(self, model_id: str) -> dict[str, Any]:
        """Return a fresh copy of a raw entry."""
        return self._entries.raw(self.key(model_id))

    def origins(self, model_id: str) -> dict[str, RegistryLayer]:
        """Return which of ``layers`` the parts of a raw entry come from: by JSON pointer, the largest parts."""
        return layer_origins(self._entries.file, self.key(model_id))

    def with_entry(self, entry: Mapping[str, Any]) -> ModelRegistry:
        """Return this registry with an entry added, or replaced if its id exists: in memory, no file is written."""
        return _with_file(self._entries.file.with_entry(entry))

    def variants(self, model_id: str) -> dict[str, ModelInfo]:
        """Return the forms in which a model is published, by ``base_model``, itself included, the base first."""
        return self._entries.variants(self.key(model_id))

    @overload
    def settings(self, model_id: str, task: Literal["training"], *layers: Layer, **more: Any) -> TrainingSettings: ...
    @overload
    def settings(
        self, model_id: str, task: Literal["inference"], *layers: Layer, **names: Any
    ) -> InferenceSettings: ...
    @overload
    def settings(self, model_id: str, task: Task, *layers: Layer, **more: Any) -> Settings: ...
    def settings(self, model_id: str, task: Task, *layers: Layer, **more: Any) -> Settings:
        """Merge a model's defaults for a task with overrides: layers, weakest first, then settings by name."""
        from model_garden_registry.entries.settings.merging import merge

        return merge(self[model_id], task, *layers, *layers_of(more))

    def estimate(self, model_id: str, task: Task, **overrides: Any) -> MemoryEstimate:
        """
        Estimate the memory that a task needs on each GPU, with the model's defaults or other settings.

        An entry that does not state its shape gets a coarse estimate from its size; see ``MemoryEstimate.is_coarse``.
        """
        from model_garden_registry.memory.estimation import estimate

        return estimate(self[model_id], self.settings(model_id, task, **overrides))

    def assess(
        self,
        model_id: str,
        task: Task,
        *,
        overrides: Overrides = (),
        hardware: HardwareSource = "local",
        gpu_required: bool = False,
        must_be_free: bool = False,
        allow_deprecated: bool = False,
    ) -> Assessment:
        """
        Return settings, estimate, verdict, remedies and the largest settings that fit, of a model for a task.

        With ``gpu_required`` "hardware not checked" is a failure, with ``must_be_free`` memory that is not free now;
        with ``allow_deprecated`` a deprecated model is none.
        """
        asked = {
            "gpu_required": gpu_required,
            "must_be_free": must_be_free,
            "allow_deprecated": allow_deprecated,
        }
        return assessed(self._entries, model_id, task, overrides=overrides, hardware=hardware, **asked)

    def validate(self, model_id: str, task: Task, **asked: Unpack[Asked]) -> Report:
        """Judge a model for a task: entry, support, status, settings, and the GPUs; arguments as in ``assess``."""
        return self.assess(model_id, task, **asked).report

    def validate_each(self, model_ids: Iterable[str], task: Task, **asked: Unpack[Asked]) -> list[Outcome]:
        """Judge models on one machine, read once; an unknown id gives its error, an invalid entry ``unknown``."""
        asked["hardware"] = machine_source(asked.get("hardware", "local"))
        return each_outcome(model_ids, task, lambda model_id: self.validate(model_id, task, **asked))

    def fit(
        self,
        task: Task,
        *,
        ids: Iterable[str] | None = None,
        overrides: Overrides = (),
        hardware: HardwareSource = "local",
        sort: SortField | None = None,
        **wanted: Unpack[Wanted],
    ) -> Fits:
        """
        Judge which models run a task on given hardware; remedies are searched for on first use.

        Only models that support the task are judged, of those that are ``wanted`` as in ``filter``, and deprecated
        ones only with ``status="deprecated"``. ``ids`` judges these models instead, whatever they are. Without ``sort``
        recommended models come first, then those that answer and call tools, each the newest first.
        """
        return self.fit_each(task, [hardware], ids=ids, overrides=overrides, sort=sort, **wanted)[0]

    def fit_each(
        self,
        task: Task,
        hardware: Iterable[HardwareSource],
        *,
        ids: Iterable[str] | None = None,
        overrides: Overrides = (),
        sort: SortField | None = None,
        **wanted: Unpack[Wanted],
    ) -> list[Fits]:
        """Judge models as ``fit`` does on several machines, each model looked up once."""
        return at_once(self.fit_in_steps(task, hardware, ids=ids, overrides=overrides, sort=sort, **wanted))

    def fit_in_steps(
        self,
        task: Task,
        hardware: Iterable[HardwareSource],
        *,
        ids: Iterable[str] | None = None,
        overrides: Overrides = (),
        sort: SortField | None = None,
        **wanted: Unpack[Wanted],
    ) -> Generator[None, None, list[Fits]]:
        """Judge models as ``fit_each`` does, with pauses in which the caller can do something else, or stop."""
        from model_garden_registry.registry.fitting import fits_in_steps

        return fits_in_steps(self._entries, task, hardware, ids=ids, overrides=overrides, sort=sort, wanted=wanted)

    def matrix(self, model_id: str | None = None) -> Matrix:
        """
        Return what training stacks and serving engines support, each answer with its facts.

        With an id it is about that model: its family, its number format, its documented defaults. All answers are for
        the newest releases that were read.
        """
        from model_garden_registry.checks.matrix.making import matrix_of

        return matrix_of() if model_id is None else matrix_of(self[model_id], model=self.key(model_id))

    def fitting_rows(
        self,
        wanted: Filter,
        *,
        overrides: Overrides = (),
        hardware: HardwareSource = "local",
        ids: Iterable[str] | None = None,
    ) -> Fitting:
        """
        Return the rows of models that run their task, or any task, on given hardware, and those that cannot be judged.

        ``ids`` are those of entries, if only these are judged.
        """
        from model_garden_registry.registry.fitting import fitting_rows, required_machine

        machine, layers = required_machine(machine_source(hardware)), layers_of(overrides)
        rows = self._entries.rows(wanted, None if ids is None else {*ids})
        return fitting_rows(self._entries, rows, wanted.task, machine=machine, layers=layers)

    def compare(
        self,
        model_ids: Iterable[str],
        *,
        hardware: Mapping[str, HardwareSource] | None = None,
        overrides: Mapping[Task, Overrides] | None = None,
    ) -> Comparison:
        """
        Compare models side by side, with the result on each labelled machine; two ids of one model are one.

        ``overrides`` are settings by task, for the verdicts.
        """
        from model_garden_registry.registry.fitting import compared, required_machine

        machines = {label: required_machine(machine_source(one)) for label, one in (hardware or {}).items()}
        return compared(self._entries, map(self.key, model_ids), machines, overrides or {})

    def plan(self, task: Task, model_id: str, *, overrides: Overrides = (), gpus: Iterable[str] | None = None) -> Plan:
        """
        Return which known GPUs run a model, and how many of each, least memory first: the inverse of ``fit``.

        ``gpus`` are names as for ``known_gpu``, without a count; None: all of the table.
        """
        return at_once(self.plan_in_steps(task, model_id, overrides=overrides, gpus=gpus))

    def plan_in_steps(
        self, task: Task, model_id: str, *, overrides: Overrides = (), gpus: Iterable[str] | None = None
    ) -> Generator[None, None, Plan]:
        """Return what ``plan`` does, with pauses as in ``fit_in_steps``."""
        from model_garden_registry.checks.planning import plan_in_steps
        from model_garden_registry.hardware.known_gpus import known_rows

        settings = self.settings(model_id, task, *layers_of(overrides))
        rows = known_rows((gpus,) if isinstance(gpus, str) else gpus)
        return (yield from plan_in_steps(candidate_of(self._entries, model_id, task), settings, rows))

    def sweep(
        self,
        model_id: str,
        task: Task,
        *,
        setting: str,
        values: Iterable[object],
        given_as: str = "sweep",
        overrides: Overrides = (),
        hardware: HardwareSource = None,
    ) -> Sweep:
        """Estimate and, with hardware, judge many values of one setting."""
        from model_garden_registry.checks.sweeping import sweep, swept_of

        candidate, machine = candidate_of(self._entries, model_id, task), machine_source(hardware)()
        return sweep(candidate, layers_of(overrides), swept_of(setting, values, given_as), machine)
