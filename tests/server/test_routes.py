"""The routes of the registry, asked without a socket."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import Depends, FastAPI
from fastapi.security import APIKeyQuery

from model_garden_registry.server import create_app, registry_router

from .conftest import OLD, PREFIX, SHIPPED, TINY, VISION, Answer, call

Ask = Callable[..., Answer]
Write = Callable[..., Path]

ROW_KEYS = [
    *("id", "name", "category", "parameters", "description", "tags", "status", "is_vision", "is_quantized"),
    *("min_vram_gb", "recommended_vram_gb", "training_defaults", "inference_defaults"),
]


def ids(answer: Answer) -> list[str]:
    return [row["id"] for row in answer.json["data"]]


def test_the_list_has_every_model_in_file_order(ask: Ask) -> None:
    """Eleven columns and both groups of defaults each, and how many there are."""
    answer = ask("GET", f"{PREFIX}/models")

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert (answer.json["success"], answer.json["total"]) == (True, len(SHIPPED["models"]))
    assert ids(answer) == list(SHIPPED["models"])
    assert {tuple(row) for row in answer.json["data"]} == {tuple(ROW_KEYS)}


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param("unsloth/tinyllama-bnb-4bit", id="with its slash"),
        pytest.param("unsloth%2Ftinyllama-bnb-4bit", id="escaped"),
        pytest.param("unsloth/tinyllama-bnb-4bit/", id="slash at the end"),
        pytest.param("unsloth%2ftinyllama%2Dbnb-4bit", id="more escaped than needed"),
    ],
)
def test_an_id_may_be_written_in_several_ways(spelling: str, ask: Ask) -> None:
    """Slashes plain or escaped."""
    answer = ask("GET", f"{PREFIX}/models/{spelling}")

    assert (answer.status, answer.json["success"], answer.json["data"]["id"]) == (200, True, TINY)


def test_an_entry_is_given_as_it_stands_in_the_file(ask: Ask) -> None:
    """With the five documented keys of its inference defaults filled."""
    wanted = SHIPPED["models"][VISION]
    filled = {"quantization": None, "tensor_parallel_size": 1}

    data = ask("GET", f"{PREFIX}/models/{VISION}").json["data"]

    assert data == {**wanted, "inference_defaults": filled | wanted["inference_defaults"]}


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_a_model_that_cannot_be_trained_has_empty_defaults(write: Write, ask: Ask) -> None:
    """Objects without keys, so that clients' property reads keep working, in the entry and in the list."""
    capabilities = {**SHIPPED["models"][TINY]["capabilities"], "training": False}
    app = create_app(write({"a": {"training_defaults": None, "capabilities": capabilities}}))

    empty = {"hyperparameters": {}, "lora_config": {}}
    assert ask("GET", f"{PREFIX}/models/a", app=app).json["data"]["training_defaults"] == empty
    assert ask("GET", f"{PREFIX}/models", app=app).json["data"][0]["training_defaults"] == empty


def test_origins_are_told_where_there_are_overlays(ask: Ask, tmp_path: Path) -> None:
    """The names of files, not where they are; and a change of any of them counts."""
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"extends": True, "models": {TINY: {"name": "Ours"}}}), encoding="utf-8")

    reply = ask("GET", f"{PREFIX}/models/{TINY}", app=create_app(own)).json

    assert reply["data"]["name"] == "Ours"
    assert reply["origins"]["/name"] == {"named_by": "argument", "file": "own.json"}
    assert reply["origins"]["/requirements"] == {"named_by": "shipped", "file": "models_registry.json"}
    assert "origins" not in ask("GET", f"{PREFIX}/models/{TINY}").json


def test_a_former_id_still_leads_to_the_model(write: Write, ask: Ask) -> None:
    """By its alias, as in the library."""
    app = create_app(write({"new/name": {"aliases": ["old/name"]}}))

    assert ask("GET", f"{PREFIX}/models/old/name", app=app).json["data"]["id"] == "new/name"


