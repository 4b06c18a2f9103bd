"""``mgr lint``: rules and physics."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.files.writing.locks import locked

Ask = Callable[..., Any]
Write = Callable[..., Path]

#: A shape, and memory that suits it.
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
MEMORY = {"min_vram_gb": 26, "recommended_vram_gb": 32}
SOUND = {"architecture": SHAPE, "requirements": MEMORY}
#: Sound for the schema and the rules, and not what an 8B model is.
ODD = {"architecture": {**SHAPE, "parameters": 7_800_000_000}, "requirements": MEMORY}
LONG = {"architecture": {**SHAPE, "max_position_embeddings": 4096}, "requirements": MEMORY}


def test_a_sound_file_is_ok(mgr: Ask, registry: Write) -> None:
    """Without a file, the registry in use is checked."""
    registry(SOUND)

    result = mgr("lint")

    assert (result.code, result.out, result.err) == (0, "ok           registry.json\n", "")


def test_what_the_schema_lets_pass_is_held_against_the_model(mgr: Ask, registry: Write) -> None:
    """``mgr schema check`` finds nothing in a file whose numbers cannot be; lint does: exit 1."""
    registry(LONG)

    schema, lint = mgr("schema", "check", "registry.json"), mgr("lint", "registry.json")

    column = Path("registry.json").read_text(encoding="utf-8").index('"max_model_len"') + 1
    assert (schema.code, lint.code, lint.out.splitlines()) == (
        0,
        1,
        [
            "fail         registry.json: 1 failure",
            (
                f"registry.json:1:{column}: fail: max_model_len 8192 is beyond the model's 4096 positions"
                " [context-too-long] at /models/org~1model/inference_defaults/max_model_len"
            ),
        ],
    )


def test_lint_finds_what_schema_check_finds(mgr: Ask, registry: Write) -> None:
    """A file that does not follow the schema fails in both, with the same words."""
    registry({**SOUND, "nmae": "Model"})

    schema, lint = mgr("schema", "check", "registry.json"), mgr("lint", "registry.json")

    assert (lint.code, lint.out) == (schema.code, schema.out) == (1, schema.out)


def test_beside_schema_check_no_finding_is_said_twice(mgr: Ask, registry: Write) -> None:
    """One line counts what the other command shows, with its weight; the rest is lint's own."""
    registry({**LONG, "nmae": "Model"})

    schema, lint = mgr("schema", "check"), mgr("lint", "--beyond-schema")

    first, counted, *others = lint.out.splitlines()
    assert (lint.code, first) == (1, "fail         registry.json: 2 failures")
    assert counted.endswith(
        "fail: mgr schema check finds 1 failure, not repeated here [left-to-schema-check] at /models/org~1model/nmae"
    )
    assert [line.rpartition("[")[2].partition("]")[0] for line in others] == ["context-too-long"]
    assert not {*schema.out.splitlines()} & {counted, *others}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [pytest.param((), 0, id="passes"), pytest.param(("--strict",), 1, id="fails under --strict")],
)
def test_a_warning(arguments: tuple[str, ...], code: int, mgr: Ask, registry: Write) -> None:
    """The verdict stays a warning; --strict decides what it counts as."""
    registry(ODD)

    result = mgr("lint", *arguments)

    assert (result.code, result.out.splitlines()[0]) == (code, "warning      registry.json: 1 warning")


@pytest.mark.parametrize(
    ("output_format", "part"),
    [
        pytest.param("json", '"code": "parameters-mismatch"', id="JSON"),
        pytest.param("sarif", '"ruleId": "parameters-mismatch"', id="SARIF"),
        pytest.param("junit", "[parameters-mismatch]", id="JUnit"),
        pytest.param("github", ",title=parameters-mismatch::", id="annotations"),
    ],
)
def test_every_format_has_the_finding(output_format: str, part: str, mgr: Ask, registry: Write) -> None:
    """The formats of ``schema check``, the findings of lint."""
    registry(ODD)

    result = mgr("lint", "--format", output_format)

    assert result.code == 0
    assert part in result.out


