"""What each kind of node is to a model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clusters import inventory, nodes

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.placement.kinds import Nodes, nodes_of
from model_garden_registry.placement.laying import Laid, laid_out
from model_garden_registry.placement.needs import Judged, Wanted, judged
from model_garden_registry.placement.options import Spaces, problem_of
from model_garden_registry.placement.packing import Filled
from model_garden_registry.registry.questions import candidate_of, demand_for

SMALL, LARGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct"


def on(each: tuple[Nodes, ...], model_id: str, *, replicas: int = 1) -> Judged:
    """Judge a shipped model."""
    candidate = candidate_of(load_registry(bundled_registry())._entries, model_id, "inference")
    wanted = Wanted(subject=model_id, replicas=replicas, candidate=candidate, demand=demand_for(candidate, ()))
    return judged(wanted, {one.kind: one.count for one in each})


def empty(each: tuple[Nodes, ...]) -> list[Laid]:
    """Return all nodes with nothing on them."""
    return list(laid_out(each, [(Filled(one.count, {}),) for one in each], ()))


def test_nodes_of_a_pool_with_other_free_gpus_are_one_option() -> None:
    """As long as a replica takes as many GPUs on them."""
    each, _ = nodes_of(
        inventory(
            nodes("4x L4", pool="a", name="n1", free=3), nodes("4x L4", pool="a", name="n2"), nodes("4x L4", pool="b")
        )
    )
    options = Spaces(empty(each)).options(on(each, SMALL))

    assert [(one.devices.pool, one.gpus, one.at_once, one.more) for one in options] == [("a", 1, 7, 7), ("b", 1, 4, 4)]
    assert all(one.report is not None and one.report.is_valid for one in options)


def test_a_pool_that_runs_a_model_on_some_nodes_does_not_refuse_it() -> None:
    """The others only have too few free GPUs."""
    each, _ = nodes_of(
        inventory(nodes("8x H100 SXM", pool="a", name="n1", free=1), nodes("8x H100 SXM", pool="a", name="n2"))
    )
    options = Spaces(empty(each)).options(on(each, LARGE))

    assert [(one.gpus, one.at_once, one.problem) for one in options] == [(4, 2, None)]


def test_the_reason_is_that_of_the_node_with_most_free_gpus() -> None:
    """Not that all are in use."""
    each, _ = nodes_of(inventory(nodes("2x L4", pool="a", name="n1", free=0), nodes("2x L4", pool="a", name="n2")))
    (option,) = Spaces(empty(each)).options(on(each, LARGE))

    assert option.gpus is None
    assert "L4" in (option.problem or "")


def test_what_cannot_be_judged_has_its_error() -> None:
    """Everywhere."""
    each, _ = nodes_of(inventory(nodes("L4"), nodes("A10")))
    error = MissingShapeError("org/a", "head_dim")
    model = judged(Wanted(subject="org/a", problem=error), {one.kind: one.count for one in each})
    options = Spaces(empty(each)).options(model)

    assert [(one.gpus, one.problem) for one in options] == [(None, str(error))] * 2
    assert problem_of(model, options) == str(error)


@pytest.mark.parametrize(
    ("model_id", "replicas", "expected"),
    [
        pytest.param(SMALL, 1, "no space beside the other models", id="one"),
        pytest.param(SMALL, 3, "space for 3 of 3 replicas beside the other models", id="several"),
        pytest.param(SMALL, 4, "4 replicas do not fit: there is space for 3, with nothing else on the nodes", id="4"),
        pytest.param(LARGE, 1, "it runs on none of these GPUs", id="too large"),
    ],
)
def test_the_reason_of_a_model_that_has_no_place(model_id: str, replicas: int, expected: str) -> None:
    """In one sentence."""
    each, _ = nodes_of(inventory(nodes("2x L4"), nodes("A10")))
    model = on(each, model_id, replicas=replicas)

    assert problem_of(model, Spaces(empty(each)).options(model)) == expected


def test_without_any_node_the_inventory_is_the_reason() -> None:
    """For every model."""
    assert problem_of(on((), SMALL), ()) == "the inventory has no GPUs to place it on"


def test_a_replica_over_several_nodes_takes_whole_ones() -> None:
    """What fits beside others fits on nodes with nothing on them."""
    each, _ = nodes_of(inventory(nodes("4x L4", count=5, pool="a")))
    (kind,) = (one.kind for one in each)
    one = on(each, SMALL)
    over_two = Judged(one.wanted, {kind: replace(one.needs[kind], nodes=2)})
    laid = list(laid_out(each, [(Filled(2, {0: 1}), Filled(3, {}))], [one]))
    (option,) = Spaces(laid).options(over_two)

    assert (option.gpus, option.span, option.at_once, option.more) == (1, 2, 2, 1)


def test_a_slice_that_would_take_a_part_of_a_model_has_the_reason() -> None:
    """Its verdict alone is none."""
    each, _ = nodes_of(inventory(nodes("H100 SXM 3g.40gb:2", pool="a")))
    (kind,) = (one.kind for one in each)
    one = on(each, SMALL)
    spread = Judged(one.wanted, {kind: replace(one.needs[kind], devices=0)})
    (option,) = Spaces(empty(each)).options(spread)

    assert (option.gpus, option.problem) == (None, "a MIG slice takes no part of a model that is spread over nodes")
