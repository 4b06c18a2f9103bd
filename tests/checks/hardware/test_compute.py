"""What a GPU's compute capability rules out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from own_facts import facts_laid_over, newest

from model_garden_registry.checks.hardware.compute import Computation
from model_garden_registry.checks.hardware.devices import named_alike
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import ASSUMED, NOT_ASKED, Cause, Gpu, Unread

Changes = Mapping[str, Any]
FAIL, NOTE = Severity.FAIL, Severity.NOTE


ATTENTION = [
    {"of": "sparse attention", "families": ["deepseek_v4"], "least": "9.0", "majors": [9, 10, 12]},
    {"of": "wide heads", "wider_than": 256, "least": "8.0"},
]
FORMATS = {
    "fp8/fp8": {"name": "fp8", "least": "7.5", "native": "12.0"},
    "w4a16/compressed-tensors": {"name": "compressed-tensors", "least": "8.0"},
}


@pytest.fixture(autouse=True)
def _capabilities() -> Iterator[None]:
    """Let engines, stacks and kernels need what these tests say, whatever their latest releases do."""
    engines = {
        "vllm": newest(
            "engines", "vllm", capability="7.0", float16_refused=["gemma3"], formats=FORMATS, attention=ATTENTION
        ),
        "sglang": newest("engines", "sglang", capability="7.5", float16_below="8.0"),
        "transformers": newest("engines", "transformers", capability=None, float16_refused=[], emulates_bfloat16=True),
    }
    stacks = {
        "unsloth": newest(
            "stacks",
            "unsloth",
            capability="7.0",
            adapter_dtype="float32",
            emulates_bfloat16=False,
            without_bfloat16={"all_weights": True, "families": ["gemma3"]},
        ),
        "trl": newest(
            "stacks", "trl", capability=None, adapter_dtype="float32", autocasts=True, emulates_bfloat16=True
        ),
        "axolotl": newest("stacks", "axolotl", capability=None, adapter_dtype="float32"),
    }
    kernels = {"flash_attention_2": "8.0"}
    with facts_laid_over(engines={"engines": engines}, stacks={"stacks": stacks, "kernels": kernels}):
        yield


def card(version: tuple[int, int] | Unread) -> Gpu:
    """Give a GPU of a compute capability."""
    return Gpu(index=0, name="Card", compute_capability=version)


LACKS = "GPU 0 (Card) has compute capability 7.5, bfloat16 needs 8.0"
OLD_LACKS = "GPU 0 (Card) has compute capability 7.0, bfloat16 needs 8.0"
SPARSE = "vLLM 9999.1 needs compute capability 9.x, 10.x or 12.x for sparse attention,"
WIDE = [
    {"count": 27, "mixer": "window", "feed_forward": "dense", "window": 1024},
    {"count": 1, "mixer": "full", "feed_forward": "dense", "head_dim": 512},
]
GEMMA = {"architecture.model_type": "gemma3"}
FP8 = {"quantization": {"method": "fp8", "type": "fp8"}}
EXPERTS = {
    **FP8,
    "architecture.model_type": "qwen3_moe",
    "architecture.num_hidden_layers": 48,
    "architecture.hidden_size": 2048,
    "architecture.num_key_value_heads": 4,
    "architecture.vocab_size": 151936,
    "architecture.moe": {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768},
}
MIXED = {"quantization": {"method": "w4a16", "type": "compressed-tensors"}}
BNB = {"quantization": {"method": "4bit", "type": "bitsandbytes"}}
ADAPTERS = {"stack": "trl", "method": "qlora"}
NAMED = named_alike((card((8, 0)),))


@pytest.mark.parametrize(
    ("version", "changes", "task", "overrides", "expected"),
    [
        pytest.param(
            (7, 5),
            {},
            "inference",
            {},
            [("bf16-unsupported", NOTE, f"{LACKS}: vLLM 9999.1 serves it in float16")],
            id="auto falls back to float16",
        ),
        pytest.param(
            (7, 5),
            {"architecture.dtype": "float16"},
            "inference",
            {},
            [],
            id="what was published so stays so",
        ),
        pytest.param(
            (7, 5),
            {},
            "inference",
            {"dtype": "bfloat16"},
            [("bf16-unsupported", FAIL, f"{LACKS}: set dtype to float16")],
            id="bfloat16 served on a T4",
        ),
        pytest.param(
            (7, 5),
            GEMMA,
            "inference",
            {"dtype": "bfloat16"},
            [("bf16-unsupported", FAIL, f"{LACKS}: set dtype to float32")],
            id="and a family that is refused in float16",
        ),
        pytest.param(
            (7, 5),
            {},
            "inference",
            {"dtype": "bfloat16", "engine": "transformers"},
            [("bf16-unsupported", FAIL, f"{LACKS}: set dtype to float16")],
            id="asked of transformers",
        ),
        pytest.param(
            (7, 5),
            {},
            "inference",
            {"dtype": "bfloat16", "engine": "sglang"},
            [("bf16-unsupported", NOTE, f"{LACKS}: SGLang 9999.1 serves it in float16")],
            id="SGLang takes float16, whatever is asked",
        ),
        *(
            pytest.param(
                capability,
                {"architecture.model_type": "deepseek_v4", "architecture.head_dim": 512},
                "inference",
                {},
                [("engine-unsupported", FAIL, f"{SPARSE} GPU 0 (Card) has {has}")] if has else [],
                id=f"sparse attention on {capability}",
            )
            for capability, has in (
                *(((7, 5), "7.5"), ((8, 9), "8.9"), ((9, 0), ""), ((10, 3), "")),
                *(((11, 0), "11.0"), ((12, 1), "")),
            )
        ),
        pytest.param(
            (7, 5),
            {"architecture.head_dim": 256, "architecture.layers": WIDE},
            "inference",
            {"dtype": "float16"},
            [
                (
                    "engine-unsupported",
                    FAIL,
                    "vLLM 9999.1 needs compute capability 8.0 for wide heads, GPU 0 (Card) has 7.5",
                )
            ],
            id="wide heads of some layers on a T4",
        ),
        pytest.param((8, 0), {"architecture.layers": WIDE}, "inference", {"dtype": "float16"}, [], id="and on an A100"),
        pytest.param(
            (7, 5), {"architecture.head_dim": 256}, "inference", {"dtype": "float16"}, [], id="heads that are not wide"
        ),
        pytest.param(
            (7, 5),
            GEMMA,
            "inference",
            {"engine": "sglang"},
            [
                (
                    "bf16-unsupported",
                    NOTE,
                    (
                        f"{LACKS}: SGLang 9999.1 serves it in float16, in which vLLM refuses gemma3 as numerically "
                        "unstable"
                    ),
                )
            ],
            id="a family that float16 does not suit",
        ),
        pytest.param((8, 0), {}, "inference", {"dtype": "bfloat16"}, [], id="bfloat16 on an A100"),
        pytest.param((12, 0), {}, "inference", {"dtype": "bfloat16"}, [], id="twelve is above eight"),
        pytest.param((7, 5), {}, "inference", {"dtype": "float16"}, [], id="float16 on a T4"),
        pytest.param(
            (7, 5),
            GEMMA,
            "inference",
            {},
            [
                (
                    "bf16-unsupported",
                    NOTE,
                    f"{LACKS}: vLLM 9999.1 serves it in float32, which takes twice the memory",
                )
            ],
            id="auto where the engine refuses float16",
        ),
        pytest.param(
            (7, 5),
            GEMMA,
            "inference",
            {"engine": "transformers"},
            [
                (
                    "bf16-unsupported",
                    NOTE,
                    (f"{LACKS}: transformers 9999.1 emulates it, slowly; set dtype to float16"),
                )
            ],
            id="auto where nothing falls back",
        ),
        pytest.param(
            (7, 5),
            {"architecture": None},
            "inference",
            {},
            [("bf16-unsupported", NOTE, f"{LACKS}: vLLM 9999.1 serves it in float16")],
            id="nothing known of the model",
        ),
        pytest.param(
            (7, 0),
            {},
            "training",
            {"stack": "trl", "adapter_dtype": "bfloat16"},
            [("bf16-unsupported", FAIL, f"{OLD_LACKS}: set adapter_dtype to float16")],
            id="bfloat16 adapters on a V100",
        ),
        pytest.param(
            (7, 0),
            {},
            "training",
            {"stack": "trl", "dtype": "bfloat16"},
            [("bf16-unsupported", FAIL, f"{OLD_LACKS}: set dtype to float16")],
            id="bfloat16 weights on a V100",
        ),
        pytest.param(
            (7, 0),
            {},
            "training",
            {"stack": "trl"},
            [
                (
                    "bf16-unsupported",
                    NOTE,
                    f"{OLD_LACKS}: TRL 9999.1 emulates it, slowly; set dtype to float16",
                )
            ],
            id="a stack that computes in bfloat16 by itself",
        ),
        pytest.param(
            (7, 0),
            {},
            "training",
            ADAPTERS,
            [
                (
                    "bf16-unsupported",
                    NOTE,
                    (f"{OLD_LACKS}: TRL 9999.1 emulates it, slowly; Unsloth trains in float16 there"),
                )
            ],
            id="a stack whose adapters are in bfloat16",
        ),
        pytest.param((7, 0), {}, "training", {"stack": "trl", "dtype": "float16"}, [], id="float16 asked for"),
        pytest.param(
            (7, 0),
            {},
            "training",
            {**ADAPTERS, "dtype": "float16"},
            [
                (
                    "bf16-unsupported",
                    FAIL,
                    (
                        f"{OLD_LACKS}: TRL 9999.1 keeps adapters in it, whose gradients float16 cannot scale; leave "
                        "dtype at auto, or train with Unsloth"
                    ),
                )
            ],
            id="float16 asked for, and adapters in bfloat16",
        ),
        pytest.param(
            (7, 5),
            {},
            "inference",
            {"engine_version": "0.8.5"},
            [("bf16-unsupported", FAIL, f"{LACKS}: set dtype to float16")],
            id="auto before vLLM fell back",
        ),
        pytest.param((8, 0), {}, "training", {"stack": "trl", "dtype": "bfloat16"}, [], id="weights on an A100"),
        pytest.param(
            (7, 5),
            {},
            "training",
            {"stack": "unsloth"},
            [("bf16-unsupported", NOTE, f"{LACKS}: Unsloth 9999.1 trains in float16")],
            id="a stack that turns to float16",
        ),
        pytest.param(
            (7, 5),
            {},
            "training",
            {"stack": "unsloth", "dtype": "bfloat16"},
            [("bf16-unsupported", NOTE, f"{LACKS}: Unsloth 9999.1 trains in float16")],
            id="whatever is asked",
        ),
        pytest.param(
            (7, 5),
            {},
            "training",
            {"stack": "unsloth", "adapter_dtype": "bfloat16"},
            [("bf16-unsupported", FAIL, f"{LACKS}: set adapter_dtype to float16")],
            id="but adapters that somebody asks for",
        ),
        pytest.param(
            (7, 5),
            {},
            "training",
            {"stack": "unsloth", "adapter_dtype": "bfloat16", "dtype": "float16"},
            [("bf16-unsupported", FAIL, f"{LACKS}: set adapter_dtype to float16")],
            id="also beside weights in float16",
        ),
        pytest.param(
            (7, 0),
            {"architecture.dtype": "float16"},
            "training",
            {"stack": "llama-factory"},
            [],
            id="published in float16",
        ),
        pytest.param(
            (7, 5),
            {},
            "training",
            {"stack": "unsloth", "method": "full"},
            [("bf16-unsupported", NOTE, f"{LACKS}: Unsloth 9999.1 trains in float16, its weights in float32")],
            id="all weights",
        ),
        pytest.param(
            (7, 5),
            GEMMA,
            "training",
            {"stack": "unsloth"},
            [("bf16-unsupported", NOTE, f"{LACKS}: Unsloth 9999.1 trains in float16, the residual stream in float32")],
            id="a family that needs more",
        ),
        pytest.param(
            (6, 1),
            {},
            "inference",
            {},
            [("engine-unsupported", FAIL, "vLLM 9999.1 needs compute capability 7.0, GPU 0 (Card) has 6.1")],
            id="vLLM on Pascal",
        ),
        pytest.param(
            (7, 0),
            {},
            "inference",
            {"engine": "sglang"},
            [("engine-unsupported", FAIL, "SGLang 9999.1 needs compute capability 7.5, GPU 0 (Card) has 7.0")],
            id="SGLang on Volta",
        ),
        pytest.param(
            (6, 1), {"architecture.dtype": "float16"}, "inference", {"engine": "transformers"}, [], id="Pascal"
        ),
        pytest.param(
            (6, 1),
            {},
            "training",
            {"stack": "unsloth"},
            [("engine-unsupported", FAIL, "Unsloth 9999.1 needs compute capability 7.0, GPU 0 (Card) has 6.1")],
            id="unsloth on Pascal",
        ),
        pytest.param(
            (7, 5),
            {},
            "training",
            {"attn_implementation": "flash_attention_2"},
            [("engine-unsupported", FAIL, "flash_attention_2 needs compute capability 8.0, GPU 0 (Card) has 7.5")],
            id="flash attention on a T4",
        ),
        pytest.param(
            (7, 5),
            MIXED,
            "inference",
            {},
            [
                (
                    "cc-low",
                    FAIL,
                    (
                        "vLLM 9999.1 needs compute capability 8.0 for w4a16 (compressed-tensors) weights, "
                        "GPU 0 (Card) has 7.5"
                    ),
                )
            ],
            id="a number format that the engine does not have there",
        ),
        pytest.param(
            (7, 5),
            {},
            "inference",
            {"quantization": "fp8", "dtype": "float16"},
            [
                (
                    "weight-only",
                    NOTE,
                    (
                        "GPU 0 (Card) has compute capability 7.5: vLLM 9999.1 unpacks fp8 weights for each product, "
                        "slower than natively (compute capability 12.0 or newer)"
                    ),
                )
            ],
            id="made while loading, and not native",
        ),
        pytest.param(
            (9, 0),
            FP8,
            "inference",
            {},
            [
                (
                    "weight-only",
                    NOTE,
                    (
                        "GPU 0 (Card) has compute capability 9.0: vLLM 9999.1 unpacks fp8 weights for each product, "
                        "slower than natively (compute capability 12.0 or newer)"
                    ),
                )
            ],
            id="a number format that is not native: nine is below twelve",
        ),
        pytest.param((12, 0), FP8, "inference", {}, [], id="one that is"),
        pytest.param(
            (8, 0),
            FP8,
            "inference",
            {"engine": "transformers"},
            [
                (
                    "weight-only",
                    NOTE,
                    (
                        "GPU 0 (Card) has compute capability 8.0: transformers 9999.1 turns fp8 weights into half "
                        "precision, with the memory of that; it computes in them from 8.9 on"
                    ),
                )
            ],
            id="one that is unpacked when it is loaded",
        ),
        pytest.param(
            (9, 0),
            EXPERTS,
            "inference",
            {"tensor_parallel_size": 4, "enforce_eager": True},
            [
                (
                    "weight-only",
                    NOTE,
                    (
                        "GPU 0 (Card) has compute capability 9.0: vLLM 9999.1 unpacks fp8 weights for each product, "
                        "slower than natively (compute capability 12.0 or newer)"
                    ),
                ),
                (
                    "group-indivisible",
                    FAIL,
                    (
                        "tensor_parallel_size 4 makes smaller blocks of experts in fp8, for which vLLM 9999.1 needs "
                        "compute capability 12.0, GPU 0 (Card) has 9.0"
                    ),
                ),
            ],
            id="smaller blocks than a GPU has kernels for that is not native",
        ),
        pytest.param((12, 0), EXPERTS, "inference", {"tensor_parallel_size": 4}, [], id="which a native one has"),
        pytest.param(
            (5, 2),
            {},
            "training",
            ADAPTERS,
            [("cc-low", FAIL, "bitsandbytes needs compute capability 6.0, GPU 0 (Card) has 5.2")],
            id="QLoRA on Maxwell",
        ),
        pytest.param(
            (5, 2),
            BNB,
            "training",
            {"stack": "trl", "method": "lora"},
            [("cc-low", FAIL, "bitsandbytes needs compute capability 6.0, GPU 0 (Card) has 5.2")],
            id="weights that are published so",
        ),
        pytest.param(
            (5, 2),
            {},
            "training",
            {"stack": "trl", "base_quantization": "8bit"},
            [("cc-low", FAIL, "bitsandbytes needs compute capability 6.0, GPU 0 (Card) has 5.2")],
            id="eight bits, which work on Pascal too",
        ),
        pytest.param(
            (6, 1),
            BNB,
            "training",
            {"stack": "trl", "dtype": "float16", "adapter_dtype": "float32"},
            [],
            id="four bits on Pascal",
        ),
        pytest.param(
            Unread(Cause.FAILED, "?"),
            {},
            "inference",
            {"dtype": "bfloat16"},
            [
                (
                    "cc-unknown",
                    Severity.UNKNOWN,
                    (
                        "the compute capability of GPU 0 (Card) cannot be read (?); bfloat16 needs compute capability "
                        "8.0"
                    ),
                )
            ],
            id="capability unreadable",
        ),
        pytest.param(
            Unread(Cause.FAILED, "?"),
            MIXED,
            "inference",
            {},
            [
                (
                    "cc-unknown",
                    Severity.UNKNOWN,
                    (
                        "the compute capability of GPU 0 (Card) cannot be read (?); vLLM 9999.1 needs compute "
                        "capability 8.0 for w4a16 (compressed-tensors) weights"
                    ),
                )
            ],
            id="unreadable, and a number format needs one",
        ),
        pytest.param(
            Unread(Cause.FAILED, "?"), {}, "training", {"stack": "axolotl"}, [], id="unreadable, and nothing needs it"
        ),
        pytest.param(
            Unread(Cause.FAILED, "?"),
            {"requirements.cuda_compute_capability": "8.0"},
            "inference",
            {},
            [],
            id="unreadable, and said of the entry",
        ),
        pytest.param(
            NOT_ASKED,
            {},
            "inference",
            {},
            [
                (
                    "cc-unknown",
                    Severity.NOTE,
                    "the compute capability of GPU 0 (Card) is not stated; vLLM 9999.1 needs compute capability 7.0",
                )
            ],
            id="not stated, and the engine needs one",
        ),
        pytest.param(NOT_ASKED, {}, "training", {"stack": "axolotl"}, [], id="not stated, and nothing needs it"),
        pytest.param(ASSUMED, {}, "inference", {}, [], id="assumed, which is said once a call"),
    ],
)
def test_a_capability_rules_out(
    version: tuple[int, int] | Unread,
    changes: Changes,
    task: Task,
    overrides: Changes,
    expected: list[tuple[str, Severity, str]],
    entry_with: Callable[[Changes], ModelInfo],
) -> None:
    """Number formats, engines and kernels, each with both numbers and the way out."""
    entry = entry_with(changes)
    settings = merge(entry, task, Layer(overrides))

    found = list(Computation(entry, settings).findings(card(version), NAMED))

    assert found == [
        Finding(code=Code(code), severity=severity, message=message, where="gpu 0", asks=asked_for(message))
        for code, severity, message in expected
    ]


def asked_for(message: str) -> tuple[str, str] | None:
    """Return the setting that a message asks for: the finding carries it, for files with other keys."""
    found = re.search(r"set (\w+) to (\w+)$", message)
    return (found[1], found[2]) if found else None


def test_without_settings_nothing_is_asked(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """An entry that cannot be trained has no settings."""
    assert list(Computation(entry_with({}), None).findings(card((5, 0)), NAMED)) == []


@pytest.mark.parametrize(
    ("version", "codes"),
    [
        pytest.param("9999.1", [Code.ENGINE_UNSUPPORTED], id="a release that needs more"),
        pytest.param("0.33.0", [], id="one before it"),
    ],
)
def test_a_release_has_needs_of_its_own(
    version: str, codes: list[Code], entry_with: Callable[[Changes], ModelInfo]
) -> None:
    """A card may be too old for the newest engine, and served by an older one."""
    entry = entry_with({})
    ranges = [{"since": "0.6", "capability": "6.0"}, {"since": "9999.1", "capability": "7.0"}]
    with facts_laid_over(engines={"engines": {"vllm": {"oldest": "0.6", "ranges": ranges}}}):
        settings = merge(entry, "inference", Layer({"engine_version": version}))

        found = [finding.code for finding in Computation(entry, settings).findings(card((6, 1)), NAMED)]
        assert [code for code in found if code is not Code.BF16_UNSUPPORTED] == codes
