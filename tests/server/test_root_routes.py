"""Health and readiness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from model_garden_registry import __version__
from model_garden_registry.server import create_app
from model_garden_registry.server.live.live_registry import LiveRegistry

from .conftest import SHIPPED, Answer

Ask = Callable[..., Answer]
Write = Callable[..., Path]


def test_health_says_what_is_served(ask: Ask) -> None:
    """The package, the file by its name, its format, its date, and how many models it has."""
    answer = ask("GET", "/health")

    assert (answer.status, answer.json) == (
        200,
        {
            "status": "ok",
            "version": __version__,
            "registry": {
                "file": "models_registry.json",
                "version": SHIPPED["version"],
                "last_updated": SHIPPED["last_updated"],
                "models": len(SHIPPED["models"]),
            },
            "behind_seconds": None,
            "problem": None,
        },
    )


def test_health_says_what_is_wrong_with_a_new_file(write: Write, ask: Ask, tmp_path: Path) -> None:
    """The old registry is served; the reason has line and column, and no directory of this machine."""
    path = write({"a": {}})
    app = create_app(LiveRegistry(path, seconds=0))
    path.write_text('{"version": "1.1.0",\n x}', encoding="utf-8")

    answer = ask("GET", "/health", app=app)

    assert (answer.status, answer.json["status"], answer.json["registry"]["models"]) == (200, "degraded", 1)
    assert answer.json["behind_seconds"] >= 0
    problem = answer.json["problem"]
    assert (problem["error"], problem["path"], problem["line"]) == ("RegistryReadError", "registry.json", 2)
    assert problem["message"].startswith("registry.json:2:2: is not JSON")
    assert str(tmp_path) not in answer.content.decode()
    assert ask("GET", "/ready", app=app).json == {"ready": True}


def test_health_forgets_a_problem_that_is_gone(write: Write, ask: Ask) -> None:
    """As soon as the file can be read again."""
    path = write({"a": {}})
    app = create_app(LiveRegistry(path, seconds=0))
    path.unlink()
    missing = ask("GET", "/health", app=app).json
    write({"a": {}, "b": {}})
    back = ask("GET", "/health", app=app).json

    assert (missing["status"], missing["problem"]["error"]) == ("degraded", "RegistryNotFoundError")
    assert (back["status"], back["registry"]["models"], back["problem"]) == ("ok", 2, None)


def test_without_a_registry_the_server_is_not_ready(write: Write, ask: Ask, tmp_path: Path) -> None:
    """503 until there is one; health answers all the same."""
    app = create_app(LiveRegistry(tmp_path / "registry.json", seconds=0))
    before = ask("GET", "/ready", app=app)
    health = ask("GET", "/health", app=app)
    write({"a": {}})

    assert (before.status, before.json) == (503, {"ready": False})
    assert (health.status, health.json["status"], health.json["registry"]) == (200, "unavailable", None)
    assert ask("GET", "/ready", app=app).status == 200
