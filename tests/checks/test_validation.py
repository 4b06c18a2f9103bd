"""A verdict on an entry for a task: without hardware, on some, and where the split is open."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sound_entry import judged

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.hardware.demand import Demand, demand_of
from model_garden_registry.checks.hardware.machine import machine_of
from model_garden_registry.checks.validation import Candidate, Case, Siblings, could_not_check, report_on
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import EntryProblem, InvalidEntryError
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.hardware.gpus import Cause, DriverState, Gpu, Hardware, HostMemory, Unread
from model_garden_registry.reports import Report
from model_garden_registry.units import GB

Changes = Mapping[str, Any]

REGISTRY = load_registry(bundled_registry())
LARGE, MADE_FOR_ONE = "meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-oss-120b"
MIDDLE, SMALL = "Qwen/Qwen3-32B", "Qwen/Qwen3-8B"

#: Llama 3.1 8B, as its config.json states it.
SHAPE = {
    "architecture.parameters": 8_030_261_248,
    "architecture.num_hidden_layers": 32,
    "architecture.hidden_size": 4096,
    "architecture.intermediate_size": 14336,
    "architecture.num_key_value_heads": 8,
    "architecture.head_dim": 128,
    "architecture.vocab_size": 128256,
    "architecture.dtype": "bfloat16",
}

FAIL, NOTE = Severity.FAIL, Severity.NOTE
NOT_CHECKED = Finding(
    code=Code.NOT_CHECKED,
    severity=NOTE,
    message="hardware not checked, only the registry's own rules and the settings.",
)
NO_GPU = Finding(code=Code.NO_GPU_NEEDED, severity=NOTE, message="no GPU needed")


@pytest.fixture
def judge(entry_with: Callable[[Changes], ModelInfo]) -> Callable[..., Report]:
    """Give the judgement of the sound entry with changes, for a task with its own settings."""

    def check(changes: Changes, task: Task, **options: Any) -> Report:
        entry = entry_with(changes)
        return judged(entry, task, merge(entry, task), **options)

    return check


@pytest.mark.parametrize(
    ("changes", "task", "is_gpu_required", "finding"),
    [
        pytest.param({"requirements.min_vram_gb": 0}, "training", False, NO_GPU, id="no GPU needed"),
        pytest.param({"requirements.min_vram_gb": 0}, "training", True, NO_GPU, id="no GPU needed, one required"),
        pytest.param(
            {"requirements.inference": {"min_vram_gb": 0, "recommended_vram_gb": 0}},
            "inference",
            False,
            NO_GPU,
            id="no GPU needed for this task",
        ),
        pytest.param(
            {"requirements.inference": {"min_vram_gb": 0, "recommended_vram_gb": 0}},
            "training",
            False,
            NOT_CHECKED,
            id="no GPU needed for the other task",
        ),
        pytest.param(
            {},
            "training",
            True,
            replace(
                NOT_CHECKED, code=Code.GPU_REQUIRED, severity=FAIL, message=f"a GPU is required; {NOT_CHECKED.message}"
            ),
            id="a GPU required",
        ),
    ],
)
def test_the_need_of_a_gpu_is_told(
    changes: Changes, task: Task, is_gpu_required: bool, finding: Finding, judge: Callable[..., Report]
) -> None:
    """Unless the entry needs none, the report says that no GPU was looked at; where one is required it fails."""
    assert judge(changes, task, gpu_required=is_gpu_required).findings == (finding,)


def test_an_entry_that_cannot_be_read_is_unknown() -> None:
    """Each problem of the entry is a finding; the verdict is unknown and says where."""
    problems = (
        EntryProblem("/models/a/name", "should be a text", "1", "string_type"),
        EntryProblem("/models/a/tags", "a required key is missing", "nothing", "missing"),
    )

    report = could_not_check("a", "inference", InvalidEntryError("a", problems))

    messages = (
        "entry 'a' is not valid at /models/a/name: should be a text, found 1",
        "entry 'a' is not valid at /models/a/tags: a required key is missing, found nothing",
    )
    findings = tuple(
        Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message=message) for message in messages
    )
    assert report == Report(subject="a", task="inference", findings=findings)
    assert (report.verdict, report.error_message) == (Verdict.UNKNOWN, f"Could not be checked: {messages[0]}")


def case_of(model_id: str, hardware: Hardware | None, task: Task = "inference", **overrides: Any) -> Case:
    """Give the case of a shipped entry."""
    candidate = Candidate(subject=model_id, entry=REGISTRY[model_id], task=task)
    machine = machine_of(hardware) if hardware else None
    return candidate.case(demand_of(candidate.entry, task, REGISTRY.settings(model_id, task, **overrides)), machine)


def codes(report: Report | Case) -> list[str]:
    """Give code and severity of each finding."""
    findings = report.hardware_findings if isinstance(report, Case) else report.findings
    return [f"{finding.code}:{finding.severity}" for finding in findings]


def gpus(*totals: int, **facts: Any) -> Hardware:
    """Give a host with GPUs of these sizes."""
    each = tuple(
        Gpu(index=index, name="NVIDIA L40S", total_bytes=total, compute_capability=(8, 9), **facts)
        for index, total in enumerate(totals)
    )
    return Hardware(source="file", gpus=each, ram=HostMemory(total_bytes=512 * GB))


def open_demand(model_id: str, task: Task) -> Demand:
    """Give the demand of an entry's own settings."""
    return demand_of(REGISTRY[model_id], task, REGISTRY.settings(model_id, task))


