"""Names typed for a GPU that are not one: cloud instances, other makers' accelerators, CUDA device indices."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple

from model_garden_registry.bundled import bundled_accelerators

#: Longer texts are not names.
_LONGEST = 200
#: Optional prefixes of instance names.
_PREFIXES = ("ml.", "standard_")
#: Words for the GPUs of this machine in other tools: ``cuda:0``, ``gpu0``, ``auto``, ``all``, ``2``.
_HERE = re.compile(
    r"(?:(?:cuda|gpus?|devices?|nvidia)[ :]?)?(?:[0-9]{1,2}(?:, ?[0-9]{1,2})*)?|auto|local|all|any|host|here|none|cpu"
)

#: A number that is neither an index nor a name ("4090"): memory in GB.
_SIZE = re.compile(r"[89]|[1-9][0-9]|[1-3][0-9]{2}")


class Instance(NamedTuple):
    """
    A machine that is rented or sold whole.

    Args:
        where: Its cloud or maker: ``AWS``.

        name: Its name there.

        gpu: The name of each GPU, as ``known_gpu`` takes it.

        gpus: Number of GPUs.

        source: Key of the table's sources.
    """

    where: str
    name: str
    gpu: str
    gpus: int
    source: str


@cache
def known_instances() -> dict[str, Instance]:
    """Return all instances of the table by their names in lower case, without optional prefixes."""
    rows = _document()["hardware"]
    found = (
        Instance(row["where"], name, row["gpu"], gpus, row["source"])
        for row in rows
        for name, gpus in row["instances"].items()
    )
    return {_key(instance.name): instance for instance in found}


def machine_problem(text: str) -> str | None:
    """
    Return the problem with a text that names a whole machine, or the GPUs of this one, as half a sentence.

    Returns None if the text may be the name of a GPU.
    """
    if len(text) > _LONGEST:
        return None
    if (instance := known_instances().get(_key(text))) is not None:
        return f"that is a machine of {instance.where} with {_gpus_text(instance)}"
    if _SIZE.fullmatch(text.strip()):
        return f"a number alone is not a GPU name; write {text.strip()}GB for a GPU with that much memory"
    if text.strip() and _HERE.fullmatch(text.strip().casefold()):
        return "that is not a GPU model; write one such as L4, or leave it out for the GPUs of this machine"
    return None


def maker_problem(text: str) -> str | None:
    """Return the problem with a name of another maker's hardware, as half a sentence; None if it is not one."""
    folded = " ".join(text[:_LONGEST].casefold().split())
    maker = next((maker for maker, pattern in _makers() if pattern.search(folded)), None)
    if maker is None:
        return None
    return f"that is hardware from {maker}; only NVIDIA GPUs are supported, such as L4 or 'RTX 4090'"


def _gpus_text(instance: Instance) -> str:
    """Return the GPUs of an instance in words, with the way to write them."""
    if instance.gpu[0].isdigit():
        return f"a part of a GPU with {instance.gpu} of memory; write {instance.gpu}"
    written = instance.gpu if instance.gpus == 1 else f"{instance.gpu}:{instance.gpus}"
    written = f"'{written}'" if " " in written else written
    return f"{'one' if instance.gpus == 1 else f'{instance.gpus} x'} {instance.gpu}; write {written}"


def _key(name: str) -> str:
    key = " ".join(name.casefold().split())
    for prefix in _PREFIXES:
        key = key.removeprefix(prefix)
    return key


@cache
def _makers() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["maker"], re.compile(row["pattern"])) for row in _document()["makers"])


@cache
def _document() -> dict[str, list[dict[str, Any]]]:
    document: dict[str, list[dict[str, Any]]] = json.loads(bundled_accelerators().read_text(encoding="utf-8"))
    return document
