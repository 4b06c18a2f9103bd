"""What a task needs of each GPU: the declared minimum, the estimate, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.checks.hardware.demand import Demand, demand_of
from model_garden_registry.checks.hardware.need import Bounds
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Severity
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.units import GB, GIB

Changes = Mapping[str, Any]

#: Llama 3.1 8B, as its config.json states it.
SHAPE = {
    "architecture.parameters": 8_030_261_248,
    "architecture.num_hidden_layers": 32,
    "architecture.hidden_size": 4096,
    "architecture.intermediate_size": 14336,
    "architecture.num_attention_heads": 32,
    "architecture.num_key_value_heads": 8,
    "architecture.head_dim": 128,
    "architecture.vocab_size": 128256,
    "architecture.tie_word_embeddings": False,
    "architecture.dtype": "bfloat16",
}


@pytest.fixture
def demand(entry_with: Callable[[Changes], ModelInfo]) -> Callable[..., Demand]:
    """Give the demand of the sound entry with changes, for a task with overrides."""

    def make(task: Task, overrides: Changes | None = None, changes: Changes | None = None) -> Demand:
        entry = entry_with({**SHAPE, **(changes or {})})
        return demand_of(entry, task, merge(entry, task, Layer(overrides) if overrides else Layer({})))

    return make


def codes(demand: Demand) -> list[str]:
    """Give the codes of what is noted."""
    return [str(finding.code) for finding in demand.notes()]


def test_own_settings_need_the_larger_of_minimum_and_estimate(demand: Callable[..., Demand]) -> None:
    """A minimum above the estimate stands; one below it does not."""
    large = {"requirements.min_vram_gb": 40, "requirements.recommended_vram_gb": 48}
    high = demand("training", changes=large)
    tiny = demand("training", changes={"requirements.min_vram_gb": 1, "requirements.recommended_vram_gb": 2})
    estimate = tiny.estimate()
    assert estimate is not None

    assert (high.of_each().least_bytes, high.of_each().comfortable_bytes) == (40 * GB, 48 * GB)
    assert (tiny.of_each().least_bytes, tiny.of_each().comfortable_bytes) == (
        estimate.expected_bytes,
        estimate.safe_bytes,
    )


def test_changed_settings_are_judged_by_the_estimate_alone(demand: Callable[..., Demand]) -> None:
    """The declared minimum is for the entry's own settings, and a note says so."""
    smaller = demand("training", {"batch_size": 1, "max_seq_length": 128}, {"requirements.min_vram_gb": 24})
    estimate = smaller.estimate()
    assert estimate is not None

    assert smaller.is_changed()
    assert smaller.of_each().least_bytes == estimate.expected_bytes < 24 * GB
    assert codes(smaller) == ["minimum-is-for-defaults"]


@pytest.mark.parametrize(
    ("batched", "changed_on"),
    [pytest.param(2048, 80 * GB, id="what small cards have"), pytest.param(8192, 24 * GB, id="what large cards have")],
)
def test_settings_are_changed_where_the_engine_would_choose_others(
    demand: Callable[..., Demand], batched: int, changed_on: int
) -> None:
    """Engines batch 2,048 tokens on a card of 24 GB and 8,192 on one of 80 GB: to say so changes nothing there."""
    wanted = demand("inference", {"max_num_batched_tokens": batched})

    assert [wanted.is_changed(total) for total in (24 * GB, 80 * GB)] == [
        changed_on == total for total in (24 * GB, 80 * GB)
    ]


def test_changed_settings_that_need_more_still_need_the_minimum(demand: Callable[..., Demand]) -> None:
    """A minimum that the entry's own settings do not pass is not passed by greedier ones."""
    large = {"requirements.min_vram_gb": 40, "requirements.recommended_vram_gb": 48}

    greedier = demand("training", {"batch_size": 3}, large)

    assert greedier.is_changed()
    assert (greedier.of_each().least_bytes, greedier.of_each().comfortable_bytes) == (40 * GB, 48 * GB)


