"""A verdict without words is that of the report: every kind of model and of machine, whatever the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from kinds_of_models import one_of_each
from sound_entry import changed_entry

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks import verdicts
from model_garden_registry.checks.hardware.demand import Demand
from model_garden_registry.checks.hardware.fleets import Fleet
from model_garden_registry.checks.hardware.machine import Machine, machine_of
from model_garden_registry.checks.validation import Candidate, report_on
from model_garden_registry.checks.verdicts import Verdicts
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.gpus import DriverState, Gpu, Hardware, HostMemory
from model_garden_registry.registry.questions import candidate_of, demand_for, layers_of

pytestmark = pytest.mark.sweep

REGISTRY = load_registry(bundled_registry())
ENTRIES = REGISTRY._entries
IDS = one_of_each()
SMALL_MODEL = "Qwen/Qwen3-8B"
#: One GPU of each kind that judges tell apart in something, several of them, and names that are no single kind.
NAMES = (
    *("P100", "V100 16GB", "T4", "RTX 4090", "L4", "A100 40GB", "A100 80GB", "H100 SXM5 80GB", "H100 NVL", "B300"),
    *("RTX 5090", "GB10", "24GB", "A100", "H100 SXM5 80GB MIG 3g.40gb"),
    *("L4:2", "T4:4", "A100 80GB:4", "H100 SXM5 80GB:8", "H200:16", "L4:1024", "24GB:2"),
)
SMALL = Gpu(name="small", index=0, total_bytes=8_000_000_000, free_bytes=8_000_000_000, compute_capability=(8, 9))
LARGE = replace(SMALL, name="large", index=1, total_bytes=80_000_000_000, free_bytes=20_000_000_000)
#: Machines of which more than kind and number of their GPUs decides.
OTHERS = (
    Hardware(source="nvml", gpus=(SMALL, LARGE), ram=HostMemory(total_bytes=64_000_000_000)),
    Hardware(source="nvml", gpus=(LARGE,), ram=HostMemory(total_bytes=4_000_000_000)),
    Hardware(source="named", gpus=(SMALL, LARGE)),
    Hardware(source="named", gpus=(replace(LARGE, ecc_errors=3),)),
    Hardware(source="named", gpus=(Gpu(name="odd", index=0, total_bytes=2**51, compute_capability=(9, 0)),)),
    Hardware(source="named", gpus=(Gpu(name="blank", index=0),)),
    Hardware(source="nvml", state=DriverState.NO_ANSWER),
    Hardware(source="none", state=DriverState.NO_LIBRARY),
)


def machines() -> list[Machine]:
    """Return all of them, as a question has them."""
    return [machine_of(hardware) for hardware in (*map(known_gpu, NAMES), *OTHERS)]


def differences(model_id: str, task: Task, overrides: Mapping[str, Any], fleet: Fleet) -> list[tuple[Any, ...]] | None:
    """Return where a verdict is not that of the report; None where the entry refuses the settings."""
    try:
        candidate = candidate_of(ENTRIES, model_id, task)
        demand = demand_for(candidate, layers_of(overrides) if overrides else ())
    except RegistryError:
        return None
    found = Verdicts(candidate, demand).on(fleet)
    again = demand_for(candidate, layers_of(overrides) if overrides else ())
    reports = [report_on(candidate.case(again, machine)) for machine in fleet.machines]
    return [
        (model_id, task, str(report.hardware and report.hardware.gpus[:1]), verdict, report.verdict)
        for verdict, report in zip(found, reports, strict=True)
        if verdict is not report.verdict
    ]


@pytest.mark.parametrize("task", ["training", "inference"])
@pytest.mark.parametrize("part", range(2))
def test_every_kind_of_model_has_the_verdict_of_its_report(task: Task, part: int) -> None:
    """With its own settings, on machines of every kind."""
    fleet = Fleet(machines()[part::2])

    assert [found for model_id in IDS[part::2] for found in differences(model_id, task, {}, fleet) or ()] == []


@pytest.mark.parametrize("task", ["training", "inference"])
def test_every_known_gpu_gives_the_verdict_of_the_report(task: Task) -> None:
    """Of which many are alike for one engine, and few for another."""
    fleet = Fleet([machine_of(known_gpu(row.name)) for row in gpu_table()])

    assert [found for model_id in IDS[::8] for found in differences(model_id, task, {}, fleet) or ()] == []


@pytest.mark.parametrize(
    ("task", "overrides"),
    [
        pytest.param("training", {"batch_size": 1, "dtype": "bfloat16"}, id="a type that old GPUs lack"),
        pytest.param("training", {"n_gpus": 2, "sharding": "zero3"}, id="a split that is set"),
        pytest.param("training", {"max_seq_length": 512, "stack": "trl"}, id="another stack"),
        pytest.param("inference", {"max_num_seqs": 8, "kv_cache_dtype": "fp8"}, id="a smaller batch"),
        pytest.param("inference", {"engine": "vllm", "engine_version": "0.19.0"}, id="graphs beside the share"),
        pytest.param("inference", {"engine": "vllm", "engine_version": "0.8.0"}, id="an old engine"),
        pytest.param("inference", {"engine": "sglang"}, id="an engine whose reserve follows the memory"),
        pytest.param("inference", {"engine": "transformers"}, id="no engine"),
        pytest.param("inference", {"tensor_parallel_size": 2}, id="a split for serving that is set"),
        pytest.param("inference", {"pipeline_parallel_size": 2}, id="stages, each split as there is place"),
        pytest.param("inference", {"kv_cache_memory_gb": 2}, id="a cache that is set"),
        pytest.param("inference", {"max_num_seqs": 4096}, id="more sequences than states have place"),
    ],
)
def test_other_settings_have_the_verdict_of_their_report(task: Task, overrides: Mapping[str, Any]) -> None:
    """Whatever of them decides how an engine reads a GPU."""
    fleet = Fleet(machines())

    found = [differences(model_id, task, overrides, fleet) for model_id in IDS[::6]]

    assert {bool(one) for one in found if one is not None} == {False}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"requirements.min_vram_gb": 0, "requirements.recommended_vram_gb": 0}, id="needs no GPU"),
        pytest.param({"requirements.min_vram_gb": 15, "requirements.recommended_vram_gb": 30}, id="a stated minimum"),
        pytest.param({"requirements.min_vram_gb": 24, "requirements.recommended_vram_gb": 24}, id="a hair short"),
        pytest.param({"requirements.min_gpus": 2}, id="a stated number of GPUs"),
        pytest.param({"requirements.cuda_compute_capability": "9.0"}, id="a stated capability"),
        pytest.param({"status": "deprecated"}, id="deprecated"),
        pytest.param({"training_defaults": None}, id="no defaults"),
    ],
)
@pytest.mark.parametrize(
    "overrides", [{}, {"batch_size": 1}, {"n_gpus": 1}], ids=["own settings", "others", "a split that is set"]
)
def test_what_a_person_states_binds_a_verdict_too(
    changes: Mapping[str, Any], overrides: Mapping[str, Any], entry_with: Callable[[Mapping[str, Any]], ModelInfo]
) -> None:
    """As in the report."""
    entry, fleet = entry_with(changes), Fleet(machines())
    candidate = Candidate(subject=entry.id, entry=entry, task="training")
    layers = layers_of(overrides) if overrides and entry.training_defaults else ()

    found = Verdicts(candidate, demand_for(candidate, layers)).on(fleet)
    demand = demand_for(candidate, layers)

    assert found == [report_on(candidate.case(demand, machine)).verdict for machine in fleet.machines]


def test_of_no_machine_there_is_no_verdict() -> None:
    """And of one there is one."""
    candidate = candidate_of(ENTRIES, "Qwen/Qwen3-8B", "inference")
    verdicts = Verdicts(candidate, demand_for(candidate, ()))

    assert verdicts.on(Fleet([])) == []
    assert verdicts.on(Fleet([machine_of(known_gpu("H200"))])) == [Verdict.OK]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what verdicts ask of the rules."""
    counts: Counter[str] = Counter()

    def counted(owner: object, name: str) -> None:
        answer = getattr(owner, name)

        def ask(*arguments: Any, **options: Any) -> Any:
            counts[name] += 1
            return answer(*arguments, **options)

        monkeypatch.setattr(owner, name, ask)

    for name in ("report_on", "open_sizes", "capability_findings", "settings_findings", "split_findings"):
        counted(verdicts, name)
    for name in ("bounds", "notes"):
        counted(Demand, name)
    return counts


