"""Facts of a test's own, laid over the shipped tables of families, stacks and engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from model_garden_registry.checks.entry import target_modules
from model_garden_registry.entries.settings import merging
from model_garden_registry.families import engines, family, stacks
from model_garden_registry.families.tables import table
from model_garden_registry.memory import estimation, unmodelled
from model_garden_registry.memory.network import adapters, shape
from model_garden_registry.memory.serving import dtypes
from model_garden_registry.memory.training import holdings, runtime

Facts = Mapping[str, Any]

#: A release after all others.
NEWEST = "9999.1"

#: What reads a table by itself.
_READING = (
    *("families.family", "families.stacks", "families.engines"),
    *("checks.matrix.facts", "checks.matrix.plain_models", "checks.matrix.training_questions"),
)
#: What remembers facts that it has read, or numbers that were made of them.
_REMEMBERING = (
    *(family.family_of, family.families_of_word),
    *(stacks.stack_package, stacks.stack_of, stacks.library_package, stacks.library_release, stacks.library_facts),
    *(engines.engine_package, engines.engine_of, engines.engine_options),
    *(
        shape._shape,
        shape._shape_of,
        estimation._typical,
        unmodelled._of_entry,
        adapters.adapted,
        dtypes.computing_on,
        dtypes.choice_on,
    ),
    *(runtime._runtime, holdings.standing_of, merging._own, target_modules.modules_of),
)


@contextmanager
def facts_laid_over(
    *, families: Facts | None = None, stacks: Facts | None = None, engines: Facts | None = None
) -> Iterator[None]:
    """
    Lay records over those that are shipped, key by key, for as long as the context lasts.

    Args:
        families: Keys of its table, likewise stacks and engines.
    """
    own = {"families": families or {}, "stacks": stacks or {}, "engines": engines or {}}
    content = {name: _laid_over(table(name), changes) for name, changes in own.items()}
    with pytest.MonkeyPatch.context() as patch:
        for module in _READING:
            patch.setattr(f"model_garden_registry.{module}.table", content.__getitem__)
        _forget()
        try:
            yield
        finally:
            _forget()


def newest(table_name: str, name: str, **facts: Any) -> Facts:
    """Give the record of a stack or an engine with a release after all others, which changed these facts."""
    ranges = table(table_name)[table_name][name]["ranges"]
    return {"read": NEWEST, "ranges": [*ranges, {"since": NEWEST, **facts}]}


def _forget() -> None:
    for remembering in _REMEMBERING:
        remembering.cache_clear()


def _laid_over(before: Any, after: Any) -> Any:
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return after
    return {**before, **{key: _laid_over(before.get(key), value) for key, value in after.items()}}
