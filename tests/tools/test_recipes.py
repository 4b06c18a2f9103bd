"""Training defaults of entries against published recipes."""

from __future__ import annotations

import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.recipes import Recipe, compare, examples, lines, main, of_unsloth

from model_garden_registry import load_registry

REGISTRY = load_registry()
MODEL = "Qwen/Qwen3-8B"
FILE = """\
training:
  learning_rate: 2e-4
  num_epochs: 0
lora:
  lora_r: 4
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a package with one file for a model, and others."""
    path = tmp_path / "unsloth.whl"
    root = "studio/backend/assets/configs/model_defaults"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{root}/qwen/Qwen_Qwen3-8B.yaml", FILE)
        archive.writestr(f"{root}/default.yaml", "training: {}")
        archive.writestr("unsloth/__init__.py", "")
    return path


def test_files_of_a_package_are_recipes(package: Path) -> None:
    """Each by its name, but for the one that is for any model."""
    assert [*of_unsloth(package)] == [Recipe("unsloth", MODEL, {"learning_rate": "2e-4", "num_epochs": 0, "lora_r": 4})]


@pytest.mark.parametrize("tool", ["axolotl", "llama-factory"])
def test_examples_are_those_that_train_an_adapter_by_imitation(tool: str) -> None:
    """Neither preferences nor all weights."""
    found = [*examples(tool)]

    assert len(found) > 10
    assert {recipe.said.get("adapter") or recipe.said.get("finetuning_type") for recipe in found} <= {"lora", "qlora"}
    assert not [recipe for recipe in found if recipe.said.get("rl")]


def test_values_are_counted_as_ours_or_not(package: Path) -> None:
    """A text that is a number is one; what a recipe does not say counts nowhere, nor one for a model without entry."""
    other = Recipe("x", MODEL, {"lr_scheduler": "a", "learning_rate": "fast"})
    recipes = [*of_unsloth(package), Recipe("axolotl", "nobody/knows", {"lora_r": 1}), other]

    compared, found = compare(recipes, REGISTRY.get)

    assert compared == 2
    assert found["learning_rate"] == (1, Counter({"x fast": 1}))
    assert found["r"] == (0, Counter({"unsloth 4": 1}))
    assert found["num_epochs"] == (0, Counter())
    assert [*lines(compared, found)][:3] == [
        "2 recipes for entries that are trained",
        "learning_rate: 1 as ours, 1 not: x fast (1)",
        "num_epochs: 0 as ours, 0 not",
    ]


def test_at_least_sixty_recipes_are_compared(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of axolotl and LLaMA-Factory alone."""
    main([str(package)])

    head, *rest = capsys.readouterr().out.splitlines()
    assert int(head.split()[0]) >= 60
    assert len(rest) == 9
