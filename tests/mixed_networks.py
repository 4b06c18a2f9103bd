"""Networks of layers that are not alike, for properties that hold of any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hypothesis import strategies as st
from own_facts import facts_laid_over

from model_garden_registry.entries.model import ModelInfo

Group = dict[str, Any]

#: A family with a rule for one kind of mixer with a state, and whose experts are layers of their own.
OWL: dict[str, Any] = {
    "attention": {name: name[0] for name in ("q_proj", "k_proj", "v_proj", "o_proj")}
    | {"q_a_proj": "q_a", "q_b_proj": "q_b", "kv_a_proj": "kv_a", "kv_b_proj": "kv_b"},
    "feed_forward": {"gate_proj": "gate", "up_proj": "up", "down_proj": "down"},
    "mixers": {"linear": {"in_proj": "hidden > 3*num_heads*head_dim", "out_proj": "num_heads*head_dim > hidden"}},
    "mixer_weights": {"linear": "num_heads*conv_kernel"},
    "states": {"linear": "linear_attention"},
    "norms": 2,
    "gated": True,
    "head_norms": True,
}

#: Every name of a layer that can get an adapter.
TARGETS = (*OWL["attention"], *OWL["feed_forward"], "in_proj", "out_proj")

#: What of a network its groups of layers take for granted.
WHOLE: dict[str, Any] = {
    "model_type": "owl",
    "hidden_size": 256,
    "intermediate_size": 640,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 32,
    "vocab_size": 1024,
    "tie_word_embeddings": False,
    "moe": {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 96, "n_shared_experts": 1},
    "mla": {"kv_lora_rank": 64, "qk_rope_head_dim": 16, "q_lora_rank": 96, "qk_nope_head_dim": 32, "v_head_dim": 32},
}


@contextmanager
def owls() -> Iterator[None]:
    """Let the family be known, for as long as the context lasts."""
    with facts_laid_over(families={"families": {"owl": OWL}}):
        yield


def with_network(entry: ModelInfo, stated: Mapping[str, Any]) -> ModelInfo:
    """Give an entry another architecture."""
    return ModelInfo.model_validate({**entry.model_dump(exclude_unset=True), "architecture": stated})


def network(entry: ModelInfo, groups: list[Group]) -> ModelInfo:
    """Give an entry the network that consists of these groups."""
    count = sum(group["count"] for group in groups)
    return with_network(entry, {**WHOLE, "num_hidden_layers": count, "layers": groups})


def _group(mixer: str) -> st.SearchStrategy[Group]:
    must: dict[str, st.SearchStrategy[Any]] = {"count": st.integers(1, 20), "mixer": st.just(mixer)}
    may: dict[str, st.SearchStrategy[Any]] = {"intermediate_size": st.sampled_from([320, 640, 1280])}
    if mixer in ("full", "window", "latent"):
        may["shares_cache"] = st.booleans()
    if mixer in ("full", "window"):
        may["num_attention_heads"] = st.sampled_from([4, 8, 16])
        may["num_key_value_heads"] = st.sampled_from([1, 2, 4])
        may["head_dim"] = st.sampled_from([16, 32, 64])
    if mixer == "window":
        must["window"] = st.integers(1, 4096)
    if mixer == "linear":
        must |= {"num_heads": st.integers(1, 16), "head_dim": st.just(32), "conv_kernel": st.just(4)}
    kinds = ["dense", "moe"] if mixer == "none" else ["dense", "moe", "none"]
    return st.fixed_dictionaries({**must, "feed_forward": st.sampled_from(kinds)}, optional=may)


#: Some groups of layers, of any kinds.
GROUPS = st.lists(
    st.sampled_from(["full", "window", "latent", "linear", "none"]).flatmap(_group), min_size=1, max_size=5
)


def told_twice(stated: Mapping[str, Any], windowed: frozenset[int]) -> list[Group]:
    """
    Give the groups that say what an architecture's sums say already.

    Args:
        windowed: Which of its layers have the window, if it has one.
    """
    count, plain = stated["num_hidden_layers"], "latent" if stated.get("mla") else "full"
    moe = stated.get("moe")
    dense = count if moe is None else moe.get("first_k_dense_replace", 0)
    kinds: Counter[tuple[str, str, bool]] = Counter()
    for index in range(count):
        has_window = index in windowed
        mixer = "window" if has_window and plain == "full" else plain
        kinds[mixer, "dense" if index < dense else "moe", has_window] += 1
    return [
        {"count": layers, "mixer": mixer, "feed_forward": feed_forward}
        | ({"window": stated["sliding_window"]["window"]} if has_window else {})
        for (mixer, feed_forward, has_window), layers in kinds.items()
    ]


@st.composite
def uniform(draw: st.DrawFn) -> tuple[dict[str, Any], list[Group]]:
    """Draw an architecture told by its sums, and the groups that say the same of its layers, in any order."""
    count = draw(st.integers(1, 24))
    stated = {**WHOLE, "num_hidden_layers": count}
    if draw(st.booleans()):
        del stated["mla"]
    if draw(st.booleans()):
        del stated["moe"]
    else:
        stated["moe"] = {**WHOLE["moe"], "first_k_dense_replace": draw(st.integers(0, count))}
    windowed: frozenset[int] = frozenset()
    if draw(st.booleans()):
        windowed = draw(st.frozensets(st.integers(0, count - 1), min_size=1))
        stated["sliding_window"] = {"window": draw(st.integers(1, 4096)), "num_layers": len(windowed)}
    return stated, draw(st.permutations(told_twice(stated, windowed)))
