"""The list in a browser: search, filters, what runs on a GPU, models side by side; and what stands in its address."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect
from sound_entry import changed_entry, document_of
from static_host import static_host

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.catalogue.filtering import Filter, rows_for_use
from model_garden_registry.page.static.building import build_site
from model_garden_registry.registry.model_registry import ModelRegistry

Visit = Any
Open = Callable[..., Visit]

#: The bytes of the first load.
MOST_BYTES = 300_000
MODELS = 1073
#: A question that a later one has taken the place of.
DROPPED = re.compile(r"/api/.*ERR_ABORTED")


@pytest.fixture
def opened(visit: Open, served: str) -> Callable[..., Visit]:
    """Open the list of the shipped registry, and expect nothing to go wrong on it."""
    visits = []

    def open_it(query: str = "", **options: Any) -> Visit:
        visits.append(visit(f"{served}/{query}", **options))
        return visits[-1]

    yield open_it
    for one in visits:
        assert ([problem for problem in one.problems if not DROPPED.search(problem)], one.violations()) == ([], [])


def rows(page: Page) -> list[str]:
    """Return the ids of the models that are shown, in order."""
    return ids_of(page, "tbody tr:not([hidden])")


def ids_of(page: Page, selector: str) -> list[str]:
    ids: list[str] = page.evaluate(
        "(selector) => [...document.querySelectorAll(selector)].map((row) => row.dataset.id)", selector
    )
    return ids


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def asked(served: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Ask the API itself."""
    request = urllib.request.Request(
        f"{served}/api/v1/registry/fit", json.dumps(keys).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def is_tight(model: dict[str, Any]) -> bool:
    return model["bucket"] == "runs" and (model["verdict"] == "warning" or model["share"] > 1)


def judged(page: Page) -> None:
    """Wait for the marks."""
    expect(page.locator("td.fit").first).to_be_attached()
    expect(page.locator(".mark.awaited")).to_have_count(0)


QUERIES = (
    "llama 70b",
    "qwen3-8b awq",
    "8b",
    "0.6b",
    "*8b",
    "qwen*coder",
    "qwen?-8b",
    "mistral 7b instruct",
    "GEMMA it",
    "org/nothing",
    "r1 distill 1.5b",
    "c++ (",
    "llama*3.?-8b",
)


def test_search_is_that_of_the_command_line(opened: Open) -> None:
    """The same models for the same words, in the order of the list: a 70B model is no 8B one that mentions it."""
    page = opened().page
    search = page.get_by_role("searchbox", name="Search")
    every = sorted(rows_for_use(ModelRegistry(bundled_registry()).rows()), key=lambda row: row.status == "deprecated")
    found = {}
    for query in QUERIES:
        search.fill(query)
        page.wait_for_function("(q) => new URLSearchParams(location.search).get('q') === q", arg=query)
        found[query] = rows(page)

    assert found == {query: [row.id for row in every if Filter(query=query).keeps(row)] for query in QUERIES}
    assert all("70B" in one.upper() for one in found["llama 70b"])
    assert len(found["8b"]) > 50


def test_a_former_id_finds_its_model(opened: Open) -> None:
    """As a whole."""
    page = opened("?q=cohereforai/aya-23-8b").page

    assert len(rows(page)) == 1


@pytest.mark.parametrize("count", ["12", "99", "0017"])
def test_any_number_of_gpus_is_honoured(count: str, opened: Open) -> None:
    """Also one that is not offered; it is an option then, in its place."""
    page = opened(f"?gpu=RTX+4090&gpus={count}").page
    judged(page)
    many = page.get_by_label("How many")

    expect(many).to_have_value(str(int(count)))
    numbers = [int(one) for one in many.locator("option").all_inner_texts()]
    assert numbers == sorted(numbers)
    expect(page.locator("th.fit")).to_have_text(f"Serving on {int(count)} \N{MULTIPLICATION SIGN} RTX 4090")
    page.locator("tr[data-id='Qwen/Qwen3-8B'] .name").click()
    expect(page.get_by_label("How many")).to_have_value(str(int(count)))
    command = page.get_by_role("region", name="Serve", exact=True).locator(".command code")
    expect(command).to_contain_text(f"RTX 4090:{int(count)}")


@pytest.mark.parametrize("count", ["0", "1025", "two", "-1"])
def test_no_number_of_gpus_is_refused(count: str, opened: Open) -> None:
    """On both pages, in the same words; nothing is judged."""
    words = re.compile(rf"a whole number from 1 to 1024, not {count}$")
    listed, model = (opened(f"{path}?gpu=L4&gpus={count}").page for path in ("", "models/Qwen/Qwen3-8B"))

    expect(listed.locator(".count .problem")).to_have_text(words)
    expect(listed.get_by_label("How many")).to_have_value(count)
    expect(model.get_by_role("region", name="Serve", exact=True).get_by_role("status").first).to_have_text(words)


def test_a_gpu_by_another_spelling_is_judged(opened: Open, served: str) -> None:
    """As the API takes it; the address keeps it."""
    page = opened("?gpu=rtx4090").page
    judged(page)
    found = asked(served, {"task": "inference", "gpu": "RTX 4090"})

    assert rows(page)[: len(found["models"])] == [model["id"] for model in found["models"]]
    page.get_by_label("Task").select_option("training")
    assert query_of(page) == {"gpu": ["rtx4090"], "task": ["training"]}


def test_a_gpu_that_is_not_known_is_told(visit: Open, served: str) -> None:
    """Nothing is judged, and the list is whole."""
    page = visit(f"{served}/?gpu=Nonsense").page

    expect(page.locator(".count .problem")).to_have_text(re.compile("^Not judged: .*'Nonsense'"))
    assert len(rows(page)) == MODELS


def test_a_static_site_takes_the_same_names(visit: Open, tmp_path: Path) -> None:
    """Without Python too: another spelling is the GPU, and what is no GPU is told."""
    source = tmp_path / "models.json"
    source.write_text(json.dumps(document_of(changed_entry({}))), encoding="utf-8")
    build_site(tmp_path / "site", registry=source, gpus=["RTX 4090"])
    with static_host(tmp_path / "site") as host:
        start = f"http://127.0.0.1:{host.port}/index.html"
        known, unknown = (visit(f"{start}?gpu={name}").page for name in ("rtx-4090", "Nonsense"))

        expect(known.locator("tbody .mark.runs")).to_have_count(1)
        expect(unknown.locator(".count .problem")).to_have_text(re.compile("no GPU 'Nonsense'"))


def test_the_way_back_is_to_the_list_as_it_was(opened: Open) -> None:
    """With task, filters and search, and the GPU that was chosen last; without a list before, with the GPU."""
    page = opened("?gpu=L4&task=training&license=mit&q=phi").page
    judged(page)
    page.locator("tbody tr:not([hidden]) .name").first.click()
    assert query_of(page) == {"gpu": ["L4"], "task": ["training"]}
    page.get_by_role("combobox", name="GPU", exact=True).select_option("RTX 4090")
    page.get_by_label("How many").select_option("2")
    page.get_by_role("link", name="All models").click()
    judged(page)

    kept = {"task": ["training"], "license": ["mit"], "q": ["phi"]}
    assert query_of(page) == {"gpu": ["RTX 4090"], "gpus": ["2"], **kept}
    other = opened("models/Qwen/Qwen3-8B?gpu=T4&task=training").page
    expect(other.get_by_role("link", name="All models")).to_have_attribute("href", "../../?gpu=T4&task=training")


def test_a_model_that_just_runs_is_marked_tight(opened: Open, served: str) -> None:
    """With its share; it is not among those that run without a word."""
    page = opened("?gpu=RTX+4090&task=training").page
    judged(page)
    found = asked(served, {"task": "training", "gpu": "RTX 4090"})["models"]
    tight = [model for model in found if is_tight(model)]

    marked = ids_of(page, "tr:has(td.fit .mark.tight)")
    assert sorted(marked) == sorted(model["id"] for model in tight) != []
    cell = page.locator(f"tr[data-id='{tight[0]['id']}'] td.fit")
    expect(cell.locator(".mark")).to_have_text("Tight")
    expect(cell).to_contain_text(f"({round(tight[0]['share'] * 100)} %)")
    assert ids_of(page, "tr:has(td.fit .mark.tight.runs)") == []


def test_what_was_judged_is_not_asked_again(opened: Open) -> None:
    """Neither by a change of the task and back, nor by the history."""
    page = opened("?gpu=L4").page
    judged(page)
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if "/fit" in request.url else None)
    for task in ("training", "inference", "training"):
        page.get_by_label("Task").select_option(task)
        judged(page)
    page.go_back()
    judged(page)

    expect(page.locator("th.fit")).to_have_text("Serving on L4")
    assert sent == [{"task": "training", "gpu": "L4", "gpus": 1}]


