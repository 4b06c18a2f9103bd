"""``mgr lint``: rules and physics."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
    registry({"nmae": "Model"})

    schema, lint = mgr("schema", "check", "registry.json"), mgr("lint", "registry.json")

    assert (lint.code, lint.out) == (schema.code, schema.out) == (1, schema.out)


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
