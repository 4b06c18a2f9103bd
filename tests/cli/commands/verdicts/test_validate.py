"""``mgr validate``, through the real program."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.registry_places import with_places
from model_garden_registry.cli.text.reports import outcomes_text
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import UnknownModelError
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.files.location import NamedBy
from model_garden_registry.files.overlays import RegistryLayer
from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.hardware.driver import probe
from model_garden_registry.hardware.gpus import DriverState, Hardware
from model_garden_registry.payloads.reports import report_document
from model_garden_registry.reports import Report
from model_garden_registry.units import GB

#: What answers name, with the newest release that was read.
UNSLOTH, VLLM = stack_of("unsloth").named, engine_of("vllm").named

Ask = Callable[..., Any]

TINY = "unsloth/tinyllama-bnb-4bit"
DEPRECATED = "unsloth/gpt-oss-20b-bnb-4bit"
NO_TRAINING = "deepseek-ai/DeepSeek-V3.2"
LARGE = "unsloth/Qwen2.5-VL-72B-Instruct-bnb-4bit"
NAMING = "`--gpu NAME` judges another GPU: --gpu L4."
CLOSING = (
    "hardware not checked: libnvidia-ml.so.1 is not installed. Install the NVIDIA driver, or start the container with "
    f"GPU access. {NAMING}\n"
)
#: How lines about models begin, after verdict and id.
TINY_TRAINED = f"training, QLoRA, {UNSLOTH}, batch 2 x 2,048 tokens: "
DEPRECATION = f"Model '{DEPRECATED}' is deprecated; use 'unsloth/gpt-oss-20b-unsloth-bnb-4bit' instead"


pytestmark = pytest.mark.usefixtures("bare_machine")


def needed(model_id: str, task: Task, gpu: str | None = None, **overrides: Any) -> str:
    """Write what each GPU needs, from what the library says of it."""
    hardware = known_gpu(gpu) if gpu else None
    estimate = load_registry().validate(model_id, task, overrides=overrides, hardware=hardware).estimate
    assert estimate is not None
    text = f"{estimate.expected_bytes / GB:.1f} GB expected, {estimate.safe_bytes / GB:.1f} safe"
    if hardware is None:
        return text
    total = hardware.gpus[0].total_bytes
    assert isinstance(total, int)
    return f"{text}, of {total / GB:.1f} GB ({round(100 * estimate.safe_bytes / total)} %)"


@pytest.fixture
def validate(mgr: Ask) -> Ask:
    """Ask ``mgr validate``."""
    return lambda *arguments: mgr("validate", *arguments)


@pytest.fixture
def registry_with(repository: Path, tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Give a maker of registry files: shipped entries by new ids, with other values at the top level."""
    document = json.loads((repository / "storage/models_registry.json").read_bytes())

    def make(changes: dict[str, Any]) -> Path:
        tiny = document["models"][TINY]
        models = {key: {**tiny, "id": key, **values} for key, values in changes.items()}
        path = tmp_path / "registry.json"
        path.write_text(json.dumps({**document, "models": models}, indent=2), encoding="utf-8")
        return path

    return make


def test_a_sound_model_is_not_checked(validate: Ask) -> None:
    """The verdict comes first; what was not looked at is said, and where to read what is needed."""
    result = validate("training", TINY)

    assert (result.code, result.out, result.err) == (
        0,
        f"not-checked  {TINY}  {TINY_TRAINED}{needed(TINY, 'training')}\n{CLOSING}",
        "",
    )


@pytest.mark.usefixtures("registry_with_deprecated")
def test_a_deprecated_model_fails_and_names_its_successor(validate: Ask) -> None:
    """The answer is no: exit 1."""
    result = validate("inference", DEPRECATED)

    assert (result.code, result.out) == (
        1,
        (
            f"fail         {DEPRECATED}  inference, transformers 5.24.0, 1 sequence of 8,192 tokens: "
            f"{needed(DEPRECATED, 'inference')}\n  fail: {DEPRECATION} [deprecated]\n{CLOSING}"
        ),
    )


@pytest.mark.usefixtures("registry_with_deprecated")
@pytest.mark.parametrize(
    ("gpu", "code", "verdict", "severities"),
    [
        pytest.param("A100 80GB", 0, "ok", {"deprecated": "note"}, id="nothing else fails"),
        pytest.param("RTX 3070", 1, "fail", {"deprecated": "note", "vram-low": "fail"}, id="something else does"),
    ],
)
def test_a_deprecated_model_may_be_allowed(
    gpu: str, code: int, verdict: str, severities: dict[str, str], validate: Ask
) -> None:
    """Everything else is judged either way, and decides then."""
    strict = json.loads(validate("inference", DEPRECATED, "--gpu", gpu, "--json").out)
    allowed = validate("inference", DEPRECATED, "--gpu", gpu, "--allow-deprecated", "--json")

    report = json.loads(allowed.out)
    found = {finding["code"]: finding["severity"] for finding in report["findings"]}
    assert (allowed.code, report["verdict"], report["is_valid"]) == (code, verdict, code == 0)
    assert {name: found.get(name) for name in severities} == severities
    assert [finding["code"] for finding in strict["findings"]] == [finding["code"] for finding in report["findings"]]
    assert (strict["verdict"], strict["error_message"]) == ("fail", DEPRECATION)


def test_a_model_that_cannot_be_trained_fails(validate: Ask) -> None:
    """It is named, so it is judged."""
    result = validate("training", NO_TRAINING)

    assert (result.code, result.out) == (
        1,
        (
            f"fail         {NO_TRAINING}  training\n"
            f"  fail: Model '{NO_TRAINING}' does not support training [task-unsupported]\n{CLOSING}"
        ),
    )


