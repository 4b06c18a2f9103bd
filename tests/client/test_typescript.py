"""The TypeScript client: current, sound, and of the same opinion as the library."""

from __future__ import annotations

import json
import re
import runpy
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import __version__, load_registry
from model_garden_registry.api.answering import answer
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.payloads.entries import filled_entry

from .conftest import CLIENT

Run = Callable[..., str]
VISION, TINY = "Qwen/Qwen2.5-VL-7B-Instruct", "unsloth/tinyllama-bnb-4bit"

#: A public method of the client.
METHOD = r"^  async ([a-z]\w+)\("
#: An application that asks rightly, and one wrong question.
CONSUMER = """
import { type ModelRow, type RegistryError, RegistryClient, type components } from "model-garden-registry-client";

export async function small(client: RegistryClient): Promise<ModelRow[]> {
  const { models } = await client.listModels({ max_vram_gb: 24 }, { timeoutMs: 1000 });
  return models.filter((row) => row.min_vram_gb < 24);
}
export const near = (error: RegistryError): readonly string[] => error.close;
export type Row = components["schemas"]["ModelRow"];
// @ts-expect-error: an id is a text
export const wrong = new RegistryClient().showModel(7);
"""


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


def test_every_operation_has_a_method() -> None:
    """Of its name, and there is no other."""
    source = (CLIENT / "src" / "client.ts").read_text(encoding="utf-8")
    paths = json.loads((CLIENT / "openapi.json").read_bytes())["paths"]
    operations = [operation["operationId"] for methods in paths.values() for operation in methods.values()]

    methods = [
        re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)
        for name in re.findall(METHOD, source, re.MULTILINE)
    ]
    assert sorted(methods) == sorted(operations)


def test_the_client_has_the_version_of_the_package() -> None:
    """Both are released together."""
    assert json.loads((CLIENT / "package.json").read_bytes())["version"] == __version__


def test_the_client_has_the_licence_of_the_package() -> None:
    """A package has a copy of its own."""
    assert (CLIENT / "LICENSE").read_bytes() == (CLIENT.parents[1] / "LICENSE").read_bytes()


def test_the_packed_client_is_plain_javascript_with_types(tarball: Path) -> None:
    """Nothing to compile, and no import but of its own files."""
    with tarfile.open(tarball) as archive:
        files = {name: archive.extractfile(name) for name in archive.getnames()}
        texts = {name: file.read().decode() for name, file in files.items() if file}
    modules = [path.stem for path in (CLIENT / "src").glob("*.ts")]
    built = [f"package/dist/{name}{ending}" for name in modules for ending in (".js", ".d.ts")]
    imports = [found for text in texts.values() for found in re.findall(r'(?:from|import) "([^"]+)"', text)]

    assert sorted(texts) == sorted([*built, "package/LICENSE", "package/README.md", "package/package.json"])
    assert {name.partition("/")[0] for name in imports} == {".", "model-garden-registry-client"}


def test_the_sources_are_sound(tool: Run) -> None:
    """tsc, strict, finds nothing; it knows of browsers alone."""
    assert tool("tsc", "--noEmit") == ""


@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
def test_an_application_finds_the_types(resolution: str, tool: Run, installed: Path) -> None:
    """By each way to find a package, and a wrong type is an error there."""
    module = {"bundler": "ES2022", "nodenext": "NodeNext"}[resolution]
    source = installed / "types" / f"{resolution}.ts"
    source.parent.mkdir(exist_ok=True)
    source.write_text(CONSUMER, encoding="utf-8")

    said = tool(
        *("tsc", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "ES2022", "--lib", "ES2022,DOM"),
        *("--module", module, "--moduleResolution", resolution, str(source)),
    )

    assert said == ""


@pytest.fixture(scope="module")
def got(said: Callable[..., Any], base_url: str) -> Any:
    """Give what every method answers."""
    return said("every_method", base_url)


def test_every_method_answers(got: Any) -> None:
    """What the client gives is what the library says."""
    registry = load_registry(bundled_registry())
    shown = filled_entry(registry.raw(VISION))
    quantized = [row.id for row in registry.rows() if row.is_vision and {"quantized", "small"} <= {*row.tags}]

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
    assert got["readiness"] is True


def test_every_question_has_the_answer_of_the_library(got: Any) -> None:
    """The documents of the command line, whole."""
    registry = load_registry(bundled_registry())
    asked: dict[str, tuple[str, dict[str, object]]] = {
        "trainingEstimate": ("estimate/training", {"model_id": VISION, "gpu": "L4", "config": {"batch_size": 1}}),
        "inferenceEstimate": ("estimate/inference", {"model_id": VISION, "engine": "sglang"}),
        "fits": ("fit", {"task": "training", "words": [VISION, TINY], "gpu": "L4"}),
        "plan": ("plan", {"task": "inference", "model_id": VISION, "gpu": ["L4", "H100"]}),
        "gpus": ("gpus", {}),
        "comparison": ("compare", {"id": [VISION, TINY], "gpu": ["L4"]}),
        "trainingForm": ("settings/training", {"model_id": TINY, "method": "full"}),
        "inferenceForm": ("settings/inference", {"model_id": VISION, "engine": "sglang"}),
        "exported": ("export/axolotl", {"model_id": VISION, "task": "training", "config": {"lora_config": {"r": 8}}}),
    }

    for name, (route, keys) in asked.items():
        assert got[name] == json.loads(json.dumps(answer(registry, route, keys))), name
