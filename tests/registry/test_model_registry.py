"""ModelRegistry: the mapping and its verbs."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest
from kinds_of_models import one_of_each

from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Origin, OriginKind, TrainingSettings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import (
    InvalidEntryError,
    InvalidOverrideError,
    RegistryWarning,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.findings import Code, Severity, Verdict
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.units import parse_parameter_count

Write = Callable[..., Path]

TINY = "unsloth/tinyllama-bnb-4bit"
VISION = "Qwen/Qwen2.5-VL-7B-Instruct"
OLD = "mosaicml/mpt-7b"
FP8 = "Qwen/Qwen3-8B-FP8"


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return ModelRegistry()


def raw_entries(registry: ModelRegistry) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every entry as it stands in the file."""
    return ((key, registry.raw(key)) for key in registry)


def is_about(parameters: str, wanted: int) -> bool:
    """Say whether a size is the wanted one, a tenth more or less."""
    return abs(parse_parameter_count(parameters) - wanted) <= wanted // 10


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        pytest.param({}, bool, id="nothing"),
        pytest.param({"category": "vision-vlm"}, lambda raw: raw["category"] == "vision-vlm", id="category"),
        pytest.param({"tags": "quantized"}, lambda raw: "quantized" in raw["tags"], id="one tag"),
        pytest.param(
            {"tags": ["quantized", "vision"]}, lambda raw: {"quantized", "vision"} <= set(raw["tags"]), id="tags"
        ),
        pytest.param({"status": "experimental"}, lambda raw: raw["status"] == "experimental", id="status"),
        pytest.param({"provider": "Meta"}, lambda raw: raw["provider"] == "meta", id="provider"),
        pytest.param({"architecture": "llama"}, lambda raw: raw["base_architecture"] == "llama", id="architecture"),
        pytest.param({"quantized": True}, lambda raw: raw["quantization"]["method"] is not None, id="quantized"),
        pytest.param({"vision": True}, lambda raw: raw["capabilities"]["vision"], id="vision"),
        pytest.param({"task": "training"}, lambda raw: raw["capabilities"]["training"], id="task"),
        pytest.param({"size": "596M"}, lambda raw: is_about(raw["parameters"], 596_000_000), id="size"),
        pytest.param({"max_vram_gb": 10}, lambda raw: raw["requirements"]["min_vram_gb"] <= 10, id="memory"),
        pytest.param(
            {"query": "qwen*vl"},
            lambda raw: any(
                "vl" in word.partition("qwen")[2]
                for word in f"{raw['id']} {raw['name']} {raw['base_architecture']}".lower().split()
            ),
            id="query",
        ),
    ],
)
def test_filter_keeps_file_order_and_what_holds(
    wanted: dict[str, Any], holds: Callable[[dict[str, Any]], bool], registry: ModelRegistry
) -> None:
    """Each keyword keeps the entries of which it is true, and some but not all are."""
    expected = [key for key, raw in raw_entries(registry) if holds(raw)]

    found = registry.filter(**wanted)

    assert [entry.id for entry in found] == expected
    assert expected
    assert (len(expected) < len(registry)) == bool(wanted)


def test_filters_combine(registry: ModelRegistry) -> None:
    """Everything asked for must hold; nothing found is an empty list."""
    assert [entry.id for entry in registry.filter(query="qwen2.5*vl", quantized=True, max_vram_gb=8)] == [
        "unsloth/Qwen2.5-VL-3B-Instruct-bnb-4bit",
        "Qwen/Qwen2.5-VL-3B-Instruct-AWQ",
        "unsloth/Qwen2.5-VL-3B-Instruct-unsloth-bnb-4bit",
    ]
    assert registry.filter(category="none") == []


def test_filter_leaves_bad_entries_out(write: Write) -> None:
    """An entry that is wanted and not valid is left out with a warning, also where its columns are sound."""
    registry = ModelRegistry(write({"org/a": {}, "org/b": {"urls": 5}}))

    with pytest.warns(RegistryWarning, match="left out: entry 'org/b'") as caught:
        found = registry.filter(status="stable")

    assert [entry.id for entry in found] == ["org/a"]
    assert len(caught) == 1


