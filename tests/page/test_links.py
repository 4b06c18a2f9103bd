"""Links between pages are relative."""

from __future__ import annotations

from model_garden_registry.page.links import Place, model_place, static_place


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