def test_skipping_the_hardware_is_said(validate: Ask) -> None:
    """Nobody wonders why nothing was looked at."""
    result = validate("training", TINY, "--skip-hardware")

    assert (result.code, result.out.splitlines()[-1]) == (
        0,
        f"hardware not checked, only the registry's own rules and the settings. {NAMING}",
    )


def test_a_required_gpu_that_nobody_looked_at_fails(validate: Ask) -> None:
    """There is no driver to blame; naming a GPU helps."""
    result = validate("training", TINY, "--require-gpu", "--skip-hardware")

    assert (result.code, result.out.splitlines()[-1]) == (1, NAMING)


def test_a_required_gpu_fails(validate: Ask) -> None:
    """Not-checked becomes a failure; what helps is said all the same."""
    result = validate("training", TINY, "--require-gpu")

    assert (result.code, result.out) == (
        1,
        (
            f"fail         {TINY}  {TINY_TRAINED}{needed(TINY, 'training')}\n"
            "  fail: a GPU is required; hardware not checked: libnvidia-ml.so.1 is not installed. [gpu-required]\n"
            "libnvidia-ml.so.1 is not installed. Install the NVIDIA driver, or start the container with GPU access. "
            f"{NAMING}\n"
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [pytest.param((), 0, id="passes"), pytest.param(("--strict",), 1, id="fails under --strict")],
)
def test_a_warning(validate: Ask, arguments: tuple[str, ...], code: int) -> None:
    """The verdict stays a warning; --strict decides what it counts as."""
    result = validate("training", TINY, "--set", "r=1024", *arguments)

    assert (result.code, result.out) == (
        code,
        (
            f"warning      {TINY}  {TINY_TRAINED}{needed(TINY, 'training', r=1024)}\n"
            f"  warning: vLLM serves adapters up to rank 512, not 1024 [rank-unservable]\n{CLOSING}"
        ),
    )


def test_settings_are_judged_as_merged(validate: Ask) -> None:
    """A file of overrides, --method and --set reach the report, --set last."""
    Path("mine.toml").write_text("r = 4\nlora_alpha = 8\n", encoding="utf-8")

    result = validate("training", TINY, "--overrides", "mine.toml", "--method", "lora", "--set", "r=32", "--json")

    report = load_registry().validate(TINY, "training", overrides={"r": 32, "lora_alpha": 8, "method": "lora"})
    assert (result.code, json.loads(result.out)) == (0, report_document(report))


def test_one_model_is_one_report(validate: Ask) -> None:
    """--json gives the object itself, as the library does."""
    result = validate("inference", TINY, "--json")

    assert json.loads(result.out) == report_document(load_registry().validate(TINY, "inference"))


@pytest.mark.usefixtures("registry_with_deprecated")
def test_several_models_are_a_list_of_reports(validate: Ask) -> None:
    """Each stands in its place, an unknown id as its error; the sentence is on stderr as well."""
    result = validate("inference", DEPRECATED, "nope", TINY, "--format", "json")

    registry = load_registry()
    error = {
        "format": "mgr.error/1",
        "error": "UnknownModelError",
        "message": "no model 'nope' in the registry",
        "model_id": "nope",
        "close": [],
        "problem": None,
    }
    assert (result.code, json.loads(result.out), result.err) == (
        2,
        {
            "format": "mgr.reports/1",
            "verdict": "fail",
            "reports": [
                report_document(registry.validate(DEPRECATED, "inference")),
                error,
                report_document(registry.validate(TINY, "inference")),
            ],
        },
        "mgr: error: no model 'nope' in the registry\n",
    )


def test_an_unknown_id_is_asked_wrongly(validate: Ask) -> None:
    """Near names are offered; there is no answer on stdout."""
    result = validate("training", "unsloth/tinylama-bnb-4bit")

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(
        f"mgr: error: no model 'unsloth/tinylama-bnb-4bit' in the registry; did you mean {TINY}"
    )


def test_an_unknown_id_is_an_error_document(validate: Ask) -> None:
    """Under --json, what is wrong stands on stdout as facts."""
    result = validate("training", "nope", "--json")

    document = json.loads(result.out)
    assert (result.code, document["format"], document["model_id"]) == (2, "mgr.error/1", "nope")


def test_of_several_all_are_shown(validate: Ask) -> None:
    """An unknown id does not hide the others."""
    result = validate("training", "nope", TINY)

    assert (result.code, result.out) == (
        2,
        (
            "no answer    nope\n  error: no model 'nope' in the registry\n"
            f"not-checked  {TINY}  {TINY_TRAINED}{needed(TINY, 'training')}\n{CLOSING}"
        ),
    )


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        pytest.param(("sound",), 0, id="nothing against it"),
        pytest.param(("sound", "deprecated"), 1, id="a no"),
        pytest.param(("sound", "deprecated", "broken"), 3, id="no answer before a no"),
        pytest.param(("sound", "deprecated", "broken", "gone"), 2, id="invalid usage before all"),
    ],
)
def test_the_exit_code_of_several(
    validate: Ask, ids: tuple[str, ...], code: int, registry_with: Callable[[dict[str, Any]], Path]
) -> None:
    """The first of 2, 3, 1, 0 that occurred."""
    path = registry_with({"sound": {}, "deprecated": {"status": "deprecated"}, "broken": {"name": 4}})

    assert validate("training", *ids, "--registry", str(path)).code == code


