"""Documents against the schema: every violation, in words, where it stands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.entries.registry_schema import registry_schema
from model_garden_registry.findings import Code, Severity

Changes = Mapping[str, Any]
Documents = Callable[[Changes], dict[str, Any]]

LORA = "training_defaults.lora_config"


@pytest.fixture(params=["with jsonschema-rs", "with jsonschema alone"])
def checker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SchemaChecker:
    """Give a checker with and without the extra `fast`."""
    if request.param == "with jsonschema alone":
        monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    return SchemaChecker(registry_schema())


@pytest.fixture
def document_with(raw_with: Callable[[Changes], Any], document: Callable[..., Any]) -> Documents:
    """Give a maker of documents with one entry: the sound one with changes."""
    return lambda changes: document(raw_with(changes))


def flaw(code: Code, path: str, message: str) -> Flaw:
    """Make the flaw that a violation in the entry gives."""
    return Flaw(code, Severity.FAIL, ("models", "org/model", *filter(None, path.split("."))), message)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"training_defaults": None}, id="null where null may be"),
        pytest.param({f"{LORA}.r": 16.0}, id="a whole number with a point"),
        pytest.param({f"{LORA}.target_modules": "all-linear"}, id="the second alternative"),
        pytest.param({"x-note": {"any": [None]}, f"{LORA}.x-note": 1}, id="keys that start with x-"),
    ],
)
def test_a_valid_document_has_no_flaw(changes: Changes, checker: SchemaChecker, document_with: Documents) -> None:
    """What the schema allows gives nothing."""
    assert checker.flaws(document_with(changes)) == []


@pytest.mark.parametrize(
    ("changes", "flaws"),
    [
        pytest.param(
            {"name": 1}, [flaw(Code.WRONG_TYPE, "name", "should be a text, found 1")], id="a number for a text"
        ),
        pytest.param(
            {"tags": "small"},
            [flaw(Code.WRONG_TYPE, "tags", 'should be a list of texts, found "small"')],
            id="a text for a list",
        ),
        pytest.param(
            {"benchmarks": {}},
            [flaw(Code.WRONG_TYPE, "benchmarks", "should be a list, found {}")],
            id="an object for a list of objects",
        ),
        pytest.param(
            {"status": 1},
            [flaw(Code.WRONG_TYPE, "status", 'should be one of "stable", "experimental", "deprecated", found 1')],
            id="a number for one of some texts",
        ),
        pytest.param(
            {"status": "stabel"},
            [
                flaw(
                    Code.NOT_ALLOWED,
                    "status",
                    'should be one of "stable", "experimental", "deprecated", found "stabel"',
                )
            ],
            id="another text",
        ),
        pytest.param(
            {"quantization.method": "5bit"},
            [
                flaw(
                    Code.NOT_ALLOWED,
                    "quantization.method",
                    'should be one of "4bit", "8bit", "awq", "gptq", "fp8", "mxfp4", "nvfp4", "w4a16", "w8a8", '
                    '"w8a16", "mixed", null, '
                    'found "5bit"',
                )
            ],
            id="another text where null may be",
        ),
        pytest.param(
            {"parameters": "8b"},
            [flaw(Code.BAD_PATTERN, "parameters", 'should be a size, such as 8B, 350M, 8x7B or 30B-A3B, found "8b"')],
            id="a text of another form",
        ),
        pytest.param(
            {"parameters": "8B\n"},
            [
                flaw(
                    Code.BAD_PATTERN, "parameters", 'should be a size, such as 8B, 350M, 8x7B or 30B-A3B, found "8B\\n"'
                )
            ],
            id="a line feed at the end",
        ),
        pytest.param({"name": ""}, [flaw(Code.WRONG_LENGTH, "name", "should not be empty")], id="an empty text"),
        pytest.param(
            {f"{LORA}.lora_dropout": 1},
            [flaw(Code.OUT_OF_RANGE, f"{LORA}.lora_dropout", "should be a number ≥ 0 and < 1, found 1")],
            id="a number at a bound that is excluded",
        ),
        pytest.param(
            {"inference_defaults.gpu_memory_utilization": 1.01},
            [
                flaw(
                    Code.OUT_OF_RANGE,
                    "inference_defaults.gpu_memory_utilization",
                    "should be a number ≥ 0.01 and ≤ 1, found 1.01",
                )
            ],
            id="a number above its bound",
        ),
        pytest.param(
            {"inference_defaults.gpu_memory_utilization": "all"},
            [
                flaw(
                    Code.NO_ALTERNATIVE,
                    "inference_defaults.gpu_memory_utilization",
                    'should be 0 or a number ≥ 0.01 and ≤ 1, found "all"',
                )
            ],
            id="a text for nothing or a number",
        ),
        pytest.param(
            {"requirements": {"min_ram_gb": 1}},
            [
                flaw(Code.MISSING_KEY, "requirements", "'min_vram_gb' is missing"),
                flaw(Code.MISSING_KEY, "requirements", "'recommended_vram_gb' is missing"),
            ],
            id="two keys missing",
        ),
        pytest.param(
            {f"{LORA}.target_module": [], f"{LORA}.zzz": []},
            [
                flaw(
                    Code.UNKNOWN_KEY,
                    f"{LORA}.target_module",
                    "unknown key 'target_module'; did you mean target_modules or target_parameters?",
                ),
                flaw(Code.UNKNOWN_KEY, f"{LORA}.zzz", "unknown key 'zzz'"),
            ],
            id="two keys that are none of the format",
        ),
        pytest.param(
            {"training_defaults": "all"},
            [flaw(Code.NO_ALTERNATIVE, "training_defaults", 'should be an object or null, found "all"')],
            id="neither of two alternatives",
        ),
        pytest.param(
            {f"{LORA}.target_modules": ["q_proj", 1]},
            [flaw(Code.WRONG_TYPE, f"{LORA}.target_modules.1", "should be a text, found 1")],
            id="inside the alternative that is meant",
        ),
        pytest.param(
            {f"{LORA}.target_modules": "all"},
            [
                flaw(
                    Code.NO_ALTERNATIVE,
                    f"{LORA}.target_modules",
                    'should be a list of texts or "all-linear", found "all"',
                )
            ],
            id="a text that is not the one allowed",
        ),
        pytest.param(
            {"description": None, "urls.docs": "a" * 80},
            [
                flaw(Code.WRONG_TYPE, "description", "should be a text, found null"),
                flaw(
                    Code.BAD_PATTERN,
                    "urls.docs",
                    'should be an address without blanks, such as https://huggingface.co/Qwen/Qwen3-8B, found "'
                    + "a" * 58
                    + "…",
                ),
            ],
            id="a long text, cut",
        ),
    ],
)
def test_a_violation_is_a_flaw(
    changes: Changes, flaws: list[Flaw], checker: SchemaChecker, document_with: Documents
) -> None:
    """Each violation gives a flaw with code, place and what belongs there, the same with and without the extra."""
    assert checker.flaws(document_with(changes)) == flaws


@pytest.mark.parametrize(
    ("head", "flaws"),
    [
        pytest.param(
            {"version": "1.1"},
            [
                Flaw(
                    Code.BAD_PATTERN,
                    Severity.FAIL,
                    ("version",),
                    'should be a version of three numbers, such as 1.2.0, found "1.1"',
                )
            ],
            id="version",
        ),
        pytest.param(
            {"modles": {}},
            [Flaw(Code.UNKNOWN_KEY, Severity.FAIL, ("modles",), "unknown key 'modles'; did you mean models?")],
            id="an unknown key",
        ),
        pytest.param(
            {"models": []},
            [Flaw(Code.WRONG_TYPE, Severity.FAIL, ("models",), "should be an object, found []")],
            id="models is no object",
        ),
        pytest.param(
            {"models": {"a": 1}},
            [Flaw(Code.WRONG_TYPE, Severity.FAIL, ("models", "a"), "should be an object, found 1")],
            id="an entry is no object",
        ),
        pytest.param(
            {"categories": {"own": {"name": "Own"}}},
            [Flaw(Code.MISSING_KEY, Severity.FAIL, ("categories", "own"), "'description' is missing")],
            id="half a category",
        ),
    ],
)
def test_a_violation_of_the_head_is_a_flaw(
    head: dict[str, Any], flaws: list[Flaw], checker: SchemaChecker, document_with: Documents
) -> None:
    """What stands around the entries is checked in the same way."""
    assert checker.flaws({**document_with({}), **head}) == flaws


def test_explained_is_what_it_is_without_the_extra(
    monkeypatch: pytest.MonkeyPatch, raw_with: Callable[[Changes], Any], document: Callable[..., Any]
) -> None:
    """With the extra only the failing keys of an entry are explained: whatever is wrong, the flaws are the same."""
    sound = raw_with({})
    wrong = ({"status": "fine", "nope": 1}, {"architecture": {"hidden_size": "wide", "nope": 1}, "id": None})
    broken = [
        *({**sound, key: value} for key in sound for value in (None, 1, "x", [], {"nope": 1})),
        *({key: value for key, value in sound.items() if key != left} for left in sound),
        *({**sound, **changes} for changes in wrong),
        *([], "text", None),
    ]
    documents = [{**document(sound), "models": {"org/model": raw}} for raw in broken]
    quick = SchemaChecker(registry_schema())
    found = [quick.flaws(one) for one in documents]
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    whole = SchemaChecker(registry_schema())

    assert sum(map(bool, found)) > len(sound)
    assert found == [whole.flaws(one) for one in documents]
