"""Groups of layers that are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixed_networks import GROUPS, TARGETS, Group, network, owls, uniform, with_network

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.family import Family, family_of
from model_garden_registry.memory.network import groups
from model_garden_registry.memory.network.adapters import adapted
from model_garden_registry.memory.network.groups import FeedForward, groups_of
from model_garden_registry.memory.network.kv_cache import cache_bytes
from model_garden_registry.memory.network.layers import read_stated
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.shape import Shape, shape_of

Make = Callable[..., Any]

DENSE = FeedForward(intermediate=14336)


def groups_in(entry: Any, family: Family | None = None) -> tuple[groups.Group, ...]:
    """Return the groups of an entry's network."""
    stated = read_stated(entry.id, entry.architecture)
    return groups_of(stated, family or family_of(entry.architecture.model_type))


def summary(entry: Any) -> list[tuple[int, int, int]]:
    """Give the layers of each group, their window, and the width of what a token passes in them."""
    return [(group.layers, group.mixer.window, group.feed_forward.width) for group in groups_in(entry)]


@pytest.mark.parametrize(
    ("feed_forward", "routed", "width"),
    [
        pytest.param(FeedForward(), 0, 0, id="none"),
        pytest.param(DENSE, 0, 14336, id="dense"),
        pytest.param(FeedForward(0, 8, 2, 100), 200, 200, id="experts"),
        pytest.param(FeedForward(0, 8, 2, 100, 50), 250, 250, id="with shared ones"),
    ],
)
def test_the_width_of_what_a_token_passes(feed_forward: FeedForward, routed: int, width: int) -> None:
    """The experts that it is sent to, and those that every token passes."""
    assert (feed_forward.routed, feed_forward.width) == (routed, width)


@pytest.mark.parametrize(
    ("is_gated", "names"),
    [
        pytest.param(True, ["gate", "up", "down"] * 2, id="gated"),
        pytest.param(False, ["up", "down"] * 2, id="not gated"),
    ],
)
def test_each_kind_of_feed_forward_layer_has_its_matrices(is_gated: bool, names: list[str]) -> None:
    """Routed and shared experts; every routed one counts."""
    linears = FeedForward(0, 256, 8, 2048, 4096).linears(7168, 58, is_gated=is_gated)

    assert [linear.name for linear in linears] == names
    assert [(linear.place, linear.d_in, linear.instances) for linear in linears if linear.name == "down"] == [
        ("expert", 2048, 58 * 256),
        ("shared", 4096, 58),
    ]


def test_a_kind_that_is_not_there_has_no_matrices() -> None:
    """A dense layer has no experts, and no layer has nothing."""
    assert {linear.place for linear in DENSE.linears(4, 2, is_gated=True)} == {"dense"}
    assert FeedForward().linears(4, 2, is_gated=True) == ()


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        pytest.param("llama-3.1-8b", {}, [(32, DENSE)], id="dense"),
        pytest.param("mixtral-8x7b", {}, [(32, FeedForward(0, 8, 2, 14336))], id="as wide as the network states"),
        pytest.param("qwen3-30b-a3b", {}, [(48, FeedForward(0, 128, 8, 768))], id="experts of their own width"),
        pytest.param(
            "deepseek-v3",
            {},
            [(3, FeedForward(18432)), (58, FeedForward(0, 256, 8, 2048, 2048))],
            id="dense layers first",
        ),
        pytest.param(
            "deepseek-v3", {"num_hidden_layers": 2}, [(2, FeedForward(18432))], id="no more of them than there are"
        ),
        pytest.param(
            "mixtral-8x7b",
            {"moe": {"num_experts": 4, "num_experts_per_tok": 8, "shared_expert_intermediate_size": 100}},
            [(32, FeedForward(0, 4, 4, 14336, 100))],
            id="no expert twice",
        ),
        pytest.param(
            "qwen3-30b-a3b",
            {
                "layers": [
                    {"count": 8, "mixer": "full", "feed_forward": "moe"},
                    {"count": 4, "mixer": "full", "feed_forward": "dense", "intermediate_size": 512},
                    {"count": 2, "mixer": "full", "feed_forward": "dense"},
                    {"count": 1, "mixer": "full", "feed_forward": "none"},
                ]
            },
            [(8, FeedForward(0, 128, 8, 768)), (4, FeedForward(512)), (2, FeedForward(6144)), (1, FeedForward())],
            id="as listed",
        ),
    ],
)
def test_what_follows_the_mixer(
    name: str, changes: dict[str, Any], expected: list[tuple[int, FeedForward]], model: Make
) -> None:
    """Dense layers, those with experts, and the experts that each token passes."""
    assert [(group.layers, group.feed_forward) for group in groups_in(model(name, **changes))] == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param(0, [(3, 0, 18432), (58, 0, 18432)], id="none"),
        pytest.param(10, [(3, 0, 18432), (48, 0, 18432), (10, 128, 18432)], id="the last layers"),
        pytest.param(60, [(1, 0, 18432), (2, 128, 18432), (58, 128, 18432)], id="dense ones too"),
        pytest.param(99, [(3, 128, 18432), (58, 128, 18432)], id="no more than there are"),
    ],
)
def test_sums_become_groups(window: int, expected: list[tuple[int, int, int]], model: Make) -> None:
    """DeepSeek-V3: three dense layers in front, layers with a window at the end."""
    stated = {"window": 128, "num_layers": window} if window else None

    assert summary(model("deepseek-v3", sliding_window=stated)) == expected


