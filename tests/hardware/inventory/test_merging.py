"""Inventories of several sources as one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cluster_samples import gpus, told

from model_garden_registry.hardware.gpus import DriverState, Gpu, Hardware, HostMemory, Slice
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.inventory.merging import merged, node_of_snapshot, snapshot_inventory
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.units import GB, GIB, MIB

L4 = Gpu(index=0, name="NVIDIA L4", uuid="GPU-1", pci_bus_id="0:1", total_bytes=23034 * MIB, free_bytes=1)
SEEN = Hardware(
    source="nvml",
    driver_version="580.1",
    gpus=(L4, replace(L4, index=1, uuid="GPU-2", pci_bus_id="0:2")),
    ram=HostMemory(total_bytes=64 * GB + 5),
    cuda_visible_devices="0",
    cuda_device_order="PCI_BUS_ID",
    hints=("in a container",),
)


def inventory(*nodes: InventoryNode, source: str = "slurm", as_of: str | None = None) -> Inventory:
    return Inventory(source=source, as_of=as_of, nodes=nodes)


def named(name: str, hardware: Hardware | None, count: int = 1, **more: object) -> InventoryNode:
    given = {"pool": "gpu", "exact": False, **more}
    return InventoryNode(name=name, count=count, hardware=hardware, **given)  # type: ignore[arg-type]


def snapshot(name: str, hardware: Hardware = SEEN) -> Inventory:
    return snapshot_inventory([node_of_snapshot(name, hardware)])


def test_the_variables_of_the_process_are_not_those_of_the_node() -> None:
    hardware = node_of_snapshot("a", SEEN).hardware
    assert hardware is not None
    assert (hardware.cuda_visible_devices, hardware.cuda_device_order, len(hardware.gpus)) == (None, None, 2)


@pytest.mark.parametrize(
    ("state", "problem", "reason"),
    [
        (DriverState.NO_LIBRARY, None, "no-library"),
        (DriverState.NO_ANSWER, "8 seconds", "no-answer: 8 seconds"),
    ],
)
def test_a_driver_without_an_answer_is_the_reason(state: DriverState, problem: str | None, reason: str) -> None:
    node = node_of_snapshot("a", Hardware(source="nvml", state=state, problem=problem), pool="p")
    assert (told(node), node.pool, node.exact) == (("a", 1, "?", reason, None), "p", False)


def test_nodes_that_differ_only_in_addresses_are_one_entry() -> None:
    gpus = tuple(replace(gpu, uuid="GPU-9", free_bytes=2, pci_bus_id="9:9") for gpu in SEEN.gpus)
    other = replace(SEEN, gpus=gpus)
    other = replace(other, ram=HostMemory(total_bytes=64 * GB + 9))
    found = snapshot_inventory([node_of_snapshot("n1", SEEN), node_of_snapshot("n2", other)], as_of="x")
    assert [told(node)[:3] for node in found.nodes] == [("n[1-2]", 2, "2x NVIDIA L4 23034")]
    assert (found.source, found.as_of) == ("probe", "x")
    hardware = found.nodes[0].hardware
    assert hardware is not None
    assert (hardware.source, hardware.hints, hardware.ram) == ("file", (), HostMemory(total_bytes=64 * GB))
    assert found.nodes[0].exact


def test_a_long_problem_of_a_driver_is_cut() -> None:
    node = node_of_snapshot("a", Hardware(source="nvml", state=DriverState.NO_ANSWER, problem="x" * 500))
    assert node.reason == "no-answer: " + "x" * 189


def test_nodes_without_an_answer_are_one_entry() -> None:
    silent = Hardware(source="nvml", state=DriverState.NO_LIBRARY)
    found = snapshot_inventory(node_of_snapshot(name, silent) for name in ("n1", "n2"))
    assert [told(node) for node in found.nodes] == [("n[1-2]", 2, "?", "no-library", None)]


def test_nodes_cut_alike_are_one_entry() -> None:
    def cut(uuid: str) -> Hardware:
        piece = Slice(gpu_index=0, index=0, name="MIG 1g.5gb", uuid=uuid, profile="1g.5gb", total_bytes=5 * GIB)
        return replace(SEEN, gpus=(replace(L4, mig_enabled=True, slices=(piece,)),))

    found = snapshot_inventory([node_of_snapshot("n1", cut("MIG-1")), node_of_snapshot("n2", cut("MIG-2"))])
    assert [told(node)[:3] for node in found.nodes] == [("n[1-2]", 2, "1x MIG 1g.5gb 5120")]


def test_a_node_cut_into_several_kinds_of_slices_has_an_entry_for_each() -> None:
    def piece(index: int, profile: str, gib: int) -> Slice:
        return Slice(gpu_index=0, index=index, name=f"MIG {profile}", uuid="x", profile=profile, total_bytes=gib * GIB)

    cut = replace(L4, mig_enabled=True, slices=(piece(0, "3g.20gb", 20), piece(1, "1g.5gb", 5)))
    found = snapshot("a", replace(SEEN, gpus=(cut,), ram=None))
    assert [gpus(node.hardware) for node in found.nodes] == ["1x MIG 3g.20gb 20480", "1x MIG 1g.5gb 5120"]


def test_what_a_node_says_of_itself_comes_first_and_its_pool_and_free_gpus_stay() -> None:
    slurm = inventory(named("n[1-3]", known_gpu("L4:2"), 3, free_gpus=1), as_of="2026-01-02T00:00:00Z")
    for order in ([slurm, snapshot("n2")], [snapshot("n2"), slurm]):
        found = merged(order)
        assert sorted(map(told, found.nodes), key=str) == [
            ("n2", 1, "2x NVIDIA L4 23034", None, 1),
            ("n[1,3]", 2, "2x L4 23034", None, 1),
        ]
        assert {node.pool for node in found.nodes} == {"gpu"}
        assert found.as_of == "2026-01-02T00:00:00Z"


def test_the_last_of_equals_counts_and_known_before_unknown() -> None:
    first, last = inventory(named("a", known_gpu("L4"))), inventory(named("a", known_gpu("T4")), source="ray")
    unknown = inventory(named("a", None, reason="no type"), source="dra")
    found = merged([first, last, unknown])
    assert [told(node) for node in found.nodes] == [("a", 1, "1x T4 15360", None, None)]
    assert found.source == "slurm, ray, dra"
    assert told(merged([unknown, first]).nodes[0])[2] == "1x L4 23034"


def test_exact_memory_comes_before_that_of_the_table() -> None:
    exact = inventory(named("a", SEEN, exact=True), source="kubernetes", as_of="2026-01-01T00:00:00Z")
    table = inventory(named("a", known_gpu("T4")), as_of="2026-01-03T00:00:00Z")
    found = merged([exact, table])
    assert gpus(found.nodes[0].hardware) == "2x NVIDIA L4 23034"
    assert found.as_of == "2026-01-01T00:00:00Z"


def test_what_a_node_says_of_itself_comes_before_exact_memory() -> None:
    exact = inventory(named("a", known_gpu("T4"), exact=True), source="kubernetes")
    assert gpus(merged([snapshot("a"), exact]).nodes[0].hardware) == "2x NVIDIA L4 23034"


def test_a_node_is_known_and_exact_if_all_of_it_is() -> None:
    l4, t4, unclear = known_gpu("L4"), known_gpu("T4"), named("a", None, reason="no type")
    partly = inventory(named("a", t4, exact=True), named("a", t4, pool="q"))
    assert gpus(merged([inventory(named("a", l4, exact=True)), partly]).nodes[0].hardware) == "1x L4 23034"
    partly = inventory(named("a", t4), unclear)
    assert gpus(merged([inventory(named("a", l4)), partly]).nodes[0].hardware) == "1x L4 23034"


def test_each_source_is_named_once() -> None:
    """Also if some were joined before."""
    found = merged([inventory(source="slurm, ray"), inventory(source="ray"), inventory(source="dra")])
    assert found.source == "slurm, ray, dra"


def test_a_reason_for_taking_no_jobs_stays() -> None:
    drained = inventory(named("a", known_gpu("L4:2"), reason="drained", free_gpus=0))
    assert told(merged([drained, snapshot("a")]).nodes[0]) == ("a", 1, "2x NVIDIA L4 23034", "drained", 0)
    kinds = (named("a", known_gpu("L4:2")), named("a", known_gpu("T4"), reason="drained"))
    assert told(merged([inventory(*kinds), snapshot("a")]).nodes[0])[3:] == ("drained", 0)
    exact = inventory(named("a", SEEN, exact=True, reason="reserved"), source="kubernetes")
    assert told(merged([inventory(named("a", known_gpu("L4:2"))), exact]).nodes[0])[3] == "reserved"


def test_an_ambiguous_name_is_no_reason_for_taking_none() -> None:
    ambiguous = inventory(named("a", known_gpu("A100"), reason="the name means several GPUs"))
    assert told(merged([ambiguous, snapshot("a")]).nodes[0])[3] is None


def test_several_kinds_of_one_node_stay_together() -> None:
    kinds = (named("a", known_gpu("L4"), free_gpus=1), named("a", known_gpu("T4"), free_gpus=1))
    assert len(merged([inventory(*kinds)]).nodes) == 2
    assert told(merged([inventory(*kinds), snapshot("a")]).nodes[0])[4] is None
    both = inventory(*(replace(node, exact=True, free_gpus=None) for node in kinds))
    assert [told(node)[4] for node in merged([inventory(*kinds), both]).nodes] == [None, None]
    assert [told(node)[4] for node in merged([snapshot("a"), inventory(*kinds, source="probe")]).nodes] == [1, 1]


def test_nodes_that_are_not_named_one_by_one_stay_together() -> None:
    found = merged([inventory(named("our A100s", known_gpu("A100-80GB:4"), 10))])
    assert told(found.nodes[0])[:2] == ("our A100s", 10)


@pytest.mark.parametrize("name", ["a[1-3]", "a[1-9999999]", "a[1-999999][1-999999]"])
def test_a_text_of_more_names_than_nodes_is_a_name(name: str) -> None:
    """Whatever their number."""
    assert told(merged([inventory(named(name, known_gpu("L4"), 2))]).nodes[0])[:2] == (name, 2)


def test_a_single_node_keeps_its_name() -> None:
    assert told(merged([inventory(named("a[5]", known_gpu("L4")))]).nodes[0])[:2] == ("a[5]", 1)


@pytest.mark.parametrize("is_last", [True, False])
def test_what_only_one_source_knows_of_a_node_is_kept(is_last: bool) -> None:
    """RAM from Kubernetes, the driver from DRA, the GPUs of either."""
    kubernetes = Hardware(source="file", gpus=(L4,), ram=HostMemory(total_bytes=64 * GB))
    dra = Hardware(source="file", gpus=(L4,), driver_version="580.1")
    parts = [
        inventory(named("a", kubernetes, exact=True), source="kubernetes"),
        inventory(named("a", dra, exact=True), source="dra"),
    ]
    hardware = merged(parts if is_last else parts[::-1]).nodes[0].hardware
    assert hardware is not None
    assert (hardware.ram, hardware.driver_version) == (HostMemory(total_bytes=64 * GB), "580.1")


def test_facts_are_those_of_hardware_that_is_known() -> None:
    """A node can have GPUs of several kinds, one of them unknown."""
    ram = HostMemory(total_bytes=64 * GB)
    known = named("a", replace(known_gpu("L4"), ram=ram))
    partly = inventory(named("a", None, reason="no type"), known)
    hardware = merged([partly, inventory(named("a", known_gpu("T4")))]).nodes[0].hardware
    assert hardware is not None
    assert hardware.ram == ram


def test_no_more_gpus_are_free_than_a_node_says_it_has() -> None:
    """Slurm may be configured for more than the driver sees; a name of several sizes counts as it is."""
    slurm = inventory(named("a", known_gpu("L4:8"), free_gpus=8))
    assert told(merged([slurm, snapshot("a")]).nodes[0])[4] == 2
    several = inventory(named("a", known_gpu("A100:2"), reason="several"), source="ray")
    assert told(merged([slurm, several]).nodes[0])[4] == 8
    assert told(merged([inventory(named("a", None, reason="x", free_gpus=3)), snapshot("a")]).nodes[0])[4] == 2
    unknown = inventory(named("a", None, reason="x"))
    assert told(merged([inventory(named("a", None, reason="y", free_gpus=3)), unknown]).nodes[0])[4] == 3


def test_what_a_node_says_of_itself_is_asked_for_in_the_words_of_its_cluster() -> None:
    """In either order; the later cluster's words, if both have some."""
    slurms, other = Offer(resource="gpu:l4"), Offer(resource="nvidia.com/gpu")
    known = inventory(named("a", known_gpu("2x L4"), offered=slurms))
    for both in ([known, snapshot("a")], [snapshot("a"), known]):
        (node,) = merged(both).nodes
        assert (node.exact, node.offered) == (True, slurms)
    (node,) = merged([known, inventory(named("a", known_gpu("2x L4"), offered=other), source="kubernetes")]).nodes
    assert node.offered == other


def test_of_several_kinds_of_gpus_nothing_says_which_is_asked_for_how() -> None:
    slurms = [named("a", known_gpu(name), offered=Offer(resource=f"gpu:{name}")) for name in ("t4", "l4")]
    for node in merged([inventory(*slurms), snapshot("a")]).nodes:
        assert node.offered is None
