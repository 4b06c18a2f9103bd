"""Which layers get an adapter, and how large it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.entries.part import MOST_KEPT
from model_garden_registry.families.family import Family, ends
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.network.layers import Linear
from model_garden_registry.memory.network.shape import Shape


@dataclass(frozen=True)
class Adapted:
    """
    The parameters that an adapter adds.

    Args:
        by_group: The layers that get one, for each group of the network; matrices that are one in the checkpoint count
            as one.

        on_embeddings: Whether the embedding matrix gets one.

        on_head: Whether the head gets one.

        has_magnitudes: Whether each output has a magnitude as well (DoRA).
    """

    by_group: tuple[tuple[Linear, ...], ...] = ()
    on_embeddings: bool = False
    on_head: bool = False
    has_magnitudes: bool = False

    def group_parameters(self, rank: int) -> tuple[int, ...]:
        """Return the trained parameters of the layers of each group, all instances."""
        return tuple(rank * width + magnitudes for width, magnitudes in self._widths)

    @lazy
    def _widths(self) -> tuple[tuple[int, int], ...]:
        """The adapter weights of rank 1 for each group, and the magnitudes."""
        return tuple(
            (
                sum((each.d_in + each.d_out) * each.instances for each in linears),
                sum(each.d_out * each.instances for each in linears) if self.has_magnitudes else 0,
            )
            for linears in self.by_group
        )

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The layers of all groups."""
        return tuple(linear for linears in self.by_group for linear in linears)

    def parameters(self, shape: Shape, rank: int) -> int:
        """Return the trained parameters of an adapter of this rank: one matrix down to it, one up to the output."""
        ends = (self.on_embeddings + self.on_head) * rank * (shape.vocab + shape.hidden)
        if self.has_magnitudes:
            ends += self.on_embeddings * shape.hidden + self.on_head * shape.vocab
        return sum(self.group_parameters(rank)) + ends


class Reach(NamedTuple):
    """
    How target module names reach experts that are one fused tensor.

    Args:
        converts: Whether PEFT turns names into such parameters, for the families that it knows.

        adds_experts: Whether the stack adds the experts when feed-forward layers are among the names.

        is_fused: Whether experts are one tensor at all, in the families that fuse them.
    """

    converts: bool = True
    adds_experts: bool = False
    is_fused: bool = True


@lru_cache(maxsize=MOST_KEPT)
def adapted(
    shape: Shape,
    target_modules: tuple[str, ...] | str,
    reach: Reach = Reach(),  # noqa: B008
    *,
    target_parameters: tuple[str, ...] = (),
    use_dora: bool = False,
) -> Adapted:
    """
    Return the layers that target module names match; a name without a match adds nothing, nor does a second match.

    Args:
        target_modules: Names as in the checkpoint, which may be dotted, or ``"all-linear"``: all but the head.

        reach: How names reach fused experts.

        target_parameters: Names of fused experts, which get adapters as well.

        use_dora: Whether magnitudes are trained beside each adapter.

    Source:
        PEFT: a name matches a module by its whole name, or by a suffix that begins after a dot.
    """
    family = shape.family
    converts = family.peft_converts and reach.converts and not reach.adds_experts
    names = None if isinstance(target_modules, str) else [name.rpartition(".")[2] for name in target_modules]
    by_group = []
    for group in shape.groups:
        reachable = [
            linear for linear in group.linears if not reach.is_fused or _is_reachable(linear, family, converts=converts)
        ]
        found = reachable if names is None else list(dict.fromkeys(_named(names, reachable, family)))
        found = _converted(found) if converts else found
        # With "all-linear", Unsloth does not add experts.
        added = list(_added(names, group.linears, family)) if reach.adds_experts and names is not None else []
        found = [*found, *added]
        if target_parameters and reach.is_fused:
            found += _parameters(target_parameters, group.linears, family, found)
        by_group.append(tuple(found))
    ends_named = set(names or ())
    on_embeddings, on_head = (bool(ends_named & {*ends(which)}) for which in ("embeddings", "heads"))
    return Adapted(tuple(by_group), on_embeddings, on_head, use_dora)


