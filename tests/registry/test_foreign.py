"""What another tool's file says, judged, and held against the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from made_up_tool import WEAVER, words_below

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.dialects import targets as targets_module
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import ForeignFileError
from model_garden_registry.dialects.foreign_config import ForeignConfig
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.reading import config_of, read_configs
from model_garden_registry.dialects.rules import UnsayableError
from model_garden_registry.dialects.training.axolotl.dialect import AXOLOTL
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY
from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.errors import InvalidOverrideError, UnsupportedTaskError
from model_garden_registry.findings import Code, Verdict
from model_garden_registry.registry import foreign

MODEL = "Qwen/Qwen3-8B"
FILE = Path("weaver.yaml")


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


def config(dialect: Dialect, **values: Any) -> ForeignConfig:
    """Return what a file says that has one key a line."""
    items = [Item(key, value, line, 1) for line, (key, value) in enumerate(values.items(), 1)]
    return config_of(FILE, dialect, items)


def test_a_file_is_judged_and_findings_stand_at_its_lines(registry: ModelRegistry, weaver: Dialect) -> None:
    """What a smaller value would cure stands at the key that says it."""
    text = config(weaver, model=MODEL, length=4096, rows=64)

    found = registry.check(text, hardware=known_gpu("L4"))

    assert found.model is not None
    assert found.model.id == MODEL
    assert found.report.subject == "weaver.yaml"
    assert found.report.verdict is Verdict.FAIL
    (short,) = (finding for finding in found.report.findings if finding.code is Code.VRAM_LOW)
    assert short.place is not None
    assert (short.place.file, short.place.line) == ("weaver.yaml", 3)


def test_what_no_key_of_the_file_would_cure_stands_at_the_model(registry: ModelRegistry, weaver: Dialect) -> None:
    """The tool of the file has no word for the change that helps."""
    found = registry.check(config(weaver, rows=1, length=512, model=MODEL), hardware=known_gpu("T4"))

    assert "method" in found.report.remedies[0].changes
    assert {finding.place and finding.place.line for finding in found.report.findings} == {3}


def test_what_is_said_of_a_rank_stands_at_the_rank(registry: ModelRegistry, weaver: Dialect) -> None:
    """Its message does not name the setting, which is one letter."""
    text = config(weaver, model=MODEL, length=16, rows=1, **{"adapter.rank": 32})

    found = registry.check(text, hardware=None)

    (said,) = (finding for finding in found.report.findings if finding.code is Code.LORA_RANK_FLAG)
    assert said.place is not None
    assert said.place.line == 4


def test_a_file_that_fits_is_ok(registry: ModelRegistry, weaver: Dialect) -> None:
    """With its own settings, and a model named otherwise than its id."""
    found = registry.check(config(weaver, model="qwen3-8b", length=512, rows=1), hardware=known_gpu("H200"))

    assert found.report.verdict is Verdict.OK
    assert found.model is not None
    assert found.model.how == "name"


def test_every_value_that_is_not_possible_is_said_in_the_tools_words(registry: ModelRegistry, weaver: Dialect) -> None:
    """All of them at once, each at its line; the rest is judged all the same."""
    text = config(weaver, model=MODEL, length=16, rows=1, **{"adapter.rank": 0})

    found = registry.check(text, hardware=None)

    said = [(finding.message, finding.place and finding.place.line) for finding in found.report.findings]
    assert any(message.startswith("length = 16: an integer") and line == 2 for message, line in said)
    assert any(message.startswith("adapter.rank = 0: ") and line == 4 for message, line in said)
    assert found.report.settings is not None


def test_what_a_tools_own_constant_makes_impossible_stands_at_the_model(
    registry: ModelRegistry, weaver: Dialect
) -> None:
    """No line of the file says it."""
    odd = replace(weaver, constants={"stack": "trl", "stack_version": "0.0.1"})

    found = registry.check(config(odd, model=MODEL, rows=1), hardware=None)

    assert any(
        finding.code is Code.KEY_VALUE and finding.place and finding.place.line == 1
        for finding in found.report.findings
    )


def test_a_refusal_of_what_the_file_does_not_say_ends_the_question(
    registry: ModelRegistry, weaver: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a failure and no verdict on settings that cannot be."""
    error = InvalidOverrideError("n_gpus", 3, "a divisor of 8")
    monkeypatch.setattr(foreign, "merge", Mock(side_effect=error))

    found = registry.check(config(weaver, model=MODEL, rows=1), hardware=None)

    assert found.report.settings is None
    assert [finding.message for finding in found.report.findings] == ["n_gpus = 3 is not valid: a divisor of 8"]


