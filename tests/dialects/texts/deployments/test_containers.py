"""Containers of compose files and manifests."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.texts.deployments.containers import compose_containers, kubernetes_containers
from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.starting.scripts import Container
from model_garden_registry.dialects.texts.yaml_nodes import read_documents


def composed(text: str) -> Container:
    """Return the only service that has the given parts."""
    (document,) = read_documents(Placed.whole("services:\n  x:\n    " + text.replace("\n", "\n    ")))
    (container,) = compose_containers(document)
    return container


def shown(words: object) -> list[str]:
    """Return words; what is not known stands in angle brackets."""
    assert isinstance(words, tuple)
    return [word.text if word.is_known else f"<{word.text}>" for word in words]


def environment(container: Container) -> dict[str, str | None]:
    """Return names and values."""
    return {made.name: made.value.text if isinstance(made.value, Placed) else None for made in container.environment}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param("command: --model a/b --x '{\"a\":1}'", ["--model", "a/b", "--x", '{"a":1}'], id="one text"),
        pytest.param("command: >\n  --model a/b\n  --x", ["--model", "a/b", "--x"], id="a folded text"),
        pytest.param("command: |\n  --model a/b\n  --x", ["--model", "a/b", "--x"], id="lines"),
        pytest.param("command: [--model, a/b]", ["--model", "a/b"], id="a list"),
        pytest.param("command:\n  - --port\n  - 8000", ["--port", "8000"], id="a number"),
        pytest.param("command: --a ${A}", ["--a", "<${A}>"], id="unknown"),
        pytest.param("command: --a $A --b", ["--a", "<$A>", "--b"], id="unknown, without braces"),
        pytest.param("command: --a ${A:-b} ${C-d}", ["--a", "b", "d"], id="defaults"),
        pytest.param("command: --a ${A:?b} ${A:+c}", ["--a", "<${A:?b}>", "<${A:+c}>"], id="other forms"),
        pytest.param("command: ['${A:-b}', '${C}', '$$D']", ["b", "<${C}>", "$D"], id="in a list"),
        pytest.param("command:", [], id="null"),
        pytest.param("ports: [1]", [], id="none"),
    ],
)
def test_a_service_is_given_words(command: str, words: list[str]) -> None:
    """Variables of the host are unknown; their defaults are not."""
    assert shown(composed(command).words) == words


def test_a_service_has_an_image_and_an_entry_point() -> None:
    """Where they are named."""
    service = composed("image: vllm/vllm-openai:${V:-latest}\nentrypoint: vllm serve")

    assert service.image is not None
    assert (service.image.text, shown(service.entry)) == ("vllm/vllm-openai:latest", ["vllm", "serve"])
    assert composed("x: 1").image is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("environment: {A: b, C: 1, D: '', E: $F, G: }", {"A": "b", "C": "1", "D": "", "E": None, "G": None}),
        ("environment: [A=b, C=, D, 'E=${F:-g}', 'H=$I']", {"A": "b", "C": "", "D": None, "E": "g", "H": None}),
        ("x: 1", {}),
    ],
)
def test_a_service_has_an_environment(text: str, values: dict[str, str | None]) -> None:
    """As a mapping or a list."""
    assert environment(composed(text)) == values


@pytest.mark.parametrize("text", ["services: {x: {}}", "services: []", "version: 3"])
def test_files_without_commands_have_none(text: str) -> None:
    """Neither an empty service nor none."""
    (document,) = read_documents(Placed.whole(text))

    assert [container.words for container in compose_containers(document) if container.words] == []


MANIFEST = """
apiVersion: v1
kind: List
items:
- kind: Deployment
  spec: {template: {spec: {
    initContainers: [{name: a, image: b}],
    containers: [{
      image: vllm/vllm-openai, command: [vllm, serve], args: [$(MODEL), "--x=$(TP)", $(NOT), $$(MODEL), 8],
      env: [{name: MODEL, value: a/b}, {name: TP, value: "2"}, {name: S, valueFrom: {}}, {value: x}]}]}}}
- kind: LeaderWorkerSet
  spec: {leaderWorkerTemplate: {leaderTemplate: {spec: {containers: [{args: [c]}]}}}}
- kind: Service
"""


def test_containers_of_a_manifest_are_found_wherever_they_are() -> None:
    """Init containers, lists of manifests, templates of templates."""
    (document,) = read_documents(Placed.whole(MANIFEST))
    first, init, leader = kubernetes_containers(document)

    assert shown(first.entry) == ["vllm", "serve"]
    assert shown(first.words) == ["a/b", "--x=2", "<$(NOT)>", "$(MODEL)", "8"]
    assert environment(first) == {"MODEL": "a/b", "TP": "2", "S": None}
    assert (init.image and init.image.text, init.words) == ("b", ())
    assert (leader.image, shown(leader.words)) == (None, ["c"])