def test_a_verdict_says_which_rules_the_entry_breaks(write: Write) -> None:
    """What `schema check` refuses does not pass as fine."""
    registry = ModelRegistry(write({"org/a": {"category": "text"}}))

    with pytest.warns(RegistryWarning, match="category 'text' is not in categories"):
        report = registry.validate("org/a", "training", hardware=None)

    assert [(finding.code, finding.severity) for finding in report.findings] == [
        (Code.CATEGORY_UNKNOWN, Severity.FAIL),
        (Code.NOT_CHECKED, Severity.NOTE),
    ]
    assert report.verdict is Verdict.FAIL


def test_a_flaw_of_one_task_says_nothing_of_the_other(write: Write, shipped: dict[str, Any], tiny: str) -> None:
    """A wrong adapter does not keep a model from being served, nor a retired format from being trained."""
    raw = shipped["models"][tiny]
    training = {**raw["training_defaults"], "lora_config": {**raw["training_defaults"]["lora_config"]}}
    training["lora_config"]["target_modules"] = ["no_such"]
    serving = {**raw["inference_defaults"], "quantization": "squeezellm"}
    registry = ModelRegistry(write({"org/a": {"training_defaults": training, "inference_defaults": serving}}))

    with pytest.warns(RegistryWarning):
        found = {
            task: {finding.code for finding in registry.validate("org/a", task, hardware=None).findings}
            for task in get_args(Task)
        }

    rules = {Code.TARGET_MODULE_UNKNOWN, Code.QUANTIZATION_RETIRED}
    assert {task: codes & rules for task, codes in found.items()} == {
        "training": {Code.TARGET_MODULE_UNKNOWN},
        "inference": {Code.QUANTIZATION_RETIRED},
    }


def test_settings_are_defaults_and_overrides(registry: ModelRegistry) -> None:
    """Typed for the task, by leaf, dotted path or nested mapping, with the origin of every value."""
    training = registry.settings(
        TINY, "training", r=8, **{"lora_config.lora_alpha": 32}, hyperparameters={"optim": "sgd"}
    )
    inference = registry.settings(TINY, "inference", gpu_memory_utilization=0.0)

    assert isinstance(training, TrainingSettings)
    assert isinstance(inference, InferenceSettings)
    assert (training.lora_config.r, training.lora_config.lora_alpha, training.optim) == (8, 32, "sgd")
    assert training.batch_size == registry.raw(TINY)["training_defaults"]["hyperparameters"]["batch_size"]
    assert training.origin("lora_config.r") == Origin(OriginKind.OVERRIDE, "keyword")
    assert inference.gpu_memory_utilization == 0.0
    assert inference.origin("gpu_memory_utilization") == Origin(OriginKind.OVERRIDE, "keyword")


def test_an_estimate_is_for_the_settings_asked_for(registry: ModelRegistry) -> None:
    """The model's defaults, or others; per GPU and exact where the entry states its shape."""
    usual = registry.estimate(TINY, "training")
    larger = registry.estimate(TINY, "training", batch_size=64)
    served = registry.estimate(TINY, "inference")

    assert (usual.task, usual.is_coarse, served.task) == ("training", False, "inference")
    assert usual.expected_bytes < larger.expected_bytes
    assert served.parts["kv_cache"] > 0


def test_an_estimate_without_settings_is_an_error(registry: ModelRegistry) -> None:
    """As for settings: an unknown id, a task without defaults, an unknown setting."""
    with pytest.raises(UnknownModelError):
        registry.estimate("nobody/nothing", "training")
    with pytest.raises(UnsupportedTaskError):
        registry.estimate(FP8, "training")
    with pytest.raises(InvalidOverrideError):
        registry.estimate(TINY, "training", batch=2)


def test_settings_from_several_places(registry: ModelRegistry) -> None:
    """A later layer wins and is the origin."""
    layers = [Layer({"r": rank}, Origin(OriginKind.FILE, f"{rank}.toml")) for rank in (8, 32)]

    settings = registry.settings(TINY, "training", *layers)

    assert isinstance(settings, TrainingSettings)
    assert (settings.lora_config.r, str(settings.origin("lora_config.r"))) == (32, "file: 32.toml")


@pytest.mark.parametrize(
    ("model_id", "task", "overrides", "error"),
    [
        pytest.param("org/none", "training", {}, UnknownModelError, id="no such model"),
        pytest.param(FP8, "training", {}, UnsupportedTaskError, id="no defaults for the task"),
        pytest.param(TINY, "training", {"rr": 1}, InvalidOverrideError, id="no such setting"),
        pytest.param(TINY, "training", {"max_model_len": 512}, InvalidOverrideError, id="the other task's setting"),
        pytest.param(TINY, "inference", {"max_model_len": 0}, InvalidOverrideError, id="out of range"),
    ],
)
def test_settings_that_cannot_be_given_are_errors(
    model_id: str, task: Task, overrides: dict[str, Any], error: type[Exception], registry: ModelRegistry
) -> None:
    """Each reason has its class."""
    with pytest.raises(error):
        registry.settings(model_id, task, **overrides)


