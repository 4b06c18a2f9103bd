"""The GPUs that a file is judged for, by their names elsewhere: the driver's, and those of a launcher."""

from __future__ import annotations

import re
from collections.abc import Collection

from model_garden_registry.dialects.launching.gpu_names import named_gpus
from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.gpu_table import KnownGpu
from model_garden_registry.hardware.known_gpus import known_rows

#: A family that is written one way everywhere: one word of letters and a number, such as H100 or L40S.
_ONE_WORD = re.compile(r"[A-Z]{1,2}\d+[A-Z]?")


def rows_of(gpus: Collection[str]) -> tuple[KnownGpu, ...]:
    """Return the rows that names of judged GPUs may mean; none if one of them is in no table, or is a slice."""
    try:
        return known_rows(gpus) if gpus else ()
    except UnknownGpuError:
        return ()


def driver_names(gpus: Collection[str]) -> tuple[str, ...]:
    """Return the names that the driver has for judged GPUs; none if one of them is not known."""
    rows = rows_of(gpus)
    return tuple(dict.fromkeys(name for row in rows for name in row.nvml_names)) if _are_named(rows) else ()


def family_word(gpus: Collection[str]) -> str | None:
    """Return the one word by which judged GPUs go everywhere, in lower case: ``h100``; None if there is none."""
    families = {row.family for row in rows_of(gpus)}
    word = next(iter(families), "")
    return word.lower() if len(families) == 1 and _ONE_WORD.fullmatch(word) else None


def launcher_name(tool: str, gpus: Collection[str]) -> str | None:
    """Return a launcher's first name for all judged GPUs; None if no GPU was named, or there is no such name."""
    wanted = {row.name for row in rows_of(gpus)}
    names = (named.name for named in named_gpus(tool) if wanted and wanted <= set(named.gpus))
    return next(names, None)


def _are_named(rows: Collection[KnownGpu]) -> bool:
    return bool(rows) and all(row.nvml_names for row in rows)
