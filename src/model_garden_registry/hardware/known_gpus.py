"""
From a name to GPUs, as facts from a table; they need not be in this machine.

A name only selects rows of the table: no memory size is taken from it (an ``NVIDIA GH200 480GB`` has 96 GB).
If the rows it selects differ in what a check looks at, each of them is an alternative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.accelerators import machine_problem, maker_problem
from model_garden_registry.hardware.gpu_names import TypedName, checked_count, name_words, parse_gpu_name
from model_garden_registry.hardware.gpu_table import KnownGpu, TotalKind, gpu_table
from model_garden_registry.hardware.gpus import ASSUMED, Gpu, Hardware, Slice
from model_garden_registry.near_names import close_names
from model_garden_registry.units import MIB, gigabytes_text

#: Prefixes that people leave out: "4090", "RTX 8000", "AGX Orin 64GB".
_OMITTED = frozenset({"gtx", "rtx", "quadro", "jetson"})
#: In names up to this length, a final s is not a plural.
_SHORT = 4
#: Number of similar names in a message.
_CLOSE = 3


def known_gpu(name: str, *, count: int | None = None) -> Hardware:
    """
    Return GPUs by a name that a person, a driver or a cloud uses: ``"RTX 4090"``, ``"2x a100-80gb"``, ``"L4:2"``.

    Args:
        name: Case, blanks and dashes do not matter. It may contain a count (``2x``, ``:2``) and a MIG profile.

        count: Number of GPUs, if the name has none; one by default.

    Returns:
        Hardware from the table, not of this host: without host memory, and without free memory. A name of GPUs
        that differ in memory gives ``alternatives`` and no ``gpus``; MIG slices are those of one GPU.

    Raises:
        UnknownGpuError: No row has the name (with similar names), or name and count contradict each other.
    """
    typed = _parse(name)
    number = checked_count(typed, count, name)
    if typed.sold_gb is not None or typed.exact_bytes is not None:
        return _of_a_size(name, typed, number)
    rows = _find(typed)
    if not rows:
        raise _unknown(name, typed)
    return _of_rows(rows, typed.profile, number)


@lru_cache(maxsize=16)
def _of_rows(rows: tuple[KnownGpu, ...], profile: str | None, count: int) -> Hardware:
    """Return named GPUs; the same ones for the next question, since a thousand of them take a while."""
    groups = _groups(rows, profile)
    choices = tuple(_gpus(group, profile, count) for group in groups)
    hints = tuple(_hints(groups, profile))
    if len(choices) == 1:
        return Hardware(source="named", gpus=choices[0], hints=hints)
    return Hardware(source="named", alternatives=choices, hints=hints)


def known_rows(names: Iterable[str] | None) -> tuple[KnownGpu, ...]:
    """
    Return rows of the table by typed names, in the order of the table.

    Args:
        names: A bare size selects all GPUs sold with it; None selects all except laptop GPUs.

    Raises:
        UnknownGpuError: No row has a name (with similar names), or a name contains a count or a slice.
    """
    if names is None:
        return tuple(row for row in gpu_table() if not row.is_laptop)
    wanted = {row.name for name in names for row in _whole_rows(name)}
    return tuple(row for row in gpu_table() if row.name in wanted)


def _whole_rows(name: str) -> tuple[KnownGpu, ...]:
    typed = _parse(name)
    if typed.count is not None or typed.profile is not None or typed.exact_bytes is not None:
        raise UnknownGpuError(name, problem="name a whole GPU, without a count and without a slice")
    rows = _find(typed) if typed.sold_gb is None else _sold_with(typed.sold_gb, name)
    if not rows:
        raise _unknown(name, typed)
    return rows


def _parse(name: str) -> TypedName:
    if problem := machine_problem(name):
        raise UnknownGpuError(name, problem=problem)
    return parse_gpu_name(name)


def _unknown(name: str, typed: TypedName) -> UnknownGpuError:
    problem = None if typed.profile else maker_problem(name)
    return UnknownGpuError(name, () if problem else _close(name, typed), problem=problem)


def _of_a_size(name: str, typed: TypedName, count: int) -> Hardware:
    """Return GPUs of which only the memory size is given; what they compute is unknown."""
    hints: tuple[str, ...] = ()
    if typed.exact_bytes is not None:
        size = typed.exact_bytes
        label = f"GPU of {gigabytes_text(size)}"
    else:
        sold = typed.sold_gb or 0
        smallest = min(_sold_with(sold, name), key=lambda row: row.total_bytes)
        size = smallest.total_bytes
        label = f"{sold} GB GPU"
        hints = (f"a GPU sold with {sold} GB has at least {gigabytes_text(size)}, like {smallest.name}",)
    gpus = (Gpu(name=label, index=index, total_bytes=size, compute_capability=ASSUMED) for index in range(count))
    return Hardware(source="named", gpus=tuple(gpus), hints=hints)


def _sold_with(sold_gb: int, name: str) -> tuple[KnownGpu, ...]:
    whole = [row for row in gpu_table() if not row.is_integrated and not row.is_laptop]
    if rows := tuple(row for row in whole if row.marketing_gb == sold_gb):
        return rows
    sizes = sorted({row.marketing_gb for row in whole})
    near = [size for size in sizes if size < sold_gb][-1:] + [size for size in sizes if size > sold_gb][:1]
    problem = f"no GPU in the table is sold with {sold_gb} GB (nearest: {' or '.join(map(str, near))})"
    raise UnknownGpuError(name, problem=f"{problem}; write {sold_gb}GiB for an exact size")


@cache
def known_gpu_names() -> tuple[str, ...]:
    """Return the names to offer, in the order of the table: each family, then its GPUs, then their MIG slices."""
    names: dict[str, None] = {}
    for row in gpu_table():
        names |= dict.fromkeys((row.family, row.name, *row.aliases))
        names |= dict.fromkeys(f"{row.name} {profile}" for profile, _ in row.mig_total_mib)
    return tuple(names)


def _find(typed: TypedName) -> tuple[KnownGpu, ...]:
    if typed.profile is None:
        return _named(typed.words)
    rows = _named(typed.words) if typed.words else gpu_table()
    return tuple(row for row in rows if row.slice_bytes(typed.profile) is not None)


def _named(words: tuple[str, ...]) -> tuple[KnownGpu, ...]:
    """
    Return the rows with exactly this name, else those of a family that have every other word, such as ``80gb``.

    A plural, ``4090s``, is accepted for several GPUs; in a short name the s may be a slip (``L4S``).
    """
    if rows := _written(words):
        return rows
    is_plural = bool(words) and len(words[-1]) > _SHORT and words[-1].endswith("s")
    return _written((*words[:-1], words[-1][:-1])) if is_plural else ()


def _written(words: tuple[str, ...]) -> tuple[KnownGpu, ...]:
    if exact := _spellings().get("".join(words)):
        return exact
    for family, others in _splits(words):
        if rows := tuple(row for row in _families().get(family, ()) if _has(row, others)):
            return rows
    return ()


def _splits(words: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each run of words joined into one, longest first, with the words around it."""
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            yield "".join(words[start : start + length]), frozenset(words[:start] + words[start + length :])


