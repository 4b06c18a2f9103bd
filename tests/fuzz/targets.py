"""What is given input that nobody meant: there is an answer or an error of ours in one line, never anything else."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from model_garden_registry import (
    Inventory,
    ModelRegistry,
    drift,
    find_outdated,
    inventory_document,
    known_gpu,
    load_registry,
    merge_inventories,
    migrate_registry_file,
    parse_inventory,
    read_cluster,
    read_inventory,
    read_lock,
    scan_models,
)
from model_garden_registry.authoring.own_config import entry_from_config
from model_garden_registry.checks.entry.registry_files import check_registry_file, lint_registry_file
from model_garden_registry.checks.entry.schema import SchemaChecker, shipped_checker
from model_garden_registry.checks.pools import pool_kinds
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.clusters.inventories import inventory_text
from model_garden_registry.dialects.reading import read_configs
from model_garden_registry.errors import RegistryError, RegistryWarning
from model_garden_registry.files.configuration import ConfiguredRemote
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.override_files import read_overrides
from model_garden_registry.files.remote_cache import cached_registry, folder_of, state_path
from model_garden_registry.files.writing.additions import add_entry
from model_garden_registry.hardware.inventory.merging import merged
from model_garden_registry.hardware.inventory.reading import MANAGERS
from model_garden_registry.hardware.snapshots import hardware_document, parse_hardware
from model_garden_registry.lifecycle.remote import updating
from model_garden_registry.lifecycle.remote.addresses import redirected, scheme_of
from model_garden_registry.lifecycle.remote.downloads import Fetched
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.payloads.reports import report_document
from model_garden_registry.reports import Report, short_report
from model_garden_registry.visible_text import visible

MODEL = "Qwen/Qwen3-8B"
ADDRESS = "https://models.example/registry.json"
TASKS = ("training", "inference")
#: Nothing that is given here may take longer.
LIMIT_SECONDS = 60

_Way = TypeVar("_Way")


def documents(content: bytes, way: int | None) -> None:
    """A registry file: checked, linted, loaded with every entry asked for, migrated, or given another entry."""
    with _file("registry.json", content) as path:
        for step in _of((_check, _lint, _load, _add, _migrate), way):
            try:
                step(path)
            except RegistryError as error:
                _show(error)


def _check(path: Path) -> None:
    _show(check_registry_file(path, _checker()))


def _lint(path: Path) -> None:
    _show(lint_registry_file(path, _checker()))


def _load(path: Path) -> None:
    registry = load_registry(path)
    registry.rows()
    for model_id in registry:
        _ask(model_id, "training", registry=registry, hardware=None)


def _add(path: Path) -> None:
    before = [*load_registry(path)]
    entry = {"id": "fuzz/added", "name": "x", "category": "text-llm"}
    add_entry(path, entry, categories={}, moment="2026-11-29T00:00:00Z")
    assert [*load_registry(path)] == [*before, "fuzz/added"]


def _migrate(path: Path) -> None:
    migrate_registry_file(path, fill=True)
    once = path.read_bytes()
    assert not migrate_registry_file(path, fill=True).is_changed
    assert path.read_bytes() == once


def overrides(content: bytes, way: int | None) -> None:
    """Settings of each language, for either task."""
    for suffix, task in _of(tuple(product(("json", "toml", "yaml"), TASKS)), way):
        with _file(f"overrides.{suffix}", content) as path:
            try:
                values = read_overrides(path)
            except RegistryError as error:
                _show(error)
            else:
                _ask(MODEL, task, overrides=values, hardware=_l4())


def config(content: bytes, way: int | None) -> None:
    """A config.json, and the id of a model before it, in a line of its own; asked for either task."""
    name, _, text = content.partition(b"\n")
    path = Path("config.json")
    try:
        document = parse_document(text, path, finite=False)
        model_id = name.decode(errors="replace") or "a/b"
        entry = entry_from_config(model_id, document, path=path, as_of="2026-11-29")
        registry = _registry().with_entry(entry)
    except RegistryError as error:
        _show(error)
        return
    for task in _of(TASKS, way):
        _ask(model_id, task, registry=registry, hardware=_l4())


def snapshots(content: bytes, way: int | None) -> None:
    """A machine that was written down, and a model on it, for either task."""
    try:
        hardware = parse_hardware(parse_document(content, Path("snapshot.json")), source="file")
    except RegistryError as error:
        _show(error)
        return
    again = parse_hardware(hardware_document(hardware))
    assert again == replace(hardware, source=again.source)
    for task in _of(TASKS, way):
        _ask(MODEL, task, hardware=hardware)


def masks(content: bytes, way: int | None) -> None:
    """CUDA_VISIBLE_DEVICES and its order, on each machine, and the name of a GPU: a line each."""
    mask, order, name = [line.decode(errors="surrogateescape") for line in (content.split(b"\n") + [b""] * 3)[:3]]
    variables = {"cuda_visible_devices": mask, "cuda_device_order": order}
    for machine in _of(("8 x H100", "2 x L4", "A100:2/1g.5gb", name), way):
        try:
            hardware = known_gpu(machine)
        except RegistryError as error:
            _show(error)
        else:
            _ask(MODEL, "inference", hardware=replace(hardware, **variables))


def foreign(content: bytes, way: int | None) -> None:
    """Another tool's file, under each of the names that it may have."""
    for name in _of(("train.yaml", "args.json", "serve.sh", "Dockerfile", "adapter_config.json"), way):
        with _file(name, content) as path:
            try:
                configs = read_configs(path)
            except RegistryError as error:
                _show(error)
                continue
            for one in configs[:3]:
                try:
                    _show(_registry().check(one, model=MODEL, hardware=_l4()).report)
                    _registry().drift(one, model=MODEL)
                except RegistryError as error:
                    _show(error)


