"""The jobs of a placement, as files of a platform: one for each model and place of its replicas."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from model_garden_registry.dialects.launching.gpu_names import named_gpus, passing_names
from model_garden_registry.dialects.launching.judged_gpus import rows_of
from model_garden_registry.dialects.launching.resource_names import resource_name
from model_garden_registry.files.yaml_text import yaml_comments
from model_garden_registry.placement.placements import PlacedModel, Placement, Seat
from model_garden_registry.registry.clusters.placing import spread_layer
from model_garden_registry.registry.exporting import prepare, target_of

if TYPE_CHECKING:
    from model_garden_registry.dialects.exporting import ExportRequest, GpuChoice
    from model_garden_registry.dialects.targets import Target
    from model_garden_registry.registry.entry_cache import EntryCache

#: Partitions of Slurm, as ``sbatch`` takes them.
_PARTITIONS = re.compile(r"[A-Za-z0-9_.-]+(,[A-Za-z0-9_.-]+)*")
#: Servers of one placement have different ports as far as there are so many.
_MOST_PORTS = 30_000
#: The target with one file for all jobs, and where its content begins.
_RAY, _APPLICATIONS = "ray-serve-llm", "\napplications:\n"
#: In a comment only the beginning of the nodes' names is shown.
_LONGEST_NAMES = 200


class JobFile(NamedTuple):
    """
    A file that starts a model on a platform.

    Args:
        name: The name of the file.

        text: Its content, with notes of how to start it.

        notes: What the text does not say and its reader should know, a sentence each.
    """

    name: str
    text: str
    notes: tuple[str, ...]


def job_files(entries: EntryCache, placement: Placement, target_name: str) -> tuple[JobFile, ...]:
    """
    Return the jobs of a placement.

    A model on several pools, or with several splits, has a file for each; the names tell them apart. Ray Serve runs one
    configuration at a time, so that it has one file for all of them.

    Raises:
        UnsupportedExportError: There is no such target, or it lacks a model or a setting.
    """
    jobs = _jobs(placement)
    files = tuple(_file(entries, placement, job, target_of(target_name, job.model.subject)) for job in jobs)
    return (_as_one(files),) if target_name == _RAY and len(files) > 1 else files


class _Job(NamedTuple):
    """
    Replicas of a model on one place.

    Args:
        ports: How many ports the jobs before it take: jobs of Slurm may share a machine.

        route: The path that it answers below where all jobs share one address.
    """

    model: PlacedModel
    seat: Seat
    name: str
    ports: int
    route: str


def _jobs(placement: Placement) -> tuple[_Job, ...]:
    found: dict[str, _Job] = {}
    ports = 0
    is_one_of_many = sum(len(model.seats) for model in placement.models) > 1
    for model in placement.models:
        for seat in model.seats:
            name = _name(model, seat, found)
            start = ports if ports + seat.replicas <= _MOST_PORTS else 0
            ports = start + seat.replicas
            found[name] = _Job(model, seat, name, start, f"/{name}" if is_one_of_many else "/")
    return tuple(found.values())


def _name(model: PlacedModel, seat: Seat, taken: Container[str]) -> str:
    """Return the name of a job: the model's, with its pool if it is on several, and a number if that is not enough."""
    named = model.subject if len(model.seats) == 1 else f"{model.subject}-{seat.devices.pool}"
    name, number = resource_name(named), 1
    while name in taken:
        number += 1
        name = resource_name(f"{named}-{number}")
    return name


def _file(entries: EntryCache, placement: Placement, job: _Job, target: Target) -> JobFile:
    is_server = placement.task == "inference"
    seat = job.seat
    prepared = prepare(
        entries,
        job.model.subject,
        target,
        task=placement.task,
        layers=(*placement.overrides, *([spread_layer(seat.span)] if seat.span > 1 else [])),
        hardware=seat.report.hardware,
        replicas=seat.replicas if is_server else 1,
    )
    request = replace(prepared.request, job=job.name, offered=seat.offered, partitions=_partitions(placement, seat))
    if target.name == "slurm":
        request = replace(request, port_offset=job.ports)
    elif target.name == "skypilot":
        request = replace(request, choices=partial(_placed_choices, request))
    elif target.name == _RAY:
        request = replace(request, route=job.route)
    notes = (*prepared.notes, *_notes(seat, target, is_server=is_server))
    text = _commented(target.export(request, None).text, (_where(seat), *notes))
    return JobFile(f"{job.name}.{'yaml' if target.forms[0] == 'yaml' else 'sh'}", text, notes)


def _placed_choices(request: ExportRequest) -> Sequence[GpuChoice]:
    """Return the GPUs that pass and go by a name of those of the place; all that pass if SkyPilot has no such name."""
    rows = {row.name for row in rows_of(request.gpus)}
    alike = {gpu for named in named_gpus("skypilot") if rows.intersection(named.gpus) for gpu in named.gpus}
    passing = request.choices()
    placed = [choice for choice in passing if choice.gpu in alike]
    return placed if passing_names("skypilot", [choice.gpu for choice in placed]) else passing


def _commented(text: str, sentences: Iterable[str]) -> str:
    """Return a text with comments at its top, below the line that names its shell."""
    first, end, rest = text.partition("\n") if text.startswith("#!") else ("", "", text)
    return f"{first}{end}{yaml_comments(sentences)}{rest}"


def _where(seat: Seat) -> str:
    """Return where the replicas are, as a sentence: other nodes may have GPUs of the same name."""
    nodes = "1 node" if seat.nodes == 1 else f"{seat.nodes} nodes"
    each = f"{seat.gpus} x {seat.devices.name}"
    names = ", ".join(seat.entries)
    shown = names if len(names) <= _LONGEST_NAMES else f"{names[: _LONGEST_NAMES - 1]}…"
    return f"placed on {each} of {nodes} in pool {seat.devices.pool[:_LONGEST_NAMES]}: {shown}"


def _as_one(files: Sequence[JobFile]) -> JobFile:
    """Return applications of Ray Serve as one configuration, each below a path of its own."""
    heads, bodies = zip(*(file.text.split(_APPLICATIONS, 1) for file in files), strict=True)
    lines = [head.splitlines(keepends=True) for head in (f"{head}\n" for head in heads)]
    common = [line for line in lines[0] if all(line in each for each in lines)]
    paths = "# each answers below its route_prefix, as /NAME/v1/models\n"
    parts = (
        "".join(line for line in each if line not in common) + body for each, body in zip(lines, bodies, strict=True)
    )
    text = "".join([*common, paths, _APPLICATIONS.lstrip(), *parts])
    return JobFile("serve.yaml", text, tuple(f"{file.name}: {note}" for file in files for note in file.notes))


def _partitions(placement: Placement, seat: Seat) -> str:
    """Return the partitions of Slurm that a pool is; empty if it is none."""
    pool = seat.devices.pool
    is_known = "slurm" in (part.strip() for part in placement.source.split(","))
    return pool if is_known and _PARTITIONS.fullmatch(pool) else ""


def _notes(seat: Seat, target: Target, *, is_server: bool) -> Iterator[str]:
    if not is_server and seat.replicas > 1:
        yield f"{seat.replicas} runs are placed: start it as often, each with files of its own"
    if seat.devices.is_sliced and not _asks_as_offered(seat, target):
        yield f"it is placed on a MIG slice, {seat.devices.name}: ask for that resource instead of a GPU"


def _asks_as_offered(seat: Seat, target: Target) -> bool:
    """Return whether a job asks for the GPUs in the words of its cluster."""
    return seat.offered is not None and target.name == ("slurm" if seat.offered.is_slurms else "kubernetes")