# Splits.


@pytest.mark.parametrize(
    ("model_id", "gpu", "gpus", "own"),
    [
        pytest.param(LARGE, "H100 SXM 80GB:4", 4, None, id="the entry's own is ok"),
        pytest.param(LARGE, "H200:2", 2, 4, id="fewer than the entry's own"),
        pytest.param(MADE_FOR_ONE, "H100 SXM 80GB", 1, 2, id="one GPU, with little margin"),
        pytest.param(MADE_FOR_ONE, "RTX 3090:4", 4, 2, id="more than the entry's own"),
        pytest.param(SMALL, "RTX 3060:4", 2, 1, id="the smallest that is ok, not the largest"),
        pytest.param(LARGE, "RTX 3090:4", 4, None, id="none is enough: the largest, which is the entry's own"),
        pytest.param(LARGE, "L40S", 1, 4, id="none is enough: the largest that is there"),
        pytest.param(LARGE, "L40S:2", 2, 4, id="none is enough: the larger of two"),
        pytest.param(MIDDLE, "A100:2", 2, 1, id="one that works on each GPU of the name"),
        pytest.param(MIDDLE, "A100", 1, None, id="GPUs of one name differ, and there is no other split"),
    ],
)
def test_an_open_split_is_the_smallest_with_the_best_verdict(
    model_id: str, gpu: str, gpus: int, own: int | None
) -> None:
    """The entry's own where it is ok; the demand before the choice is kept beside it."""
    case = case_of(model_id, known_gpu(gpu))

    assert (case.demand.parts, case.asked and case.asked.parts) == (gpus, own)


def test_a_split_that_is_set_stays() -> None:
    """Though another would be ok."""
    case = case_of(LARGE, known_gpu("H200:2"), tensor_parallel_size=1)

    assert (case.demand.parts, case.asked, codes(case)[1]) == (1, None, "vram-low:fail")


def test_a_larger_split_does_not_mend_a_gpu_that_is_too_old() -> None:
    """The entry's own split stays: only memory is divided."""
    case = case_of("Qwen/Qwen3-1.7B", known_gpu("T4:4"), dtype="bfloat16")

    assert (case.demand.parts, case.asked, codes(case)[1:]) == (1, None, ["bf16-unsupported:fail"])


def test_a_split_with_a_margin_is_better_than_one_without() -> None:
    """One GPU would be just enough for the expected memory."""
    bounds = open_demand(SMALL, "training").bounds(None)
    assert bounds.least_bytes < bounds.comfortable_bytes
    case = case_of(SMALL, gpus(*[bounds.comfortable_bytes - 1] * 2), "training")

    assert (case.demand.parts, codes(case)) == (2, ["split-chosen:note"])


def test_memory_in_use_is_no_reason_to_split() -> None:
    """It may be free when the run starts: a warning with the entry's own split."""
    used = gpus(*[80 * GB] * 4, free_bytes=8 * GB)
    case = case_of(SMALL, used, "training")

    assert (case.demand.parts, codes(case)) == (1, ["free-low:warning"])


