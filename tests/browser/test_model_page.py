"""The page of a model in a browser: bars, sliders, verdicts, remedies, files, and the command that says the same."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

Visit = Any
Open = Callable[..., Visit]
ID = "Qwen/Qwen3-8B"
LARGE = "Qwen/Qwen3-32B"
#: A choice that fits by expected, and not by safe.
TIGHT = "?gpu=RTX+4090&training.batch_size=10"
#: A question that a later one has taken the place of.
DROPPED = re.compile(r"/api/.*ERR_ABORTED")
#: What a machine with GPUs is called.
MACHINE = "This server's machine: 2 \N{MULTIPLICATION SIGN} NVIDIA L4"
#: What a screen reader hears of the bars.
SIZES = re.compile("GB expected, .* safe on each GPU$")


@pytest.fixture
def opened(visit: Open, served: str) -> Iterator[Callable[..., Page]]:
    """Open the page of a model, and expect nothing to go wrong on it."""
    visits = []

    def open_it(model: str = ID, query: str = "", **options: Any) -> Page:
        visits.append(visit(f"{served}/models/{model}{query}", **options))
        page: Page = visits[-1].page
        return page

    yield open_it
    for one in visits:
        assert ([problem for problem in one.problems if not DROPPED.search(problem)], one.violations()) == ([], [])


def task(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def verdict(panel: Locator) -> Locator:
    return panel.locator(".verdict")


def expected_gb(panel: Locator) -> str:
    return panel.locator(".parts .total td").inner_text()


def test_both_tasks_have_bars_before_anything_is_asked(opened: Open) -> None:
    """Those that came with the page."""
    page = opened()

    for name in ("Serve", "Train"):
        expect(task(page, name).get_by_role("img", name=SIZES)).to_be_visible()
        assert task(page, name).locator("rect[class^=part-]").count() > 2


def test_the_page_and_its_module_draw_the_same(opened: Open, visit: Open, served: str) -> None:
    """Bars, ticks and numbers."""
    drawn = """() => [...document.querySelectorAll("svg.bar")].map((bar) => [bar.getAttribute("aria-label"),
      ...[...bar.querySelectorAll("rect, line, text")].map((one) => ["class", "x", "x1", "width"].map(
        (name) => one.getAttribute(name)).join(" ") + (one.tagName === "text" ? one.textContent : ""))].concat(
      [...bar.parentElement.querySelectorAll(".parts tr")].map((row) => row.textContent)))"""
    with_module = opened().evaluate(drawn)
    without = visit(f"{served}/models/{ID}", java_script_enabled=False).page.evaluate(drawn)

    assert with_module == without


def test_a_slider_redraws_the_bars(opened: Open) -> None:
    """With the keyboard; the address and the command have the setting, and the defaults come back."""
    page = opened()
    panel = task(page, "Train")
    before = expected_gb(panel)
    slider = panel.get_by_role("slider", name=re.compile("^Batch"))
    slider.focus()
    with page.expect_response("**/estimate/training"):
        slider.press("ArrowRight")
    expect(panel.locator(".parts .total td")).not_to_have_text(before)

    expect(panel.locator(".command code")).to_have_text(f"mgr estimate training {ID} --set batch_size=6")
    assert parse_qs(urlsplit(page.url).query) == {"training.batch_size": ["6"]}
    panel.get_by_role("button", name="Back to the defaults").click()
    expect(panel.locator(".parts .total td")).to_have_text(before)
    assert urlsplit(page.url).query == ""


def test_sliding_asks_once(opened: Open) -> None:
    """When the slider rests."""
    page = opened()
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if "/estimate/" in request.url else None)
    slider = task(page, "Serve").get_by_role("slider", name=re.compile("^Context"))
    slider.focus()
    with page.expect_response("**/estimate/inference"):
        for _ in range(3):
            slider.press("ArrowLeft")

    assert [keys["config"] for keys in sent] == [{"max_model_len": 3072}]


def test_a_late_answer_is_dropped(opened: Open) -> None:
    """The bars are those of the last settings."""
    page = opened()
    held: list[Route] = []

    def answer(route: Route) -> None:
        if route.request.post_data_json["config"] == {"batch_size": 32}:
            held.append(route)
        else:
            route.continue_()

    panel = task(page, "Train")
    batch = panel.get_by_role("spinbutton", name=re.compile("^Batch"))
    page.route("**/estimate/training", answer)
    with page.expect_request("**/estimate/training"):
        batch.fill("32")
        batch.press("Enter")
    with page.expect_response("**/estimate/training"):
        batch.fill("2")
        batch.press("Enter")
    expect(panel.locator(".run")).to_contain_text("batch 2 ")
    last = expected_gb(panel)
    for route in held:
        route.fulfill(json={"detail": "late"})

    page.wait_for_timeout(300)
    assert expected_gb(panel) == last


def test_a_gpu_gives_a_verdict_and_the_largest_values(opened: Open) -> None:
    """A click takes one; the bars are drawn against the GPU."""
    page = opened()
    page.get_by_role("combobox", name="GPU", exact=True).select_option("RTX 4090")
    panel = task(page, "Train")

    expect(panel.get_by_role("status").first).to_contain_text("Runs")
    expect(panel.get_by_role("img")).to_have_attribute("aria-label", re.compile("of 25.8 GB of the RTX 4090"))
    panel.get_by_role("button", name=re.compile("^Sequence ")).click()
    expect(panel.locator(".run")).not_to_contain_text("of 2,048 tokens")
    expect(panel.get_by_role("status").first).to_contain_text("Runs")


def test_a_remedy_makes_it_run(opened: Open) -> None:
    """As it promised."""
    page = opened(LARGE, "?gpu=A100+SXM4+40GB")
    panel = task(page, "Train")
    expect(panel.get_by_role("status").first).to_contain_text("Runs with changes")
    panel.locator(".remedies button").first.click()

    expect(panel.locator(".mark.runs").first).to_be_visible()
    expect(panel.locator(".remedies")).to_have_count(0)


def test_a_choice_of_gpus_can_be_gone_back_on(opened: Open) -> None:
    """One step each; a shared address shows the same."""
    page = opened()
    gpu = page.get_by_role("combobox", name="GPU", exact=True)
    gpu.select_option("L4")
    page.get_by_label("How many").select_option("2")
    expect(task(page, "Serve").get_by_role("status").first).to_contain_text("of 24.2 GB")
    shared = page.url
    page.go_back()
    expect(page.get_by_label("How many")).to_have_value("1")
    page.go_back()
    expect(gpu).to_have_value("")
    expect(task(page, "Serve").get_by_role("status").first).to_contain_text("Needs")

    other = opened(ID, f"?{urlsplit(shared).query}")
    expect(other.get_by_role("combobox", name="GPU", exact=True)).to_have_value("L4")
    expect(other.get_by_label("How many")).to_have_value("2")
    expect(task(other, "Serve").locator("text.limit")).to_contain_text("each of 2")


def test_the_machine_of_the_server_is_a_choice(visit: Open, served: str) -> None:
    """Where it has GPUs: by the name that the driver gives them, with their number; in the list as it is."""
    gpus = [{"name": "NVIDIA L4"}, {"name": "NVIDIA L4"}]
    page = visit("about:blank").page
    page.route("**/hardware", lambda route: route.fulfill(json={"success": True, "data": {"gpus": gpus}}))
    page.goto(f"{served}/models/{ID}")
    page.get_by_role("combobox", name="GPU", exact=True).select_option(label=MACHINE)
    expect(task(page, "Train").locator("text.limit")).to_contain_text("each of 2")
    expect(task(page, "Train").locator(".command code")).to_have_text(f"mgr estimate training {ID} --gpu 'NVIDIA L4:2'")

    page.goto(f"{served}/")
    with page.expect_request("**/fit") as sent:
        page.get_by_role("combobox", name="GPU", exact=True).select_option(label=MACHINE)
    assert sent.value.post_data_json == {"task": "inference"}


def test_the_command_gives_the_same_answer(opened: Open) -> None:
    """Run as it stands on the page."""
    page = opened(ID, "?gpu=RTX+4090&training.batch_size=2&training.method=%22qlora%22")
    panel = task(page, "Train")
    expect(panel.locator(".run")).to_contain_text("QLoRA")
    words = shlex.split(panel.locator(".command code").inner_text())
    call = [sys.executable, "-m", "model_garden_registry", *words[1:], "--json"]
    found = json.loads(subprocess.run(call, check=True, capture_output=True).stdout)

    assert words[0] == "mgr"
    assert expected_gb(panel) == f"{found['expected_gb']:.1f} GB" if found["expected_gb"] >= 10 else True
    assert found["report"]["verdict"] == "ok"


def test_the_form_yields_every_file(opened: Open) -> None:
    """Prefilled from the defaults; a changed setting is in each file."""
    page = opened(ID, permissions=["clipboard-read", "clipboard-write"])
    panel = task(page, "Train")
    panel.get_by_text("All settings").click()
    rate = panel.get_by_role("spinbutton", name="Learning rate", exact=True)
    expect(rate).to_have_value("0.0002")
    with page.expect_response("**/estimate/training"):
        rate.fill("0.00035")
        rate.press("Enter")
    panel.get_by_text("Take the file for a tool").click()
    tool = panel.get_by_role("combobox", name="Tool", exact=True)
    written = {}
    for name in tool.locator("option").evaluate_all("(options) => options.map((option) => option.value)"):
        with page.expect_response(re.compile(f"/export/{name}\\?")) as reply:
            if tool.input_value() == name:
                tool.select_option(index=1)
            tool.select_option(name)
        if reply.value.ok:
            written[name] = reply.value.json()["text"]

    assert {"axolotl", "trl", "unsloth", "llamafactory", "msswift"} <= written.keys()
    assert all("0.00035" in written[name] or "3.5e-4" in written[name] for name in ("axolotl", "trl", "llamafactory"))


def test_files_and_commands_are_copied(opened: Open) -> None:
    """The button says that it has."""
    page = opened(ID, permissions=["clipboard-read", "clipboard-write"])
    panel = task(page, "Serve")
    panel.get_by_text("Take the file for a tool").click()
    panel.get_by_role("combobox", name="Tool", exact=True).select_option("vllm")
    expect(panel.locator(".file code")).to_contain_text(f"vllm serve {ID}")
    panel.get_by_role("button", name="Copy the file").click()
    expect(panel.locator(".file").get_by_role("status")).to_have_text("Copied")

    assert page.evaluate("() => navigator.clipboard.readText()") == panel.locator(".file code").inner_text()
    panel.get_by_role("button", name="Copy the command").click()
    expect(panel.locator(".command").get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == f"mgr estimate inference {ID}"


def test_a_refusal_is_told_and_nothing_of_another_answer_stays(visit: Open, served: str) -> None:
    """Neither bars nor a file; fields and command are those of the question, whose way back is one click."""
    page = visit(f"{served}/models/{ID}?training.batch_size=-5").page
    panel = task(page, "Train")
    batch = panel.get_by_role("spinbutton", name=re.compile("^Batch"))

    expect(verdict(panel)).to_contain_text("No answer batch_size = -5 is not valid")
    expect(batch).to_have_value("-5")
    expect(panel.locator(".command code")).to_have_text(f"mgr estimate training {ID} --set batch_size=-5")
    panel.get_by_text("Take the file for a tool").click()
    expect(panel.get_by_text("no file", exact=True)).to_be_visible()
    assert panel.locator("svg.bar, .parts, .remedies, .largest, .run").count() == 0
    panel.get_by_role("button", name="Back to the defaults").click()
    expect(panel.get_by_role("img", name=SIZES)).to_be_visible()
    expect(batch).to_have_value("4")


def test_texts_of_a_refusal_are_shown_as_texts(visit: Open, served: str) -> None:
    """Whatever a server writes."""
    page = visit(f"{served}/models/{ID}").page
    batch = task(page, "Train").get_by_role("spinbutton", name=re.compile("^Batch"))
    page.route("**/estimate/training", lambda route: route.fulfill(status=422, json={"detail": "No <b>such</b> batch"}))
    batch.fill("7")
    batch.press("Enter")

    expect(verdict(task(page, "Train"))).to_have_text("No answer No <b>such</b> batch")


@pytest.mark.parametrize("typed", ["0", "2.5"])
def test_a_wrong_number_is_refused_in_words(typed: str, visit: Open, served: str) -> None:
    """As the library says it; an empty field is the default."""
    panel = task(visit(f"{served}/models/{ID}").page, "Train")
    batch = panel.get_by_role("spinbutton", name=re.compile("^Batch"))
    batch.fill(typed)
    batch.press("Enter")
    expect(verdict(panel)).to_contain_text(f"batch_size = {typed} is not valid")
    expect(verdict(panel)).to_contain_text("an integer")
    batch.fill("")
    batch.press("Enter")

    expect(verdict(panel)).to_contain_text("Needs")


def test_the_page_agrees_with_the_list(opened: Open) -> None:
    """Where only another form of the model would run, the model does not."""
    chosen = "gpu=RTX+4090&gpus=2"
    llama = "meta-llama/Llama-3.3-70B-Instruct"
    panel = task(opened(llama, f"?{chosen}"), "Serve")

    expect(verdict(panel)).to_contain_text("Does not run; another model would")
    expect(panel.locator(".remedies a")).to_contain_text("use casperhansen/llama-3.3-70b-instruct-awq")
    expect(panel.locator(".largest")).to_contain_text("At once: not even the smallest")
    expect(panel.locator(".largest")).to_contain_text("Counted by safe; the verdict goes by expected")
    page = opened(llama, f"/../../../?{chosen}&q=llama-3.3-70b-instruct")
    expect(page.locator(f"tr[data-id='{llama}'] td.fit")).to_contain_text("Too little")


def test_what_fits_without_a_margin_is_tight(opened: Open) -> None:
    """In the colour of a warning, with what would give it a margin."""
    panel = task(opened(ID, TIGHT), "Train")

    expect(panel.locator(".verdict .mark.changes")).to_have_text("Tight")
    expect(panel.locator(".remedies h3")).to_have_text("What would fit with a margin")


def test_no_file_is_given_while_another_is_awaited(opened: Open) -> None:
    """Its name is that of the answer."""
    page = opened()
    panel = task(page, "Serve")
    panel.get_by_text("Take the file for a tool").click()
    tool = panel.get_by_role("combobox", name="Tool", exact=True)
    tool.select_option("vllm")
    save = panel.get_by_role("button", name="Download")
    expect(panel.locator(".file code")).to_contain_text("vllm serve")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/export/kubernetes?*", hold)
    with page.expect_request("**/export/kubernetes?*"):
        tool.select_option("kubernetes")
    expect(save).to_be_hidden()
    expect(panel.get_by_role("button", name="Copy the file")).to_be_hidden()
    for route in held:
        route.continue_()
    with page.expect_download() as download:
        save.click()

    assert download.value.suggested_filename == "Qwen3-8B-kubernetes.yaml"
    assert "kind: Deployment" in download.value.path().read_text()


def test_a_choice_is_a_step_and_a_slide_is_none(opened: Open) -> None:
    """A remedy can be gone back on; a slider writes the address when it rests."""
    page = opened(LARGE, "?gpu=A100+SXM4+40GB")
    panel = task(page, "Train")
    first = page.url
    remedy = panel.locator(".remedies button").first
    words = remedy.inner_text()
    remedy.click()
    expect(panel.locator(".mark.runs").first).to_be_visible()
    slider = panel.get_by_role("slider", name=re.compile("^Sequence"))
    slider.focus()
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    expect(panel.locator(".run")).to_contain_text("of 1,024 tokens")
    assert "training.max_seq_length=1024" in page.url
    page.go_back()

    expect(panel.locator(".remedies button").first).to_have_text(words)
    assert page.url == first


def test_the_address_is_written_when_a_slider_rests(opened: Open) -> None:
    """Browsers refuse more than some hundred changes."""
    page = opened()
    page.evaluate("""() => {
      const write = history.replaceState.bind(history);
      window.written = [];
      history.replaceState = (...state) => { window.written.push(state[2]); write(...state); };
    }""")
    slider = task(page, "Serve").get_by_role("slider", name=re.compile("^Context"))
    with page.expect_response("**/estimate/inference"):
        slider.evaluate("""(range) => {
          for (const place of [4, 3, 2, 1]) { range.value = place; range.dispatchEvent(new Event("input")); }
        }""")

    assert page.evaluate("() => window.written") == [f"/models/{ID}?inference.max_model_len=384"]


@pytest.mark.parametrize("which", [".remedies button", ".largest button", "button.plain:visible"])
def test_the_focus_is_at_the_verdict_after_a_button(which: str, opened: Open) -> None:
    """The button is gone with the answer."""
    panel = task(opened(ID, TIGHT), "Train")
    expect(panel.locator(".largest")).to_be_visible()
    button = panel.locator(which).first
    button.focus()
    button.press("Enter")

    expect(verdict(panel)).to_be_focused()
    expect(panel.locator(".mark.runs").first).to_be_visible()
    expect(verdict(panel)).to_be_focused()


def test_settings_are_named_and_described(opened: Open) -> None:
    """Those of a group in it; descriptions need no mouse."""
    panel = task(opened(), "Train")
    panel.get_by_text("All settings").click()
    rank = panel.get_by_role("group", name="LoRA adapter").get_by_role("spinbutton", name="LoRA rank", exact=True)

    expect(rank).to_have_accessible_description("Rank of the adapter.")
    expect(panel.get_by_text("Rank of the adapter.", exact=True)).to_be_visible()


def test_a_length_beyond_the_model_is_noted(opened: Open) -> None:
    """With grouped digits; with a GPU the library says it."""
    page = opened(ID, "?inference.max_model_len=99999999")
    panel = task(page, "Serve")

    expect(panel.locator(".findings")).to_contain_text(
        "max_model_len 99,999,999 is beyond the model's 40,960 positions"
    )
    expect(verdict(panel)).to_contain_text(re.compile(r"Needs \d\d,\d{3}\.\d GB expected"))
    page.get_by_role("combobox", name="GPU", exact=True).select_option("L4")
    expect(panel.locator(".findings")).to_contain_text("max_model_len 99999999 is beyond the model's 40960 positions")


def test_variants_are_linked(opened: Open) -> None:
    """With relative links, which work below any path."""
    page = opened()
    page.get_by_role("region", name="Variants").first.get_by_role("link", name="Qwen/Qwen3-8B-AWQ").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("AWQ")
    page.get_by_role("link", name="All models").click()
    expect(page.get_by_role("status")).to_contain_text("1,073 models")
