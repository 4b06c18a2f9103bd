"""The command line and HTTP give the same JSON: the value in the document of the one is the ``data`` of the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from typer.testing import CliRunner

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.catalogue.filtering import SORT_FIELDS
from model_garden_registry.cli.app import app as command_line
from model_garden_registry.server import create_app

ROOT = Path(__file__).resolve().parent
SHIPPED: dict[str, Any] = json.loads(bundled_registry().read_bytes())
PREFIX = "/api/v1/registry"
TASKS = ("training", "inference")
VISION = "Qwen/Qwen2.5-VL-7B-Instruct"

#: Of the shipped entries, of which there are hundreds, one of so many is asked.
STRIDE = 7

#: Every file of which both faces can say something.
REGISTRIES = [bundled_registry(), *sorted((ROOT / "registries" / "valid").glob("*.json"))]


def mgr(*arguments: str, registry: Path = REGISTRIES[0]) -> Any:
    """Give the document that ``mgr … --json`` writes."""
    return json.loads(CliRunner().invoke(command_line, ["--registry", str(registry), *arguments, "--json"]).stdout)


@pytest.fixture(scope="module")
def http() -> Callable[..., Any]:
    """Give the document that a route answers with."""
    apps: dict[Path, Any] = {}

    def ask(target: str, question: Any = None, *, registry: Path = REGISTRIES[0]) -> Any:
        if registry not in apps:
            apps[registry] = create_app(registry)
        return json.loads(asyncio.run(_content(apps[registry], target, question)))

    return ask


async def _content(app: Any, target: str, question: Any) -> bytes:
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": "GET" if question is None else "POST",
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [(b"content-type", b"application/json")],
        "root_path": "",
    }
    sent: list[Any] = []

    pending = [{"type": "http.request", "body": json.dumps(question).encode(), "more_body": False}]

    async def receive() -> Any:
        return pending.pop() if pending else await asyncio.Event().wait()  # the client stays

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return b"".join(message["body"] for message in sent[1:])


def entries() -> Iterator[Any]:
    for registry in REGISTRIES:
        for model_id in [*json.loads(registry.read_bytes())["models"]][:: STRIDE if registry == REGISTRIES[0] else 1]:
            yield pytest.param(registry, model_id, id=f"{registry.stem} {model_id}")


pytestmark = [
    pytest.mark.sweep,
    pytest.mark.usefixtures("forks"),
    pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning"),
]


@pytest.mark.parametrize(("registry", "model_id"), [*entries()])
def test_an_entry_is_the_same(registry: Path, model_id: str, http: Callable[..., Any]) -> None:
    """``mgr show`` and ``GET /models/{id}``."""
    shown = mgr("show", model_id, registry=registry)["entry"]

    assert http(f"{PREFIX}/models/{quote(model_id, safe='')}", registry=registry) == {"success": True, "data": shown}


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda path: path.stem)
def test_lists_and_categories_are_the_same(registry: Path, http: Callable[..., Any]) -> None:
    """``mgr list`` and ``GET /models``; ``mgr categories`` and ``GET /categories``."""
    listed = mgr("list", registry=registry)
    categories = mgr("categories", registry=registry)["categories"]

    assert http(f"{PREFIX}/models", registry=registry) == {
        "success": True,
        "data": listed["models"],
        "total": listed["total"],
    }
    assert http(f"{PREFIX}/categories", registry=registry) == {"success": True, "data": categories}


@pytest.mark.parametrize(
    ("options", "query"),
    [
        pytest.param(["--category", "vision-vlm"], {"category": "vision-vlm"}, id="category"),
        pytest.param(["--category", "none"], {"category": "none"}, id="unknown category"),
        pytest.param(["--tag", "quantized", "--tag", "small"], [("tag", "quantized"), ("tag", "small")], id="tags"),
        pytest.param(["--status", "experimental"], {"status": "experimental"}, id="status"),
        pytest.param(["--provider", "Qwen"], {"provider": "Qwen"}, id="provider"),
        pytest.param(["--architecture", "llama"], {"architecture": "llama"}, id="architecture"),
        pytest.param(["--task", "training"], {"task": "training"}, id="task"),
        pytest.param(["--quantized"], {"quantized": "true"}, id="quantised"),
        pytest.param(["--no-quantized"], {"quantized": "false"}, id="not quantised"),
        pytest.param(["--vision"], {"vision": "true"}, id="vision"),
        pytest.param(["--no-vision"], {"vision": "false"}, id="no vision"),
        pytest.param(["--max-vram", "12"], {"max_vram_gb": "12"}, id="memory"),
        pytest.param(
            ["--max-vram", "12", "--task", "training"], {"max_vram_gb": "12", "task": "training"}, id="memory of a task"
        ),
        pytest.param(["--size", "7B..14B"], {"size": "7B..14B"}, id="size"),
        pytest.param(["--gpu", "L4"], {"gpu": "L4"}, id="fits on a GPU"),
        pytest.param(["--gpu", "L4:2", "--task", "training"], {"gpu": "L4:2", "task": "training"}, id="for a task"),
        pytest.param(["qwen*vl"], {"query": "qwen*vl"}, id="query"),
        *(pytest.param(["--sort", field], {"sort": field}, id=f"by {field}") for field in SORT_FIELDS),
        pytest.param(["--sort", "id", "--limit", "3"], {"sort": "id", "limit": "3"}, id="limit"),
    ],
)
def test_a_part_of_a_list_is_the_same(options: list[str], query: Any, http: Callable[..., Any]) -> None:
    """Each filter by its name on either face."""
    reply, document = http(f"{PREFIX}/models?{urlencode(query)}"), mgr("list", *options)

    assert (reply["data"], reply["total"]) == (document["models"], document["total"])


@pytest.mark.parametrize("gpu", [None, "RTX 4090"])
@pytest.mark.parametrize("task", TASKS)
def test_every_report_is_the_same(task: str, gpu: str | None, http: Callable[..., Any]) -> None:
    """``mgr validate --all``, which leaves out what does not support the task, and questions for some."""
    reports = mgr("validate", task, "--all", *(("--gpu", gpu) if gpu else ()))["reports"]
    some = reports[::STRIDE]
    questions = [{"model_id": report["subject"], "gpu": gpu} for report in some]

    assert len(reports) == sum(entry["capabilities"][task] for entry in SHIPPED["models"].values())
    assert [http(f"{PREFIX}/validate/{task}", question)["data"] for question in questions] == some


def reports() -> Iterator[Any]:
    for task in TASKS:
        unable = [key for key, entry in SHIPPED["models"].items() if not entry["capabilities"][task]]
        for model_id in unable[::STRIDE]:
            yield pytest.param(task, model_id, [], {}, id=f"{task} {model_id}")
    for task, gpu in product(TASKS, ("L4", "L4:2", "A100", "A100 MIG 1g.5gb")):
        yield pytest.param(task, VISION, ["--gpu", gpu], {"gpu": gpu}, id=f"{task} on {gpu}")
    yield pytest.param("training", VISION, ["--gpu", "L4:2"], {"gpu": "L4", "gpus": 2}, id="a count beside the name")
    settings = {"batch_size": 4, "lora_config": {"r": 8}, "max_seq_length": 200_000}
    given = ["--set", "batch_size=4", "--set", "lora_config.r=8", "--set", "max_seq_length=200000"]
    for gpu in ("L4", "H100"):
        options, question = [*given, "--gpu", gpu], {"config": settings, "gpu": gpu}
        yield pytest.param("training", VISION, options, question, id=f"settings on {gpu}")
    yield pytest.param("training", VISION, ["--method", "qlora"], {"method": "qlora"}, id="method")


@pytest.mark.parametrize(("task", "model_id", "options", "question"), [*reports()])
def test_a_report_is_the_same(
    task: str, model_id: str, options: list[str], question: dict[str, Any], http: Callable[..., Any]
) -> None:
    """``mgr validate`` and ``POST /validate/{task}``; what stands beside the report says the same."""
    report = mgr("validate", task, model_id, *options)

    reply = http(f"{PREFIX}/validate/{task}", {"model_id": model_id, **question})

    assert reply["data"] == report
    assert (reply["valid"], reply["errors"][:1]) == (
        report["is_valid"],
        [report["error_message"]] if report["error_message"] else [],
    )


def test_this_machine_is_the_same(http: Callable[..., Any]) -> None:
    """``mgr hardware`` and ``GET /hardware``."""
    assert http(f"{PREFIX}/hardware") == {"success": True, "data": mgr("hardware")}


def test_an_unknown_model_is_the_same_error(http: Callable[..., Any]) -> None:
    """With the application's sentence beside it."""
    error = mgr("show", "unsloth/tinylama")
    sentence = "Model 'unsloth/tinylama' not found in registry"

    assert http(f"{PREFIX}/models/unsloth/tinylama") == {"detail": sentence, **error}
    assert http(f"{PREFIX}/validate/training", {"model_id": "unsloth/tinylama"})["data"] == {
        "is_valid": False,
        "error_message": sentence,
        **error,
    }


