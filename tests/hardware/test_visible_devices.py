"""Which devices CUDA would see, row by row of its rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.hardware.gpus import Cause, Gpu, Hardware, Slice, Unread
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.visible_devices import CudaDevice, VisibleDevices, visible_devices
from model_garden_registry.units import GIB

LOST = Unread(Cause.LOST, "GPU is lost")
UUIDS = ("GPU-9942190a-aa31", "GPU-9e8d35e3-a134", "GPU-e429a63e-c61c", "GPU-eee1dfbc-0a0f")


def gpu(index: int, *, name: str = "NVIDIA L4", gib: int = 24, slices: int = 0, is_lost: bool = False) -> Gpu:
    """Give a GPU; one with slices is in MIG mode."""
    return Gpu(
        index=index,
        name=name,
        uuid=UUIDS[index] if index < len(UUIDS) else f"GPU-{index:04x}",
        total_bytes=gib * GIB,
        compute_capability=(8, 9),
        mig_enabled=bool(slices),
        slices=tuple(part(index, number) for number in range(slices)),
        problem=LOST if is_lost else None,
    )


def part(gpu_index: int, index: int) -> Slice:
    """Give a slice whose size tells it from the others."""
    return Slice(
        gpu_index=gpu_index,
        index=index,
        name="MIG 1g.5gb",
        uuid=f"MIG-{gpu_index}{index}",
        total_bytes=(5 + 10 * gpu_index + index) * GIB,
        gpu_instance_id=7 + index,
        compute_instance_id=0,
    )


def host(*gpus: Gpu, mask: str | None = None, order: str | None = "PCI_BUS_ID") -> Hardware:
    """Give a machine with these GPUs and variables."""
    return Hardware(source="nvml", gpus=gpus, cuda_visible_devices=mask, cuda_device_order=order)


def shown(devices: tuple[CudaDevice, ...]) -> list[int | tuple[int, int]]:
    """Give GPUs by index, slices by GPU and index."""
    return [(device.gpu_index, device.index) if isinstance(device, Slice) else device.index for device in devices]


FOUR = tuple(gpu(index) for index in range(4))


@pytest.mark.parametrize(
    ("mask", "seen"),
    [
        pytest.param(None, [0, 1, 2, 3], id="unset: all"),
        pytest.param("", [], id="empty: none"),
        pytest.param("-1", [], id="minus one: none"),
        pytest.param("NoDevFiles", [], id="NoDevFiles: none"),
        pytest.param("all", [], id="all: none"),
        pytest.param("one,two,3", [], id="any text: none"),
        pytest.param("1,0", [1, 0], id="two numbers: in that order"),
        pytest.param("0,9,1", [0], id="an invalid entry ends the list"),
        pytest.param("0,2,-1,1", [0, 2], id="a negative one ends the list"),
        pytest.param("0,0", [], id="a repeat voids the list"),
        pytest.param("0,1,2,1", [], id="a repeat of any voids the list"),
        pytest.param("1gpu", [1], id="leading digits count"),
        pytest.param("1gpu2,2ampere", [1, 2], id="leading digits count in every entry"),
        pytest.param(UUIDS[2], [2], id="a UUID: that GPU"),
        pytest.param("GPU-9e8d,GPU-e42", [1, 2], id="a unique prefix of a UUID"),
        pytest.param("GPU-9e8d,GPU-9e", [], id="a repeat under another prefix voids the list"),
        pytest.param("GPU-9e8d,GPU-e,GPU-99", [1], id="a prefix of two ends the list"),
        pytest.param("GPU-9e8d,GPU-123,GPU-99", [1], id="a UUID of none ends the list"),
        pytest.param(f"0,{UUIDS[1]}", [0], id="a number first: a UUID ends the list"),
        pytest.param(f"{UUIDS[1]},0", [1], id="a UUID first: a number ends the list"),
        pytest.param(f"{UUIDS[1]},MIG-00", [1], id="a UUID first: a slice ends the list"),
    ],
)
def test_a_mask_over_whole_gpus(mask: str | None, seen: list[int]) -> None:
    """Every row of the table about GPUs that are not cut."""
    visible = visible_devices(host(*FOUR, mask=mask))

    assert (shown(visible.devices), visible.is_ambiguous, visible.mask) == (seen, False, mask)
    assert [gpu.index for gpu in visible.hidden] == [index for index in range(4) if index not in seen]


@pytest.mark.parametrize(
    ("mask", "seen"),
    [
        pytest.param(" 1, 2", [1, 2], id="blanks before a number"),
        pytest.param("1 ,2", [1, 2], id="blanks behind a number"),
        pytest.param("2, +3, -0, 1", [2, 3, 0, 1], id="signs"),
        pytest.param("0x1", [0], id="a hexadecimal number is its zero"),
        pytest.param("01", [1], id="a leading zero"),
        pytest.param("0,", [0], id="a comma at the end"),
        pytest.param(",0", [], id="a comma at the beginning"),
        pytest.param("0-2", [0], id="a range is its first number"),
        pytest.param("+", [], id="a sign alone"),
        pytest.param("--1", [], id="two signs"),
        pytest.param("4", [], id="the number behind the last"),
        pytest.param("4294967296", [], id="more than 32 bits"),
        pytest.param("9" * 5000, [], id="more digits than Python reads"),
        pytest.param("0" * 5000 + "1", [1], id="more zeros than Python reads"),
        pytest.param("\N{ARABIC-INDIC DIGIT ONE}", [], id="digits of another script"),
        pytest.param("gpu-9e8d", [], id="a UUID in another case"),
        pytest.param(" GPU-9e8d", [], id="a blank before the first UUID"),
        pytest.param("GPU-9e8d, GPU-e42", [1], id="a blank before a later UUID"),
        pytest.param("GPU-", [], id="a prefix of all"),
        pytest.param("MIG-00", [], id="a slice of none"),
    ],
)
def test_a_mask_that_nobody_should_write(mask: str, seen: list[int]) -> None:
    """Read as the driver reads it, not as it may be meant."""
    assert shown(visible_devices(host(*FOUR, mask=mask)).devices) == seen


def test_a_bare_prefix_is_the_only_gpu() -> None:
    """`GPU-` begins one UUID where there is one GPU."""
    assert shown(visible_devices(host(gpu(0), mask="GPU-")).devices) == [0]


def test_a_gpu_whose_uuid_is_not_known_is_not_found_by_it() -> None:
    """The entry ends the list."""
    unread = replace(gpu(0), uuid=LOST)

    assert visible_devices(host(unread, mask="GPU-")).devices == ()


CUT = (gpu(0), gpu(1, slices=2), gpu(2, slices=1), replace(gpu(3), mig_enabled=True))


@pytest.mark.parametrize(
    ("mask", "seen"),
    [
        pytest.param("MIG-11", [(1, 1)], id="a slice by UUID"),
        pytest.param("MIG-11,MIG-20", [(1, 1)], id="two slices: the first"),
        pytest.param("MIG-11,MIG-11", [], id="a slice twice voids the list"),
        pytest.param("MIG-1", [], id="a prefix of a slice's UUID does not do"),
        pytest.param("MIG-99,MIG-11", [], id="a slice of none ends the list"),
        pytest.param(f"MIG-{UUIDS[1]}/8/0", [(1, 1)], id="a slice by its old name"),
        pytest.param(f"MIG-{UUIDS[1]}/9/0", [], id="an old name of none"),
        pytest.param("1", [(1, 0)], id="a cut GPU by number: its first slice"),
        pytest.param(UUIDS[1], [(1, 0)], id="a cut GPU by UUID: its first slice"),
        pytest.param("3", [], id="MIG on and no slice, by number: nothing"),
        pytest.param(UUIDS[3], [], id="MIG on and no slice, by UUID: nothing"),
        pytest.param("3,0", [0], id="MIG on and no slice: the list goes on"),
        pytest.param("0,3", [0], id="MIG on and no slice: whole GPUs stay"),
        pytest.param("0,1", [(1, 0)], id="any slice visible: only that one"),
        pytest.param("2,1", [(2, 0)], id="two cut GPUs: the first slice of the first"),
        pytest.param(None, [(1, 0)], id="unset, with slices: only the first slice"),
        pytest.param("0,MIG-11", [0], id="a number first: a slice ends the list"),
        pytest.param("MIG-11,0", [(1, 1)], id="a slice first: a number ends the list"),
    ],
)
def test_a_mask_over_cut_gpus(mask: str | None, seen: list[int | tuple[int, int]]) -> None:
    """Every row of the table about slices."""
    assert shown(visible_devices(host(*CUT, mask=mask)).devices) == seen


def test_a_slice_whose_uuid_is_its_old_name_is_found_by_it() -> None:
    """Old drivers report no other UUID."""
    old = replace(part(0, 0), uuid=f"MIG-{UUIDS[0]}/7/0", gpu_instance_id=LOST)
    cut = replace(gpu(0), mig_enabled=True, slices=(old,))

    assert visible_devices(host(cut, mask=f"MIG-{UUIDS[0]}/7/0")).devices == (old,)


def test_slices_are_devices_where_the_mode_of_their_gpu_is_not_told() -> None:
    """In a container the parent may not answer; what is cut is cut."""
    cut = replace(gpu(0, slices=1), mig_enabled=Unread(Cause.NO_PERMISSION, "no permission"))

    assert shown(visible_devices(host(cut)).devices) == [(0, 0)]


def test_hidden_gpus_do_not_count_slices_that_cuda_leaves_out() -> None:
    """The mask hides GPUs; that CUDA takes one slice only is not its doing."""
    assert visible_devices(host(*CUT)).hidden == ()
    assert [gpu.index for gpu in visible_devices(host(*CUT, mask="MIG-11")).hidden] == [0, 2, 3]


@pytest.mark.parametrize(
    ("mask", "seen", "hidden"),
    [
        pytest.param(None, [0, 2], [], id="unset"),
        pytest.param("1,2", [2], [0], id="named: passed over"),
        pytest.param("2", [2], [0], id="the numbers behind it stay"),
        pytest.param(f"{UUIDS[1]},{UUIDS[0]}", [0], [2], id="named by UUID: passed over"),
        pytest.param("MIG-10", [], [0, 2], id="its slices are gone with it"),
    ],
)
def test_a_lost_gpu_keeps_its_number_and_gives_no_device(mask: str | None, seen: list[int], hidden: list[int]) -> None:
    """As in NVML; it is not among the hidden ones either."""
    visible = visible_devices(host(gpu(0), gpu(1, slices=1, is_lost=True), gpu(2), mask=mask, order=None))

    assert (shown(visible.devices), visible.is_ambiguous) == (seen, False)
    assert [gpu.index for gpu in visible.hidden] == hidden


# The order

T4, L40 = "Tesla T4", "NVIDIA L40"
MIXED = (gpu(0, name=T4, gib=16), gpu(1, name=L40, gib=48), gpu(2, name=L40, gib=48))


def readings(*gpus: Gpu, mask: str | None, order: str | None = None) -> list[list[int | tuple[int, int]]]:
    """Give every reading."""
    return [shown(reading) for reading in visible_devices(host(*gpus, mask=mask, order=order)).readings]


@pytest.mark.parametrize(
    ("mask", "order", "expected"),
    [
        pytest.param("0", "PCI_BUS_ID", [[0]], id="by bus: one reading"),
        pytest.param("0", None, [[0], [1]], id="no order: either model"),
        pytest.param("0", "FASTEST_FIRST", [[0], [1]], id="fastest first: either model"),
        pytest.param("0", "pci_bus_id", [[0], [1]], id="the order in another case is none"),
        pytest.param("1", None, [[1], [0]], id="the second: only the fastest may have moved, to the front"),
        pytest.param("2", None, [[2], [0]], id="the last: either model"),
        pytest.param("0,1", None, [[0, 1], [1, 2]], id="two: one of each, or both of a model"),
        pytest.param("2,1", None, [[2, 1], [2, 0]], id="two, the other way round"),
        pytest.param("0,1,2", None, [[0, 1, 2]], id="all: only their order is open"),
        pytest.param(None, None, [[0, 1, 2]], id="unset: only their order is open"),
        pytest.param("", None, [[]], id="none is none in any order"),
        pytest.param("9", None, [[]], id="no such number in any order"),
        pytest.param(UUIDS[0], None, [[0]], id="a UUID is clear in any order"),
    ],
)
def test_an_index_on_a_mixed_host_is_ambiguous_without_an_order(
    mask: str | None, order: str | None, expected: list[list[int]]
) -> None:
    """Every list that CUDA may see, as NVML counts first; lists of like devices are one."""
    assert readings(*MIXED, mask=mask, order=order) == expected


def test_an_index_among_gpus_of_one_model_is_clear() -> None:
    """Equally fast ones keep their order by bus, whatever is free on them."""
    busy = replace(gpu(1), free_bytes=1)

    assert readings(gpu(0), busy, gpu(2), mask="1") == [[1]]


def test_the_first_slice_depends_on_the_order_too() -> None:
    """With two models in MIG mode an unset mask is ambiguous."""
    cut = (gpu(0, name="NVIDIA A100", slices=1), gpu(1, name="NVIDIA H100", slices=1))

    assert readings(*cut, mask=None) == [[(0, 0)], [(1, 0)]]


def test_a_lost_gpu_makes_no_host_mixed() -> None:
    """Others of one model keep their numbers around it."""
    lost = Gpu(index=0, name=LOST, problem=LOST)

    assert readings(lost, gpu(1), gpu(2), mask="1") == [[1]]
    assert readings(lost, gpu(1, name=T4), gpu(2), mask="1") == [[1], [2]]


@pytest.mark.parametrize("models", [2, 3, 4, 5, 6])
def test_of_different_gpus_each_may_have_any_number(models: int) -> None:
    """As long as every order of models is tried."""
    for number in range(models):
        assert sorted(readings(*zoo(models), mask=str(number))) == [[index] for index in range(models)]


def zoo(models: int, *, each: int = 1) -> tuple[Gpu, ...]:
    """Give GPUs of different models, some of each, spread over the bus."""
    numbered = [(index, index % models) for index in range(models * each)]
    return tuple(gpu(index, name=f"GPU {model}", gib=model + 1) for index, model in numbered)


def test_of_five_models_the_two_largest_may_be_chosen() -> None:
    """No order by bus and no turn of it puts two large GPUs in front, but the fastest may be those."""
    sizes = (16, 80, 24, 94, 12)
    mixed = [gpu(index, name=f"GPU {gib}", gib=gib) for index, gib in enumerate(sizes)]

    visible = visible_devices(host(*mixed, mask="0,1", order=None))

    assert ({1, 3} in [set(shown(reading)) for reading in visible.readings], visible.is_complete) == (True, True)


@pytest.mark.parametrize(
    ("models", "each", "mask", "count"),
    [
        pytest.param(6, 1, "0,1,2", 20, id="any three of six"),
        pytest.param(6, 1, "0,2,4,5", 15, id="any four of six, with gaps"),
        pytest.param(6, 1, "0,1,2,3,4", 6, id="all of six but one"),
        pytest.param(4, 4, "15", 4, id="the last of a full machine"),
        pytest.param(6, 8, "9", 6, id="one of many of each"),
        pytest.param(1024, 1, None, 1, id="all, of any number of models"),
    ],
)
def test_every_choice_is_a_reading(models: int, each: int, mask: str | None, count: int) -> None:
    """As many as there are sets of models."""
    visible = visible_devices(host(*zoo(models, each=each), mask=mask, order=None))

    assert (len(visible.readings), visible.is_complete) == (count, True)


@pytest.mark.parametrize(
    ("models", "mask"),
    [
        pytest.param(7, "0", id="seven models: no host has as many, and not every order is tried"),
        pytest.param(10, "0,1,2,3,4", id="ten models"),
        pytest.param(257, "0", id="a number may mean more than are judged"),
        pytest.param(1024, ",".join(map(str, range(1000))), id="as many as there may be"),
    ],
)
def test_readings_that_are_not_all_say_so(models: int, mask: str) -> None:
    """That they agree then tells nothing."""
    visible = visible_devices(host(*zoo(models), mask=mask, order=None))

    assert (visible.is_complete, visible.is_ambiguous) == (False, True)
    assert len(visible.readings) <= 256


@pytest.mark.parametrize(
    ("mask", "seen"),
    [
        pytest.param(",".join(map(str, range(1024))), range(1024), id="by number"),
        pytest.param(",".join(f"GPU-{index:04x}" for index in range(64, 128)), range(64, 128), id="by UUID"),
    ],
)
def test_a_long_mask_compares_no_device_with_another(mask: str, seen: range, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a device is named twice is seen by its index."""
    gpus = [gpu(index) for index in range(1024)]
    monkeypatch.setattr(Gpu, "__eq__", None)

    assert shown(visible_devices(host(*gpus, mask=mask)).devices) == list(seen)


