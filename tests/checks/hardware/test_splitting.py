"""Over how many GPUs a model is split."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.hardware.demand import Demand, demand_of
from model_garden_registry.checks.hardware.machine import machine_of
from model_garden_registry.checks.hardware.splitting import (
    BEST,
    Rank,
    at_split,
    is_to_better,
    open_sizes,
    split_findings,
)
from model_garden_registry.entries.provenance import Source
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import VERDICTS, Code, Finding, Severity, Verdict
from model_garden_registry.hardware.gpus import Hardware

REGISTRY = load_registry(bundled_registry())
LLAMA, OSS = "meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-oss-120b"
STATED = Source(kind="declared", source="the maker's page", as_of="2026-11")


def demand(model_id: str, task: Task = "inference", **overrides: Any) -> Demand:
    """Give the demand of an entry."""
    return demand_of(REGISTRY[model_id], task, REGISTRY.settings(model_id, task, **overrides))


@pytest.mark.parametrize(
    ("asked", "gpu", "sizes"),
    [
        pytest.param(demand(LLAMA), "H200:3", (1, 2), id="no engine divides 64 heads by 3"),
        pytest.param(demand(LLAMA), "H200:1024", (1, 2, 4, 8, 16), id="no host has more than 16"),
        pytest.param(demand(LLAMA, tensor_parallel_size=4), "H200:8", (), id="asked for"),
        pytest.param(demand(LLAMA, pipeline_parallel_size=2), "H200:9", (2, 4, 8), id="two stages, each split alike"),
        pytest.param(demand(LLAMA, data_parallel_size=8), "H200:8", (8,), id="as many copies as there are GPUs"),
        pytest.param(demand(LLAMA, data_parallel_size=8), "H200:4", (), id="more copies than there are GPUs"),
        pytest.param(demand("Qwen/Qwen3-8B", "training"), "L4:3", (1, 2, 3), id="a run is split by any number"),
        pytest.param(demand("Qwen/Qwen3-8B", "training", n_gpus=1), "L4:3", (), id="a run on one was asked for"),
        pytest.param(demand_of(REGISTRY[OSS], "training", None), "L4:3", (), id="no settings"),
    ],
)
def test_the_sizes_are_those_that_the_engine_takes(asked: Demand, gpu: str, sizes: tuple[int, ...]) -> None:
    """Unless the caller says how it is split."""
    assert open_sizes(asked, machine_of(known_gpu(gpu)).seen.fewest) == sizes


def test_fewer_gpus_than_a_person_stated_are_no_choice() -> None:
    """What was derived is none."""
    entry = REGISTRY[OSS]
    sources = {**entry.sources, "/requirements/inference/min_gpus": STATED}
    asked = replace(demand(OSS), entry=entry.model_copy(update={"sources": sources}))

    assert open_sizes(asked, 4) == (2, 4)
    assert open_sizes(demand(OSS), 4) == (1, 2, 4)


def test_a_split_changes_the_settings_and_says_for_what() -> None:
    """Serving is split by tensor parallelism; where it is split so already, nothing is changed."""
    own = demand(LLAMA)
    two = at_split(own, 2)

    assert (two.parts, two.gpus, two.is_split_set) == (2, 2, True)
    assert [found.message for found in split_findings(two)] == [
        "on 2 GPUs (tensor parallel), chosen for the hardware; the entry's default is 4 GPUs (tensor parallel)"
    ]
    assert at_split(own, own.parts) is own
    assert [*split_findings(own)] == []


def test_copies_that_were_asked_for_stay() -> None:
    """Eight copies on eight GPUs: each on one, whatever the entry's own split (vllm-project/recipes#12)."""
    coder = "Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8"
    report = REGISTRY.validate(
        coder,
        "inference",
        overrides={"data_parallel_size": 8, "enable_expert_parallel": True},
        hardware=known_gpu("H200:8"),
    )

    assert report.split is not None
    assert (report.split.gpus, report.split.how, report.split.chosen) == (8, "data_parallel", True)


def test_a_split_that_is_chosen_is_the_one_that_would_be_set() -> None:
    """The same number of GPUs, asked for, is sharded alike."""
    model_id = "microsoft/Phi-3.5-MoE-instruct"
    chosen = REGISTRY.validate(model_id, "training", hardware=known_gpu("RTX 5090:4"))
    gpus = chosen.split.gpus if chosen.split else 0
    told = REGISTRY.validate(model_id, "training", overrides={"n_gpus": gpus}, hardware=known_gpu("RTX 5090:4"))

    assert chosen.is_valid
    assert (chosen.verdict, chosen.estimate) == (told.verdict, told.estimate)


