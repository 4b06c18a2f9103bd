"""Where numbers come from, as a JSON document."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from model_garden_registry.catalogue.number_sources import SourcedNumbers, Tally, tally


def audit_document(
    models: Mapping[str, Sequence[SourcedNumbers]],
    *,
    is_valid: bool,
    refused: Collection[str],
    older_than: str | None,
) -> dict[str, Any]:
    """
    Give ``mgr.audit/1``.

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
        "numbers": tally_document(everything),
        "models": [
            {
                "id": model_id,
                "numbers": tally_document(tally(groups, older_than=older_than)),
                "sources": [_group(group, older_than) for group in groups],
            }
            for model_id, groups in models.items()
        ],
    }


def tally_document(counted: Tally) -> dict[str, Any]:
    """Give counts of numbers by the kind of their source; ``unsourced`` are among the declared ones."""
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
        "old": group.is_older_than(older_than),
        "numbers": list(group.numbers),
    }