def test_an_old_name_with_more_digits_than_python_reads_names_nothing() -> None:
    """The entry ends the list."""
    assert visible_devices(host(gpu(0, slices=1), mask=f"MIG-{UUIDS[0]}/{'7' * 5000}/0")).devices == ()


def test_of_four_models_every_pair_is_a_reading() -> None:
    """Two numbers may be any two of four GPUs."""
    assert len(readings(*zoo(4), mask="1,2")) == 6


# Named GPUs


def test_named_gpus_are_all_visible() -> None:
    """The variables of this host do not matter."""
    named = replace(known_gpu("L4", count=2), cuda_visible_devices="0")

    assert visible_devices(named) == VisibleDevices(readings=(named.gpus,))


def test_each_card_that_a_name_means_is_a_reading() -> None:
    """`A100` has 40 or 80 GB."""
    named = known_gpu("A100")

    assert visible_devices(named) == VisibleDevices(readings=named.alternatives)


def test_named_slices_do_not_combine() -> None:
    """Two slices are one device to CUDA."""
    named = known_gpu("A100 1g.5gb", count=2)

    assert visible_devices(named).devices == named.gpus[0].slices[:1]


def test_no_gpu_is_no_device() -> None:
    """A machine without a driver has one reading, an empty one."""
    assert visible_devices(Hardware(source="none")) == VisibleDevices(readings=((),))


