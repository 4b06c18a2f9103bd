"""What a verdict offers is kept: each remedy, applied and validated again, gives what it promised."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from unittest.mock import Mock, call

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinds_of_models import one_of_each

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.checks.cures import with_remedies
from model_garden_registry.checks.validation import report_on
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpus import Gpu, Hardware
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.registry.entry_cache import EntryCache
from model_garden_registry.reports import Report
from model_garden_registry.units import GB

REGISTRY = load_registry()
LLAMA, NEMOTRON = "meta-llama/Llama-3.1-8B-Instruct", "nvidia/NVIDIA-Nemotron-Nano-9B-v2"
#: Too much for most GPUs.
GREEDY = {
    "training": {"batch_size": 16, "max_seq_length": 4096},
    "inference": {"max_model_len": 131072, "concurrent": 8},
}


def applied(
    remedy: Remedy, model_id: str, task: Task, overrides: Mapping[str, Any], hardware: Hardware, **asked: Any
) -> Report:
    """Validate again with what a remedy changes: settings, or the model too."""
    changes = {**remedy.changes}
    instead = changes.pop("model", model_id)
    return REGISTRY.validate(instead, task, overrides={**overrides, **changes}, hardware=hardware, **asked)


def offered(model_id: str, task: Task, hardware: Hardware, **overrides: Any) -> list[dict[str, Any]]:
    """Give the changes of each remedy."""
    report = REGISTRY.validate(model_id, task, overrides=overrides, hardware=hardware)
    return [{**remedy.changes} for remedy in report.remedies]


def in_use(free_gb: float, count: int = 1) -> Hardware:
    """Give GPUs of 80 GB of which so much is free."""
    gpus = (
        Gpu(index=index, name="GPU", total_bytes=80 * GB, free_bytes=round(free_gb * GB), compute_capability=(9, 0))
        for index in range(count)
    )
    return Hardware(source="file", gpus=tuple(gpus))


@pytest.mark.parametrize("gpu", ["T4", "L4", "RTX 4090:2", "A100-80GB", "8xH100"])
@pytest.mark.parametrize("task", ["training", "inference"])
def test_a_remedy_gives_the_verdict_that_it_promised(task: Task, gpu: str) -> None:
    """For some models of the registry that ask for too much, on one GPU and on several."""
    hardware = known_gpu(gpu)
    models = [model_id for model_id in one_of_each()[::3] if REGISTRY[model_id].supports(task)]
    reports = {
        model_id: REGISTRY.validate(model_id, task, overrides=GREEDY[task], hardware=hardware) for model_id in models
    }

    promised = [(model_id, remedy) for model_id, report in reports.items() for remedy in report.remedies]
    kept = [applied(remedy, model_id, task, GREEDY[task], hardware).verdict for model_id, remedy in promised]

    assert promised or gpu == "8xH100"
    assert kept == [remedy.verdict for _, remedy in promised]
    assert all(verdict.is_valid for verdict in kept)


@pytest.mark.parametrize(
    ("model_id", "task", "gpu", "overrides", "names"),
    [
        pytest.param(
            *(LLAMA, "training", "RTX 4090", {"method": "full"}, [["method"]]), id="all weights on a GPU of 24 GB: LoRA"
        ),
        pytest.param(
            *(LLAMA, "training", "RTX 4090", {"batch_size": 16}),
            [["batch_size", "gradient_accumulation_steps"], ["method"]],
            id="a batch that is too large",
        ),
        pytest.param(
            *(LLAMA, "training", "RTX 4090", {"batch_size": 4, "stack": "axolotl"}),
            [
                ["loss", "gradient_checkpointing"],
                ["gradient_checkpointing", "batch_size", "gradient_accumulation_steps"],
                ["gradient_checkpointing", "method"],
            ],
            id="a stack that keeps activations and logits",
        ),
        pytest.param(
            *("Qwen/Qwen3-8B", "training", "L4", {"attn_implementation": "eager", "max_seq_length": 8192}),
            [["attn_implementation", "batch_size", "gradient_accumulation_steps"], ["attn_implementation", "method"]],
            id="attention that holds all scores",
        ),
        pytest.param(
            *("google/gemma-3-27b-it", "training", "A100 40GB:4", {"stack": "llama-factory", "n_gpus": 4}),
            [
                ["batch_size", "gradient_accumulation_steps", "sharding"],
                ["batch_size", "gradient_accumulation_steps", "method"],
            ],
            id="LlamaFactory#7559: ZeRO-3, QLoRA",
        ),
        pytest.param(
            *("Qwen/Qwen3-32B", "inference", "RTX 5090", {}, [["model"]]), id="weights that are too large: AWQ instead"
        ),
        pytest.param(
            *("Qwen/Qwen3-32B", "inference", "RTX 4090", {}, [["model", "gpu_memory_utilization", "max_model_len"]]),
            id="only another form with less context",
        ),
        pytest.param(
            *(LLAMA, "inference", "L4:4", {"tensor_parallel_size": 1, "max_model_len": 131072}),
            [["tensor_parallel_size"]],
            id="GPUs that stand idle",
        ),
        pytest.param(
            *(LLAMA, "inference", "A100 80GB:4", {"tensor_parallel_size": 3}, [["tensor_parallel_size"]]),
            id="heads that are not divided",
        ),
        pytest.param(
            *(NEMOTRON, "inference", "L40S", {"max_num_seqs": 1024}, [["max_num_seqs"]]),
            id="vllm#23230: states that have no place",
        ),
        pytest.param(
            *("Qwen/Qwen3-32B", "inference", "RTX 3090:4", {}, []), id="a split that was chosen: nothing to cure"
        ),
        pytest.param(*("deepseek-ai/DeepSeek-V3", "inference", "RTX 4090", {}, []), id="nothing helps"),
        pytest.param(
            *("Qwen/Qwen3-8B", "training", "GTX 1060 6GB", {"batch_size": 16}, []), id="what no setting replaces"
        ),
    ],
)
def test_everyday_cases(model_id: str, task: Task, gpu: str, overrides: dict[str, Any], names: list[list[str]]) -> None:
    """What costs nothing first; every one of them keeps its promise."""
    hardware = known_gpu(gpu)
    report = REGISTRY.validate(model_id, task, overrides=overrides, hardware=hardware)
    again = [applied(remedy, model_id, task, overrides, hardware) for remedy in report.remedies]

    assert [[*remedy.changes] for remedy in report.remedies] == names
    assert [one.verdict for one in again] == [remedy.verdict for remedy in report.remedies]


def test_a_batch_that_is_too_large_is_cured_by_a_smaller_one() -> None:
    """The smallest change that passes comes first, and keeps the effective batch."""
    report = REGISTRY.validate("Qwen/Qwen3-8B", "training", overrides={"batch_size": 16}, hardware=known_gpu("L4"))

    assert report.verdict is Verdict.FAIL
    first = report.remedies[0]
    accumulated = REGISTRY["Qwen/Qwen3-8B"].get_training_hyperparameters()["gradient_accumulation_steps"]
    assert set(first.changes) == {"batch_size", "gradient_accumulation_steps"}
    assert first.changes["batch_size"] * first.changes["gradient_accumulation_steps"] == 16 * accumulated
    assert (first.safe_bytes <= 23034 * 2**20, first.verdict) == (True, Verdict.OK)


def test_where_nothing_is_safe_what_passes_with_a_warning_is_offered() -> None:
    """A GPU that a model does not fit as it is, and with no change safely."""
    hardware, overrides = known_gpu("RTX 4060"), {"batch_size": 1}
    report = REGISTRY.validate("Qwen/Qwen3-8B", "training", overrides=overrides, hardware=hardware)
    (remedy,) = report.remedies
    again = applied(remedy, "Qwen/Qwen3-8B", "training", overrides, hardware)

    assert (report.verdict, {**remedy.changes}) == (Verdict.FAIL, {"method": "qlora"})
    assert (remedy.verdict, again.verdict) == (Verdict.WARNING, Verdict.WARNING)


def test_for_a_warning_only_a_plain_yes_is_offered() -> None:
    """Memory that would do, but is not safe; or, where nothing is safe, nothing."""
    least = {"method": "qlora", "batch_size": 1, "max_seq_length": 512, "optim": "paged_adamw_8bit"}
    for asked, is_curable in (({"batch_size": 8}, True), (least, False)):
        safe_bytes = REGISTRY.estimate(LLAMA, "training", **asked).safe_bytes
        gpu = Gpu(index=0, name="GPU", total_bytes=safe_bytes - 1, compute_capability=(9, 0))
        hardware = Hardware(source="file", gpus=(gpu,))
        report = REGISTRY.validate(LLAMA, "training", overrides=asked, hardware=hardware)

        assert report.verdict is Verdict.WARNING
        assert {remedy.verdict for remedy in report.remedies} == ({Verdict.OK} if is_curable else set())


def test_what_is_in_use_is_cured_by_what_needs_less() -> None:
    """A share of what is needed, another form, another method; with --now and without."""
    share = {"gpu_memory_utilization": 0.9}
    for must_be_free, verdict in ((False, Verdict.WARNING), (True, Verdict.FAIL)):
        hardware = in_use(40)
        report = REGISTRY.validate(LLAMA, "inference", overrides=share, hardware=hardware, must_be_free=must_be_free)

        assert (report.verdict, {**report.remedies[0].changes}) == (verdict, {"gpu_memory_utilization": 0.5})
        for remedy in report.remedies:
            again = applied(remedy, LLAMA, "inference", share, in_use(40), must_be_free=must_be_free)
            assert (again.verdict, remedy.verdict) == (Verdict.OK, Verdict.OK)
    assert offered(LLAMA, "training", in_use(20), batch_size=8) == [{"method": "qlora"}]


def test_what_stands_against_it_besides_ends_the_search() -> None:
    """A withdrawn model stays one, whatever its settings."""
    case = REGISTRY.assess(LLAMA, "training", overrides={"batch_size": 64}, hardware=known_gpu("L4")).case
    withdrawn = case.demand.entry.model_copy(update={"status": "deprecated"})
    against = replace(case, demand=replace(case.demand, entry=withdrawn))
    allowed = replace(against, allow_deprecated=True)
    verdicts = [with_remedies(report_on(one), one) for one in (case, allowed, against)]

    assert {report.verdict for report in verdicts} == {Verdict.FAIL}
    assert [bool(report.remedies) for report in verdicts] == [True, True, False]


def test_what_is_refused_together_is_not_offered() -> None:
    """Quantised weights over several GPUs are driven by one process, which cannot divide sequences."""
    asked = {"stack": "trl", "method": "full", "context_parallel_size": 2, "n_gpus": 2}

    assert offered(LLAMA, "training", known_gpu("RTX 3090:8"), **asked) == [{"method": "qlora"}]


def test_a_guessed_shape_and_no_hardware_have_no_remedies() -> None:
    """What cannot be reckoned is not promised."""
    model_id = next(key for key, entry in REGISTRY.items() if entry.training_defaults)
    entry = REGISTRY[model_id].model_copy(update={"architecture": None})
    case = REGISTRY.assess(model_id, "training", overrides={"batch_size": 4096}, hardware=known_gpu("T4")).case
    demand = type(case.demand)(entry=entry, task="training", settings=case.demand.settings)
    guessed = type(case)(subject=model_id, demand=demand, machine=case.machine)

    assert with_remedies(report_on(guessed), guessed).remedies == ()
    assert REGISTRY.validate(model_id, "training", hardware=None).remedies == ()


def test_the_search_ends_with_the_last_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first costs less than all."""
    case = REGISTRY.assess(LLAMA, "training", overrides={"batch_size": 16}, hardware=known_gpu("RTX 4090")).case
    report = report_on(case)
    judge = Mock(side_effect=report_on)
    monkeypatch.setattr("model_garden_registry.checks.cures.report_on", judge)

    first, every = with_remedies(report, case, most=1), with_remedies(report, case)

    assert first.remedies == every.remedies[:1]
    assert judge.call_count == 1 + len(every.remedies)


