"""The static site in a real browser: the same answers as a server's, nothing of Python before it is needed."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from kinds_of_models import one_of_each
from static_host import Host, static_host

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.page.asset_files import assets
from model_garden_registry.page.links import static_place
from model_garden_registry.page.list_page import list_page
from model_garden_registry.page.model.model_page import model_page
from model_garden_registry.page.static.building import build_site
from model_garden_registry.registry.shared import load_registry

Open = Callable[..., Any]

MODELS, ID = 50, "Qwen/Qwen3-8B"
#: Its link in the list.
LINK = f'a.name[href*="{ID}.html"]'
GPUS = ("RTX 4090", "L4", "T4", "H100 SXM5 80GB")
#: Settings by task; none are each model's own.
SETTINGS: dict[str, tuple[dict[str, Any], ...]] = {
    "training": ({}, {"batch_size": 1, "max_seq_length": 1024}, {"method": "full"}),
    "inference": ({}, {"max_model_len": 4096, "concurrent": 8}, {"engine": "sglang"}),
}
MOST_FIRST_BYTES = 300_000
BELOW = "some/where/deep"
HOSTILE = '"><img src=x onerror="document.title=1"><script>document.title=1</script>'

pytestmark = pytest.mark.filterwarnings("ignore::model_garden_registry.errors.RegistryWarning")

#: Asks each question in turn by the functions that the page itself uses; an error is its sentence.
ASK = """async ([root, questions]) => {
  const page = await import(new URL(`${root}assets/answers.js`, location.href));
  const found = [];
  for (const [name, ...given] of questions) {
    try { found.push(await page[name](...given)); } catch (error) { found.push(error.message); }
  }
  return found;
}"""


@pytest.fixture(scope="session")
def registry_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give shipped models of fifty kinds, and one whose texts and id would be more than text."""
    shipped = json.loads(bundled_registry().read_bytes())
    kinds = [ID, *(one for one in one_of_each() if one != ID)][:MODELS]
    models = {one: shipped["models"][one] for one in shipped["models"] if one in kinds}
    models["../../x"] = {**models[ID], "id": "../../x", "aliases": [], "name": HOSTILE, "description": HOSTILE}
    path = tmp_path_factory.mktemp("registry") / "models.json"
    path.write_text(json.dumps({**shipped, "models": models}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def folder(registry_file: Path, pyodide_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the root of a host that has the site below a path."""
    root = tmp_path_factory.mktemp("host")
    build_site(root / BELOW, registry=registry_file, pyodide=pyodide_folder, gpus=GPUS)
    return root


@pytest.fixture(scope="session")
def host(folder: Path) -> Iterator[Host]:
    with static_host(folder) as found:
        yield found


@pytest.fixture
def site(host: Host) -> str:
    """Give the address of the site: at a name that is not this machine's own."""
    host.sent.clear()
    return f"http://models.example:{host.port}/{BELOW}/"


@pytest.fixture(scope="session")
def served_site(registry_file: Path) -> Iterator[str]:
    """Serve the same registry."""
    call = [sys.executable, "-m", "model_garden_registry", "serve", "--port", "0"]
    environment = {**os.environ, "MGR_REGISTRY": str(registry_file)}
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        lines = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stderr)
        address = next(filter(None, lines))[0]
        try:
            yield f"{address}/"
        finally:
            process.terminate()


def asked(page: Any, root: str, questions: list[Any]) -> list[Any]:
    found: list[Any] = page.evaluate(ASK, [root, questions])
    return found


def settled(page: Any) -> None:
    """Wait until the panels have their answers."""
    page.wait_for_timeout(400)  # a slider asks in a moment
    page.locator("task-panel").first.wait_for()
    for panel in page.locator("task-panel .answer").all():
        panel.wait_for()
    page.locator("[aria-busy]").first.wait_for(state="detached")


def python_of(host: Host) -> list[str]:
    return [path for path in host.sent if "/pyodide/" in path or "worker.js" in path or "/registry-" in path]


def test_nothing_of_python_is_loaded_before_a_setting_changes(visit: Open, site: str, host: Host) -> None:
    """Neither by the list nor by a model's page, with or without a GPU; then the page computes."""
    seen = visit(f"{site}index.html")
    page = seen.page
    page.select_option("select[name=gpu]", "RTX 4090")
    page.locator("td.fit .mark.runs").first.wait_for()
    page.locator(LINK).click()
    page.locator("task-panel").first.wait_for()
    page.select_option("#machine select[name=gpu]", "RTX 4090")
    settled(page)
    before, verdict = python_of(host), page.locator("task-panel .verdict").first.inner_text()
    page.locator("task-panel input[type=range]").first.press("ArrowRight")
    page.get_by_text("Starting Python in your browser").first.wait_for()
    settled(page)

    assert before == []
    assert verdict.startswith("Runs")
    assert "of 25.8 GB" in verdict
    assert f"/{BELOW}/pyodide/pyodide.asm.wasm" in python_of(host)
    assert page.get_by_text("No answer", exact=True).count() == 0
    assert (seen.problems, seen.violations()) == ([], [])
    assert {urlsplit(address).netloc for address in seen.requested} == {urlsplit(site).netloc}


def test_the_list_says_the_same_as_a_server(visit: Open, site: str, served_site: str) -> None:
    """Every mark of every model, in the same order, for each GPU and both tasks; from a file of each GPU."""

    def marks(address: str) -> list[list[str]]:
        page = visit(address).page
        found = []
        for gpu in GPUS:
            for task in ("inference", "training"):
                page.select_option("select[name=task]", task)
                page.select_option("select[name=gpu]", gpu)
                page.locator("td.fit .mark.awaited").first.wait_for(state="detached")
                found.append(page.locator("tbody tr").all_inner_texts())
        return found

    here = marks(f"{site}index.html")

    assert here == marks(served_site)
    assert all(any("Runs" in row for row in rows) for rows in here)


def test_a_model_with_a_gpu_has_the_verdict_of_a_server(visit: Open, site: str, served_site: str) -> None:
    """From the file of the GPU, as long as no setting is changed; two of them as well."""

    def verdicts(start: str, ending: str) -> list[list[str]]:
        page = visit(f"{start}models/{ID}{ending}").page
        found = []
        for gpu in GPUS:
            for count in ("1", "2"):
                page.select_option("#machine select[name=gpu]", gpu)
                page.select_option("#machine select[name=gpus]", count)
                settled(page)
                found.append(page.locator("task-panel .verdict").all_inner_texts())
        return found

    assert verdicts(site, ".html") == verdicts(served_site, "")


@pytest.mark.parametrize("task", SETTINGS)
def test_a_browser_computes_what_a_server_computes(
    task: str, visit: Open, site: str, served_site: str, registry_file: Path
) -> None:
    """For fifty models, four GPUs and three settings: estimate, verdict, remedies, what fits, or the same refusal."""
    ids = [one for one in json.loads(registry_file.read_bytes())["models"] if ".." not in one]
    questions = [
        ["estimate", task, {"model_id": one, "gpu": gpu, **({"config": config} if config else {})}]
        for one in ids
        for gpu in GPUS
        for config in SETTINGS[task]
    ]

    here = asked(visit(f"{site}index.html").page, "./", questions)
    there = asked(visit(served_site).page, "./", questions)

    assert len(questions) == MODELS * len(GPUS) * 3
    assert sum(isinstance(one, dict) for one in there) > len(questions) / 2
    assert [(question, one) for question, one, other in zip(questions, here, there, strict=True) if one != other] == []


def test_files_and_forms_are_the_same(visit: Open, site: str, served_site: str) -> None:
    """For every tool, with a setting of its own."""
    targets = {task: [] for task in SETTINGS}
    page = visit(f"{site}models/{ID}.html").page
    for panel in page.locator("task-panel").all():
        targets[panel.get_attribute("data-task")] = json.loads(panel.get_attribute("data-targets"))
    config = {"training": {"batch_size": 1}, "inference": {"max_model_len": 4096}}
    questions = [
        *(["settings", task, ID] for task in SETTINGS),
        *(
            ["exported", ID, name, {"task": task, "config": config[task], "gpu": "L4"}]
            for task, each in targets.items()
            for name, _ in each
        ),
    ]

    here = asked(page, "../../", questions)

    assert len(questions) > 15
    assert here == asked(visit(served_site).page, "./", questions)
    assert all(isinstance(one, dict) for one in here[:2])
    assert [one for one in here if not isinstance(one, dict)] == []


def test_the_first_load_is_small(visit: Open, tmp_path: Path) -> None:
    """Of the shipped registry, as a host sends it that compresses: the list, then a model."""
    registry = load_registry(bundled_registry())
    (tmp_path / "assets").mkdir()
    (tmp_path / "models" / "Qwen").mkdir(parents=True)
    pages = {
        "index.html": list_page(registry, static_place(computes=True)).encode(),
        f"models/{ID}.html": model_page(registry, ID, static_place(ID, computes=True)).encode(),
        **{f"assets/{name}": asset.content for name, asset in assets().items()},
    }
    for path, content in pages.items():
        (tmp_path / path).write_bytes(content)
        (tmp_path / f"{path}.gz").write_bytes(gzip.compress(content))
    with static_host(tmp_path) as host:
        seen = visit(f"http://127.0.0.1:{host.port}/index.html")
        seen.page.wait_for_load_state("networkidle")
        first = sum(host.sent.values())
        host.sent.clear()
        seen.page.goto(f"http://127.0.0.1:{host.port}/models/{ID}.html")
        seen.page.wait_for_load_state("networkidle")
        second = sum(host.sent.values())

        assert seen.page.locator("task-panel").count() == 2
        assert 0 < first < MOST_FIRST_BYTES
        assert 0 < second < MOST_FIRST_BYTES
        assert seen.problems == []


def test_a_hostile_registry_is_text(visit: Open, site: str) -> None:
    """In the list, on its page, and where it is judged."""
    seen = visit(f"{site}index.html")
    page = seen.page
    page.select_option("select[name=gpu]", "L4")
    page.locator("td.fit .mark.runs").first.wait_for()
    page.locator("a.name", has_text=HOSTILE).click()
    page.locator("task-panel input[type=range]").first.press("ArrowRight")
    settled(page)

    assert page.locator("h1").inner_text() == HOSTILE
    assert "/models/-/" in page.url
    assert page.title() != "1"
    assert page.get_by_text("No answer", exact=True).count() == 0
    assert (seen.problems, seen.violations()) == ([], [])


def test_a_file_opened_by_itself_has_what_needs_no_program(visit: Open, folder: Path) -> None:
    """A browser runs no modules of files; the list, the links and the memory are there."""
    page = visit((folder / BELOW / "index.html").as_uri()).page
    page.locator(LINK).click()

    assert page.url.endswith(f"/models/{ID}.html")
    assert page.locator("figure.memory").count() == 2
    assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"


def test_without_scripts_it_is_complete(visit: Open, site: str) -> None:
    """Every model with its page."""
    page = visit(f"{site}index.html", java_script_enabled=False).page

    assert page.locator("tbody tr").count() == MODELS + 1
    page.locator(LINK).click()
    assert page.locator("figure.memory").count() == 2


def test_without_python_there_are_no_sliders(visit: Open, registry_file: Path, tmp_path: Path) -> None:
    """A line says so; a GPU has its verdict all the same, and there is no choice without an answer."""
    build_site(tmp_path, registry=registry_file, gpus=["L4"])
    with static_host(tmp_path) as host:
        seen = visit(f"http://127.0.0.1:{host.port}/models/{ID}.html?gpu=L4")
        page = seen.page
        settled(page)
        verdict = page.locator("task-panel .verdict").first.inner_text()

        assert page.locator("task-panel input, .sliders, details.export, .remedies button").count() == 0
        assert "built without Python" in page.locator("task-panel .notice").first.inner_text()
        assert "of 24.2 GB" in verdict
        assert (seen.problems, seen.violations()) == ([], [])
