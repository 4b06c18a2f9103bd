"""Slurm's nodes: each sample is read to the right GPUs, or to a reason."""

from __future__ import annotations

from typing import Any

import pytest
from cluster_samples import SINFO, SLURM_JSON, SLURM_TEXT, nodes, sample

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.hardware.inventory.readers.slurm import slurm_inventory

UNTYPED = "Slurm states no GPU type (gpu:8)"
UNSET = ({"set": False, "number": 5}, {"set": True, "infinite": True, "number": 5}, 0, 2**40)
RIGHT = [
    ("a100-[1-2]", 2, "4x A100 40GB 40960", None, 4),
    ("cpu1", 1, "none", None, 0),
    ("dgx[01-02]", 2, "8x H100 80GB 81559", None, 8),
    ("l40s-1", 1, "4x L40S 46068", None, 4),
    ("mig1", 1, "2x A100 40GB MIG 3g.20gb 19968", None, 2),
    ("mig1", 1, "4x A100 40GB MIG 1g.5gb 4864", None, 4),
    ("plain1", 1, "?", "Slurm states no GPU type (gpu:8)", 8),
]


def test_json_of_a_real_controller() -> None:
    found = slurm_inventory(sample(SLURM_JSON))
    assert nodes(found) == RIGHT
    assert (found.source, found.as_of) == ("slurm", "2026-11-28T13:27:34Z")
    assert [*found.pools()] == ["gpu,all", "all"]
    assert [node.exact for node in found.nodes] == [False, True, *[False] * 5]


def test_text_of_a_real_controller() -> None:
    found = slurm_inventory(SLURM_TEXT.read_text(encoding="utf-8"))
    assert nodes(found) == RIGHT
    assert found.as_of is None


def one(**values: Any) -> tuple[object, ...]:
    """Read one node of JSON."""
    given = {"name": "n", "partitions": ["gpu"], "state": ["IDLE"], "gres": "gpu:l4:2", **values}
    return nodes(slurm_inventory({"nodes": [given]}))[0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"gres_used": "gpu:l4:1(IDX:0)"}, ("2x L4 23034", None, 1)),
        ({"gres_used": "gpu:l4:5"}, ("2x L4 23034", None, 0)),
        ({"gres_used": "gpu:l4:x:y"}, ("2x L4 23034", None, None)),
        ({"gres_used": "N/A"}, ("2x L4 23034", None, None)),
        ({}, ("2x L4 23034", None, None)),
        ({"gres": "gpu:h100:4(S:0-1)", "features": ["gpu_mem:80GB"]}, ("4x H100 80GB 81559", None, None)),
        ({"gres": "gpu:8", "tres": "cpu=2,gres/gpu=8,gres/gpu:l40s=8"}, ("8x L40S 46068", None, None)),
        (
            {"gres": "gpu:8", "tres": "cpu=2,gres/gpu=8,gres/gpu:l40s=4"},
            ("?", UNTYPED, None),
        ),
        ({"gres": "gpu:8", "features": ["ib", "l40s"]}, ("8x L40S 46068", None, None)),
        ({"gres": "gpu:8", "features": ["t4", "l40s"]}, ("?", UNTYPED, None)),
        ({"gres": "gpu:8", "features": ["80GB", "7"]}, ("?", UNTYPED, None)),
        (
            {"gres": "gpu:4(S:0-1)", "features": ['"CPU_SKU:6426Y', "GPU_SKU:L40S", "GPU_MEM:48GB"]},
            ("4x L40S 46068", None, None),
        ),
        ({"gres": "gpu:4", "features": "gpu_type=a100,gpu_mem=80g"}, ("4x A100 80GB 81920", None, None)),
        ({"gres": "gpu:ml:1", "features": ["static", "g6.xlarge", "efa"]}, ("1x L4 23034", None, None)),
        ({"gres": "gpu:fake1:1"}, ("?", "no GPU 'fake1' in the table of known GPUs", None)),
        ({"gres": "gpu:l4:x:y"}, ("?", "the GRES 'gpu:l4:x:y' cannot be read", None)),
        ({"gres": "gpu:l4:x:y", "state": ["DOWN"]}, ("?", "down", 0)),
        ({"gres": None, "gres_used": None}, ("none", None, 0)),
    ],
)
def test_gpus_and_how_many_are_free(values: dict[str, Any], said: tuple[object, ...]) -> None:
    assert one(**values)[2:] == said


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (["IDLE"], "", None),
        (["UNKNOWN"], "", None),
        (["IDLE", "CLOUD", "POWERED_DOWN"], "", None),
        (["MIXED", "PLANNED"], "old note", None),
        (["IDLE", "DRAIN"], "Bad  DIMM [root@2024-01-01T00:00:00]", "drained: Bad DIMM"),
        (["DOWN", "NOT_RESPONDING"], "Not responding", "down: Not responding"),
        (["IDLE", "NOT_RESPONDING"], "", "not responding"),
        ("idle", "", None),
        ("DOWN*", "", "down"),
        ("IDLE+DRAIN", "none", "drained: none"),
        (["ALLOCATED", "MAINTENANCE"], "", "in maintenance"),
        (["FUTURE"], "", "not there yet"),
        (["ERROR"], "", "in error"),
        (["FAIL"], "", "failing"),
        (["FAILING"], "", "failing"),
        ("MAINT", "", "in maintenance"),
        (["DRAINING"], "", "drained"),
        (["INVALID_REG"], "", "registered with other hardware than configured"),
        (["MIXED", "RESERVED"], "", "reserved"),
        ("RESERVED", "", "reserved"),
    ],
)
def test_a_node_that_takes_no_jobs_has_the_reason(state: object, reason: str, said: str | None) -> None:
    found = one(state=state, reason=reason)
    assert (found[2], found[3]) == ("2x L4 23034", said)
    assert found[4] == (None if said is None else 0)