@pytest.mark.parametrize(
    ("values", "code", "line"),
    [
        ({"rows": 1}, Code.MODEL_MISSING, 1),
        ({"rows": 1, "model": UnknownValue("$MODEL")}, Code.MODEL_MISSING, 2),
        ({"rows": 1, "model": "./checkpoint"}, Code.MODEL_UNKNOWN, 2),
        ({"rows": 1, "model": "org/unheard-of"}, Code.MODEL_UNKNOWN, 2),
    ],
)
def test_a_file_without_a_known_model_is_unknown(
    registry: ModelRegistry, weaver: Dialect, values: dict[str, Any], code: Code, line: int
) -> None:
    """It says how to name one, and naming one answers."""
    text = config(weaver, **values)

    found = registry.check(text, hardware=None)
    (finding,) = (finding for finding in found.report.findings if finding.code is code)

    assert found.report.verdict is Verdict.UNKNOWN
    assert finding.place is not None
    assert finding.place.line == line
    assert "--model ID" in finding.message
    assert registry.check(text, model=MODEL, hardware=None).report.verdict is not Verdict.UNKNOWN


def test_a_tool_without_a_key_for_the_model_asks_for_it(registry: ModelRegistry, weaver: Dialect) -> None:
    """The message does not name a key that is not there."""
    nameless = replace(config(weaver, rows=1), dialect=replace(weaver, model_key=None))

    (finding,) = registry.check(nameless, hardware=None).report.findings

    assert finding.message == "the file names no model: name the model with --model ID"


def test_remedies_are_in_the_tools_words(registry: ModelRegistry, weaver: Dialect) -> None:
    """What it has no word for stays a setting; the file with these values has the verdict that was promised."""
    found = registry.check(config(weaver, model=MODEL, length=4096, rows=64), hardware=known_gpu("L4"))

    first = found.remedies[0]
    rows = first.changes["rows"]
    others = {name: value for name, value in first.changes.items() if name != "rows"}
    assert "batch_size" in found.report.remedies[0].changes
    assert "batch_size" not in first.changes
    text = config(weaver, model=MODEL, length=4096, rows=rows)
    layers = (*text.layers, Layer(others, Origin(OriginKind.OVERRIDE, "test")))
    assert registry.validate(MODEL, "training", overrides=layers, hardware=known_gpu("L4")).verdict == first.verdict


@pytest.mark.parametrize(
    ("is_options", "length", "line", "key"),
    [
        (True, "--rows", 7, "--rows"),
        (False, "rows", None, "rows"),
        (True, "length", 7, "--rows"),
        (False, "length", 7, "--rows"),
        (True, "length", None, "rows"),
    ],
)
def test_remedies_are_spelt_as_the_file_is(
    registry: ModelRegistry, weaver: Dialect, is_options: bool, length: str, line: int | None, key: str
) -> None:
    """A key that the file has as it is written there, another as an option of a command."""
    items = [Item("model", MODEL, 1, 1), Item(length, 4096 if length == "length" else 64, 2, 1)]
    text = config_of(FILE, replace(weaver, is_options=is_options), items, line=line)
    large = replace(text, overrides={**text.overrides, "batch_size": 64, "max_seq_length": 4096})

    found = registry.check(large, hardware=known_gpu("L4"))

    assert key in found.remedies[0].changes


def test_variables_of_a_command_stay_under_their_key(registry: ModelRegistry, weaver: Dialect) -> None:
    """They are no option."""
    items = [Item("model", MODEL, 1, 1), Item("length", 4096, 2, 1)]
    text = config_of(FILE, replace(weaver, environment="rows"), items, line=1)

    found = registry.check(replace(text, overrides={**text.overrides, "batch_size": 64}), hardware=known_gpu("L4"))

    assert "rows" in found.remedies[0].changes


def test_a_remedy_that_the_tool_cannot_say_stays_in_settings(registry: ModelRegistry, weaver: Dialect) -> None:
    """Its own words would be wrong."""
    odd = replace(weaver, rules=(replace(weaver.rules[1], write=Mock(side_effect=UnsayableError("no"))),))

    found = registry.check(config(odd, model=MODEL, length=4096, rows=64), hardware=known_gpu("L4"))

    assert found.remedies == found.report.remedies
    assert "batch_size" in found.remedies[0].changes


def test_a_model_that_is_not_trained_fails_whatever_the_file_says(registry: ModelRegistry, weaver: Dialect) -> None:
    """There are no settings then."""
    found = registry.check(config(weaver, model="Qwen/Qwen3-8B-AWQ", rows=1), hardware=None)

    assert Code.TASK_UNSUPPORTED in {finding.code for finding in found.report.findings}
    assert found.report.settings is None
    with pytest.raises(UnsupportedTaskError):
        registry.drift(config(weaver, model="Qwen/Qwen3-8B-AWQ", rows=1))


def test_a_file_that_was_exported_does_not_differ(registry: ModelRegistry, weaver: Dialect, tmp_path: Path) -> None:
    """Read back it says the defaults."""
    path = tmp_path / "weaver.yaml"
    path.write_text(registry.export(MODEL, weaver.name).text.replace("adapter.rank: 16\n", "adapter: {rank: 16}\n"))

    found = registry.drift(read_configs(path)[0])

    assert found.model.id == MODEL
    assert found.differences == ()


