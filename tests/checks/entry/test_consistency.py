"""Rules across fields: each with a neighbour that keeps it and one that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.consistency import Flaw, entry_flaws, head_flaws, surroundings_of
from model_garden_registry.checks.entry.physics import physics_flaws
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.layering import load_registry_file
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.findings import Code, Severity

Changes = Mapping[str, Any]

FAIL, WARNING = Severity.FAIL, Severity.WARNING
SINCE = {"since": "2025-01", "reason": "Superseded."}
DEPRECATED: dict[str, Any] = {"status": "deprecated", "deprecation": {**SINCE, "successor": "org/other"}}
VISION = {"category": "vision-vlm", "capabilities.vision": True, "architecture.model_type": "qwen2_5_vl"}
SOURCE = {"kind": "derived", "source": "formula", "as_of": "2026-11"}


@pytest.fixture
def flaws_of(raw_with: Callable[[Changes], dict[str, Any]], file_of: Callable[..., RegistryFile]) -> Callable[..., Any]:
    """Give the rules' answer for the sound entry with changes, in a file with a second entry."""

    def check(changes: Changes, key: str = "org/model") -> list[Flaw]:
        other = raw_with({"id": "org/other", "aliases": ["org/former", "org/shared"]})
        file = file_of(raw_with({**changes, "id": "org/model"}), other)
        return list(entry_flaws(key, raw_with(changes), surroundings_of(file.models, file.categories)))

    return check


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"category": "own"}, id="a category of one's own"),
        pytest.param({"base_model": "org/base"}, id="a base model elsewhere"),
        pytest.param({"aliases": ["org/old-name"]}, id="an alias that is free"),
        pytest.param(DEPRECATED, id="deprecated with a successor"),
        pytest.param(
            {"requirements.training": {"min_vram_gb": 20, "recommended_vram_gb": 24}}, id="a task that needs the total"
        ),
        pytest.param(
            {"requirements.training": {"min_vram_gb": 30, "recommended_vram_gb": 40, "min_gpus": 2}},
            id="a task that needs more GPUs than the total is about",
        ),
        pytest.param({"requirements.min_vram_gb": 24}, id="minimum equal to recommended"),
        pytest.param({"quantization": {"method": "4bit", "type": "bitsandbytes"}}, id="4bit by bitsandbytes"),
        pytest.param({"quantization": {"method": "fp8", "type": "compressed-tensors"}}, id="fp8 by compressed-tensors"),
        pytest.param({"inference_defaults.quantization": "awq"}, id="quantization that an engine loads"),
        pytest.param(VISION, id="vision in its category"),
        pytest.param({"category": "own", "capabilities.vision": True}, id="vision in a category of one's own"),
        pytest.param({"capabilities.training": False, "training_defaults": None}, id="no training, no defaults"),
        pytest.param({"training_defaults.lora_config.target_modules": "all-linear"}, id="all linear modules"),
        pytest.param({"training_defaults.lora_config.target_modules": ["lm_head"]}, id="the output head"),
        pytest.param({"training_defaults.lora_config.target_modules": ["mlp.down_proj"]}, id="a module by its path"),
        pytest.param(
            {"architecture.model_type": "new", "training_defaults.lora_config.target_modules": ["anything"]},
            id="any module where the architecture is unknown",
        ),
        pytest.param(
            {"sources": {"/requirements": SOURCE, "/tags/0": SOURCE, "/requirements/min_gpus": SOURCE}},
            id="sources that lead somewhere",
        ),
    ],
)
def test_a_sound_entry_has_no_flaw(changes: Changes, flaws_of: Callable[..., list[Flaw]]) -> None:
    """What keeps the rules gives nothing, also where it is near to what breaks them."""
    assert flaws_of(changes) == []


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        pytest.param(
            {"id": "org/modell"},
            Flaw(Code.ID_MISMATCH, FAIL, ("id",), "id is 'org/modell', but the entry's key is 'org/model'"),
            id="id is not the key",
        ),
        pytest.param(
            {"category": "text-lm"},
            Flaw(
                Code.CATEGORY_UNKNOWN,
                FAIL,
                ("category",),
                "category 'text-lm' is not in categories; did you mean text-llm?",
            ),
            id="a category that is not there",
        ),
        pytest.param(
            {"base_model": "org/model"},
            Flaw(Code.BASE_MODEL_SELF, FAIL, ("base_model",), "base_model is the entry itself"),
            id="its own base model",
        ),
        pytest.param(
            {"aliases": ["org/free", "org/former"]},
            Flaw(Code.ALIAS_TAKEN, FAIL, ("aliases", "1"), "alias 'org/former' already belongs to org/other"),
            id="another entry's alias",
        ),
        pytest.param(
            {"aliases": ["org/other"]},
            Flaw(Code.ALIAS_TAKEN, FAIL, ("aliases", "0"), "alias 'org/other' already belongs to org/other"),
            id="another entry's id",
        ),
        pytest.param(
            {"aliases": ["org/model"]},
            Flaw(Code.ALIAS_TAKEN, FAIL, ("aliases", "0"), "alias 'org/model' already belongs to org/model"),
            id="its own id",
        ),
        pytest.param(
            {"status": "deprecated"},
            Flaw(Code.SUCCESSOR_MISSING, WARNING, ("status",), "deprecated, but deprecation names no successor"),
            id="deprecated without a word",
        ),
        pytest.param(
            {"status": "deprecated", "deprecation": SINCE},
            Flaw(Code.SUCCESSOR_MISSING, WARNING, ("status",), "deprecated, but deprecation names no successor"),
            id="deprecated without a successor",
        ),
        pytest.param(
            {"superseded_by": "org/othr"},
            Flaw(
                Code.SUCCESSOR_UNKNOWN,
                FAIL,
                ("superseded_by",),
                "successor 'org/othr' is not in the registry; did you mean org/other?",
            ),
            id="superseded by what is not there",
        ),
        pytest.param(
            {"superseded_by": "org/model"},
            Flaw(Code.SUCCESSOR_UNKNOWN, FAIL, ("superseded_by",), "successor 'org/model' is the entry itself"),
            id="superseded by itself",
        ),
        pytest.param(
            {"deprecation": SINCE},
            Flaw(Code.DEPRECATION_MISMATCH, FAIL, ("deprecation",), "deprecation is given, but status is stable"),
            id="deprecation of a stable model",
        ),
        pytest.param(
            {"status": "deprecated", "deprecation": {**SINCE, "successor": "org/othr"}},
            Flaw(
                Code.SUCCESSOR_UNKNOWN,
                FAIL,
                ("deprecation", "successor"),
                "successor 'org/othr' is not in the registry; did you mean org/other?",
            ),
            id="a successor that is not there",
        ),
        pytest.param(
            {"status": "deprecated", "deprecation": {**SINCE, "successor": "org/model"}},
            Flaw(
                Code.SUCCESSOR_UNKNOWN,
                FAIL,
                ("deprecation", "successor"),
                "successor 'org/model' is the entry itself",
            ),
            id="its own successor",
        ),
        pytest.param(
            {**DEPRECATED, "deprecation": {**DEPRECATED["deprecation"], "since": "2025-02-29"}},
            Flaw(
                Code.DATE_INVALID,
                FAIL,
                ("deprecation", "since"),
                "2025-02-29 is not a real date",
            ),
            id="deprecated since a day that never was",
        ),
        pytest.param(
            {"requirements.inference": {"min_vram_gb": 20.5, "recommended_vram_gb": 24}},
            Flaw(
                Code.TASK_ABOVE_TOTAL,
                FAIL,
                ("requirements", "inference", "min_vram_gb"),
                "requirements.inference.min_vram_gb is 20.5 GB, above the entry's 20 GB",
            ),
            id="a task above the total",
        ),
        pytest.param(
            {"requirements.min_vram_gb": 24.5},
            Flaw(
                Code.MINIMUM_ABOVE_RECOMMENDED,
                FAIL,
                ("requirements", "min_vram_gb"),
                "min_vram_gb 24.5 is above recommended_vram_gb 24",
            ),
            id="minimum above recommended",
        ),
        pytest.param(
            {"requirements.training": {"min_vram_gb": 18, "recommended_vram_gb": 16}},
            Flaw(
                Code.MINIMUM_ABOVE_RECOMMENDED,
                FAIL,
                ("requirements", "training", "min_vram_gb"),
                "min_vram_gb 18 is above recommended_vram_gb 16",
            ),
            id="minimum above recommended for a task",
        ),
        pytest.param(
            {"quantization": {"method": "awq", "type": "gptq"}},
            Flaw(
                Code.QUANTIZATION_MISMATCH,
                FAIL,
                ("quantization", "type"),
                "quantization method awq goes with type awq or compressed-tensors, not gptq",
            ),
            id="method and type that do not belong together",
        ),
        pytest.param(
            {"quantization": {"method": None, "type": None, "group_size": 64}},
            Flaw(
                Code.QUANTIZATION_MISMATCH,
                FAIL,
                ("quantization", "method"),
                "group_size and weights_gb are for quantised weights, and method is null",
            ),
            id="groups of what is not quantised",
        ),
        pytest.param(
            {
                "quantization": {"method": "mixed", "type": "modelopt", "weights_gb": 6420},
                "architecture": {"parameters": 8_000_000_000},
            },
            Flaw(
                Code.QUANTIZATION_MISMATCH,
                FAIL,
                ("quantization", "weights_gb"),
                "6420 GB are 6.42e+03 bits for each of 8 billion weights",
            ),
            id="files in another unit",
        ),
        pytest.param(
            {"quantization": {"method": None, "type": "bitsandbytes"}},
            Flaw(
                Code.QUANTIZATION_MISMATCH,
                FAIL,
                ("quantization", "type"),
                "quantization method null goes with type null, not bitsandbytes",
            ),
            id="a type without a method",
        ),
        pytest.param(
            {"quantization": {"method": "4bit", "type": "squeezellm"}},
            Flaw(
                Code.QUANTIZATION_RETIRED,
                WARNING,
                ("quantization", "type"),
                "squeezellm is no longer loaded by any engine; it is read, but never exported",
            ),
            id="weights that no engine loads",
        ),
        pytest.param(
            {"inference_defaults.quantization": "squeezellm"},
            Flaw(
                Code.QUANTIZATION_RETIRED,
                WARNING,
                ("inference_defaults", "quantization"),
                "squeezellm is no longer loaded by any engine; it is read, but never exported",
            ),
            id="an engine told what it does not know",
        ),
        pytest.param(
            {"capabilities.vision": True},
            Flaw(Code.VISION_MISMATCH, FAIL, ("capabilities", "vision"), "vision is true in category text-llm"),
            id="vision among text models",
        ),
        pytest.param(
            {"category": "vision-vlm"},
            Flaw(Code.VISION_MISMATCH, FAIL, ("capabilities", "vision"), "vision is false in category vision-vlm"),
            id="no vision among vision models",
        ),
        pytest.param(
            {"training_defaults": None},
            Flaw(
                Code.TRAINING_MISMATCH,
                FAIL,
                ("training_defaults",),
                "training is true, but training_defaults is null",
            ),
            id="training without defaults",
        ),
        pytest.param(
            {"training_defaults.lora_config.target_modules": ["q_proj", "q_prjo"]},
            Flaw(
                Code.TARGET_MODULE_UNKNOWN,
                FAIL,
                ("training_defaults", "lora_config", "target_modules", "1"),
                "the architecture has no module 'q_prjo'; did you mean q_proj, k_proj or o_proj?",
            ),
            id="a module that the architecture has not",
        ),
        pytest.param(
            {"sources": {"/requirements/min_vram": SOURCE}},
            Flaw(
                Code.SOURCE_POINTER_UNKNOWN,
                FAIL,
                ("sources", "/requirements/min_vram"),
                "sources names '/requirements/min_vram', which is not in the entry",
            ),
            id="a source of nothing",
        ),
        pytest.param(
            {"sources": {"requirements": SOURCE}},
            Flaw(
                Code.SOURCE_POINTER_UNKNOWN,
                FAIL,
                ("sources", "requirements"),
                "sources names 'requirements', which is not in the entry",
            ),
            id="a source without a pointer",
        ),
        pytest.param(
            {"sources": {"/tags/1": SOURCE}},
            Flaw(
                Code.SOURCE_POINTER_UNKNOWN,
                FAIL,
                ("sources", "/tags/1"),
                "sources names '/tags/1', which is not in the entry",
            ),
            id="a source beyond the end of a list",
        ),
        pytest.param(
            {"sources": {"/name/first": SOURCE}},
            Flaw(
                Code.SOURCE_POINTER_UNKNOWN,
                FAIL,
                ("sources", "/name/first"),
                "sources names '/name/first', which is not in the entry",
            ),
            id="a source inside a text",
        ),
        pytest.param(
            {"sources": {"/requirements": {**SOURCE, "as_of": "2026-11-31"}}},
            Flaw(
                Code.DATE_INVALID,
                FAIL,
                ("sources", "/requirements", "as_of"),
                "2026-11-31 is not a real date",
            ),
            id="a source of a day that never was",
        ),
    ],
)
def test_a_broken_rule_gives_one_flaw(changes: Changes, flaw: Flaw, flaws_of: Callable[..., list[Flaw]]) -> None:
    """One rule broken gives one flaw, with its code, weight, place and sentence."""
    assert [without_reason(found) for found in flaws_of(changes)] == [flaw]