def test_a_node_that_cannot_be_read_is_one_node() -> None:
    assert one(gres="gpu:l4:x:y")[:2] == ("n", 1)


def test_gpus_of_which_accounting_types_only_some_are_two_kinds() -> None:
    found = slurm_inventory({"nodes": [{"name": "n", "tres": "gres/gpu=5,gres/gpu:l40s=4"}]})
    assert [told[2:4] for told in nodes(found)] == [
        ("4x L40S 46068", None),
        ("?", "Slurm states no GPU type (gpu:1)"),
    ]


def test_the_partitions_of_a_text_are_its_pool() -> None:
    assert slurm_inventory("NodeName=n Partitions=gpu,long\n").nodes[0].pool == "gpu,long"


def test_nodes_beside_the_output_of_sinfo_are_read() -> None:
    assert nodes(slurm_inventory({"sinfo": [], "nodes": [{"name": "n"}]})) == [("n", 1, "none", None, 0)]


@pytest.mark.parametrize("captured", [5, [], None])
def test_what_is_no_object_is_refused(captured: object) -> None:
    with pytest.raises(HardwareFileError) as caught:
        slurm_inventory(captured)
    assert caught.value.where == ""


def test_a_moment_has_thirty_two_bits() -> None:
    moments = [slurm_inventory({"nodes": [], "last_update": seconds}).as_of for seconds in (2**32 - 1, 2**32, 1)]
    assert moments == ["2106-02-07T06:28:15Z", None, "1970-01-01T00:00:01Z"]


def test_flags_of_older_releases_are_states() -> None:
    assert one(state="idle", state_flags=["DRAIN"], reason="x")[3] == "drained: x"