def test_other_forms_are_looked_up_only_where_they_may_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never for a model that runs; once for one that does not, also where the answer is pickled."""
    variants = EntryCache.variants
    look_up = Mock(side_effect=lambda key: variants(REGISTRY._entries, key))
    monkeypatch.setattr(EntryCache, "variants", look_up)

    runs = REGISTRY.assess("Qwen/Qwen3-8B", "inference", hardware=known_gpu("H100"))
    fails = REGISTRY.assess("Qwen/Qwen3-32B", "inference", hardware=known_gpu("RTX 5090"))
    assert (runs.report.remedies, len(fails.report.remedies)) == ((), 1)
    assert look_up.call_args_list == [call("Qwen/Qwen3-32B")]

    again = pickle.loads(pickle.dumps(fails))
    assert (again.report, look_up.call_count) == (fails.report, 1)
    assert with_remedies(report_on(again.case), again.case).remedies == fails.report.remedies


TRAINING = {
    "batch_size": st.integers(1, 64),
    "max_seq_length": st.sampled_from([256, 2048, 8192, 32768]),
    "method": st.sampled_from(["lora", "qlora"]),
    "stack": st.sampled_from(["trl", "unsloth", "axolotl"]),
    "attn_implementation": st.sampled_from(["eager", "sdpa"]),
    "gradient_checkpointing": st.booleans(),
    "optim": st.sampled_from(["adamw_torch", "adamw_8bit"]),
    "n_gpus": st.integers(1, 4),
    "sharding": st.sampled_from(["none", "zero2", "zero3", "device_map"]),
}
INFERENCE = {
    "max_model_len": st.sampled_from([1024, 8192, 32768]),
    "concurrent": st.integers(1, 64),
    "gpu_memory_utilization": st.sampled_from([0.0, 0.5, 0.9]),
    "engine": st.sampled_from(["vllm", "sglang", "transformers"]),
    "tensor_parallel_size": st.sampled_from([1, 2, 4]),
}


@given(
    model_id=st.sampled_from(sorted(REGISTRY)),
    asked=st.tuples(st.just("training"), st.fixed_dictionaries({}, optional=TRAINING))
    | st.tuples(st.just("inference"), st.fixed_dictionaries({}, optional=INFERENCE)),
    total_bytes=st.integers(4 * GB, 100 * GB),
    count=st.sampled_from([1, 2, 8]),
)
def test_every_remedy_gives_what_it_promised(
    model_id: str, asked: tuple[Task, dict[str, Any]], total_bytes: int, count: int
) -> None:
    """Whatever was asked for, on cards of any size: the verdict, and the memory that is needed then."""
    task, overrides = asked
    if not REGISTRY[model_id].supports(task):
        return
    gpus = (Gpu(index=index, name="GPU", total_bytes=total_bytes, compute_capability=(9, 0)) for index in range(count))
    hardware = Hardware(source="file", gpus=tuple(gpus))
    before = REGISTRY.validate(model_id, task, overrides=overrides, hardware=hardware)
    again = [applied(remedy, model_id, task, overrides, hardware) for remedy in before.remedies]

    assert [(report.verdict, report.estimate and report.estimate.safe_bytes) for report in again] == [
        (remedy.verdict, remedy.safe_bytes) for remedy in before.remedies
    ]
    better = (Verdict.OK,) if before.verdict is Verdict.WARNING else (Verdict.OK, Verdict.NOT_CHECKED, Verdict.WARNING)
    assert all(remedy.verdict in better for remedy in before.remedies)
