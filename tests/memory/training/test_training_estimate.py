"""The estimate for fine-tuning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mixed_networks import GROUPS, TARGETS, Group, network, owls, uniform, with_network

from model_garden_registry.entries.tasks import TrainingStack
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.stacks import Loss
from model_garden_registry.memory.classes import SPREADS
from model_garden_registry.memory.constants import CALIBRATED, CONTEXT_BYTES
from model_garden_registry.memory.estimates import PARTS, MemoryEstimate
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.training_estimate import estimate_training
from model_garden_registry.units import GIB

Make = Callable[..., Any]

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
ALLOCATED = TrainingRuntime(reading="allocated")
#: The loop of fitcheck's measurements: PEFT's preparation, logits kept during the backward pass.
KBIT = TrainingRuntime(reading="allocated", upcasts_rest=True, keeps_outputs=True)


@pytest.mark.parametrize(
    ("changes", "allocated"),
    [
        pytest.param({}, 20_304_644_096, id="LoRA on all layers, checkpointing"),
        pytest.param(
            {
                "max_seq_length": 1024,
                "gradient_checkpointing": False,
                "lora_config.target_modules": ATTENTION,
            },
            24_936_000_000,
            id="no checkpointing",
        ),
        pytest.param({"method": "full", "optim": "adamw_torch_fused"}, 64_280_000_000, id="all weights, fused AdamW"),
        pytest.param({"method": "full"}, 80_320_000_000, id="all weights: the optimizer's step copies them once more"),
    ],
)
def test_what_torch_records_for_a_step(changes: dict[str, Any], allocated: int, model: Make, training: Make) -> None:
    """Llama-3.1-8B at 2048 tokens, transformers and PEFT, live tensors only: within two per cent."""
    entry = model()
    estimate = estimate_training(entry, training(entry, **changes), runtime=ALLOCATED)

    assert estimate.expected_bytes == pytest.approx(allocated, rel=0.02)


@pytest.mark.parametrize(
    ("shape", "attention", "changes", "gibibytes"),
    [
        pytest.param("llama-3.2-1b", "eager", {"max_seq_length": 1024}, 3.6407, id="Llama-3.2-1B, eager"),
        pytest.param("llama-3.2-1b", "sdpa", {"max_seq_length": 1024}, 3.6358, id="Llama-3.2-1B, sdpa"),
    ],
)
def test_measured_peaks_of_qlora(
    shape: str, attention: str, changes: dict[str, Any], gibibytes: float, model: Make, training: Make
) -> None:
    """On a T4, within one per cent."""
    entry = model(shape)
    settings = training(
        entry,
        method="qlora",
        attn_implementation=attention,
        **{"lora_config.target_modules": ATTENTION},
        **changes,
    )

    estimate = estimate_training(entry, settings, runtime=KBIT)
    assert estimate.expected_bytes / GIB == pytest.approx(gibibytes, rel=0.01)


def test_the_parts_are_those_of_the_peak(model: Make, training: Make) -> None:
    """LoRA on Llama-3.1-8B: at the head, where logits are and gradients are not yet."""
    entry = model()
    estimate = estimate_training(entry, training(entry), runtime=ALLOCATED)

    tokens, trained = 2048, 41_943_040
    assert dict(estimate.parts) == {
        "weights": 2 * 8_030_261_248,
        "adapters": 4 * trained,
        "gradients": 0,
        "optimizer": 8 * trained,
        "activations": 32 * 2 * tokens * 4096 + 4 * tokens * 4096,
        "logits": 12 * tokens * 128256,
        "kv_cache": 0,
        "state_cache": 0,
        "overhead": 65 * 2**18,
    }


def parts(model: Make, training: Make, runtime: TrainingRuntime | None = None, **changes: Any) -> MemoryEstimate:
    entry = model(changes.pop("shape", "llama-3.1-8b"), **changes.pop("facts", {}))
    return estimate_training(entry, training(entry, **changes), runtime=runtime)


def test_accumulated_gradients_are_there_at_the_head(model: Make, training: Make) -> None:
    """With one step for each update they are not."""
    estimate = parts(model, training, ALLOCATED, gradient_accumulation_steps=4)

    assert estimate.parts["gradients"] == 4 * 41_943_040


@pytest.mark.parametrize("loss", ["chunked", "fused"])
def test_a_loss_without_full_logits_takes_less(loss: str, model: Make, training: Make) -> None:
    """Llama-3.1-8B at 2 x 8192 tokens has 25 GB of logits in full."""
    full = parts(model, training, ALLOCATED, batch_size=2, max_seq_length=8192)
    less = parts(model, training, ALLOCATED, batch_size=2, max_seq_length=8192, loss=loss)

    assert full.parts["logits"] == pytest.approx(25.2e9, rel=0.01)
    assert full.expected_bytes - less.expected_bytes > 15e9


@pytest.mark.parametrize(
    ("runtime", "per_logit"),
    [
        pytest.param(TrainingRuntime(reading="allocated"), 12, id="log-probabilities and two gradients in float32"),
        pytest.param(TrainingRuntime(reading="allocated", keeps_outputs=True), 14, id="logits kept beside them"),
        pytest.param(TrainingRuntime(reading="allocated", copies_logits=True), 14, id="a shifted copy"),
        pytest.param(TrainingRuntime(reading="allocated", halves_loss=True), 6, id="all in half precision"),
    ],
)
def test_bytes_of_a_logit(runtime: TrainingRuntime, per_logit: int, model: Make, training: Make) -> None:
    """At the start of the backward pass."""
    assert parts(model, training, runtime).parts["logits"] == per_logit * 2048 * 128256


def test_the_first_gradients_of_a_tied_model_come_three_times(model: Make, training: Make) -> None:
    """That of the head, that of the embeddings, and their sum: the peak of a short step of Llama-3.2-1B."""
    estimate = parts(model, training, ALLOCATED, shape="llama-3.2-1b", method="full", optim="sgd", max_seq_length=128)

    matrix = 2 * 128256 * 2048
    assert estimate.parts["gradients"] + estimate.parts["activations"] == 2 * 1_235_814_400 + 2 * matrix


def test_a_fused_loss_gives_the_gradient_of_the_head_at_once(model: Make, training: Make) -> None:
    """Where all weights are trained and all activations kept, it is there at the peak."""
    estimate = parts(
        model, training, ALLOCATED, method="full", optim="sgd", loss="fused", gradient_checkpointing=False, batch_size=8
    )

    assert estimate.parts["gradients"] == 2 * 128256 * 4096


def test_an_optimizer_in_the_backward_pass_keeps_no_gradients(model: Make, training: Make) -> None:
    """By its name, or because the loop does it."""
    named = parts(model, training, ALLOCATED, method="full", optim="lomo")
    looped = parts(
        model, training, TrainingRuntime(reading="allocated", steps_in_backward=True), method="full", optim="sgd"
    )

    assert named.parts["gradients"] == looped.parts["gradients"] == 0


def test_master_weights_are_trained_in_float32(model: Make, training: Make) -> None:
    """Two bytes of weights and gradients, twelve of masters and moments, eight for the step."""
    estimate = parts(model, training, ALLOCATED, method="full", sharding="zero2", master_weights=True)

    assert estimate.parts["optimizer"] == (12 + 8) * 8_030_261_248
    assert estimate.parts["weights"] == estimate.parts["gradients"] == 2 * 8_030_261_248


def test_trained_ends_are_whole_matrices(model: Make, training: Make) -> None:
    """Embeddings and head beside an adapter, in half precision, with their moments."""
    plain = parts(model, training, ALLOCATED, optim="adamw_torch_fused")
    ends = parts(model, training, TrainingRuntime(reading="allocated", trains_ends=True), optim="adamw_torch_fused")

    assert ends.parts["adapters"] - plain.parts["adapters"] == 2 * 2 * 128256 * 4096
    assert ends.parts["optimizer"] - plain.parts["optimizer"] == 2 * 2 * 2 * 128256 * 4096


def test_offloaded_checkpoints_take_little_memory(model: Make, training: Make) -> None:
    """They wait in main memory, all but the last one and two that are on their way."""
    kept = parts(model, training, ALLOCATED)
    offloaded = parts(model, training, TrainingRuntime(reading="allocated", offloads_activations=True))

    assert kept.parts["activations"] - offloaded.parts["activations"] == (32 - 3) * 2 * 2048 * 4096


def test_autocast_turns_a_float32_head_into_half_precision(model: Make, training: Make) -> None:
    """Once for each step."""
    plain = parts(model, training, TrainingRuntime(reading="allocated", upcasts_rest=True), method="qlora")
    cast = parts(
        model, training, TrainingRuntime(reading="allocated", upcasts_rest=True, autocasts=True), method="qlora"
    )

    assert cast.parts["activations"] - plain.parts["activations"] == 2 * 128256 * 4096


@pytest.mark.parametrize(
    ("method", "quantization", "double", "gigabytes"),
    [
        pytest.param("lora", None, False, 16.06, id="LoRA: as published"),
        pytest.param("qlora", None, False, 6.03, id="QLoRA: quantised while loading"),
        pytest.param("qlora", None, True, 5.70, id="its scales too"),
        pytest.param("qlora", ("4bit", "bitsandbytes"), False, 5.70, id="published in 4 bits"),
        pytest.param("lora", ("awq", "awq"), False, 5.73, id="LoRA on quantised weights"),
        pytest.param("full", ("4bit", "bitsandbytes"), False, 16.06, id="all weights: never quantised"),
        pytest.param("lora", ("fp8", "fp8"), False, 16.06, id="FP8 has no backward pass: unpacked"),
        pytest.param("qlora", ("mxfp4", "mxfp4"), False, 6.03, id="unpacked, then quantised anew"),
    ],
)
def test_the_weights_that_a_method_loads(
    method: str, quantization: tuple[str, str] | None, double: bool, gigabytes: float, model: Make, training: Make
) -> None:
    """Llama-3.1-8B."""
    runtime = TrainingRuntime(reading="allocated", double_quantizes=double)
    estimate = parts(model, training, runtime, method=method, facts={"quantization": quantization})

    assert estimate.parts["weights"] / 1e9 == pytest.approx(gigabytes, abs=0.01)


@pytest.mark.parametrize(("dtype", "per_score"), [("bfloat16", 16), ("float16", 14)])
def test_eager_attention_in_either_half_precision(dtype: str, per_score: int, model: Make, training: Make) -> None:
    """float16 keeps one of its gradients in two bytes."""
    runtime = TrainingRuntime(reading="allocated", offloads_activations=True)
    estimate = parts(
        model,
        training,
        runtime,
        facts={"dtype": dtype},
        attn_implementation="eager",
        max_seq_length=16384,
        loss="fused",
        **{"lora_config.target_modules": ATTENTION},
    )

    attention = 4 * 4096 + 2 * 4 * 4096 + 4 * 4 * 4096
    streams = 2 * 4096 + 3 * 2 * 4096
    assert estimate.parts["activations"] == per_score * 32 * 16384**2 + 16384 * (attention + streams)


SMALL, LARGE = CALIBRATED.slack, 2 * CALIBRATED.slack


@pytest.mark.parametrize(
    ("runtime", "changes", "of_lasting", "of_passing", "fixed"),
    [
        pytest.param({"reading": "allocated"}, {}, 0, 0, 0, id="live tensors"),
        pytest.param({"reading": "reserved"}, {}, SMALL, SMALL, 0, id="what the allocator holds"),
        pytest.param({"reading": "reserved"}, {"method": "qlora"}, LARGE, SMALL, 0, id="weights quantised on loading"),
        pytest.param(
            {"reading": "reserved"}, {"attn_implementation": "eager"}, LARGE, LARGE, 0, id="scores come and go"
        ),
        pytest.param({"reading": "reserved", "copies_logits": True}, {}, LARGE, LARGE, 0, id="so do copies of logits"),
        pytest.param({}, {}, SMALL, SMALL, CONTEXT_BYTES, id="the CUDA context as well"),
    ],
)
def test_a_reading_counts_what_it_says(
    runtime: dict[str, Any],
    changes: dict[str, Any],
    of_lasting: float,
    of_passing: float,
    fixed: float,
    model: Make,
    training: Make,
) -> None:
    """The overhead is a share of what lasts, as far as gaps go, a share of what comes and goes, and a fixed part."""
    estimate = parts(model, training, TrainingRuntime(**runtime), **changes)

    sizes = estimate.parts
    lasting = sizes["weights"] + sizes["adapters"] + sizes["optimizer"]
    passing = sizes["activations"] + sizes["logits"] + sizes["gradients"]
    gaps = CALIBRATED.quantizing_gaps_bytes if changes.get("method") == "qlora" else of_lasting * lasting
    overhead = 65 * 2**18 + min(of_lasting * lasting, gaps) + of_passing * passing + fixed
    assert sizes["overhead"] == pytest.approx(overhead, abs=2)


def test_flat_buffers_leave_no_gaps(model: Make, training: Make) -> None:
    """Master weights and their moments lie in a few large blocks."""
    runtime = TrainingRuntime(reading="reserved")
    estimate = parts(model, training, runtime, method="full", sharding="zero2", master_weights=True)

    halves = estimate.parts["weights"] + estimate.parts["gradients"]
    assert estimate.parts["overhead"] == pytest.approx(65 * 2**18 + SMALL * halves, abs=2)


def test_older_processes_load_all_kernels(model: Make, training: Make) -> None:
    """Their context is larger."""
    old = parts(model, training, TrainingRuntime(loads_all_kernels=True))
    new = parts(model, training, TrainingRuntime())

    larger = CALIBRATED.eager_context_bytes - CONTEXT_BYTES
    assert old.parts["overhead"] - new.parts["overhead"] == pytest.approx(larger, abs=1)


def test_gpus_that_share_are_marked_as_derived(model: Make, training: Make) -> None:
    """Their band is wide; without sharding more GPUs only add the buckets and buffers that keep them in step."""
    one = parts(model, training)
    copied = parts(model, training, n_gpus=4)
    split = parts(model, training, n_gpus=4, sharding="zero3")

    assert {**copied.parts, "gradients": 0, "overhead": 0} == {**one.parts, "gradients": 0, "overhead": 0}
    assert copied.parts["gradients"] == 4 * 41_943_040
    assert (one.margin, copied.margin, split.margin) == tuple(
        SPREADS[kind].margin for kind in ("dense", "dense", "sharded")
    )
    assert split.parts["weights"] == round(one.parts["weights"] / 4)
    assert "every GPU has a full copy" in copied.assumptions
    assert "the logits of an evaluation are not gathered" in parts(model, training, eval_batch_size=1).assumptions
    assert "split over GPUs by zero3" in split.assumptions


def test_the_stack_is_part_of_the_answer(model: Make, training: Make) -> None:
    """Assumptions say what was taken for granted."""
    prepared = TrainingRuntime(upcasts_rest=True)
    trl = parts(model, training, prepared, method="qlora", gradient_checkpointing=False)
    unsloth = parts(model, training, stack="unsloth", shape="qwen2.5-vl-7b")

    assert trl.assumptions == (
        "TRL 1.16.0: sdpa attention, full loss",
        "all activations are saved for the backward pass",
        "every sequence 2048 tokens long",
        "adapters in float32",
        "unquantised weights are in float32",
    )
    assert "the vision tower is not trained" in unsloth.assumptions
    assert parts(model, training, method="full").assumptions[-1] == (
        "all weights and gradients in half precision, moments as in adamw_torch"
    )


def test_encoding_many_images_can_be_the_peak(model: Make, training: Make) -> None:
    """Sixteen stock images in one short sequence."""
    few, many = (
        parts(model, training, ALLOCATED, shape="qwen2.5-vl-7b", images_per_sample=images, max_seq_length=128)
        for images in (1, 16)
    )

    assert many.parts["activations"] > few.parts["activations"]


def test_the_shape_must_be_stated(model: Make, training: Make) -> None:
    """The exact estimate is not guessed."""
    entry = model(hidden_size=None)

    with pytest.raises(MissingShapeError, match="hidden_size"):
        estimate_training(entry, training(entry))


METHODS = st.sampled_from(["full", "lora", "qlora"])
STACKS = st.sampled_from(get_args(TrainingStack))
KERNELS = st.sampled_from(["sdpa", "flash_attention_2", "eager"])
SHAPES = st.sampled_from(["llama-3.1-8b", "llama-3.2-1b", "qwen3-30b-a3b", "deepseek-v3", "phi-2"])


@given(
    shape=SHAPES,
    settings=st.fixed_dictionaries(
        {
            "method": METHODS,
            "stack": STACKS,
            "attn_implementation": KERNELS,
            "gradient_checkpointing": st.booleans(),
            "batch_size": st.integers(1, 16),
            "max_seq_length": st.integers(128, 16384),
            "r": st.integers(1, 256),
            "n_gpus": st.integers(1, 9),
            "sharding": st.sampled_from(["none", "zero2", "zero3", "fsdp", "device_map"]),
        }
    ),
    name=st.sampled_from(["batch_size", "max_seq_length", "r"]),
    more=st.integers(1, 1000),
)
def test_more_of_it_never_takes_less(
    shape: str, settings: dict[str, Any], name: str, more: int, model: Make, training: Make
) -> None:
    """In batch, sequence and rank, however GPUs share; and the parts are always all there."""
    assume(name != "r" or settings["sharding"] != "zero3")  # which divides adapters from a size on, smaller ones never
    small = parts(model, training, shape=shape, **settings)
    large = parts(model, training, shape=shape, **{**settings, name: settings[name] + more})

    assert small.expected_bytes <= large.expected_bytes
    assert tuple(small.parts) == PARTS


@given(method=METHODS, more=st.integers(0, 10**11))
def test_more_parameters_never_take_less(method: str, more: int, model: Make, training: Make) -> None:
    """With the same layers, whatever the further parameters are."""
    small = parts(model, training, method=method, facts={"parameters": 8_030_261_248})
    large = parts(model, training, method=method, facts={"parameters": 8_030_261_248 + more})

    assert small.expected_bytes <= large.expected_bytes


@given(stack=STACKS, batch=st.integers(1, 8), length=st.integers(128, 8192))
def test_a_4_bit_entry_takes_less_than_its_base(
    stack: str, batch: int, length: int, model: Make, training: Make
) -> None:
    """Trained in the same way, on either."""
    changes = {"stack": stack, "batch_size": batch, "max_seq_length": length, "lora_config.target_modules": ATTENTION}
    base = parts(model, training, TrainingRuntime(), **changes)
    small = parts(model, training, TrainingRuntime(), facts={"quantization": ("4bit", "bitsandbytes")}, **changes)

    assert small.expected_bytes < base.expected_bytes


def test_the_working_set_of_a_layer_is_not_divided(model: Make, training: Make) -> None:
    """Where checkpoints wait in main memory, only the working set is left: the same on 1, 4 and 8 GPUs."""
    runtime = TrainingRuntime(double_quantizes=True, autocasts=True, offloads_activations=True, fuses=True)
    changes = {"method": "qlora", "batch_size": 8, "max_seq_length": 8192, "loss": "fused"}
    one, four, many = (
        parts(model, training, runtime, n_gpus=gpus, sharding="device_map", **changes).parts["activations"]
        for gpus in (1, 4, 8)
    )

    assert one == four == many > 10e9


def test_kept_layers_are_divided(model: Make, training: Make) -> None:
    """Eight of 32 layers on each GPU: a quarter of the checkpoints, and the whole norm in front of the head."""
    one, four = (
        parts(model, training, ALLOCATED, n_gpus=gpus, sharding="device_map").parts["activations"] for gpus in (1, 4)
    )

    stream = 2048 * 4096
    assert (one, four) == ((32 * 2 + 4) * stream, (8 * 2 + 4) * stream)


def test_the_ends_of_the_network_are_not_divided(model: Make, training: Make) -> None:
    """Embeddings and head are each whole on one GPU, however many there are; that with the logits is the fullest."""
    estimate = parts(model, training, ALLOCATED, n_gpus=64, sharding="device_map")

    layer = (8_030_261_248 - 2 * 128256 * 4096) / 32
    assert estimate.parts["weights"] == pytest.approx(2 * (layer + 128256 * 4096), abs=1)
    assert estimate.parts["logits"] == 12 * 2048 * 128256


def test_images_are_encoded_where_the_embeddings_are(model: Make, training: Make) -> None:
    """The first GPU is the fullest, with the tower and without logits."""
    changes = {"shape": "qwen2.5-vl-7b", "images_per_sample": 16, "max_seq_length": 128, "batch_size": 4}
    one, many = (parts(model, training, ALLOCATED, n_gpus=gpus, sharding="device_map", **changes) for gpus in (1, 28))

    assert many.parts["activations"] == one.parts["activations"]
    assert many.parts["weights"] > 2 * (676550144 + 152064 * 3584)


@pytest.mark.parametrize(
    ("sharding", "buckets"), [("zero3", 4 * 5 * 10**8 + 2 * 8_030_261_248 / 32), ("device_map", 0)]
)
def test_the_gradient_that_a_fused_loss_gives_is_whole(
    sharding: str, buckets: float, model: Make, training: Make
) -> None:
    """That of the head, on the GPU where the loss is, before it is divided; those of the layers come later."""
    changes = {"method": "full", "optim": "sgd", "loss": "fused", "batch_size": 64}
    estimate = parts(model, training, ALLOCATED, n_gpus=32, sharding=sharding, **changes)

    assert estimate.parts["gradients"] == 2 * 128256 * 4096 + buckets


SPLITS = ["zero1", "zero2", "zero3", "fsdp", "fsdp2", "device_map"]


@given(
    shape=SHAPES,
    sharding=st.sampled_from(SPLITS),
    method=METHODS,
    stack=STACKS,
    checkpointing=st.booleans(),
    batch=st.integers(1, 64),
    gpus=st.integers(2, 64),
)
@example(
    shape="qwen3-30b-a3b",
    sharding="fsdp2",
    method="qlora",
    stack="unsloth",
    checkpointing=True,
    batch=12,
    gpus=2,
)
def test_more_gpus_never_take_more_of_each(
    shape: str,
    sharding: str,
    method: str,
    stack: str,
    checkpointing: bool,
    batch: int,
    gpus: int,
    model: Make,
    training: Make,
) -> None:
    """Once the model is split, however it is; and whole layers on each of two never take more than all on one."""
    changes = {"method": method, "stack": stack, "gradient_checkpointing": checkpointing, "batch_size": batch}
    one, some, more = (
        parts(model, training, shape=shape, n_gpus=count, sharding=sharding, **changes) for count in (1, gpus, gpus + 1)
    )

    assert more.expected_bytes <= some.expected_bytes + len(PARTS)
    assert more.parts["adapters"] <= some.parts["adapters"] <= one.parts["adapters"]
    # More than a share are the weights only while they are loaded: whole, beside the shares that are made of them.
    assert more.parts["weights"] <= one.parts["weights"] * (gpus + 2) / (gpus + 1) + len(PARTS)
    if sharding == "device_map":
        assert some.expected_bytes <= one.expected_bytes + len(PARTS)


@given(sharding=st.sampled_from(["zero2", "zero3", "fsdp", "device_map"]), batch=st.integers(2, 40))
def test_the_peak_is_that_of_each_gpu(sharding: str, batch: int, model: Make, training: Make) -> None:
    """What is split no longer decides: a sequence more adds about as much as the one before, or more."""
    entry = model()
    sizes = [
        estimate_training(
            entry,
            training(entry, method="full", n_gpus=8, sharding=sharding, batch_size=size, max_seq_length=1024),
            runtime=ALLOCATED,
        ).expected_bytes
        for size in (batch - 1, batch, batch + 1)
    ]

    assert sizes[1] - sizes[0] <= sizes[2] - sizes[1] + len(PARTS)


#: Runs of all kinds, in which layers are kept, computed again, split, or written out.
RUNS = st.fixed_dictionaries(
    {
        "method": METHODS,
        "stack": STACKS,
        "gradient_checkpointing": st.booleans(),
        "attn_implementation": st.sampled_from(["sdpa", "eager"]),
        "loss": st.sampled_from(get_args(Loss)),
        "sharding": st.sampled_from(["none", *SPLITS]),
        "n_gpus": st.integers(1, 9),
        "batch_size": st.integers(1, 8),
        "max_seq_length": st.integers(128, 4096),
        "target_modules": st.just("all-linear") | st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3),
    }
)


@given(told=uniform(), settings=RUNS)
def test_groups_that_repeat_the_sums_change_nothing(
    told: tuple[dict[str, Any], list[Group]], settings: dict[str, Any], model: Make, training: Make
) -> None:
    """Window, dense layers and experts may be told in either way: to the byte, however it is trained."""
    stated, listed = told
    with owls():
        plain, grouped = (
            estimate_training(entry, training(entry, **settings))
            for entry in (with_network(model(), stated), with_network(model(), {**stated, "layers": listed}))
        )

    assert plain == grouped


@given(listed=GROUPS, settings=RUNS, data=st.data())
def test_the_order_of_groups_changes_nothing(
    listed: list[Group], settings: dict[str, Any], data: st.DataObject, model: Make, training: Make
) -> None:
    """Where in the network layers of a kind stand is not asked."""
    with owls():
        one, other = (
            estimate_training(entry, training(entry, **settings))
            for entry in (
                network(model(), listed),
                network(model(), data.draw(st.permutations(listed), label="order")),
            )
        )

    assert one == other


@given(listed=GROUPS, further=GROUPS, settings=RUNS)
def test_more_layers_never_take_less(
    listed: list[Group], further: list[Group], settings: dict[str, Any], model: Make, training: Make
) -> None:
    """Of whatever kind they are, on one GPU."""
    with owls():
        small, large = (
            estimate_training(entry, training(entry, **{**settings, "n_gpus": 1}))
            for entry in (network(model(), listed), network(model(), listed + further))
        )

    assert small.expected_bytes <= large.expected_bytes