def test_a_second_gpu_with_less_margin_is_no_reason_to_split() -> None:
    """The first may be used alone."""
    comfortable = open_demand(SMALL, "training").bounds(None).comfortable_bytes
    case = case_of(SMALL, gpus(80 * GB, comfortable - 1), "training")

    assert case.demand.parts == 1
    assert codes(case) == ["vram-below-recommended:note", "gpus-mixed:warning"]


def test_a_larger_split_does_not_mend_a_host_without_memory(entry_with: Callable[[Changes], ModelInfo]) -> None:
    """Though a second GPU is too small for the whole model."""
    candidate = Candidate(subject="org/model", entry=entry_with(SHAPE), task="training")
    demand = demand_of(candidate.entry, "training", merge(candidate.entry, "training"))
    hardware = replace(gpus(80 * GB, 8 * GB), ram=HostMemory(total_bytes=8 * GB))
    case = candidate.case(demand, machine_of(hardware))

    assert case.demand.parts == 1
    assert codes(case) == ["ram-low:fail", "vram-low:note", "gpus-mixed:warning"]


# Cases.


def test_a_case_has_everything_of_its_candidate_and_of_the_question() -> None:
    """Each switch is off unless it is asked for; no forms of the model are known unless somebody looks them up."""
    demand, machine = open_demand(SMALL, "inference"), machine_of(known_gpu("H200"))
    flaw = Flaw(code=Code.SUCCESSOR_MISSING, severity=Severity.WARNING, message="Odd.", where=("status",))
    sibling = Candidate(subject="b", entry=demand.entry, task="inference")
    candidate = replace(sibling, subject="a", flaws=(flaw,), siblings=Siblings(lambda: (sibling,)))
    plain = candidate.case(demand, machine)

    assert plain == Case(subject="a", demand=demand, flaws=(flaw,), machine=machine)
    assert (plain.gpu_required, plain.must_be_free, plain.allow_deprecated) == (False, False, False)
    assert candidate.case(demand, machine, gpu_required=True, must_be_free=True, allow_deprecated=True) == replace(
        plain, gpu_required=True, must_be_free=True, allow_deprecated=True
    )
    assert (plain.siblings(), replace(sibling).case(demand).siblings()) == ((sibling,), ())


def test_a_case_knows_its_largest_gpu() -> None:
    """None without a machine."""
    large, none = (case_of(SMALL, hardware) for hardware in (gpus(8 * GB, 48 * GB), None))

    assert (large.gpu_total_bytes, none.gpu_total_bytes) == (48 * GB, None)


def test_other_forms_are_looked_up_once_and_before_they_are_pickled() -> None:
    """What looks them up may not be pickled."""
    sibling = Candidate(subject="b", entry=REGISTRY[SMALL], task="inference")
    lookups: list[str] = []

    def look_up() -> tuple[Candidate, ...]:
        lookups.append("asked")
        return (sibling,)

    siblings = Siblings(look_up)

    assert siblings() is siblings()
    assert pickle.loads(pickle.dumps(siblings))() == (sibling,)
    assert lookups == ["asked"]


# Reports.


def test_a_report_has_what_was_judged_and_what_it_was_judged_on() -> None:
    """Settings, hardware, the estimate on the largest GPU, and the id as it was written."""
    hardware = known_gpu("L4")
    case = replace(case_of(SMALL, hardware), written="qwen3")
    report = report_on(case)

    assert (report.subject, report.asked, report.task) == (SMALL, "qwen3", "inference")
    assert (report.settings, report.hardware) == (case.demand.settings, hardware)
    assert report.estimate == case.demand.estimate(case.gpu_total_bytes) != case.demand.estimate()
    assert report.findings == case.hardware_findings


def test_hardware_that_is_not_needed_is_not_in_the_report(judge: Callable[..., Report]) -> None:
    """Nor is it judged."""
    report = judge({"requirements.min_vram_gb": 0}, "training", hardware=known_gpu("T4"))

    assert (report.hardware, report.findings) == (None, (NO_GPU,))


@pytest.mark.parametrize(("is_allowed", "severity"), [(False, "fail"), (True, "note")])
def test_a_deprecated_model_fails_unless_it_is_allowed(
    is_allowed: bool, severity: str, judge: Callable[..., Report]
) -> None:
    """Its finding stays."""
    report = judge({"status": "deprecated"}, "training", allow_deprecated=is_allowed)

    assert codes(report) == [f"deprecated:{severity}", "not-checked:note"]


