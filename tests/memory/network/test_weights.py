"""Bytes of the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.network.weight_formats import WEIGHT_FORMATS, FormatName, published_format
from model_garden_registry.memory.network.weights import (
    Stored,
    largest_expert_stack,
    largest_linear,
    loaded_bytes,
    published_weight_bytes,
    unpacked_bytes,
    weight_bytes,
)

Make = Callable[..., Any]

#: Llama-3.1-8B: attention and feed-forward matrices of 32 layers; everything else.
LINEAR, REST = 6_979_321_856, 1_050_939_392


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("half", 2 * (LINEAR + REST), id="half precision"),
        pytest.param("float32", 4 * (LINEAR + REST), id="float32"),
        pytest.param("fp8", LINEAR + 2 * REST, id="one byte, the rest two"),
        pytest.param("nf4", LINEAR * 4.5 / 8 + 2 * REST, id="nf4"),
    ],
)
def test_linear_layers_have_the_format_and_the_rest_two_bytes(name: FormatName, expected: float, model: Make) -> None:
    """Llama-3.1-8B, counted by hand."""
    assert weight_bytes(shape_of(model()), name) == expected


def test_the_rest_may_be_float32(model: Make) -> None:
    """What PEFT's preparation for k-bit training makes of embeddings, head and norms."""
    assert weight_bytes(shape_of(model()), "nf4", rest_bytes=4) == LINEAR * 4.5 / 8 + 4 * REST


def test_an_fp8_checkpoint_of_a_tied_model_stores_its_head_again(model: Make) -> None:
    """Llama-3.2-1B: the matrix of both ends twice."""
    shape = shape_of(model("llama-3.2-1b"))
    linear = shape.linear_parameters

    assert weight_bytes(shape, "fp8") == linear + 2 * (shape.parameters - linear + 128256 * 2048)
    assert weight_bytes(shape, "fp8-online") == linear + 2 * (shape.parameters - linear)  # made while loading


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        pytest.param({"method": "awq", "type": "awq"}, LINEAR * (4 + 20 / 128) / 8 + 2 * REST, id="groups of 128"),
        pytest.param(
            {"method": "awq", "type": "awq", "group_size": 32}, LINEAR * (4 + 20 / 32) / 8 + 2 * REST, id="of 32"
        ),
        pytest.param(
            {"method": "nvfp4", "type": "modelopt", "group_size": 32}, LINEAR * 4.5 / 8 + 2 * REST, id="of a fixed size"
        ),
        pytest.param({"method": "w8a16", "type": "compressed-tensors"}, LINEAR * 8.125 / 8 + 2 * REST, id="w8a16"),
        pytest.param({"method": "4bit", "type": "bitsandbytes-dynamic", "weights_gb": 6.4}, 6.4e9, id="dynamic"),
        pytest.param({"method": "mixed", "type": "modelopt", "weights_gb": 7.25}, 7.25e9, id="mixed"),
        pytest.param({"method": "mixed", "type": "modelopt"}, LINEAR + 2 * REST, id="mixed, of an unknown size"),
        pytest.param(
            {"method": "mxfp4", "type": "mxfp4", "weights_gb": 7},
            2 * (LINEAR + REST),
            id="a format that reaches nothing",
        ),
    ],
)
def test_weights_are_as_large_as_their_files(quantization: dict[str, Any], expected: float, model: Make) -> None:
    """Whatever of them is quantised how."""
    entry = model().model_copy(update={"quantization": Quantization.model_validate(quantization)})

    assert published_weight_bytes(entry) == pytest.approx(expected, rel=1e-9)


def test_what_files_say_is_for_weights_as_they_are_published(model: Make) -> None:
    """Unpacked, or made float32 beside, they are what their number makes them; an adapter's base stays as it is."""
    quantization = Quantization.model_validate({"method": "4bit", "type": "bitsandbytes-dynamic", "weights_gb": 6.4})
    shape = shape_of(model().model_copy(update={"quantization": quantization}))

    assert weight_bytes(shape, "half") == 2 * (LINEAR + REST)
    assert loaded_bytes(shape, Stored("nf4-dq")) == pytest.approx(6.4e9)
    assert loaded_bytes(shape, Stored("nf4-dq", rest_bytes=4)) == pytest.approx(6.4e9 + 2 * REST)


def test_mxfp4_is_for_experts_only(model: Make) -> None:
    """gpt-oss-20b: 13.8 GB, as published (12.8 GiB)."""
    assert weight_bytes(shape_of(model("gpt-oss-20b")), "mxfp4") == pytest.approx(13.76e9, rel=0.001)


@pytest.mark.parametrize(
    ("quantization", "changes", "gigabytes"),
    [
        pytest.param(None, {}, 16.06, id="bfloat16"),
        pytest.param(None, {"dtype": "float32"}, 32.12, id="float32"),
        pytest.param(("4bit", "bitsandbytes"), {}, 5.70, id="4-bit"),
    ],
)
def test_published_weights(
    quantization: tuple[str, str] | None, changes: dict[str, Any], gigabytes: float, model: Make
) -> None:
    """The size of the checkpoint on disk."""
    size = published_weight_bytes(model(quantization=quantization, **changes))

    assert size / 1e9 == pytest.approx(gigabytes, abs=0.01)


