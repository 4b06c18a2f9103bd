"""The batch that an engine chooses by what a GPU is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.checks.hardware.engine_batch import demand_on
from model_garden_registry.checks.hardware.fit import Machine, machine_of
from model_garden_registry.checks.hardware.need import Demand, demand_of
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.hardware.gpus import NOT_ASKED, Cause, Fact, Gpu, Hardware, Unread
from model_garden_registry.units import GIB

Changes = Mapping[str, Any]
Make = Callable[[Changes], ModelInfo]

BATCHES = [
    {
        "memory_gib": 70,
        "sequences": 1024,
        "tokens": 8192,
        "tokens_in_process": 16384,
        "not_names": ["a100"],
        "not_capabilities": ["8.9"],
    },
    {"memory_gib": 0, "sequences": 256, "tokens": 2048, "tokens_in_process": 8192},
]
SMALL = {"max_num_seqs": 256, "max_num_batched_tokens": 2048}
LARGE = {"max_num_seqs": None, "max_num_batched_tokens": None}


@pytest.fixture(autouse=True)
def _exceptions() -> Iterator[None]:
    """Let vLLM take a small batch on every A100, and on one capability."""
    record = {"ranges": [{"since": "0.6", "batches": BATCHES}]}
    with facts_laid_over(engines={"engines": {"vllm": record}}):
        yield


def card(
    name: Fact[str] = "NVIDIA A100-SXM4-80GB",
    capability: Fact[tuple[int, int]] = NOT_ASKED,
    total_bytes: Fact[int] = 80 * GIB,
) -> Gpu:
    """Give a GPU: an A100 with 80 GiB, changed as wanted."""
    return Gpu(index=0, name=name, compute_capability=capability, total_bytes=total_bytes)


def machine(*gpus: Gpu) -> Machine:
    """Give a machine with these GPUs."""
    return machine_of(Hardware(source="nvml", gpus=gpus))


def serving(entry_with: Make, **overrides: Any) -> Demand:
    """Give the demand of serving the sound entry."""
    entry = entry_with({})
    return demand_of(entry, "inference", merge(entry, "inference", Layer(overrides)))


def batch(demand: Demand) -> dict[str, Any]:
    """Give what the settings of a demand say of the batch."""
    assert demand.settings
    return {name: getattr(demand.settings, name) for name in SMALL}


@pytest.mark.parametrize(
    ("gpu", "expected"),
    [
        pytest.param(card(), SMALL, id="an A100 of any size"),
        pytest.param(card("NVIDIA H100"), LARGE, id="no exception: as for any GPU of that memory"),
        pytest.param(card("NVIDIA H100", (8, 9)), SMALL, id="an exception by capability"),
        pytest.param(card("NVIDIA H100", (9, 0)), LARGE, id="no exception by capability"),
        pytest.param(card(total_bytes=40 * GIB), LARGE, id="a small one: its memory says so already"),
        pytest.param(card(Unread(Cause.FAILED, "?"), (9, 0)), LARGE, id="a name that cannot be read"),
        pytest.param(card("NVIDIA H100", Unread(Cause.FAILED, "?")), LARGE, id="a capability that cannot be read"),
    ],
)
def test_some_gpus_get_a_small_batch(gpu: Gpu, expected: dict[str, Any], entry_with: Make) -> None:
    """Whatever their memory would say; what is not known is no exception."""
    assert batch(demand_on(serving(entry_with), machine(gpu))) == expected


def test_the_largest_gpu_decides(entry_with: Make) -> None:
    """As everywhere, where GPUs differ."""
    small, large = card("NVIDIA H100", total_bytes=70 * GIB), card()

    assert batch(demand_on(serving(entry_with), machine(small, large))) == SMALL


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param({"max_num_seqs": 8}, {"max_num_seqs": 8, "max_num_batched_tokens": 2048}, id="sequences"),
        pytest.param(
            {"max_num_batched_tokens": 512}, {"max_num_seqs": 256, "max_num_batched_tokens": 512}, id="tokens"
        ),
        pytest.param(
            {"max_num_seqs": 8, "max_num_batched_tokens": 512},
            {"max_num_seqs": 8, "max_num_batched_tokens": 512},
            id="both",
        ),
    ],
)
def test_what_is_set_stays(overrides: dict[str, int], expected: dict[str, int], entry_with: Make) -> None:
    """The engine chooses only what nobody else did."""
    assert batch(demand_on(serving(entry_with, **overrides), machine(card()))) == expected


def test_the_origin_says_for_which_gpu(entry_with: Make) -> None:
    """A setting knows who chose it."""
    settings = demand_on(serving(entry_with), machine(card())).settings
    assert settings

    assert settings.origin("max_num_seqs") == Origin(OriginKind.OVERRIDE, "vllm, chosen for NVIDIA A100-SXM4-80GB")


def test_the_demand_of_the_entrys_own_settings_is_asked_alike(entry_with: Make) -> None:
    """Which are compared with the changed ones on the same GPU."""
    changed = demand_on(serving(entry_with, max_model_len=4096), machine(card()))

    assert changed.own
    assert (batch(changed), batch(changed.own)) == (SMALL, SMALL)


@pytest.mark.parametrize(
    ("overrides", "gpus"),
    [
        pytest.param({}, None, id="no machine"),
        pytest.param({}, (), id="no GPU"),
        pytest.param({}, (card(total_bytes=Unread(Cause.FAILED, "?")),), id="a GPU whose memory cannot be read"),
        pytest.param({"engine": "sglang"}, (card(),), id="an engine that chooses otherwise"),
        pytest.param({}, (card("NVIDIA H100"),), id="no exception"),
    ],
)
def test_otherwise_a_demand_is_as_it_was(
    overrides: dict[str, Any], gpus: tuple[Gpu, ...] | None, entry_with: Make
) -> None:
    """The very same."""
    demand = serving(entry_with, **overrides)

    assert demand_on(demand, None if gpus is None else machine(*gpus)) is demand


def test_training_has_no_batch_of_an_engine(entry_with: Make) -> None:
    """Nor has a task without settings."""
    entry = entry_with({})
    demands = [
        demand_of(entry, "training", merge(entry, "training")),
        Demand(entry=entry, task="inference", settings=None),
    ]

    assert [demand_on(demand, machine(card())) is demand for demand in demands] == [True, True]