@pytest.mark.parametrize("number", UNSET)
def test_a_moment_may_be_unset(number: object) -> None:
    assert slurm_inventory({"nodes": [], "last_update": number}).as_of is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Gres=gpu:h100:4(S:0-1) ActiveFeatures=h100,vram80g CPUAlloc=3", ("4x H100 80GB 81559", None, None)),
        ("Gres=gpu:l4:4 CfgTRES=cpu=8,gres/gpu=4 AllocTRES=cpu=2,gres/gpu=3", ("4x L4 23034", None, 1)),
        ("Gres=gpu:l4:4 CfgTRES=cpu=8,gres/gpu=4 AllocTRES= CPUAlloc=2", ("4x L4 23034", None, 4)),
        ("Gres=gpu:l4:4 CfgTRES=cpu=8 AllocTRES=cpu=2 CPUAlloc=2", ("4x L4 23034", None, None)),
        ("Gres=gpu:l4:4 CfgTRES=cpu=8,gres/gpu=4 CPUAlloc=2", ("4x L4 23034", None, None)),
        ("Gres=gpu:4 AvailableFeatures=ib,l4", ("4x L4 23034", None, None)),
        ("Gres=gpu:4 Feature=ib,l4", ("4x L4 23034", None, None)),
        ("Gres=gpu:4 AvailableFeatures=l4 Feature=t4", ("4x L4 23034", None, None)),
        ("Gres=gpu:l4:4 CfgTRES=cpu=8 AllocTRES=cpu=2,gres/gpu=1 CPUAlloc=0", ("4x L4 23034", None, 3)),
        ("Gres=gpu:l4:4 GresUsed=gpu:l4:2(IDX:0-1) CPUAlloc=2", ("4x L4 23034", None, 2)),
        ("Gres=gpu:l4:4 State=MIXED+DRAIN Reason=slow [a@2024-01-01T00:00:00]", ("4x L4 23034", "drained: slow", 0)),
        ("Gres=gpu:l4:4 State=IDLE* ThreadsPerCore=1", ("4x L4 23034", "not responding", 0)),
        (
            "Gres=gpu:a100:4 AvailableFeatures=a100 CPUAlloc=0",
            ("4x A100 40GB 40960 or 4x A100 80GB 81920", "the name means several GPUs: A100 40GB, A100 80GB", 4),
        ),
        ("Gres=(null)", ("none", None, 0)),
    ],
)
def test_text_of_a_line(line: str, said: tuple[object, ...]) -> None:
    assert nodes(slurm_inventory(f"NodeName=n {line}\n"))[0][2:] == said


def test_where_gres_is_not_printed_accounting_counts() -> None:
    text = "NodeName=n CfgTRES=cpu=8,gres/gpu=16,gres/gpu:nvidia_b200=4 AllocTRES=gres/gpu=8,gres/gpu:nvidia_b200=3\n"
    assert [one[2:] for one in nodes(slurm_inventory(text))] == [
        ("4x B200 183359", None, 1),
        ("?", "Slurm states no GPU type (gpu:12)", 7),
    ]
    assert nodes(slurm_inventory("NodeName=n CfgTRES=gres/gpu:l4=4 AllocTRES=\n"))[0][2:] == ("4x L4 23034", None, 4)


def test_a_range_of_nodes_counts_as_many() -> None:
    assert nodes(slurm_inventory("NodeName=n[01-16] Gres=gpu:l4:4\n"))[0][:2] == ("n[01-16]", 16)


def test_a_node_in_no_partition_is_in_the_default_pool() -> None:
    assert slurm_inventory("NodeName=n Partitions=(null)\n").nodes[0].pool == "default"


@pytest.mark.parametrize(
    ("captured", "said"),
    [
        ("", "there is no line that starts with NodeName="),
        ("NodeName= State=IDLE\n", "line 1: NodeName has no value"),
        ("NodeName=n[1-9999999]\n", "'n[1-9999999]' stands for more than 1000000 nodes"),
        (sample(SINFO), "the top: this is the output of sinfo; use scontrol show nodes --json"),
    ],
)
def test_what_is_not_slurms_is_refused(captured: object, said: str) -> None:
    with pytest.raises(InventoryError) as caught:
        slurm_inventory(captured)
    assert str(caught.value) == said


