"""Derived requirements, computed anew: what follows from the shape, and nothing that somebody declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.consistency import Surroundings, entry_flaws
from model_garden_registry.checks.entry.derived_requirements import Correction, corrections, derive
from model_garden_registry.checks.entry.memory_physics import memory_flaws
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.provenance import Source
from model_garden_registry.entries.requirements import Requirements, TaskRequirements
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.findings import Severity
from model_garden_registry.memory.fitting.gpu_sizes import least_settings, smallest_gpu_gb
from model_garden_registry.memory.network.shape import states_shape

DERIVED = Source(kind="derived", source="the shape", as_of="2026-11")
DECLARED = Source(kind="declared", source="somebody", as_of="2026-11")
LLAMA = load_registry(bundled_registry())["meta-llama/Llama-3.1-8B-Instruct"]
#: Shipped entries whose shape tells what they need.
ENTRIES = [entry for entry in load_registry(bundled_registry()).values() if states_shape(entry)]


def stated(*, minimum: float, recommended: float, gpus: int = 1, **tasks: TaskRequirements) -> Requirements:
    """State requirements."""
    return Requirements(min_vram_gb=minimum, recommended_vram_gb=recommended, min_gpus=gpus, min_ram_gb=8, **tasks)


def block(minimum: float, recommended: float, gpus: int = 1) -> TaskRequirements:
    """State those of a task."""
    return TaskRequirements(min_vram_gb=minimum, recommended_vram_gb=recommended, min_gpus=gpus)


def numbers(requirements: Requirements, entry: ModelInfo = LLAMA, **sources: Source) -> dict[str, int]:
    """Give the derived numbers of an entry by pointer, with other requirements and sources (``_`` for ``/``)."""
    pointers = {pointer.replace("__", "/"): source for pointer, source in sources.items()}
    changed = entry.model_copy(update={"requirements": requirements, "sources": pointers})
    return {"/".join(where): number for where, number in derive(changed).numbers.items()}


def least(task: Any) -> int:
    """Give the smallest card of a task, in GB."""
    return smallest_gpu_gb(LLAMA, least_settings(LLAMA, merge(LLAMA, task)))


def test_the_top_is_the_larger_of_both_tasks() -> None:
    """Where no task has numbers of its own; recommended is a size that is sold, above the minimum."""
    found = numbers(stated(minimum=1, recommended=2), __requirements=DERIVED)
    minimum = max(least("training"), least("inference"))

    assert found == {"requirements/min_vram_gb": minimum, "requirements/recommended_vram_gb": 24}


def test_each_task_has_its_own() -> None:
    """And the top is the larger of what then stands there."""
    requirements = stated(minimum=1, recommended=2, training=block(1, 2), inference=block(1, 2))
    found = numbers(requirements, __requirements=DERIVED)

    assert found == {
        "requirements/training/min_vram_gb": least("training"),
        "requirements/inference/min_vram_gb": least("inference"),
        "requirements/min_vram_gb": max(least("training"), least("inference")),
        "requirements/training/recommended_vram_gb": 24,
        "requirements/inference/recommended_vram_gb": 24,
        "requirements/recommended_vram_gb": 24,
    }


def test_what_is_declared_stays_and_counts_at_the_top() -> None:
    """The nearest source decides: that of the value, else that of an object around it."""
    requirements = stated(minimum=1, recommended=2, training=block(40.5, 99), inference=block(1, 30))
    found = numbers(
        requirements,
        __requirements=DERIVED,
        __requirements__training=DECLARED,
        __requirements__inference__recommended_vram_gb=DECLARED,
    )

    assert found == {
        "requirements/inference/min_vram_gb": least("inference"),
        "requirements/min_vram_gb": 41,
        "requirements/recommended_vram_gb": 99,
    }


def test_more_gpus_than_at_the_top_are_another_case() -> None:
    """A task that is split over more of them does not speak for the top."""
    requirements = stated(minimum=1, recommended=2, training=block(500, 999, gpus=4), inference=block(1, 2))
    found = numbers(requirements, __requirements=DERIVED, __requirements__training=DECLARED)

    assert found["requirements/min_vram_gb"] == least("inference")


@pytest.mark.parametrize(
    ("requirements", "sources", "blocked"),
    [
        pytest.param(
            stated(minimum=5, recommended=6),
            {"__requirements__min_vram_gb": DERIVED},
            {"requirements/min_vram_gb": "would be above requirements.recommended_vram_gb 6"},
            id="a minimum above what is recommended",
        ),
        pytest.param(
            stated(minimum=90, recommended=99),
            {"__requirements__recommended_vram_gb": DERIVED},
            {"requirements/recommended_vram_gb": "would be below requirements.min_vram_gb 90"},
            id="recommended below the minimum",
        ),
        pytest.param(
            stated(minimum=5, recommended=99, training=block(5, 99)),
            {"__requirements__training__min_vram_gb": DERIVED},
            {"requirements/training/min_vram_gb": "would be above requirements.min_vram_gb 5"},
            id="a task above the total",
        ),
        pytest.param(
            stated(minimum=5, recommended=6, training=block(5, 6), inference=block(5, 6)),
            {"__requirements__min_vram_gb": DERIVED, "__requirements__training__min_vram_gb": DERIVED},
            {"requirements/training/min_vram_gb": "would be above requirements.training.recommended_vram_gb 6"},
            id="the total follows what stays in the tasks",
        ),
    ],
)
def test_a_number_that_would_contradict_another_stays(
    requirements: Requirements, sources: dict[str, Source], blocked: dict[str, str]
) -> None:
    """With the reason: what was valid stays valid."""
    pointers = {pointer.replace("__", "/"): source for pointer, source in sources.items()}
    derived = derive(LLAMA.model_copy(update={"requirements": requirements, "sources": pointers}))

    assert {"/".join(where): reason for where, (_, reason) in derived.blocked.items()} == blocked
    assert all(where not in derived.numbers for where in derived.blocked)


PAIRS = st.tuples(st.integers(1, 60), st.integers(1, 60)).map(sorted)


@given(
    top=PAIRS,
    training=PAIRS,
    inference=PAIRS,
    sourced=st.sets(
        st.sampled_from(
            [
                f"/requirements{block}{field}"
                for block in ("", "/training", "/inference")
                for field in ("", "/min_vram_gb", "/recommended_vram_gb")
            ]
        )
    ),
)
def test_a_valid_entry_stays_valid(
    top: list[int], training: list[int], inference: list[int], sourced: set[str]
) -> None:
    """Whichever of its numbers are derived."""
    pairs = zip(top, training, inference, strict=True)
    minimum, recommended = (max(numbers) for numbers in pairs)
    requirements = stated(
        minimum=minimum, recommended=recommended, training=block(*training), inference=block(*inference)
    )
    entry = LLAMA.model_copy(update={"requirements": requirements, "sources": dict.fromkeys(sourced, DERIVED)})
    fixed = requirements.model_dump()
    for (*parents, field), number in derive(entry).numbers.items():
        reduce(getitem, parents[1:], fixed)[field] = number
    raw = {**entry.model_dump(mode="json", exclude={"sources"}), "requirements": fixed}

    flaws = entry_flaws(entry.id, raw, Surroundings({entry.id: raw}, (entry.category,), {}))

    assert [flaw for flaw in flaws if flaw.severity is Severity.FAIL] == []


@pytest.mark.parametrize(
    ("entry", "requirements", "sources"),
    [
        pytest.param(LLAMA, stated(minimum=1, recommended=2), {}, id="no source"),
        pytest.param(LLAMA, stated(minimum=1, recommended=2), {"__requirements": DECLARED}, id="declared"),
        pytest.param(LLAMA, stated(minimum=0, recommended=0), {"__requirements": DERIVED}, id="no GPU is needed"),
        pytest.param(
            LLAMA.model_copy(update={"architecture": None}),
            stated(minimum=1, recommended=2),
            {"__requirements": DERIVED},
            id="no shape",
        ),
    ],
)
def test_nothing_is_derived(entry: ModelInfo, requirements: Requirements, sources: dict[str, Source]) -> None:
    """Where nobody says so, or nothing can be computed."""
    assert numbers(requirements, entry, **sources) == {}


def test_no_card_is_sold_that_is_large_enough() -> None:
    """Then the recommended memory is what is needed."""
    layers = {"num_hidden_layers": 2000, "parameters": None}
    huge = LLAMA.model_copy(update={"architecture": LLAMA.architecture.model_copy(update=layers)})  # type: ignore[union-attr]
    found = numbers(stated(minimum=1, recommended=2), huge, __requirements=DERIVED)

    assert found["requirements/recommended_vram_gb"] >= found["requirements/min_vram_gb"] + 1


@given(entry=st.sampled_from(ENTRIES))
def test_derived_numbers_have_nothing_against_them(entry: ModelInfo) -> None:
    """The rules of memory find no fault with them, and the recommended card holds the settings as they are."""
    requirements = entry.requirements.model_copy(update={"training": None, "inference": None})
    entry = entry.model_copy(update={"requirements": requirements, "sources": {"/requirements": DERIVED}})
    found = derive(entry).numbers
    minimum, recommended = (found["requirements", field] for field in ("min_vram_gb", "recommended_vram_gb"))
    fixed = entry.model_copy(
        update={
            "requirements": requirements.model_copy(update={"min_vram_gb": minimum, "recommended_vram_gb": recommended})
        }
    )
    tasks: list[Any] = [task for task in ("training", "inference") if entry.supports(task)]  # type: ignore[arg-type]

    assert [flaw for flaw in memory_flaws(fixed) if flaw.severity in (Severity.FAIL, Severity.WARNING)] == []
    assert derive(fixed) == (found, {})
    assert minimum < recommended
    assert all(smallest_gpu_gb(entry, merge(entry, task)) <= recommended for task in tasks)


def test_a_file_is_corrected_where_it_differs(
    document: Callable[..., Any], raw_with: Callable[[Mapping[str, Any]], Any]
) -> None:
    """By entry, in file order; an entry that is not valid is passed over."""
    raw = LLAMA.model_dump(mode="json", exclude_unset=True)
    right = numbers(LLAMA.requirements, __requirements=DERIVED)
    raw["requirements"] = {
        "min_vram_gb": right["requirements/min_vram_gb"],
        "recommended_vram_gb": 1000,
        "min_ram_gb": 8,
    }
    raw["sources"] = {"/requirements": DERIVED.model_dump()}
    broken = raw_with({"id": "org/broken", "name": 1})
    found = list(corrections(document(broken, raw), Path("models.json")))

    assert found == [Correction(("models", LLAMA.id, "requirements", "recommended_vram_gb"), 1000, 24)]
