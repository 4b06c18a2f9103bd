"""
What holds for every machine: more never worsens, less needed never worsens, hiding never improves, order is nothing.

Three things are left out, because CUDA or the tables make them so:

- Slices: CUDA sees the first slice and nothing beside it, so hiding one, or another order, changes what there is.
- ``gpus-mixed``: hiding the unfit GPU of a mixed host is what that warning advises, so it alone goes away. Verdicts
  with and without a GPU are compared as if it had not been said.
- ``order-ambiguous``: a change may make two GPUs differ that were alike. Machines count by bus, but for the property
  that is about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from sound_entry import judged as judged_entry
from verdicts.conftest import ENTRY

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Verdict, verdict_of
from model_garden_registry.hardware.gpus import Cause, Fact, Gpu, Hardware, HostMemory, Unread
from model_garden_registry.units import GB

UNREAD = Unread(Cause.FAILED, "Unknown Error (NVML code 999)")
MASK, ORDER = "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"

#: Sizes around what is needed: 0.98 of it, itself, above the recommended.
SIZES = st.sampled_from([8, 15, 16, 19, 19.6, 20, 23, 24, 40, 80]).map(lambda size: round(size * GB))
CAPABILITIES: st.SearchStrategy[Fact[tuple[int, int]]] = st.sampled_from([(7, 0), (7, 5), (8, 9), (12, 0), UNREAD])
USED = st.sampled_from([0, 0, GB // 10, 5 * GB, 200 * GB])


@st.composite
def gpus(draw: st.DrawFn) -> Gpu:
    """Draw a whole GPU: of any size, in use or not, integrated or not, sick or not."""
    total: Fact[int] = draw(st.one_of(SIZES, SIZES, SIZES, st.just(UNREAD)))
    free: Fact[int] = max(total - draw(USED), 0) if isinstance(total, int) else UNREAD
    return Gpu(
        index=0,
        name=draw(st.sampled_from(["NVIDIA L4", "Tesla T4"])),
        total_bytes=total,
        free_bytes=draw(st.sampled_from([free, UNREAD])),
        compute_capability=draw(CAPABILITIES),
        is_integrated=draw(st.sampled_from([False, False, False, True])),
        ecc_errors=draw(st.sampled_from([0, 0, 0, 2])),
        problem=draw(st.sampled_from([None, None, None, None, Unread(Cause.LOST, "GPU is lost")])),
    )


@st.composite
def machines(draw: st.DrawFn, *, smallest: int = 0, order: str | None = "PCI_BUS_ID") -> Hardware:
    """Draw a host with up to four GPUs and with RAM, known or not, enough or not."""
    drawn = draw(st.lists(gpus(), min_size=smallest, max_size=4))
    ram = draw(st.sampled_from([HostMemory(total_bytes=8 * GB), HostMemory(total_bytes=64 * GB), UNREAD, None]))
    return Hardware(source="nvml", gpus=numbered(drawn), ram=ram, cuda_device_order=order)


@st.composite
def needs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what an entry requires."""
    least = draw(st.sampled_from([0, 8, 16, 20, 24]))
    return {
        "min_vram_gb": least,
        "recommended_vram_gb": least + draw(st.sampled_from([0, 4, 20])),
        "min_ram_gb": draw(st.sampled_from([0, 16])),
        "min_gpus": draw(st.integers(1, 3)),
        "cuda_compute_capability": draw(st.sampled_from([None, "7.0", "8.0"])),
    }


TASKS = st.sampled_from(["training", "inference"])
NOW = st.booleans()


def numbered(drawn: list[Gpu]) -> tuple[Gpu, ...]:
    """Give GPUs the indices and UUIDs of their places."""
    return tuple(replace(gpu, index=index, uuid=f"GPU-{index}") for index, gpu in enumerate(drawn))


def judged(
    need: Mapping[str, Any], hardware: Hardware, task: Task = "training", **options: bool
) -> tuple[Finding, ...]:
    """Judge the entry with a need on hardware."""
    entry, settings = entry_with(tuple(sorted(need.items(), key=lambda item: item[0])), task)
    return judged_entry(entry, task, settings, hardware=hardware, **options).findings


@cache
def entry_with(need: tuple[tuple[str, Any], ...], task: Task) -> tuple[ModelInfo, Any]:
    """Make an entry without a shape: its declared numbers decide."""
    entry = ModelInfo.model_validate(deepcopy(ENTRY) | {"requirements": dict(need)})
    return entry, merge(entry, task, Layer({}))


def badness(findings: tuple[Finding, ...]) -> int:
    """Rank the verdict of findings, best first."""
    return tuple(Verdict).index(verdict_of(findings))


