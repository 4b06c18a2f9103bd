"""The shape of a network: everything is optional, nothing is loose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sound_entry import document_of

from model_garden_registry.entries.architecture import Architecture, LayerGroup
from model_garden_registry.errors import InvalidEntryError
from model_garden_registry.files.loading import RegistryFile


def test_a_full_shape_is_kept_as_written(full: dict[str, Any]) -> None:
    """Every documented key of config.json, with its groups, reads back."""
    assert Architecture.model_validate(full["architecture"]).known() == full["architecture"]


def test_an_empty_shape_says_nothing() -> None:
    """Each key may be absent; then it is None."""
    assert set(Architecture.model_validate({}).known().values()) == {None}


GROUP = {"count": 1, "mixer": "full", "feed_forward": "dense"}


@pytest.mark.parametrize(
    ("group", "required"),
    [
        ("sliding_window", {"window", "num_layers"}),
        ("moe", {"num_experts", "num_experts_per_tok"}),
        ("mla", {"kv_lora_rank", "qk_rope_head_dim"}),
        ("vision", set()),
        pytest.param("layers", {"count", "mixer", "feed_forward"}, id="layers"),
    ],
)
def test_a_group_states_what_it_cannot_do_without(group: str, required: set[str]) -> None:
    """A group that is there has its defining keys; the vision tower may be known in part."""
    try:
        Architecture.model_validate({group: [{}] if group == "layers" else {}})
        missing = set()
    except ValidationError as error:
        missing = {problem["loc"][-1] for problem in error.errors() if problem["type"] == "missing"}

    assert missing == required


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param({"num_hidden_layers": 0}, id="no layers"),
        pytest.param({"parameters": -1}, id="negative parameters"),
        pytest.param({"head_dim": 0.5}, id="half a dimension"),
        pytest.param({"model_type": ""}, id="an empty name"),
        pytest.param({"dtype": "int8"}, id="a type that no model is published in"),
        pytest.param({"tie_word_embeddings": 1}, id="1 for true"),
        pytest.param({"sliding_window": {"window": 0, "num_layers": 1}}, id="a window of nothing"),
        pytest.param({"moe": {"num_experts": 0, "num_experts_per_tok": 1}}, id="no experts"),
        pytest.param({"mla": {"kv_lora_rank": 512, "qk_rope_head_dim": 0}}, id="no rotary dimensions"),
        pytest.param({"vision": {"patch_size": 0}}, id="no patch"),
        pytest.param({"layers": []}, id="no groups of layers"),
        pytest.param({"layers": [{**GROUP, "count": 0}]}, id="a group of no layers"),
        pytest.param({"layers": [{**GROUP, "mixer": "ring"}]}, id="a mixer that nobody knows"),
        pytest.param({"layers": [{**GROUP, "feed_forward": "sparse"}]}, id="a feed-forward layer that nobody knows"),
        pytest.param({"layers": [{**GROUP, "shares_cache": 1}]}, id="1 for true in a group"),
        pytest.param({"layers": {"count": 1}}, id="a group for a list of them"),
        pytest.param({"mtp_layers": -1}, id="fewer than no further layers"),
        pytest.param({"num_layers": 1}, id="a key of another family of configs"),
    ],
)
def test_an_impossible_shape_is_refused(shape: dict[str, Any]) -> None:
    """Counts are at least one, names are not empty, keys are those of the format."""
    with pytest.raises(ValidationError):
        Architecture.model_validate(shape)


@pytest.mark.parametrize(
    ("group", "key"), [("n_shared_experts", "moe"), ("first_k_dense_replace", "moe")], ids=["shared", "dense"]
)
def test_some_counts_of_experts_may_be_zero(group: str, key: str) -> None:
    """No shared experts and no dense layers are ordinary answers."""
    shape = Architecture.model_validate({key: {"num_experts": 8, "num_experts_per_tok": 2, group: 0}})

    assert shape.known()[key][group] == 0


def test_groups_of_layers_are_read_from_a_list() -> None:
    """What a group does not state is as the architecture states it."""
    shape = Architecture.model_validate({"layers": [GROUP, {**GROUP, "mixer": "linear", "num_heads": 8}]})

    assert shape.layers == (
        LayerGroup(count=1, mixer="full", feed_forward="dense"),
        LayerGroup(count=1, mixer="linear", feed_forward="dense", num_heads=8),
    )


def test_no_further_layers_is_an_ordinary_answer() -> None:
    """Of a checkpoint that predicts one token at a time."""
    assert Architecture.model_validate({"mtp_layers": 0}).mtp_layers == 0


def test_an_entry_with_a_mixer_that_nobody_knows_is_refused(full: dict[str, Any]) -> None:
    """When it is read, not when somebody asks what it needs."""
    full["architecture"]["layers"][0]["mixer"] = "ring"
    file = RegistryFile(document_of(full), Path("registry.json"))

    with pytest.raises(InvalidEntryError, match="mixer"):
        file.parse_entry(full["id"])
