"""A tool's file as a table of rules, written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from made_up_tool import request
from sound_entry import ENTRY

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import UnsayableError, same
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.files.yaml_text import parse_yaml


def asked(changes: dict[str, Any] | None = None, **overrides: Any) -> ExportRequest:
    """Return a request for the made-up tool; changes are to the entry's training defaults."""
    entry = ModelInfo.model_validate(ENTRY | {"training_defaults": ENTRY["training_defaults"] | (changes or {})})
    return request(merge(entry, "training", Layer(overrides)), entry)


def test_a_file_says_the_model_what_is_always_there_and_every_rule(weaver: Dialect) -> None:
    """Keys stand in this order, and the notes before them where the form has comments."""
    made = weaver.export(asked())

    assert made.text.startswith("# run: weaver FILE\n# ")
    assert parse_yaml(made.text) == {
        "model": "org/model",
        "log_to": "logs of org/model",
        "rate": 0.0002,
        "rows": 2,
        "length": 2048,
        "kernel": "sdpa",
        "adapter.rank": 16,
    }


def test_each_form_is_written(weaver: Dialect) -> None:
    """JSON has no comments: what they would say is in the notes."""
    as_json = weaver.export(asked(), "json")

    assert json.loads(as_json.text)["rows"] == 2
    assert as_json.notes[0] == "run: weaver FILE"
    assert weaver.export(asked(), "script").text.endswith("\nweave('org/model', 7)\n")
    with pytest.raises(UnsupportedExportError, match="written as yaml or json or script, not as argv"):
        weaver.export(asked(), "argv")


def test_what_the_tool_cannot_say_is_refused_all_at_once(weaver: Dialect) -> None:
    """An override is never dropped in silence, and a rule says why it cannot be written."""
    with pytest.raises(UnsupportedExportError) as caught:
        weaver.export(asked(max_seq_length=8192, packing=True))

    assert str(caught.value) == (
        "model 'org/model' cannot be exported for weaver: Weaver takes 4096 tokens at most; Weaver has no option for "
        "packing"
    )


def test_what_the_entry_states_and_the_tool_cannot_say_is_a_note(weaver: Dialect) -> None:
    """An assumption about the load is neither; what is switched off is not either."""
    made = weaver.export(asked({"selective_loss": {"supported": True, "default_level": "moderate"}}))

    assert "selective_loss.supported = True: Weaver has no equivalent" in made.notes
    assert not any("images_per_sample" in note or "recommended" in note for note in made.notes)


def test_what_a_dialect_explains(weaver: Dialect) -> None:
    """Keys and settings of its rules, the model and its stack among them."""
    assert {"model", "rows", "adapter.rank"} <= weaver.understood
    assert {"stack", "batch_size", "lora_config.r"} <= weaver.said


def test_a_file_may_name_no_model(weaver: Dialect) -> None:
    """It goes with a model that is named elsewhere."""
    nameless = replace(weaver, model_key=None)

    assert "model" not in nameless.words(asked())
    assert "model" not in nameless.understood


def test_a_note_cannot_leave_its_comment(weaver: Dialect) -> None:
    """Comments stand before a file in a form that has them; a line break in a note is written as an escape."""
    loud = replace(weaver, notes=lambda _: ("one\nimport os",))

    assert loud.export(asked(), "yaml").text.startswith("# one\\nimport os\n")
    assert loud.export(asked(), "script").text.startswith("# one\\nimport os\n")
    assert loud.export(asked(), "json").notes[0] == "one\nimport os"


def test_a_change_of_settings_is_said_in_the_tools_keys(weaver: Dialect) -> None:
    """Only keys whose value is another; one that goes is null, and a setting without a key is passed over."""
    before, after = asked(batch_size=8), asked(batch_size=1, packing=True)
    unlimited = replace(weaver, rules=(same("rows", "eval_batch_size"),))

    assert weaver.changed(before, after, {"batch_size", "packing"}) == {"rows": 1}
    assert weaver.changed(before, before, {"batch_size"}) == {}
    assert unlimited.changed(asked(eval_batch_size=2), before, {"eval_batch_size"}) == {"rows": None}
    assert unlimited.changed(asked(eval_batch_size=1), before, {"eval_batch_size"}) == {}  # the tool's own default


def test_what_a_file_said_need_not_be_what_is_written(weaver: Dialect) -> None:
    """Only the new value must have words."""
    long, short = asked(max_seq_length=8192), asked(max_seq_length=1024)

    assert weaver.changed(long, short, {"max_seq_length"}) == {"length": 1024}
    with pytest.raises(UnsayableError, match="4096 tokens at most"):
        weaver.changed(short, long, {"max_seq_length"})