def test_an_id_with_a_slash_at_its_end_comes_before_one_without(write: Write, ask: Ask) -> None:
    """A slash is passed over only where no id ends with it."""
    app = create_app(write({"a/": {"name": "with"}, "a": {"name": "without"}}))

    names = [ask("GET", f"{PREFIX}/models/{model_id}", app=app).json["data"]["name"] for model_id in ("a/", "a")]

    assert names == ["with", "without"]


def test_an_unknown_id_is_answered_with_near_ones(ask: Ask) -> None:
    """404 says so as the application does, and as ``mgr show --json`` does."""
    answer = ask("GET", f"{PREFIX}/models/unsloth/tinylama")

    assert (answer.status, answer.json) == (
        404,
        {
            "detail": "Model 'unsloth/tinylama' not found in registry",
            "format": "mgr.error/1",
            "error": "UnknownModelError",
            "message": "no model 'unsloth/tinylama' in the registry; did you mean "
            "unsloth/tinyllama, unsloth/tinyllama-chat or TinyLlama/TinyLlama_v1.1?",
            "model_id": "unsloth/tinylama",
            "close": ["unsloth/tinyllama", "unsloth/tinyllama-chat", "TinyLlama/TinyLlama_v1.1"],
            "problem": None,
        },
    )


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../../../../etc/passwd",
        "..%2F..%2Fetc%2Fpasswd",
        "%00",
        "%ff",
        "a" * 256,
        "*",
        "%0d%0aSet-Cookie:x=1",
        "a%0a",
    ],
)
def test_an_id_is_only_ever_looked_up(path: str, ask: Ask) -> None:
    """Whatever it looks like, it is no path and no header: 404, in JSON."""
    answer = ask("GET", f"{PREFIX}/models/{path}")

    assert (answer.status, answer.json["error"], answer.headers.get("set-cookie")) == (404, "UnknownModelError", None)


def test_an_id_has_at_most_256_characters(ask: Ask) -> None:
    """A longer one is refused without a look."""
    answer = ask("GET", f"{PREFIX}/models/{'a' * 257}")

    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["path", "model_id"])


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        pytest.param(f"{PREFIX}/models?categroy=x", "unknown key 'categroy'; did you mean category?", id="a slip"),
        pytest.param(f"{PREFIX}/models?q=x", "unknown key 'q'; did you mean query?", id="another name"),
        pytest.param(f"{PREFIX}/models?limit=1&limit=2", "key 'limit' is duplicated", id="twice"),
        pytest.param(
            f"{PREFIX}/models?category=", "key 'category' has no value; leave it out for no filter", id="empty"
        ),
        pytest.param(
            f"{PREFIX}/models?tag=a&tag=",
            "key 'tag' has no value; leave it out for no filter",
            id="an empty tag",
        ),
        pytest.param(f"{PREFIX}/models/{TINY}?x=1", "unknown key 'x'", id="of an entry"),
        pytest.param(f"{PREFIX}/categories?x=1", "unknown key 'x'", id="of categories"),
        pytest.param(f"{PREFIX}/hardware?x=1", "unknown key 'x'", id="of hardware"),
        pytest.param("/openapi.json?x=1", "unknown key 'x'", id="of the document"),
    ],
)
def test_a_key_that_cannot_stand_in_a_query_is_named(target: str, detail: str, ask: Ask) -> None:
    """422, also where the answer without it is made already."""
    plain = target.partition("?")[0]
    assert ask("GET", plain).status == 200

    answer = ask("GET", target)

    assert (answer.status, answer.json["detail"]) == (422, detail)
    assert ask("HEAD", target).status == 422


def test_who_watches_may_add_to_the_query(ask: Ask) -> None:
    """Health and readiness answer whatever stands in it."""
    assert [ask("GET", target).status for target in ("/health?x=1", "/ready?x=&x=")] == [200, 200]


