"""Models of an organisation on the Hugging Face Hub. The only owner of huggingface_hub (extra ``hub``)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from model_garden_registry.errors import MissingExtraError, RegistryError
from model_garden_registry.files.documents import read_document
from model_garden_registry.files.reading import LARGEST_CONFIG_BYTES
from model_garden_registry.lifecycle.remote.updating import is_offline
from model_garden_registry.visible_text import visible

_DEFAULT = "https://huggingface.co"
_FIELDS: tuple[Any, ...] = ("createdAt", "gated", "pipeline_tag", "safetensors", "tags")
_LICENSE = "license:"


class HubError(RegistryError):
    """
    The Hub gives no answer.

    Args:
        address: The address of the Hub.

        why: The reason, as half a sentence.
    """

    def __init__(self, address: str, why: str) -> None:
        super().__init__(address, why)
        self.address = address
        self.why = why

    def __str__(self) -> str:
        return f"{visible(self.address)}: {visible(self.why)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """
    A model on the Hub.

    Args:
        id: Its id.

        purpose: What the Hub says that it is for, such as ``text-generation``.

        released: The month in which it was created there.

        license: As its page says.

        gated: Whether access must be asked for.

        parameters: As the Hub counts them in its safetensors files.
    """

    id: str
    purpose: str | None = None
    released: str | None = None
    license: str | None = None
    gated: bool = False
    parameters: int | None = None


def hub_address() -> str:
    """Return the address of the Hub: that of HF_ENDPOINT, or the public one."""
    return (os.environ.get("HF_ENDPOINT") or _DEFAULT).rstrip("/")


def models_of(organisation: str, *, most: int) -> list[HubModel]:
    """
    Return the newest models of an organisation, the newest first.

    The user's own token is sent, if huggingface_hub has one.

    Raises:
        HubError: The Hub gives no answer.

        MissingExtraError: huggingface_hub is not installed.
    """
    with _answering() as api:
        found = api.list_models(author=organisation, sort="created_at", limit=most, expand=list(_FIELDS))
        return [_model(one) for one in found]


def read_hub_config(model_id: str) -> dict[str, Any]:
    """
    Return the config.json of a model on the Hub; the cache of huggingface_hub is left alone.

    Raises:
        HubError: The Hub has none, or does not give it.

        MissingExtraError: huggingface_hub is not installed.

        RegistryReadError: It is not a JSON object.
    """
    with TemporaryDirectory() as folder:
        with _answering() as api:
            path = api.hf_hub_download(model_id, "config.json", cache_dir=folder)
        return read_document(Path(path), LARGEST_CONFIG_BYTES, finite=False)


@contextmanager
def _answering() -> Iterator[Any]:
    """Yield the library's client; every error of it becomes ours."""
    try:
        from huggingface_hub import HfApi
    except ImportError:
        raise MissingExtraError("hub", "huggingface_hub") from None
    address = hub_address()
    if is_offline():
        raise HubError(address, "is not asked: MGR_OFFLINE is set")
    try:
        yield HfApi(endpoint=address)
    except Exception as error:  # noqa: BLE001  (its own classes, those of its HTTP library, and of the system)
        lines = str(error).strip().splitlines()
        raise HubError(address, f"gives no answer: {lines[0] if lines else type(error).__name__}") from None


def _model(found: Any) -> HubModel:
    created, counted = found.created_at, found.safetensors
    return HubModel(
        id=found.id,
        purpose=found.pipeline_tag,
        released=f"{created:%Y-%m}" if created else None,
        license=_license(found.tags or ()),
        gated=bool(found.gated),
        parameters=counted.total if counted else None,
    )


def _license(tags: Iterable[str]) -> str | None:
    return next((tag.removeprefix(_LICENSE) for tag in tags if tag.startswith(_LICENSE)), None)