def without_reason(flaw: Flaw) -> Flaw:
    """Leave out of a flaw about a date what Python says of it: each version says it differently."""
    if flaw.code is not Code.DATE_INVALID:
        return flaw
    sentence, _, reason = flaw.message.partition(": ")
    assert reason
    return Flaw(flaw.code, flaw.severity, flaw.where, sentence)


@pytest.mark.parametrize(
    ("moment", "is_real"),
    [
        pytest.param("2026-11-23T00:00:00Z", True, id="a moment"),
        pytest.param("2024-02-29T23:59:59+14:00", True, id="a leap day"),
        pytest.param("2025-02-29T00:00:00Z", False, id="a leap day of a common year"),
        pytest.param("2026-11-23T24:30:00Z", False, id="half past twenty-four"),
        pytest.param("2026-13-01T00:00:00Z", False, id="a thirteenth month"),
    ],
)
def test_last_updated_is_a_real_moment(moment: str, is_real: bool) -> None:
    """A text of the right form that is no moment of the calendar is a flaw of the head."""
    message = f"last_updated is {moment}, which is not a real date and time"
    expected = [] if is_real else [Flaw(Code.DATE_INVALID, FAIL, ("last_updated",), message)]

    assert [without_reason(flaw) for flaw in head_flaws(moment)] == expected