def test_the_task_that_is_judged_is_named(opened: Open) -> None:
    """Where none is chosen."""
    page = opened().page
    any_task = page.get_by_label("Task").locator("option").first
    expect(any_task).to_have_text("any")
    page.get_by_role("combobox", name="GPU", exact=True).select_option("L4")

    expect(any_task).to_have_text("any: serving")


def test_no_match_says_what_to_do(opened: Open) -> None:
    """Also where a GPU is chosen."""
    page = opened("?gpu=L4&q=nosuchmodel").page
    judged(page)
    expect(page.get_by_role("status")).to_have_text("No model matches: clear a filter or the search")


def test_models_that_are_not_judged_are_counted(opened: Open, served: str) -> None:
    """The counts add up to the models that are shown."""
    found = asked(served, {"task": "inference", "gpu": "L4"})
    first = found["models"][0]
    page = opened().page
    page.route("**/fit", lambda route: route.fulfill(json={**found, "models": [first]}))
    page.get_by_role("combobox", name="GPU", exact=True).select_option("L4")
    judged(page)

    assert page.locator(".count .mark").all_inner_texts() == ["1 run", "0 with changes", "0 do not", "1,072 not judged"]
    assert page.locator("td.fit .mark.none").count() == MODELS - 1
    expect(page.locator("tr[data-status=deprecated] td.fit .about").first).to_have_text("it is deprecated")


