"""The number format that weights are published in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.authoring.config_formats import FORMATS, format_by_name, quantization_of, with_modelopt
from model_garden_registry.checks.entry.consistency import _TYPES_OF_METHOD
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.errors import RegistryReadError

FILE = Path("config.json")


def tensors(weights: dict[str, Any], inputs: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """Give what compressed-tensors states of one group."""
    group = {"weights": weights, "input_activations": inputs}
    return {"quant_method": "compressed-tensors", "config_groups": {"group_0": group}, **others}


FLOAT8, FLOAT4, INT8, INT4 = ({"type": kind, "num_bits": bits} for kind in ("float", "int") for bits in (8, 4))


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        pytest.param(None, None, id="none"),
        pytest.param({"quant_method": "bitsandbytes", "load_in_4bit": True}, "4bit/bitsandbytes", id="nf4"),
        pytest.param({"quant_method": "bitsandbytes", "_load_in_8bit": True}, "8bit/bitsandbytes", id="int8"),
        pytest.param(
            {"quant_method": "bitsandbytes", "load_in_4bit": True, "llm_int8_skip_modules": ["model.layers.3.mlp"]},
            "4bit/bitsandbytes-dynamic",
            id="single layers left as they are",
        ),
        pytest.param(
            {"quant_method": "bitsandbytes", "load_in_4bit": True, "llm_int8_skip_modules": ["lm_head"]},
            "4bit/bitsandbytes",
            id="the head left as it is",
        ),
        pytest.param({"quant_method": "awq", "bits": 4, "group_size": 64}, "awq/awq/64", id="awq"),
        pytest.param({"quant_method": "awq", "w_bit": 4, "q_group_size": 128}, "awq/awq/128", id="awq of old"),
        pytest.param({"quant_method": "gptq", "bits": 4, "group_size": -1}, "gptq/gptq", id="gptq by channels"),
        pytest.param({"quant_method": "gptq", "bits": 8, "group_size": 32}, "8bit/gptq/32", id="gptq with eight bits"),
        pytest.param({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8/fp8", id="fp8"),
        pytest.param({"quant_method": "mxfp4"}, "mxfp4/mxfp4", id="mxfp4"),
        pytest.param({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4/modelopt", id="nvfp4"),
        pytest.param({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION"}, "mixed/modelopt", id="mixed"),
        pytest.param(
            {"quant_algo": "FP8", "producer": {"name": "modelopt"}}, "fp8/modelopt", id="named by its producer only"
        ),
        pytest.param(
            {"quant_method": "compressed-tensors", "format": "pack-quantized"},
            "w4a16/compressed-tensors",
            id="no groups",
        ),
        pytest.param(tensors(INT4), "w4a16/compressed-tensors", id="four bits"),
        pytest.param(
            tensors({**INT4, "group_size": 32}, format="pack-quantized"), "w4a16/compressed-tensors/32", id="its groups"
        ),
        pytest.param(tensors(INT8, format="pack-quantized"), "w8a16/compressed-tensors", id="eight bits, packed"),
        pytest.param(tensors(INT8, INT8), "w8a8/compressed-tensors", id="eight bits by eight"),
        pytest.param(tensors(FLOAT8, FLOAT8), "fp8/compressed-tensors", id="floats of eight bits"),
        pytest.param(tensors(FLOAT8), "fp8/compressed-tensors", id="the weights alone"),
        pytest.param(
            tensors({**FLOAT4, "group_size": 16}, FLOAT4), "nvfp4/compressed-tensors", id="floats of four bits"
        ),
        pytest.param(
            tensors(FLOAT4, format="mxfp4-pack-quantized"), "mxfp4/compressed-tensors", id="with shared exponents"
        ),
        pytest.param(
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"a": {"weights": INT4}, "b": {"weights": {**INT8, "group_size": 64}}},
            },
            "mixed/compressed-tensors/64",
            id="groups of two kinds",
        ),
    ],
)
def test_number_formats(stated: dict[str, Any] | None, told: str | None) -> None:
    """As the libraries that made them call them, wherever the file keeps it."""
    method, kind, *size = told.split("/") if told else (None, None)
    expected = Quantization.model_validate(
        {"method": method, "type": kind, **({"group_size": int(size[0])} if size else {})}
    )

    for config in ({"quantization_config": stated}, {"text_config": {"quantization_config": stated}}):
        assert quantization_of(config, FILE) == expected
    assert quantization_of({"compression_config": stated}, FILE) == expected


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        pytest.param({"quant_method": "aqlm"}, "quantises by aqlm, which", id="a library"),
        pytest.param({"quant_method": "gptq", "bits": 3}, "quantises by gptq \\(3\\)", id="three bits"),
        pytest.param({"quant_method": "bitsandbytes"}, "quantises by bitsandbytes, which", id="no bits"),
        pytest.param({}, "quantises by an unnamed method", id="nothing at all"),
        pytest.param({"quant_method": ["x"]}, "quantises by \\['x'\\]", id="a list for a name"),
        pytest.param(
            {"quant_method": "gptq", "bits": {}}, "quantises by gptq \\(\\{\\}\\)", id="an object for a number"
        ),
        pytest.param({"producer": {"name": 3}}, "quantises by 3", id="a number for a name"),
        pytest.param(tensors(INT4, INT8), "int weights of 4 bits by inputs of 8", id="four bits by eight"),
        pytest.param(tensors({"type": [], "num_bits": {}}), "weights of {} bits", id="no bits in the group"),
        pytest.param(
            {"quant_method": "compressed-tensors", "config_groups": {"a": 3}}, "None weights of None", id="no group"
        ),
    ],
)
def test_a_number_format_without_a_word_is_refused(stated: dict[str, Any], problem: str) -> None:
    """With a way on: the nearest can be told."""
    with pytest.raises(RegistryReadError, match=f"{problem}.*--quantization METHOD/TYPE"):
        quantization_of({"quantization_config": stated}, FILE)


@pytest.mark.parametrize(
    ("model_id", "found"),
    [
        pytest.param("org/Model-8B", None, id="no word"),
        pytest.param("org/Fp8000", None, id="only the beginning of a word"),
        pytest.param("nvidia/Model-8B-NVFP4", ("nvfp4", "modelopt"), id="ModelOpt's publisher"),
        pytest.param("nvidia/Model-8B-FP8", ("fp8", "modelopt"), id="its other format"),
    ],
)
def test_a_name_tells_a_format_that_is_kept_elsewhere(model_id: str, found: tuple[str, str] | None) -> None:
    """ModelOpt's is in a file of its own."""
    assert format_by_name(model_id, {}, FILE) == found


