"""Estimates as text: a table of parts, and one line for each value of a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.evidence import evidence_of
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.bars import bar, bar_width
from model_garden_registry.cli.text.csv_lines import csv_text
from model_garden_registry.cli.text.page import GAP, INDENT, Section, page, words
from model_garden_registry.cli.text.reports import sweep_words
from model_garden_registry.cli.text.wording import aligned, measured_row, painted
from model_garden_registry.entries.settings.task_settings import OriginKind, Settings
from model_garden_registry.families.engines import ignored_settings
from model_garden_registry.memory.estimates import CacheCapacity, MemoryEstimate
from model_garden_registry.units import GB, GIB
from model_garden_registry.visible_text import visible

#: Settings that decide memory, in the order of the page.
_DECIDING = (
    *("method", "stack", "stack_version", "batch_size", "gradient_accumulation_steps", "max_seq_length", "optim"),
    *("gradient_checkpointing", "attn_implementation", "loss", "n_gpus", "sharding"),
    *(
        "engine",
        "engine_version",
        "max_model_len",
        "concurrent",
        "dtype",
        "quantization",
        "kv_cache_dtype",
        "gpu_memory_utilization",
    ),
    *("tensor_parallel_size", "max_num_seqs", "max_num_batched_tokens", "enforce_eager"),
)
#: Settings that are shown only if they are set: most runs have the default.
SPECIAL = (
    *(
        "dtype",
        "master_weights",
        "base_quantization",
        "expert_quantization",
        "trains_embeddings",
        "trains_vision_tower",
    ),
    *("offload", "packing", "image_pixels", "eval_batch_size", "context_parallel_size", "algorithm"),
    *("mem_fraction_static", "kv_cache_memory_gb", "pipeline_parallel_size", "data_parallel_size"),
    "nodes",
    *("decode_context_parallel_size", "enable_expert_parallel", "speculative_tokens", "draft_model"),
    "enable_prefix_caching",
    *("language_model_only", "mamba_ssm_dtype", "served_loras", "max_lora_rank", "cpu_offload_gb"),
)
_CHOSEN = (OriginKind.ENTRY, OriginKind.FILE, OriginKind.OVERRIDE)
_OF_ADAPTER = ("r", "target_modules")
#: Settings of an adapter that are shown only if they are set.
_RARE_OF_ADAPTER = ("target_parameters", "modules_to_save", "use_dora")

#: A larger value may still pass, with little margin.
_MOST = "What fits at most, counted by safe (the verdict goes by expected)"


def estimate_text(found: Assessment, screen: Screen) -> str:
    """
    Return the page of one estimate; with hardware, also what fits on it at most.

    Raises:
        UnsupportedTaskError: The entry has no defaults for the task.
    """
    settings, estimate = found.sized
    sections = [
        Section("Memory of each GPU", list(_parts(estimate, screen))),
        Section("Cache", list(_cache_lines(estimate.cache, settings)) if estimate.cache else []),
        Section(_MOST, list(_most_lines(found.most, found.fewest_gpus)) if found.most else []),
        Section("Measured", [measured_row(one) for one in evidence_of(found.case.demand.entry, found.task)]),
        Section("Settings", list(_setting_lines(settings))),
        Section("Assumptions", [(sentence,) for sentence in estimate.assumptions]),
        Section("Not modelled", [(str(setting),) for setting in estimate.not_modelled]),
    ]
    band = f"Error band: {estimate.error_band:.0%} to either side."
    closing = f"{band} The shape is unknown: this is a guess from the size." if estimate.is_coarse else band
    return f"{page(f'{found.subject}: {found.task}, {settings.tool}', sections, screen)}\n\n{closing}"


def sweep_text(sweep: Sweep, screen: Screen) -> str:
    """Return the table of a sweep, on a terminal with a plot: dark up to expected, light up to safe."""
    points = sweep.points
    title = painted(visible(f"{sweep.subject}: memory of each GPU"), "bold", has_colour=screen.has_colour)
    longest = max(point.estimate.safe_bytes for point in points)
    columns = [
        [visible(sweep.setting), *(visible(words(point.value)) for point in points)],
        ["EXPECTED GB", *(_gigabytes(point.estimate.expected_bytes) for point in points)],
        ["SAFE GB", *(_gigabytes(point.estimate.safe_bytes) for point in points)],
    ]
    if verdicts := [str(point.report.verdict) for point in points if point.report]:
        columns.append(["VERDICT", *verdicts])
    if width := bar_width(screen, beside=_columns_of(columns)):
        columns.append(["", *(_plotted(point.estimate, longest, width, screen) for point in points)])
    header, *lines = aligned(columns, right=(True, True, True))
    painted_header = painted(header, "bold", has_colour=screen.has_colour)
    return "\n".join([title, sweep_words(sweep), "", painted_header, *lines])


def sweep_csv(sweep: Sweep) -> str:
    """Return a line for each value: expected, safe and every part in decimal GB, and the verdict if there is one."""
    first = sweep.points[0]
    parts = [f"{part}_gb" for part in first.estimate.parts]
    header = (sweep.setting, "expected_gb", "safe_gb", *parts, *(("verdict",) if first.report else ()))
    return csv_text(header, map(_csv_line, sweep.points))


def _csv_line(point: SweepPoint) -> Iterator[object]:
    yield point.value
    estimate = point.estimate
    for size in (estimate.expected_bytes, estimate.safe_bytes, *estimate.parts.values()):
        yield round(size / GB, 3)
    if point.report is not None:
        yield str(point.report.verdict)


def _parts(estimate: MemoryEstimate, screen: Screen) -> Iterator[tuple[str, ...]]:
    """Yield a line for each part that is not 0, and one each for expected and safe."""
    totals = {"expected": estimate.expected_bytes, "safe": estimate.safe_bytes}
    sizes = {name: size for name, size in estimate.parts.items() if size} | totals
    rows = [(name, f"{_gigabytes(size):>8} GB", f"{size / GIB:8.2f} GiB") for name, size in sizes.items()]
    width = bar_width(screen, beside=INDENT + _columns_of(zip(*rows, strict=True)))
    for row, size in zip(rows, sizes.values(), strict=True):
        yield (*row, bar(size / (estimate.safe_bytes or 1), width, screen)) if width else row


def _cache_lines(cache: CacheCapacity, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the cache as the engine's log will print it."""
    yield "size", f"{_gigabytes(cache.pool_bytes)} GB, {cache.tokens:,} tokens"
    yield "concurrency", f"{cache.concurrency:.2f}x at {getattr(settings, 'max_model_len', 0):,} tokens"
    if cache.most_sequences is not None:
        yield "sequences", f"at most {cache.most_sequences} at once, each with its states"


