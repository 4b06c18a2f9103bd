"""The TypeScript client: current, sound, and of the same opinion as the library."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_garden_registry import __version__, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.payloads.entries import filled_entry

from .conftest import CLIENT

Run = Callable[..., str]
VISION = "Qwen/Qwen2.5-VL-7B-Instruct"
NEAR = ["unsloth/tinyllama", "unsloth/tinyllama-chat", "TinyLlama/TinyLlama_v1.1"]


def test_the_openapi_document_is_current() -> None:
    """`nox -s client -- generate` writes it anew."""
    wanted = runpy.run_path(str(CLIENT / "generate.py"))["openapi_text"]()

    assert (CLIENT / "openapi.json").read_text(encoding="utf-8") == wanted, "nox -s client -- generate"


def test_the_types_are_current(tool: Run, tmp_path: Path) -> None:
    """They are what the pinned generator makes of the document."""
    script = json.loads((CLIENT / "package.json").read_bytes())["scripts"]["generate"]
    fresh = tmp_path / "schema.ts"

    tool(*script.replace("src/schema.ts", fresh.as_posix()).split())

    is_current = (CLIENT / "src" / "schema.ts").read_text(encoding="utf-8") == fresh.read_text(encoding="utf-8")
    assert is_current, "nox -s client -- generate"


def test_the_client_has_the_version_of_the_package() -> None:
    """Both are released together."""
    assert json.loads((CLIENT / "package.json").read_bytes())["version"] == __version__


def test_the_types_are_sound(tool: Run) -> None:
    """tsc, strict, finds nothing."""
    assert tool("tsc", "--noEmit") == ""


def test_every_method_answers(tool: Run, node: Run, base_url: str, tmp_path: Path) -> None:
    """What the client gives is what the library says."""
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    tool("tsc", "--noEmit", "false", "--outDir", str(tmp_path))
    registry = load_registry(bundled_registry())
    shown = filled_entry(registry.raw(VISION))
    near = "did you mean batch_size or eval_batch_size?"
    quantized = [row.id for row in registry.rows() if row.is_vision and {"quantized", "small"} <= {*row.tags}]

    got: dict[str, Any] = json.loads(node(tmp_path / "tests" / "every_method.js", base_url))

    assert [row["id"] for row in got["list"]["models"]] == list(registry)
    assert got["list"]["total"] == len(registry)
    assert [row["id"] for row in got["part"]["models"]] == quantized[:2]
    assert got["entry"] == json.loads(json.dumps(shown))
    assert got["read"] == [
        shown["training_defaults"]["lora_config"]["r"],
        shown["inference_defaults"]["gpu_memory_utilization"],
        len(shown["tags"]),
    ]
    assert got["categories"] == registry.get_categories()
    assert [gpu["name"] for gpu in got["training"]["data"]["hardware"]["gpus"]] == ["L4", "L4"]
    assert got["inference"]["errors"] == ["Model 'none' not found in registry"]
    assert got["hardware"]["format"] == "mgr.hardware/1"
    assert got["health"]["status"] == "ok"
    assert got["errors"] == [
        [404, "Model 'unsloth/tinylama' not found in registry", NEAR],
        [422, "query.limit: Input should be greater than or equal to 1", []],
        [
            422,
            f"unknown setting 'batch_siz' (from override: config); {near}",
            ["batch_size", "eval_batch_size"],
        ],
        "AbortError",
        [502, "HTTP 502", []],
    ]