@pytest.mark.parametrize(
    ("config", "beside", "told"),
    [
        pytest.param({}, {"quantization": {"quant_algo": "NVFP4", "group_size": 16}}, "nvfp4/modelopt", id="beside"),
        pytest.param(
            {"quantization_config": {"quant_method": "fp8"}},
            {"quantization": {"quant_algo": "NVFP4"}},
            "fp8/fp8",
            id="stated itself",
        ),
        pytest.param({}, {"quantization": {"quant_algo": None, "kv_cache_quant_algo": "FP8"}}, None, id="caches alone"),
        pytest.param({}, {"quantization": 3}, None, id="no object"),
        pytest.param({}, {}, None, id="nothing"),
    ],
)
def test_a_file_beside_tells_the_format(config: dict[str, Any], beside: dict[str, Any], told: str | None) -> None:
    """ModelOpt's, where config.json states none."""
    found = quantization_of(with_modelopt(config, beside), FILE)

    assert (found.method, found.type) == (tuple(told.split("/")) if told else (None, None))


def test_a_name_does_not_count_where_the_file_tells() -> None:
    """As config.json is what engines read."""
    assert format_by_name("nvidia/Model-NVFP4", {"quantization_config": {"quant_method": "fp8"}}, FILE) is None


@pytest.mark.parametrize("model_id", ["org/Model-8B-FP8", "org/model-awq", "nvidia/Model-AWQ", "org/M-4bit"])
def test_a_name_without_its_format_is_refused(model_id: str) -> None:
    """It would be taken for one that is not quantised, and several libraries write such files."""
    with pytest.raises(RegistryReadError, match="is in the name: name the nearest with --quantization"):
        format_by_name(model_id, {}, FILE)


def test_method_and_type_agree() -> None:
    """As the rules of entries have it."""
    assert [one for one in FORMATS if one[1] not in _TYPES_OF_METHOD[one[0]]] == []
