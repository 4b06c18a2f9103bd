"""Derived numbers of whole files, written anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from model_garden_registry.bundled import bundled_schema
from model_garden_registry.checks.entry.derived_requirements import corrections
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.cli.output import say
from model_garden_registry.entries.format_version import newer_major
from model_garden_registry.errors import RegistryReadError, RegistryWriteError
from model_garden_registry.files.documents import parse_document, read_bytes, read_document
from model_garden_registry.files.edits import replace_numbers, rewrite_file
from model_garden_registry.files.positions import pointer_text
from model_garden_registry.units import short_number


def fix_files(files: Iterable[Path]) -> bool:
    """
    Write derived numbers anew, say which, and give whether all that had to be written was.

    A file that cannot be read, or that does not follow the schema, is left to the check that comes after.
    """
    checker = SchemaChecker(read_document(bundled_schema()))
    unwritten = [file for file in files if not _is_fixed(file, checker)]
    return not unwritten


def _is_fixed(path: Path, checker: SchemaChecker) -> bool:
    try:
        content = read_bytes(path)
        document = parse_document(content, path)
    except RegistryReadError:
        return True
    if newer_major(document.get("version")) or list(checker.flaws(document)):
        return True
    found = list(corrections(document, path))
    for one in found:
        if one.obstacle:
            place, old = f"{path}: {pointer_text(one.where)}", short_number(one.old)
            say("warning", f"{place}: stays {old}: {one.new} {one.obstacle}")
    wrong = [one for one in found if not one.obstacle]
    if not wrong:
        return True
    try:
        rewrite_file(path, replace_numbers(content, {one.where: one.new for one in wrong}), read=content)
    except RegistryWriteError as error:
        say("error", str(error))
        return False
    for one in wrong:
        say("note", f"{path}: {pointer_text(one.where)}: {short_number(one.old)} → {one.new}")
    return True
