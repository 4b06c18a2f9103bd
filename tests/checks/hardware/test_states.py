"""Whether a cache holds the sequences that are asked for, and a device their states."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.hardware.demand import Demand, demand_of
from model_garden_registry.checks.hardware.devices import named_alike
from model_garden_registry.checks.hardware.states import asks_for_cache, state_findings
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.hardware.gpus import NOT_ASKED, Gpu
from model_garden_registry.units import GIB

REGISTRY = load_registry(bundled_registry())
HYBRID, PLAIN = "nvidia/NVIDIA-Nemotron-Nano-9B-v2", "Qwen/Qwen3-8B"
L40S = Gpu(index=0, name="NVIDIA L40S", total_bytes=45 * GIB, compute_capability=(8, 9))


def serving(model_id: str, **overrides: Any) -> Demand:
    """Give the demand of serving an entry."""
    return demand_of(REGISTRY[model_id], "inference", REGISTRY.settings(model_id, "inference", **overrides))


def guessed(model_id: str, **overrides: Any) -> Demand:
    """Return the demand of serving an entry that says nothing of its network."""
    entry = REGISTRY[model_id].model_copy(update={"architecture": None})
    return demand_of(entry, "inference", REGISTRY.settings(model_id, "inference", **overrides))


def test_sequences_whose_states_have_no_place_wait() -> None:
    """Nemotron-Nano-9B-v2 on an L40S: 137 MiB of states a sequence, 137 GiB for 1024 (vllm-project/vllm#23230)."""
    (found,) = state_findings(L40S, named_alike((L40S,)), serving(HYBRID, max_num_seqs=1024))

    assert (found.code, found.severity, found.need) == (Code.SEQUENCES_MANY, Severity.WARNING, 1024)
    assert f"the states of {found.have} fit" in found.message
    assert [*state_findings(L40S, named_alike((L40S,)), serving(HYBRID, max_num_seqs=64))] == []


@pytest.mark.parametrize(
    ("overrides", "severity"),
    [
        pytest.param({"max_num_seqs": 256}, Severity.FAIL, id="set"),
        pytest.param({}, Severity.FAIL, id="what the engine chooses by itself"),
        pytest.param({"max_num_seqs": 256, "enforce_eager": True}, Severity.WARNING, id="without graphs they wait"),
    ],
)
def test_more_sequences_than_blocks_are_refused(overrides: dict[str, Any], severity: Severity) -> None:
    """An RTX 4090 gets 256 sequences."""
    small = Gpu(index=0, name="NVIDIA GeForce RTX 4090", total_bytes=24 * GIB, compute_capability=(8, 9))
    (found,) = state_findings(small, named_alike((small,)), serving(HYBRID, **overrides))

    assert (found.severity, found.need) == (severity, 256)
    assert ("set max_num_seqs to at most" in found.message) is not overrides.get("enforce_eager", False)


@pytest.mark.parametrize(
    ("device", "demand"),
    [
        pytest.param(L40S, serving(PLAIN, max_num_seqs=1024), id="a plain cache"),
        pytest.param(L40S, serving(HYBRID), id="what the engine chooses may wait"),
        pytest.param(L40S, serving(HYBRID, max_num_seqs=1024, engine="transformers"), id="another engine"),
        pytest.param(Gpu(index=0, name="?", total_bytes=NOT_ASKED), serving(HYBRID), id="a GPU of unknown size"),
        pytest.param(L40S, demand_of(REGISTRY[PLAIN], "training", REGISTRY.settings(PLAIN, "training")), id="training"),
        pytest.param(
            Gpu(index=0, name="?", total_bytes=NOT_ASKED),
            serving(HYBRID, max_num_seqs=9999),
            id="whatever batch is set for it",
        ),
        pytest.param(Gpu(index=0, name="?", total_bytes=GIB), serving(HYBRID), id="a GPU without a cache at all"),
        pytest.param(Gpu(index=0, name="?", total_bytes=0), serving(HYBRID), id="a driver that says nothing"),
        pytest.param(L40S, guessed(PLAIN, kv_cache_memory_gb=0.1), id="a guessed shape"),
    ],
)
def test_otherwise_there_is_nothing_to_say(device: Gpu, demand: Demand) -> None:
    """Memory has findings of its own."""
    assert [*state_findings(device, named_alike((device,)), demand)] == []


def test_it_is_part_of_a_verdict() -> None:
    """Of the validation of a model."""
    report = REGISTRY.validate(HYBRID, "inference", overrides={"max_num_seqs": 1024}, hardware=known_gpu("L40S"))

    assert report.verdict is Verdict.WARNING
    assert Code.SEQUENCES_MANY in [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("overrides", "refused"),
    [
        pytest.param({"kv_cache_memory_gb": 1}, True, id="less than one sequence"),
        pytest.param({"kv_cache_memory_gb": 2}, False, id="one and a half"),
        pytest.param({"kv_cache_memory_gb": 2, "concurrent": 2}, True, id="less than two"),
        pytest.param({}, False, id="what the share leaves"),
        pytest.param({"kv_cache_memory_gb": 0.000001}, True, id="not even a block"),
    ],
)
def test_a_cache_of_a_size_that_is_set_holds_what_is_asked_for(overrides: dict[str, Any], *, refused: bool) -> None:
    """Qwen3-8B takes 1.21 GB for 8192 tokens."""
    found = [*state_findings(L40S, named_alike((L40S,)), serving(PLAIN, **overrides))]

    assert [(finding.code, finding.severity) for finding in found] == [(Code.CACHE_LOW, Severity.FAIL)] * refused
    assert all("set kv_cache_memory_gb to" in finding.message for finding in found)


@pytest.mark.parametrize("model_id", [PLAIN, HYBRID])
@pytest.mark.parametrize("concurrent", [1, 7])
def test_what_is_named_for_a_cache_is_enough(model_id: str, concurrent: int) -> None:
    """And not much more than that: a hundredth of a gigabyte and a block that none gets."""

    def judged(gigabytes: float) -> list[Finding]:
        return [
            *state_findings(
                L40S, named_alike((L40S,)), serving(model_id, concurrent=concurrent, kv_cache_memory_gb=gigabytes)
            )
        ]

    (found, *_) = judged(0.1)
    least = float(found.message.rpartition(" ")[2])

    assert Code.CACHE_LOW not in [finding.code for finding in judged(least)]
    assert Code.CACHE_LOW in [finding.code for finding in judged(0.97 * least)]


@pytest.mark.parametrize(
    ("demand", "asks"),
    [
        pytest.param(serving(HYBRID), True, id="states"),
        pytest.param(serving(PLAIN), False, id="neither states nor a size"),
        pytest.param(serving(PLAIN, kv_cache_memory_gb=1), True, id="a size that is set"),
        pytest.param(serving(HYBRID, engine="transformers"), False, id="another engine"),
        pytest.param(
            demand_of(REGISTRY[HYBRID], "training", REGISTRY.settings(HYBRID, "training")), False, id="training"
        ),
    ],
)
def test_a_size_that_is_set_or_states_can_make_a_cache_too_small(demand: Demand, asks: bool) -> None:
    """Of vLLM alone; where neither is there, nothing is judged."""
    assert asks_for_cache(demand) is asks


def found(**overrides: Any) -> list[Finding]:
    """Give what is found of the hybrid on an RTX 4090."""
    return [*state_findings(SMALL, named_alike((SMALL,)), serving(HYBRID, **overrides))]


SMALL = Gpu(index=0, name="NVIDIA GeForce RTX 4090", total_bytes=24 * GIB, compute_capability=(8, 9))


def test_findings_say_what_to_set() -> None:
    """The device, both numbers and the setting stand in the sentence and in the fields."""
    (refused,), (waits,) = found(max_num_seqs=256), found(max_num_seqs=256, enforce_eager=True)
    (low,) = state_findings(L40S, named_alike((L40S,)), serving(PLAIN, kv_cache_memory_gb=0.5, concurrent=2))

    assert refused.where == waits.where == low.where == "gpu 0"
    assert refused.message == (
        "vLLM 0.33.0 refuses 256 sequences at once on GPU 0 (NVIDIA GeForce RTX 4090): "
        f"set max_num_seqs to at most {refused.have}"
    )
    assert waits.message == (
        f"of 256 sequences at once on GPU 0 (NVIDIA GeForce RTX 4090) the states of {waits.have} fit: the others wait"
    )
    assert low.message == ("a cache of 0.5 GB does not fit 2 x 8192 tokens: set kv_cache_memory_gb to at least 2.42")


@pytest.mark.parametrize(
    ("name", "capability", "needs"),
    [
        pytest.param("NVIDIA H100 80GB HBM3", (9, 0), [1024], id="a large GPU"),
        pytest.param("NVIDIA A100-SXM4-80GB", (8, 0), [], id="one with a smaller batch by its name"),
        pytest.param("NVIDIA GB10", (12, 1), [], id="one with a smaller batch by its capability"),
    ],
)
def test_what_the_engine_chooses_depends_on_the_gpu(name: str, capability: tuple[int, int], needs: list[int]) -> None:
    """Blocks of a cache of 6 GB are enough for 256 sequences, and not for 1024."""
    device = Gpu(index=0, name=name, total_bytes=80 * GIB, compute_capability=capability)
    findings = state_findings(device, named_alike((device,)), serving(HYBRID, kv_cache_memory_gb=6))

    assert [finding.need for finding in findings] == needs


def test_as_many_sequences_as_there_are_blocks_start() -> None:
    """And as many as there are states for do not wait."""

    def of_cache(**overrides: Any) -> list[tuple[Severity, float | int | None]]:
        demand = serving(HYBRID, kv_cache_memory_gb=4, **overrides)
        return [(finding.severity, finding.have) for finding in state_findings(L40S, named_alike((L40S,)), demand)]

    ((_, blocks),) = of_cache(max_num_seqs=1024)
    ((_, states),) = of_cache(max_num_seqs=1024, enforce_eager=True)
    assert isinstance(blocks, int)
    assert isinstance(states, int)

    assert of_cache(max_num_seqs=blocks) == [(Severity.WARNING, states)]
    assert of_cache(max_num_seqs=blocks + 1) == [(Severity.FAIL, blocks)]
    assert of_cache(max_num_seqs=states) == []
    assert of_cache(max_num_seqs=states + 1) == [(Severity.WARNING, states)]


@pytest.mark.parametrize(("blocks", "codes"), [(512, []), (511, [Code.CACHE_LOW])])
def test_a_cache_of_one_sequence_is_enough_for_one(blocks: int, codes: list[Code]) -> None:
    """Qwen3-8B takes 512 blocks of 16 tokens, each with keys and values of 36 layers; one less is too little."""
    block_bytes = 2 * 36 * 8 * 128 * 2 * 16
    demand = serving(PLAIN, max_model_len=8192, kv_cache_memory_gb=blocks * block_bytes / 10**9)

    assert [finding.code for finding in state_findings(L40S, named_alike((L40S,)), demand)] == codes