def test_a_window_over_all_heads_alike(model: Make) -> None:
    """gemma-3-12b: 40 of its 48 layers."""
    assert summary(model("gemma-3-12b")) == [(8, 0, 15360), (40, 1024, 15360)]


def test_listed_layers_win_over_the_sums(model: Make) -> None:
    """Window and experts that no group names have no layers."""
    listed = [{"count": 48, "mixer": "full", "feed_forward": "dense"}]

    assert summary(model("gemma-3-12b", layers=listed)) == [(48, 0, 15360)]


@pytest.mark.parametrize(
    ("norms", "mixer", "feed_forward", "expected"),
    [
        pytest.param(2, "full", "dense", 2, id="both halves"),
        pytest.param(4, "full", "none", 2, id="attention only"),
        pytest.param(4, "none", "dense", 2, id="a feed-forward layer only"),
        pytest.param(1, "none", "dense", 1, id="one norm in front of either"),
        pytest.param(2, "none", "none", 0, id="nothing"),
    ],
)
def test_half_a_layer_has_the_norms_of_that_half(
    norms: int, mixer: str, feed_forward: str, expected: int, model: Make
) -> None:
    """As the family's whole layers have them."""
    family = Family(model_type="owl", attention={}, feed_forward={}, norms=norms)
    (group,) = groups_in(model(layers=[{"count": 1, "mixer": mixer, "feed_forward": feed_forward}]), family)

    assert group.norms == expected


@pytest.mark.parametrize(
    ("changes", "caches"),
    [
        pytest.param({"mixer": "full"}, True, id="attention"),
        pytest.param({"mixer": "full", "shares_cache": True}, False, id="that reads what others keep"),
        pytest.param({"mixer": "none"}, False, id="none"),
    ],
)
def test_some_groups_keep_keys_and_values(changes: dict[str, Any], caches: bool, model: Make) -> None:
    """Of their own."""
    (group,) = groups_in(model(layers=[{"count": 1, "feed_forward": "dense", **changes}]))

    assert group.caches is caches


def test_the_weights_of_a_group_are_its_matrices_and_what_its_mixers_have_beside() -> None:
    """The latter in each layer."""
    group = groups.Group(3, TokenMixer(further=7), DENSE, 2, DENSE.linears(10, 3, is_gated=True))

    assert group.parameters == 3 * (3 * 10 * 14336 + 7)


@pytest.mark.parametrize(
    ("name", "group", "changes", "field"),
    [
        pytest.param("llama-3.1-8b", {"feed_forward": "moe"}, {}, "moe", id="experts"),
        pytest.param(
            "llama-3.1-8b", {"feed_forward": "dense"}, {"intermediate_size": None}, "intermediate_size", id="a width"
        ),
        pytest.param(
            "mixtral-8x7b",
            {"feed_forward": "moe"},
            {"intermediate_size": None},
            "moe.moe_intermediate_size",
            id="the width of an expert",
        ),
    ],
)
def test_what_a_group_lacks_is_named(
    name: str, group: dict[str, Any], changes: dict[str, Any], field: str, model: Make
) -> None:
    """Nothing is guessed."""
    with pytest.raises(MissingShapeError) as caught:
        groups_in(model(name, layers=[{"count": 1, "mixer": "full", **group}], **changes))

    assert caught.value.field == field


