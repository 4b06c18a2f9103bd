"""Models compared as JSON documents: side by side, counted, before and after, and where their numbers come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from model_garden_registry.catalogue.census import Census
from model_garden_registry.catalogue.comparison import Comparison
from model_garden_registry.catalogue.differences import ABSENT, Change, Changed, Differences, Members
from model_garden_registry.catalogue.number_sources import SourcedNumbers, Tally, tally


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return ``mgr.compare/1``: every field with its values in the order of the models; null: not stated."""
    return {
        "format": "mgr.compare/1",
        "models": list(comparison.models),
        "fields": [
            {"field": field.name, "differs": field.is_different, "values": list(field.values)}
            for field in comparison.fields
        ],
    }


def census_document(census: Census) -> dict[str, Any]:
    """Return ``mgr.stats/1``: lists of values with their number of models; null for those that state none."""
    groups = {
        name: [{"value": value, "models": models} for value, models in counts.items()]
        for name, counts in census.groups.items()
    }
    return {"format": "mgr.stats/1", "models": census.models, **groups, "numbers": _tally(census.numbers)}


def audit_document(
    models: Mapping[str, Sequence[SourcedNumbers]],
    *,
    is_valid: bool,
    refused: Collection[str],
    older_than: str | None,
) -> dict[str, Any]:
    """
    Return ``mgr.audit/1``.

    Args:
        models: The numbers of entries, by id.

        is_valid: Whether no number is refused.

        refused: Kinds of sources, and ``old``.

        older_than: Month from which on a statement is not old, ``YYYY-MM``; without one, nothing is old.
    """
    everything = tally(chain.from_iterable(models.values()), older_than=older_than)
    return {
        "format": "mgr.audit/1",
        "is_valid": is_valid,
        "fail_on": list(refused),
        "older_than": older_than,
        "numbers": _tally(everything),
        "models": [
            {
                "id": model_id,
                "numbers": _tally(tally(groups, older_than=older_than)),
                "sources": [_group(group, older_than) for group in groups],
            }
            for model_id, groups in models.items()
        ],
    }


def differences_document(differences: Differences, *, old: str, new: str) -> dict[str, Any]:
    """
    Return ``mgr.diff/1``.

    A changed field has ``old`` and ``new``; the key of a side without the field is left out.

    Args:
        old: Name of the old file.

        new: Name of the new file.
    """
    return {
        "format": "mgr.diff/1",
        "old": old,
        "new": new,
        "changed": not differences.is_empty,
        "head": [_change(change) for change in differences.head],
        "categories": _members(differences.categories),
        "models": {
            **_members(differences.models),
            "renamed": [{"old": renamed.old, "new": renamed.new} for renamed in differences.models.renamed],
        },
    }


def _tally(counted: Tally) -> dict[str, Any]:
    """Return counts of numbers by the kind of their source; ``unsourced`` are among the declared ones."""
    return {
        "total": counted.total,
        **{str(kind): number for kind, number in counted.kinds.items()},
        "unsourced": counted.unsourced,
        "old": counted.old,
        "oldest": counted.oldest,
    }


def _group(group: SourcedNumbers, older_than: str | None) -> dict[str, Any]:
    return {
        "pointer": group.where,
        "kind": group.kind,
        "source": group.source,
        "as_of": group.as_of,
        **({"url": group.url} if group.url else {}),
        "old": group.is_older_than(older_than),
        "numbers": list(group.numbers),
    }


def _members(members: Members) -> dict[str, Any]:
    return {
        "added": list(members.added),
        "removed": list(members.removed),
        "changed": [_changed(changed) for changed in members.changed],
        "reordered": members.is_reordered,
    }


def _changed(changed: Changed) -> dict[str, Any]:
    return {"id": changed.key, "changes": [_change(change) for change in changed.changes]}


def _change(change: Change) -> dict[str, Any]:
    sides = {"old": change.old, "new": change.new}
    stated = {side: value for side, value in sides.items() if value is not ABSENT}
    return {"field": change.dotted, "pointer": change.pointer, **stated}