def test_an_application_may_read_a_key_of_the_query(write: Write, ask: Ask) -> None:
    """What stands before our routes, such as a password in the query, is no unknown key."""
    app = FastAPI()
    router = registry_router(write({"a": {}}), other_keys=["token"])
    app.include_router(router, dependencies=[Depends(APIKeyQuery(name="token"))])

    statuses = [
        ask("GET", f"{PREFIX}/models?{query}", app=app).status
        for query in ("token=1", "token=1&limit=2", "token=1&x=1")
    ]

    assert statuses == [200, 200, 422]


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_an_entry_that_is_not_valid_cannot_be_given(write: Write, ask: Ask) -> None:
    """503 says what is wrong with it; the others are not affected."""
    app = create_app(write({"bad": {"status": "fine"}, "good": {}}))

    answer = ask("GET", f"{PREFIX}/models/bad", app=app)

    assert (answer.status, answer.json["error"], answer.json["model_id"]) == (503, "InvalidEntryError", "bad")
    assert ask("GET", f"{PREFIX}/models/good", app=app).status == 200


def test_categories_are_given_by_key(ask: Ask) -> None:
    """As in the file, without a key that is no category."""
    answer = ask("GET", f"{PREFIX}/categories")

    assert (answer.status, answer.json) == (200, {"success": True, "data": SHIPPED["categories"]})


@pytest.mark.parametrize(
    "target",
    [
        f"{PREFIX}/models",
        f"{PREFIX}/models/",
        f"{PREFIX}/models?limit=2",
        f"{PREFIX}/models/{TINY}",
        f"{PREFIX}/categories",
        f"{PREFIX}/hardware",
        "/health",
        "/ready",
        "/openapi.json",
    ],
)
def test_every_get_has_a_head_and_a_tag(target: str, ask: Ask) -> None:
    """HEAD gives the headers alone; whoever names the tag is told that nothing has changed."""
    got = ask("GET", target)
    head = ask("HEAD", target)
    again = ask("GET", target, headers={"If-None-Match": got.headers["etag"]})

    assert (got.status, head.status, head.headers, head.content) == (200, 200, got.headers, b"")
    assert (again.status, again.headers["etag"], again.content) == (304, got.headers["etag"], b"")


def test_a_list_is_compressed_where_that_is_wanted(ask: Ask) -> None:
    """Also one that is not prepared."""
    for target in (f"{PREFIX}/models", f"{PREFIX}/models?limit=5"):
        plain, compressed = ask("GET", target), ask("GET", target, headers={"Accept-Encoding": "gzip"})

        assert compressed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(compressed.content) == plain.content


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed(method: str, ask: Ask) -> None:
    """405, in JSON."""
    answer = ask(method, f"{PREFIX}/models")

    assert (answer.status, answer.json) == (405, {"detail": "Method Not Allowed"})


def test_another_application_includes_the_router_in_one_line(write: Write, ask: Ask) -> None:
    """Its answers are those of our own application, errors and unread questions too."""
    path = write({"a": {}})
    theirs, ours = FastAPI(), create_app(path)
    theirs.include_router(registry_router(path))

    for method, target, body in (
        ("GET", f"{PREFIX}/models", None),
        ("GET", f"{PREFIX}/models/a", None),
        ("HEAD", f"{PREFIX}/models/a", None),
        ("GET", f"{PREFIX}/models/b", None),
        ("GET", f"{PREFIX}/models?limit=0", None),
        ("GET", f"{PREFIX}/categories", None),
        ("POST", f"{PREFIX}/validate/training", {"model_id": "a"}),
        ("POST", f"{PREFIX}/validate/training", {"model_id": "a", "config": {"batch_siz": 1}}),
        ("POST", f"{PREFIX}/validate/training", b"\xff"),
    ):
        assert ask(method, target, body, app=theirs) == ask(method, target, body, app=ours)


