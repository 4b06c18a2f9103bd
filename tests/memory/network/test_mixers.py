"""What mixes the tokens of a layer."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import pytest

from model_garden_registry.entries import architecture
from model_garden_registry.entries.architecture import LayerGroup, Mixer
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.family import Family
from model_garden_registry.memory.network import mixers
from model_garden_registry.memory.network.layers import Linear, read_stated
from model_garden_registry.memory.network.mixers import TokenMixer, mixer_of
from model_garden_registry.memory.network.states import State

Make = Callable[..., Any]

#: A family with a rule for each mixer that keeps a state.
OWL = Family(
    model_type="owl",
    attention={"q_proj": ("q",), "k_proj": ("k",), "v_proj": ("v",), "o_proj": ("o",)},
    feed_forward={"up_proj": ("up",), "down_proj": ("down",)},
    mixers={
        "linear": {
            "in_proj": "hidden > 2*key_heads*key_head_dim + num_heads*head_dim",
            "out_proj": "num_heads*head_dim > hidden",
        },
        "state_space": {
            "x_proj": "hidden > 2*num_heads*head_dim + n_groups*state_size",
            "y_proj": "num_heads*head_dim > hidden",
        },
        "short_conv": {"in_proj": "hidden > 3*conv_dim", "out_proj": "conv_dim > hidden"},
    },
    mixer_weights={"linear": "4*num_heads", "short_conv": "conv_dim*conv_kernel"},
    states={"linear": "gated_delta", "state_space": "mamba2", "short_conv": "short_conv"},
)
GATED = Family(model_type="gated", attention={"q_proj": ("q", "q_gate"), "o_proj": ("o",)}, feed_forward={})


def mixer(entry: Any, kind: Mixer, family: Family = OWL, **numbers: Any) -> TokenMixer:
    """Return the mixer of three layers of an entry's network."""
    group = LayerGroup(count=3, mixer=kind, feed_forward="dense", **numbers)
    return mixer_of(read_stated(entry.id, entry.architecture), family, group)


def named(found: TokenMixer) -> list[tuple[str, int, int]]:
    """Give name, input and output of each matrix."""
    return [(linear.name, linear.d_in, linear.d_out) for linear in found.linears]


def test_heads_share_keys_in_groups(model: Make) -> None:
    """Llama-3.1-8B: 32 heads, 8 of keys and values, 128 wide."""
    found = mixer(model(), "full")

    assert found == TokenMixer(
        heads=32,
        kv_heads=8,
        q_width=4096,
        k_width=1024,
        v_width=1024,
        o_width=4096,
        cached_width=2048,
        linears=(
            Linear("attention", "q", 4096, 4096, 3),
            Linear("attention", "k", 4096, 1024, 3),
            Linear("attention", "v", 4096, 1024, 3),
            Linear("attention", "o", 4096, 4096, 3),
        ),
    )


def test_a_group_may_have_heads_of_its_own(model: Make) -> None:
    """Numbers of the group win over those of the network."""
    found = mixer(model(), "full", num_attention_heads=16, num_key_value_heads=2, head_dim=64)

    assert found[:7] == (16, 2, 1024, 128, 128, 1024, 256)
    assert named(found) == [("q", 4096, 1024), ("k", 4096, 128), ("v", 4096, 128), ("o", 1024, 4096)]


def test_an_output_gate_is_a_matrix_as_wide_as_the_queries(model: Make) -> None:
    """Where the family has one."""
    assert mixer(model(), "full", GATED).linears[1] == Linear("attention", "q_gate", 4096, 4096, 3)


@pytest.mark.parametrize(
    ("own", "whole", "window"),
    [
        pytest.param(512, None, 512, id="of its own"),
        pytest.param(512, {"window": 128, "num_layers": 1}, 512, id="of its own before that of the network"),
        pytest.param(None, {"window": 128, "num_layers": 1}, 128, id="that of the network"),
    ],
)
def test_a_window_is_that_of_the_group_or_of_the_network(
    own: int | None, whole: dict[str, int] | None, window: int, model: Make
) -> None:
    """Everything else is as where there is none."""
    entry = model(sliding_window=whole)

    assert mixer(entry, "window", window=own) == mixer(entry, "full")._replace(window=window)


def test_a_window_must_have_a_length(model: Make) -> None:
    """Nothing is guessed."""
    with pytest.raises(MissingShapeError, match=r"layers\.window"):
        mixer(model(), "window")


def test_latent_attention_caches_one_vector_for_all_heads(model: Make) -> None:
    """DeepSeek-V3: 512 and 64 elements, whatever its 128 heads are."""
    found = mixer(model("deepseek-v3"), "latent")

    assert found[:9] == (128, 128, 128 * 192, 128 * 192, 128 * 128, 128 * 128, 576, 0, True)
    assert named(found) == [
        ("q_a", 7168, 1536),
        ("q_b", 1536, 128 * 192),
        ("kv_a", 7168, 576),
        ("kv_b", 512, 128 * 256),
        ("o", 128 * 128, 7168),
    ]


def test_latent_attention_without_a_compressed_query(model: Make) -> None:
    """One query matrix; widths that are not stated are those of a head."""
    found = mixer(
        model("deepseek-v3", head_dim=128, mla={"kv_lora_rank": 512, "qk_rope_head_dim": 64}),
        "latent",
        num_attention_heads=16,
        window=64,
    )

    assert named(found)[0] == ("q", 7168, 16 * 192)
    assert (found.heads, found.k_width, found.v_width, found.cached_width) == (16, 16 * 192, 16 * 128, 576)
    assert found.window == 64


