"""The pools of SGLang, as its start-up logs print them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.architecture import LayerGroup
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.sglang.pools import Held, Pools, pools_of
from model_garden_registry.units import GIB

Make = Callable[..., Any]

REGISTRY = load_registry()


def gated_delta(attending: int, linear: int, value_heads: int, *, experts: bool = False) -> tuple[LayerGroup, ...]:
    """Return the layers of a network with the delta rule, as its config.json counts them."""
    kind: Any = "moe" if experts else "dense"
    numbers: Any = {"num_heads": value_heads, "head_dim": 128, "key_heads": 16, "key_head_dim": 128, "conv_kernel": 4}
    return (
        LayerGroup(count=linear, mixer="linear", feed_forward=kind, **numbers),
        LayerGroup(count=attending, mixer="full", feed_forward=kind),
    )


def with_layers(model_id: str, layers: Iterable[LayerGroup], **changes: Any) -> Any:
    """Return an entry of the registry with its layers in groups."""
    entry: Any = REGISTRY[model_id]
    return entry.model_copy(
        update={"architecture": entry.architecture.model_copy(update={"layers": tuple(layers), **changes})}
    )


def pools(entry: Any, inference: Make, **changes: Any) -> Pools:
    """Return the pools of an entry."""
    return pools_of(deploy(entry, inference(entry, engine="sglang", **changes)))


@pytest.mark.parametrize(
    ("model_id", "changes", "tokens", "gibibytes"),
    [
        pytest.param("Qwen/Qwen3-0.6B", {}, 104_273, 11.14, id="heads of their own width"),
        pytest.param("Qwen/Qwen3-32B", {"tensor_parallel_size": 1}, 39_078, 9.54, id="one GPU"),
        pytest.param("Qwen/Qwen3-14B", {"tensor_parallel_size": 4}, 298_447, 11.38, id="four GPUs divide the heads"),
        pytest.param("Qwen/Qwen3-235B-A22B-FP8", {"tensor_parallel_size": 4}, 367_404, 16.46, id="a head for each"),
    ],
)
def test_bytes_of_a_token(
    model_id: str, changes: dict[str, Any], tokens: int, gibibytes: float, inference: Make
) -> None:
    """What logs print of the cache, within their digits."""
    found = pools(REGISTRY[model_id], inference, **changes)

    assert found.token_bytes * tokens / GIB == pytest.approx(gibibytes, rel=1e-3)


def test_a_latent_vector_is_not_divided(inference: Make) -> None:
    """DeepSeek-R1: 576 elements in each of 61 layers, however many GPUs there are."""
    for gpus in (1, 8):
        found = pools(REGISTRY["deepseek-ai/DeepSeek-R1"], inference, tensor_parallel_size=gpus)
        assert found.token_bytes == 576 * 61 * 2


def test_gpus_may_divide_the_tokens_of_a_cache(inference: Make) -> None:
    """Groups of heads are as many as GPUs, by those that share the tokens out."""
    entry = REGISTRY["Qwen/Qwen3-14B"]
    heads = pools(entry, inference, tensor_parallel_size=4)
    tokens = pools(entry, inference, tensor_parallel_size=8, decode_context_parallel_size=2)

    assert tokens.token_bytes == heads.token_bytes / 2


def test_a_stage_has_the_caches_of_its_layers(inference: Make) -> None:
    """The longest of three stages has 14 of 40 layers."""
    entry = REGISTRY["Qwen/Qwen3-14B"]
    one, three = (pools(entry, inference, pipeline_parallel_size=stages) for stages in (1, 3))

    assert three.token_bytes == one.token_bytes * 14 / 40


@pytest.mark.parametrize(
    ("changes", "token_bytes"),
    [
        # gemma-4-E4B on a GB10: 79.94 GB for 997,846 tokens, and 798,276 in windows.
        pytest.param({}, 7 * 4096 + 0.8 * 35 * 2048, id="0.5.23"),
        pytest.param({"engine_version": "0.5.10"}, 7 * 4096 + 35 * 2048, id="all tokens everywhere until 0.5.10"),
        pytest.param({"kv_cache_dtype": "fp8"}, (7 * 4096 + 0.8 * 35 * 2048) / 2, id="in eight bits"),
    ],
)
def test_layers_with_a_window_have_a_pool(changes: dict[str, Any], token_bytes: float, inference: Make) -> None:
    """With fewer tokens; layers that could read an earlier cache have one of their own."""
    heads: Any = {"num_key_value_heads": 2}
    groups = (
        LayerGroup(count=20, mixer="window", window=512, head_dim=256, feed_forward="dense", **heads),
        LayerGroup(count=4, mixer="full", head_dim=512, feed_forward="dense", **heads),
        LayerGroup(
            count=15, mixer="window", window=512, head_dim=256, feed_forward="dense", shares_cache=True, **heads
        ),
        LayerGroup(count=3, mixer="full", head_dim=512, feed_forward="dense", shares_cache=True, **heads),
    )
    found = pools(with_layers("google/gemma-4-E4B-it", groups, sliding_window=None), inference, **changes)

    assert found.token_bytes == pytest.approx(token_bytes)
    assert found.window == (0 if "engine_version" in changes else 512)


def test_networks_without_such_a_pool_keep_every_token(model: Make, inference: Make) -> None:
    """Their windows are only what attention sees."""
    entry = model(model_type="gemma2", sliding_window={"window": 4096, "num_layers": 16})

    assert pools(entry, inference).token_bytes == pools(model(), inference).token_bytes


def test_a_network_of_windows_only_has_one_pool(model: Make, inference: Make) -> None:
    """There are no other tokens to be fewer than."""
    entry = model(model_type="gpt_oss", sliding_window={"window": 4096, "num_layers": 32})

    assert pools(entry, inference) == Pools(32 * 8 * 128 * 2 * 2)


@pytest.mark.parametrize(
    ("sequences", "tokens", "held"),
    [
        pytest.param(2, 10_000, 20_000, id="long ones"),
        pytest.param(2, 1000, 2500, id="short ones: windows need as much"),
        pytest.param(1, 100, 1283, id="never less than a window, and one to spare"),
    ],
)
def test_tokens_that_the_pool_must_have(sequences: int, tokens: int, held: int) -> None:
    """Both pools have to hold the sequences."""
    assert Pools(1, window=1024, window_ratio=0.8).tokens_for(sequences, tokens) == held


@pytest.mark.parametrize(
    ("layers", "model_id", "gpus", "token_bytes", "state_mib"),
    [
        # max_mamba_cache_size 186: 0.10 + 4.38 GB; 327,310 tokens: 5.00 GB.
        pytest.param(gated_delta(8, 24, 32), "Qwen/Qwen3.5-9B", 2, 16_384, 4.48 * 1024 / 187, id="9B, two GPUs"),
        # 82: 7.42 GB; 580,364: 8.30 GB.
        pytest.param(
            gated_delta(15, 45, 64, experts=True),
            "Qwen/Qwen3.5-397B-A17B",
            2,
            15_360,
            7.42 * 1024 / 83,
            id="397B, two GPUs",
        ),
        # "146.81 MB" for each state.
        pytest.param(gated_delta(16, 48, 48), "Qwen/Qwen3.5-27B", 1, 65_536, 146.81, id="27B"),
    ],
)
def test_bytes_of_a_state(
    layers: tuple[LayerGroup, ...], model_id: str, gpus: int, token_bytes: int, state_mib: float, inference: Make
) -> None:
    """What logs print of the pool of states, within their digits; attention alone has tokens."""
    found = pools(with_layers(model_id, layers), inference, tensor_parallel_size=gpus)

    assert found.token_bytes == token_bytes
    assert found.state_bytes / 2**20 == pytest.approx(state_mib, rel=3e-3)


def test_states_of_other_kinds(inference: Make) -> None:
    """Mamba-2 with 48 states and one to spare: 0.09 + 6.46 GB, 16 KiB a token; short convolutions: 60 KiB."""
    mamba = LayerGroup(
        count=27, mixer="state_space", feed_forward="none", num_heads=128, head_dim=80, n_groups=8, state_size=128,
        conv_kernel=4,
    )  # fmt: skip
    rest = (
        LayerGroup(count=4, mixer="full", feed_forward="none", num_key_value_heads=8, head_dim=128),
        LayerGroup(count=25, mixer="none", feed_forward="dense", intermediate_size=15680),
    )
    nemotron = pools(with_layers("nvidia/NVIDIA-Nemotron-Nano-9B-v2", (mamba, *rest)), inference)
    assert (nemotron.token_bytes, nemotron.slots) == (16_384, 5)
    assert 49 * nemotron.state_bytes / GIB == pytest.approx(6.55, rel=2e-3)

    width: Any = {"feed_forward": "dense", "intermediate_size": 6912}
    convolutions = LayerGroup(count=10, mixer="short_conv", conv_dim=1536, conv_kernel=3, **width)
    attending = LayerGroup(count=6, mixer="full", num_key_value_heads=8, head_dim=64, **width)
    lfm = pools(with_layers("LiquidAI/LFM2-1.2B", (convolutions, attending)), inference)
    assert (lfm.token_bytes, lfm.state_bytes, lfm.slots) == (12_288, 61_440, 3)


def test_a_state_may_be_smaller(inference: Make) -> None:
    """In half precision: 3.09 + 0.12 GB for 43 and one to spare."""
    entry = with_layers("Qwen/Qwen3.5-27B", gated_delta(16, 48, 48))
    found = pools(entry, inference, mamba_ssm_dtype="bfloat16")

    assert 44 * found.state_bytes / GIB == pytest.approx(3.21, rel=2e-3)


@pytest.mark.parametrize(
    ("version", "slots", "spare"),
    [("0.5.3", 5, 1), ("0.5.6", 3, 0), ("0.5.7", 5, 0), ("0.5.10", 3, 0), ("0.5.14", 5, 0), ("0.5.17", 5, 1)],
)
def test_states_for_each_request(version: str, slots: int, spare: int, inference: Make) -> None:
    """By release; before there was such a pool, as in the newest."""
    found = pools(with_layers("Qwen/Qwen3.5-9B", gated_delta(8, 24, 32)), inference, engine_version=version)

    assert (found.slots, found.spare) == (slots, spare)


def test_drafts_are_cached_and_have_states_of_their_own(inference: Make) -> None:
    """A layer of the model drafts: 17 layers instead of 16; five drafts and the token itself have a state each."""
    entry = with_layers("Qwen/Qwen3.5-27B", gated_delta(16, 48, 48), mtp_layers=1)
    found = pools(entry, inference, speculative_tokens=5)
    few = pools(entry, inference, speculative_tokens=5, max_num_seqs=4)

    assert found.token_bytes == 17 * 4096
    assert (found.drafts, found.most_drafting, few.most_drafting) == (6, 48, 4)


SPLIT = Pools(10.0, state_bytes=100.0, state_ratio=0.9, slots=5, spare=1)


@pytest.mark.parametrize(
    ("pool", "held"),
    [
        pytest.param(Pools(10.0), Held(1000, 0, 0), id="tokens only"),
        pytest.param(SPLIT, Held(1000, 1100, 1100 * (1 + 1 / 0.9) - 2100), id="states decide"),
        pytest.param(SPLIT._replace(token_bytes=100.0), Held(10_000, 1100, 19_000 - 11_100), id="tokens decide"),
        pytest.param(
            SPLIT._replace(drafts=3), Held(1000, 1100 + 900, 2000 * (1 + 1 / 0.9) - 3000), id="states of drafts"
        ),
    ],
)
def test_what_two_sequences_take(pool: Pools, held: Held) -> None:
    """One pool is never larger than its share, so that what the other needs leaves some of it empty."""
    assert pool.held(2, 50) == pytest.approx(held)


@pytest.mark.parametrize("drafts", [0, 3])
@pytest.mark.parametrize("sequences", [1, 4, 30])
@pytest.mark.parametrize("tokens", [10, 1000, 100_000])
def test_what_sequences_take_is_what_the_pools_then_hold(drafts: int, sequences: int, tokens: int) -> None:
    """Both ways agree: the memory that is asked for holds the sequences, and a tenth less does not."""
    pool = SPLIT._replace(drafts=drafts, most_drafting=48)
    needed = sum(pool.held(sequences, tokens))

    def is_enough(memory: float) -> bool:
        return pool.slots_in(memory) >= sequences * pool.slots and pool.tokens_in(memory) >= sequences * tokens

    assert is_enough(needed + 1)
    assert not is_enough(needed * (0.85 if drafts else 0.95))


def test_nothing_is_left_for_pools() -> None:
    """Weights that fill the share."""
    assert (SPLIT.slots_in(0), SPLIT.tokens_in(0)) == (0, 0)
