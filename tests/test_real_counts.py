"""
Weights of real networks: what their config.json tells, against their class in transformers.

``real_counts.json`` has the configuration of every family that has a class, each variant of it, and published ones,
with the weights of the language model that the class has on the meta device. ``nox -s upstream`` asks them again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.authoring.config_parts import text_config
from model_garden_registry.families.config_numbers import further_weights
from model_garden_registry.families.family import family_of, known_model_types
from model_garden_registry.memory.network.shape import count_parameters

COUNTS: dict[str, Any] = json.loads((Path(__file__).parent / "real_counts.json").read_bytes())


@pytest.mark.parametrize("name", COUNTS)
def test_a_configuration_tells_the_weights_of_its_network(name: str) -> None:
    """Within half a per cent: biases and the norms of heads are left out."""
    case = COUNTS[name]
    config, family = case["config"], family_of(case["config"]["model_type"])

    blind = architecture_of(config, Path(name)).model_copy(update={"vision": None})
    counted = count_parameters(blind) + further_weights(family, text_config(config))

    assert counted == pytest.approx(case["language_parameters"], rel=0.005)


def test_every_family_that_is_counted_has_a_case() -> None:
    """But for those whose code comes with their checkpoints."""
    families = [family_of(model_type) for model_type in known_model_types()]
    told = {family.model_type for family in families if family.counted and family.checked != "remote code"}

    assert told - {case["config"]["model_type"] for case in COUNTS.values()} == set()
