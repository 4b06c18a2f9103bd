"""Links between pages are relative."""

from __future__ import annotations

import pytest

from model_garden_registry.page.links import Place, model_place, page_name, static_place


def test_links_of_the_list() -> None:
    """Below where the list is."""
    here = Place()

    assert (here.list_link(), here.model_link("Qwen/Qwen3-8B"), here.asset_link("page.css")) == (
        "./",
        "./models/Qwen/Qwen3-8B",
        "./assets/page.css",
    )


def test_links_of_a_model() -> None:
    """As many steps up as its id has parts, and one for the folder."""
    assert (model_place("Qwen/Qwen3-8B").list_link(), model_place("gpt2").list_link()) == ("../../", "../")


def test_links_of_static_pages() -> None:
    """Files have endings, and the list a name: a browser finds them without a server."""
    here = static_place("Qwen/Qwen3-8B")

    assert (here.list_link(), here.model_link("gpt2")) == ("../../index.html", "../../models/gpt2.html")
    assert static_place().list_link() == "./index.html"


def test_the_reference_is_beside_the_list() -> None:
    """A route of a server, a file of a folder among static files."""
    places = (Place(), model_place("Qwen/Qwen3-8B"), static_place("gpt2"))

    assert [place.reference_link() for place in places] == ["./docs", "../../docs", "../docs/index.html"]


def test_an_id_cannot_end_its_link() -> None:
    """What an address reads otherwise is quoted, and so is what no text encodes."""
    assert Place().model_link('a?b#c"<\udcff') == "./models/a%3Fb%23c%22%3C%3F"


@pytest.mark.parametrize("model_id", ["gpt2", "Qwen/Qwen3-8B", "01-ai/Yi-1.5-9B", "org/com10", "a/null", "x.json"])
def test_a_static_page_is_named_by_its_id(model_id: str) -> None:
    """As Hugging Face allows it."""
    assert page_name(model_id) == model_id


@pytest.mark.parametrize(
    "model_id",
    [
        *(
            "",
            "..",
            "../x",
            "a/../b",
            "a/b/c",
            "/etc/passwd",
            "a//b",
            "C:/x",
            "a\\b",
            ".git/config",
            "_/x",
            "a\n",
            "-x",
        ),
        *(
            "con",
            "org/NUL",
            "org/aux.b",
            "COM1/x",
            "org/model.",
            "a./b",
            "a.html/b",
            "a.json/b",
            "é",
            "x" * 97,
            "a\udcff",
        ),
    ],
)
def test_an_id_that_is_no_safe_path_is_named_by_a_digest(model_id: str) -> None:
    """Outside of the folder, or something else on some system, or in the way of a file of ours."""
    name = page_name(model_id)

    assert name.startswith("-/")
    assert len(name) == 18
    assert static_place().model_link(model_id) == f"./models/{name}.html"
    assert static_place(model_id).root == "../../"
