"""Shell completion. Nothing here prints or raises: a shell would show it in the middle of a line."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from model_garden_registry.cli.options.shared import registry_paths

if TYPE_CHECKING:
    from model_garden_registry.registry.model_registry import ModelRegistry

#: Shells evaluate completions: other names are not offered, also those that would be read as an option.
_SAFE = r"[\w./@:+,][\w./@:+=,-]*"


def ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer ids of the registry; before a slash is typed, also names that only one of them has."""
    whole = _offered(ctx, incomplete, lambda registry: registry)
    if "/" in incomplete or not incomplete:
        return whole
    return [*whole, *_going_on(incomplete, incomplete, _offered(ctx, "", _lone_names))]


def categories(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer keys of categories."""
    return _offered(ctx, incomplete, lambda registry: registry.get_categories())


def tags(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer tags that occur."""
    return _offered(ctx, incomplete, lambda registry: (tag for row in registry.rows() for tag in row.tags))


def providers(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer providers that occur."""
    return _offered(ctx, incomplete, lambda registry: (row.provider for row in registry.rows()))


def architectures(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer architectures that occur."""
    return _offered(ctx, incomplete, lambda registry: (row.base_architecture for row in registry.rows()))


def sizes(incomplete: str) -> list[str]:
    """Offer classes of size."""
    from model_garden_registry.catalogue.sizes import SIZE_CLASSES

    return [name for name in SIZE_CLASSES if name.startswith(incomplete)]


def gpus(incomplete: str) -> list[str]:
    """
    Offer names of known GPUs for the text behind the last comma.

    With hyphens, since shells split words at spaces, unless one is typed within quotes; in lower case,
    unless upper case is typed.
    """
    typed = incomplete.rpartition(",")[2].lstrip()
    with suppress(Exception):
        from model_garden_registry.hardware.known_gpus import known_gpu_names

        names: Iterable[str] = known_gpu_names()
        if " " not in typed:
            names = (name.replace(" ", "-") for name in names)
        if typed == typed.casefold():
            names = map(str.casefold, names)
        return _going_on(incomplete, typed, dict.fromkeys(names))
    return []


def targets(incomplete: str) -> list[str]:
    """Offer export targets."""
    with suppress(Exception):
        from model_garden_registry.dialects.targets import targets as known

        return [name for name in known() if name.startswith(incomplete)]
    return []


def settings(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer names of settings with ``=``, for the task given before, else for both."""
    from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings, setting_fields

    paths = {"training": setting_fields(TrainingSettings), "inference": setting_fields(InferenceSettings)}
    said = [str(ctx.params.get("task")), *ctx.args]  # an option without its value leaves arguments unparsed
    chosen = next((paths[word] for word in said if word in paths), [*paths["training"], *paths["inference"]])
    leaves = (path.rpartition(".")[2] for path in chosen)
    return [f"{leaf}=" for leaf in dict.fromkeys(leaves) if leaf.startswith(incomplete)]


def _going_on(incomplete: str, typed: str, names: Iterable[str]) -> list[str]:
    """Return the typed text, completed by each name that begins so in any case: shells compare the beginning."""
    folded = typed.casefold()
    return [f"{incomplete}{name[len(typed) :]}" for name in names if name.casefold().startswith(folded)]


def _lone_names(registry: ModelRegistry) -> Iterable[str]:
    """Return names without organisation that belong to one id only."""
    names = Counter(model_id.partition("/")[2] for model_id in registry)
    return (name for name, times in names.items() if name and times == 1)


def _offered(ctx: typer.Context, incomplete: str, names: Callable[[ModelRegistry], Iterable[str]]) -> list[str]:
    with suppress(Exception), warnings.catch_warnings():
        from model_garden_registry.registry.model_registry import ModelRegistry

        warnings.simplefilter("ignore")
        found = dict.fromkeys(names(ModelRegistry(registry_paths(ctx))))
        return [name for name in found if name.startswith(incomplete) and re.fullmatch(_SAFE, name)]
    return []
