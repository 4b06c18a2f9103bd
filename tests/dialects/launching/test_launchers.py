"""Everything that starts a model somewhere, by name."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.gpu_names import named_gpus
from model_garden_registry.dialects.launching.launchers import LAUNCHERS, Launcher
from model_garden_registry.dialects.reading import read_configs
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.yaml_text import parse_yaml

pytestmark = pytest.mark.sweep

Ask = Callable[..., ExportRequest]


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry()


@pytest.mark.parametrize("launcher", LAUNCHERS, ids=lambda launcher: launcher.name)
def test_they_are_written_in_one_form(ask: Ask, launcher: Launcher) -> None:
    """By name or without a word."""
    assert launcher.export(ask()).text == launcher.export(ask(), launcher.form).text
    with pytest.raises(UnsupportedExportError, match=f"it is written as {launcher.form}, not as json"):
        launcher.export(ask(), "json")


def test_titles_have_a_release() -> None:
    """As those of all targets."""
    assert [launcher.title.rpartition(" ")[2][0].isdigit() for launcher in LAUNCHERS] == [True] * 4


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
@pytest.mark.parametrize("launcher", LAUNCHERS, ids=lambda launcher: launcher.name)
def test_what_is_written_is_read_as_the_models_own_settings(
    registry: ModelRegistry, launcher: Launcher, engine: str, tmp_path: Path
) -> None:
    """The command stands in the file as whoever checks it finds it."""
    path = tmp_path / ("file.yaml" if launcher.form == "yaml" else "file.sh")
    path.write_text(registry.export("Qwen/Qwen3-8B", launcher.name, engine=engine).text, encoding="utf-8")

    (config,) = read_configs(path)

    assert (config.model_id, config.dialect.name, config.findings) == ("Qwen/Qwen3-8B", engine, ())
    assert registry.drift(config).differences == ()


def sample(registry: ModelRegistry) -> list[tuple[str, Task]]:
    """Return twenty questions, over the whole registry."""
    able: list[tuple[str, Task]] = [
        (model_id, task)
        for model_id in registry
        for task in ("inference", "training")
        if registry[model_id].supports(task)
    ]
    engines = [one for one in able if one[1] == "training" or registry.settings(*one).engine in ("vllm", "sglang")]
    return list(islice(engines, 0, None, len(engines) // 20))[:20]


def asked_for(launcher: str, content: dict[str, Any]) -> tuple[set[str], int, int]:
    """Return the names of GPUs in a file, how many of them, and above which memory."""
    if launcher == "skypilot":
        accelerators: dict[str, int] = content["resources"]["accelerators"]
        return set(accelerators), *set(accelerators.values()), 0
    gpu = content["resources"]["gpu"]
    return set(gpu["name"]), gpu["count"], int(gpu.get("memory", "0GB..").partition("GB")[0]) - 1


@pytest.mark.parametrize("number", range(20))
def test_a_file_lists_exactly_the_gpus_that_pass(registry: ModelRegistry, number: int) -> None:
    """Each name stands for GPUs that the verdict lets pass, and no name that would do is missing or is noted."""
    model_id, task = sample(registry)[number]
    passes: dict[tuple[str, int], bool] = {}

    def all_pass(gpus: tuple[str, ...], count: int) -> bool:
        for gpu in gpus:
            if (gpu, count) not in passes:
                report = registry.validate(model_id, task, hardware=known_gpu(gpu, count=count))
                passes[gpu, count] = report.is_valid
        return bool(gpus) and all(passes[gpu, count] for gpu in gpus)

    for launcher in ("skypilot", "dstack"):
        try:
            made = registry.export(model_id, launcher, task=task)
        except UnsupportedExportError as error:
            assert "of them" in str(error)  # noqa: PT017 - a file that no GPU could be found for is checked below
            settings = registry.settings(model_id, task)
            count = settings.gpus if task == "inference" else settings.n_gpus
            assert not any(all_pass(named.gpus, count) for named in named_gpus(launcher))
            continue
        content = parse_yaml(made.text)
        assert isinstance(content, dict)
        names, count, above = asked_for(launcher, content)
        able = {named for named in named_gpus(launcher) if all_pass(named.gpus, count)}
        listed = {one for one in named_gpus(launcher) if one.name in names and (one.memory_gb or above + 1) > above}
        assert listed <= able
        missing = {named.name for named in able - listed}
        noted = [note for note in made.notes if note.startswith("left out")]
        assert missing <= set(noted[0].partition(": ")[2].split(", ") if noted else ())