def test_a_difference_knows_both_sides(registry: ModelRegistry, weaver: Dialect) -> None:
    """The key of the file with its line or the tool's default, and where the registry's value comes from."""
    own = registry.settings(MODEL, "training", stack="trl")

    found = registry.drift(config(weaver, model="qwen3-8b", length=own.max_seq_length, rows=64))

    differences = {difference.setting: difference for difference in found.differences}
    assert (found.model.how, list(differences)) == ("name", ["learning_rate", "batch_size", "lora_config.r"])
    rows, rate = differences["batch_size"], differences["learning_rate"]
    assert rows.item is not None
    assert (rows.found, rows.default, rows.item.key, rows.item.line) == (64, own.batch_size, "rows", 3)
    assert (rate.found, rate.item, rate.origin) == (0.001, None, own.origins["learning_rate"])


def test_a_refused_value_differs_as_it_stands(registry: ModelRegistry, weaver: Dialect) -> None:
    """Also where nothing of the file is possible."""
    odd = replace(weaver, constants={"stack": "trl", "stack_version": "0.0.1"})

    found = registry.drift(config(weaver, model=MODEL, rows=1, length=16))

    assert {one.setting: one.found for one in found.differences}["max_seq_length"] == 16
    with pytest.raises(InvalidOverrideError):
        registry.drift(config(odd, model=MODEL, rows=1))


@pytest.mark.parametrize(
    ("values", "place"),
    [
        pytest.param({"rows": 1}, "weaver.yaml:1: model is missing", id="missing"),
        pytest.param({"rows": 1, "model": "./mine"}, "weaver.yaml:2:1: no model './mine'", id="a path"),
    ],
)
def test_without_a_model_there_is_nothing_to_compare(
    values: dict[str, Any], place: str, registry: ModelRegistry, weaver: Dialect
) -> None:
    """The error stands at the line of the model, and says how to name it."""
    with pytest.raises(ForeignFileError, match=f"^{re.escape(place)}.*name .*--model ID"):
        registry.drift(config(weaver, **values))
    assert registry.drift(config(weaver, **values), model=MODEL).model.id == MODEL


def test_what_names_a_setting_stands_at_its_key(registry: ModelRegistry, weaver: Dialect) -> None:
    """Whatever else could be changed."""
    found = registry.check(config(weaver, model=MODEL, rows=1, rate=0.9), hardware=None)

    (odd,) = (finding for finding in found.report.findings if finding.code is Code.RATE_UNUSUAL)
    assert odd.place is not None
    assert odd.place.line == 3


@pytest.mark.parametrize(
    ("dialect", "values", "line", "cure"),
    [
        pytest.param(
            AXOLOTL,
            {"base_model": MODEL, "adapter": "lora", "bf16": True},
            3,
            "set bf16=false fp16=true",
            id="two keys of the tool",
        ),
        pytest.param(
            LLAMA_FACTORY,
            {"model_name_or_path": MODEL, "finetuning_type": "lora", "bf16": True},
            3,
            "set dtype to float16",
            id="what the tool cannot say",
        ),
        pytest.param(
            TRL,
            {"model_name_or_path": MODEL, "use_peft": True},
            1,
            "set dtype=float16",
            id="what the file does not say",
        ),
    ],
)
def test_another_dtype_is_asked_for_in_the_words_of_the_file(
    registry: ModelRegistry, dialect: Dialect, values: dict[str, Any], line: int, cure: str
) -> None:
    """At the key that says it, else at the model."""
    found = registry.check(config(dialect, **values), hardware=known_gpu("T4"))

    (lacks,) = (finding for finding in found.report.findings if finding.code is Code.BF16_UNSUPPORTED)
    assert lacks.place is not None
    assert (lacks.place.line, lacks.message.endswith(cure)) == (line, True)


def test_the_load_is_the_first_to_be_changed(registry: ModelRegistry, weaver: Dialect) -> None:
    """Of several keys that a remedy would change, the one by which the run grows."""
    text = config(weaver, model=MODEL, kernel="eager", length=4096, rows=64)

    found = registry.check(text, hardware=known_gpu("L4"))

    (short,) = (finding for finding in found.report.findings if finding.code is Code.VRAM_LOW)
    assert short.place is not None
    assert short.place.line == 4


@pytest.mark.parametrize(
    ("targets", "unknown"),
    [
        (r"model.layers.[\d]+.(mlp|self_attn).(up|q|w1)_?(proj)?", []),
        (["q_proj", "w1"], ["the architecture has no module 'w1'"]),
        (r".*\.(w1|w2)", ["the architecture has no module 'w1'", "the architecture has no module 'w2'"]),
    ],
)
def test_of_a_pattern_only_what_the_model_has_is_meant(
    registry: ModelRegistry, targets: str | list[str], unknown: list[str]
) -> None:
    """PEFT looks for matches; a name that stands in the file is meant as it stands."""
    keys = {
        "base_model": MODEL, "learning_rate": 1e-4, "adapter": "lora", "lora_r": 8, "lora_alpha": 8,
        "lora_target_modules": targets,
    }  # fmt: skip

    found = registry.check(config(AXOLOTL, **keys), hardware=None)

    findings = [one for one in found.report.findings if one.code is Code.TARGET_MODULE_UNKNOWN]
    assert [finding.message.partition(";")[0] for finding in findings] == unknown