def test_an_entry_that_is_not_valid_is_unknown(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """Nothing can be said of it: exit 3, with the pointer."""
    path = registry_with({"broken": {"name": 4, "tags": 1}})

    result = validate("training", "broken", "--registry", str(path), "--json")

    document = json.loads(result.out)
    assert result.code == 3
    assert {key: document[key] for key in ("subject", "verdict", "is_valid", "error_message", "settings")} == {
        "subject": "broken",
        "verdict": "unknown",
        "is_valid": False,
        "error_message": "Could not be checked: entry 'broken' is not valid at /models/broken/name: "
        "should be a valid string, found 4",
        "settings": None,
    }
    assert [finding["code"] for finding in document["findings"]] == ["entry-invalid", "entry-invalid"]


def test_all_judges_every_entry_that_supports_the_task(validate: Ask, registry_of_kinds: Path) -> None:
    """One line each in file order; the rest is counted on stderr; JSON is always a list."""
    registry = load_registry(registry_of_kinds)
    trainable = [key for key, entry in registry.items() if entry.supports("training")]

    text, document = validate("training", "--all"), json.loads(validate("training", "--all", "--json").out)

    subjects = [line.split()[1] for line in text.out.splitlines() if re.match(r"[a-z-]+ +\S+  training, ", line)]
    left_out = len(registry) - len(trainable)
    assert subjects == [report["subject"] for report in document["reports"]] == trainable
    assert text.err == f"mgr: note: {left_out} models without support for training left out\n"
    assert (text.code, document["verdict"]) == (0, "not-checked")


def test_all_of_a_registry_with_one_entry_is_a_list(
    validate: Ask, registry_with: Callable[[dict[str, Any]], Path]
) -> None:
    """The shape does not depend on how many entries there are."""
    path = registry_with({"sound": {}})

    result = validate("training", "--all", "--json", "--registry", str(path))

    document = json.loads(result.out)
    assert (document["format"], len(document["reports"]), result.err) == ("mgr.reports/1", 1, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("training",), "name at least one ID, or --all, and not both", id="neither id nor --all"),
        pytest.param(("training", TINY, "--all"), "name at least one ID, or --all, and not both", id="both"),
        pytest.param(("training", TINY, "--set", "rr=4"), "unknown setting 'rr'", id="an unknown setting"),
        pytest.param(("training", TINY, "--set", "r=0"), "r = '0' is not valid", id="a value out of range"),
        pytest.param(
            ("inference", TINY, "--method", "lora"),
            "--method: only for training: inference has no method",
            id="a method for inference",
        ),
        pytest.param(("training", TINY, "--json", "--format", "text"), "contradict each other", id="two formats"),
        pytest.param(("flying", TINY), "'flying' is not one of", id="an unknown task"),
        pytest.param(
            ("training", TINY, "--gpu", "RTX 4095"),
            "no GPU 'RTX 4095' in the table of known GPUs; did you mean RTX 4090",
            id="an unknown GPU",
        ),
        pytest.param(("training", TINY, "--gpu", "L4:0"), "0 is not a valid number of GPUs", id="no GPU"),
        pytest.param(("training", TINY, "--gpu", "2x L4:3"), "it has two counts", id="two counts"),
        pytest.param(
            ("training", TINY, "--gpu", "L4", "--skip-hardware"),
            "--gpu and --skip-hardware contradict each other",
            id="a GPU, and none",
        ),
        pytest.param(
            ("training", TINY, "--gpu", "L4", "--hardware", "host.json"),
            "--gpu and --hardware contradict each other",
            id="two machines",
        ),
        pytest.param(
            ("training", TINY, "--gpu", "L4", "--hardware", "host.json", "--skip-hardware"),
            "--gpu and --hardware and --skip-hardware contradict each other",
            id="two machines, and none",
        ),
        pytest.param(
            ("training", TINY, "--hardware", "gone.json"), "--hardware: gone.json: no such file", id="no file"
        ),
    ],
)
def test_a_wrong_question_has_no_answer(validate: Ask, arguments: tuple[str, ...], message: str) -> None:
    """Exit 2, the sentence on stderr."""
    result = validate(*arguments)

    assert result.code == 2
    assert message in result.err


def test_a_missing_registry_is_no_answer(validate: Ask) -> None:
    """Exit 3."""
    result = validate("training", TINY, "--registry", "gone.json")

    assert (result.code, result.out, result.err) == (3, "", "mgr: error: Registry not found: gone.json\n")


def test_an_unknown_gpu_is_an_error_document(validate: Ask) -> None:
    """Under --json, its near names stand there as facts."""
    result = validate("training", TINY, "--gpu", "L4S", "--json")

    document = json.loads(result.out)
    assert (result.code, document["error"], document["name"], document["close"][:1]) == (
        2,
        "UnknownGpuError",
        "L4S",
        ["L40S"],
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "host.json:1:2: is not JSON", id="no JSON"),
        pytest.param('{"gpus": 4}', "host.json: not a hardware snapshot at /gpus: a list, found 4", id="no snapshot"),
    ],
)
def test_a_file_that_is_no_snapshot_is_asked_wrongly(content: str, message: str, validate: Ask) -> None:
    """With the place of what is wrong."""
    Path("host.json").write_text(content, encoding="utf-8")

    result = validate("training", TINY, "--hardware", "host.json")

    assert (result.code, result.out) == (2, "")
    assert f"--hardware: {message}" in result.err


def test_a_named_gpu_is_judged_and_said_to_be_named(validate: Ask) -> None:
    """From the table, not this host."""
    result = validate("training", TINY, "--gpu", "4090")

    assert (result.code, result.out) == (
        0,
        (
            f"ok           {TINY}  {TINY_TRAINED}{needed(TINY, 'training', '4090')}\n"
            "RTX 4090 judged from the table of known GPUs, not this host; RAM is not judged.\n"
        ),
    )