@pytest.mark.parametrize(
    ("options", "question"),
    [
        pytest.param(["--set", "batch_siz=1"], {"config": {"batch_siz": "1"}}, id="setting"),
        pytest.param(["--set", "batch_size=many"], {"config": {"batch_size": "many"}}, id="value"),
        pytest.param(["--gpu", "L5"], {"gpu": "L5"}, id="GPU"),
    ],
)
def test_a_wrong_question_is_the_same_error(
    options: list[str], question: dict[str, Any], http: Callable[..., Any]
) -> None:
    """But for the place from which a setting came, which each face calls by its own name."""
    error = mgr("validate", "training", VISION, *options)
    ours = {"--set": "config"}.get(options[0], "")
    said = json.loads(json.dumps(error).replace("override: --set", f"override: {ours}"))

    reply = http(f"{PREFIX}/validate/training", {"model_id": VISION, **question})

    assert reply == {"detail": said["message"], **said}


ON_L4X2 = ["--gpu", "L4:2"]
SET = ["--set", "batch_size=4", "--set", "lora_config.r=8"]
CONFIG = {"batch_size": 4, "lora_config": {"r": 8}}
TEXT, TINY = "Qwen/Qwen3-8B", "unsloth/tinyllama-bnb-4bit"


def documents() -> Iterator[Any]:
    """Yield a command line, a route, and the body of a question for it."""
    estimates = [
        ("training", TEXT, [], {}),
        ("training", VISION, [*SET, *ON_L4X2], {"config": CONFIG, "gpu": "L4", "gpus": 2}),
        ("training", TINY, ["--method", "lora", "--stack", "trl"], {"method": "lora", "stack": "trl"}),
        ("training", TEXT, ["--gpu", "A100"], {"gpu": "A100"}),
        ("inference", TEXT, ["--engine", "sglang", "--gpu", "T4"], {"engine": "sglang", "gpu": "T4"}),
        ("inference", VISION, ["--set", "concurrent=8"], {"config": {"concurrent": 8}}),
    ]
    for task, model_id, options, keys in estimates:
        name = " ".join(["estimate", task, model_id, *options])
        command = ["estimate", task, model_id, *options]
        yield pytest.param(command, f"estimate/{task}", {"model_id": model_id, **keys}, id=name)
    fits = [
        ("training", ["--gpu", "L4", "--limit", "40"], {"gpu": "L4", "limit": 40}),
        ("inference", ["qwen3", "8b", "--gpu", "T4"], {"words": ["qwen3", "8b"], "gpu": "T4"}),
        ("inference", [TEXT, VISION, "--gpu", "T4"], {"words": [TEXT, VISION], "gpu": "T4"}),
        (
            "training",
            ["phi", "--gpu", "L4,H100:2", "--limit", "9"],
            {"words": "phi", "gpu": "L4,H100:2", "limit": 9},
        ),
        ("training", ["gemma", *ON_L4X2, *SET], {"words": ["gemma"], "gpu": ["L4:2"], "config": CONFIG}),
        ("training", ["phi", "--gpu", "T4", "--method", "full"], {"words": ["phi"], "gpu": "T4", "method": "full"}),
        ("inference", ["no-such", "--gpu", "L4"], {"words": "no-such", "gpu": "L4"}),
    ]
    for task, options, keys in fits:
        name = " ".join(["fit", task, *options])
        yield pytest.param(["fit", task, *options], "fit", {"task": task, **keys}, id=name)
    plans = [
        ("training", TEXT, [], {}),
        ("inference", VISION, ["--gpu", "L4,A100", "--limit", "3"], {"gpu": ["L4", "A100"], "limit": 3}),
        ("inference", TEXT, ["--engine", "sglang"], {"engine": "sglang"}),
        ("training", TEXT, [*SET, "--stack", "axolotl"], {"config": CONFIG, "stack": "axolotl"}),
    ]
    for task, model_id, options, keys in plans:
        name = " ".join(["plan", task, model_id, *options])
        command = ["plan", task, model_id, *options]
        yield pytest.param(command, "plan", {"task": task, "model_id": model_id, **keys}, id=name)
    compared = [
        ([TEXT, VISION], [], {}),
        ([TEXT, TINY, VISION], ["--gpu", "L4", "--gpu", "a100-80gb:2"], {"gpu": ["L4", "a100-80gb:2"]}),
    ]
    for ids, options, keys in compared:
        query = urlencode({"id": ids, **keys}, doseq=True)
        yield pytest.param(["compare", *ids, *options], f"compare?{query}", None, id=" ".join([*ids, *options]))
    exports = [
        ("axolotl", TEXT, [], {}),
        ("vllm", VISION, [*ON_L4X2], {"gpu": "L4:2"}),
        ("llamafactory", TEXT, [*SET, "--method", "lora"], {"config": json.dumps(CONFIG), "method": "lora"}),
        ("skypilot", TEXT, ["--task", "training", "--stack", "trl"], {"task": "training", "stack": "trl"}),
        ("sglang", TINY, ["--gpu", "T4", "--format", "yaml"], {"gpu": "T4", "form": "yaml"}),
    ]
    for target, model_id, options, keys in exports:
        route = f"models/{model_id}/export/{target}?{urlencode(keys)}"
        yield pytest.param(["export", target, model_id, *options], route, None, id=f"{target} {model_id}")


