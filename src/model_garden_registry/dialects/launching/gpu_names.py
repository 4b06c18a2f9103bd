"""Which of the known GPUs a launcher can ask for, by the names that it has for them."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from model_garden_registry.bundled import bundled_vocabulary


class NamedGpus(NamedTuple):
    """
    GPUs that a launcher gives for a name.

    Args:
        name: The launcher's.

        memory_gb: Their memory by its count, where it tells GPUs of one name apart by that.

        gpus: Names in the table of known GPUs; one of them is given. Empty if the table has none of them.
    """

    name: str
    memory_gb: int | None
    gpus: tuple[str, ...]

    def pass_with(self, passing: Collection[str]) -> bool:
        """Return whether every GPU that may be given is one of those that pass."""
        return bool(self.gpus) and all(gpu in passing for gpu in self.gpus)


class AskedGpus(NamedTuple):
    """
    What a launcher is asked for that has one bound of memory for all names.

    Args:
        names: Its names of GPUs.

        above_gb: Only GPUs with more memory; None: with any.

        left_out: Names that pass with some memory, and that this bound cannot say.
    """

    names: tuple[str, ...]
    above_gb: int | None
    left_out: tuple[str, ...]


@cache
def named_gpus(tool: str) -> tuple[NamedGpus, ...]:
    """
    Return the names that a launcher has for GPUs, each with what it gives.

    Args:
        tool: ``skypilot`` or ``dstack``.
    """
    content = json.loads(bundled_vocabulary(tool).read_bytes())
    return tuple(
        NamedGpus(name, given.get("memory_gb"), tuple(given["gpus"]))
        for name, sizes in content["gpus"].items()
        for given in sizes
    )


def passing_names(tool: str, passing: Collection[str]) -> tuple[str, ...]:
    """Return the names for which a launcher gives nothing but GPUs that pass, in the order of its list."""
    return tuple(named.name for named in named_gpus(tool) if named.pass_with(passing))


def bounded_names(tool: str, passing: Collection[str]) -> AskedGpus:
    """
    Return the names for which a launcher gives nothing but GPUs that pass, above one bound of memory.

    The bound is the one that leaves most GPUs; of several the lowest, and none where none is needed.
    """
    named = named_gpus(tool)
    bounds = sorted({gpus.memory_gb for gpus in named if gpus.memory_gb is not None and not gpus.pass_with(passing)})
    tried = [(above, _above(named, passing, above)) for above in (None, *bounds)]
    above_gb, kept = max(tried, key=lambda found: len(found[1]))
    names = tuple(dict.fromkeys(gpus.name for gpus in kept))
    some = dict.fromkeys(gpus.name for gpus in named if gpus.pass_with(passing))
    return AskedGpus(names, above_gb, tuple(name for name in some if name not in names))


def _above(named: Collection[NamedGpus], passing: Collection[str], above: int | None) -> list[NamedGpus]:
    """Return what is given above a bound, without names that then give a GPU which does not pass."""
    given = [gpus for gpus in named if above is None or gpus.memory_gb is None or gpus.memory_gb > above]
    refused = {gpus.name for gpus in given if not gpus.pass_with(passing)}
    return [gpus for gpus in given if gpus.name not in refused]
