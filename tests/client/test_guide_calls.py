"""What the application's guide shows of the server: its curl calls and its TypeScript, as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry

from .conftest import TSC, program, serving

Run = Callable[..., str]

GUIDE = (Path(__file__).parents[1] / "guide" / "model_registry_guide.md").read_text(encoding="utf-8")
MODELS: dict[str, Any] = json.loads(bundled_registry().read_bytes())["models"]
SHIPPED = load_registry(bundled_registry())
TINY, VISION = "unsloth/tinyllama-bnb-4bit", "Qwen/Qwen2.5-VL-7B-Instruct"


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


#: Every block of commands that asks the server, with the response that the guide shows below it, if it does.
CALLS = re.findall(
    r"^```bash\n([^`]*?curl http[^`]*?|[^`]*?curl -X[^`]*?)^```$(?:\n+\*\*Response:\*\*\n```json\n(.*?)^```$)?",
    GUIDE,
    flags=re.MULTILINE | re.DOTALL,
)


def documents(text: str) -> Iterator[Any]:
    """Read JSON documents that stand one behind the other."""
    decoder, start = json.JSONDecoder(), 0
    while start < len(text):
        document, start = decoder.raw_decode(text, start)
        yield document


@pytest.fixture
def asked(base_url: str, tmp_path: Path) -> Callable[[str], list[Any]]:
    """Run a block of commands as written, but for where the server is; give what each call answers."""
    bash, _ = program("bash"), program("curl")

    def run(block: str) -> list[Any]:
        command = f'curl() {{ command curl -sS --fail-with-body "$@"; }}\n{block}'.replace(
            "http://localhost:8000", base_url
        )
        reply = subprocess.run(
            [bash, "-e", "-c", command], check=False, capture_output=True, encoding="utf-8", cwd=tmp_path
        )
        assert (reply.returncode, reply.stderr) == (0, ""), reply.stdout
        return list(documents(reply.stdout))

    return run


def test_every_call_and_fragment_of_the_guide_is_known() -> None:
    """Four blocks of calls and four fragments; nothing is left over."""
    assert [call for call, _ in CALLS] == [block for block in blocks("bash") if "curl" in block]
    assert len(CALLS) == 4
    assert len(blocks("typescript")) == 4


def test_lists_are_answered(asked: Callable[[str], list[Any]]) -> None:
    """All models, then those of each category; a row has the keys that the guide shows."""
    (block, response), *_ = CALLS
    (shown,) = json.loads(response)["data"]

    every, text, vision = asked(block)

    assert [row["id"] for row in every["data"]] == list(MODELS)
    assert {row["category"] for row in text["data"]} == {"text-llm"}
    assert {row["category"] for row in vision["data"]} == {"vision-vlm"}
    assert (every["total"], every["success"]) == (len(MODELS), True)
    assert all(shown.keys() <= row.keys() for row in every["data"])


@pytest.mark.parametrize("number", range(1, len(CALLS)))
def test_the_other_calls_are_answered(number: int, asked: Callable[[str], list[Any]]) -> None:
    """Details, a verdict, the categories: at least with the keys, and the types of values, that the guide shows."""
    block, response = CALLS[number]

    (got,) = asked(block)

    assert got["success"] is True
    assert lacking(got, json.loads(response) if response else {"success": True, "data": {"id": TINY}}) == []


def lacking(got: Any, shown: Any, where: str = "") -> list[str]:
    """Give where an answer lacks what is shown: a key, or a value of the same type."""
    if isinstance(shown, dict) and isinstance(got, dict):
        return [
            complaint
            for key, value in shown.items()
            for complaint in (lacking(got[key], value, f"{where}/{key}") if key in got else [f"{where}/{key}"])
        ]
    return [] if type(got) is type(shown) else [where]


#: Stands before the fragments: in a browser an address without a host is that of the page.
_PAGE = """
declare const process: { argv: string[] };
const plain = globalThis.fetch;
globalThis.fetch = (input, init) => plain(new URL(input as string, process.argv[2]), init);
"""
_SHOW = """
/** What a form has at first that is made from a schema. */
const prefilled = (schema: any): any =>
  schema.properties
    ? Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, prefilled(field)]))
    : schema.default;

