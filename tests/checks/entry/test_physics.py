"""Numbers that cannot be: each rule with a neighbour that keeps it and one that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.physics import physics_flaws, vocabulary_flaws
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.findings import Code, Severity

Changes = Mapping[str, Any]

FAIL, WARNING = Severity.FAIL, Severity.WARNING
BNB = {"quantization": {"method": "4bit", "type": "bitsandbytes"}}
#: What makes the shape of the sound entry whole, on four GPUs.
WHOLE = {
    "architecture.num_hidden_layers": 32,
    "architecture.hidden_size": 4096,
    "architecture.intermediate_size": 14336,
    "architecture.num_key_value_heads": 8,
    "architecture.vocab_size": 128256,
    "inference_defaults.tensor_parallel_size": 4,
    "requirements.min_gpus": 4,
}
PARALLEL = ("inference_defaults", "tensor_parallel_size")
RANK = "training_defaults.lora_config.r"
LAYERS = ("architecture", "layers")
PLAIN = {"mixer": "full", "feed_forward": "dense"}
MLA = {"kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"architecture": None, "parameters": "70B", "tags": ["large"]}, id="no shape to compare with"),
        pytest.param({"architecture.parameters": None, "parameters": "70B", "tags": []}, id="no count"),
        pytest.param({"architecture.parameters": 8_163_265_306}, id="two per cent above the words"),
        pytest.param({"architecture.parameters": 7_843_137_255}, id="two per cent below the words"),
        pytest.param({"id": "org/model-4bit", **BNB}, id="a 4-bit name with 4-bit weights"),
        pytest.param({"architecture.max_position_embeddings": None}, id="no longest sequence known"),
        pytest.param({"inference_defaults.max_model_len": 8192}, id="a context as long as the positions"),
        pytest.param({"inference_defaults.reasoning_parser": "qwen3"}, id="a parser that vLLM has"),
        pytest.param({"training_defaults.hyperparameters.max_seq_length": 8192}, id="sequences as long as those"),
        pytest.param({"capabilities.training": False, "training_defaults": None}, id="no training"),
        pytest.param(
            {"inference_defaults.tensor_parallel_size": 8, "requirements.min_gpus": 8}, id="as many GPUs as parts"
        ),
        pytest.param(
            {
                "inference_defaults.tensor_parallel_size": 2,
                "requirements.inference": {"min_vram_gb": 10, "recommended_vram_gb": 12, "min_gpus": 2},
            },
            id="as many GPUs for the task",
        ),
        pytest.param(BNB, id="bitsandbytes on one GPU"),
        pytest.param({RANK: 512}, id="the largest rank"),
        pytest.param(
            {"architecture.layers": [{**PLAIN, "count": 31}, {**PLAIN, "count": 1, "mixer": "none"}]},
            id="layers that add up",
        ),
        pytest.param(
            {"architecture.mla": MLA, "architecture.layers": [{**PLAIN, "count": 32, "mixer": "latent"}]},
            id="latent attention in a part and in layers",
        ),
    ],
)
def test_a_possible_entry_has_no_flaw(changes: Changes, entry_with: Callable[[Changes], ModelInfo]) -> None:
    """What is possible gives nothing, also at the very limit."""
    assert list(physics_flaws(entry_with(changes))) == []


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        pytest.param(
            {"architecture.parameters": 8_200_000_000},
            Flaw(
                Code.PARAMETERS_MISMATCH,
                WARNING,
                ("parameters",),
                "parameters says 8B, the architecture counts 8.2B",
            ),
            id="more parameters than words",
        ),
        pytest.param(
            {"parameters": "8x7B", "tags": ["ours"]},
            Flaw(
                Code.PARAMETERS_MISMATCH,
                WARNING,
                ("parameters",),
                "parameters says 8x7B, the architecture counts 8B",
            ),
            id="fewer parameters than words",
        ),
        pytest.param(
            {"tags": ["vision", "large"]},
            Flaw(Code.TAG_MISMATCH, WARNING, ("tags", "1"), "tag 'large', but 8B parameters are small"),
            id="the tag of another size",
        ),
        pytest.param(
            {"id": "org/Model-BNB-4Bit"},
            Flaw(Code.NAME_SAYS_4BIT, FAIL, ("id",), "the id says 4-bit, but quantization does not"),
            id="a 4bit name on whole weights",
        ),
        pytest.param(
            {"id": "org/model-4-bit"},
            Flaw(Code.NAME_SAYS_4BIT, FAIL, ("id",), "the id says 4-bit, but quantization does not"),
            id="a 4-bit name on whole weights",
        ),
        pytest.param(
            {"inference_defaults.tool_call_parser": "hermess"},
            Flaw(
                Code.DEFAULTS_REFUSED,
                FAIL,
                ("inference_defaults", "tool_call_parser"),
                "vLLM 0.33.0 has tool_call_parser hermess only with a plug-in; did you mean hermes?",
            ),
            id="a parser that vLLM has not",
        ),
        pytest.param(
            {"inference_defaults.max_model_len": 8193},
            Flaw(
                Code.CONTEXT_TOO_LONG,
                FAIL,
                ("inference_defaults", "max_model_len"),
                "max_model_len 8193 is beyond the model's 8192 positions",
            ),
            id="a context one token too long",
        ),
        pytest.param(
            {"training_defaults.hyperparameters.max_seq_length": 8193},
            Flaw(
                Code.CONTEXT_TOO_LONG,
                WARNING,
                ("training_defaults", "hyperparameters", "max_seq_length"),
                "max_seq_length 8193 is beyond the model's 8192 positions",
            ),
            id="sequences one token too long",
        ),
        pytest.param(
            {"inference_defaults.tensor_parallel_size": 3, "requirements.min_gpus": 3},
            Flaw(Code.HEADS_INDIVISIBLE, FAIL, PARALLEL, "tensor_parallel_size 3 does not divide 32 attention heads"),
            id="heads that do not divide",
        ),
        pytest.param(
            {**WHOLE, "quantization": {"method": "awq", "type": "awq"}, "architecture.intermediate_size": 27392},
            Flaw(
                Code.GROUP_INDIVISIBLE,
                FAIL,
                PARALLEL,
                (
                    "vLLM 0.33.0 refuses tensor_parallel_size 4: the feed-forward layer has 27392 / 4 = 6848, no "
                    "multiple of the group of 128"
                ),
            ),
            id="groups that the engine does not cut",
        ),
        pytest.param(
            {**WHOLE, "architecture.num_key_value_heads": 10, "architecture.num_attention_heads": 40},
            Flaw(
                Code.HEADS_INDIVISIBLE,
                FAIL,
                PARALLEL,
                "tensor_parallel_size 4 does not divide 10 heads of keys and values, and is no multiple of them",
            ),
            id="heads of keys that do not divide",
        ),
        pytest.param(
            {"inference_defaults.tensor_parallel_size": 2},
            Flaw(Code.GPUS_FEW, FAIL, PARALLEL, "tensor_parallel_size 2 needs 2 GPUs, but min_gpus is 1"),
            id="more parts than GPUs",
        ),
        pytest.param(
            {
                "inference_defaults.tensor_parallel_size": 2,
                "requirements.min_gpus": 2,
                "requirements.inference": {"min_vram_gb": 10, "recommended_vram_gb": 12, "min_gpus": 1},
            },
            Flaw(Code.GPUS_FEW, FAIL, PARALLEL, "tensor_parallel_size 2 needs 2 GPUs, but min_gpus is 1"),
            id="more parts than GPUs for the task",
        ),
        pytest.param(
            {**BNB, "inference_defaults.tensor_parallel_size": 2, "requirements.min_gpus": 2},
            Flaw(
                Code.BNB_TENSOR_PARALLEL,
                WARNING,
                PARALLEL,
                "bitsandbytes weights with tensor parallelism: vLLM refuses most of them",
            ),
            id="bitsandbytes on two GPUs",
        ),
        pytest.param(
            {RANK: 513},
            Flaw(
                Code.RANK_UNSERVABLE,
                WARNING,
                ("training_defaults", "lora_config", "r"),
                "vLLM serves adapters up to rank 512, not 513",
            ),
            id="a rank one too large",
        ),
        pytest.param(
            {"architecture.num_hidden_layers": 32, "architecture.layers": [{**PLAIN, "count": 31}]},
            Flaw(Code.LAYERS_MISMATCH, FAIL, LAYERS, "num_hidden_layers is 32, but layers lists 31"),
            id="one layer too few",
        ),
        pytest.param(
            {
                "architecture.sliding_window": {"window": 512, "num_layers": 3},
                "architecture.layers": [{**PLAIN, "count": 30}, {**PLAIN, "count": 2, "mixer": "window"}],
            },
            Flaw(Code.LAYERS_MISMATCH, FAIL, LAYERS, "sliding_window.num_layers is 3, but layers lists 2"),
            id="one layer with a window too few",
        ),
        pytest.param(
            {"architecture.mla": MLA, "architecture.layers": [{**PLAIN, "count": 32}]},
            Flaw(Code.LAYERS_MISMATCH, FAIL, LAYERS, "mla is stated, but no layers have it"),
            id="latent attention in no layer",
        ),
        pytest.param(
            {"architecture.layers": [{**PLAIN, "count": 31}, {**PLAIN, "count": 1, "feed_forward": "moe"}]},
            Flaw(Code.LAYERS_MISMATCH, FAIL, LAYERS, "moe is not stated, but some layers have it"),
            id="experts of which nothing is said",
        ),
    ],
)
def test_an_impossible_number_gives_one_flaw(
    changes: Changes, flaw: Flaw, entry_with: Callable[[Changes], ModelInfo]
) -> None:
    """One impossible number gives one flaw, with its code, weight, place and sentence."""
    assert list(physics_flaws(entry_with(changes))) == [flaw]


def test_tags_of_the_shipped_file_are_of_one_vocabulary(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """A slip has near words."""
    message = "tag 'visoin' is not in the vocabulary; did you mean vision?"

    assert list(vocabulary_flaws(entry_with({"tags": ["small", "visoin", "popular"]}))) == [
        Flaw(Code.TAG_UNKNOWN, WARNING, ("tags", "1"), message)
    ]