def test_gpus_that_stand_idle_are_taken_before_a_margin_is_given_up() -> None:
    """Over one GPU the run is tight, over two it is ok; trouble that no split mends does not change that."""
    model_id, gpus = "deepseek-ai/DeepSeek-V2-Lite-Chat", known_gpu("A100 40GB:3").gpus
    sick = Hardware(source="file", gpus=tuple(replace(gpu, ecc_errors=3) for gpu in gpus))
    one = REGISTRY.validate(model_id, "training", hardware=known_gpu("A100 40GB"))
    well = REGISTRY.validate(model_id, "training", hardware=known_gpu("A100 40GB:3"))
    ill = REGISTRY.validate(model_id, "training", hardware=sick)

    assert one.verdict is Verdict.WARNING
    assert well.split == ill.split
    assert (well.verdict, ill.verdict) == (Verdict.OK, Verdict.WARNING)
    assert well.split is not None
    assert well.split.gpus == 2


def test_memory_that_is_in_use_is_not_mended_by_a_larger_split() -> None:
    """An engine takes its share of each GPU, over however many it is."""
    full = Hardware(source="file", gpus=tuple(replace(gpu, free_bytes=10**9) for gpu in known_gpu("H100 SXM:2").gpus))
    candidate = REGISTRY.assess("Qwen/Qwen3-32B", "inference", hardware=full, must_be_free=True)

    assert candidate.split is not None
    assert candidate.split.gpus == 1


def test_a_training_run_is_split_as_its_stack_does() -> None:
    """ZeRO-3 for weights as they are published."""
    run = at_split(demand("Qwen/Qwen3-8B", "training", stack="trl", method="full"), 8)

    [found] = split_findings(run)

    assert (found.code, found.severity) == (Code.SPLIT_CHOSEN, Severity.NOTE)
    assert found.message == "on 8 GPUs (zero3), chosen for the hardware; the entry's default is 1 GPU"


@pytest.mark.parametrize(
    ("model_id", "task", "gpu", "gpus", "verdict"),
    [
        pytest.param(OSS, "inference", "H100 80GB", 1, Verdict.OK, id="gpt-oss-120b was made for one"),
        pytest.param(OSS, "inference", "H100 80GB:2", 2, Verdict.OK, id="the entry's own where it is there"),
        pytest.param("Qwen/Qwen3-32B", "inference", "B200", 1, Verdict.OK, id="one that is large enough"),
        pytest.param(LLAMA, "inference", "H200:2", 2, Verdict.OK, id="two large ones"),
        pytest.param(LLAMA, "inference", "RTX 4090:8", 8, Verdict.OK, id="more than the entry's own"),
        pytest.param(LLAMA, "inference", "RTX 4090:2", 2, Verdict.FAIL, id="as many as there are, and too few"),
        pytest.param(LLAMA, "inference", "H100:4", 4, Verdict.OK, id="a name of two GPUs, right for both"),
        pytest.param(
            "openai/gpt-oss-120b", "inference", "A100:4", 4, Verdict.OK, id="more than is right for the larger"
        ),
        pytest.param("Qwen/Qwen3-8B", "training", "H100:2", 1, Verdict.OK, id="a run that needs one"),
    ],
)
def test_the_split_is_chosen_for_the_hardware(model_id: str, task: Task, gpu: str, gpus: int, verdict: Verdict) -> None:
    """The entry's own where it is there and enough, else the smallest that is; served with a context of 32768."""
    overrides = {"max_model_len": 32768} if task == "inference" else {}
    report = REGISTRY.validate(model_id, task, overrides=overrides, hardware=known_gpu(gpu))

    assert report.split is not None
    assert (report.split.gpus, report.verdict) == (gpus, verdict)
    assert report.split.chosen == (Code.SPLIT_CHOSEN in [found.code for found in report.findings])


@pytest.mark.parametrize(
    ("verdict", "is_tight", "has_alternatives", "expected"),
    [
        pytest.param(Verdict.OK, False, True, False, id="the best"),
        pytest.param(Verdict.OK, True, False, True, id="no margin"),
        pytest.param(Verdict.WARNING, False, True, False, id="trouble that no split mends"),
        pytest.param(Verdict.FAIL, False, False, True, id="a failure"),
        pytest.param(Verdict.UNKNOWN, False, True, True, id="unknown of several GPUs"),
        pytest.param(Verdict.UNKNOWN, False, False, False, id="unknown of one"),
    ],
)
def test_another_split_is_looked_for_where_it_may_be_better(
    verdict: Verdict, is_tight: bool, has_alternatives: bool, expected: bool
) -> None:
    """Where memory is short or may be."""
    rank = Rank(VERDICTS.index(verdict), is_tight=is_tight)

    assert is_to_better(rank, has_alternatives=has_alternatives) is expected
    assert (rank == BEST) is (verdict is Verdict.OK and not is_tight)


