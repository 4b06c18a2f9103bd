"""The moments of a training run that can be its peak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.constants import CALIBRATED, CONTEXT_BYTES
from model_garden_registry.memory.training.run import Peak, TrainingRun, training_runs
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.units import GIB

Make = Callable[..., Any]

#: Llama-3.1-8B, a sequence of 2048 tokens, adapters of rank 16 on all layers in float32.
TOKENS, HIDDEN, VOCABULARY, TRAINED = 2048, 4096, 128256, 41_943_040
STREAM = 2 * TOKENS * HIDDEN

#: A loop that does nothing by itself.
PLAIN = TrainingRuntime()


def runs(
    model: Make, training: Make, runtime: TrainingRuntime | None = None, **changes: Any
) -> tuple[TrainingRun, ...]:
    """Return the runs of a loop that does nothing by itself, or what the runtime says."""
    entry = model(changes.pop("shape", "llama-3.1-8b"))
    return training_runs(entry, training(entry, **changes), runtime or TrainingRuntime(), CALIBRATED)


def test_a_step_has_its_moments(model: Make, training: Make) -> None:
    """Head, first layer backwards, last layer backwards, optimizer's step; images and loading, which add nothing."""
    (run,) = runs(model, training)
    at_head, first, last, update, images, loading = run.peaks()

    working = first.activations - 32 * STREAM
    assert at_head == Peak(32 * STREAM + 2 * STREAM, 12 * TOKENS * VOCABULARY, 0)
    assert first == Peak(32 * STREAM + working, 0, 0)
    assert last == Peak(working, 0, 4 * TRAINED)
    assert update == Peak(0, 0, 4 * TRAINED, 4 * TRAINED)
    assert images == loading == Peak()


def test_accumulated_gradients_are_there_from_the_start(model: Make, training: Make) -> None:
    """Those of the steps before."""
    (run,) = runs(model, training, gradient_accumulation_steps=4)

    assert [peak.gradients for peak in run.peaks()] == [4 * TRAINED] * 4 + [0, 0]


def test_a_gpu_without_the_head_has_no_logits(model: Make, training: Make) -> None:
    """Whole layers on each of two: the first has embeddings and images, the last has the logits."""
    split = {"n_gpus": 2, "sharding": "device_map", "images_per_sample": 1}
    first, last = runs(model, training, TrainingRuntime(keeps_outputs=True), shape="qwen2.5-vl-7b", **split)

    assert [peak.logits > 0 for peak in first.peaks()] == [False] * 5
    assert [peak.logits > 0 for peak in last.peaks()] == [True] * 3 + [False] * 2
    assert [*first.peaks()][-2] == Peak(first.images.working)
    assert first.images.working > 0


def test_a_gpu_has_its_share_of_the_holdings(model: Make, training: Make) -> None:
    """A quarter of everything where weights are split; what is whole for a moment comes to it."""
    (one,) = runs(model, training)
    (quarter,) = runs(model, training, n_gpus=4, sharding="fsdp")

    assert quarter.holdings == tuple(part / 4 for part in one.holdings)
    assert next(quarter.peaks()).activations == next(one.peaks()).activations + quarter.traffic.gathered


@pytest.mark.parametrize(
    ("stack", "reading", "has_pools"),
    [
        pytest.param("trl", "reserved", True, id="streams of their own"),
        pytest.param("ms-swift", "reserved", False, id="all on one stream"),
        pytest.param("trl", "allocated", False, id="nothing of it is live"),
    ],
)
def test_pools_of_other_streams_stay_reserved(
    stack: str, reading: Any, has_pools: bool, model: Make, training: Make
) -> None:
    """While the optimizer steps, which cannot use them: what was gathered, and what was reduced."""
    (run,) = runs(
        model, training, TrainingRuntime(reading=reading), stack=stack, method="full", n_gpus=4, sharding="zero3"
    )
    step = next(peak for peak in run.peaks() if peak.step_copy)

    standing = run.holdings.gradients + run.traffic.standing
    assert step.activations == (run.traffic.gathered if has_pools else 0)
    assert step.gradients == standing + (run.traffic.reduced if has_pools else 0)


