"""What another tool's file says, in our words; how it comes about is in test_reading."""

from __future__ import annotations

from pathlib import Path

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.reading import config_of
from model_garden_registry.entries.settings.task_settings import OriginKind


def test_its_settings_are_overrides_that_know_where_they_stand(weaver: Dialect) -> None:
    """One layer for each, so that a value's origin is the line of its key."""
    config = config_of(Path("w.yaml"), weaver, [Item("model", "org/model", 1, 1), Item("length", 512, 2, 1)])

    (layer,) = (layer for layer in config.layers if "max_seq_length" in layer.values)

    assert layer.values == {"max_seq_length": 512}
    assert layer.origin.kind is OriginKind.FILE
    assert str(layer.origin) == "file: w.yaml:2: length"
