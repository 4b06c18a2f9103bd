"""The most and the least that the schema lets pass in each field: every command has an answer, in few steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.registry_files import lint_registry_file
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.entries.registry_schema import registry_schema
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.findings import Code
from model_garden_registry.memory import estimation
from model_garden_registry.memory.estimates import MemoryEstimate

Ask = Callable[..., Any]

SCHEMA = registry_schema()
SHIPPED: dict[str, Any] = json.loads(bundled_registry().read_bytes())
#: A text model and one with an image encoder; what they do not have is made from the schema's examples.
IDS = ("meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen2.5-VL-7B-Instruct")
#: One that runs wherever it is asked about.
SOUND = "unsloth/tinyllama-bnb-4bit"
#: Texts that are read as numbers.
TEXTS = {
    "parameters": ("999999T", "9999x999999.999999T", "0.000001K", "1K-A999999B"),
    "cuda_compute_capability": ("999.999", "0.0"),
}
#: Findings that only a file has which does not follow the schema.
OF_THE_SCHEMA = {Code.WRONG_TYPE, Code.OUT_OF_RANGE, Code.BAD_PATTERN, Code.NO_ALTERNATIVE}
#: More estimates than any answer needs.
MANY_STEPS = 5000

Where = tuple[str, ...]


def resolved(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the alternatives of a node, references followed."""
    if "$ref" in node:
        return resolved(SCHEMA["definitions"][node["$ref"].rpartition("/")[2]])
    inner = [*node.get("allOf", []), *node.get("anyOf", [])]
    return [one for alternative in inner for one in resolved(alternative)] if inner else [node]


def extremes(node: dict[str, Any], name: str) -> list[Any]:
    """Give the least and the most of a number, and of a text that is read as one."""
    kinds = {*node["type"]} if isinstance(node.get("type"), list) else {node.get("type")}
    if kinds & {"integer", "number"}:
        most = node["exclusiveMaximum"] - 1e-9 if "exclusiveMaximum" in node else node.get("maximum", 1e308)
        least = node["exclusiveMinimum"] + 1e-9 if "exclusiveMinimum" in node else node.get("minimum", -1e308)
        return [least, most]
    return [*TEXTS.get(name, ())] if "pattern" in node else []


def places(node: dict[str, Any], where: Where = ()) -> Iterator[tuple[Where, Any]]:
    """Give each extreme with its place below an entry."""
    for inner in resolved(node):
        for name, field in inner.get("properties", {}).items():
            yield from places(field, (*where, name))
        for value in extremes(inner, where[-1]) if where else ():
            yield where, value


PLACES = list(places({"$ref": "#/definitions/ModelInfo"}))


class Case(NamedTuple):
    """An entry with one extreme value."""

    where: Where
    value: Any
    has_shape: bool
    model_id: str

    def words(self) -> str:
        """Name the case."""
        shape = "" if self.has_shape else " without a shape"
        return f"{'.'.join(self.where)} {self.value} of {self.model_id.rpartition('/')[2]}{shape}"


CASES = [
    Case(where, value, has_shape, model_id)
    for where, value in PLACES
    for has_shape in (True, False)
    for model_id in IDS
    if has_shape or where[0] != "architecture"
]
#: Every command heeds it.
HERE = {"MGR_REGISTRY": "registry.json"}


def with_value(model_id: str, where: Where, value: Any) -> dict[str, Any]:
    """Copy a shipped entry with another value in one place; objects around it are made from the examples."""
    entry = deepcopy(SHIPPED["models"][model_id])
    node, inner = {"$ref": "#/definitions/ModelInfo"}, entry
    for name in where[:-1]:
        (owner,) = [one for one in resolved(node) if "properties" in one]
        node = owner["properties"][name]
        if inner.get(name) is None:
            inner[name] = deepcopy(node["examples"][0])
        inner = inner[name]
    inner[where[-1]] = value
    return entry


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let whoever asks for too many estimates fail, and give what counts anew."""
    steps: list[object] = []
    exact = estimation._exact

    def counted(*arguments: Any) -> MemoryEstimate:
        steps.append(None)
        assert len(steps) < MANY_STEPS
        return exact(*arguments)

    monkeypatch.setattr(estimation, "_exact", counted)
    return steps.clear


@pytest.fixture(scope="module")
def checker() -> SchemaChecker:
    """Compile the schema once."""
    return SchemaChecker(SCHEMA)


def entry_of(case: Case) -> dict[str, Any]:
    """Make the entry of a case."""
    where, value, has_shape, model_id = case
    return with_value(model_id, where, value) | ({} if has_shape else {"architecture": None})


def written(models: dict[str, Any]) -> Path:
    """Write a registry of entries."""
    path = Path("registry.json")
    path.write_text(json.dumps({**SHIPPED, "models": models}), encoding="utf-8")
    return path


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
@pytest.mark.parametrize("case", CASES, ids=Case.words)
def test_every_field_may_be_the_least_and_the_most(
    case: Case, checker: SchemaChecker, few_steps: Callable[[], None]
) -> None:
    """The file follows the schema; lint, estimate and validate have an answer, whatever it is."""
    path = written({case.model_id: entry_of(case)})
    registry = load_registry(path)
    codes = {finding.code for finding in lint_registry_file(path, checker).findings}
    for task in get_args(Task):
        few_steps()
        if case.where[-1] == "max_lora_rank" and task == "inference" and case.value > 512:
            with pytest.raises(InvalidOverrideError, match=r"from entry: /inference_defaults/max_lora_rank\): vLLM"):
                registry.estimate(case.model_id, task)
            continue
        registry.estimate(case.model_id, task)
        registry.validate(case.model_id, task, hardware=known_gpu("L4"))

    assert codes & OF_THE_SCHEMA == set()


@pytest.mark.parametrize("task", get_args(Task))
def test_one_odd_model_does_not_end_a_list(task: Task, mgr: Ask) -> None:
    """All of them at once, and a sound one among them, which is judged as ever."""
    odd = {case.words(): entry_of(case) for case in CASES[::7]}
    written({**odd, SOUND: SHIPPED["models"][SOUND]})
    asked = ("--gpu", "L4", "--json")
    fitting = {model["id"]: model["bucket"] for model in json.loads(mgr("fit", task, *asked, env=HERE).out)["models"]}
    listed = [row["id"] for row in json.loads(mgr("list", "--task", task, *asked, env=HERE).out)["models"]]

    assert (fitting.keys(), fitting[SOUND], SOUND in listed) == ({*odd, SOUND}, "runs", True)
