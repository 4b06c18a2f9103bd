"""The moments of a training run that can be its peak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.constants import CALIBRATED, CONTEXT_BYTES
from model_garden_registry.memory.training.run import Peak, TrainingRun, training_runs
from model_garden_registry.memory.training.runtime import TrainingRuntime

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


def test_a_step_has_five_moments(model: Make, training: Make) -> None:
    """At the head, in the first layer backwards, in the last one, in the optimizer's step, and where images are."""
    (run,) = runs(model, training)
    at_head, first, last, update, images = run.peaks()

    working = first.activations - 32 * STREAM
    assert at_head == Peak(32 * STREAM + 2 * STREAM, 12 * TOKENS * VOCABULARY, 0)
    assert first == Peak(32 * STREAM + working, 0, 0)
    assert last == Peak(working, 0, 4 * TRAINED)
    assert update == Peak(0, 0, 4 * TRAINED, 4 * TRAINED)
    assert images == Peak()


def test_accumulated_gradients_are_there_from_the_start(model: Make, training: Make) -> None:
    """Those of the steps before."""
    (run,) = runs(model, training, gradient_accumulation_steps=4)

    assert [peak.gradients for peak in run.peaks()] == [4 * TRAINED] * 5


def test_a_gpu_without_the_head_has_no_logits(model: Make, training: Make) -> None:
    """Whole layers on each of two: the first has embeddings and images, the last has the logits."""
    split = {"n_gpus": 2, "sharding": "device_map", "images_per_sample": 1}
    first, last = runs(model, training, TrainingRuntime(keeps_outputs=True), shape="qwen2.5-vl-7b", **split)

    assert [peak.logits > 0 for peak in first.peaks()] == [False, False, False, False]
    assert [peak.logits > 0 for peak in last.peaks()] == [True, True, True, False, False]
    assert [*first.peaks()][-1] == Peak(first.images.working)
    assert [*last.peaks()][-1] == Peak()
    assert first.images.working > 0


def test_a_gpu_has_its_share_of_the_holdings(model: Make, training: Make) -> None:
    """A quarter of everything where weights are split, and two whole layers while they run."""
    (one,) = runs(model, training)
    (quarter,) = runs(model, training, n_gpus=4, sharding="zero3")

    assert quarter.holdings == tuple(part / 4 for part in one.holdings)
    assert (one.gathered, quarter.gathered) == (0, 2 * one.holdings.weights / 32)


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
            CALIBRATED.slack_fragmented,
            CALIBRATED.slack_fragmented,
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

    expected = 65 * 2**18 + lasting * 1e9 + transient * 1e8 + fixed
    assert run.overhead_bytes(lasting=1e9, transient=1e8) == pytest.approx(expected)


def test_the_shape_must_be_stated(model: Make, training: Make) -> None:
    """A run is not guessed."""
    entry = model(hidden_size=None)

    with pytest.raises(MissingShapeError, match="hidden_size"):
        training_runs(entry, training(entry), PLAIN, CALIBRATED)
