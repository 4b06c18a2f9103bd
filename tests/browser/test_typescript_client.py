"""The TypeScript client in a page, as its package has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry

from .conftest import Open

if TYPE_CHECKING:
    from playwright.sync_api import Route

#: Asks the page's own server, also for what it refuses, and in too little time.
ASK = """
async () => {
  const { RegistryClient, RegistryError } = await import("/application/index.js");
  const client = new RegistryClient();
  const told = (call) => call.catch((error) => [error instanceof RegistryError, error.kind, error.status ?? null]);
  return {
    entry: (await client.showModel("Qwen/Qwen3-8B")).id,
    total: (await client.listModels({ limit: 1 })).total,
    verdict: (await client.validateTraining({ model_id: "Qwen/Qwen3-8B", gpu: "L4" })).data.format,
    unknown: await told(client.showModel("none")),
    another: await told(client.showModel("..")),
    late: await told(client.validateInference({ model_id: "Qwen/Qwen3-8B", gpu: "A40" }, { timeoutMs: 0.1 })),
  };
}
"""


def test_the_client_runs_in_a_page(visit: Open, served: str, client_folder: Path) -> None:
    """As the modules of an application of the same host: no bundler, and nothing of Node.js."""
    page = visit(f"{served}/ready").page

    def send(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name == "page":
            route.fulfill(content_type="text/html", body="<!doctype html><title>An application</title>")
        else:
            route.fulfill(content_type="text/javascript", body=(client_folder / name).read_bytes())

    page.route(f"{served}/application/*", send)
    page.goto(f"{served}/application/page")
    got: dict[str, Any] = page.evaluate(ASK)

    assert got == {
        "entry": "Qwen/Qwen3-8B",
        "total": len(load_registry(bundled_registry())),
        "verdict": "mgr.report/1",
        "unknown": [True, "status", 404],
        "another": [True, "question", None],
        "late": [True, "timeout", None],
    }
