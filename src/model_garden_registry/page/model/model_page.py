"""The page of one model."""

from __future__ import annotations

from model_garden_registry.page.chooser import gpu_fields
from model_garden_registry.page.elements import Html, element
from model_garden_registry.page.frame import page_document
from model_garden_registry.page.links import Mode, Place, model_place
from model_garden_registry.page.model.identity import heading, identity, notices
from model_garden_registry.page.model.provenance import measurements, sources
from model_garden_registry.page.model.task_panels import estimates_of, task_panel
from model_garden_registry.page.model.variants import variants_table
from model_garden_registry.registry.model_registry import ModelRegistry

#: The module that runs, then those that it imports.
MODULES = (
    "model.js",
    "task_panel.js",
    "setting_fields.js",
    "export_form.js",
    "settings_form.js",
    "fit_marks.js",
    "memory_bars.js",
    "copy_button.js",
    "chooser.js",
    "answers.js",
    "address.js",
    "elements.js",
    "wording.js",
)


def model_page(registry: ModelRegistry, model_id: str, place: Place | None = None) -> Html:
    """
    Return the page of a model.

    Args:
        model_id: Its id, or a former one.

        place: Where the page is: under a server, if not given.

    Raises:
        UnknownModelError: No entry has this id.

        InvalidEntryError: The entry is invalid.
    """
    key = registry.key(model_id)
    here, entry, estimates = place or model_place(key), registry[key], estimates_of(registry, key)
    return page_document(
        here,
        element("nav", element("a", "All models", href=here.list_link()), aria_label="Breadcrumb"),
        heading(key, entry),
        notices(entry, here),
        _machine(here.mode),
        element("div.tasks", [task_panel(key, entry, task, found) for task, found in estimates.items()]),
        variants_table(key, registry.variants(key), here),
        element("section", element("h2", "Facts", id="facts"), identity(entry), aria_labelledby="facts"),
        measurements(estimates, entry),
        sources(entry),
        title=f"{entry.name}: memory to serve and train",
        description=entry.description,
        modules=MODULES,
    )


def _machine(mode: Mode) -> Html:
    gpu, gpus = gpu_fields(mode, "No GPU: needs only")
    fields = element("fieldset.machine", element("legend", "On which GPU"), gpu, gpus)
    return element("form.controls", fields, hidden=True, id="machine", aria_label="GPU")
