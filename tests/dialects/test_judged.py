"""What is said of a file, as values; how they come about is in tests/registry/test_foreign."""

from __future__ import annotations

import pickle
from pathlib import Path

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.judged import CheckedConfig, Difference, Drift
from model_garden_registry.dialects.reading import config_of
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.near_names import How, ResolvedId
from model_garden_registry.reports import Report


def test_values_are_compared_as_a_whole(weaver: Dialect) -> None:
    """Two that say the same are equal, and a difference goes through a pickle."""
    config = config_of(Path("w.yaml"), weaver, [Item("model", "org/model", 1, 1)])
    model = ResolvedId("org/model", How.EXACT)
    difference = Difference(
        setting="batch_size", found=1, default=2, origin=Origin(OriginKind.ENTRY, "/x"), item=Item("rows", 1, 2, 1)
    )

    assert pickle.loads(pickle.dumps(difference)) == difference
    assert Drift(config=config, model=model, differences=(difference,)).differences == (difference,)
    assert CheckedConfig(config=config, model=None, report=Report(subject="w.yaml")).remedies == ()
