"""The choice of GPUs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.page.chooser import engine_options, gpu_fields, gpu_options, stack_options


def test_every_known_gpu_is_an_option_once(read: Callable[[str], Any]) -> None:
    """In groups of those that people choose between."""
    groups = read(gpu_options()).all("optgroup")

    found = [option.attributes["value"] for group in groups for option in group.all("option")]
    assert sorted(found) == sorted(row.name for row in gpu_table())
    kinds = {one.attributes["value"]: group.attributes["label"] for group in groups for one in group.all("option")}
    wanted = {
        "H100 SXM5 80GB": "Data centre",
        "RTX 4090": "Desktop: GeForce and Titan",
        "RTX 6000 Ada": "Workstation",
        "GB10": "Embedded, and shared memory",
        "RTX 4090 Laptop": "Laptop",
    }
    assert {name: kinds[name] for name in wanted} == wanted


def test_a_static_site_has_answers_for_fewer_counts(read: Callable[[str], Any]) -> None:
    """A server computes any."""

    def counts(mode: Any) -> list[str]:
        return [option.text for option in read(gpu_fields(mode, "none")[1]).all("option")]

    assert counts("static") == ["1", "2", "4", "8"]
    assert counts("served") == ["1", "2", "3", "4", "5", "6", "7", "8", "16"]


def test_tools_are_called_as_they_call_themselves(read: Callable[[str], Any]) -> None:
    """The first option is the model's own."""
    engines = [(one.attributes["value"], one.text) for one in read("".join(engine_options())).all("option")]

    assert engines == [("", "default"), ("vllm", "vLLM"), ("sglang", "SGLang"), ("transformers", "Transformers")]
    assert [one.text for one in read("".join(stack_options())).all("option")][1:3] == ["Unsloth", "TRL"]
