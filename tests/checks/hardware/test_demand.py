"""What a task needs of each GPU: the declared minimum, the estimate, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.hardware.demand import Demand, demand_of, own_demand
from model_garden_registry.checks.hardware.need import Bounds, Need
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge, with_changes
from model_garden_registry.entries.settings.task_settings import FOR_HARDWARE, InferenceSettings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Severity
from model_garden_registry.memory.gpu_memory import GpuMemory, gpu_memory
from model_garden_registry.memory.serving.vllm import graphs_beside_share, utilization
from model_garden_registry.units import GB, GIB

REGISTRY = load_registry(bundled_registry())
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


HYBRID, PLAIN = "nvidia/NVIDIA-Nemotron-Nano-9B-v2", "Qwen/Qwen3-8B"


def shipped(model_id: str, task: Task = "inference", **changes: Any) -> Demand:
    """Return the demand of a shipped entry with other fields."""
    entry = REGISTRY[model_id].model_copy(update=changes)
    return demand_of(entry, task, merge(entry, task))


def test_bounds_are_exactly_those_of_the_estimate_where_settings_need_less(demand: Callable[..., Demand]) -> None:
    """Nothing is stated of them: the entry's minimum is for its own settings."""
    smaller = demand("training", {"batch_size": 1, "max_seq_length": 128})
    found = smaller.estimate()
    assert found is not None

    assert smaller.bounds(None) == Bounds(found.expected_bytes, found.safe_bytes, is_stated=False, stated_bytes=0)