def _setting_lines(settings: Settings) -> Iterator[tuple[str, str]]:
    ignored = ignored_settings(getattr(settings, "engine", ""))
    names = [name for name in _DECIDING if hasattr(settings, name) and name not in ignored]
    names += [name for name in SPECIAL if name not in names and _is_chosen(settings, name)]
    yield from ((name, words(getattr(settings, name))) for name in names)
    if getattr(settings, "method", "full") != "full":
        adapter = settings.as_dict()["lora_config"]
        rare = (name for name in _RARE_OF_ADAPTER if adapter[name])
        yield from ((name, words(adapter[name])) for name in (*_OF_ADAPTER, *rare))
        yield "adapter_dtype", words(getattr(settings, "adapter_dtype", None))


def _is_chosen(settings: Settings, name: str) -> bool:
    return name in settings.origins and settings.origins[name].kind in _CHOSEN


def _most_lines(largest: Mapping[str, int | None], fewest_gpus: int | None) -> Iterator[tuple[str, str]]:
    for name, most in largest.items():
        yield name, "not even the smallest" if most is None else f"up to {most}"
    yield "GPUs to split over", "no number is enough" if fewest_gpus is None else str(fewest_gpus)


def _columns_of(columns: Iterable[Sequence[str]]) -> int:
    """Return the width of columns with the gap after each."""
    return sum(max(map(len, column)) + GAP for column in columns)


def _plotted(estimate: MemoryEstimate, longest: int, width: int, screen: Screen) -> str:
    return bar(estimate.expected_bytes / longest, width, screen, beyond=estimate.safe_bytes / longest)


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / GB:.2f}"