def test_an_override_that_does_not_fit_says_what_would(registry: ModelRegistry) -> None:
    """The error carries the setting, the value, what is allowed and near names."""
    with pytest.raises(InvalidOverrideError) as unknown:
        registry.settings(TINY, "training", learning_rat=1)
    with pytest.raises(InvalidOverrideError) as outside:
        registry.settings(TINY, "training", lora_dropout=1.0)

    assert (unknown.value.setting, unknown.value.value, unknown.value.close[0]) == ("learning_rat", 1, "learning_rate")
    assert (outside.value.setting, outside.value.value, outside.value.allowed) == (
        "lora_config.lora_dropout",
        1.0,
        "a number ≥ 0 and < 1",
    )


@pytest.mark.parametrize(
    ("model_id", "task", "options", "verdict", "codes"),
    [
        pytest.param(
            TINY,
            "training",
            {"hardware": "local"},
            Verdict.NOT_CHECKED,
            [Code.NOT_CHECKED, Code.NO_LIBRARY],
            id="sound, on a machine without a driver",
        ),
        pytest.param(TINY, "training", {}, Verdict.NOT_CHECKED, [Code.NOT_CHECKED], id="sound"),
        pytest.param(TINY, "training", {"gpu_required": True}, Verdict.FAIL, [Code.GPU_REQUIRED], id="a GPU required"),
        pytest.param(OLD, "inference", {}, Verdict.FAIL, [Code.DEPRECATED, Code.NOT_CHECKED], id="deprecated"),
        pytest.param(
            OLD,
            "inference",
            {"allow_deprecated": True},
            Verdict.NOT_CHECKED,
            [Code.DEPRECATED, Code.NOT_CHECKED],
            id="deprecated, and that is allowed",
        ),
        pytest.param(
            OLD,
            "inference",
            {"allow_deprecated": True, "gpu_required": True},
            Verdict.FAIL,
            [Code.DEPRECATED, Code.GPU_REQUIRED],
            id="deprecated, and something else fails",
        ),
        pytest.param(
            FP8, "training", {}, Verdict.FAIL, [Code.TASK_UNSUPPORTED, Code.NOT_CHECKED], id="not to be trained"
        ),
        pytest.param(
            TINY,
            "training",
            {"overrides": {"max_seq_length": 4096, "method": "full"}},
            Verdict.FAIL,
            [Code.CONTEXT_TOO_LONG, Code.METHOD_MISMATCH, Code.NOT_CHECKED],
            id="settings that do not suit",
        ),
        pytest.param(
            TINY,
            "training",
            {"overrides": (Layer({"max_seq_length": 4096}), Layer({"r": 600}))},
            Verdict.WARNING,
            [Code.CONTEXT_TOO_LONG, Code.RANK_UNSERVABLE, Code.NOT_CHECKED],
            id="settings from several places",
        ),
    ],
)
def test_validation_is_a_report(
    model_id: str, task: Task, options: dict[str, Any], verdict: Verdict, codes: list[Code], registry: ModelRegistry
) -> None:
    """The report names subject and task, carries the merged settings and all findings."""
    report = registry.validate(model_id, task, **{"hardware": None, **options})

    assert (report.subject, report.task, report.verdict) == (model_id, task, verdict)
    assert [finding.code for finding in report.findings] == codes
    assert (report.settings is None) == (model_id == FP8 and task == "training")


def test_a_model_that_needs_no_gpu_is_ok(registry: ModelRegistry, write: Write) -> None:
    """Where no GPU memory is needed, nothing is left unchecked, also when a GPU is required."""
    requirements = {**registry.raw(TINY)["requirements"], "min_vram_gb": 0}
    plain = {"method": None, "type": None}
    own = ModelRegistry(write({"org/cpu": {"requirements": requirements, "quantization": plain}}))

    reports = [own.validate("org/cpu", "inference", gpu_required=required) for required in (False, True)]

    assert [report.verdict for report in reports] == [Verdict.OK, Verdict.OK]
    assert [(finding.code, finding.severity) for finding in reports[0].findings] == [
        (Code.NO_GPU_NEEDED, Severity.NOTE)
    ]