def test_without_anything_to_need_every_number_is_zero(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """No minimum, no settings."""
    none = {"requirements.min_vram_gb": 0, "requirements.recommended_vram_gb": 0}
    need = demand_of(entry_with(none), "training", None).of_each(80 * GB)

    assert need == Need(bounds=Bounds(0, 0, is_stated=False, stated_bytes=0), used_bytes=0)


@pytest.mark.parametrize(
    ("overrides", "total", "taken"),
    [
        pytest.param({"gpu_memory_utilization": 0.5}, 24 * GB, 12 * GB, id="as it is set"),
        pytest.param({"gpu_memory_utilization": 0.5}, None, 0, id="of an unknown GPU"),
        pytest.param({"engine": "sglang"}, 24 * GB, 0, id="an engine that takes what it needs"),
    ],
)
def test_vllm_alone_takes_a_share_at_its_start(
    overrides: Changes, total: int | None, taken: int, demand: Callable[..., Demand]
) -> None:
    """Whatever it needs of it."""
    assert demand("inference", overrides).of_each(total).taken_bytes == taken


def test_an_automatic_share_leaves_place_for_graphs_beside_it(demand: Callable[..., Demand]) -> None:
    """As many hundredths as this GPU needs: graphs beside the share are those of the batch on this GPU."""
    total, automatic = 20 * GB, {"gpu_memory_utilization": 0.0, "engine_version": "0.19.0"}
    served = demand("inference", automatic)
    found = served.estimate(total)
    assert isinstance(served.settings, InferenceSettings)
    assert found is not None
    graphs = graphs_beside_share(served.entry, served.settings, gpu_total_bytes=total)
    share = utilization(found, served.settings, gpu_total_bytes=total, graph_bytes=graphs)

    assert graphs > 0
    assert share < utilization(found, served.settings, gpu_total_bytes=total)
    assert served.of_each(total).taken_bytes == ceil(share * total)


@pytest.mark.parametrize(
    ("task", "overrides", "share"),
    [
        ("training", {}, 1.0),
        ("inference", {"engine": "transformers"}, 1.0),
        ("inference", {}, 0.9),
        ("inference", {"gpu_memory_utilization": 0.0}, 0.95),
        ("inference", {"gpu_memory_utilization": 0.0, "engine_version": "0.19.0"}, 0.91),
    ],
)
def test_an_estimate_may_fill_a_share(
    task: Task, overrides: Changes, share: float, demand: Callable[..., Demand]
) -> None:
    """All of the GPU, or what vLLM takes; before 0.20 graphs are beside it."""
    assert demand(task, overrides).share(24 * GB) == share


def test_a_need_depends_on_the_size_where_graphs_are_beside_the_share(demand: Callable[..., Demand]) -> None:
    """Of these settings, or of the entry's own where a minimum is stated for them."""
    old, new = demand("inference", {"engine_version": "0.19.0"}), demand("inference")
    bare = {"requirements.min_vram_gb": 0, "requirements.recommended_vram_gb": 0}
    compared, apart = (replace(demand("inference", {"dtype": "float16"}, each), own=old) for each in ({}, bare))

    plain = demand("inference", {"dtype": "float16"})

    assert (old.is_by_size, new.is_by_size) == (True, False)
    assert (plain.compared, plain.is_by_size) == (plain.own, False)
    assert (compared.compared, compared.is_by_size) == (old, True)
    assert (apart.compared, apart.is_by_size) == (None, False)


def test_an_estimate_is_made_once_for_what_it_reads_of_a_gpu(demand: Callable[..., Demand]) -> None:
    """A run reads whether a GPU has bfloat16; an engine reads all of it, and sizes are the same for many."""
    small, large = (GpuMemory(size * GB, capability=(8, 0)) for size in (80, 90))
    old = GpuMemory(80 * GB, capability=(7, 5))
    run, served = demand("training"), demand("inference")

    assert run.estimate(small) is run.estimate(large)
    assert run.estimate(small) is not run.estimate(old)
    assert served.estimate(small) is served.estimate(small)
    assert served.estimate(small) != served.estimate(large)
    assert served.sizes(small) is served.sizes(large)
    assert served.bounds(small) is served.bounds(large)
    assert (run.reading(small), run.reading(old), run.reading(None)) == (False, True, False)


def test_a_split_is_made_once_for_all_machines(demand: Callable[..., Demand]) -> None:
    """Whoever asks for it."""
    run, other = demand("training"), demand("inference")

    assert run.split_over((2, 1), lambda: other) is other
    assert run.split_over((2, 1), lambda: run) is other
    assert run.split_over((4, 1), lambda: run) is run


def test_states_are_those_of_a_stated_shape() -> None:
    """A network of attention alone has none, and of a guessed one nothing is known."""
    found = [shipped(HYBRID), shipped(PLAIN), shipped(HYBRID, architecture=None)]
    bare = demand_of(REGISTRY[HYBRID], "training", None)

    assert [(one.is_exact, one.has_states) for one in (*found, bare)] == [
        (True, True),
        (True, False),
        (False, False),
        (False, False),
    ]


def test_the_own_demand_may_be_shared(demand: Callable[..., Demand]) -> None:
    """Else it is made, of the entry's own settings; there is none beside those."""
    own, changed = demand("training"), demand("training", {"batch_size": 1})
    shared = demand_of(own.entry, "training", changed.settings, own=own)

    assert own.own is None
    assert shared.own is own
    assert changed.own == own_demand(changed.entry, "training") == own


def test_notes_are_whole_sentences(demand: Callable[..., Demand]) -> None:
    """What was guessed, what a minimum is for, and what no formula follows."""
    guess = "architecture.hidden_size is not stated: a typical network of 8B parameters"
    unknown = {"architecture.hidden_size": None}
    asked = [
        demand("training", {"batch_size": 64}, unknown),
        demand("inference", changes=unknown),
        demand("training", {"batch_size": 1}),
        demand("inference", {"draft_model": "org/small"}),
        demand("training", {"batch_size": 64}, {**unknown, "requirements.min_vram_gb": 0}),
    ]

    assert [[finding.message for finding in one.notes()] for one in asked] == [
        [f"the settings need other memory than the entry's own, and {guess}; its minimum stays"],
        [guess],
        ["the declared minimum is for the entry's own settings; these are judged by the estimate as well"],
        ["not modelled: draft_model: no model that drafts is counted"],
        [guess],
    ]


def test_a_split_is_set_by_the_user_or_for_the_hardware(demand: Callable[..., Demand]) -> None:
    """Not by the entry, and not by another setting: more GPUs than the entry splits over are then needed."""
    four = {"requirements.min_gpus": 4}
    own, other = demand("inference", {}, four), demand("inference", {"max_num_seqs": 8}, four)
    told = demand("inference", {"tensor_parallel_size": 1}, four)
    assert own.settings is not None
    chosen = with_changes(own.entry, own.settings, {"tensor_parallel_size": 2}, FOR_HARDWARE)

    assert [(one.is_split_set, one.gpus) for one in (own, other, told, demand_of(own.entry, "inference", chosen))] == [
        (False, 4),
        (False, 4),
        (True, 1),
        (True, 2),
    ]


def test_one_stated_number_is_enough_to_compare(demand: Callable[..., Demand]) -> None:
    """A minimum beside a derived recommendation is for the entry's own settings too."""
    derived = {"/requirements/recommended_vram_gb": {"kind": "derived", "source": "x", "as_of": "2026-11"}}
    changed = demand("training", {"batch_size": 1}, {"sources": derived})

    assert changed.stated.bytes_each == (20 * GB, 0)
    assert changed.compared is changed.own


def test_gpus_with_other_facts_have_bounds_of_their_own(demand: Callable[..., Demand]) -> None:
    """By what is read of them; by their size too, where graphs lie beside the share."""
    small, large = 24 * GB, 80 * GB
    sglang, old = (demand("inference", asked) for asked in ({"engine": "sglang"}, {"engine_version": "0.19.0"}))

    assert sglang.bounds(gpu_memory(small)).least_bytes != sglang.bounds(gpu_memory(large)).least_bytes
    assert old.bounds_key(gpu_memory(small)) != old.bounds_key(GpuMemory(small + 1))
    assert demand("inference").bounds_key(gpu_memory(small)) == demand("inference").bounds_key(GpuMemory(small + 1))


def test_an_estimate_is_divided_by_the_share(demand: Callable[..., Demand]) -> None:
    """Expected and safe bytes alike; where graphs leave nothing, no GPU is large enough."""
    tiny = {"requirements.min_vram_gb": 1, "requirements.recommended_vram_gb": 1}
    half, automatic = (
        demand("inference", asked, tiny)
        for asked in (
            {"gpu_memory_utilization": 0.5},
            {"gpu_memory_utilization": 0.0, "engine_version": "0.19.0"},
        )
    )
    found, least = half.estimate(80 * GB), automatic.estimate(GB)
    assert found is not None
    assert least is not None

    assert half.bounds(gpu_memory(80 * GB))[:2] == (2 * found.expected_bytes, 2 * found.safe_bytes)
    assert automatic.share(GB) == 0
    assert automatic.bounds(gpu_memory(GB)).least_bytes == ceil(least.expected_bytes / 0.01)


def test_all_of_a_gpu_needs_no_explanation(demand: Callable[..., Demand]) -> None:
    """Only a share of it."""
    tiny = {"requirements.min_vram_gb": 1, "requirements.recommended_vram_gb": 1}
    asked: list[Changes] = [{"engine": "transformers"}, {"gpu_memory_utilization": 0.9}]

    assert [demand("inference", one, tiny).of_each(80 * GB).explanation[-10:] for one in asked] == ["", "zation 0.9"]


def test_what_is_comfortable_does_not_grow_with_a_wider_margin(demand: Callable[..., Demand]) -> None:
    """Beside a measured number: a run on two GPUs is expected to need less of each, with more doubt."""
    measured = {
        "requirements.min_vram_gb": 40,
        "requirements.recommended_vram_gb": 48,
        "sources": {"/requirements": {"kind": "measured", "source": "a run", "as_of": "2026-11"}},
    }
    usual = demand("training", changes=measured)
    split = demand("training", {"n_gpus": 2, "sharding": "fsdp"}, measured)
    before, after = usual.estimate(), split.estimate()
    assert before is not None
    assert after is not None
    least = 40 * GB - (before.expected_bytes - after.expected_bytes)

    assert (after.expected_bytes < before.expected_bytes, after.safe_bytes > before.safe_bytes) == (True, True)
    assert split.bounds(None) == Bounds(least, 48 * GB, is_stated=True, stated_bytes=least)


def test_a_guess_beside_a_good_source_is_not_in_use(demand: Callable[..., Demand]) -> None:
    """Its number stands: it alone must be free."""
    vouched = {"architecture.hidden_size": None, "requirements.min_vram_gb": 1}

    assert demand("training", changes=vouched).of_each().used_bytes == GB