def without_mixed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Leave out the advice to hide a GPU."""
    return tuple(finding for finding in findings if finding.code is not Code.GPUS_MIXED)


def grown(gpu: Gpu, more: int) -> Gpu:
    """Give a GPU more memory, with as much in use as before."""
    total, free = gpu.total_bytes, gpu.free_bytes
    return replace(
        gpu,
        total_bytes=total + more if isinstance(total, int) else total,
        free_bytes=free + more if isinstance(free, int) else free,
    )


@given(need=needs(), machine=machines(smallest=1), more=SIZES, task=TASKS, now=NOW, data=st.data())
def test_more_memory_never_worsens_a_verdict(
    need: dict[str, Any], machine: Hardware, more: int, task: Task, now: bool, data: st.DataObject
) -> None:
    """Of one GPU, whichever, and with as much in use as before."""
    place = data.draw(st.integers(0, len(machine.gpus) - 1))
    larger = [grown(gpu, more) if gpu.index == place else gpu for gpu in machine.gpus]

    before = judged(need, machine, task, must_be_free=now)
    after = judged(need, replace(machine, gpus=tuple(larger)), task, must_be_free=now)

    assert badness(after) <= badness(before)


@given(need=needs(), machine=machines(), more=SIZES)
def test_more_main_memory_never_worsens_a_verdict(need: dict[str, Any], machine: Hardware, more: int) -> None:
    """Of the host, which bounds parts that share it."""
    assume(isinstance(machine.ram, HostMemory))
    assert isinstance(machine.ram, HostMemory)
    larger = replace(machine, ram=HostMemory(total_bytes=machine.ram.total_bytes + more))

    assert badness(judged(need, larger)) <= badness(judged(need, machine))


@given(need=needs(), smaller=needs(), machine=machines(), task=TASKS, now=NOW)
def test_a_smaller_need_never_worsens_a_verdict(
    need: dict[str, Any], smaller: dict[str, Any], machine: Hardware, task: Task, now: bool
) -> None:
    """In any of its numbers, or in all of them."""
    least = {key: min(value, smaller[key]) for key, value in need.items() if key != "cuda_compute_capability"}
    capabilities = (need["cuda_compute_capability"], smaller["cuda_compute_capability"])
    least["cuda_compute_capability"] = None if None in capabilities else min(capabilities)

    before = judged(need, machine, task, must_be_free=now)
    after = judged(least, machine, task, must_be_free=now)

    assert badness(after) <= badness(before)


@given(need=needs(), machine=machines(smallest=1), task=TASKS, now=NOW, data=st.data())
def test_hiding_a_gpu_never_improves_a_verdict(
    need: dict[str, Any], machine: Hardware, task: Task, now: bool, data: st.DataObject
) -> None:
    """By number or by UUID, but for the warning that advises it."""
    kept = data.draw(st.lists(st.sampled_from(machine.gpus), unique=True, max_size=4))
    by_number = ",".join(str(gpu.index) for gpu in kept)
    mask = data.draw(st.sampled_from([by_number, ",".join(str(gpu.uuid) for gpu in kept)]))

    all_of_them = judged(need, machine, task, must_be_free=now)
    some = judged(need, replace(machine, cuda_visible_devices=mask), task, must_be_free=now)

    assert badness(without_mixed(some)) >= badness(without_mixed(all_of_them))


@given(need=needs(), machine=machines(smallest=1, order=None), data=st.data())
def test_hiding_by_a_number_that_is_ambiguous_makes_no_bad_machine_good(
    need: dict[str, Any], machine: Hardware, data: st.DataObject
) -> None:
    """Where the whole machine would not do, neither does what some reading leaves of it."""
    kept = data.draw(st.lists(st.sampled_from(machine.gpus), unique=True, max_size=4))
    hidden = replace(machine, cuda_visible_devices=",".join(str(gpu.index) for gpu in kept))

    whole, part = verdict_of(judged(need, machine)), verdict_of(judged(need, hidden))

    assert whole.is_valid or not part.is_valid


@given(need=needs(), machine=machines(), task=TASKS, now=NOW, data=st.data())
def test_the_order_of_devices_does_not_matter(
    need: dict[str, Any], machine: Hardware, task: Task, now: bool, data: st.DataObject
) -> None:
    """Whichever is the first on the bus, and in whichever order they are listed."""
    other_buses = numbered(data.draw(st.permutations(machine.gpus)))
    listed = tuple(data.draw(st.permutations(machine.gpus)))

    verdicts = {
        verdict_of(judged(need, replace(machine, gpus=order), task, must_be_free=now))
        for order in (machine.gpus, other_buses, listed)
    }

    assert len(verdicts) == 1