@pytest.mark.parametrize("pointer", ["/requirements", "/requirements/training", "/requirements/training/min_vram_gb"])
def test_a_measured_minimum_shrinks_with_the_estimate(pointer: str, demand: Callable[..., Demand]) -> None:
    """What was measured is more than what is counted, also with other settings: the difference stays."""
    measured = {
        "requirements.training": {"min_vram_gb": 40, "recommended_vram_gb": 48},
        "sources": {pointer: {"kind": "measured", "source": "a run", "as_of": "2026-11"}},
    }
    usual, smaller = demand("training", changes=measured), demand("training", {"batch_size": 1}, measured)
    counted, less = usual.estimate(), smaller.estimate()
    assert counted is not None
    assert less is not None

    need = smaller.of_each()

    assert need.least_bytes == 40 * GB - (counted.expected_bytes - less.expected_bytes)
    assert less.expected_bytes < need.least_bytes < 40 * GB
    assert need.comfortable_bytes < 48 * GB


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param({}, id="none"),
        pytest.param({"learning_rate": 1e-5}, id="a setting that needs no memory"),
        pytest.param({"batch_size": 2}, id="the entry's own value"),
        pytest.param({"attn_implementation": "flash_attention_2"}, id="a kernel that keeps as much"),
    ],
)
def test_what_needs_no_other_memory_is_no_change(overrides: Changes, demand: Callable[..., Demand]) -> None:
    """The declared minimum stays, and nothing is noted."""
    same = demand("training", overrides)

    assert (same.is_changed(), codes(same)) == (False, [])


def test_changed_settings_of_an_unknown_shape_keep_the_minimum(demand: Callable[..., Demand]) -> None:
    """An estimate from the size alone decides nothing; a warning names what is not stated."""
    guessed = demand("training", {"batch_size": 64}, {"architecture.hidden_size": None})

    assert guessed.of_each().least_bytes == 20 * GB
    assert codes(guessed) == ["shape-missing"]


def test_an_unknown_shape_is_noted(demand: Callable[..., Demand]) -> None:
    """With the entry's own settings a note."""
    assert codes(demand("inference", changes={"architecture.hidden_size": None})) == ["estimate-coarse"]


@pytest.mark.parametrize(
    ("kind", "severity"),
    [("derived", "warning"), ("published", "warning"), ("vendor", "note"), ("measured", "note"), ("declared", "note")],
)
def test_who_states_the_minimum_decides_what_a_guess_weighs(
    kind: str, severity: str, demand: Callable[..., Demand]
) -> None:
    """Beside a number that a formula or somebody's table gives, a shape that was guessed is never plainly enough."""
    source = {"/requirements": {"kind": kind, "source": "x", "as_of": "2026-11"}}
    guessed = demand("inference", changes={"architecture.hidden_size": None, "sources": source})

    assert [finding.severity for finding in guessed.notes()] == [severity]


@pytest.mark.parametrize("overrides", [{}, {"max_num_seqs": 1, "max_num_batched_tokens": 512}])
def test_a_guess_raises_a_published_minimum(overrides: Changes, demand: Callable[..., Demand]) -> None:
    """A GPU has what such a network is expected to take, and the minimum, whatever the settings; the share is in it."""
    source = {"/requirements": {"kind": "published", "source": "x", "as_of": "2026-11"}}
    guess = {"architecture.hidden_size": None, "sources": source, "requirements.recommended_vram_gb": 60}
    low, high = (demand("inference", overrides, {**guess, "requirements.min_vram_gb": gb}) for gb in (1, 50))
    found = low.estimate()
    assert found is not None

    assert low.of_each().bounds == Bounds(found.expected_bytes, 60 * GB, is_stated=False, stated_bytes=GB)
    assert high.of_each().bounds == Bounds(50 * GB, 60 * GB, is_stated=True, stated_bytes=50 * GB)


def test_vllm_must_find_it_within_its_share(demand: Callable[..., Demand]) -> None:
    """What counts as there is utilisation x total, and that much must be free at the start."""
    served = demand("inference", {"gpu_memory_utilization": 0.5})
    estimate = served.estimate(24 * GB)
    assert estimate is not None

    need = served.of_each(24 * GB)

    assert need.least_bytes == 2 * estimate.expected_bytes
    assert need.explanation.endswith("GB within gpu_memory_utilization 0.5")
    assert (need.taken_bytes, need.free_bytes) == (12 * GB, max(20 * GB, estimate.expected_bytes))


def test_an_automatic_share_takes_what_it_needs(demand: Callable[..., Demand]) -> None:
    """In hundredths of the card, and leaves room for CUDA graphs."""
    served = demand("inference", {"gpu_memory_utilization": 0.0})
    estimate = served.estimate(80 * GB)
    assert estimate is not None

    need = served.of_each(80 * GB)

    assert estimate.safe_bytes <= need.free_bytes < estimate.safe_bytes + 80 * GB // 100 + 1
    assert estimate.expected_bytes < need.least_bytes < estimate.expected_bytes / 0.85


def test_other_engines_take_what_they_need(demand: Callable[..., Demand]) -> None:
    """No share is set aside."""
    need = demand("inference", {"engine": "transformers", "gpu_memory_utilization": 0.5}).of_each(80 * GB)

    assert need.free_bytes == need.least_bytes