L4_IN_USE = {
    "gpus": [
        {
            "name": "NVIDIA L4",
            "total_mib": 23034,
            "free_mib": 2000,
            "compute_capability": "8.9",
            "processes": [{"pid": 7, "name": "python3", "used_bytes": 22 * 10**9}],
        }
    ],
    "ram_gb": 64,
}


@pytest.mark.parametrize(
    ("options", "verdict", "code"),
    [
        pytest.param((), "warning", 0, id="a warning"),
        pytest.param(("--strict",), "warning", 1, id="a warning that counts"),
        pytest.param(("--now",), "fail", 1, id="a failure"),
        pytest.param(("--now", "--strict", "--require-gpu"), "fail", 1, id="with everything"),
    ],
)
def test_memory_that_is_not_free(options: tuple[str, ...], verdict: str, code: int, validate: Ask) -> None:
    """A warning that names who holds it; --now lets it fail, --strict lets it count."""
    Path("host.json").write_text(json.dumps(L4_IN_USE), encoding="utf-8")

    result = validate("training", TINY, "--hardware", "host.json", "--json", *options)

    report = json.loads(result.out)
    [message] = [each["message"] for each in report["findings"] if each["code"] == "free-low"]
    assert (result.code, report["verdict"], report["hardware"]["source"]) == (code, verdict, "file")
    assert message.startswith("GPU 0 (NVIDIA L4) has 2.1 GB free, needs ")
    assert message.endswith(" are in use by python3 (7, 22 GB)")


NEEDS = {
    "small": {"min_vram_gb": 10, "recommended_vram_gb": 10},
    "tight": {"min_vram_gb": 20, "recommended_vram_gb": 40},
    "large": {"min_vram_gb": 30, "recommended_vram_gb": 30},
    "none": {"min_vram_gb": 0, "recommended_vram_gb": 0},
}


@pytest.fixture
def needing(registry_with: Callable[[dict[str, Any]], Path]) -> Path:
    """Give a registry of models by what they need of a GPU, their shape not stated, and of one that is broken."""
    needs = {
        key: {"requirements": {**need, "min_ram_gb": 8, "min_gpus": 1}, "architecture": None, "sources": {}}
        for key, need in NEEDS.items()
    }
    return registry_with({**needs, "broken": {"name": 4}})


@pytest.mark.parametrize(
    ("ids", "gpu", "verdicts", "code"),
    [
        pytest.param("small none", "L4", ["ok", "ok"], 0, id="all are ok"),
        pytest.param("small tight", "L4", ["ok", "warning"], 0, id="a warning"),
        pytest.param("small large", "L4", ["ok", "fail"], 1, id="a no"),
        pytest.param("large tight", "A100 40GB:2", ["ok", "ok"], 0, id="two GPUs"),
        pytest.param("large broken", "L4", ["fail", "unknown"], 3, id="no answer before a no"),
        pytest.param("large small", "RTX 4090", ["fail", "ok"], 1, id="another GPU"),
    ],
)
def test_several_on_a_named_gpu(
    ids: str, gpu: str, verdicts: list[str], code: int, validate: Ask, needing: Path
) -> None:
    """Each has its verdict, in the order of asking; the exit code is that of all."""
    result = validate("training", *ids.split(), "--gpu", gpu, "--registry", needing, "--json")

    document = json.loads(result.out)
    assert (result.code, [report["verdict"] for report in document["reports"]]) == (code, verdicts)


def test_all_of_a_registry_on_an_l4(validate: Ask, needing: Path) -> None:
    """One line each, and what stands against it below: a gate for everything that is listed."""
    result = validate("training", "--all", "--gpu", "L4", "--registry", needing)

    *lines, last = result.out.splitlines()
    heads = [line for line in lines if not line.startswith("  ")]
    assert (result.code, last) == (3, "L4 judged from the table of known GPUs, not this host; RAM is not judged.")
    assert [line.split()[:2] for line in heads] == [
        ["ok", "small"],
        ["warning", "tight"],
        ["fail", "large"],
        ["ok", "none"],
        ["unknown", "broken"],
    ]


