"""Ids in people's files that are out of date: thirty files as people have them, and odd ones."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_ids import MODELS, made_registry

from model_garden_registry import ModelRegistry, RegistryReadError, RegistryWriteError
from model_garden_registry.lifecycle.known_ids import Kind
from model_garden_registry.lifecycle.outdated.outdated_ids import OutdatedId, find_outdated

FILES = Path(__file__).with_name("user_files")

RENAMED = {
    "meta-llama/Meta-Llama-3.1-8B-Instruct": "meta-llama/Llama-3.1-8B-Instruct",
    "CohereForAI/c4ai-command-r-v01": "CohereLabs/c4ai-command-r-v01",
}
LLAMA, COMMAND = RENAMED
MPT, FALCON, QWEN, PHI = "mosaicml/mpt-7b", "tiiuae/falcon-7b", "Qwen/Qwen2-7B-Instruct", "microsoft/phi-2"
FIXED = {**RENAMED, MPT: "allenai/Olmo-3-1025-7B"}
#: Places of everything in these files that is out of date; the other ids, paths, images and dates are not.
EXPECTED = {
    "README.md": [(3, 15, LLAMA), (4, 35, LLAMA)],
    "pyproject.toml": [(6, 10, MPT), (7, 19, "acme/fallback-8b")],
    "ci/workflow.yml": [(9, 57, FALCON), (10, 37, "Qwen/Qwen3-9B")],
    "docs/card.md": [(2, 13, COMMAND), (8, 42, COMMAND)],
    "docs/models.md": [(3, 4, QWEN), (5, 3, "Qwen/Qwen3-70B"), (8, 13, FALCON)],
    "notebooks/try.ipynb": [(5, 52, MPT)],
    "ollama/Modelfile": [(2, 13, LLAMA)],
    "ollama/Modelfile.plain": [],
    "ollama/support.Modelfile": [(2, 18, MPT)],
    "serving/.env": [(1, 10, COMMAND)],
    "serving/Dockerfile": [(3, 14, LLAMA)],
    "serving/client.py": [(5, 34, COMMAND)],
    "serving/deployment.yaml": [(15, 15, COMMAND)],
    "serving/docker-compose.yaml": [(4, 27, MPT)],
    "serving/engine.py": [(4, 15, LLAMA), (7, 12, FALCON)],
    "serving/gpu.Dockerfile": [(3, 11, MPT)],
    "serving/litellm.yaml": [(10, 26, LLAMA)],
    "serving/serve.sh": [(3, 17, LLAMA)],
    "serving/sglang.sh": [(1, 45, QWEN), (2, 20, QWEN)],
    "tools/download.bash": [(1, 13, COMMAND), (4, 34, FALCON)],
    "training/adapter_config.json": [],
    "training/arguments.json": [(2, 26, PHI)],
    "training/axolotl.yaml": [(1, 13, LLAMA)],
    "training/job.sbatch.sh": [(4, 54, MPT)],
    "training/llamafactory.yml": [(2, 21, QWEN)],
    "training/train.py": [],
    "web/Dockerfile.dev": [],
    "web/models.json": [(3, 11, COMMAND), (4, 38, COMMAND)],
    "web/package.json": [(6, 59, LLAMA)],
    "web/views.py": [(9, 49, "acme/chat")],
}


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    """Return the small registry."""
    return made_registry(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the files to where they can be changed."""
    return Path(shutil.copytree(FILES, tmp_path / "files"))


def places(found: tuple[OutdatedId, ...], folder: Path) -> dict[str, list[tuple[int, int, str]]]:
    """Return where ids were found, by file."""
    by_file: dict[str, list[tuple[int, int, str]]] = {}
    for one in found:
        by_file.setdefault(one.path.relative_to(folder).as_posix(), []).append((one.line, one.column, one.id))
    return by_file


def test_exactly_what_is_out_of_date_is_found(registry: ModelRegistry, folder: Path) -> None:
    """In thirty files of eight kinds; nothing is written."""
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    done = find_outdated(registry, [folder])

    assert places(done.found, folder) == {name: found for name, found in EXPECTED.items() if found}
    assert (done.files, done.problems, done.is_current) == (len(EXPECTED), (), False)
    assert {file: file.read_bytes() for file in before} == before


def test_a_fix_changes_ids_and_nothing_else(registry: ModelRegistry, folder: Path) -> None:
    """Renamed ones, and withdrawn ones with a successor; a second fix finds the rest again, and changes nothing."""
    done = find_outdated(registry, [folder], fix=True)

    after = {name: (folder / name).read_bytes() for name in EXPECTED}
    assert after == {name: by_hand((FILES / name).read_bytes(), found) for name, found in EXPECTED.items()}
    assert {one.id for one in done.found if one.is_fixed} == {*FIXED}
    again = find_outdated(registry, [folder], fix=True)
    assert {name: (folder / name).read_bytes() for name in EXPECTED} == after
    assert [one.id for one in again.found] == [one.id for one in done.found if not one.is_fixed]
    assert not any(one.is_fixed for one in again.found)


def by_hand(content: bytes, found: list[tuple[int, int, str]]) -> bytes:
    """Replace the ids of a file at their places, from the last to the first."""
    lines = content.decode().split("\n")
    for line, column, model_id in reversed(found):
        text, start = lines[line - 1], column - 1
        escaped = model_id if text[start:].startswith(model_id) else model_id.replace("/", r"\/")
        assert text[start:].startswith(escaped)
        new = FIXED.get(model_id, model_id)
        new = new if escaped == model_id else new.replace("/", r"\/")
        lines[line - 1] = f"{text[:start]}{new}{text[start + len(escaped) :]}"
    return "\n".join(lines).encode()


