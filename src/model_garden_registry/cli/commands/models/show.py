"""``mgr show``: one model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.naming import taken_id
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import write_answer, write_json
from model_garden_registry.cli.text.page import Section, page, words
from model_garden_registry.cli.text.wording import count
from model_garden_registry.entries.tasks import Task
from model_garden_registry.units import gigabytes_text, short_number

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo
    from model_garden_registry.entries.provenance import Benchmark
    from model_garden_registry.entries.requirements import TaskRequirements
    from model_garden_registry.files.overlays import RegistryLayer

app = new_app()


@app.command(cls=Command)
def show(
    ctx: typer.Context,
    *,
    model_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the model, or a former one.", autocompletion=completion.ids)
    ],
    output_format: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", show_default="text", help="How to write it.")
    ] = None,
    with_origins: Annotated[
        bool, typer.Option("--origins", help="Show the file that each part comes from: the registry's, or an overlay.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Show one model.

    Below its requirements are its variants: the base model and all that are made from it, if they have
    entries, with the memory per GPU for each task.

    JSON has the entry of the file, with all documented keys of its defaults filled, under `entry`.
    """
    shape = chosen_format(output_format, as_json=as_json, default="text")
    registry = open_registry(ctx)
    key = taken_id(registry, model_id)
    entry = registry[key]

    if shape == "json":
        from model_garden_registry.payloads.entries import entry_document

        write_json(entry_document(registry.raw(key), registry.origins(key) if with_origins else None))
    else:
        sections = list(_sections(entry, registry.variants(key)))
        if with_origins:
            sections.append(Section("Origins", list(_origins(registry.origins(key)))))
        write_answer(page(key, sections, screen(ctx)))


def _sections(entry: ModelInfo, variants: Mapping[str, ModelInfo]) -> Iterator[Section]:
    yield Section("Identity", _stated(_identity(entry)))
    yield Section("Requirements", list(_requirements(entry)))
    yield Section("Variants", list(_variants(variants)) if len(variants) > 1 else [])
    yield Section("Capabilities", _capabilities(entry))
    yield Section("Architecture", _stated(entry.architecture.known() if entry.architecture else {}))
    training = entry.training_defaults
    yield Section("Training defaults", _stated(training.known()) if training else [("none", "it cannot be trained")])
    yield Section("Inference defaults", _stated(_inference_defaults(entry)))
    yield Section("Lowest versions", _stated(entry.min_versions))
    yield Section("Pages", _stated(entry.urls.known()))
    yield Section("Notes", [(note,) for note in entry.notes])
    measured = _measured(entry)
    yield Section("Measured memory, and the estimate for it", list(measured.values()))
    yield Section(
        "Benchmarks",
        [
            (
                result.name,
                f"{short_number(result.value)} {result.unit}",
                result.as_of,
                ", ".join((*_conditions(result), result.source)),
            )
            for place, result in enumerate(entry.benchmarks)
            if place not in measured
        ],
    )
    yield Section(
        "Where numbers come from",
        [
            (pointer, source.kind, source.as_of, " ".join(filter(None, (source.source, source.url))))
            for pointer, source in entry.sources.items()
        ],
    )


def _origins(origins: Mapping[str, RegistryLayer]) -> Iterator[tuple[str, str]]:
    """Yield each part of the entry with its file; those of the lowest file are one."""
    lowest = next(iter(origins.values()))
    for pointer, layer in origins.items():
        if layer != lowest:
            yield pointer, f"{layer.path} ({layer.named_by})"
    yield "everything else" if {*origins.values()} - {lowest} else "everything", f"{lowest.path} ({lowest.named_by})"


def _identity(entry: ModelInfo) -> dict[str, Any]:
    from model_garden_registry.catalogue.comparison import quantization_text

    return {
        "name": entry.name,
        "category": entry.category,
        "provider": entry.provider,
        "architecture": entry.base_architecture,
        "parameters": entry.parameters,
        "status": entry.status,
        "deprecated": entry.deprecation.known() if entry.deprecation else None,
        "description": entry.description,
        "tags": entry.tags,
        "quantization": quantization_text(entry),
        "base model": entry.base_model,
        "license": entry.license,
        "gated": entry.gated,
        "released": entry.released,
        "languages": entry.languages,
        "revision": entry.revision,
        "former ids": entry.aliases or None,
    }


