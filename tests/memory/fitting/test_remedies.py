"""The smallest changes with which a GPU is enough."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.fitting.budgets import Measure
from model_garden_registry.memory.fitting.levers import Bench, Price
from model_garden_registry.memory.fitting.remedies import Changed, find_changes
from model_garden_registry.memory.fitting.serving_levers import SHORTEST_SERVED
from model_garden_registry.memory.fitting.training_levers import SHORTEST_TRAINED
from model_garden_registry.memory.network.shape import states_shape
from model_garden_registry.units import GB

REGISTRY = load_registry(bundled_registry())
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
TRAINED = [entry for entry in REGISTRY.values() if entry.training_defaults and states_shape(entry)]


def found_for(model_id: str, task: Any, *, gb: float, gpus: int = 1, **overrides: Any) -> list[Changed]:
    """Give what is found for GPUs of a size."""
    settings = merge(REGISTRY[model_id], task, Layer(overrides))
    bench = Bench(entry=REGISTRY[model_id], gpu_total_bytes=round(gb * GB), at_most_gpus=gpus)
    return [*find_changes(settings, bench)]


def names_for(model_id: str, task: Any, **asked: Any) -> list[list[str]]:
    """Give the names of the settings of each."""
    return [[*changed.changes] for changed in found_for(model_id, task, **asked)]


def test_what_fits_needs_no_change() -> None:
    """Nothing is suggested."""
    assert found_for(LLAMA, "training", gb=80) == []


def test_what_never_fits_has_no_change() -> None:
    """Not even everything together is enough."""
    assert found_for("deepseek-ai/DeepSeek-V3", "inference", gb=24) == []


@pytest.mark.parametrize(
    ("model_id", "task", "gb", "gpus", "overrides", "is_hopeless"),
    [
        pytest.param(LLAMA, "training", 4.0, 1, {}, True, id="eight billion weights of 4 bits"),
        pytest.param(LLAMA, "training", 4.1, 1, {}, False, id="a little more than these"),
        pytest.param(LLAMA, "training", 2.1, 2, {}, False, id="two GPUs have it together"),
        pytest.param(
            LLAMA, "training", 3, 1, {"offload": "weights", "sharding": "zero3"}, False, id="weights in main memory"
        ),
        pytest.param(LLAMA, "inference", 15, 1, {}, True, id="served as it is published"),
        pytest.param(LLAMA, "inference", 17, 1, {}, False, id="only the cache is too much"),
        pytest.param(LLAMA, "inference", 15, 2, {}, False, id="it can be split"),
    ],
)
def test_weights_that_no_change_makes_small_enough_end_the_search(
    model_id: str, task: Any, gb: float, gpus: int, overrides: dict[str, Any], is_hopeless: bool
) -> None:
    """They are more than all GPUs have; nothing that may help is left out."""
    settings = merge(REGISTRY[model_id], task, Layer(overrides))
    bench = Bench(entry=REGISTRY[model_id], gpu_total_bytes=round(gb * GB), at_most_gpus=gpus)

    assert bench.is_hopeless(settings) is is_hopeless


@pytest.mark.parametrize("task", ["training", "inference"])
def test_ending_a_hopeless_search_changes_no_answer(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, the same changes are found."""
    models = [model_id for model_id, entry in REGISTRY.items() if entry.supports(task) and states_shape(entry)][::12]
    early = [found_for(model_id, task, gb=24) for model_id in models]
    monkeypatch.setattr(Bench, "is_hopeless", lambda *_: False)

    assert [found_for(model_id, task, gb=24) for model_id in models] == early


def test_what_costs_nothing_comes_first_and_then_another_method() -> None:
    """Each alone where it is enough alone; shorter sequences are not named where GPUs or a smaller batch would do."""
    assert names_for(LLAMA, "training", gb=21, gpus=16, batch_size=3, gradient_accumulation_steps=1) == [
        ["batch_size", "gradient_accumulation_steps"],
        ["n_gpus", "sharding"],
        ["method"],
    ]


