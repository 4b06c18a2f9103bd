"""Files of other tools: written, read, judged, and held against the registry."""

from pathlib import Path
from typing import assert_type

from model_garden_registry import (
    CheckedConfig,
    Drift,
    Exported,
    ForeignConfig,
    ForeignFileError,
    Report,
    UnsupportedExportError,
    get_registry,
    known_gpu,
    read_config,
    read_configs,
)


def write_for_a_tool(folder: Path) -> None:
    try:
        made = get_registry().export("a/b", "axolotl", form="yaml", hardware=known_gpu("L4"), batch_size=1)
    except UnsupportedExportError as error:
        assert_type(error.target, str)
        assert_type(error.why, str)
        return
    assert_type(made, Exported)
    assert_type(made.notes, tuple[str, ...])
    (folder / "run.yaml").write_text(made.text)


def judge_a_file(path: Path) -> bool:
    try:
        config = read_config(path)
    except ForeignFileError as error:
        assert_type(error.line, int | None)
        return False
    assert_type(config, ForeignConfig)
    assert_type(config.model_id, str | None)
    checked = get_registry().check(config, model="a/b", hardware=None)
    assert_type(checked, CheckedConfig)
    assert_type(checked.report, Report)
    for remedy in checked.remedies:
        print(remedy.changes, remedy.verdict)
    return checked.report.is_valid


def differ(path: Path) -> list[str]:
    found: list[str] = []
    for config in read_configs(path):
        drift = get_registry().drift(config)
        assert_type(drift, Drift)
        found += [difference.setting for difference in drift.differences]
    return found
