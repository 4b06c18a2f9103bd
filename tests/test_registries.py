"""Whole registry files, found by glob: what the check says of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_garden_registry.checks.entry.registry_files import check_registry_file
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.entries.registry_schema import registry_schema
from model_garden_registry.findings import Code, Section

REGISTRIES = Path(__file__).parent / "registries"
VALID = sorted(REGISTRIES.glob("valid/*.json"))
EXPECTED = sorted(REGISTRIES.glob("invalid/*.findings.json"))
INVALID = sorted(path for path in REGISTRIES.glob("invalid/*.json") if path not in EXPECTED)

#: Findings about a model for a task, about its physics, or about hardware: none of a file's own check.
OF_OTHER_CHECKS = {
    *(code for code in Code if code.section is Section.DIALECT),
    *(Code.ENTRY_INVALID, Code.TASK_UNSUPPORTED, Code.DEPRECATED, Code.METHOD_MISMATCH, Code.NO_GPU_NEEDED),
    *(Code.NOT_MODELLED, Code.SEQUENCES_MANY, Code.LEFT_TO_SCHEMA_CHECK, Code.FINDINGS_LEFT_OUT),
    *(Code.TAG_MISMATCH, Code.TAG_UNKNOWN),
    *(Code.NOT_CHECKED, Code.GPU_REQUIRED, Code.CONTEXT_TOO_LONG, Code.HEADS_INDIVISIBLE, Code.GPUS_FEW),
    *(Code.RANK_UNSERVABLE, Code.BNB_TENSOR_PARALLEL, Code.PARAMETERS_MISMATCH, Code.NAME_SAYS_4BIT),
    *(Code.MINIMUM_BELOW_WEIGHTS, Code.MINIMUM_BELOW_ESTIMATE, Code.MINIMUM_NEEDLESS, Code.IMAGE_EXCEEDS_SEQUENCE),
    *(Code.NO_LIBRARY, Code.DRIVER_NOT_LOADED, Code.VERSION_MISMATCH, Code.NO_PERMISSION, Code.INIT_FAILED),
    *(Code.NO_ANSWER, Code.NO_DEVICE, Code.MASKED, Code.MIG_EMPTY, Code.GPU_LOST, Code.ORDER_AMBIGUOUS),
    *(Code.FROM_TABLE, Code.CC_LOW, Code.CC_UNKNOWN, Code.BF16_UNSUPPORTED, Code.ENGINE_UNSUPPORTED),
    *(Code.ESTIMATE_COARSE, Code.SHAPE_MISSING, Code.MINIMUM_IS_FOR_DEFAULTS, Code.VRAM_LOW, Code.VRAM_BORDERLINE),
    *(Code.VRAM_BELOW_RECOMMENDED, Code.VRAM_UNKNOWN, Code.UNIFIED_MEMORY, Code.FREE_LOW, Code.ECC_ERRORS),
    *(Code.GPUS_MIXED, Code.RAM_LOW, Code.RAM_UNKNOWN, Code.LAYERS_MISMATCH, Code.CACHE_LOW),
    *(Code.SPLIT_CHOSEN, Code.SPLIT_BELOW_STATED, Code.WEIGHT_ONLY, Code.GROUP_INDIVISIBLE, Code.PLUGIN_NEEDED),
    *(Code.LORA_RANK_FLAG, Code.RATE_UNUSUAL, Code.SETTING_IGNORED, Code.CC_ASSUMED, Code.SHAPE_EXCEEDS_PARAMETERS),
    Code.DEFAULTS_REFUSED,
    *(Code.SOURCE_MISSING, Code.SOURCE_DECLARED, Code.SOURCE_KIND, Code.SOURCE_OLD),
}


@pytest.fixture(scope="module")
def checker() -> SchemaChecker:
    """Compile the schema once."""
    return SchemaChecker(registry_schema())


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_file_has_no_findings(path: Path, checker: SchemaChecker) -> None:
    """Among them the registry that the application uses today."""
    assert check_registry_file(path, checker).findings == ()


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_file_has_exactly_the_expected_findings(path: Path, checker: SchemaChecker) -> None:
    """The codes that stand beside it, in file order, each with a place in the file."""
    expected = json.loads(path.with_suffix(".findings.json").read_bytes())

    findings = check_registry_file(path, checker).findings

    assert [str(finding.code) for finding in findings] == expected
    assert {finding.place.file for finding in findings if finding.place} == {str(path)}
    assert all(finding.place and finding.place.line and finding.place.column for finding in findings)


def test_every_invalid_file_has_its_expectation() -> None:
    """And every expectation its file; none of them is empty."""
    assert [path.with_suffix(".findings.json") for path in INVALID] == EXPECTED
    assert [path for path in EXPECTED if not json.loads(path.read_bytes())] == []


def test_every_finding_of_the_check_occurs() -> None:
    """A rule without a file that breaks it may not work at all."""
    seen = {code for path in EXPECTED for code in json.loads(path.read_bytes())}

    assert {str(code) for code in set(Code) - OF_OTHER_CHECKS} == seen