def test_a_file_that_cannot_be_opened_does_not_hide_the_others(
    mgr: Ask, registry: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3, and the other file is checked; rights are found out by reading."""
    registry(SOUND)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)

    result = mgr("lint", "registry.json/below", "registry.json")

    lines = result.out.splitlines()
    assert (result.code, lines[0], lines[-1]) == (3, "no answer    registry.json/below", "ok           registry.json")


@pytest.mark.parametrize("output_format", ["github", "sarif"])
@pytest.mark.skipif(os.name == "nt", reason="a directory in use cannot be deleted there")
def test_a_deleted_directory_leaves_names_whole(
    output_format: str, mgr: Ask, registry: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is relative to it."""
    path = registry(ODD)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    result = mgr("lint", path, "--format", output_format)

    name = {"github": f"file={path},", "sarif": f'"uri": "{path.as_uri()}"'}[output_format]
    assert result.code == 0
    assert name in result.out


@pytest.mark.skipif(os.name == "nt", reason="names of files are texts there")
def test_a_file_name_that_is_no_text_is_in_the_log(mgr_process: Ask, registry: Write) -> None:
    """As bytes in percent."""
    registry(ODD).rename(os.fsdecode(b"\xff2.json"))

    result = mgr_process("lint", os.fsdecode(b"\xff2.json"), "--format", "sarif")

    assert (result.code, result.err) == (0, "")
    assert '"uri": "%FF2.json"' in result.out


def test_a_file_that_cannot_be_opened_is_no_answer(mgr: Ask) -> None:
    """Exit 3; under --json with the facts."""
    result = mgr("lint", "gone.json", "--json")

    assert (result.code, json.loads(result.out)["error"]) == (3, "RegistryNotFoundError")


DERIVED = {"/requirements": {"kind": "derived", "source": "the shape", "as_of": "2026-11"}}


def test_derived_numbers_are_written_anew(mgr: Ask, registry: Write) -> None:
    """Each change is said; what is left to find is reported of the changed file."""
    path = registry({**SOUND, "requirements": {"min_vram_gb": 4, "recommended_vram_gb": 6}, "sources": DERIVED})
    before = path.read_text(encoding="utf-8")

    result = mgr("lint", "--fix", "registry.json")

    numbers = [int(number) for number in re.findall(r"(\d+) → (\d+)", result.err) for number in number]
    minimum, recommended = numbers[1], numbers[3]
    after = before.replace('"min_vram_gb": 4', f'"min_vram_gb": {minimum}')
    after = after.replace('"recommended_vram_gb": 6', f'"recommended_vram_gb": {recommended}')
    pointer = "/models/org~1model/requirements"
    assert (result.code, result.out) == (0, "ok           registry.json\n")
    assert result.err.splitlines() == [
        f"mgr: note: registry.json: {pointer}/min_vram_gb: 4 → {minimum}",
        f"mgr: note: registry.json: {pointer}/recommended_vram_gb: 6 → {recommended}",
    ]
    assert path.read_text(encoding="utf-8") == after


def test_a_number_that_would_contradict_a_declared_one_stays(mgr: Ask, registry: Write) -> None:
    """It is said with the reason, and the file stays as valid as it was."""
    sources = {"/requirements/min_vram_gb": DERIVED["/requirements"]}
    path = registry({**SOUND, "requirements": {"min_vram_gb": 5, "recommended_vram_gb": 6}, "sources": sources})
    before = path.read_bytes()

    result = mgr("lint", "--fix", "registry.json")

    assert path.read_bytes() == before
    assert re.fullmatch(
        r"mgr: warning: registry\.json: /models/org~1model/requirements/min_vram_gb: kept at 5: "
        r"\d+ would be above requirements\.recommended_vram_gb 6\n",
        result.err,
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"inference_defaults": {"quantization": "fp8"}}, id="fp8"),
        pytest.param({"inference_defaults": {"quantization": "bitsandbytes"}}, id="bitsandbytes"),
        pytest.param({"architecture": {**SHAPE, "dtype": "float32"}}, id="float32"),
    ],
)
def test_what_a_fix_writes_has_nothing_against_it(changes: dict[str, Any], mgr: Ask, registry: Write) -> None:
    """However the weights are served."""
    registry({**SOUND, "capabilities": {"training": False}, "sources": DERIVED, **changes})

    result = mgr("lint", "--fix", "registry.json")

    assert (result.code, result.out) == (0, "ok           registry.json\n")