def test_several_ask_the_driver_once(validate: Ask, needing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are judged; where none needs a GPU it is not asked at all."""
    asked: list[float] = []
    silent = Hardware(source="nvml", state=DriverState.NO_ANSWER, problem="no answer within 8 s")
    monkeypatch.setattr(probe, "_read_driver", lambda limit: asked.append(limit) or silent)

    nothing = validate("training", "none", "--registry", needing)
    result = validate("training", "small", "tight", "none", "--registry", needing)

    assert (nothing.code, result.code, len(asked)) == (0, 3, 1)


def line_of(path: Path, key: str) -> int:
    """Find the line of an entry, by reading."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line == f"    {json.dumps(key)}: {{")


def test_annotations_stand_beside_the_entry(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """The place of a model's finding is its entry in the registry file."""
    path = registry_with({"sound": {}, "old": {"status": "deprecated"}})

    result = validate("training", "old", "nope", "--skip-hardware", "--registry", str(path), "--format", "github")

    place = f"file=registry.json,line={line_of(path, 'old')},col=5"
    assert (result.code, result.out.splitlines()) == (
        2,
        [
            f"::error {place},title=deprecated · old::Model 'old' is deprecated",
            f"::warning {place},title=successor-missing · old::deprecated, but deprecation names no successor",
            "::error title=UnknownModelError::no model 'nope' in the registry",
            (
                "::notice title=not-checked::hardware not checked, only the registry's own rules and the settings. "
                f"{NAMING}"
            ),
        ],
    )


def test_sarif_has_the_line_of_the_entry(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """Each result points at the entry, by line and by pointer."""
    path = registry_with({"sound": {}, "a/b": {"status": "deprecated"}})

    result = validate("training", "a/b", "--skip-hardware", "--registry", str(path), "--format", "sarif")

    (run,) = json.loads(result.out)["runs"]
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": "registry.json", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line_of(path, "a/b"), "startColumn": 5},
        },
        "logicalLocations": [{"fullyQualifiedName": "/models/a~1b"}],
    }
    assert [(each["ruleId"], each["locations"]) for each in run["results"]] == [
        ("deprecated", [location]),
        ("successor-missing", [location]),
    ]


@pytest.mark.parametrize("output_format", ["sarif", "junit", "github"])
def test_an_unknown_id_alone_is_a_whole_document(validate: Ask, output_format: str) -> None:
    """A server that reads the file gets one, whatever happened; stderr has the sentence."""
    result = validate("training", "nope", "--format", output_format)

    assert (result.code, result.err) == (2, "mgr: error: no model 'nope' in the registry\n")
    assert "no model 'nope' in the registry" in result.out


def test_junit_heeds_strict(validate: Ask) -> None:
    """In JUnit a case passes or fails, so --strict decides which."""
    arguments = ("training", TINY, "--set", "r=1024", "--format", "junit")

    lenient, strict = (ElementTree.fromstring(validate(*arguments, *more).out) for more in ((), ("--strict",)))

    assert (lenient.attrib["failures"], strict.attrib["failures"]) == ("0", "1")


def test_hostile_names_are_shown_not_obeyed(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """Neither markup nor a terminal's escapes nor line ends from a registry reach the screen."""
    name = "[red]x[/] \x1b[2J\n::error::"
    path = registry_with({name: {"status": "deprecated"}})

    result = validate("training", name, "--registry", str(path), "--color", "always")

    assert result.out.splitlines()[0] == "\x1b[31munknown    \x1b[0m  [red]x[/] \\x1b[2J\\n::error::  training"


@pytest.mark.usefixtures("registry_with_deprecated")
def test_colour_only_where_it_is_wanted(validate: Ask) -> None:
    """A pipe gets none; --color always does."""
    plain, coloured = validate("training", DEPRECATED).out, validate("training", DEPRECATED, "--color", "always").out

    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain
    assert coloured.startswith("\x1b[31mfail       \x1b[0m  ")


def test_the_program_itself_answers(validate: Ask, mgr_process: Ask) -> None:
    """As a process of its own, in a pipe: the same text and exit code."""
    question = ("training", TINY, "--skip-hardware")

    assert mgr_process("validate", *question) == validate(*question)


def test_only_the_asked_entry_is_validated(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """A broken neighbour costs nothing and says nothing."""
    path = registry_with({"broken": {"name": 4}, "sound": {}})

    result = validate("training", "sound", "--skip-hardware", "--registry", str(path))

    assert (result.code, result.err) == (0, "")


def test_all_of_an_empty_registry_is_said(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """Nothing failed, and nobody takes it for a check."""
    result = validate("training", "--all", "--registry", str(registry_with({})))

    assert (result.code, result.out, result.err) == (0, "", "mgr: note: the registry has no models\n")


def test_a_rule_that_an_entry_breaks_is_shown(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """With its severity and code, below the model."""
    needs = {"min_vram_gb": 8, "recommended_vram_gb": 4, "min_ram_gb": 8, "min_gpus": 1}
    path = registry_with({"odd": {"requirements": needs}})

    result = validate("inference", "odd", "--registry", str(path))

    flaws = [
        line for line in result.out.splitlines() if line.startswith("  ") and "[minimum-above-recommended]" in line
    ]
    assert len(flaws) >= 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(None, None, id="gone"),
        pytest.param(b"[", None, id="no JSON"),
        pytest.param(b'{"models": []}', None, id="no registry"),
        pytest.param(b'{"models": {}}', None, id="without the model"),
        pytest.param(b'{"models": {\n"a": {}}}', 2, id="with the model"),
    ],
)
def test_a_registry_that_changed_meanwhile_has_the_lines_that_it_has(
    content: bytes | None, line: int | None, tmp_path: Path
) -> None:
    """A finding stays a finding; only its line may be unknown."""
    path = tmp_path / "registry.json"
    if content is not None:
        path.write_bytes(content)
    finding = Finding(code=Code.DEPRECATED, severity=Severity.FAIL, message="is deprecated")
    layer = RegistryLayer(path, NamedBy.ARGUMENT, {})

    (outcome,) = with_places([Report(subject="a", task="training", findings=(finding,))], [layer])

    place = Place(file=str(path), line=line, column=line and 1, pointer="/models/a")
    assert outcome == Report(subject="a", task="training", findings=(replace(finding, place=place),))


#: What a terminal is told of `registry_of_kinds`.
TOLD = "mgr: note: registry registry.json, named by MGR_REGISTRY\n"


@pytest.mark.usefixtures("registry_of_kinds")
def test_on_a_terminal_sentences_go_on_in_the_next_line(mgr_on_terminal: Ask, validate: Ask) -> None:
    """Between words and further in, within the width; in a pipe the same words are one line for each finding."""
    asked = ("inference", "Qwen/Qwen2.5-VL-72B-Instruct", "--gpu", "A100-40GB:2", "--set", "max_model_len=4096")
    for more in ((), ("--all",)):
        arguments = (asked[0], *asked[2:], *more) if more else asked
        shown = mgr_on_terminal("validate", *arguments, env={"NO_COLOR": "1"}).out.removeprefix(TOLD)
        piped = validate(*arguments)

        assert max(map(len, shown.splitlines())) <= 80
        assert piped.out.split() == shown.replace(piped.err, "").split()
        assert max(map(len, piped.out.splitlines())) > 80


@pytest.mark.usefixtures("registry_with_deprecated")
def test_colour_is_for_the_word_that_says_how_bad_it_is(mgr_on_terminal: Ask) -> None:
    """Wherever a line is folded."""
    shown = mgr_on_terminal("validate", "inference", DEPRECATED, "--skip-hardware").out

    assert f"\x1b[31m{'fail':11}\x1b[0m  {DEPRECATED}" in shown
    assert f"  \x1b[31mfail\x1b[0m: Model '{DEPRECATED}' is" in shown


@pytest.mark.parametrize(
    ("gpus", "asked", "last"),
    [
        pytest.param(["NVIDIA L4"], (TINY,), "judged: NVIDIA L4 (24.15 GB)", id="one"),
        pytest.param(["NVIDIA L4"] * 2, (TINY, TINY), "judged: 2x NVIDIA L4 (24.15 GB)", id="two, for two models"),
        pytest.param(["L4", None], (TINY, TINY), "judged: L4 (24.15 GB), GPU (24.15 GB)", id="one without a name"),
    ],
)
def test_a_machine_that_was_judged_is_named(
    gpus: list[str | None], asked: tuple[str, ...], last: str, mgr: Ask
) -> None:
    """Once, with what each GPU has."""
    unread = {"name": None, "unread": {"name": {"cause": "failed", "reason": "x"}}}
    named = [{"total_mib": 23034, "compute_capability": "8.9", **({"name": n} if n else unread)} for n in gpus]
    Path("host.json").write_text(json.dumps({"gpus": named}), encoding="utf-8")

    lines = mgr("validate", "training", *asked, "--hardware", "host.json").out.splitlines()

    assert lines[-1] == last
    assert sum(line.startswith("judged") for line in lines) == 1


def test_of_several_named_gpus_the_number_is_said(validate: Ask) -> None:
    """One is told by the finding that it is from a table."""
    several, one = (validate("inference", TINY, "--gpu", name).out.splitlines()[-1] for name in ("2x L4", "L4"))

    assert several == "judged: 2x L4 (24.15 GB)"
    assert one.startswith("L4 judged from the table")


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"gpus": []}, id="no GPU"),
        pytest.param({"gpus": [], "state": "no-answer"}, id="no answer"),
    ],
)
def test_without_a_gpu_none_is_named(document: dict[str, Any], validate: Ask) -> None:
    """The finding says it all."""
    Path("host.json").write_text(json.dumps(document), encoding="utf-8")

    assert "judged:" not in validate("training", TINY, "--hardware", "host.json").out


def shares_of(line: str) -> str:
    """Return what a line says behind ``safe``."""
    return line.partition(" safe")[2]


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        pytest.param([23034], r", of 24\.2 GB \([0-9]+ %\)", id="one size"),
        pytest.param([23034, 23034], r", of 24\.2 GB \([0-9]+ %\)", id="the same twice"),
        pytest.param([23034, 15360], r", of 16\.1 or 24\.2 GB \([0-9]+ or [0-9]+ %\)", id="two sizes"),
        pytest.param([23034, 15360, 81559], r", of 16\.1 to 85\.5 GB \([0-9]+ to [0-9]+ %\)", id="more sizes"),
        pytest.param([0], "", id="not known"),
    ],
)
def test_the_share_is_that_of_the_gpus(sizes: list[int], said: str, validate: Ask) -> None:
    """Of GPUs that differ, of the smallest and of the largest."""
    gpus = [{"name": f"GPU {size}", "total_mib": size, "compute_capability": "8.9"} for size in sizes]
    Path("host.json").write_text(json.dumps({"gpus": gpus}), encoding="utf-8")

    line = validate("training", TINY, "--hardware", "host.json").out.splitlines()[0]

    assert re.fullmatch(said, shares_of(line))


