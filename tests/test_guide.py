"""The guide that the application gave its users: its Python, its commands and its error text, as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import model_garden_registry
from model_garden_registry import ModelRegistry, RegistryReadError
from model_garden_registry.bundled import bundled_registry, bundled_schema

GUIDE = (Path(__file__).parent / "guide" / "model_registry_guide.md").read_text(encoding="utf-8")
SOURCES = Path(model_garden_registry.__file__).resolve().parents[1]
TINY, LARGE, SMALL = "unsloth/tinyllama-bnb-4bit", "Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct"
#: The hyperparameters that the application documents.
DOCUMENTED = (
    *("learning_rate", "num_epochs", "batch_size", "gradient_accumulation_steps", "warmup_steps", "max_seq_length"),
    *("optim", "lr_scheduler_type"),
)
ADDED = "your-org/your-model"


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


def block_with(language: str, text: str) -> str:
    """Give the one block of a language that holds a text."""
    (block,) = (block for block in blocks(language) if text in block)
    return block


ERROR_TEXT = block_with("python", "FileNotFoundError")
PROGRAMS = [block for block in blocks("python") if block != ERROR_TEXT]

#: Runs the blocks given as JSON in one namespace; prints what each printed, then what some names stand for.
RUN = """
import contextlib, io, json, sys
blocks, namespace, names = json.load(sys.stdin)
outputs = []
for block in blocks:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(block, "guide", "exec"), namespace)
    outputs.append(output.getvalue())
