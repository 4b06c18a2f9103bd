"""What a serving engine chooses, takes and refuses."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any, get_args

import pytest
from own_facts import facts_laid_over

from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.entries.tasks import InferenceEngine
from model_garden_registry.families.engines import (
    BatchChoice,
    Engine,
    MemoryRow,
    engine_of,
    engine_options,
    engine_package,
    ignored_settings,
)
from model_garden_registry.families.kernels import FormatSupport
from model_garden_registry.families.ranges import package_of
from model_garden_registry.families.tables import table
from model_garden_registry.families.versions import known_release
from model_garden_registry.units import GIB, MIB

LARGE = BatchChoice(70 * GIB, 1024, 8192, 16384, (), ("a100",), ("8.0",))
SMALL = BatchChoice(0, 256, 2048, 8192, (), (), ())
ROWS = (MemoryRow(20 * GIB, 2048, 8, 16), MemoryRow(None, 4096, 32, 160))

OWL: dict[str, Any] = {
    "name": "Owl",
    "package": "owl",
    "oldest": "0.6",
    "read": "0.33.0",
    "ranges": [
        {
            "since": "0.6",
            "source": "",
            "capability": "7.0",
            "block_tokens": 16,
            "float16_refused": ["gemma2"],
            "lora_ranks": [8, 16],
            "batches": [
                {
                    "memory_gib": 70,
                    "sequences": 1024,
                    "tokens": 8192,
                    "tokens_in_process": 16384,
                    "not_names": ["a100"],
                    "not_capabilities": ["8.0"],
                },
                {"memory_gib": 0, "sequences": 256, "tokens": 2048, "tokens_in_process": 8192},
            ],
            "memory_rows": [
                {"below_mib": 20480, "chunk": 2048, "graphs": 8, "graphs_many": 16},
                {"chunk": 4096, "graphs": 32, "graphs_many": 160},
            ],
            "formats": {
                "awq/awq": {"name": "awq_marlin", "least": "7.5", "native": "10.0", "unpacks": True},
                "gptq/gptq": None,
            },
        },
        {"since": "0.17", "formats": {"gptq/gptq": {"name": "gptq", "least": "6.0"}}, "capability": "7.5"},
    ],
}


def owl(version: str | None = None) -> Engine:
    """Return an engine of the test's own."""
    with facts_laid_over(engines={"engines": {"owl": OWL}}):
        return engine_of("owl", version)


def test_every_engine_has_facts() -> None:
    """An engine that an entry can name can be asked, at every release that is covered."""
    assert set(table("engines")["engines"]) == set(get_args(InferenceEngine))
    for name in get_args(InferenceEngine):
        package = engine_package(name)
        for version in (package.oldest, *(item["since"] for item in package.ranges), package.read):
            assert engine_of(name, version).package is package


@pytest.mark.parametrize("name", get_args(InferenceEngine))
def test_ranges_are_in_order(name: str) -> None:
    """From the oldest release that is covered on."""
    package = engine_package(name)
    since = [known_release(item["since"]) for item in package.ranges]

    assert since[0] <= known_release(package.oldest)
    assert since == sorted(since)


@pytest.mark.parametrize("version", ["0.6.0", "0.33.0"])
def test_vllm_chooses_a_batch_on_every_gpu(version: str) -> None:
    """However little memory it has."""
    assert engine_of("vllm", version).batch_on(0).sequences > 0


def test_sglang_chooses_by_every_size_of_memory() -> None:
    """However much there is."""
    engine = engine_of("sglang")

    assert [engine.memory_row(size * GIB).chunk > 0 for size in (0, 24, 10_000)] == [True] * 3


