"""Hardware as a document: nothing is lost on the way there and back, and what people write by hand is understood."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.gpus import (
    NOT_ASKED,
    Cause,
    DriverState,
    Gpu,
    GpuProcess,
    Hardware,
    HostMemory,
    Slice,
    Unread,
)
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.snapshots import FORMAT, hardware_document, parse_hardware
from model_garden_registry.units import GIB, MIB

DENIED = Unread(Cause.NO_PERMISSION, "Insufficient Permissions (NVML code 4)")
L4 = Gpu(
    index=0,
    name="NVIDIA L4",
    uuid="GPU-1",
    pci_bus_id="00000000:01:00.0",
    total_bytes=23034 * MIB + 1,
    free_bytes=22500 * MIB,
    compute_capability=(8, 9),
    ecc_errors=DENIED,
    processes=(GpuProcess(pid=7, name="python", used_bytes=MIB),),
)
PIECE = Slice(gpu_index=1, index=0, name="MIG 1g.5gb", uuid="MIG-1", total_bytes=4864 * MIB, profile="1g.5gb")
A100 = Gpu(index=1, name=DENIED, mig_enabled=True, slices=(PIECE,))
HARDWARE = Hardware(
    source="nvml",
    driver_version="570.86.15",
    gpus=(L4, A100),
    ram=HostMemory(total_bytes=64 * GIB, limited_by="container"),
    cuda_visible_devices="0",
)

texts = st.text(max_size=20)
naturals = st.integers(0, 2**64 - 1)
unread = st.builds(Unread, st.sampled_from(Cause), texts) | st.just(NOT_ASKED)


def fact(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return strategy | unread


processes = st.builds(GpuProcess, pid=naturals, name=st.none() | texts, used_bytes=st.none() | naturals)
device = {
    "name": fact(texts),
    "uuid": fact(texts),
    "total_bytes": fact(naturals),
    "free_bytes": fact(naturals),
    "compute_capability": fact(st.tuples(st.integers(1, 999), st.integers(0, 999))),
    "is_integrated": st.booleans(),
    "processes": fact(st.lists(processes, max_size=2).map(tuple)),
}
slices = st.builds(
    Slice,
    gpu_index=naturals,
    index=naturals,
    profile=st.none() | texts,
    gpu_instance_id=fact(naturals),
    compute_instance_id=fact(naturals),
    **device,
)
gpus = st.lists(
    st.builds(
        Gpu,
        index=naturals,
        pci_bus_id=fact(texts),
        mig_enabled=fact(st.booleans()),
        slices=st.lists(slices, max_size=2).map(tuple),
        ecc_errors=fact(naturals),
        problem=st.none() | unread,
        **device,
    ),
    max_size=3,
    unique_by=lambda gpu: gpu.index,
).map(tuple)
machines = st.builds(
    Hardware,
    source=st.sampled_from(["nvml", "named", "file", "none"]),
    state=st.sampled_from(DriverState),
    problem=st.none() | texts,
    driver_version=fact(texts),
    cuda_version=fact(texts),
    gpus=gpus,
    alternatives=st.lists(gpus, max_size=2).map(tuple),
    ram=st.none()
    | fact(st.builds(HostMemory, total_bytes=naturals, limited_by=st.sampled_from(["host", "container"]))),
    cuda_visible_devices=st.none() | texts,
    cuda_device_order=st.none() | texts,
    hints=st.lists(texts, max_size=2).map(tuple),
)


@given(machines)
def test_nothing_is_lost_on_the_way_there_and_back(hardware: Hardware) -> None:
    """Through JSON text, in which a snapshot lies and a child process answers."""
    text = json.dumps(hardware_document(hardware), allow_nan=False)

    assert parse_hardware(json.loads(text)) == hardware


@given(machines)
def test_equal_gpus_have_documents_of_their_own(hardware: Hardware) -> None:
    """As if each stood alone, though what they share is written once; a change to one changes no other."""
    three = [replace(gpu, index=index) for gpu in hardware.gpus[:1] for index in (1, 0, 2)]
    visible = {*three[:2]}
    documents = hardware_document(replace(hardware, gpus=tuple(three)), visible=visible).get("gpus", [])
    alone = [hardware_document(Hardware(source="file", gpus=(gpu,)), visible=visible)["gpus"][0] for gpu in three]
    parts = [id(part) for document in documents for part in document.values() if isinstance(part, list | dict)]

    assert documents in (alone, [])
    assert len(parts) == len({*parts})


def test_a_document_has_the_promised_keys() -> None:
    """Those of reports first, in MiB and GB; the exact numbers, the reasons and the rest beside them."""
    document = hardware_document(HARDWARE, visible={L4})

    assert document == {
        "source": "nvml",
        "state": "read",
        "problem": None,
        "driver_version": "570.86.15",
        "cuda_version": None,
        "gpus": [
            {
                "index": 0,
                "uuid": "GPU-1",
                "name": "NVIDIA L4",
                "total_mib": 23034,
                "free_mib": 22500,
                "compute_capability": "8.9",
                "visible": True,
                "total_bytes": 23034 * MIB + 1,
                "free_bytes": 22500 * MIB,
                "is_integrated": False,
                "processes": [{"pid": 7, "name": "python", "used_bytes": MIB}],
                "pci_bus_id": "00000000:01:00.0",
                "mig_enabled": False,
                "slices": [],
                "ecc_errors": None,
                "problem": None,
                "unread": {"ecc_errors": {"cause": "no-permission", "reason": DENIED.reason}},
            },
            {
                "index": 1,
                "uuid": None,
                "name": None,
                "total_mib": None,
                "free_mib": None,
                "compute_capability": None,
                "visible": False,
                "total_bytes": None,
                "free_bytes": None,
                "is_integrated": False,
                "processes": None,
                "pci_bus_id": None,
                "mig_enabled": True,
                "slices": [
                    {
                        "gpu_index": 1,
                        "index": 0,
                        "uuid": "MIG-1",
                        "name": "MIG 1g.5gb",
                        "total_mib": 4864,
                        "free_mib": None,
                        "compute_capability": None,
                        "visible": False,
                        "total_bytes": 4864 * MIB,
                        "free_bytes": None,
                        "is_integrated": False,
                        "processes": None,
                        "profile": "1g.5gb",
                        "gpu_instance_id": None,
                        "compute_instance_id": None,
                        "unread": {},
                    }
                ],
                "ecc_errors": None,
                "problem": None,
                "unread": {"name": {"cause": "no-permission", "reason": DENIED.reason}},
            },
        ],
        "alternatives": [],
        "ram_gb": 68.7,
        "ram": {"total_bytes": 64 * GIB, "limited_by": "container"},
        "environment": {"CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": None},
        "hints": [],
        "unread": {},
    }


def test_nobody_said_what_is_visible() -> None:
    """Then the document does not say either."""
    assert [gpu["visible"] for gpu in hardware_document(HARDWARE)["gpus"]] == [None, None]


@pytest.mark.parametrize(
    ("document", "hardware"),
    [
        pytest.param(
            {"gpus": [{"name": "NVIDIA L4", "total_mib": 23034}]},
            Hardware(source="file", gpus=(Gpu(index=0, name="NVIDIA L4", total_bytes=23034 * MIB),)),
            id="a name and a size",
        ),
        pytest.param(
            {
                "format": FORMAT,
                "gpus": [
                    {"name": "A", "total_mib": 23034.5, "compute_capability": "8.9"},
                    {"name": "B", "total_mib": None},
                ],
                "ram_gb": 64,
            },
            Hardware(
                source="file",
                gpus=(
                    Gpu(index=0, name="A", total_bytes=23034 * MIB + MIB // 2, compute_capability=(8, 9)),
                    Gpu(index=1, name="B"),
                ),
                ram=HostMemory(total_bytes=64 * 10**9),
            ),
            id="two, and the host",
        ),
        pytest.param(
            {"gpus": [{"name": "L4", "total_bytes": 5, "index": 3, "x": 1}], "y": 2},
            Hardware(source="file", gpus=(Gpu(index=3, name="L4", total_bytes=5),)),
            id="keys of a later version",
        ),
        pytest.param(
            {"gpus": [], "state": "no-library", "ram": {"total_bytes": 5}, "environment": None},
            Hardware(source="file", state=DriverState.NO_LIBRARY, ram=HostMemory(total_bytes=5)),
            id="no GPU",
        ),
        pytest.param(
            {"gpus": [{"name": None, "total_mib": None, "problem": {"cause": "lost"}}]},
            Hardware(source="file", gpus=(Gpu(index=0, name=NOT_ASKED, problem=Unread(Cause.LOST, "")),)),
            id="a reason without words",
        ),
    ],
)
def test_people_write_little(document: object, hardware: Hardware) -> None:
    """What is missing was not asked for."""
    assert parse_hardware(document) == hardware


def test_a_file_is_the_source_of_what_it_says() -> None:
    """Whatever wrote it."""
    assert parse_hardware(hardware_document(HARDWARE), source="file").source == "file"


@pytest.mark.parametrize("name", ["L4", "2x L4", "A100", "A100 1g.5gb"])
def test_named_gpus_that_were_written_down_are_named(name: str) -> None:
    """Also where the name means several GPUs, none of which is on a bus."""
    named = known_gpu(name)

    assert parse_hardware(hardware_document(named), source="file") == named


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"gpus": []}, id="no GPU"),
        pytest.param({"gpus": [], "alternatives": [[]]}, id="an alternative without a GPU"),
        pytest.param({"gpus": [{"name": None, "total_mib": 1}]}, id="no name"),
        pytest.param({"gpus": [{"name": "L4", "total_mib": 1, "problem": {}}]}, id="one that gives no answer"),
        pytest.param({"gpus": [{"name": "A100", "total_mib": 1, "mig_enabled": True}]}, id="one without its slices"),
    ],
)
def test_what_no_name_means_comes_from_the_file(document: dict[str, Any]) -> None:
    """Whatever it says of itself."""
    assert parse_hardware(document | {"source": "named"}, source="file").source == "file"


def gpu(**values: object) -> dict[str, object]:
    return {"gpus": [{"name": "L4", "total_mib": 1, **values}]}


NATURAL = "an integer from 0 to 2^64 - 1"
MISSING = "a required key"
WRONG = [
    pytest.param([], "", "an object", "[]", id="a list"),
    pytest.param(None, "", "an object", "null", id="null"),
    pytest.param("x", "", "an object", '"x"', id="a text"),
    pytest.param({}, "/gpus", MISSING, "nothing", id="no GPUs"),
    pytest.param({"gpus": None}, "/gpus", "a list", "null", id="GPUs are null"),
    pytest.param({"gpus": {}}, "/gpus", "a list", "{}", id="GPUs are an object"),
    pytest.param({"gpus": [1]}, "/gpus/0", "an object", "1", id="a GPU is a number"),
    pytest.param({"gpus": [{}]}, "/gpus/0/name", MISSING, "nothing", id="no name"),
    pytest.param({"gpus": [{"name": "L4"}]}, "/gpus/0/total_mib", MISSING, "nothing", id="no size"),
    pytest.param(
        {"gpus": [{"name": "L4", "total_mb": 1}]}, "/gpus/0/total_mib", MISSING, "nothing", id="a misspelt size"
    ),
    pytest.param(gpu(name=1), "/gpus/0/name", "a text", "1", id="a name is a number"),
    pytest.param(gpu(name=["L4"]), "/gpus/0/name", "a text", '["L4"]', id="a name is a list"),
    pytest.param(gpu(total_mib="24 GB"), "/gpus/0/total_mib", None, '"24 GB"', id="a size is a text"),
    pytest.param(gpu(total_mib=True), "/gpus/0/total_mib", None, "true", id="a size is a boolean"),
    pytest.param(gpu(total_mib=-1), "/gpus/0/total_mib", None, "-1", id="a size is negative"),
    pytest.param(gpu(total_mib=2**45), "/gpus/0/total_mib", None, "35184372088832", id="a size is absurd"),
    pytest.param(gpu(total_mib=float("inf")), "/gpus/0/total_mib", None, "Infinity", id="a size is infinite"),
    pytest.param(gpu(total_mib=float("nan")), "/gpus/0/total_mib", None, "NaN", id="a size is no number"),
    pytest.param(gpu(total_bytes=1.5), "/gpus/0/total_bytes", NATURAL, "1.5", id="half a byte"),
    pytest.param(gpu(total_bytes=2**64), "/gpus/0/total_bytes", NATURAL, "18446744073709551616", id="65 bits"),
    pytest.param(gpu(total_bytes=False), "/gpus/0/total_bytes", NATURAL, "false", id="bytes are a boolean"),
    pytest.param(
        gpu(total_bytes=5 * MIB), "/gpus/0/total_mib", "5, as total_bytes says", "1", id="two sizes that disagree"
    ),
    pytest.param(
        gpu(free_bytes=MIB, free_mib=2), "/gpus/0/free_mib", "1, as free_bytes says", "2", id="two free that disagree"
    ),
    pytest.param(gpu(free_mib=[]), "/gpus/0/free_mib", None, "[]", id="free is a list"),
    pytest.param(gpu(index=-1), "/gpus/0/index", NATURAL, "-1", id="a negative index"),
    pytest.param(gpu(index="0"), "/gpus/0/index", NATURAL, '"0"', id="an index is a text"),
    pytest.param(
        gpu(compute_capability=8.9), "/gpus/0/compute_capability", 'a text such as "8.9"', "8.9", id="a number"
    ),
    pytest.param(gpu(compute_capability="sm_89"), "/gpus/0/compute_capability", None, '"sm_89"', id="no version"),
    pytest.param(gpu(compute_capability="0.0"), "/gpus/0/compute_capability", None, '"0.0"', id="version zero"),
    pytest.param(gpu(compute_capability="8.٩"), "/gpus/0/compute_capability", None, '"8.\\u0669"', id="other digits"),
    pytest.param(gpu(is_integrated="no"), "/gpus/0/is_integrated", "true or false", '"no"', id="a text for a boolean"),
    pytest.param(gpu(mig_enabled=1), "/gpus/0/mig_enabled", "true or false", "1", id="a number for a boolean"),
    pytest.param(gpu(ecc_errors="0"), "/gpus/0/ecc_errors", NATURAL, '"0"', id="errors are a text"),
    pytest.param(gpu(slices={}), "/gpus/0/slices", "a list", "{}", id="slices are an object"),
    pytest.param(gpu(slices=[{}]), "/gpus/0/slices/0/gpu_index", MISSING, "nothing", id="a slice of no GPU"),
    pytest.param(
        gpu(slices=[{"gpu_index": 0}]), "/gpus/0/slices/0/index", MISSING, "nothing", id="a slice without an index"
    ),
    pytest.param(gpu(processes=[7]), "/gpus/0/processes/0", "an object", "7", id="a process is a number"),
    pytest.param(gpu(processes=[{}]), "/gpus/0/processes/0/pid", MISSING, "nothing", id="a process without a number"),
    pytest.param(gpu(problem="lost"), "/gpus/0/problem", "an object", '"lost"', id="a problem is a text"),
    pytest.param(gpu(unread=[]), "/gpus/0/unread", "an object", "[]", id="reasons are a list"),
    pytest.param(
        gpu(unread={"uuid": {"cause": "bad luck"}}), "/gpus/0/unread/uuid/cause", None, '"bad luck"', id="no such cause"
    ),
    pytest.param(
        {"gpus": [{"name": "a", "total_mib": 1, "index": 1}, {"name": "b", "total_mib": 1}]},
        "/gpus",
        "a unique index for each GPU",
        "one that appears twice",
        id="an index twice",
    ),
    pytest.param({"gpus": [], "format": "mgr.report/1"}, "/format", None, '"mgr.report/1"', id="another document"),
    pytest.param({"gpus": [], "format": ["x"]}, "/format", None, '["x"]', id="a format is a list"),
    pytest.param({"gpus": [], "source": "hearsay"}, "/source", None, '"hearsay"', id="no such source"),
    pytest.param({"gpus": [], "state": "fine"}, "/state", None, '"fine"', id="no such state"),
    pytest.param({"gpus": [], "state": 1}, "/state", None, "1", id="a state is a number"),
    pytest.param({"gpus": [], "driver_version": 570}, "/driver_version", "a text", "570", id="a version is a number"),
    pytest.param({"gpus": [], "alternatives": [{}]}, "/alternatives/0", "a list", "{}", id="an alternative"),
    pytest.param({"gpus": [], "hints": "x"}, "/hints", "a list", '"x"', id="hints are a text"),
    pytest.param({"gpus": [], "hints": [1]}, "/hints/0", "a text", "1", id="a hint is a number"),
    pytest.param({"gpus": [], "ram_gb": "64"}, "/ram_gb", None, '"64"', id="memory is a text"),
    pytest.param({"gpus": [], "ram_gb": 1e300}, "/ram_gb", None, "1e+300", id="memory is absurd"),
    pytest.param({"gpus": [], "ram": 64}, "/ram", "an object", "64", id="memory is a number"),
    pytest.param({"gpus": [], "ram": {}}, "/ram/total_bytes", MISSING, "nothing", id="memory of no size"),
    pytest.param(
        {"gpus": [], "ram": {"total_bytes": 1, "limited_by": "law"}}, "/ram/limited_by", None, '"law"', id="no limit"
    ),
    pytest.param(
        {"gpus": [], "ram": {"total_bytes": 5}, "ram_gb": 64}, "/ram_gb", "0.0, as ram says", "64", id="two memories"
    ),
    pytest.param({"gpus": [], "environment": "x"}, "/environment", "an object", '"x"', id="the environment is a text"),
    pytest.param(
        {"gpus": [], "environment": {"CUDA_VISIBLE_DEVICES": 0}},
        "/environment/CUDA_VISIBLE_DEVICES",
        "a text",
        "0",
        id="a mask is a number",
    ),
]


@pytest.mark.parametrize(("document", "where", "expected", "found"), WRONG)
def test_what_does_not_belong_is_refused_with_its_place(
    document: object, where: str, expected: str | None, found: str
) -> None:
    """A JSON pointer, what belongs there, what stands there."""
    with pytest.raises(HardwareFileError) as caught:
        parse_hardware(document)

    error = caught.value
    assert (error.where, error.expected if expected else None, error.found) == (where, expected, found)


def test_a_list_is_bounded() -> None:
    """Nobody has more than ten thousand of anything."""
    with pytest.raises(HardwareFileError, match="at /hints: at most 10000 items, found 10001"):
        parse_hardware({"gpus": [], "hints": ["x"] * 10_001})


@pytest.mark.parametrize(
    ("document", "where"),
    [
        pytest.param({"gpus": [None] * 1025}, "/gpus", id="of a host"),
        pytest.param({"gpus": [], "alternatives": [[None] * 1025]}, "/alternatives/0", id="of an alternative"),
    ],
)
def test_gpus_are_bounded(document: object, where: str) -> None:
    """No host has as many; nobody looks at them before they are counted."""
    with pytest.raises(HardwareFileError, match=f"at {where}: at most 1024 items, found 1025"):
        parse_hardware(document)


def test_a_text_is_bounded() -> None:
    """It is not shown when it is refused."""
    with pytest.raises(HardwareFileError, match="at /hints/0: at most 100000 characters, found 100001"):
        parse_hardware({"gpus": [], "hints": ["x" * 100_001]})


def test_text_that_a_terminal_would_obey_is_only_text() -> None:
    """It is kept as it is, and made visible where it is shown."""
    hardware = parse_hardware(gpu(name="\x1b[31mL4\u202e"))

    assert [gpu.name for gpu in hardware.gpus] == ["\x1b[31mL4\u202e"]


GPU_KEYS = sorted(hardware_document(HARDWARE)["gpus"][0])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(GPU_KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(list(hardware_document(HARDWARE))), json_values, max_size=6))
def test_any_document_is_hardware_or_refused(document: dict[str, Any]) -> None:
    """Nothing else is raised; what was understood is understood once more."""
    with suppress(HardwareFileError):
        hardware = parse_hardware(document)
        assert parse_hardware(hardware_document(hardware)) == hardware