def test_search_narrows_the_list_while_it_is_typed(opened: Open) -> None:
    """By words of name, id, provider or tag; the address has them, and no step is added to the history."""
    page = opened().page
    steps = page.evaluate("() => history.length")
    page.get_by_role("searchbox", name="Search").press_sequentially("qwen3-8b awq")

    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d+ of 1,073 models$"))
    assert "Qwen/Qwen3-8B-AWQ" in rows(page)
    assert len(rows(page)) < 10
    assert (query_of(page), page.evaluate("() => history.length")) == ({"q": ["qwen3-8b awq"]}, steps)


def test_filters_live_in_the_address_and_back_undoes_them(opened: Open) -> None:
    """One step each."""
    page = opened().page
    page.get_by_label("Licence").select_option("mit")
    page.get_by_label("Calls tools").check()
    both = rows(page)

    assert query_of(page) == {"license": ["mit"], "tools": ["true"]}
    page.go_back()
    expect(page.get_by_label("Calls tools")).not_to_be_checked()
    assert query_of(page) == {"license": ["mit"]}
    assert set(both) < set(rows(page))
    page.go_back()
    expect(page.get_by_label("Licence")).to_have_value("")
    assert len(rows(page)) == MODELS


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("provider=qwen", "[data-provider=qwen]"),
        ("size=tiny", "[data-size=tiny]"),
        ("status=experimental", "[data-status=experimental]"),
        ("category=vision-vlm", "[data-category=vision-vlm]"),
        ("quantization=awq", "[data-quantization=awq]"),
        ("task=training&reasoning=true&vision=true", "[data-training][data-reasoning][data-vision]"),
    ],
)
def test_a_shared_address_shows_the_same(query: str, wanted: str, opened: Open) -> None:
    """Every filter: exactly the models that have it."""
    page = opened(f"?{query}").page

    every = ids_of(page, f"tbody tr{wanted}")
    assert sorted(rows(page)) == sorted(every) != []