# Invariants

MODELS = (("NVIDIA L4", 24), ("Tesla T4", 16), ("NVIDIA A100", 80), ("A", 1), ("B", 2), ("C", 3))
ENTRIES = st.one_of(
    st.integers(-1, 6).map(str),
    st.sampled_from([*UUIDS, "GPU-e", "GPU-9", "MIG-00", "MIG-11", "x", " 1", ""]),
)
MASKS = st.none() | st.lists(ENTRIES, max_size=5).map(",".join) | st.text(max_size=8)


@st.composite
def hosts(draw: st.DrawFn, *, models: int = 3) -> Hardware:
    """Give machines with a few GPUs, some cut, some lost."""
    gpus = []
    for index in range(draw(st.integers(0, models + 2))):
        name, gib = draw(st.sampled_from(MODELS[:models]))
        slices, is_lost = draw(st.integers(0, 2)), draw(st.booleans())
        gpus.append(gpu(index, name=name, gib=gib, slices=slices, is_lost=is_lost))
    order = draw(st.sampled_from([None, "PCI_BUS_ID", "FASTEST_FIRST"]))
    return host(*draw(st.permutations(gpus)), mask=draw(MASKS), order=order)


@given(hardware=hosts())
def test_no_device_comes_twice_or_from_nowhere(hardware: Hardware) -> None:
    """Each reading holds devices of working GPUs, each once, and no slice beside another device."""
    working = [gpu for gpu in hardware.gpus if gpu.problem is None]
    known = [*working, *(part for gpu in working for part in gpu.slices)]

    for reading in visible_devices(hardware).readings:
        assert all(reading.count(device) == 1 and device in known for device in reading)
        assert len(reading) == 1 or not any(isinstance(device, Slice) for device in reading)