def test_a_guessed_shape_still_says_what_vllm_takes(demand: Callable[..., Demand]) -> None:
    """An automatic share of an entry without a shape leaves no room for graphs that nobody can count."""
    need = demand("inference", {"gpu_memory_utilization": 0.0}, {"architecture.hidden_size": None}).of_each(80 * GB)

    assert 0 < need.free_bytes < 80 * GB


@pytest.mark.parametrize(
    ("task", "overrides", "changes", "expected"),
    [
        pytest.param("training", {}, {}, 1, id="one, as declared"),
        pytest.param("training", {}, {"requirements.min_gpus": 4}, 4, id="four, as declared"),
        pytest.param("training", {"n_gpus": 2}, {}, 2, id="as the settings say"),
        pytest.param("training", {"n_gpus": 2}, {"requirements.min_gpus": 4}, 2, id="the settings decide"),
        pytest.param("inference", {"tensor_parallel_size": 2}, {}, 2, id="as many as a layer is split into"),
        pytest.param(
            "inference", {}, {"inference_defaults.tensor_parallel_size": 2}, 2, id="the entry splits into more"
        ),
        pytest.param(
            "inference",
            {"tensor_parallel_size": 2},
            {"architecture.hidden_size": None, "requirements.min_gpus": 4},
            2,
            id="they decide also where nothing can be estimated",
        ),
    ],
)
def test_how_many_gpus(
    task: Task, overrides: Changes, changes: Changes, expected: int, demand: Callable[..., Demand]
) -> None:
    """Declared for the entry's own settings, else as the settings split the model."""
    assert demand(task, overrides, changes).gpus == expected


def test_without_settings_the_declared_numbers_stand(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """An entry without training defaults has nothing to estimate."""
    bare = demand_of(entry_with({}), "training", None)

    assert (bare.estimate(), bare.gpus, bare.of_each().least_bytes, codes(bare)) == (None, 1, 20 * GB, [])


def test_an_entry_that_needs_no_memory_needs_no_gpu(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """Nothing has to be looked at then."""
    none = entry_with({"requirements.min_vram_gb": 0})

    assert (none.needs_gpu("inference"), entry_with({}).needs_gpu("inference")) == (False, True)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [pytest.param(None, None, id="none"), pytest.param("12.0", (12, 0), id="two numbers")],
)
def test_a_capability_is_two_numbers(
    stated: str | None, expected: tuple[int, int] | None, demand: Callable[..., Demand]
) -> None:
    """Compared as numbers: 12.0 is above 9.0."""
    need = demand("training", changes={"requirements.cuda_compute_capability": stated}).of_each()

    assert need == replace(need, compute_capability=expected)


def test_nothing_that_is_needed_has_nothing_to_explain(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """Without settings and without a minimum."""
    none = demand_of(entry_with({"requirements.min_vram_gb": 0}), "training", None).of_each()

    assert (none.least_bytes, none.explanation) == (0, "")


def test_gpus_of_one_size_may_get_different_batches(demand: Callable[..., Demand]) -> None:
    """VLLM takes a small batch on every A100, whatever its memory; what is set stays."""
    a100, h100 = (GpuMemory(80 * GIB, name=f"NVIDIA {name}") for name in ("A100-SXM4-80GB", "H100 80GB HBM3"))
    chosen, told = demand("inference"), demand("inference", {"max_num_seqs": 8, "max_num_batched_tokens": 512})

    assert "256 sequences and 2048 tokens" in said(chosen, a100)
    assert "1024 sequences and 8192 tokens" in said(chosen, h100)
    assert said(told, a100) == said(told, h100)


def said(demand: Demand, gpu: GpuMemory) -> str:
    """Give what an estimate takes for granted."""
    found = demand.estimate(gpu)
    assert found
    return found.assumptions[0]


@pytest.mark.parametrize(
    ("task", "overrides", "severity"),
    [
        pytest.param("inference", {"draft_model": "org/small"}, Severity.WARNING, id="a second model"),
        pytest.param("training", {"algorithm": "grpo"}, Severity.WARNING, id="what writes completions"),
    ],
)
def test_what_no_formula_follows_is_noted(
    task: Task, overrides: Changes, severity: Severity, demand: Callable[..., Demand]
) -> None:
    """As a warning, where it may add memory."""
    found = [finding for finding in demand(task, overrides).notes() if finding.code is Code.NOT_MODELLED]

    assert [finding.severity for finding in found] == [severity]


def test_a_share_that_is_set_is_what_must_be_free(demand: Callable[..., Demand]) -> None:
    """Half of a GPU is taken, and what is used within it is less: the other half may be in use."""
    need = demand("inference", {"gpu_memory_utilization": 0.5}).of_each(80 * GB)

    assert need.used_bytes is not None
    assert need.used_bytes < need.free_bytes == need.taken_bytes == 40 * GB
