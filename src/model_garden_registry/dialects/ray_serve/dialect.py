"""A configuration of Ray Serve for one model on vLLM, written; and each model of such a file, read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.choosing import gpu_count, gpus_note
from model_garden_registry.dialects.launching.judged_gpus import launcher_name
from model_garden_registry.dialects.launching.resource_names import resource_name
from model_garden_registry.dialects.ray_serve.configurations import GROUPS, NAME, SOURCE, models_in
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.dialects.vocabulary import ABSENT, Vocabulary, vocabulary
from model_garden_registry.files.yaml_text import yaml_text

T = TypeVar("T")

_TOOL = "ray-serve-llm"
_BUILDER = "ray.serve.llm:build_openai_app"
_ENGINE = "engine_kwargs."
_STRATEGY, _BUNDLE = "placement_group_config.strategy", "placement_group_config.bundle_per_worker"
#: Keys of vLLM's command that Ray says in its own way, or not at all.
#: Source: Ray 2.60.0, `VLLMEngineConfig.get_initialization_kwargs`
_NOT_OF_ENGINE = frozenset({"model", "served_model_name", "headless"})
_BY_RAY = {"nnodes": "the machines are chosen by Ray"}


class _RayServe(Dialect):
    """The dialect, whose words are Ray's and, below ``engine_kwargs``, those of vLLM's engine."""

    @property
    def vocabulary(self) -> Vocabulary:
        return _words()

    def plain(self, written: str) -> str:
        return written.removeprefix(_ENGINE)

    def key_of(self, written: str) -> str | None:
        name = self.plain(written)
        is_known = name in (vocabulary(_TOOL) if name == written else vocabulary(VLLM.name)).keys
        return name if is_known and name in self.vocabulary.keys else None


def _taken(of_engine: Mapping[str, T]) -> dict[str, T]:
    return {key: value for key, value in of_engine.items() if key not in _NOT_OF_ENGINE}


@cache
def _words() -> Vocabulary:
    own, engine = vocabulary(_TOOL), vocabulary(VLLM.name)
    return replace(
        own,
        keys={**_taken(engine.keys), **own.keys},
        retired={**engine.retired, **own.retired},
        refused=engine.refused | own.refused,
        elsewhere={**engine.elsewhere, **own.elsewhere},
        without_influence={**_taken(engine.without_influence), **own.without_influence},
        not_followed={**_taken(engine.not_followed), **own.not_followed, **_BY_RAY},
    )


def _copies() -> Rule:
    name = "data_parallel_size"

    def write(request: ExportRequest) -> Mapping[str, Any]:
        if request.value(name) > 1:
            raise UnsayableError("its copies of a model are replicas (--replicas), and data_parallel_size is above 1")
        return {}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(name) if name in words else 1
        return {} if value is ABSENT else {name: value}

    return Rule(keys=(name,), settings=(name,), write=write, read=read, says="not written: copies are replicas")


def _machines() -> Rule:
    """
    Return the rule for the machines of one copy: Ray packs its workers as well as it can, or strictly on one.

    Source:
        Ray 2.60.0, `VLLMEngineConfig.placement_strategy`
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        nodes, stages = request.settings.nodes, request.inference.pipeline_parallel_size
        if nodes > 1:
            if nodes != stages:
                raise UnsayableError(f"it has a machine for each pipeline stage; nodes is {nodes}, stages are {stages}")
            return {}
        return {_BUNDLE: {"GPU": 1}, _STRATEGY: "STRICT_PACK"} if gpu_count(request) > 1 else {}

    def read(words: Words) -> Mapping[str, Any]:
        bundle = words.get(_BUNDLE) if _BUNDLE in words else None
        if isinstance(bundle, dict) and bundle.get("GPU") != 1:
            words.leave(_BUNDLE, "several workers on one GPU, or workers without one, are not counted")
        is_strict = words.get(_STRATEGY) == "STRICT_PACK"
        return {"nodes": 1 if is_strict else words.get("pipeline_parallel_size")}

    return Rule(
        keys=(_STRATEGY, _BUNDLE),
        settings=("nodes",),
        write=write,
        read=read,
        says="STRICT_PACK: one machine; else one for each pipeline stage",
    )


def _always(request: ExportRequest) -> Mapping[str, Any]:
    kind = launcher_name(_TOOL, request.gpus)
    return {
        NAME: request.model_id,
        **({"accelerator_type": kind} if kind else {}),
        "deployment_config": {"num_replicas": request.replicas},
    }


def _notes(request: ExportRequest) -> Iterator[str]:
    yield f"start it with: serve run FILE, where {vocabulary(_TOOL).named} is installed as ray[serve,llm]"
    yield from VLLM.notes(request) if VLLM.notes else ()
    if request.entry.gated:
        yield "the weights are gated: HF_TOKEN must be set where Ray runs"
    yield from gpus_note(request)


def _written(request: ExportRequest, words: Mapping[str, Any]) -> str:
    """Return a configuration of Ray Serve with one application for one model."""
    own = vocabulary(_TOOL).keys
    model: dict[str, Any] = {}
    for key, value in words.items():
        group, _, leaf = (key if key in own else f"{_ENGINE}{key}").partition(".")
        if leaf:
            model.setdefault(group, {})[leaf] = value
        else:
            model[group] = value
    application = {
        "name": resource_name(request.job_name),
        "route_prefix": request.route,
        "import_path": _BUILDER,
        "args": {"llm_configs": [model]},
    }
    return yaml_text({"applications": [application]})


RAY_SERVE = _RayServe(
    name=_TOOL,
    task="inference",
    model_key=SOURCE,
    rules=(
        *(rule for rule in VLLM.rules if not {"nnodes", "data_parallel_size"} & set(rule.keys)),
        _copies(),
        _machines(),
    ),
    forms=("yaml",),
    marks=frozenset(),
    constants=VLLM.constants,
    refuses_unknown=True,
    always=_always,
    notes=lambda request: tuple(_notes(request)),
    unsaid=VLLM.unsaid,
    writers={"yaml": _written},
    flat_groups=GROUPS,
    models=models_in,
    has_replicas=True,
)
