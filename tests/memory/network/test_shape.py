"""The numbers of a network, from what an entry states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.network.shape import shape_of, states_shape

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        pytest.param("llama-3.1-8b", 8_030_261_248, id="dense"),
        pytest.param("llama-3.2-1b", 1_235_814_400, id="tied"),
        pytest.param("mixtral-8x7b", 46_702_792_704, id="experts without a width of their own"),
        pytest.param("qwen3-30b-a3b", 30_532_110_336, id="many small experts"),
    ],
)
def test_parameters_are_counted_where_they_are_not_stated(name: str, parameters: int, model: Make) -> None:
    """To the unit as the checkpoints have them, but for biases and norms of heads."""
    assert shape_of(model(name)).parameters == parameters


def test_what_is_counted_does_not_depend_on_what_is_stated(model: Make) -> None:
    """The stated number is the published one; the layers are counted beside it, and can be held against it."""
    stated, bare = (shape_of(model("deepseek-v3", parameters=number)) for number in (10**9, None))
    assert (stated.counted, stated.parameters) == (bare.counted, 10**9)


def test_latent_attention_is_counted_within_a_thousandth(model: Make) -> None:
    """DeepSeek-V3 without its own count: 671.0 billion."""
    counted = shape_of(model("deepseek-v3", parameters=None)).parameters

    assert counted == pytest.approx(671_026_419_200, rel=0.001)


def test_equal_layers_of_several_groups_are_one(model: Make) -> None:
    """DeepSeek-V3: attention in all of its 61 layers, dense feed-forward layers in 3, experts in 58."""
    linears = shape_of(model("deepseek-v3")).linears

    assert [(linear.place, linear.name, linear.instances) for linear in linears if linear.name in ("o", "up")] == [
        ("attention", "o", 61),
        ("dense", "up", 3),
        ("expert", "up", 58 * 256),
        ("shared", "up", 58),
    ]


@pytest.mark.parametrize(
    ("name", "has_experts", "idle"),
    [
        pytest.param("llama-3.1-8b", False, 0, id="none"),
        pytest.param("qwen3-30b-a3b", True, 48 * 120 * 3 * 2048 * 768, id="120 of 128"),
        pytest.param("deepseek-v3", True, 58 * 248 * 3 * 7168 * 2048, id="248 of 256, in some layers"),
    ],
)
def test_a_token_passes_some_experts(name: str, has_experts: bool, idle: int, model: Make) -> None:
    """The weights of all others are idle."""
    shape = shape_of(model(name))

    assert (shape.has_experts, shape.idle_parameters) == (has_experts, idle)


def test_what_is_no_linear_layer_is_the_rest(model: Make) -> None:
    """The vision tower of gemma-3-12b and its embeddings are not quantised."""
    shape = shape_of(model("gemma-3-12b"))

    rest = shape.parameters - shape.linear_parameters
    assert rest == pytest.approx(262208 * 3840 + 421_290_864, rel=0.01)
    assert shape.has_vision


def test_linear_layers_are_never_more_than_the_stated_parameters(model: Make) -> None:
    """A layout that is not known here cannot make the rest negative."""
    shape = shape_of(model(parameters=2_000_000_000))

    assert shape.linear_parameters == 2_000_000_000 - 2 * 128256 * 4096


def test_an_ungated_network_has_two_matrices_a_layer(model: Make) -> None:
    """phi-2: up and down."""
    assert [linear.name for linear in shape_of(model("phi-2")).linears] == ["q", "k", "v", "o", "up", "down"]


def test_a_head_is_as_wide_as_the_heads_divide_the_network(model: Make) -> None:
    """Where head_dim is not stated."""
    assert shape_of(model("phi-2")).groups[0].mixer.q_width == 2560


def test_ends_are_counted_once_where_tied(model: Make) -> None:
    """Llama-3.2-1B has one matrix for both ends, Llama-3.1-8B two."""
    tied, untied = shape_of(model("llama-3.2-1b")), shape_of(model())

    assert (tied.head_parameters, tied.end_parameters) == (0, 128256 * 2048)
    assert (untied.head_parameters, untied.end_parameters) == (128256 * 4096, 2 * 128256 * 4096)


@pytest.mark.parametrize("norms", [pytest.param(2, id="two a layer"), pytest.param(4, id="before and after")])
def test_norms_are_those_of_the_family(norms: int, model: Make) -> None:
    """So many in each layer, and one before the head."""
    with facts_laid_over(families={"families": {"owl": {"norms": norms}}}):
        shape = shape_of(model(model_type="owl"))

    rest = shape.parameters - shape.linear_parameters - shape.end_parameters
    assert rest == (32 * norms + 1) * 4096


def test_mixers_with_a_state_have_further_weights(model: Make) -> None:
    """Which are counted, and not quantised."""
    groups = [
        {"count": 24, "mixer": "short_conv", "feed_forward": "dense", "conv_dim": 4096, "conv_kernel": 3},
        {"count": 8, "mixer": "full", "feed_forward": "dense"},
    ]
    record = {
        "mixers": {"short_conv": {"in_proj": "hidden > 3*conv_dim", "out_proj": "conv_dim > hidden"}},
        "mixer_weights": {"short_conv": "conv_dim*conv_kernel"},
        "states": {"short_conv": "short_conv"},
    }
    with facts_laid_over(families={"families": {"owl": record}}):
        shape = shape_of(model(model_type="owl", layers=groups))

    rest = shape.parameters - shape.linear_parameters - shape.end_parameters
    assert rest == 24 * 4096 * 3 + (2 * 32 + 1) * 4096


@pytest.mark.parametrize(
    ("name", "changes", "published", "has_vision"),
    [
        pytest.param("llama-3.1-8b", {}, 2, False, id="as most are"),
        pytest.param("llama-3.1-8b", {"dtype": "float32"}, 4, False, id="in float32"),
        pytest.param("qwen2.5-vl-7b", {}, 2, True, id="with a tower"),
    ],
)
def test_what_is_published(name: str, changes: dict[str, str], published: int, has_vision: bool, model: Make) -> None:
    """Bytes of a weight, and whether there is a vision tower."""
    shape = shape_of(model(name, **changes))

    assert (shape.published_bytes, shape.has_vision) == (published, has_vision)


@pytest.mark.parametrize(
    ("name", "taken", "field"),
    [
        ("llama-3.1-8b", "num_hidden_layers", "num_hidden_layers"),
        ("llama-3.1-8b", "hidden_size", "hidden_size"),
        ("llama-3.1-8b", "vocab_size", "vocab_size"),
        ("llama-3.1-8b", "num_attention_heads", "num_attention_heads"),
        ("llama-3.1-8b", "num_key_value_heads", "num_key_value_heads"),
        ("llama-3.1-8b", "intermediate_size", "intermediate_size"),
        ("mixtral-8x7b", "intermediate_size", "moe.moe_intermediate_size"),
        ("deepseek-v3", "intermediate_size", "intermediate_size"),
    ],
)
def test_a_missing_number_is_named(name: str, taken: str, field: str, model: Make) -> None:
    """Nothing is guessed; the error carries the entry and the field."""
    with pytest.raises(MissingShapeError) as caught:
        shape_of(model(name, **{taken: None}))

    assert (caught.value.model_id, caught.value.field) == ("acme/owl", field)
    assert [states_shape(model(name)), states_shape(model(name, **{taken: None}))] == [True, False]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        pytest.param("phi-2", {}, id="any network"),
        pytest.param("deepseek-v3", {"mla": {"kv_lora_rank": 512, "qk_rope_head_dim": 64}}, id="latent attention"),
    ],
)
def test_more_heads_than_the_network_is_wide_must_state_their_width(
    name: str, changes: dict[str, Any], model: Make
) -> None:
    """A head of no width would have no cache."""
    with pytest.raises(MissingShapeError) as caught:
        shape_of(model(name, num_attention_heads=10_000, **changes))

    assert caught.value.field == "head_dim"


def test_latent_attention_that_states_its_widths_needs_no_other(model: Make) -> None:
    """However many heads there are."""
    (_, group) = shape_of(model("deepseek-v3", num_attention_heads=10_000)).groups

    assert group.mixer.q_width == 10_000 * 192


def test_an_entry_without_a_shape_lacks_its_layers_first(shapeless: ModelInfo) -> None:
    """The sentence names entry and field."""
    with pytest.raises(MissingShapeError, match=r"'acme/owl' has no architecture\.num_hidden_layers"):
        shape_of(shapeless)
