"""What people write for a GPU and is none: an instance of a cloud, what another maker builds, an index of CUDA."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple

from model_garden_registry.bundled import bundled_accelerators

#: A longer text names nothing.
_LONGEST = 200
#: What may be missing before an instance's name, or be there.
_PREFIXES = ("ml.", "standard_")
#: What means the GPUs of this machine to other tools: ``cuda:0``, ``gpu0``, ``auto``, ``all``, ``2``.
_HERE = re.compile(
    r"(?:(?:cuda|gpus?|devices?|nvidia)[ :]?)?(?:[0-9]{1,2}(?:, ?[0-9]{1,2})*)?|auto|local|all|any|host|here|none|cpu"
)

#: A number that is no index and no name ("4090"): memory in GB.
_SIZE = re.compile(r"[89]|[1-9][0-9]|[1-3][0-9]{2}")


class Instance(NamedTuple):
    """
    A machine that is rented or sold whole.

    Args:
        where: Whose it is: ``AWS``.

        name: As it is called there.

        gpu: Each of its GPUs, as ``known_gpu`` takes it.

        gpus: How many of them it has.

        source: Key of the table's sources.
    """

    where: str
    name: str
    gpu: str
    gpus: int
    source: str


@cache
def known_instances() -> dict[str, Instance]:
    """Return all instances of the table by their names in lower case, without what may be missing before them."""
    rows = _document()["hardware"]
    found = (
        Instance(row["where"], name, row["gpu"], gpus, row["source"])
        for row in rows
        for name, gpus in row["instances"].items()
    )
    return {_key(instance.name): instance for instance in found}


def machine_problem(text: str) -> str | None:
    """
    Return what is wrong with a text that names a whole machine, or the GPUs of this one, as a half sentence.

    None if it may be the name of a GPU.
    """
    if len(text) > _LONGEST:
        return None
    if (instance := known_instances().get(_key(text))) is not None:
        return f"that is a machine of {instance.where} with {_gpus_text(instance)}"
    if _SIZE.fullmatch(text.strip()):
        return f"a number alone names no GPU; write {text.strip()}GB for one with so much memory"
    if text.strip() and _HERE.fullmatch(text.strip().casefold()):
        return "that names no kind of GPU; write one such as L4, or no name for the GPUs of this machine"
    return None


def maker_problem(text: str) -> str | None:
    """Return what is wrong with the name of what another maker builds, as a half sentence; None if it is none."""
    folded = " ".join(text[:_LONGEST].casefold().split())
    maker = next((maker for maker, pattern in _makers() if pattern.search(folded)), None)
    if maker is None:
        return None
    return f"that is hardware of {maker}, which is out of scope: NVIDIA GPUs are judged, such as L4 or 'RTX 4090'"


def _gpus_text(instance: Instance) -> str:
    """Say which GPUs an instance has, and how they are written."""
    if instance.gpu[0].isdigit():
        return f"a part of a GPU, {instance.gpu} of its memory; write {instance.gpu}"
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