def test_clear_all_clears_all(opened: Open) -> None:
    """Filters, search, GPU, and the address."""
    page = opened("?license=mit&q=qwen&sort=name").page
    page.get_by_role("button", name="Clear all").click()

    expect(page.get_by_role("status")).to_have_text("1,073 models")
    assert (len(rows(page)), query_of(page)) == (MODELS, {})


@pytest.mark.parametrize("order", ["released", "smallest", "largest", "name"])
def test_the_list_has_other_orders(order: str, opened: Open) -> None:
    """The same models, in another order than best first."""
    page = opened().page
    best = rows(page)
    page.get_by_label("Order").select_option(order)

    assert rows(page) != best
    assert sorted(rows(page)) == sorted(best)


def test_a_gpu_marks_every_model_with_the_reason(opened: Open, served: str) -> None:
    """What the API says, in its order: those that run first."""
    page = opened().page
    page.get_by_role("combobox", name="GPU", exact=True).select_option("L4")
    expect(page.locator(".mark.awaited")).to_have_count(0)
    found = asked(served, {"task": "inference", "gpu": "L4", "gpus": 1})

    expect(page.locator("th.fit")).to_have_text("Serving on L4")
    assert rows(page)[: len(found["models"])] == [model["id"] for model in found["models"]]
    counts = found["counts"]
    tight = sum(is_tight(model) for model in found["models"])
    numbers = {
        "run": counts["runs"] - tight,
        "tight": tight,
        "with changes": counts["runs-with-changes"],
        "do not": counts["does-not-run"],
        "not judged": MODELS - len(found["models"]) + counts["not-judged"],
    }
    told = page.locator(".count .mark").all_inner_texts()
    assert told == [f"{number} {words}" for words, number in numbers.items() if number]
    assert sum(numbers.values()) == MODELS
    for bucket, kind in (("runs", "runs"), ("runs-with-changes", "changes"), ("does-not-run", "little")):
        model = next(model for model in found["models"] if model["bucket"] == bucket)
        cell = page.locator(f"tr[data-id='{model['id']}'] td.fit")
        expect(cell.locator(f".mark.{kind}")).to_have_count(1)
        assert len(cell.locator(".about").inner_text()) > 10
    assert model["reason"] in cell.inner_text()


def test_task_stack_and_count_are_asked_for(opened: Open) -> None:
    """And stand in the address; the other task's tool does not."""
    page = opened("?gpu=L4").page
    expect(page.locator(".mark.awaited")).to_have_count(0)
    page.get_by_label("Task").select_option("training")
    page.get_by_label("How many").select_option("2")
    with page.expect_request("**/fit") as sent:
        page.get_by_label("Stack").select_option("trl")
    expect(page.locator("th.fit")).to_have_text("Training on 2 \N{MULTIPLICATION SIGN} L4")
    expect(page.locator(".mark.awaited")).to_have_count(0)

    assert sent.value.post_data_json == {"task": "training", "gpu": "L4", "gpus": 2, "stack": "trl"}
    assert query_of(page) == {"gpu": ["L4"], "gpus": ["2"], "task": ["training"], "stack": ["trl"]}
    expect(page.get_by_label("Engine")).to_be_hidden()


