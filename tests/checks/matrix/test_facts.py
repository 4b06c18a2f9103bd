"""Where a fact about a stack or an engine stands."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from own_facts import facts_laid_over

from model_garden_registry.bundled import storage_directory
from model_garden_registry.checks.matrix.cells import Column, Fact
from model_garden_registry.checks.matrix.facts import columns, fact_of
from model_garden_registry.entries.tasks import InferenceEngine, TrainingStack

TRL = Column("training", "trl", "TRL", "1.3")
VLLM = Column("inference", "vllm", "vLLM", "0.9")
FACTS = {
    "stacks": {
        "kernels": {"flash": "8.0"},
        "stacks": {
            "trl": {
                "oldest": "1.0",
                "read": "1.3",
                "brings": {"peft": "0.5"},
                "ranges": [
                    {"since": "1.0", "source": "a.py", "loss": "full", "tile": None},
                    {"since": "1.2", "loss": "tiled"},
                ],
            }
        },
        "libraries": {
            "peft": {"ranges": [{"since": "0.4", "source": "p.py", "converts": False}, {"since": "0.6", "converts": 1}]}
        },
    },
    "engines": {
        "options": {"pool": {"unasked": 1, "engines": ["vllm"]}},
        "engines": {
            "vllm": {
                "read": "0.9",
                "ranges": [
                    {"since": "0.8", "source": "q.py", "formats": {"a/b": {"least": "7.5"}, "c/d": None}},
                    {"since": "0.9", "source": "r.py", "formats": {"c/d": {"least": "8.0"}}},
                ],
            }
        },
    },
}


def test_every_stack_and_engine_is_a_column() -> None:
    """At the newest release that was read, training stacks first."""
    found = columns()
    newest = {column.name: column.version for column in found}

    assert [column.name for column in found if column.task == "training"] == list(newest)[
        : len(get_args(TrainingStack))
    ]
    assert set(newest) == {*get_args(TrainingStack), *get_args(InferenceEngine)}
    for file in ("stacks", "engines"):
        table = json.loads((storage_directory() / f"{file}.json").read_bytes())[file]
        assert {name: record["read"] for name, record in table.items()}.items() <= newest.items()


@pytest.mark.parametrize(
    ("column", "name", "fact"),
    [
        (TRL, "loss", Fact("stacks.json", "/stacks/trl/ranges/1/loss", "loss", "tiled", "1.2", None)),
        (TRL, "tile", Fact("stacks.json", "/stacks/trl/ranges/0/tile", "tile", None, "1.0", "a.py")),
        (TRL, "kernels.flash", Fact("stacks.json", "/kernels/flash", "kernels.flash", "8.0", None, None)),
        (
            TRL,
            "peft.converts",
            Fact("stacks.json", "/libraries/peft/ranges/0/converts", "peft.converts", False, "0.4", "p.py"),
        ),
        (
            VLLM,
            "formats.a/b",
            Fact("engines.json", "/engines/vllm/ranges/0/formats/a~1b", "formats.a/b", {"least": "7.5"}, "0.8", "q.py"),
        ),
        (
            VLLM,
            "formats.c/d",
            Fact("engines.json", "/engines/vllm/ranges/1/formats/c~1d", "formats.c/d", {"least": "8.0"}, "0.9", "r.py"),
        ),
        (
            VLLM,
            "options.pool",
            Fact("engines.json", "/options/pool", "options.pool", {"unasked": 1, "engines": ["vllm"]}, None, None),
        ),
        (TRL, "formats.a/b", None),
        (VLLM, "formats.e/f", None),
    ],
)
def test_a_fact_stands_in_the_last_range_that_states_it(column: Column, name: str, fact: Fact | None) -> None:
    """Of a release that is covered; a library's at the release that the stack takes; null is a value."""
    with facts_laid_over(**FACTS):
        assert fact_of(column, name) == fact