def test_gptq_keeps_room_to_unpack_a_layer(model: Make) -> None:
    """Two bytes for each weight of the largest matrix."""
    shape = shape_of(model())

    assert largest_linear(shape) == 4096 * 14336
    assert loaded_bytes(shape, Stored("gptq-int4")) - weight_bytes(shape, "gptq-int4") == 2 * 4096 * 14336


def test_a_head_may_be_its_own_and_be_quantised(model: Make) -> None:
    """As in litgpt: a tied head is a second matrix, and a quantised one is unpacked as a whole."""
    shape, head = shape_of(model("llama-3.2-1b")), 128256 * 2048

    untied = loaded_bytes(shape, Stored("half", unties_head=True))
    plain = Stored("nf4", rest_bytes=4)
    quantised = loaded_bytes(shape, plain._replace(unties_head=True, quantizes_head=True))
    assert untied - loaded_bytes(shape, Stored("half")) == 2 * head
    assert quantised - loaded_bytes(shape, plain) == head * (4.5 / 8 + 2)
    assert loaded_bytes(shape, Stored("nf4", quantizes_head=True)) == loaded_bytes(shape, Stored("nf4"))


def test_experts_may_stay_as_they_are_loaded(model: Make) -> None:
    """Qwen3-30B-A3B in 4 bits where only layers are quantised: 0.9 of 30.5 B weights, 59.7 GB; 118 in float32."""
    shape = shape_of(model("qwen3-30b-a3b"))
    loaded = [loaded_bytes(shape, Stored("nf4-dq", rest, expert_bytes=rest)) / 1e9 for rest in (2, 4)]

    assert loaded == pytest.approx([59.7, 118.9], rel=0.01)
    assert loaded_bytes(shape, Stored("nf4-dq")) / 1e9 == pytest.approx(16.7, rel=0.01)


def test_a_tower_may_be_quantised_like_the_rest(model: Make) -> None:
    """Its 676 million weights from 2 bytes to half a byte each, and only where anything is quantised."""
    shape = shape_of(model("qwen2.5-vl-7b"))
    saved, none = (
        loaded_bytes(shape, Stored(name)) - loaded_bytes(shape, Stored(name, quantizes_tower=True))
        for name in ("int8", "half")
    )

    assert (saved, none) == (676_550_144, 0)


@pytest.mark.parametrize(("name", "size"), [("llama-3.1-8b", 2 * 128256 * 4096), ("llama-3.2-1b", 0)])
def test_a_model_that_scores_has_no_head(name: str, size: int, model: Make) -> None:
    """Unless it is the embedding matrix, too."""
    shape = shape_of(model(name))

    assert loaded_bytes(shape, Stored("half")) - loaded_bytes(shape, Stored("half", has_head=False)) == size
    assert loaded_bytes(shape, Stored("nf4")) - loaded_bytes(shape, Stored("nf4", has_head=False)) == size


def test_what_is_unpacked_is_a_matrix_or_the_experts_of_a_layer(model: Make) -> None:
    """Qwen3-30B-A3B: 128 experts of 768 x 2048; without them queries, 2048 x 4096."""
    shape = shape_of(model("qwen3-30b-a3b"))

    assert largest_expert_stack(shape) == 128 * 768 * 2048
    assert unpacked_bytes(shape, Stored("nf4", unpacked_matrices=3)) == 2 * 3 * 128 * 768 * 2048
    assert unpacked_bytes(shape, Stored("nf4")) == 2 * 2048 * 4096
    assert unpacked_bytes(shape, Stored("half", unpacked_matrices=3)) == 0


def test_a_network_without_a_matrix_has_no_largest_one(model: Make) -> None:
    """Odd as it is, an entry may state it, and one odd entry spoils no list."""
    shape = shape_of(model(layers=[{"count": 2, "mixer": "none", "feed_forward": "none"}]))

    assert largest_linear(shape) == 0


@pytest.mark.parametrize(("method", "kind"), [("nvfp4", "compressed-tensors"), ("w4a16", "compressed-tensors")])
def test_mixers_that_keep_a_state_stay_in_half_precision(method: str, kind: str) -> None:
    """As llm-compressor's recipes have it: 48 of the 64 layers of Qwen3.5-27B; Llama has none."""
    registry = load_registry()
    hybrid, plain = (shape_of(registry[name]) for name in ("Qwen/Qwen3.5-27B", "meta-llama/Llama-3.1-8B-Instruct"))
    name = published_format(Quantization.model_validate({"method": method, "type": kind}))
    bits = WEIGHT_FORMATS[name].bits

    # in_proj_qkv, in_proj_z, in_proj_a and _b, out_proj
    layer = 5120 * (2 * 16 * 128 + 48 * 128) + 5120 * 48 * 128 + 2 * 5120 * 48 + 48 * 128 * 5120
    assert (hybrid.stateful_parameters, plain.stateful_parameters) == (48 * layer, 0)
    quantised = hybrid.linear_parameters - 48 * layer
    assert weight_bytes(hybrid, name) == quantised * bits / 8 + (hybrid.parameters - quantised) * 2