def named(content: bytes, way: int | None) -> None:
    """A file that names models, a lock, and each file of a model's folder that is read."""
    for name in _of(("a.yaml", "mgr.lock", "config.json", "adapter_config.json", "x.safetensors.index.json"), way):
        with _file(name, content) as path:
            first = find_outdated(_registry(), [path], fix=True)
            once = path.read_bytes()
            for problem in (*first.problems, *find_outdated(_registry(), [path], fix=True).problems):
                _show(problem)
            assert path.read_bytes() == once
            for one in first.found:
                assert visible(one.message) == one.message
            try:
                for words in drift(_registry(), read_lock(path), cache=path.parent):
                    assert words
            except RegistryError as error:
                _show(error)
            scan_models(_registry(), None, [path.parent])


def downloads(content: bytes, way: int | None) -> None:
    """What a server sends as a registry or an index, what the cache says of a download, and an address."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, {"XDG_CACHE_HOME": folder}):
        for step in _of((_receive, _recall, _address), way):
            try:
                step(content)
            except RegistryError as error:
                _show(error)


def _receive(content: bytes) -> None:
    remote = ConfiguredRemote(ADDRESS, None, 30.0, Path("mgr.toml"))
    with patch.object(updating, "fetch", lambda url, **_: Fetched(content, None, url)):
        done = updating.update_registry(remote)
    assert cached_registry(ADDRESS) == done.cached
    load_registry(done.cached.path)


def _recall(content: bytes) -> None:
    folder = folder_of(ADDRESS)
    assert folder is not None
    folder.mkdir(parents=True, exist_ok=True)
    state_path(folder).write_bytes(content)
    cached_registry(ADDRESS)


def _address(content: bytes) -> None:
    text = content.decode(errors="surrogateescape")
    for ask in (scheme_of, partial(redirected, ADDRESS)):
        try:
            ask(text)
        except RemoteRegistryError as error:
            _show(error)


def clusters(content: bytes, way: int | None) -> None:
    """What a cluster manager printed, an inventory, and a part to merge: each comes back from its document."""
    with _file("cluster.json", content) as path:
        readers: list[Callable[[], Inventory]] = [partial(read_cluster, manager, path) for manager in MANAGERS]
        for read in _of((*readers, partial(read_inventory, path), partial(merge_inventories, [path])), way):
            try:
                found = read()
            except RegistryError as error:
                _show(error)
                continue
            again = parse_inventory(json.loads(json.dumps(inventory_document(found))))
            assert len(again.nodes) == len(found.nodes)
            pool_kinds(again, only_free=True)
            inventory_text(merged([again]), Screen(width=80, is_terminal=False, has_colour=False))


TARGETS: dict[str, Callable[[bytes, int | None], None]] = {
    one.__name__: one for one in (documents, overrides, config, snapshots, masks, foreign, named, downloads, clusters)
}


def run(target: str, content: bytes, way: int | None = None) -> None:
    """
    Give input to a target; whatever takes too long, or is no answer, is raised.

    Args:
        way: Which of a target's ways to take input (names of a file, tasks, machines), counted round; None: all.
    """
    with _limited(), warnings.catch_warnings():
        warnings.simplefilter("ignore", RegistryWarning)
        TARGETS[target](content, way)


def _of(ways: tuple[_Way, ...], way: int | None) -> tuple[_Way, ...]:
    return ways if way is None else (ways[way % len(ways)],)


def _ask(model_id: str, task: Any, *, registry: ModelRegistry | None = None, **question: Any) -> None:
    """Validate a model, and show what came of it."""
    try:
        _show((registry or _registry()).validate(model_id, task, **question))
    except RegistryError as error:
        _show(error)


def _show(outcome: Report | RegistryError) -> None:
    """Write what came of it as the faces do."""
    if isinstance(outcome, Report):
        json.dumps(report_document(short_report(outcome)))
        return
    said = str(outcome)
    assert said
    assert visible(said) == said, ascii(said)
    assert "validation error" not in said, said
    assert "pydantic" not in said, said


@contextmanager
def _file(name: str, content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        yield path


@contextmanager
def _limited() -> Iterator[None]:
    """Raise where it takes too long, on systems that can."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TimeoutError(f"more than {LIMIT_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@cache
def _registry() -> ModelRegistry:
    return load_registry()


@cache
def _l4() -> Any:
    return known_gpu("L4")


@cache
def _checker() -> SchemaChecker:
    return shipped_checker()
