"""Reports as SARIF 2.1.0, as code scanning reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.payloads.formats.file_names import absolute, relative_name
from model_garden_registry.payloads.formats.remarks import call_remarks, told_findings
from model_garden_registry.payloads.reports import place_of
from model_garden_registry.reports import Outcome, Report

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.FAIL: "error",
    Severity.UNKNOWN: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "note",
}
#: Characters of links, which SARIF has even in plain text.
_LINK_SIGNS = re.compile(r"[\[\]\\]")


def sarif_document(outcomes: Sequence[Outcome], *, version: str, base: Path) -> dict[str, Any]:
    """
    Return a SARIF log with one run.

    Every finding is a result; its rule is its code; remedies are below the first failure. A subject without an answer
    is a notification of the tool, and so are findings about hardware that all of them share.

    Args:
        version: Of this program.

        base: Absolute path of the directory that file names are relative to; files outside get a full URI.
    """
    reports = [outcome for outcome in outcomes if isinstance(outcome, Report)]
    found = [(report, finding, said) for report in reports for finding, said in told_findings(report)]
    used = {finding.code for _, finding, _ in found}
    codes = [code for code in Code if code in used]
    errors = [outcome for outcome in outcomes if isinstance(outcome, RegistryError)]
    run = {
        "tool": {"driver": {"name": "mgr", "version": version, "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(errors, call_remarks(reports), base)],
        "results": [
            _result(finding, said, subject=report.subject, index=codes.index(finding.code), base=base)
            for report, finding, said in found
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    return {"id": str(code), "shortDescription": {"text": code.rule}}


def _result(finding: Finding, said: str, *, subject: str, index: int, base: Path) -> dict[str, Any]:
    place = finding.place
    return {
        "ruleId": str(finding.code),
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": _message(said),
        **({"locations": [_location(place, base)]} if place else {}),
        "partialFingerprints": {"codePointerAndMessage/v1": _fingerprint(finding, subject)},
    }


def _invocation(errors: Sequence[RegistryError], remarks: Mapping[str, Code], base: Path) -> dict[str, Any]:
    notifications = [_notification(error, base) for error in errors]
    notifications += [
        {"level": "note", "descriptor": {"id": str(code)}, "message": _message(text)} for text, code in remarks.items()
    ]
    return {
        "executionSuccessful": not errors,
        **({"toolExecutionNotifications": notifications} if notifications else {}),
    }


def _notification(error: RegistryError, base: Path) -> dict[str, Any]:
    place = place_of(error)
    return {
        "level": "error",
        "descriptor": {"id": type(error).__name__},
        "message": _message(str(error)),
        **({"locations": [_location(place, base)]} if place else {}),
    }


def _message(text: str) -> dict[str, str]:
    """Return a text that is shown literally: braces would be placeholders, and ``](`` is part of every link."""
    text = text.replace("{", "{{").replace("}", "}}")
    return {"text": _LINK_SIGNS.sub(r"\\\g<0>", text) if "](" in text else text}


def _location(place: Place, base: Path) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.file, base)}
    if place.line is not None:
        column = {"startColumn": place.column} if place.column is not None else {}
        physical["region"] = {"startLine": place.line, **column}
    logical = {"logicalLocations": [{"fullyQualifiedName": place.pointer}]} if place.pointer else {}
    return {"physicalLocation": physical, **logical}


def _artifact(file: str, base: Path) -> dict[str, str]:
    name = relative_name(file, base)
    if name is None:
        return {"uri": absolute(file, base).as_uri()}
    return {"uri": quote(os.fsencode(name)), "uriBaseId": "%SRCROOT%"}


def _fingerprint(finding: Finding, subject: str) -> str:
    """Return what identifies a finding wherever it is in the file: code, subject and message."""
    about = finding.place.pointer if finding.place and finding.place.pointer else subject
    text = f"{finding.code}\n{about}\n{finding.where}\n{finding.message}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