def merged_expert_weights(shape: Shape, found: Adapted) -> int:
    """
    Return the weights of the fused, adapted experts of one layer, as one matrix up and one down.

    Source:
        PEFT, `tuners/lora/layer.py` ParamWrapper, which merges the weights and the adapters' delta into one tensor.
    """
    if not shape.family.fused_experts:
        return 0
    return max(
        sum(linear.parameters for linear in group.linears if linear.place == "expert") // group.layers
        if any(linear.place == "expert" for linear in linears)
        else 0
        for group, linears in zip(shape.groups, found.by_group, strict=True)
    )


def _is_reachable(linear: Linear, family: Family, *, converts: bool) -> bool:
    """Return whether a name can match a layer: fused experts are no layers, unless PEFT converts the names."""
    if converts:
        return linear.place in ("attention", "expert")
    return linear.place != "expert" or not family.fused_experts


def _converted(linears: Sequence[Linear]) -> list[Linear]:
    """
    Return the layers as PEFT adapts them: for fused experts, gate and up are one parameter with twice the rank.

    Source:
        PEFT, `utils/transformers_weight_conversion.py`
    """
    fused = [linear for linear in linears if linear.place == "expert" and linear.name != "down"]
    if not fused:
        return list(linears)
    both = fused[0]._replace(d_out=sum(linear.d_out for linear in fused), instances=2 * fused[0].instances)
    return [*(linear for linear in linears if linear not in fused), both]


def _added(names: Sequence[str], linears: Sequence[Linear], family: Family) -> Iterator[Linear]:
    """
    Yield the expert parameters that a stack adds, each once and whole: gate and up are one in most families.

    Source:
        unsloth, `models/_utils.py` get_moe_target_parameters
    """
    experts = {linear.name: linear for linear in linears if linear.place == "expert"}
    meant = {
        matrix
        for modules in (family.feed_forward, family.expert_modules)
        for name, matrices in modules.items()
        if name in names
        for matrix in matrices
    }
    for matrices in family.fused_experts.values():
        held = [experts[matrix] for matrix in matrices if matrix in experts]
        if held and meant & set(matrices):
            yield held[0]._replace(d_out=sum(linear.d_out for linear in held))


def _parameters(
    wanted: Sequence[str], linears: Sequence[Linear], family: Family, found: Sequence[Linear]
) -> Iterator[Linear]:
    """
    Return the experts that parameter names match, each once and whole, without those that have adapters already.

    Source:
        PEFT, `tuners/tuners_utils.py` `_inject_parameters`: a name matches a parameter by its whole name, or by a
        suffix that begins after a dot.
    """
    experts = {linear.name: linear for linear in linears if linear.place == "expert"}
    adapted_names = {linear.name for linear in found if linear.place == "expert"}
    for name, matrices in family.fused_experts.items():
        parts = [experts[matrix] for matrix in matrices if matrix in experts]
        is_meant = any(each == name or each.endswith(f".{name}") or name.endswith(f".{each}") for each in wanted)
        if parts and is_meant and parts[0].name not in adapted_names:
            yield parts[0]._replace(d_out=sum(linear.d_out for linear in parts))


def _named(names: Sequence[str], linears: Sequence[Linear], family: Family) -> Iterator[Linear]:
    """Yield the layers of one group that the names match."""
    own = {linear.name for linear in linears}
    for name in names:
        if name in own:  # a mixer's own name
            yield from (linear for linear in linears if linear.name == name)
        for modules in (family.attention, family.feed_forward, family.expert_modules):
            if name in modules:
                yield from _merged(linears, modules[name])


def _merged(linears: Sequence[Linear], matrices: tuple[str, ...]) -> Iterator[Linear]:
    """Yield the layer that contains the named matrices, in each place where the network has it."""
    if len(matrices) == 1:
        yield from (linear for linear in linears if linear.name == matrices[0])
        return
    by_place: dict[str, Linear] = {}
    for linear in (linear for name in matrices for linear in linears if linear.name == name):
        before = by_place.get(linear.place)
        by_place[linear.place] = linear._replace(d_out=before.d_out + linear.d_out) if before else linear
    yield from by_place.values()