@pytest.mark.parametrize(("command", "route", "keys"), [*documents()])
def test_a_document_is_the_same(command: list[str], route: str, keys: Any, http: Callable[..., Any]) -> None:
    """Estimates, fits, plans, comparisons and exports, bare."""
    assert http(f"{PREFIX}/{route.removesuffix('?')}", keys) == mgr(*command)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model_id", [TEXT, VISION, TINY])
def test_the_defaults_of_a_form_are_the_same(task: str, model_id: str, http: Callable[..., Any]) -> None:
    """``mgr defaults`` and ``GET /settings/{task}``."""
    properties = http(f"{PREFIX}/settings/{task}?{urlencode({'model_id': model_id})}")["properties"]

    def default(schema: dict[str, Any]) -> Any:
        inner = schema.get("properties")
        return schema["default"] if inner is None else {name: default(one) for name, one in inner.items()}

    assert {name: default(one) for name, one in properties.items()} == mgr("defaults", task, model_id)["settings"]


def test_a_registry_that_is_not_there_is_the_same_error(tmp_path: Path, http: Callable[..., Any]) -> None:
    """But for the directory, which is nobody's business at the other end."""
    missing = tmp_path / "models_registry.json"
    error = mgr("list", registry=missing)
    said = json.loads(json.dumps(error).replace(json.dumps(str(missing))[1:-1], missing.name))

    assert http(f"{PREFIX}/models", registry=missing) == {"detail": said["message"], **said}