#: The nodes of some machine, with all that a whole node has.
ONE, OTHER = (f"NodeName={name} CPUAlloc=0 Gres=gpu:l4:4 State=IDLE AllocTRES= AveWatts=0" for name in "ab")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ONE, id="no end of the line"),
        pytest.param(f"{ONE} Reason=slow", id="a free text"),
        pytest.param(f"{ONE}\n{OTHER} Comment=x", id="a free text that the node before does not have"),
        pytest.param(f"{ONE}\n{OTHER}", id="two nodes"),
        pytest.param(ONE.replace(" ", "\n  "), id="over several lines"),
    ],
)
def test_a_whole_node_is_read_without_the_end_of_its_line(text: str) -> None:
    """As text is that was pasted."""
    assert {node.free_gpus for node in slurm_inventory(text).nodes} == {4}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("NodeName=a Gres=gpu:l", id="a value"),
        pytest.param("NodeName=a Gres=gpu:l4:4 State=IDLE AllocTRES=gres/gpu=1", id="the last value that counts"),
        pytest.param(f"{ONE}\nNodeName=b Gres=gpu:l4:4 State=IDLE AllocTRES=", id="the last value of a second node"),
        pytest.param(f"{ONE}\nNodeName=b Gres=gpu:l4:4\n", id="a second node, at the end of a line"),
    ],
)
def test_a_node_that_is_cut_is_not_read(text: str) -> None:
    """Half of a value may be another one."""
    with pytest.raises(InventoryError, match=r"^line [12]: it is truncated$"):
        slurm_inventory(text)


@pytest.mark.parametrize(
    ("captured", "where"),
    [
        ([], ""),
        ({}, "/nodes"),
        ({"nodes": {}}, "/nodes"),
        ({"nodes": [5]}, "/nodes/0"),
        ({"nodes": [{}]}, "/nodes/0/name"),
        ({"nodes": [{"name": 5}]}, "/nodes/0/name"),
        ({"nodes": [{"name": "a", "gres": []}]}, "/nodes/0/gres"),
        ({"nodes": [{"name": "a", "state": 5}]}, "/nodes/0/state"),
        ({"nodes": [{"name": "a", "partitions": [[]]}]}, "/nodes/0/partitions/0"),
        ({"nodes": [{"name": "a", "reason": {}}]}, "/nodes/0/reason"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(captured: object, where: str) -> None:
    with pytest.raises(HardwareFileError) as caught:
        slurm_inventory(captured)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Offer(resource="gpu:l4")),
        ({"gres": "gpu:8"}, Offer(resource="gpu")),
        ({"gres": "gpu:8", "tres": "gres/gpu=8,gres/gpu:l40s=8"}, Offer(resource="gpu:l40s")),
        ({"gres": "gpu:a100_3g.20gb:2"}, Offer(resource="gpu:a100_3g.20gb")),
        ({"gres": "gpu:nvidia_a100_1g.10gb+me:1"}, Offer(resource="gpu:nvidia_a100_1g.10gb+me")),
        ({"gres": "gpu:8", "features": ["ib", "l40s"]}, Offer(resource="gpu", feature="l40s")),
        ({"gres": "gpu:ml:1", "features": ["g6.xlarge"]}, Offer(resource="gpu:ml", feature="g6.xlarge")),
        ({"gres": "gpu:4", "features": ['"GPU_SKU:L40S"']}, Offer(resource="gpu", feature="GPU_SKU:L40S")),
        ({"gres": "gpu:a100:4", "features": ["ib", "vram80g"]}, Offer(resource="gpu:a100", feature="vram80g")),
        ({"gres": "gpu:h100:4", "features": ["ram512g", "vram80g"]}, Offer(resource="gpu:h100", feature="vram80g")),
        (
            {"gres": "gpu:4", "features": "gpu_type=a100,gpu_mem=80g"},
            Offer(resource="gpu", feature="gpu_type=a100&gpu_mem=80g"),
        ),
        ({"gres": "gpu:a100:4", "features": ["vram80g|x"]}, None),
        ({"gres": "gpu:a b:1"}, None),
        ({"gres": "gpu:l4:x:y"}, None),
        ({"gres": None}, None),
    ],
)
def test_what_a_job_asks_for(values: dict[str, Any], expected: Offer | None) -> None:
    """In the site's own words, with the features that told what its type did not."""
    given = {"name": "n", "partitions": ["gpu"], "state": ["IDLE"], "gres": "gpu:l4:2", **values}
    assert slurm_inventory({"nodes": [given]}).nodes[0].offered == expected


def test_slices_of_a_real_controller_are_asked_for_by_type() -> None:
    offers = [node.offered and node.offered.resource for node in slurm_inventory(sample(SLURM_JSON)).nodes]
    assert offers == ["gpu:a100_40gb", None, "gpu:h100", "gpu:l40s", "gpu:a100_3g.20gb", "gpu:a100_1g.5gb", "gpu"]