def test_ends_that_are_one_unit_are_divided_last(model: Make, training: Make) -> None:
    """FSDP1: at the last layer backwards their gradients are whole, and in half precision."""
    (run,) = runs(model, training, method="full", n_gpus=4, sharding="fsdp", master_weights=True)
    _, _, late, update, *_ = run.peaks()

    ends = 2 * VOCABULARY * HIDDEN
    assert late.gradients == run.holdings.gradients - 4 * ends / 4 + run.traffic.reduced
    assert run.traffic.reduced > 2 * ends
    assert update.gradients == run.holdings.gradients + run.traffic.reduced


def test_copies_of_gradients_are_there_all_the_time(model: Make, training: Make) -> None:
    """The buckets of DistributedDataParallel; more GPUs do not add to them."""
    (two,), (eight,) = (runs(model, training, n_gpus=gpus) for gpus in (2, 8))

    assert [peak.gradients for peak in two.peaks()] == [4 * TRAINED * times for times in (1, 1, 2, 2, 1, 0)]
    assert [*eight.peaks()] == [*two.peaks()]


def test_an_evaluation_keeps_nothing_for_a_backward_pass(model: Make, training: Make) -> None:
    """Logits, their float32 copy and log-probabilities; one layer, and no gradients."""
    (run,) = runs(model, training, eval_batch_size=8)
    evaluation = [*run.peaks()][-2]

    tokens = 8 * TOKENS
    assert evaluation.logits == 10 * tokens * VOCABULARY
    assert evaluation.activations == 2 * tokens * (3 * 14336 + 4 * HIDDEN)
    assert evaluation.gradients == 0


def test_an_evaluation_with_a_tiled_loss_has_no_logits_in_full(model: Make, training: Make) -> None:
    """It computes its loss as training does."""
    (run,) = runs(model, training, eval_batch_size=8, loss="tiled")

    assert [*run.peaks()][-2].logits < 8 * TOKENS * VOCABULARY


def test_quantised_weights_are_whole_until_they_are_divided(model: Make, training: Make) -> None:
    """There is no optimizer yet."""
    (run,) = runs(model, training, method="qlora", n_gpus=8, sharding="zero3")
    loading = [*run.peaks()][-1]

    assert loading == Peak(loaded=7 * run.holdings.weights)
    assert run.beside(loading) == 7 * run.holdings.weights - run.holdings.optimizer


def test_sequences_that_are_divided_exchange_keys_and_values(model: Make, training: Make) -> None:
    """Those of the whole sequence for one layer, and their gradients: 2 x 8 x 128 wide, two bytes each."""
    (whole,) = runs(model, training, n_gpus=2)
    (half,) = runs(model, training, n_gpus=2, context_parallel_size=2, max_seq_length=2 * TOKENS)

    first, other = ([*run.peaks()][1].activations for run in (whole, half))
    assert other - first == 2 * 2 * TOKENS * 2048 * 2


@pytest.mark.parametrize(
    ("method", "checkpointing", "layers"),
    [
        pytest.param("full", True, (32, 1), id="copies of what is trained stay until the forward pass ends"),
        pytest.param("full", False, (32, 32), id="in the graph"),
        pytest.param("lora", True, (1, 1), id="those of what is frozen are made anew"),
        pytest.param("lora", False, (32, 32), id="and stay in the graph"),
    ],
)
def test_autocast_copies_float32_weights(
    method: str, checkpointing: bool, layers: tuple[int, int], model: Make, training: Make
) -> None:
    """In half precision: so many layers of them at the head, and in the first layer backwards."""
    found = []
    for autocasts in (False, True):
        (run,) = runs(
            model,
            training,
            TrainingRuntime(autocasts=autocasts),
            method=method,
            dtype="float32",
            gradient_checkpointing=checkpointing,
        )
        found.append(run._cast_bytes(in_forward=True) if autocasts else run._cast_bytes())
        back = run._cast_bytes()

    matrices = 2 * 6_979_321_856
    assert found == [0, matrices * layers[0] / 32]
    assert back == matrices * layers[1] / 32


def test_checkpoints_are_the_stream_in_front_of_each_layer(model: Make, training: Make) -> None:
    """And the norm before the head."""
    (run,) = runs(model, training)

    assert next(run.peaks()).activations == 32 * STREAM + 2 * STREAM