def test_a_split_below_what_a_person_stated_is_told() -> None:
    """With both numbers; one at what is stated is not."""
    entry = REGISTRY[OSS]
    stated = entry.model_copy(update={"sources": {**entry.sources, "/requirements/inference/min_gpus": STATED}})
    one, two = (replace(demand(OSS, tensor_parallel_size=gpus), entry=stated) for gpus in (1, 2))

    assert [*split_findings(one)] == [
        Finding(
            code=Code.SPLIT_BELOW_STATED,
            severity=Severity.WARNING,
            message="the settings split over 1, the entry states that 2 GPUs are needed",
            have=1,
            need=2,
            unit="GPUs",
        )
    ]
    assert [*split_findings(two)] == []


def test_several_machines_are_stages_each_split_within() -> None:
    """Eight GPUs on two machines are two stages over four, also if set as one of eight; two stages become four."""
    eight, same, staged = (
        at_split(demand(LLAMA, **overrides), gpus, hosts=2).settings
        for gpus, overrides in ((8, {}), (8, {"tensor_parallel_size": 8}), (16, {"pipeline_parallel_size": 2}))
    )

    assert isinstance(eight, InferenceSettings)
    assert isinstance(same, InferenceSettings)
    assert isinstance(staged, InferenceSettings)
    assert (same.pipeline_parallel_size, same.tensor_parallel_size) == (2, 4)
    assert (eight.pipeline_parallel_size, eight.tensor_parallel_size) == (2, 4)
    assert (staged.pipeline_parallel_size, staged.tensor_parallel_size) == (4, 4)


def test_without_settings_nothing_is_split() -> None:
    """There is no task to split, and nothing to say of it."""
    none = demand_of(REGISTRY[OSS], "training", None)

    assert at_split(none, 2) is none
    assert [*split_findings(none)] == []


def test_a_split_of_a_split_keeps_the_entrys_own() -> None:
    """What is said is compared with the entry's default, not with another choice."""
    again = at_split(at_split(demand(LLAMA), 8), 2)

    assert [found.message for found in split_findings(again)] == [
        "on 2 GPUs (tensor parallel), chosen for the hardware; the entry's default is 4 GPUs (tensor parallel)"
    ]


@pytest.mark.parametrize(
    ("architecture", "kinds", "sizes"),
    [
        pytest.param(True, {}, (1, 2, 4), id="an exact estimate"),
        pytest.param(True, {"min_vram_gb": "declared"}, (1, 2, 4), id="and a minimum beside it"),
        pytest.param(False, {"min_vram_gb": "declared"}, (), id="a minimum alone"),
        pytest.param(False, {"recommended_vram_gb": "declared"}, (1, 2, 4), id="no minimum but a guess"),
    ],
)
def test_a_stated_minimum_is_for_the_entrys_own_split(
    architecture: bool, kinds: dict[str, Any], sizes: tuple[int, ...]
) -> None:
    """Where nothing else is known of a need, no other split is open."""
    entry = REGISTRY["Qwen/Qwen3-8B"]
    derived = STATED.model_copy(update={"kind": "derived"})
    names = {
        f"/requirements/inference/{name}": STATED.model_copy(update={"kind": kind}) for name, kind in kinds.items()
    }
    changes: dict[str, Any] = {
        "sources": {"/requirements": derived, "/requirements/inference": derived, **names},
        **({} if architecture else {"architecture": None}),
    }

    assert open_sizes(replace(demand("Qwen/Qwen3-8B"), entry=entry.model_copy(update=changes)), 4) == sizes


def test_one_machine_keeps_its_stages() -> None:
    """Nothing is said of them; the demand of the entry's own settings is shared."""
    own = demand(LLAMA)
    two = at_split(own, 2)
    assert own.settings is not None
    assert two.settings is not None

    assert two.settings.origins["pipeline_parallel_size"] == own.settings.origins["pipeline_parallel_size"]
    assert two.own is own


def test_the_entrys_own_split_is_no_finding() -> None:
    """Though it states that more GPUs are needed."""
    entry = REGISTRY["Qwen/Qwen3-8B"]
    requirements = entry.requirements.model_copy(update={"min_gpus": 4, "inference": None})
    stated = entry.model_copy(update={"requirements": requirements, "sources": {"/requirements": STATED}})
    asked = replace(demand("Qwen/Qwen3-8B"), entry=stated)

    assert (asked.parts, asked.stated.gpus) == (1, 4)
    assert [*split_findings(asked)] == []