def test_several_gpus_each_have_their_share(validate: Ask) -> None:
    """How many take part, and how the model is divided, stands before the numbers."""
    split = ("--set", "tensor_parallel_size=2")
    serving = validate("inference", TINY, "--gpu", "L4:2", *split).out.splitlines()[0]
    training = validate("training", TINY, "--gpu", "L4:4", "--set", "n_gpus=4").out.splitlines()[0]

    assert re.search(
        r"inference, vLLM [0-9.]+, 1 sequence of [0-9,]+ tokens, on 2 GPUs \(tensor parallel\): "
        r"[0-9.]+ GB expected, [0-9.]+ safe, of 24\.2 GB each \([0-9]+ %\)$",
        serving,
    )
    assert ", on 4 GPUs: " in training


def test_the_method_is_written_as_people_write_it(validate: Ask) -> None:
    """Of a model whose training has settings."""
    lines = [
        validate("training", "Qwen/Qwen3-0.6B", "--method", method, "--skip-hardware").out.splitlines()[0]
        for method in ("full", "lora", "qlora")
    ]

    assert [line.split(", ")[1] for line in lines] == ["full", "LoRA", "QLoRA"]


def test_quiet_leaves_notes_out(validate: Ask) -> None:
    """Verdicts, failures and warnings stay; so does what other programs read."""
    asked = ("training", TINY, "--gpu", "T4", "--set", "r=1024", "--set", "batch_size=1")
    (head, *found), quiet = validate(*asked).out.splitlines(), validate(*asked, "-q").out.splitlines()

    assert any(line.startswith("  note: ") for line in found)
    assert found[-1].startswith("T4 judged from the table")
    assert quiet == [head, *(line for line in found if line.startswith(("  fail: ", "  warning: ")))]
    assert validate(*asked, "-q", "--json") == validate(*asked, "--json")
    assert validate(*asked, "-q", "--format", "github").out.count("::notice") == 0