def test_another_application_may_put_it_elsewhere(write: Write, ask: Ask) -> None:
    """A prefix of the application comes before ours, and its own OpenAPI document describes the routes."""
    app = FastAPI()
    app.include_router(registry_router(write({"a": {}})), prefix="/garden")

    assert ask("GET", f"/garden{PREFIX}/models/a", app=app).status == 200
    assert f"/garden{PREFIX}/models/{{model_id}}" in json.loads(ask("GET", "/openapi.json", app=app).content)["paths"]


def test_another_application_can_name_a_model_by_its_url() -> None:
    """The routes have the names of their operations."""
    app = FastAPI()
    app.include_router(registry_router())

    assert app.url_path_for("show_model", model_id=TINY) == f"{PREFIX}/models/{TINY}"


def test_without_a_registry_every_question_is_answered_so(tmp_path: Path, ask: Ask) -> None:
    """503 names the file without its directory; nothing fails."""
    app = create_app(tmp_path / "models_registry.json")
    questions = [
        ("GET", f"{PREFIX}/models", None),
        ("GET", f"{PREFIX}/models/{TINY}", None),
        ("GET", f"{PREFIX}/categories", None),
        ("POST", f"{PREFIX}/validate/training", {"model_id": TINY}),
    ]

    for method, target, body in questions:
        answer = ask(method, target, body, app=app)
        assert (answer.status, answer.json["detail"]) == (503, "Registry not found: models_registry.json")
        assert str(tmp_path) not in answer.content.decode()


#: What a browser, a terminal or a log would act on.
HOSTILE = "<script>alert(1)</script>\x1b[2J\r\nSet-Cookie: a=b\x00\u202e\"'`&amp;{{7*7}}"


def test_hostile_text_comes_out_as_plain_json(write: Write, ask: Ask) -> None:
    """Markup and control characters in every text field: the same texts, in JSON that no browser takes for a page."""
    hostile = {"name": HOSTILE, "description": HOSTILE, "tags": [HOSTILE], "notes": [HOSTILE], "license": HOSTILE}
    key = HOSTILE.replace("\x1b", "").replace("\r\n", "").replace("\x00", "")
    categories = {"text-llm": {"name": HOSTILE, "description": HOSTILE, "icon": HOSTILE}}
    app = create_app(write({key: {**hostile, "id": key, "x-own": {HOSTILE: HOSTILE}}}, categories=categories))
    spelled = "".join(f"%{byte:02x}" for byte in key.encode())

    rows = call(app, "GET", f"{PREFIX}/models")
    entry = call(app, "GET", f"{PREFIX}/models/{spelled}")
    groups = call(app, "GET", f"{PREFIX}/categories")
    verdict = ask("POST", f"{PREFIX}/validate/training", {"model_id": key}, app=app)

    assert {name: rows.json["data"][0][name] for name in ("name", "description", "tags")} == {
        "name": HOSTILE,
        "description": HOSTILE,
        "tags": [HOSTILE],
    }
    assert (entry.json["data"]["notes"], entry.json["data"]["x-own"]) == ([HOSTILE], {HOSTILE: HOSTILE})
    assert groups.json["data"] == categories
    assert verdict.json["data"]["subject"] == key
    for answer in (rows, entry, groups, verdict):
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not any(byte < 0x20 for byte in answer.content)
        assert "set-cookie" not in answer.headers


def test_a_deprecated_model_is_listed(ask: Ask) -> None:
    """In its place; the list says what it is."""
    (row,) = (row for row in ask("GET", f"{PREFIX}/models").json["data"] if row["id"] == OLD)

    assert row["status"] == "deprecated"


@pytest.mark.parametrize("path", [f"{PREFIX}/models/", f"{PREFIX}/categories", "/health", f"{PREFIX}/hardware"])
def test_a_line_feed_is_part_of_a_path(path: str, ask: Ask) -> None:
    """What ends with one is another path: none, or that of an id which no model has."""
    assert [ask(method, f"{path}%0A").status for method in ("GET", "HEAD")] == [404, 404]