def tried_one_by_one(hardware: Hardware) -> set[object]:
    """Give what may be seen by going through every order of models, and every model in front of the bus."""
    by_bus = sorted(hardware.gpus, key=lambda gpu: gpu.index)
    working = [gpu for gpu in by_bus if gpu.problem is None]
    models: dict[object, list[Gpu]] = {}
    for gpu in working:
        models.setdefault((gpu.name, gpu.total_bytes), []).append(gpu)
    orders = [list(chain(*order)) for order in permutations(models.values())]
    orders += [[first, *(gpu for gpu in working if gpu is not first)] for first, *_ in models.values()]
    found = set()
    for order in (working, *orders):
        following = iter(order)
        counted = [next(following) if gpu.problem is None else gpu for gpu in by_bus]
        renumbered = [replace(gpu, index=number) for number, gpu in enumerate(counted)]
        found.add(multiset(visible_devices(host(*renumbered, mask=hardware.cuda_visible_devices)).devices))
    return found


def multiset(devices: tuple[CudaDevice, ...]) -> object:
    return frozenset(Counter((device.name, device.total_bytes) for device in devices).items())


@given(hardware=hosts(models=6))
def test_readings_are_those_of_every_order(hardware: Hardware) -> None:
    """Found without going through the orders, and none twice."""
    unordered = replace(hardware, cuda_device_order=None)

    readings = [multiset(reading) for reading in visible_devices(unordered).readings]

    assert (len(readings), set(readings)) == (len(set(readings)), tried_one_by_one(unordered))


