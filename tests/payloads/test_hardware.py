"""Hardware as a JSON document: within a report, and alone as a snapshot that is read again."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from pydantic import TypeAdapter

from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.gpus import Cause, DriverState, Gpu, Hardware, HostMemory, Slice, Unread
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.snapshots import parse_hardware
from model_garden_registry.payloads.hardware import gpus_document, machine_document, snapshot_document
from model_garden_registry.payloads.shapes.documents import DOCUMENTS, schema_of
from model_garden_registry.units import GB, MIB

L4 = Gpu(index=0, name="NVIDIA L4", uuid="GPU-a", total_bytes=23034 * MIB, free_bytes=22565 * MIB)
T4 = Gpu(index=1, name="Tesla T4", uuid="GPU-b", total_bytes=15360 * MIB)
PIECES = tuple(
    Slice(gpu_index=0, index=index, name="NVIDIA A100 MIG 1g.5gb", total_bytes=4864 * MIB) for index in range(2)
)
CUT = Gpu(index=0, name="NVIDIA A100", total_bytes=40960 * MIB, mig_enabled=True, slices=PIECES)
HOST = Hardware(
    source="nvml", driver_version="580.159", gpus=(L4, T4), ram=HostMemory(total_bytes=64 * GB, limited_by="container")
)
SILENT = Hardware(source="nvml", state=DriverState.NO_ANSWER, problem="no answer within 8 s", hints=("One.", "Two."))

MACHINES = {
    "two GPUs": HOST,
    "a masked one": replace(HOST, cuda_visible_devices="1", cuda_device_order="PCI_BUS_ID"),
    "slices": replace(HOST, gpus=(CUT,)),
    "a lost one": replace(HOST, gpus=(replace(L4, problem=Unread(Cause.LOST, "GPU is lost (15)")), T4)),
    "what cannot be read": replace(HOST, gpus=(replace(L4, total_bytes=Unread(Cause.NO_PERMISSION, "no (4)")),)),
    "no answer": SILENT,
    "nothing": Hardware(source="none", state=DriverState.NO_LIBRARY, problem="libnvidia-ml.so.1 is not installed"),
    "a named one": known_gpu("2x L4"),
    "a name of several": known_gpu("A100"),
}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_a_snapshot_is_read_again_as_it_was(machine: Hardware) -> None:
    """Through JSON, with every reason and every word of the environment."""
    document = json.loads(json.dumps(snapshot_document(machine)))

    assert (document["format"], parse_hardware(document)) == ("mgr.hardware/1", machine)


@pytest.mark.parametrize(
    ("machine", "visible"),
    [
        pytest.param(HOST, [True, True], id="all"),
        pytest.param(MACHINES["a masked one"], [False, True], id="a mask"),
        pytest.param(replace(HOST, cuda_visible_devices="GPU-a"), [True, False], id="a mask by UUID"),
        pytest.param(replace(HOST, cuda_visible_devices="0"), [None, None], id="a number that is ambiguous"),
        pytest.param(MACHINES["a lost one"], [False, True], id="one that does not answer"),
        pytest.param(known_gpu("2x L4"), [True, True], id="named"),
    ],
)
def test_what_cuda_would_see_is_marked(machine: Hardware, visible: list[bool | None]) -> None:
    """True or false; null where it depends on how CUDA counts."""
    assert [gpu["visible"] for gpu in machine_document(machine)["gpus"]] == visible


def test_a_name_of_several_gpus_gives_each_of_them_and_no_list_of_gpus() -> None:
    """An empty list would say that there is no GPU."""
    document = snapshot_document(MACHINES["a name of several"])

    assert "gpus" not in document
    assert [[gpu["name"] for gpu in gpus] for gpus in document["alternatives"]] == [["A100 40GB"], ["A100 80GB"]]
    assert parse_hardware({**document, "gpus": []}) == MACHINES["a name of several"]


def test_of_a_cut_gpu_the_first_slice_is_visible() -> None:
    """The GPU itself is no device, and CUDA sees one slice at most."""
    [gpu] = machine_document(MACHINES["slices"])["gpus"]

    assert (gpu["visible"], [part["visible"] for part in gpu["slices"]]) == (False, [True, False])


def test_a_report_says_what_was_judged() -> None:
    """MiB as tools of the driver show them, decimal GB of main memory."""
    document = machine_document(HOST)

    gpu = document["gpus"][0]
    keys = ("index", "uuid", "name", "total_mib", "free_mib", "compute_capability", "visible")
    assert [gpu[key] for key in keys] == [0, "GPU-a", "NVIDIA L4", 23034, 22565, None, True]
    assert [document[key] for key in ("source", "driver_version", "ram_gb")] == ["nvml", "580.159", 64.0]


def test_without_hardware_a_report_has_the_same_keys() -> None:
    """Nothing was looked at: no source, no state, no GPU; a reader needs no case of its own."""
    document = machine_document(None)

    assert document.keys() == machine_document(HOST).keys()
    assert [document[key] for key in ("source", "state", "gpus", "ram_gb")] == ["none", None, [], None]


def test_every_gpu_of_the_table_is_described() -> None:
    """By its names, its memory, and what it computes."""
    document = gpus_document(gpu_table())

    TypeAdapter(DOCUMENTS["mgr.gpus/1"].shape).validate_json(json.dumps(document))
    jsonschema.Draft202012Validator(schema_of("mgr.gpus/1")).validate(document)
    l4 = next(gpu for gpu in document["gpus"] if gpu["name"] == "L4")
    assert l4 == {
        "name": "L4",
        "family": "L4",
        "aliases": [],
        "total_gb": 24.153,
        "total_mib": 23034,
        "source": "nvml",
        "compute_capability": "8.9",
        "architecture": "Ada Lovelace",
        "form_factor": l4["form_factor"],
        "integrated": False,
        "mig": [],
    }


def test_every_name_of_the_document_can_be_asked_for() -> None:
    """Slices as well."""
    for gpu in gpus_document(gpu_table())["gpus"]:
        assert known_gpu(gpu["name"]).gpus
        for piece in gpu["mig"]:
            assert known_gpu(f"{gpu['name']} {piece['profile']}").gpus
