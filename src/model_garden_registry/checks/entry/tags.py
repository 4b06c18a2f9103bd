"""Tags against the vocabulary, and against what the rest of an entry says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.catalogue.sizes import SIZE_CLASSES, size_class
from model_garden_registry.catalogue.tags import APPLICATION_TAGS, TAGS
from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.errors import closing
from model_garden_registry.findings import Code, Severity
from model_garden_registry.near_names import close_names
from model_garden_registry.units import parse_parameter_count


def tag_flaws(entry: Mapping[str, Any], *, is_shipped: bool) -> Iterator[Flaw]:
    """
    Check the tags of an entry.

    Args:
        entry: As it stands in a file, once it is known to follow the schema.

        is_shipped: Whether it is one of ours, whose tags are of one vocabulary; those of others are theirs.
    """
    size = size_class(parse_parameter_count(entry["parameters"]))
    known = (*TAGS, *APPLICATION_TAGS)
    for index, tag in enumerate(entry["tags"]):
        where = ("tags", str(index))
        if tag in SIZE_CLASSES and tag != size:
            message = f"tag {tag!r}, but {entry['parameters']} parameters are {size}"
            yield Flaw(Code.TAG_MISMATCH, Severity.WARNING, where, message)
        elif is_shipped and tag not in known:
            message = f"tag {tag!r} is not in the vocabulary{closing(close_names(tag, known))}"
            yield Flaw(Code.TAG_UNKNOWN, Severity.WARNING, where, message)