def test_layers_that_do_not_add_up_are_no_network(model: Make) -> None:
    """What the other layers are, nobody says."""
    entry = model(layers=[{"count": 2, "mixer": "full", "feed_forward": "dense"}], num_hidden_layers=3)

    with pytest.raises(MissingShapeError) as caught:
        groups_in(entry)

    assert caught.value.field == "layers that add up to num_hidden_layers"


def parts_of(entry: Any, listed: list[Group]) -> tuple[Shape, list[Shape]]:
    """Give a network of several groups, and those that have one of them each."""
    return shape_of(network(entry, listed)), [shape_of(network(entry, [group])) for group in listed]


@given(listed=GROUPS)
def test_a_mixed_network_has_the_weights_of_all_its_groups(listed: list[Group], model: Make) -> None:
    """Those of linear layers, of experts, of experts that a token does not pass; and layers, in number."""
    with owls():
        whole, single = parts_of(model(), listed)

    for name in ("linear_parameters", "expert_parameters", "idle_parameters", "layers"):
        assert getattr(whole, name) == sum(getattr(shape, name) for shape in single)


@given(listed=GROUPS)
def test_what_is_in_no_layer_is_there_once(listed: list[Group], model: Make) -> None:
    """Embeddings, head, and the norm in front of it: everything else is the sum of the groups."""
    with owls():
        whole, single = parts_of(model(), listed)

    once = whole.end_parameters + whole.hidden
    assert whole.parameters - once == sum(shape.parameters - once for shape in single)


@given(
    listed=GROUPS,
    element=st.sampled_from([1, 2, 4]),
    tokens=st.integers(1, 10_000),
    parallel=st.sampled_from([1, 2, 8]),
)
def test_a_mixed_network_caches_what_its_groups_do(
    listed: list[Group], element: int, tokens: int, parallel: int, model: Make
) -> None:
    """Each within its own window, divided by its own heads."""
    with owls():
        whole, single = parts_of(model(), listed)

    assert cache_bytes(whole, element, tokens=tokens, parallel=parallel) == sum(
        cache_bytes(shape, element, tokens=tokens, parallel=parallel) for shape in single
    )


@given(listed=GROUPS, tokens=st.integers(1, 10_000))
def test_layers_that_share_a_cache_cost_none(listed: list[Group], tokens: int, model: Make) -> None:
    """Only the others count; the weights of both do."""
    keeping = [group for group in listed if not group.get("shares_cache")]
    with owls():
        whole = shape_of(network(model(), listed))
        rest = cache_bytes(shape_of(network(model(), keeping)), 2, tokens=tokens) if keeping else 0

    assert cache_bytes(whole, 2, tokens=tokens) == rest
    assert all(group.mixer.linears for group in whole.groups if group.mixer.heads)


@given(
    listed=GROUPS,
    targets=st.lists(st.sampled_from(TARGETS), min_size=1) | st.just("all-linear"),
    rank=st.integers(1, 64),
)
def test_an_adapter_of_a_mixed_network_has_the_weights_of_those_of_its_groups(
    listed: list[Group], targets: list[str] | str, rank: int, model: Make
) -> None:
    """By name, or on all linear layers."""
    names = targets if isinstance(targets, str) else tuple(targets)
    with owls():
        whole, single = parts_of(model(), listed)
        found = adapted(whole, names)
        parameters = [adapted(shape, names).parameters(shape, rank) for shape in single]

    assert found.parameters(whole, rank) == sum(parameters)
    assert len(found.by_group) == len(listed)


@given(listed=GROUPS, data=st.data())
def test_the_order_of_groups_says_nothing(listed: list[Group], data: st.DataObject, model: Make) -> None:
    """Where in the network layers stand changes none of its numbers."""
    with owls():
        one, other = (
            shape_of(network(model(), groups)) for groups in (listed, data.draw(st.permutations(listed), label="order"))
        )

    assert asdict(replace(one, groups=(), linears=())) == asdict(replace(other, groups=(), linears=()))
    assert sorted(one.linears) == sorted(other.linears)


@given(told=uniform())
def test_groups_that_repeat_the_sums_are_the_same_network(
    told: tuple[dict[str, Any], list[Group]], model: Make
) -> None:
    """Window, dense layers and experts, told in either way."""
    stated, listed = told
    with owls():
        plain = shape_of(with_network(model(), stated))
        grouped = shape_of(with_network(model(), {**stated, "layers": listed}))

    assert asdict(replace(plain, groups=(), linears=())) == asdict(replace(grouped, groups=(), linears=()))
    assert sorted(plain.linears) == sorted(grouped.linears)