def test_validation_by_a_former_id_names_the_entry(write: Write) -> None:
    """The subject of the report is the entry's key, whatever name it was asked by."""
    registry = ModelRegistry(write({"org/new": {"aliases": ["org/old"]}}))

    assert registry.validate("org/old", "training").subject == "org/new"


def test_validation_of_what_is_not_there_is_an_error(registry: ModelRegistry) -> None:
    """Asked wrongly, there is no report."""
    with pytest.raises(UnknownModelError):
        registry.validate("org/none", "training")
    with pytest.raises(InvalidOverrideError):
        registry.validate(TINY, "training", overrides={"rr": 1})


def test_an_entry_is_a_value(registry: ModelRegistry) -> None:
    """It can stand in a set, be copied, and be dumped as the JSON that it came from."""
    raws = [registry.raw(model_id) for model_id in one_of_each()]
    entries = [registry[model_id] for model_id in one_of_each()]

    assert set(entries) == set(deepcopy(entries))
    assert [entry.model_dump(mode="json", exclude_unset=True) for entry in entries] == raws
    assert [json.loads(entry.model_dump_json(exclude_unset=True)) for entry in entries] == raws


def test_a_registry_is_a_value(registry: ModelRegistry) -> None:
    """It compares as a mapping, shows its path, pickles, and has room for nothing else."""
    copy = pickle.loads(pickle.dumps(registry))

    assert copy == registry
    assert repr(registry) == f"<ModelRegistry {str(registry.path)!r}: {len(registry)} models>"
    with pytest.raises(AttributeError):
        registry.note = "x"  # type: ignore[attr-defined]


VARIANTS = {
    "org/awq": {"base_model": "org/former"},
    "org/base": {"aliases": ["org/former"], "base_model": None},
    "org/fp8": {"base_model": "org/base"},
    "lab/a": {"base_model": "lab/nowhere"},
    "lab/alone": {"base_model": "lab/alone"},
    "lab/b": {"base_model": "lab/nowhere"},
    "lab/odd": None,
}


@pytest.mark.filterwarnings("ignore:.*base_model is the entry itself")
@pytest.mark.parametrize(
    ("model_id", "variants"),
    [
        pytest.param("org/base", ["org/base", "org/awq", "org/fp8"], id="of a base, which comes first"),
        pytest.param("org/former", ["org/base", "org/awq", "org/fp8"], id="of a base by its former id"),
        pytest.param("org/awq", ["org/base", "org/awq", "org/fp8"], id="of a variant that names the former id"),
        pytest.param("lab/b", ["lab/a", "lab/b"], id="of a base that has no entry"),
        pytest.param("lab/alone", ["lab/alone"], id="of an entry that names itself"),
    ],
)
def test_variants_are_the_base_and_all_that_name_it(model_id: str, variants: list[str], write: Write) -> None:
    """Whichever of them is asked for; what is no entry at all is in nobody's way."""
    assert list(ModelRegistry(write(VARIANTS)).variants(model_id)) == variants


@pytest.mark.filterwarnings("ignore::model_garden_registry.errors.RegistryWarning")
def test_a_variant_that_is_not_valid_is_left_out(write: Write) -> None:
    """The one that was asked for raises; another only warns."""
    registry = ModelRegistry(
        write({"org/base": {"base_model": None}, "org/bad": {"base_model": "org/base", "status": 1}})
    )

    assert list(registry.variants("org/base")) == ["org/base"]
    with pytest.raises(InvalidEntryError):
        registry.variants("org/bad")


def test_the_name_of_a_gpu_is_no_hardware(registry: ModelRegistry) -> None:
    """A natural mistake is answered with what to write."""
    with pytest.raises(TypeError, match=r"known_gpu\('L4'\)"):
        registry.validate(TINY, "training", hardware="L4")  # type: ignore[arg-type]


def test_what_a_notebook_shows_of_an_answer_is_short(registry: ModelRegistry) -> None:
    """Neither every entry with every GPU, nor the settings and the machine of each verdict."""
    gpu = known_gpu("L4")
    answers = (
        registry.fit("training", hardware=gpu, query="qwen3 8b"),
        registry.plan("training", "Qwen/Qwen3-8B", gpus=["L4"]),
        registry.validate("Qwen/Qwen3-8B", "training", hardware=gpu),
        registry.matrix("Qwen/Qwen3-8B"),
    )

    assert max(len(repr(answer)) for answer in answers) < 1000