def _has(row: KnownGpu, words: frozenset[str]) -> bool:
    sizes = {f"{row.marketing_gb}gb", f"{row.marketing_gb}"}
    if row.needs_size and not sizes & words:
        return False
    spelled = (row.name, *row.aliases, *row.nvml_names, row.architecture, row.form_factor)
    known = {word for text in spelled for word in name_words(text)}
    return words <= sizes | known | ({"sxm"} if row.form_factor.startswith("SXM") else set())


@cache
def _spellings() -> Mapping[str, tuple[KnownGpu, ...]]:
    """Return the rows by every one-word spelling of a name."""
    found: dict[str, list[KnownGpu]] = {}
    for row in gpu_table():
        names = (row.name,) if row.needs_size else (row.family, row.name, *row.aliases, *row.nvml_names)
        for key in {key for name in names for key in _keys(name)}:
            found.setdefault(key, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


@cache
def _families() -> Mapping[str, tuple[KnownGpu, ...]]:
    """Return the rows by words that may come before or after a size or a form."""
    found: dict[str, list[KnownGpu]] = {}
    for row in gpu_table():
        for key in {key for name in (row.family, *row.aliases) for key in _keys(name)}:
            found.setdefault(key, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def _keys(name: str) -> Iterator[str]:
    words = name_words(name)
    yield "".join(words)
    while len(words) > 1 and words[0] in _OMITTED:
        words = words[1:]
        yield "".join(words)


def _close(name: str, typed: TypedName) -> tuple[str, ...]:
    """Return similar names: of the family in the name, of its slices, then of similar spellings."""
    family = next((rows for key, _ in _splits(typed.words) if (rows := _families().get(key))), ())
    near = dict.fromkeys(_label((row,)) for row in family)
    if typed.profile is not None:
        slices = {f"{row.name} {profile}": None for row in family or gpu_table() for profile, _ in row.mig_total_mib}
        near = slices | near
    near |= dict.fromkeys(close_names(" ".join(typed.words) or name, known_gpu_names()))
    return tuple(near)[:_CLOSE]


def _groups(rows: tuple[KnownGpu, ...], profile: str | None) -> tuple[tuple[KnownGpu, ...], ...]:
    """Group rows that no check can tell apart."""
    found: dict[object, list[KnownGpu]] = {}
    for row in rows:
        memory = None if profile is None else row.slice_bytes(profile)
        alike = (row.total_bytes, memory, row.compute_capability, row.is_integrated)
        found.setdefault(alike, []).append(row)
    return tuple(map(tuple, found.values()))


def _gpus(rows: tuple[KnownGpu, ...], profile: str | None, count: int) -> tuple[Gpu, ...]:
    row, label = rows[0], _label(rows)
    if profile is None:
        return tuple(_gpu(row, label, index=index) for index in range(count))
    slices = tuple(
        Slice(
            name=f"{label} MIG {profile}",
            total_bytes=dict(row.mig_total_mib)[profile] * MIB,
            compute_capability=row.compute_capability,
            gpu_index=0,
            index=index,
            profile=profile,
        )
        for index in range(count)
    )
    return (_gpu(row, label, index=0, slices=slices),)


def _gpu(row: KnownGpu, label: str, *, index: int, slices: tuple[Slice, ...] = ()) -> Gpu:
    return Gpu(
        name=label,
        index=index,
        total_bytes=row.total_bytes,
        compute_capability=row.compute_capability,
        is_integrated=row.is_integrated,
        mig_enabled=bool(slices),
        slices=slices,
    )


def _label(rows: tuple[KnownGpu, ...]) -> str:
    """Return the name of one row, or the common name of several."""
    return rows[0].name if len(rows) == 1 else f"{rows[0].family} {rows[0].marketing_gb}GB"


def _hints(groups: tuple[tuple[KnownGpu, ...], ...], profile: str | None) -> Iterator[str]:
    if len(groups) > 1:
        yield f"the name means several GPUs: {', '.join(map(_label, groups))}"
    for group in groups if profile else ():
        if profile in group[0].mig_derived:
            yield f"the memory of {_label(group)} MIG {profile} is derived from that of other slices, not measured"
    for row in (row for group in groups for row in group if row.total_kind is TotalKind.DERIVED):
        yield f"the memory of {row.name} is derived from that of {row.derived_from}, not measured"