def verdicts_of(model_id: str, task: Task, **overrides: Any) -> Verdicts:
    """Return the verdicts on a shipped entry."""
    candidate = candidate_of(ENTRIES, model_id, task)
    return Verdicts(candidate, demand_for(candidate, layers_of(overrides) if overrides else ()))


def fleet_of(*names: str) -> Fleet:
    """Return named GPUs, each as a machine."""
    return Fleet([machine_of(known_gpu(name)) for name in names])


def test_a_report_is_made_only_where_more_than_kind_and_number_decides(calls: Counter[str]) -> None:
    """Of a name that means several GPUs; of none where the GPU does not matter, there is no lot."""
    found = verdicts_of(SMALL_MODEL, "inference").on(fleet_of("L4", "A100", "RTX 4090:2", "T4"))

    assert found == [Verdict.OK, Verdict.OK, Verdict.OK, Verdict.FAIL]
    assert calls["report_on"] == 1


def test_settings_of_another_engine_are_reported(calls: Counter[str]) -> None:
    """Where a minimum was stated for the entry's own: the two read a GPU differently."""
    stated = {"requirements.min_vram_gb": 15, "requirements.recommended_vram_gb": 30}
    entry = ModelInfo.model_validate(changed_entry(stated))
    candidate = Candidate(subject=entry.id, entry=entry, task="inference")
    asked: list[dict[str, Any]] = [{"max_num_seqs": 8}, {"engine": "transformers"}]
    for overrides in asked:
        Verdicts(candidate, demand_for(candidate, layers_of(overrides))).on(fleet_of("L4", "T4"))
        calls[str(overrides)] = calls.pop("report_on", 0)

    assert [calls[str(overrides)] for overrides in asked] == [0, 2]


