"""The whole site."""

from __future__ import annotations

import html
import json
import shutil
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from pyodide_stand_in import distribution

from model_garden_registry.errors import RegistryReadError, RegistryWriteError, UnknownGpuError
from model_garden_registry.page.static.building import Site, build_site
from model_garden_registry.registry.shared import load_registry

pytestmark = pytest.mark.filterwarnings("ignore::model_garden_registry.errors.RegistryWarning")

GPUS = ("L4", "RTX 4090")


class Links(HTMLParser):
    """What a page refers to: addresses that it loads by itself, and those of links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "script":
            self.scripts.append(attributes.get("src") or "")
        if tag == "a" and attributes.get("href"):
            self.linked.append(attributes["href"] or "")
        self.loaded += [value for key, value in attrs if value and (key == "src" or (key == "href" and tag != "a"))]


@pytest.fixture(scope="session")
def site(registry_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Site]:
    """Give the site of the small registry, with Python for the browser."""
    place = tmp_path_factory.mktemp("site")
    folder = place / "public"
    return folder, build_site(folder, registry=registry_file, pyodide=distribution(place / "p"), gpus=GPUS)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pages(folder: Path) -> dict[str, str]:
    return {path: content.decode() for path, content in contents(folder).items() if path.endswith(".html")}


def _target(page: str, link: str) -> str:
    """Return the file that a relative link leads to, from the root of the site."""
    parts: list[str] = []
    for part in (PurePosixPath(page).parent / unquote(urlsplit(link).path)).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def test_every_link_leads_to_a_file_of_the_site(site: tuple[Path, Site]) -> None:
    """From every page, and none leads out of the folder; other sites are linked, and nothing is loaded from them."""
    folder, _ = site
    files = contents(folder)

    lost = []
    for page, text in pages(folder).items():
        found = Links(text)
        assert not [address for address in found.loaded if urlsplit(address).scheme or address.startswith("/")]
        for link in (*found.loaded, *found.linked):
            address = urlsplit(link)
            if not address.scheme and address.path and _target(page, link) not in files:
                lost.append((page, link))
    assert lost == []


def test_it_has_pages_answers_and_python(site: tuple[Path, Site]) -> None:
    """A page and an entry for each model, what runs on each GPU, the published registry, and what a browser needs."""
    folder, made = site
    files = contents(folder)
    registry = load_registry(made.published.registry_file)

    assert made.models == len(registry)
    assert made.machines == 8
    assert made.has_python
    others = {made.published.registry_file.name, made.published.index_file.name, "site-files.json"}
    assert {*made.files} | others == {*files}
    assert {
        *(
            "index.html",
            "assets/list.js",
            "assets/worker.js",
            "assets/static_answers.js",
            "api/v1/registry/models.json",
        ),
        *("fits/l4-1.json", "fits/rtx-4090-8.json", "fits/index.json", "pyodide/pyodide.mjs", "index.json"),
        *("pyodide/model_garden_registry-0.1.0-py3-none-any.whl", "index.html.gz", "pyodide/pyodide-lock.json"),
    } <= {*files}
    models = [path for path in files if path.startswith("models/") and path.endswith(".html")]
    assert len(models) == len(registry)


def test_pages_say_that_they_compute(site: tuple[Path, Site], registry_file: Path, tmp_path: Path) -> None:
    """If there is Python for the browser; without it nothing of it is there."""
    build_site(tmp_path, registry=registry_file, gpus=["L4"])

    for folder, told in ((site[0], "yes"), (tmp_path, "no")):
        ours = [page for path, page in pages(folder).items() if path != "docs/index.html"]
        assert all(f'<meta name="mgr-computes" content="{told}">' in page for page in ours)
        assert (folder / "pyodide").exists() is (told == "yes")


def test_a_hostile_registry_is_text(site: tuple[Path, Site]) -> None:
    """Its ids are no paths, its texts are no elements: every script of a page is a file of ours."""
    folder, _ = site

    assert not (folder.parent.parent / "outside.html").exists()
    scripts = {script for page in pages(folder).values() for script in Links(page).scripts}
    assert {PurePosixPath(script).name for script in scripts} <= {"list.js", "model.js", "copy_button.js"}
    assert "<script>alert" not in "".join(pages(folder).values())


def test_an_invalid_entry_has_a_page_that_says_why(site: tuple[Path, Site]) -> None:
    """The list has it, so there is something behind its link."""
    page = html.unescape((site[0] / "models/org/broken.html").read_text(encoding="utf-8"))

    assert "entry 'org/broken' is not valid" in page


def test_the_same_registry_gives_the_same_bytes(site: tuple[Path, Site], registry_file: Path, tmp_path: Path) -> None:
    """In another folder, at another time."""
    pyodide = distribution(tmp_path / "p")
    build_site(tmp_path / "again", registry=registry_file, pyodide=pyodide, gpus=GPUS)

    assert contents(tmp_path / "again") == contents(site[0])


def test_a_newer_site_replaces_an_older_one(site: tuple[Path, Site], registry_file: Path, tmp_path: Path) -> None:
    """Its own files alone; the older registry stays, and so does what others have put there."""
    folder = tmp_path / "public"
    shutil.copytree(site[0], folder)
    (folder / "CNAME").write_text("models.example", encoding="utf-8")
    newer = json.loads(registry_file.read_bytes())
    gone = next(iter(newer["models"]))
    del newer["models"][gone]
    (tmp_path / "models.json").write_text(json.dumps(newer), encoding="utf-8")

    made = build_site(folder, registry=tmp_path / "models.json", gpus=["L4"])

    assert made.published.registry_file != site[1].published.registry_file
    assert {*contents(folder)} == {
        *made.files,
        *("index.json", "site-files.json", "CNAME"),
        *(one.published.registry_file.name for one in (made, site[1])),
    }
    assert not (folder / f"models/{gone}.html").exists()
    assert not (folder / "pyodide").exists()


def test_a_page_of_others_is_not_replaced(registry_file: Path, tmp_path: Path) -> None:
    """One line says which."""
    (tmp_path / "index.html").write_text("my page", encoding="utf-8")

    with pytest.raises(RegistryWriteError, match=r"index\.html: was not written by mgr site build"):
        build_site(tmp_path, registry=registry_file, gpus=["L4"])

    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "my page"


def test_nothing_is_written_for_a_question_that_is_none(registry_file: Path, tmp_path: Path) -> None:
    """An unknown GPU, or a folder without Pyodide."""
    with pytest.raises(UnknownGpuError):
        build_site(tmp_path / "site", registry=registry_file, gpus=["RTX 4099"])
    with pytest.raises(RegistryReadError):
        build_site(tmp_path / "site", registry=registry_file, pyodide=tmp_path)

    assert not (tmp_path / "site").exists()
