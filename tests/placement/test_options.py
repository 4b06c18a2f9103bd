"""What each kind of node is to a model."""

from __future__ import annotations

import pytest
from clusters import inventory, nodes

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.placement.kinds import Kind, kinds_of
from model_garden_registry.placement.laying import Laid, laid_out
from model_garden_registry.placement.needs import Judged, Wanted, judged
from model_garden_registry.placement.options import Spaces, problem_of
from model_garden_registry.placement.packing import Filled
from model_garden_registry.registry.questions import candidate_of, demand_for

SMALL, LARGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct"


def on(kinds: tuple[Kind, ...], model_id: str, *, replicas: int = 1) -> Judged:
    """Judge a shipped model."""
    candidate = candidate_of(load_registry(bundled_registry())._entries, model_id, "inference")
    wanted = Wanted(subject=model_id, replicas=replicas, candidate=candidate, demand=demand_for(candidate, ()))
    return judged(wanted, kinds)


def empty(kinds: tuple[Kind, ...]) -> list[Laid]:
    """Return all nodes with nothing on them."""
    return list(laid_out(kinds, [(Filled(kind.count, {}),) for kind in kinds], ()))


def test_nodes_of_a_pool_with_other_free_gpus_are_one_option() -> None:
    """As long as a replica takes as many GPUs on them."""
    kinds, _ = kinds_of(
        inventory(
            nodes("4x L4", pool="a", name="n1", free=3), nodes("4x L4", pool="a", name="n2"), nodes("4x L4", pool="b")
        )
    )
    options = Spaces(empty(kinds)).options(on(kinds, SMALL))

    assert [(one.devices.pool, one.gpus, one.at_once, one.more) for one in options] == [("a", 1, 7, 7), ("b", 1, 4, 4)]
    assert all(one.report is not None and one.report.is_valid for one in options)


def test_a_pool_that_runs_a_model_on_some_nodes_does_not_refuse_it() -> None:
    """The others only have too few free GPUs."""
    kinds, _ = kinds_of(
        inventory(nodes("8x H100 SXM", pool="a", name="n1", free=1), nodes("8x H100 SXM", pool="a", name="n2"))
    )
    options = Spaces(empty(kinds)).options(on(kinds, LARGE))

    assert [(one.gpus, one.at_once, one.problem) for one in options] == [(4, 2, None)]


def test_the_reason_is_that_of_the_node_with_most_free_gpus() -> None:
    """Not that all are in use."""
    kinds, _ = kinds_of(inventory(nodes("2x L4", pool="a", name="n1", free=0), nodes("2x L4", pool="a", name="n2")))
    (option,) = Spaces(empty(kinds)).options(on(kinds, LARGE))

    assert option.gpus is None
    assert "L4" in (option.problem or "")


def test_what_cannot_be_judged_has_its_error() -> None:
    """Everywhere."""
    kinds, _ = kinds_of(inventory(nodes("L4"), nodes("A10")))
    error = MissingShapeError("org/a", "head_dim")
    model = judged(Wanted(subject="org/a", problem=error), kinds)
    options = Spaces(empty(kinds)).options(model)

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
    kinds, _ = kinds_of(inventory(nodes("2x L4"), nodes("A10")))
    model = on(kinds, model_id, replicas=replicas)

    assert problem_of(model, Spaces(empty(kinds)).options(model)) == expected


def test_without_any_node_the_inventory_is_the_reason() -> None:
    """For every model."""
    assert problem_of(on((), SMALL), ()) == "the inventory has no GPUs to place it on"
