"""Reports as JSON documents."""

from __future__ import annotations

from pathlib import Path

from model_garden_registry.dialects.errors import ForeignFileError
from model_garden_registry.errors import InvalidOverrideError, RegistryReadError, UnknownModelError
from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.payloads.hardware import machine_document
from model_garden_registry.payloads.reports import place_of, report_document, reports_document, subject_of
from model_garden_registry.registry.shared import load_registry
from model_garden_registry.reports import Outcome, Report


def test_the_report_of_a_file_has_findings_with_their_place(file_report: Report) -> None:
    """A file has no task, so the middle part is left out; each finding carries file, line, column and pointer."""
    nothing = {"have": None, "need": None, "unit": None}

    assert report_document(file_report) == {
        "format": "mgr.report/1",
        "subject": "storage/a b.json",
        "verdict": "fail",
        "is_valid": False,
        "error_message": "unknown key 'nmae'; did you mean name?",
        "findings": [
            {
                "code": "unknown-key",
                "severity": "fail",
                "where": "a/b",
                "message": "unknown key 'nmae'; did you mean name?",
                **nothing,
                "file": "storage/a b.json",
                "line": 12,
                "column": 7,
                "pointer": "/models/a~1b/nmae",
            },
            {
                "code": "date-invalid",
                "severity": "warning",
                "where": "",
                "message": "no real moment",
                **nothing,
                "file": "storage/a b.json",
                "line": 3,
                "column": 3,
                "pointer": "/last_updated",
            },
        ],
    }


def test_the_report_of_a_model_has_every_part(model_report: Report) -> None:
    """Parts that nothing fills yet are there, so that a client's property reads keep working."""
    assert report_document(model_report) == {
        "format": "mgr.report/1",
        "subject": "a/b",
        "task": "inference",
        "engine": None,
        "engine_version": None,
        "assumed": None,
        "verdict": "not-checked",
        "is_valid": True,
        "error_message": None,
        "settings": None,
        "split": None,
        "memory": None,
        "hardware": machine_document(None),
        "findings": [
            {
                "code": "not-checked",
                "severity": "note",
                "where": "",
                "message": "hardware not checked",
                "have": None,
                "need": None,
                "unit": None,
            }
        ],
        "remedies": [],
    }


def test_the_report_of_a_training_has_its_method_and_settings() -> None:
    """The settings are the merged ones that were judged, as a plain object."""
    registry = load_registry()
    report = registry.validate("unsloth/tinyllama-bnb-4bit", "training", overrides={"r": 8})

    document = report_document(report)

    settings = registry.settings("unsloth/tinyllama-bnb-4bit", "training", r=8)
    assert (document["method"], document["settings"]) == ("qlora", settings.as_dict())


def test_a_verdict_names_what_runs_the_task_and_over_how_many_gpus() -> None:
    """Method and stack of a training; engine and load of serving; the split that the settings ask for."""
    registry = load_registry()
    layers = {"n_gpus": 2, "sharding": "fsdp"}, {"tensor_parallel_size": 2, "max_model_len": 1024, "concurrent": 3}
    training, serving = (
        report_document(registry.validate("unsloth/tinyllama-bnb-4bit", task, overrides=layer, hardware=None))
        for task, layer in zip(("training", "inference"), layers, strict=True)
    )

    assert [training[key] for key in ("method", "stack", "split")] == [
        *("qlora", "unsloth"),
        {"gpus": 2, "how": "fsdp", "chosen": False},
    ]
    assert [serving[key] for key in ("engine", "assumed", "split")] == [
        "vllm",
        {"context_tokens": 1024, "sequences": 3},
        {"gpus": 2, "how": "tensor_parallel", "chosen": False},
    ]
    assert not {"engine", "assumed"} & training.keys()
    assert not {"method", "stack"} & serving.keys()


def test_a_number_in_a_finding_wears_its_unit() -> None:
    """``have``, ``need`` and ``unit`` are what the check compared."""
    finding = Finding(
        code=Code.CONTEXT_TOO_LONG,
        severity=Severity.WARNING,
        message="too long",
        have=2048,
        need=4096,
        unit="tokens",
    )

    document = report_document(Report(subject="a", task="training", findings=(finding,)))

    assert document["findings"] == [
        {
            "code": "context-too-long",
            "severity": "warning",
            "where": "",
            "message": "too long",
            "have": 2048,
            "need": 4096,
            "unit": "tokens",
        }
    ]


def test_several_reports_stand_under_the_worst_verdict(file_report: Report, model_report: Report) -> None:
    """``mgr.reports/1``: in the order asked, the worst verdict above them."""
    assert reports_document([model_report, file_report]) == {
        "format": "mgr.reports/1",
        "verdict": "fail",
        "reports": [report_document(model_report), report_document(file_report)],
    }


def test_a_subject_without_an_answer_counts_as_unknown(model_report: Report) -> None:
    """Among several, an error stands in its place as ``mgr.error/1``."""
    document = reports_document([UnknownModelError("lama", ("llama",)), model_report])

    assert document == {
        "format": "mgr.reports/1",
        "verdict": "unknown",
        "reports": [
            {
                "format": "mgr.error/1",
                "error": "UnknownModelError",
                "message": "no model 'lama' in the registry; did you mean llama?",
                "model_id": "lama",
                "close": ["llama"],
                "problem": None,
            },
            report_document(model_report),
        ],
    }


def test_every_outcome_names_its_subject(every_outcome: list[Outcome]) -> None:
    """A report its subject, an error the id or the file that it is about."""
    assert [subject_of(outcome) for outcome in every_outcome] == [
        "storage/a b.json",
        "a/b",
        "x",
        "lama",
        "storage/c.json",
    ]


def test_an_error_about_no_subject_names_none() -> None:
    """A wrong setting is about the question, not about one model."""
    assert subject_of(InvalidOverrideError("r", 0, "an integer")) == ""


def test_an_error_about_a_file_knows_its_place() -> None:
    """Of another tool's file the line; a registry's file alone, since the sentence has its line; of an id nothing."""
    foreign = ForeignFileError(Path("a.yaml"), "is not YAML", line=2, column=5)

    assert (subject_of(foreign), place_of(foreign)) == ("a.yaml", Place(file="a.yaml", line=2, column=5))
    assert place_of(RegistryReadError(Path("a.json"), "is not JSON", line=2)) == Place(file="a.json")
    assert place_of(UnknownModelError("x")) is None
