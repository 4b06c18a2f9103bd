"""Known GPUs by the names that a launcher has for them."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from model_garden_registry.bundled import bundled_vocabulary


class NamedGpus(NamedTuple):
    """
    GPUs that a launcher provides under one name.

    Args:
        name: The launcher's name.

        memory_gb: Their memory in the launcher's count, if it distinguishes GPUs of one name by that.

        gpus: Names in the table of known GPUs; the launcher provides one of them. Empty if the table has none of them.
    """

    name: str
    memory_gb: int | None
    gpus: tuple[str, ...]

    def pass_with(self, passing: Collection[str]) -> bool:
        """Return whether every GPU that the launcher may provide is one of those that pass."""
        return bool(self.gpus) and all(gpu in passing for gpu in self.gpus)


class AskedGpus(NamedTuple):
    """
    A request to a launcher that has one memory limit for all names.

    Args:
        names: The launcher's names of GPUs.

        above_gb: Only GPUs with more memory; None: no limit.

        left_out: Names that pass with some memory size which this limit cannot express.
    """

    names: tuple[str, ...]
    above_gb: int | None
    left_out: tuple[str, ...]


@cache
def named_gpus(tool: str) -> tuple[NamedGpus, ...]:
    """
    Return a launcher's names of GPUs, each with the GPUs it stands for.

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
    """Return the names under which a launcher provides only GPUs that pass, in the order of its list."""
    return tuple(named.name for named in named_gpus(tool) if named.pass_with(passing))


def bounded_names(tool: str, passing: Collection[str]) -> AskedGpus:
    """
    Return the names under which a launcher provides only GPUs that pass, above one memory limit.

    The limit keeps the most GPUs; of several the lowest, and none if none is needed.
    """
    named = named_gpus(tool)
    bounds = sorted({gpus.memory_gb for gpus in named if gpus.memory_gb is not None and not gpus.pass_with(passing)})
    tried = [(above, _above(named, passing, above)) for above in (None, *bounds)]
    above_gb, kept = max(tried, key=lambda found: len(found[1]))
    names = tuple(dict.fromkeys(gpus.name for gpus in kept))
    some = dict.fromkeys(gpus.name for gpus in named if gpus.pass_with(passing))
    return AskedGpus(names, above_gb, tuple(name for name in some if name not in names))


def _above(named: Collection[NamedGpus], passing: Collection[str], above: int | None) -> list[NamedGpus]:
    """Return the GPUs above a limit, without names under which a GPU may come that does not pass."""
    given = [gpus for gpus in named if above is None or gpus.memory_gb is None or gpus.memory_gb > above]
    refused = {gpus.name for gpus in given if not gpus.pass_with(passing)}
    return [gpus for gpus in given if gpus.name not in refused]