def test_aliases_of_broken_entries_are_read_as_far_as_they_go(file_of: Callable[..., RegistryFile]) -> None:
    """Surroundings come from raw entries: what is no entry, no list or no text is passed over."""
    file = file_of({"id": "a", "aliases": ["old", 1]}, {"id": "b", "aliases": "old"}, {"id": "c", "aliases": ["old"]})
    file.models["d"] = None  # type: ignore[index]  # the raw document of the file

    around = surroundings_of(file.models, file.categories)

    assert dict(around.aliases) == {"old": ["a", "c"]}


SHIPPED = load_registry_file(bundled_registry())
AROUND = surroundings_of(SHIPPED.models, SHIPPED.categories)


@given(key=st.sampled_from(sorted(SHIPPED.models)), order=st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_no_finding(key: str, order: Any) -> None:
    """A shipped entry whose objects are written in another order is the same entry, with the same few flaws."""
    raw = SHIPPED.models[key]
    mixed = shuffled(raw, order)

    assert json.dumps(mixed, sort_keys=True) == json.dumps(raw, sort_keys=True)
    assert set(all_flaws(key, mixed)) == set(all_flaws(key, raw))
    assert {flaw.severity for flaw in all_flaws(key, mixed)} <= {WARNING}


def shuffled(value: Any, order: Any) -> Any:
    """Copy a JSON value with the keys of every object in another order."""
    if isinstance(value, list):
        return [shuffled(item, order) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    order.shuffle(keys)
    return {key: shuffled(value[key], order) for key in keys}


def all_flaws(key: str, raw: dict[str, Any]) -> list[Flaw]:
    """Check an entry by every rule."""
    return [*entry_flaws(key, raw, AROUND), *physics_flaws(ModelInfo.model_validate(raw))]


def test_a_copy_is_withdrawn_with_what_it_is_a_copy_of(raw_with: Callable[[Changes], dict[str, Any]]) -> None:
    """A copy that stays is a warning; a base that is not in the file, or is no entry, says nothing."""
    models = {
        "org/model": raw_with({"base_model": "org/gone"}),
        "org/with-it": raw_with({"id": "org/with-it", "base_model": "org/gone", **DEPRECATED}),
        "org/free": raw_with({"id": "org/free", "base_model": "org/broken"}),
        "org/gone": raw_with({"id": "org/gone", **DEPRECATED}),
        "org/other": raw_with({"id": "org/other"}),
        "org/broken": "no entry",
    }
    around = surroundings_of(models, None)

    flaws = {key: list(entry_flaws(key, models[key], around)) for key in ("org/model", "org/with-it", "org/free")}

    message = "stable, but its base_model org/gone is deprecated"
    assert flaws == {
        "org/model": [Flaw(Code.BASE_DEPRECATED, WARNING, ("status",), message)],
        "org/with-it": [],
        "org/free": [],
    }


#: The types of weights that each method may have, as a person writes them down.
TYPES: dict[str | None, set[str | None]] = {
    None: {None},
    "4bit": {"bitsandbytes", "bitsandbytes-dynamic", "awq", "gptq", "compressed-tensors", "squeezellm"},
    "8bit": {"bitsandbytes", "gptq", "compressed-tensors"},
    "awq": {"awq", "compressed-tensors"},
    "gptq": {"gptq", "compressed-tensors"},
    "fp8": {"fp8", "compressed-tensors", "modelopt"},
    "mxfp4": {"mxfp4", "compressed-tensors"},
    "nvfp4": {"modelopt", "compressed-tensors"},
    "w4a16": {"compressed-tensors"},
    "w8a8": {"compressed-tensors"},
    "w8a16": {"compressed-tensors"},
    "mixed": {"compressed-tensors", "modelopt"},
}


@pytest.mark.parametrize("method", TYPES)
def test_a_method_goes_with_some_types(method: str | None, flaws_of: Callable[..., list[Flaw]]) -> None:
    """And with no other."""
    possible = set().union(*TYPES.values())
    codes = {
        kind: {flaw.code for flaw in flaws_of({"quantization": {"method": method, "type": kind}})} for kind in possible
    }

    assert {kind for kind in possible if Code.QUANTIZATION_MISMATCH not in codes[kind]} == TYPES[method]


@pytest.mark.parametrize(
    ("gigabytes", "parameters", "is_possible"),
    [
        pytest.param(1.5, 8e9, True, id="the fewest bits"),
        pytest.param(1.49, 8e9, False, id="fewer"),
        pytest.param(33, 8e9, True, id="the most bits"),
        pytest.param(33.1, 8e9, False, id="more"),
        pytest.param(33.1, None, True, id="of unknown weights"),
    ],
)
def test_a_weight_has_some_bits(
    gigabytes: float, parameters: float | None, is_possible: bool, flaws_of: Callable[..., list[Flaw]]
) -> None:
    """Of any format: one and a half to thirty-three."""
    quantization = {"method": "mixed", "type": "modelopt", "weights_gb": gigabytes}
    flaws = flaws_of({"quantization": quantization, "architecture.parameters": parameters})

    assert (flaws == []) is is_possible


def test_the_size_of_files_is_no_size_of_plain_weights(flaws_of: Callable[..., list[Flaw]]) -> None:
    """They have as many bits as their type."""
    (flaw,) = flaws_of({"quantization": {"method": None, "type": None, "weights_gb": 16}})

    assert (flaw.code, flaw.where) == (Code.QUANTIZATION_MISMATCH, ("quantization", "method"))


def test_an_alias_of_many_names_three_of_them(raw_with: Callable[[Changes], dict[str, Any]]) -> None:
    """And the entry whose id it is; its own claim is none."""
    models = {
        key: raw_with({"id": key, "aliases": ["org/e"]}) for key in ("org/a", "org/b", "org/c", "org/d", "org/e2")
    }
    around = surroundings_of({**models, "org/e": raw_with({"id": "org/e"})}, None)
    found = [flaw.message for flaw in entry_flaws("org/a", models["org/a"], around) if flaw.code is Code.ALIAS_TAKEN]

    assert found == ["alias 'org/e' already belongs to org/b, org/c, org/d, org/e"]


def test_an_alias_may_not_be_another_id_in_other_case(raw_with: Callable[[Changes], dict[str, Any]]) -> None:
    """Such a text means that id; the entry's own id in other case takes nothing."""
    models = {"org/a": raw_with({"id": "org/a", "aliases": ["ORG/B", "ORG/A"]}), "org/b": raw_with({"id": "org/b"})}
    around = surroundings_of(models, None)

    found = [flaw for flaw in entry_flaws("org/a", models["org/a"], around) if flaw.code is Code.ALIAS_TAKEN]

    assert [(flaw.where, flaw.message) for flaw in found] == [
        (("aliases", "0"), "alias 'ORG/B' already belongs to org/b")
    ]


@pytest.mark.parametrize(
    ("where", "tasks"),
    [
        pytest.param(("training_defaults", "lora_config"), ["training"], id="of training"),
        pytest.param(("inference_defaults",), ["inference"], id="of serving"),
        pytest.param(("requirements",), ["training", "inference"], id="of both"),
        pytest.param((), ["training", "inference"], id="of the entry"),
    ],
)
def test_a_flaw_concerns_a_task(where: tuple[str, ...], tasks: list[Task]) -> None:
    """Unless it is in the other task's defaults."""
    flaw = Flaw(Code.WRONG_TYPE, FAIL, where, "")

    assert [task for task in get_args(Task) if flaw.concerns(task)] == tasks


def test_a_task_with_more_gpus_has_numbers_of_its_own(flaws_of: Callable[..., list[Flaw]]) -> None:
    """With as many as the whole, it is compared."""
    larger = {"min_vram_gb": 30, "recommended_vram_gb": 40}
    names = [
        [flaw.where[-1] for flaw in flaws_of({"requirements.training": larger | gpus, "requirements.min_gpus": 2})]
        for gpus in ({}, {"min_gpus": 2}, {"min_gpus": 3})
    ]

    assert names == [["min_vram_gb", "recommended_vram_gb"], ["min_vram_gb", "recommended_vram_gb"], []]


def test_an_id_that_looks_like_another_is_a_flaw_of_the_entry(raw_with: Callable[[Changes], dict[str, Any]]) -> None:
    """Of the one with a letter of another script; it has no place below the entry."""
    models = {key: raw_with({"id": key}) for key in ("org/model", "org/m\u043edel")}
    around = surroundings_of(models, None)
    found = {key: [(flaw.code, flaw.where) for flaw in entry_flaws(key, models[key], around)] for key in models}

    assert found == {"org/model": [], "org/m\u043edel": [(Code.ID_LOOK_ALIKE, ())]}


def test_one_gpu_is_meant_where_no_number_is_stated(flaws_of: Callable[..., list[Flaw]]) -> None:
    """Of the whole: a task on two is not compared with it."""
    task = {"min_vram_gb": 30, "recommended_vram_gb": 40, "min_gpus": 2}
    whole = {"min_vram_gb": 20, "recommended_vram_gb": 24, "min_ram_gb": 16}

    assert flaws_of({"requirements": {**whole, "training": task}}) == []


def test_an_entry_without_a_shape_keeps_the_rules(flaws_of: Callable[..., list[Flaw]]) -> None:
    """Its modules are known by its base architecture."""
    odd = {"architecture": None, "training_defaults.lora_config.target_modules": ["odd"]}

    assert flaws_of({"architecture": None}) == []
    assert [flaw.code for flaw in flaws_of(odd)] == [Code.TARGET_MODULE_UNKNOWN]


def test_a_place_in_a_list_is_a_number(flaws_of: Callable[..., list[Flaw]]) -> None:
    """A word leads nowhere."""
    assert [flaw.where for flaw in flaws_of({"sources": {"/tags/first": SOURCE}})] == [("sources", "/tags/first")]
