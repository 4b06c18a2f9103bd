"""
The command line: one file per command.

A file of this wing imports only from files above it in this list:

- exit_codes: what a process says of itself when it ends.
- text: wording for people: words of messages, aligned columns, colours.
- output: the answer to stdout, the talk to stderr, and what a terminal can show.
- shared_options: options that every command takes, and the registry that they name.
- command: a command or group that takes them, and that turns errors into exit codes.
- completion: what a shell may offer.
- settings_options: options that change settings, for every command that merges them.
- hardware_options: on which hardware models are judged.
- filter_options: which models, and in which order.
- csv_text: lines of CSV.
- table: columns with headers.
- list_formats: rows as table, CSV, Markdown, JSON lines or ids.
- list: rows of the registry.
- page: one thing for people: headings, labels, values.
- show: one model.
- compare: models side by side.
- categories: groups of models.
- stats: how many there are of each kind.
- defaults: merged settings.
- judged_gpus: which GPUs were judged, in words.
- report_text: reports in words.
- report_formats: reports in the format asked for, and their exit code.
- report_options: options of every command that reports.
- registry_places: where in the registry file the models of reports stand.
- validate: models for a task.
- hardware: what this machine has.
- bars: bars of text.
- sweep_options: many values of one setting.
- estimate_text: estimates in words.
- estimate: memory, part by part.
- fit_text: buckets of models, in words.
- fit: which models run on some hardware.
- file_checks: whole files, one after the other.
- file_fixes: derived numbers of whole files, written anew.
- schema: files against the schema, and the schema itself.
- schema_hook: the entry of the pre-commit hook.
- lint: files against the rules and physics.
- audit: where numbers come from.
- diff_text: what changed, in words and as Markdown.
- diff: two registries.
- new: an entry from a model's own config.json.
- serve: the registry over HTTP.
- app: all commands together.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run ``mgr`` with the arguments of this process."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # other packages' plugins: not ours, and slow to look for
    try:
        from model_garden_registry.cli.app import app  # late: other programs of this wing do without Typer

        app(prog_name="mgr")
    except KeyboardInterrupt:
        sys.exit(130)