@pytest.mark.parametrize(
    ("gb", "names"),
    [
        pytest.param(26, [["loss"], ["batch_size", "gradient_accumulation_steps"], ["method"]], id="each alone"),
        pytest.param(
            22, [["batch_size", "gradient_accumulation_steps"], ["loss", "method"]], id="the loss with another"
        ),
        pytest.param(21, [["loss", "batch_size", "gradient_accumulation_steps"], ["loss", "method"]], id="with both"),
        pytest.param(
            10, [["batch_size", "gradient_accumulation_steps", "method"]], id="a smaller batch with the method"
        ),
        pytest.param(9, [["loss", "batch_size", "gradient_accumulation_steps", "method"]], id="all of them"),
        pytest.param(8, [], id="not even all of them"),
    ],
)
def test_a_change_that_is_not_enough_is_combined_with_cheaper_ones(gb: float, names: list[list[str]]) -> None:
    """With as few of them as it takes."""
    assert names_for(LLAMA, "training", gb=gb, batch_size=16, stack="ms-swift", max_seq_length=512) == names


def test_shorter_sequences_are_last_and_as_long_as_they_can_be() -> None:
    """All that costs nothing is used first, so that the length is the largest there is."""
    asked: dict[str, Any] = {"max_seq_length": 32768, "attn_implementation": "eager", "batch_size": 2}
    (found,) = found_for("Qwen/Qwen3-8B", "training", gb=16, method="qlora", **asked)

    assert found.price is Price.LESS_WORK
    assert next(iter(found.changes)) == "attn_implementation"
    assert found.changes["batch_size"] == 1
    assert found.changes["max_seq_length"] > 8000


def test_a_shorter_context_is_not_named_where_gpus_stand_idle() -> None:
    """Three more GPUs are enough: nothing less is offered."""
    asked = {"tensor_parallel_size": 1, "max_model_len": 131072}

    assert names_for(LLAMA, "inference", gb=25.8, gpus=4, **asked) == [["tensor_parallel_size"]]


def test_where_gpus_are_not_enough_alone_they_are_used_for_the_longest_context() -> None:
    """Both GPUs and the engine's whole share, not a context that fits one of them."""
    asked = {"tensor_parallel_size": 1, "max_model_len": 16384, "gpu_memory_utilization": 0.9}
    found = [one.changes for one in found_for("microsoft/phi-4", "inference", gb=22, gpus=2, **asked)]
    larger = {"gpu_memory_utilization": 0.95, "tensor_parallel_size": 2}

    assert found[0] == {**larger, "max_num_seqs": 128}
    assert found[1].items() >= larger.items()
    assert 8192 < found[1]["max_model_len"] < 16384


@pytest.mark.parametrize(
    ("gb", "measure", "is_found"),
    [
        pytest.param(9.1, Measure.SAFE, True, id="safe fits"),
        pytest.param(8.4, Measure.SAFE, False, id="only expected fits, and safe is asked"),
        pytest.param(8.4, Measure.EXPECTED, True, id="expected fits"),
        pytest.param(8.1, Measure.EXPECTED, False, id="a hair less than expected does not fit"),
    ],
)
def test_nothing_above_the_gpu_is_enough(gb: float, measure: Measure, is_found: bool) -> None:
    """QLoRA of eight billion parameters over the shortest sequence is expected to take 8.20 GB, 9.02 to be safe."""
    entry = REGISTRY["Qwen/Qwen3-8B"]
    settings = merge(entry, "training", Layer({"max_seq_length": SHORTEST_TRAINED, "batch_size": 1}))
    bench = Bench(entry=entry, gpu_total_bytes=round(gb * GB), at_most_gpus=1, measure=measure)

    assert any(changed.changes == {"method": "qlora"} for changed in find_changes(settings, bench)) == is_found


