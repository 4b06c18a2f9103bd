"""The matrices of a layer, and what an entry states of its network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.network.layers import Linear, Stated, read_stated, together

Make = Callable[..., Any]


def stated(entry: ModelInfo) -> Stated:
    """Read the numbers of an entry that has some."""
    assert entry.architecture
    return read_stated(entry.id, entry.architecture)


def test_a_kind_of_matrix_has_the_weights_of_all_layers() -> None:
    """32 layers with 4096 x 1024."""
    assert Linear("attention", "k", 4096, 1024, 32).parameters == 32 * 4096 * 1024


def test_equal_matrices_of_several_groups_are_one_kind() -> None:
    """Those of one place, name and size are counted together, in the order in which they come first."""
    wide, narrow = Linear("attention", "q", 64, 64, 3), Linear("attention", "q", 64, 32, 2)
    dense = Linear("dense", "q", 64, 64, 7)

    assert together([wide, narrow, dense, wide._replace(instances=4), narrow]) == (
        wide._replace(instances=7),
        narrow._replace(instances=4),
        dense,
    )


def test_every_network_states_layers_widths_and_heads(model: Make) -> None:
    """Llama-3.1-8B."""
    assert stated(model())[2:] == (32, 4096, 128256, 32)


@pytest.mark.parametrize(
    ("taken", "named"),
    [
        (("num_hidden_layers", "hidden_size"), "num_hidden_layers"),
        (("hidden_size", "vocab_size"), "hidden_size"),
        (("vocab_size", "num_attention_heads"), "vocab_size"),
        (("num_attention_heads",), "num_attention_heads"),
    ],
)
def test_the_first_number_that_is_missing_is_named(taken: tuple[str, ...], named: str, model: Make) -> None:
    """One at a time, in the order of the file."""
    with pytest.raises(MissingShapeError) as caught:
        stated(model(**dict.fromkeys(taken)))

    assert caught.value.field == named


@pytest.mark.parametrize(
    ("changes", "width"),
    [
        pytest.param({}, 128, id="as stated"),
        pytest.param({"head_dim": None, "num_attention_heads": 64}, 64, id="as the heads divide the network"),
    ],
)
def test_the_width_of_a_head(changes: dict[str, Any], width: int, model: Make) -> None:
    """Llama-3.1-8B, 4096 wide."""
    assert stated(model(**changes)).head_dim == width


def test_a_head_of_no_width_is_a_number_that_is_missing(model: Make) -> None:
    """More heads than the network is wide must state how wide they are."""
    numbers = stated(model("phi-2", num_attention_heads=10_000))

    with pytest.raises(MissingShapeError) as caught:
        _ = numbers.head_dim

    assert (caught.value.model_id, caught.value.field) == ("acme/owl", "head_dim")


def test_a_number_that_a_kind_of_network_needs_is_given_back_or_named(model: Make) -> None:
    """Whatever the field is."""
    numbers = stated(model())

    assert numbers.needed(7, "layers.window") == 7
    with pytest.raises(MissingShapeError, match=r"layers\.window"):
        numbers.needed(None, "layers.window")