def test_quiet_says_nothing_on_stderr(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """Neither how many models were left out, nor that there are none."""
    can = {"training": False, "inference": True, "vision": False, "structured_outputs": True, "streaming": True}
    some = registry_with({"sound": {}, "served": {"capabilities": can}})
    left_out = [validate("training", "--all", *more, "--registry", str(some)).err for more in ((), ("-q",))]
    none = validate("training", "--all", "--quiet", "--registry", str(registry_with({})))

    assert left_out == ["mgr: note: 1 model without support for training left out\n", ""]
    assert (none.code, none.out, none.err) == (0, "", "")


def test_a_narrow_terminal_has_a_line_for_the_id(mgr_on_terminal: Ask) -> None:
    """What was judged, and its numbers, stand below."""
    shown = mgr_on_terminal("validate", "training", TINY, "--gpu", "L4", env={"NO_COLOR": "1"}).out.splitlines()

    assert shown[0] == f"ok           {TINY}"
    assert shown[1] == f"      {TINY_TRAINED.rstrip()}"
    assert re.fullmatch(r"      [0-9.]+ GB expected, [0-9.]+ safe, of 24\.2 GB \([0-9]+ %\)", shown[2])


# Several GPUs.

#: A rank that is warned of.
RANK = ("--set", "r=1024", "--set", "target_modules=q_proj")


def test_several_gpus_are_columns(validate: Ask) -> None:
    """A row for each model: verdict, memory that is safe, its share of the GPU; below, what stands against models."""
    result = validate("training", TINY, LARGE, "nope", "--gpu", "L4", "--gpu", "T4,2x L4")

    blocks = [block.splitlines() for block in result.out.split("\n\n")]
    [title], [header, tiny, large, nope], below = blocks
    assert title == "training: verdict, safe memory per GPU, and its share"
    assert re.split(" {2,}", header) == ["ID", "L4", "T4", "2x L4", "JUDGED"]
    assert re.fullmatch(rf"{TINY} *(  ok  [0-9.]+ GB \([0-9]+ %\) *){{3}}  {re.escape(TINY_TRAINED[:-2])}", tiny)
    assert re.fullmatch(rf"{LARGE}  (fail  (2 x )?[0-9.]+ GB \([0-9]+ %\) *){{3}}  training, .*", large)
    assert re.split(" {2,}", nope) == ["nope", *["no answer"] * 3]
    assert [re.sub(" has .*", "", line) for line in below] == [
        f"fail: {LARGE} on L4: GPU 0 (L4)",
        f"fail: {LARGE} on T4: GPU 0 (T4)",
        f"fail: {LARGE} on 2x L4: each of 2 x L4 (GPU 0-1)",
        "fail: no model 'nope' in the registry",
        "L4, T4 judged from the table of known GPUs, not this host; RAM is not judged.",
    ]
    assert (result.code, result.err) == (2, "")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param((), 1, id="one fails"),
        pytest.param(("--any",), 0, id="one is enough"),
        pytest.param(("--any", *RANK), 0, id="a warning passes"),
        pytest.param(("--any", *RANK, "--strict"), 1, id="unless it counts"),
    ],
)
def test_the_exit_code_over_several_gpus(options: tuple[str, ...], code: int, validate: Ask) -> None:
    """Any cell that fails is a no; with --any, a model that passes nowhere."""
    gpus = ("--gpu", "RTX 5090", "--gpu", "T4")

    assert validate("training", TINY, "Qwen/Qwen3-8B", *gpus, *options).code == code
    assert validate("training", TINY, LARGE, *gpus, *options).code == 1


def test_json_has_a_report_for_each_gpu(validate: Ask) -> None:
    """Model by model; an unknown id once; the verdict is that of what counts."""
    asked = ("training", TINY, "nope", LARGE, "--gpu", "L4", "--gpu", "H200", "--json")
    every, enough = validate(*asked), validate(*asked, "--any")

    document = json.loads(every.out)
    found = [
        (one["subject"], one["hardware"]["gpus"][0]["name"], one["verdict"])
        for one in document["reports"]
        if one["format"] == "mgr.report/1"
    ]
    assert found == [(TINY, "L4", "ok"), (TINY, "H200 141GB", "ok"), (LARGE, "L4", "fail"), (LARGE, "H200 141GB", "ok")]
    assert [one["format"] for one in document["reports"]].index("mgr.error/1") == 2
    assert (every.err, document["verdict"]) == ("mgr: error: no model 'nope' in the registry\n", "fail")
    assert json.loads(enough.out) == document | {"verdict": "unknown"}


def test_for_other_programs_each_gpu_is_a_subject(validate: Ask) -> None:
    """With --any only what decides is shown."""
    asked = ("training", LARGE, "--gpu", "L4", "--gpu", "H200", "--format")
    annotations = validate(*asked, "github")
    cases = ElementTree.fromstring(validate(*asked, "junit").out).findall("testsuite/testcase")
    enough = validate(*asked, "github", "--any", "-q")

    assert annotations.code == 1
    assert re.search(rf"^::error .*title=vram-low · {LARGE} on L4::", annotations.out, flags=re.MULTILINE)
    assert [case.attrib["name"] for case in cases] == [f"{LARGE} on L4", f"{LARGE} on H200 141GB"]
    assert (enough.code, enough.out) == (0, "")