@pytest.mark.parametrize(
    ("version", "named", "capability", "gptq"),
    [
        pytest.param("0.6.1", "Owl 0.6.1", "7.0", None, id="an older release"),
        pytest.param("0.17", "Owl 0.17", "7.5", FormatSupport("gptq", "6.0", "6.0"), id="one that changed something"),
        pytest.param(None, "Owl 0.33.0", "7.5", FormatSupport("gptq", "6.0", "6.0"), id="the newest that was read"),
    ],
)
def test_an_engine_at_a_release(version: str | None, named: str, capability: str, gptq: FormatSupport | None) -> None:
    """What did not change is as it was."""
    engine = owl(version)

    assert (engine.named, engine.capability, engine.formats["gptq/gptq"]) == (named, capability, gptq)
    awq = engine.formats["awq/awq"]
    assert awq == FormatSupport("awq_marlin", "7.5", "10.0", unpacks=True)
    assert (awq.least_capability, awq.native_capability) == ((7, 5), (10, 0))
    assert (engine.batches, engine.memory_rows) == ((LARGE, SMALL), ROWS)
    assert (engine.float16_refused, engine.lora_ranks, engine.block_tokens) == (("gemma2",), (8, 16), 16)


def test_an_engine_of_which_little_is_known_chooses_nothing() -> None:
    """It has a name and a release."""
    record = {"name": "Owl", "oldest": "1", "read": "1", "ranges": [{"since": "1"}]}
    with facts_laid_over(engines={"engines": {"little": record}}):
        engine = engine_of("little")

    assert engine == Engine(package=package_of(record), version="1")


@pytest.mark.parametrize(
    ("total", "facts", "batch"),
    [
        pytest.param(80 * GIB, {}, LARGE, id="a large GPU"),
        pytest.param(70 * GIB, {}, LARGE, id="just large enough"),
        pytest.param(70 * GIB - 1, {}, SMALL, id="a small one"),
        pytest.param(80 * GIB, {"gpu_name": "NVIDIA H100"}, LARGE, id="by name"),
        pytest.param(80 * GIB, {"gpu_name": "NVIDIA A100-SXM4-80GB"}, SMALL, id="an exception by name"),
        pytest.param(80 * GIB, {"capability": (9, 0)}, LARGE, id="by capability"),
        pytest.param(80 * GIB, {"capability": (8, 0)}, SMALL, id="an exception by capability"),
    ],
)
def test_the_batch_on_a_gpu(total: int, facts: dict[str, Any], batch: BatchChoice) -> None:
    """By memory; some GPUs do not count as large, whatever they have."""
    assert owl().batch_on(total, **facts) == batch


@pytest.mark.parametrize(("mebibytes", "row"), [(8192, ROWS[0]), (20479, ROWS[0]), (20480, ROWS[1]), (10**6, ROWS[1])])
def test_what_the_memory_of_a_gpu_decides(mebibytes: int, row: MemoryRow) -> None:
    """The first row whose bound is above it."""
    assert owl().memory_row(mebibytes * MIB) == row


def test_the_facts_of_an_engine_cannot_be_changed() -> None:
    """They are everybody's."""
    with pytest.raises(FrozenInstanceError):
        engine_of("vllm").block_tokens = 1  # type: ignore[misc]  # the point of the test


def test_options_are_settings_that_some_engines_have() -> None:
    """Each by the name of a setting, with the value that asks for nothing: that of the format or of nobody's choice."""
    options = engine_options()
    unasked = {name: option.unasked for name, option in options.items()}

    assert options.keys() <= InferenceSettings.model_fields.keys()
    assert {name for name, option in options.items() if not {*option.engines} < {*get_args(InferenceEngine)}} == set()
    assert unasked["pipeline_parallel_size"] == 1
    assert unasked["kv_cache_memory_gb"] is None


def test_what_an_engine_ignores_is_none_of_its_options() -> None:
    """Asked of SGLang's own list of options, which is read again with each release."""
    keys = vocabulary("sglang").keys
    assert not {*ignored_settings("sglang")} & {*keys}
    assert "mem_fraction_static" in keys
    assert ignored_settings("vllm") == ()