@given(
    pieces=st.lists(st.sampled_from([*MODELS, *RENAMED, "a/b", " ", "\n", "\r\n", "model: ", "/", ":", '"', "é", "-"])),
    mark=st.booleans(),
)
def test_fixing_twice_equals_once(pieces: list[str], mark: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the ids stand in; the bytes between them stay."""
    folder = tmp_path_factory.mktemp("made")
    registry, path = made_registry(folder), folder / "a.txt"
    before = "".join(["\ufeff" * mark, *pieces]).encode()
    path.write_bytes(before)

    find_outdated(registry, [path], fix=True)
    once = path.read_bytes()
    find_outdated(registry, [path], fix=True)

    assert path.read_bytes() == once
    known = re.compile("|".join(map(re.escape, sorted({*FIXED, *FIXED.values(), *MODELS, *RENAMED}, key=len)[::-1])))
    assert known.sub("", once.decode()) == known.sub("", before.decode())


def test_marks_and_line_ends_stay(registry: ModelRegistry, tmp_path: Path) -> None:
    """And columns do not count the mark."""
    path = tmp_path / "a.yaml"
    path.write_bytes(f"\ufeffmodel: {LLAMA}\r\n# é\r\n".encode())

    (one,) = find_outdated(registry, [path], fix=True).found

    assert (one.line, one.column, one.message) == (1, 8, f"{LLAMA}: renamed; now {RENAMED[LLAMA]}")
    assert path.read_bytes() == f"\ufeffmodel: {RENAMED[LLAMA]}\r\n# é\r\n".encode()


def test_kinds_can_be_ignored(registry: ModelRegistry, folder: Path) -> None:
    """They are neither found nor fixed."""
    ignored = [Kind.RENAMED, Kind.UNKNOWN]

    done = find_outdated(registry, [folder], fix=True, ignored=ignored)

    assert {one.kind for one in done.found} == {Kind.WITHDRAWN, Kind.SUPERSEDED}
    assert (folder / "README.md").read_bytes() == (FILES / "README.md").read_bytes()


def test_an_id_that_a_file_could_not_hold_is_not_written(registry: ModelRegistry, tmp_path: Path) -> None:
    """A registry may come from anywhere: an id with a shell's signs in it stays in the message."""
    path = tmp_path / "a.sh"
    path.write_text("vllm serve odd/one\n")

    (one,) = find_outdated(registry, [path], fix=True).found

    assert (one.use, one.is_fixed, path.read_text()) == ("odd/$(touch x)", False, "vllm serve odd/one\n")


def test_registry_files_are_left_alone(registry: ModelRegistry) -> None:
    """Their aliases are meant to be former ids; a file that only looks like one is read."""
    path = Path(str(registry.path)).with_name("other.json")
    path.write_text(json.dumps({"version": 1, "models": {"a": LLAMA}}))
    broken = path.with_name("broken.json")
    broken.write_text(f'{{"version": "1", "models": {LLAMA}')

    done = find_outdated(registry, [registry.path, path, broken], fix=True)

    assert [(one.path, one.id) for one in done.found] == [(path, LLAMA), (broken, LLAMA)]
    assert registry.path.read_text().count(LLAMA) == 1


def test_files_that_cannot_be_read_are_told_if_they_are_named(registry: ModelRegistry, tmp_path: Path) -> None:
    """In a folder they are passed over; the others are read."""
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(b"a: b\nmodel: \xff")
    gone, good = tmp_path / "gone.yaml", tmp_path / "good.yaml"
    good.write_text(LLAMA)

    done = find_outdated(registry, [gone, odd, good])
    below = find_outdated(registry, [tmp_path])

    assert list(map(str, done.problems)) == [f"{gone}: no such file or folder", f"{odd}:2:8: is not UTF-8: byte 0xff"]
    assert all(isinstance(problem, RegistryReadError) for problem in done.problems)
    assert (done.files, len(done.found)) == (1, 1)
    assert (below.problems, len(below.found)) == ((), 1)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Make a file that cannot be replaced: it has another name."""
    path = tmp_path / "a" / "kept.yaml"
    path.parent.mkdir()
    path.write_text(LLAMA)
    path.with_name("other").hardlink_to(path)
    return path


def test_a_file_that_cannot_be_written_is_told(registry: ModelRegistry, kept: Path) -> None:
    """What is out of date in it is still found, and not fixed."""
    done = find_outdated(registry, [kept.parent], fix=True)

    assert [(one.id, one.is_fixed) for one in done.found] == [(LLAMA, False)]
    assert [type(problem) for problem in done.problems] == [RegistryWriteError]
    assert kept.read_text() == LLAMA


def test_a_file_that_goes_meanwhile_is_told(
    registry: ModelRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not made anew."""
    path = tmp_path / "a.yaml"
    path.write_text(LLAMA)

    def gone(_path: Path, change: Any) -> None:
        change(None)

    monkeypatch.setattr("model_garden_registry.lifecycle.outdated.outdated_ids.edit_file", gone)

    done = find_outdated(registry, [path], fix=True)

    assert (done.found, len(done.problems)) == ((), 1)


def test_a_folder_that_cannot_be_read_is_a_problem(
    registry: ModelRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is known of what is in it."""
    folder = tmp_path / "closed"
    folder.mkdir()

    def closed(path: str) -> Any:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", closed)

    done = find_outdated(registry, [folder])

    assert [str(problem) for problem in done.problems] == [f"{folder}: cannot be read: Permission denied"]