def test_a_second_fix_changes_nothing(mgr: Ask, registry: Write) -> None:
    """Not even the file's date."""
    path = registry({**SOUND, "sources": DERIVED})
    mgr("lint", "--fix", "registry.json")
    before = path.stat()

    result = mgr("lint", "--fix", "registry.json")

    after = path.stat()
    assert (result.err, after.st_mtime_ns, after.st_ino) == ("", before.st_mtime_ns, before.st_ino)


def test_declared_numbers_are_left_alone(mgr: Ask, registry: Write) -> None:
    """Whatever the shape says: they are somebody's experience."""
    path = registry({**SOUND, "requirements": {"min_vram_gb": 18, "recommended_vram_gb": 24}})
    before = path.read_bytes()

    result = mgr("lint", "--fix", "registry.json")

    assert (result.err, path.read_bytes()) == ("", before)
    assert "[minimum-below-estimate]" in result.out


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{", id="not JSON"),
        pytest.param(b'{"version": "9.0.0"}', id="a newer format"),
        pytest.param(b'{"version": "1.1.0", "models": {}}', id="not what the schema asks for"),
    ],
)
def test_a_file_that_cannot_be_judged_is_only_reported(content: bytes, mgr: Ask, tmp_path: Path) -> None:
    """There is nothing to derive."""
    path = tmp_path / "odd.json"
    path.write_bytes(content)

    fixed, linted = mgr("lint", "--fix", path), mgr("lint", path)

    assert (fixed.code, fixed.out, fixed.err, path.read_bytes()) == (1, linted.out, "", content)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_fix_that_cannot_be_written_is_no_answer(mgr: Ask, registry: Write) -> None:
    """One line on stderr, the report of the file as it is, exit 3."""
    path = registry({**SOUND, "requirements": {"min_vram_gb": 4, "recommended_vram_gb": 6}, "sources": DERIVED})
    before = path.read_bytes()
    Path("other.json").hardlink_to(path)

    result = mgr("lint", "--fix", "registry.json")

    problem = "has other names (hard links), which would keep the old content"
    assert (result.code, path.read_bytes(), path.samefile("other.json")) == (3, before, True)
    assert result.err == f"mgr: error: registry.json: {problem}\n"
    assert "[minimum-below-weights]" in result.out


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_fix_follows_a_link(mgr: Ask, registry: Write) -> None:
    """The link stays one."""
    path = registry({**SOUND, "requirements": {"min_vram_gb": 4, "recommended_vram_gb": 6}, "sources": DERIVED})
    before = path.read_bytes()
    Path("link.json").symlink_to(path)

    result = mgr("lint", "--fix", "link.json")

    assert (result.code, path.read_bytes() != before, Path("link.json").is_symlink()) == (0, True, True)


def test_a_fix_that_waits_in_vain_names_who_writes(mgr: Ask, registry: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, one line."""
    path = registry({**SOUND, "requirements": {"min_vram_gb": 4, "recommended_vram_gb": 6}, "sources": DERIVED})
    monkeypatch.setattr("model_garden_registry.files.writing.locks.LIMIT_SECONDS", 0.0)
    with locked(path):
        result = mgr("lint", "--fix", "registry.json")

    who = f"is locked by process {os.getpid()}: try again when that has finished"
    assert (result.code, result.err) == (3, f"mgr: error: registry.json: {who}\n")


@pytest.mark.sweep
def test_the_shipped_registry_has_no_error(mgr: Ask, repository: Path) -> None:
    """And a fix would change nothing."""
    shipped = (repository / "storage/models_registry.json").read_bytes()
    copy = Path("copy.json")
    copy.write_bytes(shipped)

    result = mgr("lint", "--fix", "copy.json")

    assert (result.code, result.err, copy.read_bytes()) == (0, "", shipped)
