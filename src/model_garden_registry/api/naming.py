"""The GPUs, the settings and the models that a question names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from model_garden_registry.api.bounds import LONGEST_LIST, LONGEST_QUERY, MOST_MACHINES
from model_garden_registry.api.invalid_questions import wrong_part
from model_garden_registry.checks.pools import pool_kinds
from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.errors import UnknownModelError
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.documents import parse_inventory
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.labels import gpu_names
from model_garden_registry.registry.model_registry import ModelRegistry

#: Keys of a question that are a setting each, weakest first.
_SETTINGS = ("method", "stack", "engine")


def layers_of(question: BaseModel) -> tuple[Layer, ...]:
    """Return the overrides of a question, weakest first, like ``--method``, ``--stack`` and ``--set`` of a command."""
    named = {name: getattr(question, name, None) for name in _SETTINGS}
    given = {name: {name: value} for name, value in named.items() if value}
    given["config"] = getattr(question, "config", None) or {}
    return tuple(Layer(values, Origin(OriginKind.OVERRIDE, name)) for name, values in given.items() if values)


def written_names(named: str | Sequence[str] | None, place: str = "body") -> list[str]:
    """
    Return the names of GPUs in a question: a list, or one text with commas.

    Args:
        place: Where they stand, for messages.

    Raises:
        InvalidQuestionError: A name is empty.
    """
    texts = [named] if isinstance(named, str) else named or []
    names = [name.strip() for text in texts for name in text.split(",")]
    if not all(names):
        raise wrong_part("empty_name", [place, "gpu"], "a name is empty")
    return names


def machines(
    named: str | Sequence[str] | None, count: int | None = None, *, place: str = "body"
) -> dict[str, Hardware]:
    """
    Return the machines that a question names, by their GPUs; the same GPUs under two names only once.

    Args:
        count: How many of each there are, if their names do not say.

        place: Where they stand, for messages.

    Raises:
        UnknownGpuError: No known GPU has one of the names.

        InvalidQuestionError: A name is empty, or there are too many.
    """
    names = written_names(named, place)
    if len(names) > MOST_MACHINES:
        raise wrong_part("too_many", [place, "gpu"], f"at most {MOST_MACHINES} can be judged at once")
    found: dict[str, Hardware] = {}
    for name in names:
        hardware = known_gpu(name, count=count)
        found.setdefault(gpu_names(hardware), hardware)
    return found


def cluster(keys: Mapping[str, object]) -> Inventory:
    """
    Return the inventory in a question, within bounds.

    Raises:
        InvalidQuestionError: It is none, has no nodes, or has too many pools or kinds of nodes.
    """
    place: list[str | int] = ["body", "inventory"]
    try:
        found = parse_inventory(keys, most_entries=LONGEST_LIST)
    except InventoryError as error:
        where = [int(part) if part.isdecimal() else part for part in (error.where or "").split("/")[1:]]
        raise wrong_part("inventory", [*place, *where], error.problem) from None
    kinds = pool_kinds(found)
    if not kinds:
        raise wrong_part("inventory", place, "the inventory has no nodes")
    if len(kinds) > MOST_MACHINES or len({id(one) for each in kinds.values() for one in each}) > MOST_MACHINES:
        raise wrong_part("too_many", place, f"at most {MOST_MACHINES} pools and kinds of nodes can be judged at once")
    return found


def ids_or_words(registry: ModelRegistry, words: str | Sequence[str] | None) -> tuple[list[str] | None, str | None]:
    """
    Return the ids that words mean if each of them means one, else the words as a query.

    Raises:
        InvalidQuestionError: They are no ids, and longer than a query may be.
    """
    each = words.split() if isinstance(words, str) else [*(words or [])]
    if not each:
        return None, None
    try:
        return [registry.resolve(word).id for word in each], None
    except UnknownModelError:
        query = " ".join(each)
    if len(query) > LONGEST_QUERY:
        raise wrong_part(
            "string_too_long", ["body", "words"], f"search words have at most {LONGEST_QUERY} characters together"
        )
    return None, query.strip() or None
