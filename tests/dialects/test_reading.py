"""A file becomes what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model_garden_registry.dialects import reading
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import ForeignFileError, UnrecognisedFileError
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.reading import config_of, read_config, read_configs
from model_garden_registry.dialects.rules import Rule, Words
from model_garden_registry.files.reading import LARGEST_SETTINGS_BYTES
from model_garden_registry.findings import Code, Severity

TEXT = """model: org/model
lr: 2e-4
rows: 4
adapter: {rank: 128}
kernel: flash
log_to: nowhere
mirror: true
lines: 3
lenght: 100
"""


def test_every_key_is_in_one_of_four_lists(weaver: Dialect, tmp_path: Path) -> None:
    """Settings, no influence, not followed, unknown; what is wrong stands at its line, all at once."""
    file = tmp_path / "weaver.yaml"
    file.write_text(TEXT, encoding="utf-8")

    (config,) = read_configs(file, dialects=[weaver])

    assert config.tool == "Weaver 1.2.0"
    assert config.task == "training"
    assert config.model_id == "org/model"
    assert config.overrides == {"stack": "trl", "learning_rate": 2e-4, "batch_size": 4}
    assert [item.key for item in config.understood] == ["model", "lr", "rows", "adapter.rank"]
    assert [(remark.item.key, remark.text) for remark in config.without_influence] == [("log_to", "logging")]
    assert [remark.item.key for remark in config.not_followed] == ["mirror"]
    assert [(remark.item.key, remark.text) for remark in config.unknown] == [
        ("lines", "write rows, since 1.0"),
        ("lenght", "length"),
    ]
    said = [(finding.code, finding.severity, finding.place and finding.place.line) for finding in config.findings]
    assert said == [
        (Code.KEY_VALUE, Severity.FAIL, 5),
        (Code.KEY_NOT_FOLLOWED, Severity.WARNING, 7),
        (Code.KEY_RETIRED, Severity.FAIL, 8),
        (Code.KEY_UNKNOWN, Severity.FAIL, 9),
        (Code.KEY_VALUE, Severity.FAIL, 4),
    ]
    assert [finding.message for finding in config.findings][-2:] == [
        "lenght is not a key of Weaver 1.2.0, which refuses it; did you mean length?",
        "adapter.rank is at most 64 here",
    ]


def test_a_rule_can_leave_a_value_that_no_setting_follows(weaver: Dialect, tmp_path: Path) -> None:
    """It moves to what is not followed, with a warning at its line."""
    items = [Item("rows", 16, 1, 1), Item("kernel", "eager", 2, 1)]

    config = config_of(tmp_path / "f.yaml", weaver, items)

    assert "attn_implementation" not in config.overrides
    assert [item.key for item in config.understood] == ["rows"]
    assert [(remark.item.key, remark.text) for remark in config.not_followed] == [
        ("kernel", "scores of so many rows are not counted")
    ]
    (finding,) = config.findings
    assert (finding.code, finding.severity, finding.place and finding.place.line) == (
        Code.KEY_NOT_FOLLOWED,
        Severity.WARNING,
        2,
    )


def test_settings_know_their_line_or_whose_default_they_are(weaver: Dialect) -> None:
    """What the file leaves out is as the tool chooses, not as the registry would."""
    config = config_of(Path("w.yaml"), weaver, [Item("rows", 4, 3, 1)], line=2)

    origins = {next(iter(layer.values)): layer.origin.detail for layer in config.layers}

    assert config.model is None
    assert config.model_id is None
    assert config.overrides["lora_config.r"] == 8
    assert origins["batch_size"] == "w.yaml:3: rows"
    assert origins["learning_rate"] == "default of Weaver 1.2.0"


def test_of_keys_that_stand_together_each_setting_knows_its_own(weaver: Dialect) -> None:
    """Of several that say it, the first that the file has; one that is absent says nothing."""
    both = Rule(
        keys=("rows", "length", "rate"),
        settings=("batch_size", "max_seq_length", "learning_rate"),
        write=lambda _: {},
        read=lambda words: {"batch_size": words.get("rows"), "max_seq_length": 512, "learning_rate": 0.1},
        said_by={"batch_size": ("rows",), "max_seq_length": ("length",)},
    )
    items = [Item("rate", 0.1, 1), Item("rows", 2, 2)]

    config = config_of(Path("w.yaml"), replace(weaver, rules=(both,)), items)

    assert {path: item.key for path, item in config.said_by.items()} == {"batch_size": "rows", "learning_rate": "rows"}


def test_what_is_switched_off_or_not_in_the_file_is_told_apart(weaver: Dialect) -> None:
    """A key that is not followed adds nothing where it is off; a variable is said to be one."""
    items = [Item("mirror", False), Item("rows", UnknownValue("$ROWS"), 4)]

    config = config_of(Path("w.sh"), weaver, items)

    assert "batch_size" not in config.overrides
    assert [(finding.code, finding.message) for finding in config.findings] == [
        (Code.KEY_VALUE, "rows is not known from the file: $ROWS")
    ]


@pytest.mark.parametrize(("value", "is_said"), [(True, False), ("true", False), (None, False), (False, True)])
def test_what_a_tool_does_anyway_is_nothing_to_warn_of(weaver: Dialect, value: object, is_said: bool) -> None:
    """A key that is not followed adds nothing with the tool's default; switched off it may."""
    config = config_of(Path("w.yaml"), weaver, [Item("fringe", value)])

    assert [remark.item.key for remark in config.not_followed] == ["fringe"]
    assert [finding.code for finding in config.findings] == [Code.KEY_NOT_FOLLOWED] * is_said


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (
            Item("lines", 3),
            [(Severity.WARNING, "lines was removed, and Weaver 1.2.0 ignores it: write rows, since 1.0")],
        ),
        (Item("warp", "x"), [(Severity.FAIL, "warp was removed, and Weaver 1.2.0 refuses it: leave it out")]),
        (Item("warp", None), []),
        (Item("lines", []), []),
        (Item("lines", False), []),
    ],
)
def test_of_keys_that_are_gone_a_tool_may_refuse_some(
    weaver: Dialect, item: Item, said: list[tuple[Severity, str]]
) -> None:
    """Where it passes over others; one that is switched off is nothing to speak of."""
    config = config_of(Path("w.yaml"), replace(weaver, refuses_unknown=False), [item])

    assert [(finding.severity, finding.message) for finding in config.findings] == said
    assert [remark.item for remark in config.unknown] == [item]


