"""Name, facts and links of a model."""

from __future__ import annotations

from collections.abc import Iterator

from model_garden_registry.catalogue.comparison import quantization_text
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.page.elements import Content, Html, element, fragment, link
from model_garden_registry.page.links import Place
from model_garden_registry.page.wording import tokens
from model_garden_registry.units import short_number

#: Texts of links, by their key in an entry.
_LINKS = {"huggingface": "Hugging Face", "docs": "Documentation"}


def heading(key: str, entry: ModelInfo) -> Html:
    """Return name, id, description and tags."""
    status = None if entry.status == "stable" else element("span.badge.warn", entry.status)
    tags = [fragment(element("span.badge", tag), Html(" ")) for tag in entry.tags]
    return element(
        "header.subject",
        element("h1", entry.name),
        element("p.id", element("code", key), element("copy-button", data_text=key, data_label="Copy the id")),
        element("p.lead", entry.description),
        element("p.badges", status, " " if status else None, tags),
        element("p.links", list(_links(entry))),
    )


def _links(entry: ModelInfo) -> Iterator[Html]:
    for name, address in entry.urls.known().items():
        if address:
            yield element("span", link(_LINKS.get(name, name), str(address)))


def notices(entry: ModelInfo, place: Place) -> list[Html]:
    """Return what a reader must know before anything else: that a model is deprecated, or has a successor."""
    found: list[Html] = []
    if fate := entry.deprecation:
        successor = fate.successor and element("a", fate.successor, href=place.model_link(fate.successor))
        instead: list[Content] = [" Use ", successor, " instead."] if successor else []
        found.append(element("p.notice.warn", f"Deprecated since {fate.since}: {fate.reason}", instead))
    return found + [element("p.notice", note) for note in entry.notes]


def identity(entry: ModelInfo) -> Html:
    """Return the facts of a model as a list of names and values."""
    items = [element("div", element("dt", name), element("dd", value)) for name, value in _facts(entry) if value]
    return element("dl.facts", items)


def _facts(entry: ModelInfo) -> Iterator[tuple[str, str | None]]:
    shape = entry.architecture
    yield "Provider", entry.provider
    yield "Parameters", entry.parameters
    yield "Context", tokens(shape.max_position_embeddings) if shape and shape.max_position_embeddings else None
    yield "Weights", quantization_text(entry) if entry.quantization.method else "not quantised"
    yield "Licence", entry.license
    yield "Access", "needs an accepted licence" if entry.gated else None
    yield "Released", entry.released
    yield "Architecture", entry.base_architecture
    yield "Languages", ", ".join(entry.languages or ())
    yield "Main memory", f"{short_number(entry.requirements.min_ram_gb)} GB or more"
    capability = entry.requirements.cuda_compute_capability
    yield "Compute capability", f"{capability} or higher" if capability else None
    yield "Lowest versions", ", ".join(f"{name} {bound}" for name, bound in entry.min_versions.items())
    yield "Former ids", ", ".join(entry.aliases)