@given(hardware=hosts())
def test_a_mask_never_adds_a_gpu(hardware: Hardware) -> None:
    """Of whole GPUs it shows a part of what is seen without it; what it does not show is hidden."""
    whole = replace(hardware, gpus=tuple(replace(gpu, slices=(), mig_enabled=False) for gpu in hardware.gpus))
    without = set(shown(visible_devices(replace(whole, cuda_visible_devices=None)).devices))

    visible = visible_devices(whole)

    assert all(set(shown(reading)) <= without for reading in visible.readings)
    assert {gpu.index for gpu in visible.hidden} == without - set(shown(visible.devices))


@given(hardware=hosts())
def test_taking_entries_off_the_end_never_adds_a_gpu(hardware: Hardware) -> None:
    """Of whole GPUs, a shorter list without repeats shows a part of the longer one."""
    whole = tuple(replace(gpu, slices=(), mig_enabled=False) for gpu in hardware.gpus)
    mask = hardware.cuda_visible_devices or "0"
    longer = visible_devices(host(*whole, mask=mask))
    shorter = visible_devices(host(*whole, mask=mask.rpartition(",")[0]))

    assert set(shown(shorter.devices)) <= set(shown(longer.devices)) or longer.devices == ()


@given(hardware=hosts(), data=st.data())
def test_the_order_in_the_tuple_does_not_matter(hardware: Hardware, data: st.DataObject) -> None:
    """GPUs count by their index; the same question has the same answer."""
    shuffled = replace(hardware, gpus=tuple(data.draw(st.permutations(hardware.gpus))))

    assert visible_devices(shuffled) == visible_devices(hardware)


@given(hardware=hosts())
def test_by_bus_there_is_one_reading(hardware: Hardware) -> None:
    """And it is the first of those without an order."""
    by_bus = visible_devices(replace(hardware, cuda_device_order="PCI_BUS_ID"))

    assert by_bus.readings == (visible_devices(hardware).devices,)
