"""Inventories from files: whatever is wrong with one is one clear line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cluster_samples import KUBECTL, RAY, SLICES, SLURM_JSON, SLURM_TEXT, nodes, sample

from model_garden_registry import inventory_files
from model_garden_registry.hardware.inventory.documents import inventory_document
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.reading import Manager
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.snapshots import hardware_document
from model_garden_registry.inventory_files import STDIN, merge_inventories, read_cluster, read_inventory


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "captured") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def typed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("manager", "path"),
    [
        ("slurm", SLURM_JSON),
        ("slurm", SLURM_TEXT),
        ("kubernetes", KUBECTL),
        ("dra", SLICES),
        ("ray", RAY),
    ],
)
def test_each_sample_is_read_and_comes_back_from_its_document(manager: Manager, path: Path, written: Any) -> None:
    found = read_cluster(manager, path)
    assert found.nodes
    assert read_inventory(written(json.dumps(inventory_document(found)))) == found


def test_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, SLURM_TEXT.read_bytes())
    assert read_cluster("slurm", STDIN).nodes == read_cluster("slurm", SLURM_TEXT).nodes
    typed(monkeypatch, b"{")
    with pytest.raises(InventoryError, match=r"^standard input:1:2: it is truncated$"):
        read_inventory(STDIN)


def test_what_python_prints_is_read(written: Any) -> None:
    assert read_cluster("ray", written(str(sample(RAY)))).nodes == read_cluster("ray", RAY).nodes


def test_output_of_kubectl_as_yaml_is_read(written: Any) -> None:
    text = "kind: List\nitems:\n- kind: Node\n  metadata: {name: a, labels: {nvidia.com/gpu.product: Tesla-T4}}\n"
    text += "  status: {capacity: {nvidia.com/gpu: '1'}}\n"
    assert nodes(read_cluster("kubernetes", written(text))) == [("a", 1, "1x T4 15360", None, None)]


def test_inventories_and_snapshots_are_joined(written: Any) -> None:
    slurm = written(json.dumps(inventory_document(read_cluster("slurm", SLURM_TEXT))), "slurm.json")
    seen = {"format": "mgr.hardware/1", **hardware_document(known_gpu("L4:8"))}
    found = merge_inventories([slurm, written(json.dumps(seen), "plain1.json"), written(json.dumps(seen), "new.json")])
    told = {one[0]: one[2:] for one in nodes(found)}
    assert told["plain1"] == ("8x L4 23034", None, 8)
    assert told["new"] == ("8x L4 23034", None, None)
    assert {node.pool for node in found.nodes} == {"gpu,all", "all", "default"}
    assert found.source == "slurm, probe"
    assert merge_inventories([written(json.dumps(seen), "a.json")], pool="mine").nodes[0].pool == "mine"


DEEP = "[" * 100_000
CASES: list[tuple[Manager, str | bytes, str]] = [
    ("slurm", b"", ": is empty"),
    ("slurm", b" \n", ": is empty"),
    ("slurm", b"NodeName=a\n\xff", ":2: is not UTF-8"),
    ("slurm", "{", ":1:2: it is truncated"),
    ("slurm", '{"nodes": [{"name": "dg', ":1:21: it is truncated"),
    ("slurm", '{"nodes": [{"name": "a",\n"gres": gpu}]}', ":2:9: it is not JSON (expecting value)"),
    ("slurm", '{"nodes": NaN}', ": NaN is no number of JSON"),
    ("slurm", '{"nodes": [], "nodes": []}', ": the key 'nodes' is there twice in one object"),
    ("slurm", '{"nodes": ' + "9" * 5000 + "}", ": it has an integer of 5000 digits"),
    ("slurm", '{"nodes": [{"name": 5}]}', ": /nodes/0/name: a text, found 5"),
    ("slurm", "sinfo: error\n", ":1: a line that starts with NodeName= was expected, found 'sinfo: error'"),
    ("kubernetes", DEEP, ": is nested too deeply"),
    ("kubernetes", '{"items": [{"kind": "Node"}]}', ": /items/0/metadata: a required key, found nothing"),
    ("kubernetes", "a: [", ":1:5: expected the node content, but found '<stream end>'"),
    ("dra", "{}", ": /spec: a required key, found nothing"),
    ("dra", "just a text", ': the top: an object, found "just a text"'),
    ("ray", "[{'NodeID': 5}]", ": /0/NodeID: a text, found 5"),
    ("ray", "[{'NodeID': f()}]", ":1:3: it is not JSON (expecting property name enclosed in double quotes)"),
    ("ray", "[{'a': " + "9" * 5000 + "}]", ":1:3: it is not JSON (expecting property name enclosed in double quotes)"),
    ("ray", "['" + "x" * 3_000_000, ":1:2: it is not JSON (expecting value)"),
    ("ray", "[}", ":1:2: it is not JSON (expecting value)"),
]


@pytest.mark.parametrize(("manager", "content", "said"), CASES)
def test_whatever_is_wrong_is_one_line_with_its_place(
    manager: Manager, content: str | bytes, said: str, written: Any
) -> None:
    path = written(content)
    with pytest.raises(InventoryError) as caught:
        read_cluster(manager, path)
    assert str(caught.value) == f"{path}{said}"


@pytest.mark.parametrize(
    ("manager", "path"),
    [("slurm", SLURM_JSON), ("kubernetes", KUBECTL), ("ray", RAY)],
    ids=lambda value: str(value)[:6],
)
def test_a_sample_cut_anywhere_is_told_to_be_truncated(manager: Manager, path: Path, written: Any) -> None:
    content = path.read_bytes().rstrip()
    for end in range(1, len(content), max(len(content) // 40, 1)):
        with pytest.raises(InventoryError) as caught:
            read_cluster(manager, written(content[:end]))
        assert caught.value.line is not None
        assert str(caught.value).endswith("it is truncated")


def test_a_text_of_slurm_cut_anywhere_is_told_to_be_truncated_or_right(written: Any) -> None:
    """Between two nodes a cut cannot be seen, nor in what follows all that is read: then the nodes are whole."""
    content = SLURM_TEXT.read_bytes()
    lines, told = content.splitlines(keepends=True), list[str]()
    ends = range(10, len(content), 7)
    for end in ends:
        cut = content[:end]
        try:
            found = read_cluster("slurm", written(cut)).nodes
        except InventoryError as error:
            told.append(str(error))
        else:
            assert found == read_cluster("slurm", written(b"".join(lines[: len(cut.splitlines())]))).nodes
    assert len(told) > 0.9 * len(ends)
    assert all(said.endswith("it is truncated") or "that starts with NodeName=" in said for said in told)


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, said in ((tmp_path / "gone", "no such file"), (tmp_path, "is a directory, not a file")):
        with pytest.raises(InventoryError) as caught:
            read_inventory(path)
        assert str(caught.value) == f"{path}: {said}"
    monkeypatch.setattr(inventory_files, "LARGEST_REGISTRY_BYTES", 2**20)
    typed(monkeypatch, b"x" * (2**20 + 1))
    with pytest.raises(InventoryError, match=r"^standard input: is larger than 1 MiB$"):
        read_inventory(STDIN)


def test_yaml_is_bounded(written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_files, "_LARGEST_YAML_BYTES", 2)
    with pytest.raises(InventoryError, match="use JSON"):
        read_cluster("dra", written("a: b"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"format": "mgr.hardware/1", "gpus": 5}, "/gpus: a list, found 5"),
        ({"nodes": [{}]}, "/nodes/0/name: a required key, found nothing"),
        ([], "the top: an object, found []"),
    ],
)
def test_a_part_that_is_neither_is_named(content: object, said: str, written: Any) -> None:
    path = written(json.dumps(content))
    with pytest.raises(InventoryError) as caught:
        merge_inventories([path])
    assert str(caught.value) == f"{path}: {said}"


@pytest.mark.parametrize(
    ("manager", "path"),
    [("slurm", SLURM_JSON), ("slurm", SLURM_TEXT), ("kubernetes", KUBECTL), ("ray", RAY)],
)
def test_output_of_a_cluster_is_told_how_it_becomes_an_inventory(manager: str, path: Path) -> None:
    """Where an inventory is wanted, alone or among others."""
    for read in (read_inventory, lambda one: merge_inventories([one])):
        with pytest.raises(InventoryError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert str(caught.value).endswith(f"; first make an inventory: mgr inventory from {manager}")


def test_an_inventory_with_a_mistake_is_not_taken_for_output(written: Any) -> None:
    """Its format says what it is."""
    with pytest.raises(InventoryError) as caught:
        read_inventory(written('{"format": "mgr.inventory/1", "meta": 1, "nodes": [{}]}'))
    assert "mgr inventory from" not in str(caught.value)
