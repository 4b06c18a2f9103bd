"""A question is looked up, merged, and read from the machine once."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.checks import validation
from model_garden_registry.checks.entry import consistency
from model_garden_registry.checks.hardware import demand, machine
from model_garden_registry.entries.settings import merging
from model_garden_registry.hardware.gpus import Hardware

Write = Callable[..., Path]

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
#: One whose minimum somebody declared.
DECLARED = "unsloth/llama-3-8b-bnb-4bit"
#: Where each function that a question should call once, or once a value, is looked up by its callers.
WATCHED: dict[str, tuple[Any, ...]] = {
    "merge": (merging,),
    "estimate": (demand,),
    "visible_devices": (machine,),
    "entry_flaws": (consistency,),
    "device_findings": (validation,),
}


@pytest.fixture
def registry(read_anew: Callable[[], ModelRegistry]) -> ModelRegistry:
    """Return the shipped registry, nothing of which has been asked for."""
    return read_anew()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the calls of what a question should do once."""
    counted: Counter[str] = Counter()
    machine._machine.cache_clear()

    def count(name: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        counted[name] += 1
        return function(*arguments, **named)

    for name, modules in WATCHED.items():
        for module in modules:
            monkeypatch.setattr(module, name, partial(count, name, getattr(module, name)))
    import model_garden_registry.checks.sweeping as sweeping

    monkeypatch.setattr(sweeping, "merge", merging.merge)
    return counted


def test_a_verdict_merges_estimates_and_judges_once(registry: ModelRegistry, calls: Counter[str]) -> None:
    """One merge, one estimate, one reading of what CUDA sees, one look at the rules, one judgement of the device."""
    registry.validate(LLAMA, "training", hardware=known_gpu("RTX 4090"))

    assert calls == {"merge": 1, "estimate": 1, "visible_devices": 1, "entry_flaws": 1, "device_findings": 1}


@pytest.mark.parametrize(("model_id", "estimates"), [(DECLARED, 2), (LLAMA, 1)])
def test_changed_settings_are_compared_with_the_entrys_own(
    model_id: str, estimates: int, registry: ModelRegistry, calls: Counter[str]
) -> None:
    """One more estimate, where a minimum is declared: that of the settings which it is for."""
    registry.validate(model_id, "training", overrides={"max_seq_length": 1024}, hardware=known_gpu("RTX 4090"))

    assert calls == {"merge": 1, "estimate": estimates, "visible_devices": 1, "entry_flaws": 1, "device_findings": 1}


def test_a_sweep_merges_once_a_value(registry: ModelRegistry, calls: Counter[str]) -> None:
    """Four values: four merges, and four estimates."""
    registry.sweep(LLAMA, "training", setting="batch_size", values=(1, 2, 4, 8), hardware=known_gpu("L4"))

    assert calls == {"merge": 4, "estimate": 4, "visible_devices": 1, "entry_flaws": 1, "device_findings": 4}


def test_flaws_are_looked_for_once(registry: ModelRegistry, calls: Counter[str]) -> None:
    """However often an entry is asked about."""
    for task in ("training", "inference", "training"):
        registry.validate(LLAMA, task, hardware=None)

    assert calls["entry_flaws"] == 1


def test_several_models_are_judged_on_one_reading_of_the_machine(registry: ModelRegistry, calls: Counter[str]) -> None:
    """The driver is asked once, and what CUDA sees is worked out once."""
    read: list[Hardware] = []

    def here() -> Hardware:
        read.append(known_gpu("L4"))
        return read[-1]

    outcomes = registry.validate_each(list(registry)[:5], "inference", hardware=here)

    assert (len(outcomes), len(read), calls["visible_devices"]) == (5, 1, 1)


def test_one_question_leaves_the_garbage_collector_alone(
    registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server asks one after the other for months: what is made must stay young, so that it is collected."""
    states: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: states.append(False))
    registry.validate(LLAMA, "training", hardware=None)

    def here() -> Hardware:
        states.append(gc.isenabled())
        return known_gpu("L4")

    registry.validate_each([LLAMA], "training", hardware=here)

    assert states == [True]


def test_a_machine_is_not_read_for_a_model_that_needs_no_gpu(write: Write) -> None:
    """A driver that hangs holds up nobody who does not need it."""
    none = {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_ram_gb": 8}
    entry = {"requirements": none, "quantization": {"method": None, "type": None}}
    registry = load_registry(write({"org/cpu": entry}))

    def here() -> Hardware:
        raise AssertionError("asked")

    assert registry.validate("org/cpu", "inference", hardware=here).verdict == "ok"
