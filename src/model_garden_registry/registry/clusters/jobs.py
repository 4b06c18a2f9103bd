"""The jobs of a placement, as files of a platform: one for each model and place of its replicas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from model_garden_registry.dialects.launching.resource_names import resource_name
from model_garden_registry.placement.placements import PlacedModel, Placement, Seat
from model_garden_registry.registry.clusters.placing import spread_layer
from model_garden_registry.registry.exporting import prepare, target_of

if TYPE_CHECKING:
    from model_garden_registry.dialects.targets import Target
    from model_garden_registry.registry.entry_cache import EntryCache

#: Partitions of Slurm, as ``sbatch`` takes them.
_PARTITIONS = re.compile(r"[A-Za-z0-9_.-]+(,[A-Za-z0-9_.-]+)*")


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

    A model on several pools, or with several splits, has a file for each; the names tell them apart.

    Raises:
        UnsupportedExportError: There is no such target, or it lacks a model or a setting.
    """
    found: dict[str, JobFile] = {}
    for model in placement.models:
        target = target_of(target_name, model.subject)
        for seat in model.seats:
            name = _name(model, seat, found)
            found[name] = _file(entries, placement, model, seat=seat, target=target, name=name)
    return tuple(found.values())


def _name(model: PlacedModel, seat: Seat, taken: dict[str, JobFile]) -> str:
    """Return the name of a job: the model's, with its pool if it is on several, and a number if that is not enough."""
    named = model.subject if len(model.seats) == 1 else f"{model.subject}-{seat.devices.pool}"
    name, number = resource_name(named), 1
    while name in taken:
        number += 1
        name = resource_name(f"{named}-{number}")
    return name


def _file(
    entries: EntryCache, placement: Placement, model: PlacedModel, *, seat: Seat, target: Target, name: str
) -> JobFile:
    is_server = placement.task == "inference"
    prepared = prepare(
        entries,
        model.subject,
        target,
        task=placement.task,
        layers=(*placement.overrides, *([spread_layer(seat.span)] if seat.span > 1 else [])),
        hardware=seat.report.hardware,
        replicas=seat.replicas if is_server else 1,
    )
    request = replace(prepared.request, job=name, partitions=_partitions(placement, seat))
    text = target.export(request, None).text
    notes = (*prepared.notes, *_notes(seat, is_server=is_server))
    return JobFile(f"{name}.{'yaml' if target.forms[0] == 'yaml' else 'sh'}", text, notes)


def _partitions(placement: Placement, seat: Seat) -> str:
    """Return the partitions of Slurm that a pool is; empty if it is none."""
    pool = seat.devices.pool
    return pool if placement.source == "slurm" and _PARTITIONS.fullmatch(pool) else ""


def _notes(seat: Seat, *, is_server: bool) -> Iterator[str]:
    if not is_server and seat.replicas > 1:
        yield f"{seat.replicas} runs are placed: start it as often, each with files of its own"
    if seat.devices.is_sliced:
        yield f"it is placed on a MIG slice, {seat.devices.name}: ask for that resource instead of a GPU"
