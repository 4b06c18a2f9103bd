"""A model written for another tool."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_up_tool import WEAVER, words_below

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.dialects import targets as targets_module
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.errors import InvalidOverrideError
from model_garden_registry.files.yaml_text import parse_yaml
from model_garden_registry.units import GB, gigabytes_text

MODEL = "Qwen/Qwen3-8B"
#: Hardware by name, by size, and none.
JUDGED: tuple[dict[str, Any], ...] = ({"hardware": known_gpu("H100")}, {"hardware": known_gpu("24GB")}, {})


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry()


@pytest.fixture
def weaver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dialect]:
    """Let the made-up tool be a target."""
    with words_below(tmp_path):
        monkeypatch.setattr(targets_module, "DIALECTS", (WEAVER,))
        yield WEAVER


def test_a_model_is_written_with_the_tools_own_stack(registry: ModelRegistry, weaver: Dialect) -> None:
    """The defaults are those of its stack, overrides win, and what it cannot say is refused."""
    made = registry.export(MODEL, weaver.name, batch_size=4)

    assert parse_yaml(made.text)["rows"] == 4  # type: ignore[index]
    with pytest.raises(UnsupportedExportError, match="no option for packing"):
        registry.export(MODEL, weaver.name, overrides={"packing": True})
    with pytest.raises(InvalidOverrideError):
        registry.export(MODEL, weaver.name, batch_size=0)


def test_what_there_is_no_file_for_is_refused(registry: ModelRegistry, weaver: Dialect) -> None:
    """Another tool, another task, a model that is not trained."""
    with pytest.raises(UnsupportedExportError, match=r"no such target; did you mean weaver\?"):
        registry.export(MODEL, "weavr")
    with pytest.raises(UnsupportedExportError, match="no such target; there are weaver"):
        registry.export(MODEL, "q")
    with pytest.raises(UnsupportedExportError, match="it has no files for inference"):
        registry.export(MODEL, weaver.name, task="inference")
    with pytest.raises(UnsupportedExportError, match="the model does not support training"):
        registry.export("Qwen/Qwen3-8B-AWQ", weaver.name)


def test_a_gpu_decides_the_split_and_a_verdict_is_noted(registry: ModelRegistry, weaver: Dialect) -> None:
    """What does not fit is written all the same, and says so."""
    small = registry.export(MODEL, weaver.name, hardware=known_gpu("T4"), batch_size=64)
    large = registry.export(MODEL, weaver.name, hardware=known_gpu("H200"))

    assert small.notes[0].startswith("verdict: fail: ")
    assert "; would pass with " in small.notes[0]
    assert not any(note.startswith("verdict") for note in large.notes)


def test_a_run_that_needs_more_than_is_recommended_says_so(registry: ModelRegistry) -> None:
    """Axolotl keeps all logits by default, Unsloth does not: only the entry's own stack is recommended for."""

    def said(target: str, **asked: Any) -> list[str]:
        return [note for note in registry.export(MODEL, target, **asked).notes if "recommended" in note]

    (note,) = said("axolotl")
    needed = registry.estimate(MODEL, "training", stack="axolotl", gradient_checkpointing=True).expected_bytes
    recommended = registry[MODEL].requirements_for("training").recommended_vram_gb
    assert needed > recommended * GB
    assert note.startswith(
        f"expected to need {gigabytes_text(needed)} per GPU, above the recommended {recommended:g} GB: "
    )
    assert said("axolotl", batch_size=1) == []
    assert said("unsloth") == said("vllm") == []
    assert said("axolotl", hardware=known_gpu("H200")) == []


@pytest.mark.parametrize("target", ["axolotl", "transformers"])
def test_layers_are_recomputed_unless_the_user_says_otherwise(registry: ModelRegistry, target: str) -> None:
    """Axolotl and TrainingArguments keep every activation by default, which takes several times the memory."""
    plain, whole = (registry.export(MODEL, target, **asked).text for asked in ({}, {"gradient_checkpointing": False}))

    assert re.search(r"gradient_checkpointing\W+true", plain)
    assert not re.search(r"gradient_checkpointing\W+true", whole)


def test_a_model_without_a_recommendation_is_written_without_that_note(write: Callable[..., Path]) -> None:
    """Requirements of 0 are not known yet."""
    needs = {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_ram_gb": 0}

    made = ModelRegistry(write({MODEL: {"requirements": needs}})).export(MODEL, "axolotl", batch_size=512)

    assert [note for note in made.notes if "recommended" in note] == []


def test_the_gpus_that_pass_are_worked_out_when_they_are_asked_for(registry: ModelRegistry, weaver: Dialect) -> None:
    """Each of them is one that ``validate`` lets pass."""
    seen: list[Any] = []
    asking = replace(weaver, always=lambda request: seen.extend(request.choices()) or {})
    targets_module.DIALECTS = (asking,)  # the fixture puts it back

    registry.export(MODEL, weaver.name, batch_size=1)

    assert len(seen) > 10
    for choice in seen[:3]:
        gpu = known_gpu(choice.gpu, count=choice.count)
        settings = {"batch_size": 1, "stack": "trl", "n_gpus": choice.count}
        assert registry.validate(MODEL, "training", overrides=settings, hardware=gpu).is_valid
        assert choice.total_bytes == gpu.gpus[0].total_bytes


def test_another_stack_than_the_targets_own_is_refused(registry: ModelRegistry, weaver: Dialect) -> None:
    """Its own one may be said."""
    with pytest.raises(InvalidOverrideError, match=r"stack = 'unsloth' is not valid .*Weaver 1.2.0 has trl alone"):
        registry.export(MODEL, weaver.name, stack="unsloth")
    assert registry.export(MODEL, weaver.name, stack="trl").text


def test_copies_of_a_server_are_asked_for_where_a_file_starts_them(registry: ModelRegistry) -> None:
    """Not of a command, and not none of them."""
    made = registry.export(MODEL, "kubernetes", replicas=3)

    assert "  replicas: 3\n" in made.text
    with pytest.raises(UnsupportedExportError, match=r"one server, which ray-serve-llm, kubernetes, .* do several"):
        registry.export(MODEL, "vllm", replicas=2)
    with pytest.raises(UnsupportedExportError, match="replicas are at least 1, not 0"):
        registry.export(MODEL, "kubernetes", replicas=0)


def test_a_file_is_for_the_gpus_that_were_judged(registry: ModelRegistry) -> None:
    """All that a name means; of one size of memory, no name."""
    h100, sized, alone = (registry.export(MODEL, "slurm", **asked).text for asked in JUDGED)

    assert "#SBATCH --gres=gpu:h100:1\n" in h100
    assert "#SBATCH --gres=gpu:1\n" in sized
    assert "#SBATCH --gres=gpu:1\n" in alone