@pytest.mark.parametrize(
    ("changes", "inputs"),
    [
        pytest.param({}, 3, id="two on their way, and that of the last layer"),
        pytest.param({"shape": "llama-3.2-1b"}, 3, id="of however few layers"),
    ],
)
def test_inputs_that_wait_in_main_memory_pass_through_buffers(
    changes: dict[str, Any], inputs: int, model: Make, training: Make
) -> None:
    """In half precision, also where the stream is in float32. Source: unsloth_zoo, `gradient_checkpointing.py`."""
    hidden = {"llama-3.2-1b": 2048}.get(changes.get("shape", ""), HIDDEN)
    (run,) = runs(model, training, TrainingRuntime(offloads_activations=True), **changes)

    assert next(run.peaks()).activations == (inputs * 2 + 4) * TOKENS * hidden


def test_all_that_is_saved_may_wait_in_main_memory(model: Make, training: Make) -> None:
    """Without checkpointing: five tensors of the widest kind are on their way. Source: TRL, activation offloading."""
    (run,) = runs(model, training, TrainingRuntime(offloads_activations=True), gradient_checkpointing=False)

    assert next(run.peaks()).activations == 5 * 2 * TOKENS * 14336 + 4 * TOKENS * HIDDEN


def test_gaps_of_quantising_do_not_grow_with_the_model(model: Make, training: Make) -> None:
    """They are as large as what waits to be quantised at once."""
    (run,) = runs(model, training, TrainingRuntime(reading="reserved"), method="qlora")
    few, many, more = (run.overhead_bytes(lasting=size, transient=0) for size in (4e9, 40e9, 80e9))

    assert few < many == more


@pytest.mark.parametrize(
    ("loss", "runtime", "size"),
    [
        pytest.param("full", {}, 12, id="log-probabilities and two gradients in float32"),
        pytest.param("full", {"halves_loss": True}, 6, id="in half precision"),
        pytest.param("full", {"copies_logits": True}, 14, id="a shifted copy"),
        pytest.param("chunked", {"copies_logits": True}, CALIBRATED.chunked_logits_bytes, id="in chunks"),
        pytest.param("fused", {"fused_loss": "whole"}, 4 + 2 * HIDDEN / VOCABULARY, id="fused, in one chunk"),
    ],
)
def test_bytes_of_a_logit(loss: str, runtime: dict[str, Any], size: float, model: Make, training: Make) -> None:
    """At the peak of each loss."""
    (run,) = runs(model, training, TrainingRuntime(**runtime), loss=loss)

    assert next(run.peaks()).logits == pytest.approx(TOKENS * VOCABULARY * size)


@pytest.mark.parametrize(
    ("runtime", "lasting", "transient", "fixed"),
    [
        pytest.param({"reading": "allocated"}, 0, 0, 0, id="live tensors"),
        pytest.param({"reading": "reserved"}, CALIBRATED.slack, CALIBRATED.slack, 0, id="the allocator"),
        pytest.param({}, CALIBRATED.slack, CALIBRATED.slack, CONTEXT_BYTES, id="the process"),
        pytest.param(
            {"loads_all_kernels": True, "copies_logits": True},
            2 * CALIBRATED.slack,
            2 * CALIBRATED.slack,
            CALIBRATED.eager_context_bytes,
            id="an old process",
        ),
    ],
)
def test_the_overhead_is_a_share_of_what_lasts_and_of_what_does_not(
    runtime: dict[str, Any], lasting: float, transient: float, fixed: float, model: Make, training: Make
) -> None:
    """And a fixed part, as far as the reading counts it."""
    (run,) = runs(model, training, TrainingRuntime(**runtime))

    expected = 65 * 2**18 + fixed + max(lasting * 1e10 + transient * 1e9, GIB // 2 if lasting else 0)
    assert run.overhead_bytes(lasting=1e10, transient=1e9) == pytest.approx(expected)


def test_the_shape_must_be_stated(model: Make, training: Make) -> None:
    """A run is not guessed."""
    entry = model(hidden_size=None)

    with pytest.raises(MissingShapeError, match="hidden_size"):
        training_runs(entry, training(entry), PLAIN, CALIBRATED)