def test_what_a_loss_needs_is_said() -> None:
    """The package, where the loss is among the changes; a loss that the stack refuses with the split is not offered."""
    asked: dict[str, Any] = {"batch_size": 4, "stack": "axolotl", "gradient_checkpointing": True}
    needs = [
        (found.changes, found.needs) for gb in (26, 25) for found in found_for(LLAMA, "training", gb=gb, **asked)[:1]
    ]
    split = found_for(LLAMA, "training", gb=16, gpus=8, stack="ms-swift", method="qlora", batch_size=16)

    assert needs == [({"loss": "chunked"}, ""), ({"loss": "fused"}, "liger-kernel")]
    assert split
    assert all(not {"loss", "n_gpus"} <= {*changed.changes} for changed in split)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any, Bench]:
    """Draw an entry, settings, a GPU and how many of them there are."""
    task: Task = draw(st.sampled_from(["training", "inference"]))
    entry = draw(st.sampled_from(TRAINED))
    training = {
        "batch_size": st.integers(1, 64),
        "gradient_accumulation_steps": st.integers(1, 5),
        "max_seq_length": st.sampled_from([256, 2048, 8192, 32768]),
        "method": st.sampled_from(["lora", "qlora"] if entry.is_quantized else ["full", "lora", "qlora"]),
        "stack": st.sampled_from(["trl", "unsloth", "axolotl", "llama-factory", "ms-swift"]),
        "attn_implementation": st.sampled_from(["sdpa", "eager"]),
        "gradient_checkpointing": st.booleans(),
        "optim": st.sampled_from(["adamw_torch", "adamw_8bit", "lion_32bit", "sgd"]),
    }
    serving = {
        "max_model_len": st.sampled_from([1024, 8192, 32768]),
        "concurrent": st.integers(1, 64),
        "gpu_memory_utilization": st.sampled_from([0.0, 0.5, 0.9]),
        "engine": st.sampled_from(["vllm", "transformers"]),
        "tensor_parallel_size": st.sampled_from([1, 2, 3]),
    }
    overrides = draw(st.fixed_dictionaries(training if task == "training" else serving))
    settings = merge(entry, task, Layer(overrides))
    bench = Bench(
        entry=entry,
        gpu_total_bytes=draw(st.integers(4, 100)) * GB,
        at_most_gpus=draw(st.sampled_from([1, 2, 8])),
        measure=draw(st.sampled_from(Measure)),
    )
    return entry, settings, bench


@given(case=cases())
def test_changes_fit_and_none_contains_another(case: tuple[Any, Any, Bench]) -> None:
    """Given back as overrides, as a user would; less work only where nothing else is enough for nothing."""
    entry, settings, bench = case
    task: Task = "training" if hasattr(settings, "method") else "inference"
    chosen = {name for name, origin in settings.origins.items() if origin.kind is OriginKind.OVERRIDE}
    asked = Layer({name: value for name, value in settings.as_dict().items() if name in chosen})
    found = [*find_changes(settings, bench)]
    for changed in found:
        applied = merge(entry, task, asked, Layer(changed.changes))

        assert bench.fits(applied)
    made = [{(name, str(value)) for name, value in changed.changes.items()} for changed in found]
    assert not [one for one in made if any(other < one for other in made)]
    prices = [changed.price for changed in found]
    assert not {Price.NOTHING, Price.LESS_WORK} <= {*prices}


def test_the_last_lever_is_taken_back_where_the_others_do_without_it() -> None:
    """Two GPUs are enough for LoRA with a batch of one: QLoRA is not offered on top of just that."""
    entry = REGISTRY["CohereLabs/aya-expanse-8b"]
    for batch, total in product((51, 255), (14, 15, 16)):
        settings = merge(entry, "training", Layer({"batch_size": batch, "max_seq_length": 512, "stack": "trl"}))
        bench = Bench(entry=entry, gpu_total_bytes=total * GB, at_most_gpus=2, measure=Measure.EXPECTED)
        made = [{*map(str, changed.changes.items())} for changed in find_changes(settings, bench)]

        assert not [one for one in made if any(other < one for other in made)]


@given(case=cases())
def test_the_effective_batch_and_a_useful_length_are_kept(case: tuple[Any, Any, Bench]) -> None:
    """Sequences that count in one step stay as many; none becomes shorter than is worth training or serving."""
    _, settings, bench = case
    for found in find_changes(settings, bench):
        changed = {**settings.as_dict(), **found.changes}
        if "batch_size" in changed:
            assert (
                changed["batch_size"] * changed["gradient_accumulation_steps"]
                == settings.batch_size * settings.gradient_accumulation_steps
            )
            assert changed["max_seq_length"] >= min(SHORTEST_TRAINED, settings.max_seq_length)
        else:
            assert changed["max_model_len"] >= min(SHORTEST_SERVED, settings.max_model_len)