def test_rules_that_the_entry_breaks_stand_before_what_is_found_of_hardware(judge: Callable[..., Report]) -> None:
    """With their own severity."""
    flaw = Flaw(code=Code.SUCCESSOR_MISSING, severity=Severity.WARNING, message="Odd.", where=("status",))

    assert judge({}, "training", flaws=(flaw,)).findings == (
        Finding(code=Code.SUCCESSOR_MISSING, severity=Severity.WARNING, message="Odd."),
        NOT_CHECKED,
    )


# Hardware.


@pytest.mark.parametrize(
    ("is_gpu_required", "found"),
    [(False, ["not-checked:note", "no-library:note"]), (True, ["gpu-required:fail", "no-library:note"])],
)
def test_without_a_driver_only_the_need_of_a_gpu_is_judged(
    is_gpu_required: bool, found: list[str], judge: Callable[..., Report]
) -> None:
    """What the numbers come from does not matter then."""
    bare = Hardware(source="none", state=DriverState.NO_LIBRARY, problem="libnvidia-ml.so.1 is not installed")

    assert codes(judge({}, "training", hardware=bare, gpu_required=is_gpu_required)) == found


def test_a_gpu_that_is_there_is_judged_the_same_where_one_is_required(judge: Callable[..., Report]) -> None:
    """After where the numbers come from: here a guess, as the entry states no layers."""
    hardware = gpus(80 * GB)

    assert codes(judge({}, "training", hardware=hardware)) == ["estimate-coarse:note"]
    assert judge({}, "training", hardware=hardware, gpu_required=True) == judge({}, "training", hardware=hardware)


@pytest.mark.parametrize(("must_be_free", "severity"), [(False, "warning"), (True, "fail")])
def test_memory_in_use_fails_where_it_must_be_free(
    must_be_free: bool, severity: str, judge: Callable[..., Report]
) -> None:
    """Else it may be free later."""
    report = judge({}, "training", hardware=gpus(80 * GB, free_bytes=GB), must_be_free=must_be_free)

    assert codes(report) == ["estimate-coarse:note", f"free-low:{severity}"]


def test_shared_memory_is_at_most_that_of_the_host(judge: Callable[..., Report]) -> None:
    """The driver may not know it."""
    unread = Unread(Cause.NOT_SUPPORTED, "Not Supported")
    thor = Gpu(index=0, name="Thor", total_bytes=unread, compute_capability=(11, 0), is_integrated=True)
    small = Hardware(source="file", gpus=(thor,), ram=HostMemory(total_bytes=17 * GB))
    (*_, found) = judge({}, "training", hardware=small).findings

    assert (found.code, found.severity, found.have, found.need) == (Code.VRAM_LOW, FAIL, 17.0, 20.0)


def test_a_gpu_is_judged_by_what_it_computes_and_holds(judge: Callable[..., Report]) -> None:
    """Its compute capability, its memory, and the states of sequences, each by its own rule."""
    hybrid = "nvidia/NVIDIA-Nemotron-Nano-9B-v2"
    old = judge({"requirements.cuda_compute_capability": "9.0"}, "training", hardware=gpus(10 * GB))

    assert codes(old)[1:] == ["cc-low:fail", "vram-low:fail"]
    assert "weight-only:note" in codes(case_of(MADE_FOR_ONE, known_gpu("RTX 3090:4")))
    assert "sequences-many:warning" in codes(case_of(hybrid, known_gpu("L40S"), max_num_seqs=1024))


@pytest.mark.parametrize(("kind", "severity"), [("declared", "fail"), ("derived", "warning")])
def test_main_memory_is_judged_by_what_is_stated(kind: str, severity: str, judge: Callable[..., Report]) -> None:
    """A number that was derived refuses no host."""
    sources = {"/requirements/min_ram_gb": {"kind": kind, "source": "a page", "as_of": "2026-11"}}
    hardware = replace(gpus(80 * GB), ram=HostMemory(total_bytes=8 * GB))

    assert codes(judge({"sources": sources}, "training", hardware=hardware))[1:] == [f"ram-low:{severity}"]


def test_a_need_of_several_gpus_is_a_need_of_each(judge: Callable[..., Report]) -> None:
    """As many as the entry declares."""
    report = judge({"requirements.min_gpus": 2}, "training", hardware=gpus(80 * GB))

    assert codes(report)[-1] == "gpus-few:fail"