def test_what_gpus_share_is_asked_once(calls: Counter[str]) -> None:
    """A run on one GPU: the rules of a capability once for each, what is needed once for each reading of a GPU."""
    run = verdicts_of(SMALL_MODEL, "training", n_gpus=1)
    fleet = fleet_of("L4", "RTX 4090", "L4:2", "L40S:2", "A100 80GB", "H100 SXM5 80GB", "T4", "T4:2")
    first = run.on(fleet)
    before = Counter(calls)

    assert first[:6] == [Verdict.OK] * 6
    assert before == {"settings_findings": 1, "split_findings": 1, "capability_findings": 4, "bounds": 2, "notes": 2}
    assert run.on(fleet) == first
    assert calls == before


def test_each_number_of_gpus_opens_its_splits_once(calls: Counter[str]) -> None:
    """For all kinds of them; one GPU that is not split already opens none."""
    verdicts_of(SMALL_MODEL, "inference").on(fleet_of("L4", "L4:2", "T4:2", "A100 80GB:2", "L4:4", "T4:4"))

    assert calls["open_sizes"] == 2


def test_machines_that_were_ranked_are_not_ranked_again(calls: Counter[str]) -> None:
    """Though each size has a need of its own, where graphs lie beside the share."""
    served = verdicts_of(SMALL_MODEL, "inference", engine_version="0.19.0", tensor_parallel_size=1)
    fleet = fleet_of("L4", "RTX 4090", "A100 80GB")
    first = served.on(fleet)
    before = Counter(calls)

    assert served.on(fleet) == first
    assert calls == before
    assert before["bounds"] == 3