def test_latent_attention_must_state_its_ranks(model: Make) -> None:
    """They are those of the network, for all its groups."""
    with pytest.raises(MissingShapeError) as caught:
        mixer(model(), "latent")

    assert caught.value.field == "mla"


@pytest.mark.parametrize("kind", ["full", "window", "latent"])
def test_layers_that_read_the_cache_of_others_keep_none(kind: Mixer, model: Make) -> None:
    """Nor do they make keys and values, which a latent cache has no matrices of its own for."""
    entry, window = model("deepseek-v3"), 128 if kind == "window" else None
    own, shared = (mixer(entry, kind, window=window, shares_cache=shares) for shares in (False, True))

    made = own.linears if kind == "latent" else [linear for linear in own.linears if linear.name not in ("k", "v")]
    assert shared == own._replace(cached_width=0, linears=tuple(made))
    assert own.cached_width > 0


@pytest.mark.parametrize(
    ("kind", "numbers", "expected"),
    [
        pytest.param(
            "linear",
            {"num_heads": 32, "head_dim": 128, "key_heads": 16, "key_head_dim": 64, "conv_kernel": 4},
            TokenMixer(
                q_width=4096,
                k_width=2048,
                o_width=4096,
                linears=(
                    Linear("attention", "in_proj", 4096, 6144, 3),
                    Linear("attention", "out_proj", 4096, 4096, 3),
                ),
                further=128,
                state=State(channels=6144, columns=3, elements=32 * 128 * 64, kind="gated_delta"),
            ),
            id="the delta rule",
        ),
        pytest.param(
            "short_conv",
            {"conv_dim": 2048, "conv_kernel": 3},
            TokenMixer(
                q_width=2048,
                k_width=4096,
                o_width=2048,
                linears=(
                    Linear("attention", "in_proj", 4096, 6144, 3),
                    Linear("attention", "out_proj", 2048, 4096, 3),
                ),
                further=6144,
                state=State(channels=2048, columns=2, kind="short_conv"),
            ),
            id="a short convolution",
        ),
        pytest.param(
            "state_space",
            {"num_heads": 8, "head_dim": 64, "n_groups": 2, "state_size": 16, "conv_kernel": 4},
            TokenMixer(
                q_width=512,
                k_width=544,
                o_width=512,
                linears=(
                    Linear("attention", "x_proj", 4096, 1056, 3),
                    Linear("attention", "y_proj", 512, 4096, 3),
                ),
                state=State(512, group_channels=32, groups=2, columns=3, elements=8192, kind="mamba2"),
            ),
            id="a state space, without further weights",
        ),
    ],
)
def test_a_mixer_with_a_state_is_made_as_its_family_says(
    kind: Mixer, numbers: dict[str, Any], expected: TokenMixer, model: Make
) -> None:
    """No cache, no heads; what the output matrix reads, and what the others make beside it."""
    assert mixer(model(), kind, **numbers) == expected


def test_an_expression_may_name_the_width_of_the_feed_forward_layer(model: Make) -> None:
    """And an output that is narrower than its input makes nothing beside it."""
    family = Family(model_type="owl", attention={}, feed_forward={}, mixers={"linear": {"a": "intermediate > hidden"}})

    assert mixer(model(), "linear", family) == TokenMixer(
        q_width=14336, o_width=14336, linears=(Linear("attention", "a", 14336, 4096, 3),)
    )


def test_a_number_of_an_expression_must_be_stated(model: Make) -> None:
    """The error names it as the entry would."""
    with pytest.raises(MissingShapeError) as caught:
        mixer(model(), "short_conv", conv_kernel=3)

    assert caught.value.field == "layers.conv_dim"


def test_further_weights_must_be_stated_too(model: Make) -> None:
    """The matrices alone are not enough."""
    with pytest.raises(MissingShapeError) as caught:
        mixer(model(), "short_conv", conv_dim=8)

    assert caught.value.field == "layers.conv_kernel"


def test_a_family_without_a_rule_for_a_mixer_lacks_it(model: Make) -> None:
    """What it is made of is not guessed."""
    with pytest.raises(MissingShapeError, match="what linear of gated is made of") as caught:
        mixer(model(), "linear", GATED)

    assert caught.value.model_id == "acme/owl"


def test_attention_that_states_a_state_has_a_state_space_beside_it(model: Make) -> None:
    """Both read the stream and write to it; the cache is that of attention, whose heads are those of the network."""
    numbers: dict[str, Any] = {"num_heads": 8, "head_dim": 64, "n_groups": 2, "state_size": 16, "conv_kernel": 4}
    attention = mixer(model(), "full")
    beside, both = mixer(model(), "state_space", **numbers), mixer(model(), "full", **numbers)

    assert both == attention._replace(
        k_width=attention.k_width + 544,
        v_width=attention.v_width + 2 * 512,
        linears=attention.linears + beside.linears,
        state=beside.state,
    )


def test_no_mixer_is_nothing(model: Make) -> None:
    """A layer that is a feed-forward layer only."""
    assert mixer(model(), "none") == TokenMixer()


def test_every_kind_of_mixer_has_a_rule() -> None:
    """As many as an entry can name."""
    assert set(mixers._MIXERS) == set(get_args(Mixer))


def test_a_kind_without_a_rule_fails_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the module is loaded, not when somebody asks for such a network."""
    monkeypatch.setattr(architecture, "Mixer", Literal["full", "ring", "astral"])
    path = Path(mixers.__file__)
    code = compile(ast.parse(path.read_text("utf-8")), str(path), "exec")

    with pytest.raises(LookupError, match="no rule for layers of kind astral, ring"):
        exec(code, {"__name__": mixers.__name__})
