"""Which layers get an adapter, and how large it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.memory.network.layers import Linear
from model_garden_registry.memory.network.shape import Shape

_QKV = ("q", "k", "v")

#: Names of checkpoints → matrices, each with the layers that it holds. Source: transformers' modeling files.
_MATRICES: dict[str, tuple[tuple[str, ...], ...]] = {
    **{f"{name}_proj": ((name,),) for name in ("q", "k", "v", "o", "gate", "up", "down")},
    **dict.fromkeys(("qkv_proj", "query_key_value", "c_attn", "Wqkv"), (_QKV,)),
    "gate_up_proj": (("gate", "up"),),
    **dict.fromkeys(("dense", "out_proj"), (("o",),)),
    **dict.fromkeys(("fc1", "dense_h_to_4h"), (("up",),)),
    **dict.fromkeys(("fc2", "dense_4h_to_h"), (("down",),)),
    "w1": (("gate",),),
    "w3": (("up",),),
    "w2": (("down",),),
    "c_proj": (("o",), ("down",)),
    "q_a_proj": (("q_a",),),
    "q_b_proj": (("q_b",),),
    "kv_a_proj_with_mqa": (("kv_a",),),
    "kv_b_proj": (("kv_b",),),
}
_EMBEDDINGS = frozenset({"embed_tokens", "wte", "embed_in", "word_embeddings"})
_HEADS = frozenset({"lm_head", "embed_out"})

#: `model_type` of networks whose experts are one tensor, which `target_modules` does not reach.
#: Source: transformers, `GptOssExperts`, `Llama4TextExperts`.
_FUSED_EXPERTS = frozenset({"gpt_oss", "llama4"})


class Adapted(NamedTuple):
    """
    What an adapter adds.

    Args:
        linears: The layers that get one; matrices that a checkpoint holds as one are one.

        on_embeddings: Whether the embedding matrix gets one.

        on_head: Whether the head gets one.
    """

    linears: tuple[Linear, ...] = ()
    on_embeddings: bool = False
    on_head: bool = False

    def parameters(self, shape: Shape, rank: int) -> int:
        """Return the trained parameters of an adapter of that rank: a matrix down to it, and one up to the output."""
        total = sum(rank * (linear.d_in + linear.d_out) * linear.instances for linear in self.linears)
        return total + (self.on_embeddings + self.on_head) * rank * (shape.vocab + shape.hidden)


def adapted(entry: ModelInfo, shape: Shape, target_modules: tuple[str, ...] | str) -> Adapted:
    """
    Find the layers that names of target modules mean; a name that means none adds nothing, nor does a second one.

    Args:
        target_modules: Names as in the checkpoint, which may be dotted, or ``"all-linear"``: all but the head.

    Source:
        PEFT: a module is meant by its whole name, or by an end of it that begins behind a dot.
    """
    model_type = entry.architecture.model_type if entry.architecture else None
    has_fused_experts = model_type in _FUSED_EXPERTS
    reachable = [linear for linear in shape.linears if not (has_fused_experts and linear.place == "expert")]
    if isinstance(target_modules, str):
        return Adapted(tuple(reachable))
    by_name: dict[str, list[Linear]] = {}
    for linear in reachable:
        by_name.setdefault(linear.name, []).append(linear)
    linears: list[Linear] = []
    names = [name.rpartition(".")[2] for name in target_modules]
    for name in names:
        for layers in _MATRICES.get(name, ()):
            linears += by_name.get(layers[0], ()) if len(layers) == 1 else _merged(by_name, layers)
    ends = frozenset(names)
    return Adapted(tuple(dict.fromkeys(linears)), bool(ends & _EMBEDDINGS), bool(ends & _HEADS))


def _merged(by_name: dict[str, list[Linear]], layers: tuple[str, ...]) -> Iterable[Linear]:
    """Give the matrix that holds the named layers, in each place where the network has it."""
    by_place: dict[str, Linear] = {}
    for linear in (linear for layer in layers for linear in by_name.get(layer, ())):
        before = by_place.get(linear.place)
        by_place[linear.place] = linear._replace(d_out=before.d_out + linear.d_out) if before else linear
    return by_place.values()