/** Fill a form from `/settings`, then from the model as the guide does; ask for what it would send. */
async function fillForm(modelId: string) {
  const query = new URLSearchParams({ model_id: modelId });
  const schema = await fetch(`/api/v1/registry/settings/training?${query}`).then(r => r.json());
  const { hyperparameters, loraConfig } = await getModelDefaults(modelId);
  const first = prefilled(schema);
  const config = { ...first, ...hyperparameters, lora_config: { ...first.lora_config, ...loraConfig } };
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ model_id: modelId, config });
  const estimate = await fetch('/api/v1/registry/estimate/training', { method: 'POST', headers, body });
  return { first, config, settings: (await estimate.json()).settings };
}

console.log(JSON.stringify({
  options: await loadModels(),
  defaults: await getModelDefaults(process.argv[3]),
  escaped: await getModelDefaults(encodeURIComponent(process.argv[3])),
  textModels,
  form: await fillForm(process.argv[3]),
}));
"""


@pytest.fixture
def ran(tool: Run, node: Run, tmp_path: Path) -> Callable[..., Any]:
    """Run the fragments as they stand, and a form that is filled by them; give what they answer about a model."""

    def run(address: str, model_id: str) -> Any:
        load, defaults, before, after = blocks("typescript")
        source = tmp_path / "guide.ts"
        source.write_text(
            "\n".join([_PAGE, load, defaults, f"{{\n{before}\n}}", after, _SHOW, "export {};"]), encoding="utf-8"
        )
        (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        tool("tsc", *TSC, "--outDir", str(tmp_path), str(source))
        return json.loads(node(tmp_path / "guide.js", address, model_id))

    return run


def test_the_fragments_run_as_written(ran: Callable[..., Any], base_url: str) -> None:
    """A list for a form, its defaults, and the migrated list."""
    got = ran(base_url, VISION)

    text = [(model_id, raw) for model_id, raw in MODELS.items() if raw["category"] == "text-llm"]
    assert got["options"] == [
        {
            "value": model_id,
            "label": f"{raw['name']} - {raw['description']}",
            "vram": raw["requirements"]["recommended_vram_gb"],
            "tags": raw["tags"],
        }
        for model_id, raw in text
    ]
    assert (
        got["defaults"]
        == got["escaped"]
        == {
            "hyperparameters": MODELS[VISION]["training_defaults"]["hyperparameters"],
            "loraConfig": MODELS[VISION]["training_defaults"]["lora_config"],
            "isVision": True,
        }
    )
    assert [row["id"] for row in got["textModels"]] == [model_id for model_id, _ in text]


def test_a_form_has_the_settings_that_the_library_has(ran: Callable[..., Any], base_url: str) -> None:
    """Filled from the schema, and by the fragment from the model: both say the same, and so does what is computed."""
    form = ran(base_url, VISION)["form"]

    assert form["first"] == form["config"] == form["settings"]
    assert form["settings"] == json.loads(json.dumps(SHIPPED.settings(VISION, "training").as_dict()))


def example() -> dict[str, Any]:
    """Return the training defaults that the guide shows."""
    (block,) = (block for block in blocks("json") if block.startswith('"training_defaults"'))
    defaults: dict[str, Any] = json.loads(f"{{{re.sub(r'//.*', '', block)}}}")["training_defaults"]
    return defaults


def test_a_form_has_the_settings_of_the_example(ran: Callable[..., Any], tmp_path: Path) -> None:
    """Of the guide's own example, as an entry: each value, and nothing instead of one."""
    document = json.loads(bundled_registry().read_bytes())
    entry = {**MODELS[TINY], "training_defaults": example()}
    path = tmp_path / "registry.json"
    path.write_text(json.dumps({**document, "models": {TINY: entry}}), encoding="utf-8")

    with serving(path) as address:
        settings = ran(address, TINY)["form"]["settings"]

    shown = {**example()["hyperparameters"], "lora_config": example()["lora_config"]}
    assert {name: settings[name] for name in shown if name != "lora_config"} == {
        name: value for name, value in shown.items() if name != "lora_config"
    }
    assert settings["lora_config"].items() >= shown["lora_config"].items()
