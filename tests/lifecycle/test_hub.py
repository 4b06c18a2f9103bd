"""Models of an organisation on the Hub: recorded answers, from a server on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hub_stand_in import hub

from model_garden_registry.errors import MissingExtraError, RegistryReadError
from model_garden_registry.lifecycle.hub import HubError, HubModel, hub_address, models_of, read_hub_config

pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")

#: As the Hub answers, with some fields.
LISTED: dict[str, Any] = {
    "acme": [
        {
            "_id": "68f0",
            "id": "acme/owl-8b",
            "createdAt": "2026-10-31T23:59:00.000Z",
            "gated": "manual",
            "pipeline_tag": "text-generation",
            "safetensors": {"parameters": {"BF16": 8_000_000_000}, "total": 8_000_000_000},
            "tags": ["transformers", "safetensors", "llama", "license:apache-2.0", "region:us"],
        },
        {"_id": "68f1", "id": "acme/plain"},
    ]
}


def test_the_models_of_an_organisation_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the Hub tells about them; what it leaves out is left out."""
    with hub({}, LISTED) as address:
        monkeypatch.setenv("HF_ENDPOINT", f"{address}/")

        assert models_of("acme", most=10) == [
            HubModel(
                id="acme/owl-8b",
                purpose="text-generation",
                released="2026-10",
                license="apache-2.0",
                gated=True,
                parameters=8_000_000_000,
            ),
            HubModel(id="acme/plain"),
        ]
        assert models_of("nobody", most=10) == []


def test_a_config_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Past the cache; one that is no object is refused, one that is not there is no answer."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with hub({"acme/owl": {"config.json": b'{"model_type": "llama"}'}, "acme/list": {"config.json": b"[]"}}) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)

        assert read_hub_config("acme/owl") == {"model_type": "llama"}
        with pytest.raises(RegistryReadError, match="holds a list"):
            read_hub_config("acme/list")
        with pytest.raises(HubError, match=rf"^{address}: gives no answer: \S"):
            read_hub_config("acme/gone")
    assert list(tmp_path.iterdir()) == []


def test_a_hub_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its library raises, after it has tried again and again."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with hub({}) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)

    with pytest.raises(HubError) as refused:
        models_of("acme", most=1)

    assert str(refused.value).startswith(f"{address}: gives no answer: ")
    assert "\n" not in str(refused.value)


def test_the_hub_is_not_asked_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `mgr registry update` does not ask."""
    monkeypatch.setenv("MGR_OFFLINE", "1")

    with pytest.raises(HubError, match="is not asked: MGR_OFFLINE is set"):
        models_of("acme", most=1)


def test_an_error_without_words_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its class."""

    def refuse(_self: object, **_asked: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("huggingface_hub.HfApi.list_models", refuse)

    with pytest.raises(HubError, match="gives no answer: TimeoutError"):
        models_of("acme", most=1)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not needed for anything else."""
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    with pytest.raises(MissingExtraError, match=r"'\.\[hub\]'"):
        models_of("acme", most=1)


def test_the_address_is_the_public_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a variable says otherwise."""
    monkeypatch.delenv("HF_ENDPOINT", raising=False)

    assert hub_address() == "https://huggingface.co"
