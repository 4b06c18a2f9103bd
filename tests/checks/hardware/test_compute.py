"""What a GPU's compute capability rules out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from own_facts import facts_laid_over, newest

from model_garden_registry.checks.hardware.compute import compute_findings
from model_garden_registry.checks.hardware.devices import named_alike
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import NOT_ASKED, Cause, Gpu, Unread

Changes = Mapping[str, Any]
FAIL, WARNING = Severity.FAIL, Severity.WARNING


@pytest.fixture(autouse=True)
def _capabilities() -> Iterator[None]:
    """Let engines, stacks and kernels need what these tests say, whatever their latest releases do."""
    engines = {
        "vllm": newest("engines", "vllm", capability="7.0", float16_refused=["gemma3"]),
        "sglang": newest("engines", "sglang", capability="7.5"),
        "transformers": newest("engines", "transformers", capability=None, float16_refused=[]),
    }
    stacks = {
        "unsloth": newest("stacks", "unsloth", capability="7.0", adapter_dtype="float32"),
        "trl": newest("stacks", "trl", capability=None, adapter_dtype="float32"),
        "axolotl": newest("stacks", "axolotl", capability=None, adapter_dtype="float32"),
    }
    kernels = {"flash_attention_2": "8.0"}
    with facts_laid_over(engines={"engines": engines}, stacks={"stacks": stacks, "kernels": kernels}):
        yield


def card(version: tuple[int, int] | Unread) -> Gpu:
    """Give a GPU of a compute capability."""
    return Gpu(index=0, name="Card", compute_capability=version)


NAMED = named_alike((card((8, 0)),))


@pytest.mark.parametrize(
    ("version", "changes", "task", "overrides", "expected"),
    [
        pytest.param((7, 5), {}, "inference", {}, [], id="auto falls back to float16"),
        pytest.param(
            (7, 5),
            {},
            "inference",
            {"dtype": "bfloat16"},
            [
                (
                    "bf16-unsupported",
                    FAIL,
                    "GPU 0 (Card) has compute capability 7.5, bfloat16 needs 8.0: set dtype to float16",
                )
            ],
            id="bfloat16 served on a T4",
        ),
        pytest.param((8, 0), {}, "inference", {"dtype": "bfloat16"}, [], id="bfloat16 on an A100"),
        pytest.param((12, 0), {}, "inference", {"dtype": "bfloat16"}, [], id="twelve is above eight"),
        pytest.param((7, 5), {}, "inference", {"dtype": "float16"}, [], id="float16 on a T4"),
        pytest.param(
            (7, 5),
            {"architecture.model_type": "gemma3"},
            "inference",
            {},
            [
                (
                    "bf16-unsupported",
                    WARNING,
                    (
                        "GPU 0 (Card) has compute capability 7.5, bfloat16 needs 8.0, and vLLM 9999.1 refuses gemma3 "
                        "in float16: set dtype to float32"
                    ),
                )
            ],
            id="auto where the engine refuses float16",
        ),
        pytest.param(
            (7, 5),
            {"architecture.model_type": "gemma3"},
            "inference",
            {"engine": "transformers"},
            [],
            id="auto where the engine does not refuse",
        ),
        pytest.param((7, 5), {"architecture": None}, "inference", {}, [], id="nothing known of the model"),
        pytest.param(
            (7, 0),
            {},
            "training",
            {"adapter_dtype": "bfloat16"},
            [
                (
                    "bf16-unsupported",
                    FAIL,
                    "GPU 0 (Card) has compute capability 7.0, bfloat16 needs 8.0: set adapter_dtype to float16",
                )
            ],
            id="bfloat16 adapters on a V100",
        ),
        pytest.param((7, 0), {}, "training", {}, [], id="float32 adapters on a V100"),
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
        pytest.param((6, 1), {}, "inference", {"engine": "transformers"}, [], id="transformers on Pascal"),
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
            Unread(Cause.FAILED, "?"),
            {},
            "inference",
            {"dtype": "bfloat16"},
            [
                (
                    "cc-unknown",
                    Severity.UNKNOWN,
                    "the compute capability of GPU 0 (Card) cannot be read (?); bfloat16 needs 8.0",
                )
            ],
            id="capability unreadable",
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
        pytest.param(NOT_ASKED, {}, "inference", {"dtype": "bfloat16"}, [], id="capability not stated"),
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

    found = list(compute_findings(card(version), NAMED, entry, settings))

    assert found == [
        Finding(code=Code(code), severity=severity, message=message, where="gpu 0")
        for code, severity, message in expected
    ]


def test_without_settings_nothing_is_asked(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """An entry that cannot be trained has no settings."""
    assert list(compute_findings(card((5, 0)), NAMED, entry_with({}), None)) == []


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

        assert [finding.code for finding in compute_findings(card((6, 1)), NAMED, entry, settings)] == codes
