"""The models of one file for Ray Serve LLM, each as items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.texts.documents import Document

#: Where a file names the model's weights; without it, the name for users is their id too.
SOURCE, NAME = "model_loading_config.model_source", "model_loading_config.model_id"
#: Keys of a model whose mapping is read key by key.
GROUPS = frozenset({"engine_kwargs", "lora_config", "model_loading_config", "placement_group_config"})
#: Functions of these modules build an application from such models.
_BUILDERS = "ray.serve.llm"

Way = tuple[str | int, ...]


def models_in(document: Document) -> Iterator[tuple[int | None, tuple[Item, ...]]]:
    """
    Yield the items of each model in a file, with the model's first line; nothing if it is no file of Ray Serve LLM.

    The file is a configuration of Ray Serve, arguments of its builder, or one model alone.

    Source:
        Ray 2.60.0, `LLMServingArgs`, `LLMConfig`
    """
    for way, content in _models(document.values):
        line = document.place(way).line if way else None
        yield line, tuple(_items(document, way, content))


def _models(values: Mapping[str, Any]) -> Iterator[tuple[Way, Mapping[str, Any]]]:
    if isinstance(values.get("model_loading_config"), dict):
        yield (), values
        return
    yield from _listed(values, ())
    applications = values.get("applications")
    for number, application in enumerate(applications if isinstance(applications, list) else ()):
        if isinstance(application, dict) and str(application.get("import_path")).startswith(_BUILDERS):
            arguments = application.get("args")
            yield from _listed(arguments if isinstance(arguments, dict) else {}, ("applications", number, "args"))


def _listed(arguments: Mapping[str, Any], way: Way) -> Iterator[tuple[Way, Mapping[str, Any]]]:
    """Yield the models that a builder's arguments list; one that stands in another file is not opened."""
    listed = arguments.get("llm_configs")
    for number, content in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(content, dict) and all(isinstance(key, str) for key in content):
            yield (*way, "llm_configs", number), content


def _items(document: Document, way: Way, content: Mapping[str, Any]) -> Iterator[Item]:
    for key, value in content.items():
        inner = value if key in GROUPS and isinstance(value, dict) else None
        for leaf, one in {None: value}.items() if inner is None else inner.items():
            place = document.place((*way, key) if leaf is None else (*way, key, leaf))
            name = key if leaf is None else f"{key}.{leaf}"
            has_source = inner is not None and isinstance(inner.get("model_source"), str)
            yield Item(SOURCE if name == NAME and not has_source else name, one, place.line, place.column)
