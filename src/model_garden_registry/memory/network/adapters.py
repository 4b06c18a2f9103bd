"""Which layers get an adapter, and how large it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from model_garden_registry.families.family import Family, ends
from model_garden_registry.memory.network.layers import Linear
from model_garden_registry.memory.network.shape import Shape


class Adapted(NamedTuple):
    """
    What an adapter adds.

    Args:
        by_group: The layers that get one, for each group of the network; matrices that a checkpoint holds as one are
            one.

        on_embeddings: Whether the embedding matrix gets one.

        on_head: Whether the head gets one.
    """

    by_group: tuple[tuple[Linear, ...], ...] = ()
    on_embeddings: bool = False
    on_head: bool = False

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The layers of all groups."""
        return tuple(linear for linears in self.by_group for linear in linears)

    def parameters(self, shape: Shape, rank: int) -> int:
        """Return the trained parameters of an adapter of that rank: a matrix down to it, and one up to the output."""
        total = sum(rank * (linear.d_in + linear.d_out) * linear.instances for linear in self.linears)
        return total + (self.on_embeddings + self.on_head) * rank * (shape.vocab + shape.hidden)


def adapted(shape: Shape, target_modules: tuple[str, ...] | str) -> Adapted:
    """
    Find the layers that names of target modules mean; a name that means none adds nothing, nor does a second one.

    Args:
        target_modules: Names as in the checkpoint, which may be dotted, or ``"all-linear"``: all but the head.

    Source:
        PEFT: a module is meant by its whole name, or by an end of it that begins behind a dot.
    """
    reachable = [[linear for linear in group.linears if _is_reachable(linear, shape.family)] for group in shape.groups]
    if isinstance(target_modules, str):
        return Adapted(tuple(_converted(linears, shape.family) for linears in reachable))
    names = tuple(name.rpartition(".")[2] for name in target_modules)
    named = (tuple(dict.fromkeys(_named(names, linears, shape.family))) for linears in reachable)
    by_group = tuple(_converted(linears, shape.family) for linears in named)
    return Adapted(by_group, bool({*names} & {*ends("embeddings")}), bool({*names} & {*ends("heads")}))


def _is_reachable(linear: Linear, family: Family) -> bool:
    """Say whether a name can reach a layer: experts that are one tensor are no layers, unless PEFT converts names."""
    if family.peft_converts:
        return linear.place in ("attention", "expert")
    return linear.place != "expert" or not family.fused_experts


def _converted(linears: Sequence[Linear], family: Family) -> tuple[Linear, ...]:
    """
    Give the layers as PEFT adapts them: of fused experts, gate and up are one parameter with twice the rank.

    Source:
        PEFT, `utils/transformers_weight_conversion.py`
    """
    fused = [linear for linear in linears if linear.place == "expert" and linear.name != "down"]
    if not family.peft_converts or not fused:
        return tuple(linears)
    both = fused[0]._replace(d_out=sum(linear.d_out for linear in fused), instances=2 * fused[0].instances)
    return (*(linear for linear in linears if linear not in fused), both)


def _named(names: tuple[str, ...], linears: list[Linear], family: Family) -> Iterator[Linear]:
    """Give what the names mean among the layers of one group."""
    for name in names:
        yield from (linear for linear in linears if linear.name == name)  # a mixer's own name
        for modules in (family.attention, family.feed_forward, family.expert_modules):
            yield from _merged(linears, modules.get(name, ()))


def _merged(linears: list[Linear], matrices: tuple[str, ...]) -> Iterator[Linear]:
    """Give the layer that holds the named matrices, in each place where the network has it."""
    by_place: dict[str, Linear] = {}
    for linear in (linear for name in matrices for linear in linears if linear.name == name):
        before = by_place.get(linear.place)
        by_place[linear.place] = linear._replace(d_out=before.d_out + linear.d_out) if before else linear
    yield from by_place.values()
