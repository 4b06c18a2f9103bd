"""Overrides from a JSON, TOML or YAML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import parse_document
from model_garden_registry.files.positions import position_of
from model_garden_registry.files.reading import LARGEST_SETTINGS_BYTES, read_bytes
from model_garden_registry.files.yaml_text import YamlError, parse_yaml
from model_garden_registry.findings import Code

_TOML_PLACE = re.compile(r"(?P<problem>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")


def read_overrides(path: Path) -> Mapping[str, Any]:
    """
    Return the settings in a file; its suffix decides the language: ``.json``, ``.toml``, ``.yaml`` or ``.yml``.

    Raises:
        RegistryReadError: The file cannot be read, is not in that language, or contains no mapping.

        MissingExtraError: The file is YAML and PyYAML is not installed.
    """
    match path.suffix.lower():
        case ".json":
            return parse_document(read_bytes(path, LARGEST_SETTINGS_BYTES), path)
        case ".toml":
            return _parse_toml(path)
        case ".yaml" | ".yml":
            return _parse_yaml(path)
        case _:
            raise RegistryReadError(path, "is not an overrides file: its name must end in .json, .toml, .yaml or .yml")


def _read_text(path: Path) -> str:
    try:
        return read_bytes(path, LARGEST_SETTINGS_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RegistryReadError(path, "is not UTF-8", code=Code.NOT_UTF8) from None


def _parse_toml(path: Path) -> Mapping[str, Any]:
    text = _read_text(path)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        match = _TOML_PLACE.fullmatch(str(error))
        if match is None:
            raise RegistryReadError(path, f"is not TOML: {error}") from None
        end = position_of(text, len(text))
        line, column = int(match["line"] or end.line), int(match["column"] or end.column)
        raise RegistryReadError(path, f"is not TOML: {match['problem']}", line=line, column=column) from None


def _parse_yaml(path: Path) -> Mapping[str, Any]:
    try:
        values = parse_yaml(_read_text(path))
    except YamlError as error:
        raise RegistryReadError(path, f"is not YAML: {error.problem}", line=error.line, column=error.column) from None
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise RegistryReadError(path, "has no settings: one mapping of names to values is expected", line=1, column=1)
    return values