def test_all_on_several_gpus_is_a_table_alone(validate: Ask, needing: Path) -> None:
    """As without columns, each model is one line; an entry that is not valid has no memory."""
    result = validate("training", "--all", "--gpu", "L4", "--gpu", "A100 80GB", "--registry", needing)

    _, table, below = result.out.split("\n\n")
    rows = [re.split(" {2,}", line)[:2] for line in table.splitlines()[1:]]
    assert rows == [["small", "ok"], ["tight", "warning"], ["large", "fail"], ["none", "ok"], ["broken", "unknown"]]
    assert below.count("\n") == 1
    assert result.code == 3


def test_all_of_an_empty_registry_has_no_table(validate: Ask, registry_with: Callable[[dict[str, Any]], Path]) -> None:
    """As without columns."""
    asked = ("training", "--all", "--gpu", "L4", "--gpu", "T4", "--registry", str(registry_with({})))

    result = validate(*asked)

    assert (result.code, result.out, result.err) == (0, "", "mgr: note: the registry has no models\n")


def test_columns_on_a_narrow_terminal(mgr_on_terminal: Ask) -> None:
    """First the memory goes, and stays as a share; then each GPU has a line. Ids stay whole."""
    gpus = ["L4", "T4", "H200", "L40S", "RTX 4090"]
    env = {"NO_COLOR": "1"}
    for number, cell in ((2, r"ok  [0-9]+ %"), (5, r"  L4 +ok  [0-9.]+ GB \([0-9]+ %\)")):
        named = [word for gpu in gpus[:number] for word in ("--gpu", gpu)]
        shown = mgr_on_terminal("validate", "training", TINY, LARGE, "nope", *named, env=env).out.splitlines()

        assert max(map(len, shown)) <= 80
        assert any(line.startswith(LARGE) for line in shown)
        assert any(re.search(cell, line) for line in shown)


def test_one_gpu_twice_is_no_column(validate: Ask) -> None:
    """Two names of it neither."""
    assert validate("training", TINY, "--gpu", "L4", "--gpu", "l4") == validate("training", TINY, "--gpu", "L4")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(("--any",), "--any: only with --gpu: of several, one is enough", id="any of none"),
        pytest.param(
            ("--gpu", "L4", "--gpu", "T4", "--skip-hardware"),
            "--gpu and --skip-hardware contradict each other",
            id="columns of nothing",
        ),
    ],
)
def test_options_about_columns_that_mean_nothing(options: tuple[str, ...], message: str, validate: Ask) -> None:
    """Invalid usage."""
    result = validate("training", TINY, *options)

    assert (result.code, result.err.splitlines()[0]) == (2, f"mgr: error: {message}")


def test_what_has_no_answer_is_one_line_too() -> None:
    """Where each subject has one."""
    screen = Screen(is_terminal=False, has_colour=False, width=80)

    assert (
        outcomes_text([UnknownModelError("x")], screen, brief=True) == "no answer    x: no model 'x' in the registry\n"
    )


def test_a_capability_that_is_assumed_is_said_once(validate: Ask) -> None:
    """Of a GPU by its memory alone, for all models of the call; `-q` silences it."""
    asked = ("inference", "Qwen/Qwen3-8B", "Qwen/Qwen3-4B", "--gpu", "24GB")
    answer, quiet = validate(*asked), validate(*asked, "-q")

    assert (answer.out + answer.err).count("8.0 or later assumed") == 1
    assert "assumed" not in quiet.out + quiet.err


def test_a_count_of_a_name_that_means_several_gpus_is_split_for_each(validate: Ask) -> None:
    """H100 means 80 GB and the NVL: over two of either the model is ok, though over one it differs."""
    answer = validate("inference", "Qwen/Qwen3-32B", "--gpu", "8xH100", "--set", "max_model_len=32k")

    assert (answer.code, answer.out.split()[0]) == (0, "ok")
    assert "on 2 GPUs (tensor parallel)" in answer.out


def test_cells_name_the_gpus_and_what_is_the_same_is_said_once(validate: Ask) -> None:
    """How many GPUs a model takes differs between columns; that a task is not supported does not."""
    pools = ("--gpu", "8x L40S", "--gpu", "16x A10")
    served = validate("inference", "openai/gpt-oss-120b", *pools)
    refused = validate("training", NO_TRAINING, *pools)

    assert re.search(r"ok  4 x [0-9.]+ GB \([0-9]+ %\) +ok  8 x [0-9.]+ GB", served.out)
    assert (served.out + refused.out).count("does not support training") == 1


def test_options_that_are_names_are_taken_as_they_are_printed(validate: Ask) -> None:
    """In whatever case."""
    answer = validate("training", "Qwen/Qwen3-8B", "--stack", "Unsloth", "--method", "QLoRA", "--gpu", "L4")

    assert (answer.code, "QLoRA, Unsloth" in answer.out) == (0, True)


def test_on_a_narrow_terminal_long_paths_are_no_trouble(mgr_on_terminal: Ask, tmp_path: Path) -> None:
    """The word of a finding may stand in another line than the beginning of its path."""
    path = tmp_path / ("warning-" * 10) / "registry.json"
    path.parent.mkdir()
    path.write_text("{}", encoding="utf-8")

    answer = mgr_on_terminal("schema", "check", str(path), env={"NO_COLOR": "1"})

    assert answer.code == 1
    assert "bug" not in answer.out
    assert "[missing-key]" in answer.out
