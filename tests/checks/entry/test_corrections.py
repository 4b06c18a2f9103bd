"""Derived numbers of whole files, written anew: the value says what is changed, what stays, and why."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.checks.entry import corrections
from model_garden_registry.checks.entry.corrections import CorrectedFile, correct_registry_files
from model_garden_registry.checks.entry.derived_requirements import Correction

Make = Callable[..., dict[str, Any]]

#: What 8 billion parameters are not served with.
TOO_LITTLE = {"requirements.min_vram_gb": 4, "requirements.recommended_vram_gb": 6}
SHAPE = {
    "parameters": 8_030_000_000,
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128_256,
    "tie_word_embeddings": False,
}
SOURCE = {"kind": "derived", "source": "the shape", "as_of": "2026-11"}
MINIMUM = ("models", "org/model", "requirements", "min_vram_gb")
RECOMMENDED = ("models", "org/model", "requirements", "recommended_vram_gb")


@pytest.fixture
def write(tmp_path: Path, raw_with: Make, document: Make) -> Callable[..., Path]:
    """Return a maker of files with one entry, whose shape is known, and which says what of it is derived."""

    def make(*pointers: str, changes: Mapping[str, Any] = TOO_LITTLE, name: str = "registry.json") -> Path:
        sources = dict.fromkeys(pointers, SOURCE)
        entry = raw_with({"id": "org/model", "architecture": SHAPE, "sources": sources, **changes})
        path = tmp_path / name
        path.write_text(json.dumps(document(entry), indent=2), encoding="utf-8")
        return path

    return make


def requirements(path: Path) -> tuple[float, float]:
    """Read the two numbers that stand in a file."""
    stated = json.loads(path.read_bytes())["models"]["org/model"]["requirements"]
    return stated["min_vram_gb"], stated["recommended_vram_gb"]


def test_what_is_written_is_told(write: Callable[..., Path]) -> None:
    """Each number with its place, as it was and as it is now."""
    path = write("/requirements")

    (corrected,) = correct_registry_files([path])

    minimum, recommended = requirements(path)
    written = (Correction(MINIMUM, 4, int(minimum)), Correction(RECOMMENDED, 6, int(recommended)))
    assert corrected == CorrectedFile(path=path, written=written)
    assert 4 < minimum < recommended


def test_a_second_time_there_is_nothing_to_write(write: Callable[..., Path]) -> None:
    """The file is not touched."""
    path = write("/requirements")
    correct_registry_files([path])
    before = path.stat()

    assert correct_registry_files([path]) == [CorrectedFile(path=path)]
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_would_contradict_a_declared_number_is_kept(write: Callable[..., Path]) -> None:
    """With the obstacle; the file is not touched."""
    path = write("/requirements/min_vram_gb")
    before = path.read_bytes()

    (corrected,) = correct_registry_files([path])

    (kept,) = corrected.kept
    assert corrected == CorrectedFile(path=path, kept=(Correction(MINIMUM, 4, kept.new, kept.obstacle),))
    assert kept.obstacle == "would be above requirements.recommended_vram_gb 6"
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_cannot_be_written_is_a_problem_of_its_file(write: Callable[..., Path], tmp_path: Path) -> None:
    """The file keeps its content, and the others are still written."""
    first, second = write("/requirements"), write("/requirements", name="second.json")
    (tmp_path / "other.json").hardlink_to(first)

    refused, written = correct_registry_files([first, second])

    assert str(refused.problem) == f"{first}: has other names (hard links), which would keep the old content"
    assert (refused.written, requirements(first)) == ((), (4, 6))
    assert (len(written.written), written.problem) == (2, None)


def test_what_another_writer_wrote_meanwhile_is_corrected(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While this one waited for the lock; nothing of that is lost."""
    path, real = write("/requirements"), corrections.edit_file

    def wait(path: Path, change: Callable[[bytes | None], bytes]) -> None:
        path.write_bytes(path.read_bytes().replace(b'"recommended_vram_gb": 6', b'"recommended_vram_gb":  7'))
        real(path, change)

    monkeypatch.setattr(corrections, "edit_file", wait)
    (corrected,) = correct_registry_files([path])

    minimum, recommended = requirements(path)
    written = (Correction(MINIMUM, 4, int(minimum)), Correction(RECOMMENDED, 7, int(recommended)))
    assert corrected == CorrectedFile(path=path, written=written)


def test_a_file_that_is_gone_meanwhile_is_left_to_a_check(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not made anew."""
    path, real = write("/requirements"), corrections.edit_file

    def wait(path: Path, change: Callable[[bytes | None], bytes]) -> None:
        path.unlink()
        real(path, change)

    monkeypatch.setattr(corrections, "edit_file", wait)

    assert correct_registry_files([path]) == [CorrectedFile(path=path)]
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="not there"),
        pytest.param(b"{", id="not JSON"),
        pytest.param(b'{"version": "9.0.0"}', id="a newer format"),
        pytest.param(b'{"version": "1.1.0", "models": {}}', id="not what the schema asks for"),
    ],
)
def test_a_file_that_cannot_be_judged_is_left_to_a_check(content: bytes | None, tmp_path: Path) -> None:
    """There is nothing to derive."""
    path = tmp_path / "odd.json"
    if content is not None:
        path.write_bytes(content)

    assert correct_registry_files([path]) == [CorrectedFile(path=path)]
    assert content is None or path.read_bytes() == content