def _capabilities(entry: ModelInfo) -> list[tuple[str, str]]:
    """Return the name and value of every capability; ``?`` if unknown."""
    return [(name, "?" if value is None else words(value)) for name, value in entry.capabilities.known().items()]


def _measured(entry: ModelInfo) -> dict[int, tuple[str, ...]]:
    """Return a row for each measurement of memory, with the estimate for it, by its place among the results."""
    if not entry.benchmarks:
        return {}
    from model_garden_registry.checks.evidence import evidence_of, is_measurement
    from model_garden_registry.cli.text.wording import measured_row

    places = [place for place, result in enumerate(entry.benchmarks) if is_measurement(result)]
    rows = ((str(one.result.task), *measured_row(one)) for one in evidence_of(entry))
    return dict(zip(places, rows, strict=True))


def _conditions(result: Benchmark) -> Iterator[str]:
    """Yield the conditions of a result, in a few words each."""
    yield from filter(None, (result.task, result.quantity, result.gpu))
    if tool := result.stack or result.engine:
        yield " ".join(filter(None, (tool, result.version)))
    if result.settings:
        yield " ".join(f"{name}={words(value)}" for name, value in result.settings.items())
    if result.conditions:
        yield result.conditions


def _inference_defaults(entry: ModelInfo) -> dict[str, Any]:
    stated = entry.inference_defaults.known()
    if stated["gpu_memory_utilization"] == 0:
        stated["gpu_memory_utilization"] = "0.0 (automatic)"
    return stated


def _requirements(entry: ModelInfo) -> Iterator[tuple[str, str]]:
    from model_garden_registry.catalogue.comparison import disk_bytes

    for task in ("training", "inference"):
        if entry.supports(task):
            yield task, _gpus(entry.requirements_for(task))
    if not entry.supports("training") and not entry.supports("inference"):
        yield "GPUs", _gpus(entry.requirements)
    if size := disk_bytes(entry):
        yield "disk", f"{gigabytes_text(size)} of weights"
    yield "main memory", f"{short_number(entry.requirements.min_ram_gb)} GB or more"
    if entry.requirements.cuda_compute_capability:
        yield "compute capability", f"{entry.requirements.cuda_compute_capability} or higher"


def _variants(variants: Mapping[str, ModelInfo]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield each form of a model with its size on disk, and its least and recommended memory on GPUs."""
    from model_garden_registry.catalogue.comparison import disk_bytes, quantization_text

    yield "id", "quantization", "disk", "training", "inference"
    for key, entry in variants.items():
        size = disk_bytes(entry)
        memory = [_memory(entry.requirements_for(task)) if entry.supports(task) else "no" for task in get_args(Task)]
        yield key, quantization_text(entry), gigabytes_text(size) if size else "unknown", memory[0], memory[1]


def _memory(needed: TaskRequirements) -> str:
    times = f"{needed.min_gpus}x " if needed.min_gpus > 1 else ""
    return f"{times}{short_number(needed.min_vram_gb)}-{short_number(needed.recommended_vram_gb)} GB"


def _gpus(needed: TaskRequirements) -> str:
    least, better = short_number(needed.min_vram_gb), short_number(needed.recommended_vram_gb)
    return f"{count(needed.min_gpus, 'GPU')} with {least} GB or more each, {better} GB recommended"


#: Values that mean that nothing is stated.
_QUIET: Mapping[str, object] = {
    **dict.fromkeys(("packing", "use_dora", "trust_remote_code"), False),
    "target_parameters": [],
    "modules_to_save": [],
    "kv_cache_dtype": "auto",
}


def _stated(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return label and text of every stated value, groups by dotted path."""
    lines: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            lines += _stated(value, f"{prefix}{name}.")
        elif value is not None and (name not in _QUIET or value != _QUIET[name]):
            lines.append((f"{prefix}{name}", words(value)))
    return lines