def test_a_rule_may_doubt_a_value_that_the_tool_takes(weaver: Dialect) -> None:
    """A warning at its place, and the settings are read all the same."""

    def read(words: Words) -> dict[str, object]:
        words.doubt("rows", "does less than it says")
        return {"batch_size": words.get("rows")}

    rule = Rule(keys=("rows",), settings=("batch_size",), write=lambda _: {}, read=read)

    config = config_of(Path("w.yaml"), replace(weaver, rules=(rule,)), [Item("rows", 4, 7, 1)])

    (finding,) = config.findings
    assert (finding.code, finding.severity) == (Code.KEY_VALUE, Severity.WARNING)
    assert finding.message == "rows does less than it says"
    assert finding.place is not None
    assert finding.place.line == 7
    assert config.overrides["batch_size"] == 4


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.yaml", b"x: 1\n", "is not a file of a known tool"),
        ("a.yaml", b"\xff\xfe", "is not UTF-8"),
        ("a.yaml", b"a: [", "is not YAML"),
        ("a.json", b"[]", "holds a list, not an object"),
        ("a.txt", b"rows: 1", "is not a file of a known tool"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(
    weaver: Dialect, tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    """What, and where."""
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(UnrecognisedFileError) as caught:
        read_configs(file, dialects=[weaver])

    assert problem in str(caught.value)
    assert str(caught.value).startswith(str(file))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As any other file."""
    with pytest.raises(ForeignFileError, match="no such file"):
        read_configs(tmp_path / "none.yaml")


def test_one_config_is_read_where_there_is_one(
    weaver: Dialect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several commands, none is chosen in silence."""
    one, two = (config_of(Path("w.sh"), weaver, [], line=line) for line in (1, 5))
    monkeypatch.setattr(reading, "read_configs", lambda _: (one,))
    assert read_config(tmp_path) is one

    monkeypatch.setattr(reading, "read_configs", lambda _: (one, two))
    with pytest.raises(ForeignFileError, match="has 2 commands"):
        read_config(tmp_path)


def test_each_command_of_a_file_says_something(tmp_path: Path) -> None:
    """Each with its line, at its own words."""
    file = tmp_path / "run.sh"
    file.write_text(
        "TP=2\nvllm serve a/b -tp $TP --max-model-len 8k\n\nvllm serve $M --max-model-ln 1\n", encoding="utf-8"
    )

    first, second = read_configs(file)

    assert (first.line, first.model_id, first.findings) == (2, "a/b", ())
    assert [first.overrides[name] for name in ("engine", "tensor_parallel_size", "max_model_len")] == ["vllm", 2, 8000]
    assert second.line == 4
    close = "did you mean --max-model-len, --max-log-len or --model-impl?"
    assert [finding.message for finding in second.findings] == [
        "model is not known from the file: $M",
        f"--max-model-ln is not a key of vLLM 0.33.0, which refuses it; {close}",
    ]


def test_what_may_stand_for_options_is_named(tmp_path: Path) -> None:
    """A variable by itself."""
    file = tmp_path / "run.sh"
    file.write_text("vllm serve a/b $ARGS\n", encoding="utf-8")

    (config,) = read_configs(file)

    assert [finding.message for finding in config.findings] == [
        "$ARGS is not known from the file, and may stand for options"
    ]
    assert [remark.item.key for remark in config.unknown] == ["$ARGS"]


@pytest.mark.parametrize(
    ("name", "text", "problem", "line"),
    [
        pytest.param("run.sh", "echo a\n", "starts no known tool", None, id="no command"),
        pytest.param("run.sh", "#\naxolotl train a.yml\n", "starts a tool with a.yml: check that file", 2, id="a file"),
        pytest.param("Dockerfile", "FROM a\n", "starts no known tool", None, id="no command in a Dockerfile"),
        pytest.param("a.yaml", "apiVersion: v1\nkind: A\n---\n{}\n", "starts no known tool", None, id="a manifest"),
        pytest.param("pod.yaml", "run: {{ b }}c\n", "is not YAML", 1, id="a template"),
        pytest.param("run.sh", b"\xff", "is not UTF-8", None, id="bytes"),
    ],
)
def test_files_without_a_command_are_refused(
    tmp_path: Path, name: str, text: str | bytes, problem: str, line: int | None
) -> None:
    """What a command is given is a file of its own."""
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(UnrecognisedFileError, match=problem) as caught:
        read_configs(file)
    assert caught.value.line == line


def test_a_file_with_a_command_that_is_none_is_read_as_keys(tmp_path: Path, weaver: Dialect) -> None:
    """`run: a name` is no script of SkyPilot."""
    file = tmp_path / "weaver.yaml"
    file.write_text("run: first\nrows: 4\n", encoding="utf-8")

    (config,) = read_configs(file, dialects=[weaver])

    assert [item.key for item in config.understood] == ["rows"]


@pytest.mark.parametrize(("key", "code"), [("row", Code.KEY_UNKNOWN), ("warp", Code.KEY_RETIRED)])
@pytest.mark.parametrize("refuses", [True, False])
def test_a_script_may_add_options(weaver: Dialect, key: str, code: Code, refuses: bool) -> None:
    """One that its tool does not know is a warning, whatever the tool does with such a key."""
    script = replace(weaver, is_script=True, refuses_unknown=refuses)

    (finding,) = config_of(Path("run.sh"), script, [Item(key, 3, 1, 1)]).findings

    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    assert "unless the script adds it" in finding.message


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.sh", "#" * (LARGEST_SETTINGS_BYTES + 1), "is larger than 1048576 bytes"),
        ("a.yaml", "#" * (LARGEST_SETTINGS_BYTES + 1), "is larger than 1048576 bytes"),
        ("a.json", " " * (LARGEST_SETTINGS_BYTES + 1), "is larger than 1048576 bytes"),
        ("a.sh", "\nvllm serve a" * 501, "has more than 500 commands"),
        ("a.sh", "\nvllm serve a --b" + " c" * 5_000, "has a command of more than 5000 words"),
    ],
)
def test_what_was_made_to_take_long_is_refused(tmp_path: Path, name: str, text: str, problem: str) -> None:
    """Nobody wrote it, and to judge it would take minutes."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ForeignFileError, match=problem):
        read_configs(file)


def test_near_names_are_looked_up_for_the_first_unknown_keys(weaver: Dialect) -> None:
    """A file of nothing but unknown keys has no slips."""
    config = config_of(Path("w.yaml"), weaver, [Item(f"lenght{number}", 1) for number in range(200)])

    near = [remark.text != "" for remark in config.unknown]
    assert near == [True] * 100 + [False] * 100


def test_a_space_behind_a_backslash_is_said_to_be_one(tmp_path: Path) -> None:
    """It cannot be seen, and the shell ends the command there; at the end of the script nothing follows."""
    file = tmp_path / "serve.sh"
    file.write_text("vllm serve Qwen/Qwen3-8B \\ \n  --max-model-len 8192\n", encoding="utf-8")
    ended = tmp_path / "ended.sh"
    ended.write_text("vllm serve Qwen/Qwen3-8B --max-model-len 8192 \\", encoding="utf-8")

    config = read_config(file)
    (finding,) = config.findings

    assert (finding.code, finding.place and finding.place.line) == (Code.KEY_UNKNOWN, 1)
    assert finding.message == "a space is not a key: after a backslash it ends the command"
    assert config.unknown == ()
    assert read_config(ended).findings == ()


def test_a_key_of_another_release_says_whose_it_is(weaver: Dialect) -> None:
    """It is refused as any that the tool has not, and no near names are looked for."""
    config = config_of(Path("w.yaml"), weaver, [Item("treadle", 1, 2, 1)])

    assert [(remark.item.key, remark.text) for remark in config.unknown] == [("treadle", "of the next release")]
    assert [(finding.code, finding.message) for finding in config.findings] == [
        (
            Code.KEY_UNKNOWN,
            "treadle is not a key of Weaver 1.2.0, which refuses it: it is of the next release",
        )
    ]