def test_a_model_is_opened_with_what_is_chosen(opened: Open) -> None:
    """The same GPUs, and the same engine."""
    page = opened("?gpu=L4&gpus=2&engine=sglang&q=qwen3-8b").page
    page.get_by_role("link", name="Qwen3-8B", exact=True).click()

    expect(page.get_by_role("combobox", name="GPU", exact=True)).to_have_value("L4")
    expect(page.get_by_role("combobox", name="How many")).to_have_value("2")
    serve = page.get_by_role("region", name="Serve", exact=True)
    expect(serve.locator(".run")).to_contain_text("SGLang")
    expect(serve.get_by_role("status").first).to_contain_text("of 24.2 GB")


def test_a_late_answer_to_an_earlier_choice_is_dropped(opened: Open) -> None:
    """The marks are those of the last choice."""
    page = opened().page
    held: list[Route] = []

    def answer(route: Route) -> None:
        if route.request.post_data_json["gpu"] == "T4":
            held.append(route)
        else:
            route.continue_()

    page.route("**/fit", answer)
    page.get_by_role("combobox", name="GPU", exact=True).select_option("T4")
    page.get_by_role("combobox", name="GPU", exact=True).select_option("B200")
    expect(page.locator(".mark.awaited")).to_have_count(0)
    marked = page.locator("tr[data-id='Qwen/Qwen3-32B'] .mark").inner_text()
    for route in held:
        route.fulfill(json={"models": []})

    expect(page.locator("th.fit")).to_have_text("Serving on B200")
    assert "Runs" in marked
    assert page.locator("tr[data-id='Qwen/Qwen3-32B'] .mark").inner_text() == marked


def test_a_refusal_is_told(visit: Open, served: str) -> None:
    """In the server's words, where the count stands."""
    page = visit(f"{served}/").page
    page.route("**/fit", lambda route: route.fulfill(status=503, json={"detail": "Try <b>again</b>"}))
    page.get_by_role("combobox", name="GPU", exact=True).select_option("L4")

    expect(page.get_by_role("status")).to_have_text(re.compile(re.escape("Not judged: Try <b>again</b>")))


def test_models_side_by_side(opened: Open) -> None:
    """Chosen in the list, kept in the address, shown in a dialog that the keyboard closes."""
    page = opened("?q=qwen3-8b").page
    for name in ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ"):
        page.locator(f"tr[data-id='{name}']").get_by_role("checkbox").check()
    page.get_by_role("region", name="Models to compare").get_by_role("button", name="Compare").click()
    dialog = page.get_by_role("dialog", name="Side by side")

    expect(dialog.get_by_role("columnheader")).to_have_count(2)
    expect(dialog.get_by_role("row", name=re.compile("^Weights"))).to_have_class("differs")
    assert query_of(page)["compare"] == ["Qwen/Qwen3-8B,Qwen/Qwen3-8B-AWQ"]
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_it_is_complete_without_javascript(visit: Open, served: str) -> None:
    """All models, each with a link; no field that does nothing."""
    page = visit(f"{served}/", java_script_enabled=False).page

    assert page.locator("tbody tr").count() == MODELS
    expect(page.locator("form")).to_be_hidden()
    page.get_by_role("link", name="Qwen3-8B", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Qwen3-8B")
    expect(page.get_by_role("img").first).to_be_visible()


def test_the_first_load_is_small(visit: Open, served: str) -> None:
    """Page, style and modules as they are transferred."""
    page = visit("about:blank").page
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(f"{served}/", wait_until="networkidle")

    assert len(sizes) > 8
    assert sum(sizes) < MOST_BYTES


def test_it_is_used_with_the_keyboard_alone(opened: Open) -> None:
    """From the link that skips the banner to the page of a model."""
    page = opened().page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="GPU", exact=True)).to_be_focused()
    for _ in range(20):
        if page.evaluate("() => document.activeElement.name") == "q":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("qwen3-8b awq")
    expect(page.locator("tbody tr:not([hidden])").first).to_have_attribute("data-id", re.compile("Qwen3-8B-AWQ"))
    for _ in range(30):
        if page.evaluate("() => document.activeElement.className") == "name":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Qwen3-8B")
