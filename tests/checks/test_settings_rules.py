"""An entry and its settings for a task, before any hardware is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sound_entry import judged

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.reports import Report

Changes = Mapping[str, Any]

FAIL, WARNING, NOTE = Severity.FAIL, Severity.WARNING, Severity.NOTE
NOT_CHECKED = Finding(
    code=Code.NOT_CHECKED,
    severity=NOTE,
    message="hardware not checked, only the registry's own rules and the settings.",
)
BNB = {"quantization": {"method": "4bit", "type": "bitsandbytes"}}
#: The last vLLM that loads them by itself.
OLD = {"engine_version": "0.27.0"}
PLUGIN = "vLLM 0.28.0 loads bitsandbytes weights only with the plug-in vllm-bnb-plugin"
FLAG = "serve the adapter with --max-lora-rank {}: vLLM 0.33.0 takes rank 16 unless told otherwise"
DEPRECATION = {"since": "2025-01", "reason": "Superseded."}


@pytest.fixture
def judge(entry_with: Callable[[Changes], ModelInfo]) -> Callable[..., Report]:
    """Give the judgement of the sound entry with changes, for a task with overrides."""

    def check(changes: Changes, task: Task, overrides: Changes | None = None, **options: Any) -> Report:
        entry = entry_with(changes)
        return judged(entry, task, merge(entry, task, Layer(overrides or {})), **options)

    return check


#: What makes the shape of the sound entry whole.
WHOLE = {
    "architecture.num_hidden_layers": 32,
    "architecture.hidden_size": 4096,
    "architecture.intermediate_size": 14336,
    "architecture.num_key_value_heads": 8,
    "architecture.vocab_size": 128256,
}
TOWER = {"architecture.vision": {"patch_size": 14, "spatial_merge_size": 2, "max_pixels": 12_845_056}}
SEES = {"category": "vision-vlm", "capabilities.vision": True, **TOWER}


@pytest.mark.parametrize(
    ("task", "overrides", "expected"),
    [
        pytest.param(
            "training",
            {},
            ["one image alone may take 16384 tokens, more than max_seq_length 2048: limit its pixels (max_pixels)"],
            id="trained",
        ),
        pytest.param("training", {"images_per_sample": 0}, [], id="trained on text"),
        pytest.param(
            "inference",
            {},
            ["one image alone may take 16384 tokens, more than max_model_len 8192: limit its pixels (max_pixels)"],
            id="served",
        ),
        pytest.param("inference", {"images_per_prompt": 0}, [], id="served text"),
    ],
)
def test_an_image_must_fit_into_a_sequence(
    task: Task, overrides: Changes, expected: list[str], judge: Callable[..., Report]
) -> None:
    """The tokens of the largest image that the tower takes, against the length that is set."""
    report = judge(SEES, task, overrides)

    found = [finding for finding in report.findings if finding.code is Code.IMAGE_EXCEEDS_SEQUENCE]
    assert [(finding.severity, finding.message) for finding in found] == [(WARNING, text) for text in expected]


@pytest.mark.parametrize("task", ["training", "inference"])
def test_a_sound_entry_is_not_checked(task: Task, entry_with: Callable[[Changes], ModelInfo]) -> None:
    """Nothing stands against it, nobody looked at a GPU: the report says both and carries the settings."""
    entry = entry_with({})
    settings = merge(entry, task)

    report = judged(entry, task, settings)

    expected = Report(
        subject="org/model",
        task=task,
        settings=settings,
        estimate=estimate(entry, settings),
        findings=(NOT_CHECKED,),
    )
    assert report == expected
    assert (report.verdict, report.is_valid, report.error_message) == (Verdict.NOT_CHECKED, True, None)


@pytest.mark.parametrize(
    ("changes", "task", "overrides", "findings"),
    [
        pytest.param(
            {"capabilities.training": False},
            "training",
            {},
            [Finding(code=Code.TASK_UNSUPPORTED, severity=FAIL, message="Model 'org/model' does not support training")],
            id="no training",
        ),
        pytest.param(
            {"capabilities.inference": False},
            "inference",
            {},
            [
                Finding(
                    code=Code.TASK_UNSUPPORTED, severity=FAIL, message="Model 'org/model' does not support inference"
                )
            ],
            id="no inference",
        ),
        pytest.param({"capabilities.inference": False}, "training", {}, [], id="no inference, for training"),
        pytest.param(
            {"status": "deprecated", "deprecation": {**DEPRECATION, "successor": "org/new"}},
            "training",
            {},
            [
                Finding(
                    code=Code.DEPRECATED,
                    severity=FAIL,
                    message="Model 'org/model' is deprecated; use 'org/new' instead",
                )
            ],
            id="deprecated with a successor",
        ),
        pytest.param(
            {"status": "deprecated", "deprecation": DEPRECATION},
            "inference",
            {},
            [Finding(code=Code.DEPRECATED, severity=FAIL, message="Model 'org/model' is deprecated")],
            id="deprecated without a successor",
        ),
        pytest.param(
            {"status": "deprecated", "capabilities.training": False},
            "training",
            {},
            [
                Finding(
                    code=Code.TASK_UNSUPPORTED, severity=FAIL, message="Model 'org/model' does not support training"
                ),
                Finding(code=Code.DEPRECATED, severity=FAIL, message="Model 'org/model' is deprecated"),
            ],
            id="deprecated and unsupported: the task first",
        ),
        pytest.param({}, "training", {"max_seq_length": 8192}, [], id="sequences as long as the positions"),
        pytest.param(
            {},
            "training",
            {"max_seq_length": 8193},
            [
                Finding(
                    code=Code.CONTEXT_TOO_LONG,
                    severity=WARNING,
                    message="max_seq_length 8193 is beyond the model's 8192 positions",
                    have=8192,
                    need=8193,
                    unit="tokens",
                )
            ],
            id="sequences one token too long",
        ),
        pytest.param({}, "inference", {"max_model_len": 8192}, [], id="a context as long as the positions"),
        pytest.param(
            {},
            "inference",
            {"max_model_len": 8193},
            [
                Finding(
                    code=Code.CONTEXT_TOO_LONG,
                    severity=FAIL,
                    message="max_model_len 8193 is beyond the model's 8192 positions",
                    have=8192,
                    need=8193,
                    unit="tokens",
                )
            ],
            id="a context one token too long",
        ),
        pytest.param({"architecture": None}, "inference", {"max_model_len": 10**6}, [], id="positions unknown, served"),
        pytest.param(
            {"architecture": None}, "training", {"max_seq_length": 10**6}, [], id="positions unknown, trained"
        ),
        pytest.param({}, "training", {"method": "full"}, [], id="all weights of a whole model"),
        pytest.param(BNB, "training", {"method": "lora"}, [], id="an adapter on quantised weights"),
        pytest.param(
            BNB,
            "training",
            {"method": "full"},
            [
                Finding(
                    code=Code.METHOD_MISMATCH,
                    severity=FAIL,
                    message="method full cannot train 4bit weights; use the base model, or qlora",
                )
            ],
            id="all weights of a quantised model",
        ),
        pytest.param({}, "training", {"r": 16}, [], id="the largest rank that is served unless told otherwise"),
        pytest.param(
            {},
            "training",
            {"r": 17},
            [Finding(code=Code.LORA_RANK_FLAG, severity=NOTE, message=FLAG.format(32))],
            id="one that needs an option: the next place for it",
        ),
        pytest.param(
            {},
            "training",
            {"r": 512},
            [Finding(code=Code.LORA_RANK_FLAG, severity=NOTE, message=FLAG.format(512))],
            id="the largest rank that is served",
        ),
        pytest.param({}, "training", {"r": 512, "method": "full"}, [], id="no adapter"),
        pytest.param(
            {},
            "training",
            {"method": "full", "learning_rate": 0.0002},
            [
                Finding(
                    code=Code.RATE_UNUSUAL,
                    severity=WARNING,
                    message="learning_rate 0.0002 is far above what all weights are trained with (1e-07 to 0.0001)",
                )
            ],
            id="an adapter's learning rate for all weights",
        ),
        pytest.param({}, "training", {"r": 513, "method": "full"}, [], id="a rank that is not used"),
        pytest.param(
            {},
            "training",
            {"r": 513},
            [
                Finding(
                    code=Code.RANK_UNSERVABLE,
                    severity=WARNING,
                    message="vLLM serves adapters up to rank 512, not 513",
                    have=512,
                    need=513,
                    unit="rank",
                )
            ],
            id="a rank that is not served",
        ),
        pytest.param({}, "inference", {"tensor_parallel_size": 4}, [], id="heads that divide"),
        pytest.param(
            {},
            "inference",
            {"tensor_parallel_size": 3},
            [
                Finding(
                    code=Code.HEADS_INDIVISIBLE,
                    severity=FAIL,
                    message="tensor_parallel_size 3 does not divide 32 attention heads",
                    have=32,
                    need=3,
                    unit="heads",
                )
            ],
            id="heads that do not divide",
        ),
        pytest.param(BNB, "inference", OLD, [], id="bitsandbytes on one GPU"),
        pytest.param(
            BNB,
            "inference",
            {**OLD, "tensor_parallel_size": 2},
            [
                Finding(
                    code=Code.BNB_TENSOR_PARALLEL,
                    severity=WARNING,
                    message="bitsandbytes weights with tensor parallelism: vLLM refuses most of them",
                )
            ],
            id="bitsandbytes on two GPUs",
        ),
        pytest.param({}, "training", {"target_modules": "all-linear"}, [], id="every linear layer"),
        pytest.param({}, "training", {"target_modules": ["q_proj", "model.layers.0.o_proj"]}, [], id="known layers"),
        pytest.param(
            {"training_defaults.lora_config.target_modules": ["zz"]},
            "training",
            {},
            [],
            id="a layer that the entry names: it is checked with the entry",
        ),
        pytest.param({}, "training", {"target_modules": ["zz"], "method": "full"}, [], id="layers that are not used"),
        pytest.param(
            {},
            "training",
            {"target_modules": ["q_prjo"]},
            [
                Finding(
                    code=Code.TARGET_MODULE_UNKNOWN,
                    severity=FAIL,
                    message="the architecture has no module 'q_prjo'; did you mean q_proj, k_proj or o_proj?",
                )
            ],
            id="a layer that the architecture has not",
        ),
        pytest.param(
            {},
            "training",
            {"target_modules": []},
            [
                Finding(
                    code=Code.TARGET_MODULE_UNKNOWN,
                    severity=FAIL,
                    message="target_modules names no layer, so nothing would be trained",
                )
            ],
            id="no layer",
        ),
        pytest.param(
            {},
            "training",
            {"images_per_sample": 1},
            [
                Finding(
                    code=Code.VISION_MISMATCH,
                    severity=FAIL,
                    message="images_per_sample is 1, but the model takes no images",
                )
            ],
            id="images for a model that does not see",
        ),
        pytest.param(
            {},
            "inference",
            {"images_per_prompt": 2},
            [
                Finding(
                    code=Code.VISION_MISMATCH,
                    severity=FAIL,
                    message="images_per_prompt is 2, but the model takes no images",
                )
            ],
            id="images in a prompt for a model that does not see",
        ),
        pytest.param({}, "inference", {"quantization": "fp8"}, [], id="plain weights, quantised while they load"),
        pytest.param(BNB, "inference", {**OLD, "quantization": "bitsandbytes"}, [], id="what the weights are"),
        pytest.param(
            {},
            "inference",
            {"quantization": "awq"},
            [
                Finding(
                    code=Code.QUANTIZATION_MISMATCH,
                    severity=FAIL,
                    message="the engine is told awq, but the weights are not quantised",
                )
            ],
            id="plain weights told to be quantised",
        ),
        pytest.param(
            BNB,
            "inference",
            {**OLD, "quantization": "fp8"},
            [
                Finding(
                    code=Code.QUANTIZATION_MISMATCH,
                    severity=FAIL,
                    message="the engine is told fp8, but the weights are bitsandbytes",
                )
            ],
            id="quantised weights told to be others",
        ),
        pytest.param(
            BNB,
            "inference",
            {"engine_version": "0.28.0"},
            [Finding(code=Code.PLUGIN_NEEDED, severity=WARNING, message=PLUGIN)],
            id="weights that need a plug-in",
        ),
        pytest.param(
            {**BNB, "base_model": "org/plain"},
            "inference",
            {"engine_version": "0.28.0"},
            [Finding(code=Code.PLUGIN_NEEDED, severity=WARNING, message=f"{PLUGIN}; or serve org/plain")],
            id="weights that need a plug-in, and a sibling that does not",
        ),
        pytest.param(
            {},
            "inference",
            {"engine_version": "0.28.0", "quantization": "bitsandbytes"},
            [Finding(code=Code.PLUGIN_NEEDED, severity=WARNING, message=PLUGIN)],
            id="plain weights that only a plug-in quantises",
        ),
        pytest.param(
            {"inference_defaults.reasoning_parser": "owl"},
            "inference",
            {},
            [
                Finding(
                    code=Code.PLUGIN_NEEDED,
                    severity=WARNING,
                    message="vLLM 0.33.0 has reasoning_parser owl only with a plug-in",
                )
            ],
            id="an entry's parser that needs a plug-in",
        ),
        *(
            pytest.param({"inference_defaults.reasoning_parser": "owl"}, "inference", overrides, [], id=name)
            for name, overrides in {
                "another parser in its place": {"reasoning_parser": "qwen3"},
                "one of a release whose parsers were not read": {"engine_version": "0.32.0"},
                "one of an engine that was not asked": {"engine": "sglang"},
            }.items()
        ),
        pytest.param(BNB, "inference", {"engine": "sglang"}, [], id="another engine, which loads them"),
        pytest.param(
            {"quantization": {"method": "mxfp4", "type": "mxfp4"}},
            "inference",
            {"engine_version": "0.10.0"},
            [
                Finding(
                    code=Code.ENGINE_UNSUPPORTED,
                    severity=FAIL,
                    message="vLLM 0.10.0 does not load mxfp4 weights",
                )
            ],
            id="weights that the engine does not load",
        ),
        pytest.param(
            {"quantization": {"method": "mxfp4", "type": "mxfp4"}},
            "inference",
            {"engine_version": "0.10.1"},
            [],
            id="one on",
        ),
        pytest.param(
            {"quantization": {"method": "mixed", "type": "modelopt"}}, "inference", {}, [], id="a format nobody knows"
        ),
        pytest.param(
            {**WHOLE, "quantization": {"method": "awq", "type": "awq"}, "architecture.intermediate_size": 27392},
            "inference",
            {"tensor_parallel_size": 4},
            [
                Finding(
                    code=Code.GROUP_INDIVISIBLE,
                    severity=FAIL,
                    message=(
                        "vLLM 0.33.0 refuses tensor_parallel_size 4: the feed-forward layer has 27392 / 4 = 6848, no "
                        "multiple of the group of 128"
                    ),
                )
            ],
            id="groups that a split would cut",
        ),
        pytest.param(
            {**WHOLE, "architecture.num_key_value_heads": 10, "architecture.num_attention_heads": 40},
            "inference",
            {"tensor_parallel_size": 4},
            [
                Finding(
                    code=Code.HEADS_INDIVISIBLE,
                    severity=FAIL,
                    message=(
                        "tensor_parallel_size 4 does not divide 10 heads of keys and values, and is no multiple of them"
                    ),
                )
            ],
            id="heads of keys that do not divide",
        ),
    ],
)
def test_what_stands_against_a_task_is_found(
    changes: Changes, task: Task, overrides: Changes, findings: list[Finding], judge: Callable[..., Report]
) -> None:
    """Each rule has its finding, at its limit and one beyond; that no hardware was looked at comes last."""
    assert judge(changes, task, overrides).findings == (*findings, NOT_CHECKED)


def test_an_entry_without_defaults_is_judged_without_settings(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """Where there are no training defaults there are no settings, and the reason is the task."""
    entry = entry_with({"capabilities.training": False, "training_defaults": None})

    report = judged(entry, "training", None, subject="org/alias")

    unsupported = Finding(
        code=Code.TASK_UNSUPPORTED, severity=FAIL, message="Model 'org/model' does not support training"
    )
    assert report == Report(subject="org/alias", task="training", findings=(unsupported, NOT_CHECKED))


def test_rules_that_the_entry_breaks_are_findings(judge: Callable[..., Report]) -> None:
    """What `schema check` says of an entry, a verdict on it says as well."""
    flaw = Flaw(Code.MINIMUM_ABOVE_RECOMMENDED, FAIL, ("requirements", "min_vram_gb"), "min is above recommended")

    report = judge({}, "training", flaws=(flaw,))

    assert report.findings == (Finding(code=flaw.code, severity=FAIL, message=flaw.message), NOT_CHECKED)
    assert report.verdict is Verdict.FAIL


def test_a_copy_that_is_not_trained_names_the_model_to_train(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """Beside the reason."""
    entry = entry_with({"base_model": "org/base", "capabilities.training": False, "training_defaults": None})

    finding, _ = judged(entry, "training", None).findings

    assert finding.message == "Model 'org/model' does not support training; train 'org/base' instead"


SHARE = "has no gpu_memory_utilization, which changes nothing here"
INSTEAD = ": its share, of weights and cache alone, is mem_fraction_static"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"engine": "sglang", "gpu_memory_utilization": 0.93}, [f"SGLang 0.5.23 {SHARE}{INSTEAD}"]),
        ({"engine": "sglang", "mem_fraction_static": 0.93}, []),
        ({"engine": "sglang"}, []),
        ({"engine": "vllm", "gpu_memory_utilization": 0.93}, []),
        ({"engine": "transformers", "gpu_memory_utilization": 0.93}, [f"transformers 5.24.0 {SHARE}"]),
    ],
)
@pytest.mark.parametrize("kind", [OriginKind.FILE, OriginKind.OVERRIDE])
def test_what_is_set_and_changes_nothing_is_told(
    overrides: Changes, said: list[str], kind: OriginKind, entry_with: Callable[[Changes], ModelInfo]
) -> None:
    """Not what the entry states, which is for the engine that reads it."""
    entry = entry_with({})
    found = judged(entry, "inference", merge(entry, "inference", Layer(overrides, Origin(kind, "x"))))
    told = [finding for finding in found.findings if finding.code is Code.SETTING_IGNORED]
    assert [(finding.severity, finding.message) for finding in told] == [(NOTE, message) for message in said]