plain = lambda value: [entry.id for entry in value] if isinstance(value, list) else value
values = {name: plain(namespace[name]) for name in names}
values["all_models"] = list(namespace["all_models"])
print(json.dumps([outputs, values]))
"""


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Give a folder with storage/, whose registry is the shipped one with the entry of the guide's first step."""
    folder = tmp_path / "storage"
    folder.mkdir()
    shutil.copy(bundled_schema(), folder)
    document = json.loads(bundled_registry().read_bytes())
    required = json.loads(bundled_schema().read_bytes())["definitions"]["ModelInfo"]["required"]
    filled_in = {key: document["models"][TINY][key] for key in required}
    step = re.sub(r"^\s*//.*$", "", block_with("json", f'"{ADDED}": '), flags=re.MULTILINE)
    added = json.loads(re.sub(r",(\s*\})", r"\1", step))["models"]
    document["models"] |= {key: {**filled_in, **entry} for key, entry in added.items()}
    (folder / "models_registry.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder


def environment(**variables: str) -> dict[str, str]:
    """Give an environment in which this Python and this package are found."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1", **variables}


def read(storage: Path) -> dict[str, Any]:
    """Give the raw entries of a registry."""
    models: dict[str, Any] = json.loads((storage / "models_registry.json").read_bytes())["models"]
    return models


def test_every_block_of_the_guide_is_known() -> None:
    """What the guide shows is run here, or, where it asks the server, with the server; nothing is left over."""
    languages = Counter(re.findall(r"^```(\w+)$", GUIDE, flags=re.MULTILINE))
    commands = [block for block in blocks("bash") if "curl" not in block]

    assert (len(PROGRAMS), languages["python"]) == (11, 12)
    assert (len(commands), languages["bash"]) == (2, 6)
    assert set(languages) == {"python", "bash", "json", "typescript"}


def test_python_blocks_run_as_written(storage: Path, tmp_path: Path) -> None:
    """In order, in one namespace that supplies three names, each block runs and prints what the registry says."""
    models = read(storage)
    supplied = {"base_model": TINY, "model_id": LARGE, "user_overrides": {"batch_size": 1, "num_epochs": 5}}
    names = [
        "text_models",
        "vision_models",
        "llm_models",
        "recommended",
        "quantized",
        "stable",
        "final_config",
        "error",
    ]
    question = json.dumps([PROGRAMS, supplied, [*names, "hyperparameters", "lora_config", "inference_config"]])
    variables = environment(MGR_REGISTRY=str(storage / "models_registry.json"))

    reply = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN],
        check=False,
        input=question,
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=variables,
    )

    assert (reply.returncode, reply.stderr) == (0, "")
    outputs, values = json.loads(reply.stdout)
    assert "".join(outputs) == expected_output(models)
    assert values == expected_values(models, supplied["user_overrides"])


def expected_output(models: dict[str, Any]) -> str:
    """Say what the guide's prints should show."""
    tiny, large = models[TINY], models[LARGE]["training_defaults"]
    return (
        f"Model: {tiny['name']}\n"
        f"Min VRAM: {tiny['requirements']['min_vram_gb']} GB\n"
        "Supports vision: False\n"
        f"Learning rate: {large['hyperparameters']['learning_rate']}\n"
        f"Batch size: {large['hyperparameters']['batch_size']}\n"
        f"LoRA rank: {large['lora_config']['r']}\n"
        f"Max model len: {models[LARGE]['inference_defaults']['max_model_len']}\n"
        "This is a vision-language model\n"
        "Supports selective loss for structured outputs\n"
        "Supports streaming inference\n"
        "Successfully added: Your Model Name\n"
    )


def documented(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters that the application documents; an entry may state more."""
    stated = entry["training_defaults"]["hyperparameters"]
    return {name: stated[name] for name in DOCUMENTED}


def expected_values(models: dict[str, Any], overrides: object) -> dict[str, Any]:
    """Say what the guide's names should stand for at the end."""

    def ids(key: str, value: object) -> list[str]:
        return [model_id for model_id, raw in models.items() if raw[key] == value]

    def tagged(tag: str) -> list[str]:
        return [model_id for model_id, raw in models.items() if tag in raw["tags"]]

    large = models[LARGE]
    assert isinstance(overrides, dict)
    return {
        "all_models": list(models),
        "text_models": ids("category", "text-llm"),
        "vision_models": ids("category", "vision-vlm"),
        "llm_models": ids("category", "text-llm"),
        "recommended": tagged("recommended"),
        "quantized": tagged("quantized"),
        "stable": ids("status", "stable"),
        "hyperparameters": documented(models[TINY]),
        "lora_config": {"use_rslora": False, **large["training_defaults"]["lora_config"]},
        "inference_config": {"quantization": None, **large["inference_defaults"]},
        "final_config": {**documented(large), **overrides},
        "error": None,
    }


def test_the_error_text_is_ours(tmp_path: Path) -> None:
    """Where there is no registry, the error is the one that the guide's troubleshooting shows."""
    with pytest.raises(FileNotFoundError) as caught:
        ModelRegistry("storage/models_registry.json")

    assert f"FileNotFoundError: {caught.value}\n".replace("\\", "/") == ERROR_TEXT
    assert isinstance(caught.value, RegistryReadError)
    assert list(tmp_path.iterdir()) == []


def test_the_jsonschema_command_runs_as_written(storage: Path) -> None:
    """In a folder with storage/, the guide's check of the registry says that it is valid."""
    if not (bash := shutil.which("bash")):
        pytest.skip("bash is not installed")
    command = without_installs(block_with("bash", "jsonschema.validate"))

    reply = subprocess.run(
        [bash, "-e", "-c", command],
        check=False,
        capture_output=True,
        encoding="utf-8",
        cwd=storage.parent,
        env=environment(),
    )

    assert (reply.returncode, reply.stdout, reply.stderr) == (0, "✓ Registry is valid\n", "")


@pytest.mark.parametrize("options", [(), ("--strict-types=true", "--strict-tuples=true")], ids=["as written", "strict"])
def test_the_ajv_command_runs_as_written(options: tuple[str, ...], storage: Path) -> None:
    """Ajv, bare and in its strictest mode, takes schema and registry by the guide's arguments."""
    if not (npx := shutil.which("npx")):
        pytest.skip("npx (Node.js) is not installed")
    ajv, *arguments = without_installs(block_with("bash", "ajv validate")).split()
    program = [npx, "--yes", "ajv-cli@5.0.0"]
    if not is_found(*program):
        pytest.skip("ajv-cli can be neither found nor fetched by npx")

    reply = subprocess.run(
        [*program, *arguments, *options], check=False, capture_output=True, encoding="utf-8", cwd=storage.parent
    )

    assert ajv == "ajv"
    assert (reply.returncode, reply.stdout) == (0, "storage/models_registry.json valid\n")


@cache
def is_found(*program: str) -> bool:
    """Say whether a program of Node.js is there, or can be fetched."""
    return subprocess.run([*program, "help"], check=False, capture_output=True).returncode == 0


def without_installs(command: str) -> str:
    """Leave out the lines that install what is there already."""
    lines = command.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("pip install ", "npm install ")))
