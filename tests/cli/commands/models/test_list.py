"""`mgr list`."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from nvml_stand_in.build import StandIn

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.cli.commands.models.list import ListFormat
from model_garden_registry.visible_text import visible

Ask = Callable[..., Any]
Write = Callable[..., Path]

ENTRIES = (
    {"id": "org/old", "status": "deprecated", "parameters": "7B", "tags": ["small", "chat"]},
    {
        "released": "2025-11",
        "id": "org/text",
        "parameters": "500M",
        "requirements": {"min_vram_gb": 4.5, "recommended_vram_gb": 6},
    },
    {
        "id": "lab/eyes",
        "released": "2025-01",
        "name": "Eyes",
        "category": "vision-vlm",
        "provider": "lab",
        "base_architecture": "qwen2_vl",
        "architecture": {"model_type": "qwen2_5_vl"},
        "tags": ["vision", "chat"],
        "status": "experimental",
        "parameters": "72B",
        "quantization": {"method": "4bit", "type": "bitsandbytes"},
        "capabilities": {"vision": True, "training": False},
        "training_defaults": None,
        "requirements": {
            "min_vram_gb": 40,
            "recommended_vram_gb": 48,
            "inference": {"min_vram_gb": 38, "recommended_vram_gb": 48},
        },
    },
)


@pytest.fixture(autouse=True)
def _three_models(registry: Write) -> None:
    registry(*ENTRIES)


def test_a_piped_table_is_plain_and_whole_with_deprecated_models_last(mgr: Ask) -> None:
    """Columns are aligned, nothing is cut, no escape is written; otherwise the file's order."""
    assert mgr("list").out == (
        "ID        NAME   CATEGORY    SIZE  VRAM GB  STATUS\n"
        "org/text  Model  text-llm    500M    4.5-6  stable\n"
        "lab/eyes  Eyes   vision-vlm   72B    40-48  experimental\n"
        "org/old   Model  text-llm      7B    20-24  deprecated\n"
    )


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        pytest.param("", ["org/old", "org/text", "lab/eyes"], id="nothing asked"),
        pytest.param("EYES", ["lab/eyes"], id="query, case ignored"),
        pytest.param("'org* chat'", ["org/old"], id="query of two words with a wildcard"),
        pytest.param("--category vision-vlm", ["lab/eyes"], id="category"),
        pytest.param("--tag chat", ["org/old", "lab/eyes"], id="tag"),
        pytest.param("--tag chat --tag small", ["org/old"], id="both tags"),
        pytest.param("--status stable", ["org/text"], id="status"),
        pytest.param("--provider LAB", ["lab/eyes"], id="provider, case ignored"),
        pytest.param("--architecture qwen2_5_vl", ["lab/eyes"], id="model type"),
        pytest.param("--architecture llama", ["org/old", "org/text"], id="base architecture"),
        pytest.param("--task training", ["org/old", "org/text"], id="task"),
        pytest.param("--quantized", ["lab/eyes"], id="quantised"),
        pytest.param("--no-quantized", ["org/old", "org/text"], id="not quantised"),
        pytest.param("--vision", ["lab/eyes"], id="vision"),
        pytest.param("--no-vision", ["org/old", "org/text"], id="no vision"),
        pytest.param("--max-vram 4.5", ["org/text"], id="memory, the bound itself"),
        pytest.param("--size tiny", ["org/text"], id="class of size"),
        pytest.param("--size 7B..70B", ["org/old", "lab/eyes"], id="range of sizes"),
        pytest.param("--size ..8B --sort size", ["org/text", "org/old"], id="sizes up to one, sorted"),
        pytest.param("--sort vram", ["org/text", "org/old", "lab/eyes"], id="sorted by memory"),
        pytest.param("--max-vram 38 --task inference", ["org/old", "org/text", "lab/eyes"], id="memory for a task"),
        pytest.param("--sort id", ["lab/eyes", "org/old", "org/text"], id="sorted by id"),
        pytest.param("--sort parameters", ["org/text", "org/old", "lab/eyes"], id="sorted by size"),
        pytest.param("--sort released", ["org/text", "lab/eyes", "org/old"], id="the newest first, unknown last"),
        pytest.param("--sort id --limit 2", ["lab/eyes", "org/old"], id="the first of them"),
    ],
)
def test_an_option_keeps_or_orders_rows(arguments: str, kept: list[str], mgr: Ask) -> None:
    """Each filter keeps what it names; they add up; `--sort` and `--limit` come after them."""
    assert mgr("list", "--format", "ids", *shlex.split(arguments)).out.split() == kept


def test_quiet_writes_ids(mgr: Ask) -> None:
    """`-q` and `--quiet` are `--format ids`."""
    assert mgr("list", "-q").out == mgr("list", "--quiet").out == "org/old\norg/text\nlab/eyes\n"


def test_json_has_rows_with_both_groups_of_defaults(mgr: Ask) -> None:
    """The eleven documented keys, and defaults in which clients may read without looking first."""
    eyes = json.loads(mgr("list", "--vision", "--json").out)["models"]

    assert eyes == [
        {
            "id": "lab/eyes",
            "name": "Eyes",
            "category": "vision-vlm",
            "parameters": "72B",
            "description": "Eight billion parameters.",
            "tags": ["vision", "chat"],
            "status": "experimental",
            "is_vision": True,
            "is_quantized": True,
            "min_vram_gb": 40,
            "recommended_vram_gb": 48,
            "training_defaults": {"hyperparameters": {}, "lora_config": {}},
            "inference_defaults": {
                "max_model_len": 8192,
                "dtype": "auto",
                "gpu_memory_utilization": 0.0,
                "quantization": None,
                "tensor_parallel_size": 1,
            },
        }
    ]


def test_every_format_has_a_writer(mgr: Ask) -> None:
    """No two formats give the same text."""
    written = {shape: mgr("list", "llama", "--format", shape) for shape in get_args(ListFormat)}

    assert {answer.code for answer in written.values()} == {0}
    assert len({answer.out for answer in written.values()}) == len(written) == 6


def test_json_lines_are_the_rows_of_json(mgr: Ask) -> None:
    """One row a line, the same values."""
    lines = mgr("list", "--format", "jsonl").out.splitlines()

    assert [json.loads(line) for line in lines] == json.loads(mgr("list", "--json").out)["models"]


def test_json_escapes_what_a_terminal_would_act_on(mgr: Ask, registry: Write) -> None:
    """The value stays what it is, the bytes are harmless: DEL, C1 controls and marks that reorder text."""
    registry({"id": "org/one", "name": "a\x9b2Jb\u202ec"}, {"id": "org/two", "name": "d\x7fe"})

    answers = [mgr("list", model_id, "--json").out for model_id in ("org/one", "org/two")]

    assert r"a\u009b2Jb\u202ec" in answers[0]
    assert r"d\u007fe" in answers[1]
    assert [json.loads(answer)["models"][0]["name"] for answer in answers] == ["a\x9b2Jb\u202ec", "d\x7fe"]


def test_json_escapes_every_mark_that_text_escapes(mgr: Ask, registry: Write) -> None:
    """One class of characters for both; one beyond 16 bits is written as JSON writes it, in two halves."""
    marks = "".join(mark for mark in map(chr, range(0x20, 0xF0000)) if mark not in '\\"' and visible(mark) != mark)
    marks = "".join(mark for mark in marks if not "\ud800" <= mark <= "\udfff")
    registry({"name": marks})

    answer = mgr("list", "--json").out

    assert answer.isascii()
    assert json.loads(answer)["models"][0]["name"] == marks


def test_csv_has_the_eleven_columns(mgr: Ask) -> None:
    """Tags are separated by semicolons, flags are true or false."""
    rows = list(csv.reader(io.StringIO(mgr("list", "--format", "csv").out)))

    assert rows[0] == [
        *("id", "name", "category", "parameters", "description", "tags", "status"),
        *("is_vision", "is_quantized", "min_vram_gb", "recommended_vram_gb"),
    ]
    assert rows[3] == [
        *("lab/eyes", "Eyes", "vision-vlm", "72B", "Eight billion parameters.", "vision;chat", "experimental"),
        *("true", "true", "40", "48"),
    ]


def test_the_table_says_how_many_gpus_there_must_be(mgr: Ask, registry: Write) -> None:
    """Where one is not enough; the memory is that of each."""
    needs = {"min_vram_gb": 56, "recommended_vram_gb": 80, "min_gpus": 4}
    registry({"id": "org/one"}, {"id": "org/four", "requirements": needs})

    table, markdown = mgr("list").out, mgr("list", "--format", "markdown").out

    assert re.findall(r"(?:\dx )?\d+-\d+", table) == re.findall(r"(?:\dx )?\d+-\d+", markdown) == ["20-24", "4x 56-80"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_csv_holds_no_formula(sign: str, mgr: Ask, registry: Write) -> None:
    """A text that a spreadsheet would calculate starts with an apostrophe, and so does each such tag."""
    registry({"name": f"{sign}HYPERLINK(1)", "tags": ["small", f"{sign}1", f"a{sign}"]})

    (_, row) = csv.reader(io.StringIO(mgr("list", "--format", "csv").out))

    assert (row[1], row[5]) == (f"'{sign}HYPERLINK(1)", f"small;'{sign}1;a{sign}")


def test_markdown_shows_what_markdown_would_act_on(mgr: Ask, registry: Write) -> None:
    """A pipe ends no cell, and nothing becomes code, emphasis, a link or HTML."""
    registry({"name": "a|b `c` *d* [e](f) <g>"})

    assert mgr("list", "--format", "markdown").out == (
        "| ID | NAME | CATEGORY | SIZE | VRAM GB | STATUS |\n"
        "| --- | --- | --- | ---: | ---: | --- |\n"
        r"| org/model | a\|b \`c\` \*d\* \[e\](f) \<g\> | text-llm | 8B | 20-24 | stable |"
        "\n"
    )


@pytest.mark.parametrize("shape", ["table", "csv", "markdown"])
def test_a_name_cannot_write_markup_or_escapes(shape: str, mgr: Ask, registry: Write) -> None:
    """A control character is shown as its escape; brackets are only brackets."""
    registry({"name": "[red]x[/] \x1b[2J\nend\u202e"})

    answer = mgr("list", "--format", shape).out

    shown = answer.replace("\\[", "[").replace("\\]", "]").replace("\\\\", "\\")
    assert r"[red]x[/] \x1b[2J\nend\u202e" in shown
    assert not set(answer) & {"\x1b", "\u202e"}


def test_nothing_found_is_an_answer(mgr: Ask) -> None:
    """Exit 0 and an empty list; stderr says that nothing matched."""
    answer = mgr("list", "nothing-like-it", "--json")

    assert json.loads(answer.out) == {"format": "mgr.list/1", "total": 0, "models": []}
    assert (answer.code, answer.err) == (0, "mgr: note: no model matches; the registry has 3\n")


def test_the_total_counts_what_matches_before_the_limit(mgr: Ask) -> None:
    """The list is the first of them."""
    document = json.loads(mgr("list", "--category", "text-llm", "--limit", "1", "--json").out)

    assert (document["total"], [row["id"] for row in document["models"]]) == (2, ["org/old"])


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        pytest.param("--category=vison-vlm", "category 'vison-vlm'; did you mean vision-vlm?", id="category"),
        pytest.param(
            "--category=Text-LLM", "category 'Text-LLM'; did you mean text-llm?", id="category in another case"
        ),
        pytest.param("--tag=smal", "tag 'smal'; did you mean small?", id="tag"),
        pytest.param("--provider=lba", "provider 'lba'; did you mean lab?", id="provider"),
        pytest.param("--architecture=lama", "architecture 'lama'; did you mean llama?", id="architecture"),
    ],
)
def test_a_name_that_occurs_nowhere_gets_near_names(option: str, hint: str, mgr: Ask) -> None:
    """The list is empty, and stderr says what may have been meant."""
    answer = mgr("list", option, "-q")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines()[1:] == [f"mgr: note: no model has {hint}"]


def test_a_filter_that_only_leaves_nothing_over_gets_no_hint(mgr: Ask) -> None:
    """The tag exists, the provider too (whatever its case); they do not meet."""
    answer = mgr("list", "--tag", "vision", "--provider", "ORG")

    assert answer.err == "mgr: note: no model matches; the registry has 3\n"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param("--status old", id="unknown status"),
        pytest.param("--sort age", id="unknown field"),
        pytest.param("--task cooking", id="unknown task"),
        pytest.param("--max-vram -1", id="negative memory"),
        pytest.param("--max-vram nan", id="memory that is no number"),
        pytest.param("--limit 0", id="no rows"),
        pytest.param("--json --format csv", id="two formats"),
        pytest.param("-q --json", id="ids and JSON"),
        pytest.param("--categry text-llm", id="unknown option"),
    ],
)
def test_a_wrong_question_exits_with_2(arguments: str, mgr: Ask) -> None:
    """Nothing is answered; stderr says what is wrong and where the help is."""
    answer = mgr("list", *arguments.split())

    assert answer.code == 2
    assert answer.err.startswith("mgr: error: ")
    assert answer.err.endswith("mgr: note: mgr list --help shows what it takes\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--status", "stabel"],
            "--status: 'stabel' is not one of 'stable', 'experimental', 'deprecated'; did you mean stable?",
            id="a status",
        ),
        pytest.param(
            ["--format", "cvs"],
            "--format: 'cvs' is not one of 'table', 'json', 'jsonl', 'csv', 'markdown', 'ids'; did you mean csv?",
            id="a format",
        ),
        pytest.param(
            ["--color", "alwys"],
            "--color: 'alwys' is not one of 'auto', 'always', 'never'; did you mean always?",
            id="a choice of every command",
        ),
        pytest.param(["--task", "zzz"], "--task: 'zzz' is not one of 'training', 'inference'", id="nothing near"),
        pytest.param(["--max-vram", "-1"], "--max-vram: must be 0 or more", id="our own words"),
        pytest.param(
            ["--size", "smal"],
            "--size: not a size: 'smal'; tiny, small, medium, large, huge, or numbers such as 8B, 7B..14B, ..4B; "
            "did you mean small?",
            id="a size",
        ),
        pytest.param(["--limit", "0"], "--limit: must be 1 or more", id="our own words, of a count"),
        pytest.param(
            ["--json", "--format", "csv"], "--format csv and --json contradict each other", id="no option alone"
        ),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence(arguments: list[str], message: str, mgr: Ask) -> None:
    """The option, what is wrong with it, and of a closed set what may have been meant; nothing of the library."""
    assert mgr("list", *arguments).err.splitlines()[0] == f"mgr: error: {message}"


def test_several_words_must_all_occur(mgr: Ask) -> None:
    """Each an argument of its own, or all in one."""
    apart, together = mgr("list", "lab", "ey*", "-q"), mgr("list", "lab ey*", "-q")

    assert (apart.code, apart.out) == (0, "lab/eyes\n") == (together.code, together.out)


def test_json_with_format_json_is_no_contradiction(mgr: Ask) -> None:
    """Both say the same."""
    assert mgr("list", "--json", "--format", "json").out == mgr("list", "--json").out


def test_a_bad_entry_is_left_out_with_one_warning(mgr: Ask, registry: Write) -> None:
    """The others are listed; the warning has the pointer, is one line and is said once."""
    registry({"id": "org/bad", "requirements": ...}, {"id": "org/good"})

    answer = mgr("list", "--tag", "none-has-it", "--format", "ids")

    assert (answer.code, answer.out) == (0, "")
    warning = (
        "mgr: warning: registry.json: left out: entry 'org/bad' is not valid at /models/org~1bad/requirements: "
        "a required key is missing, found nothing"
    )
    assert [line for line in answer.err.splitlines() if "warning" in line] == [warning]


def test_on_a_terminal_the_table_fits_80_columns(mgr_on_terminal: Ask, registry: Write) -> None:
    """Long ids stay whole; name and category go first."""
    long_id = "organisation/A-Model-With-A-Rather-Long-Name-4bit"
    registry({"id": long_id, "name": "A name of some length"})

    lines = mgr_on_terminal("list", "--color", "never").out.splitlines()

    assert max(map(len, lines)) <= 80
    assert [line.split() for line in lines if line.startswith("organisation")] == [[long_id, "8B", "20-24", "stable"]]


def test_on_a_narrow_terminal_ids_have_lines_of_their_own(mgr_on_terminal: Ask, registry: Write) -> None:
    """No id is cut or broken."""
    registry({"id": "org/abcdefgh", "status": "experimental"})

    _, header, *lines = mgr_on_terminal("list", "--color", "never", env={"COLUMNS": "34"}).out.splitlines()

    assert max(map(len, [header, *lines])) <= 34
    assert [lines[0], lines[1].split()] == ["org/abcdefgh", ["8B", "20-24", "experimental"]]


def test_many_rows_on_a_terminal_are_plain(mgr_on_terminal: Ask, registry: Write) -> None:
    """From 200 rows on nothing is laid out; a column goes where the lines would be too long all the same."""
    registry(*({"id": f"org/model-{number}", "name": "A name of some length" * 2} for number in range(200)))

    lines = mgr_on_terminal("list", "--color", "never").out.splitlines()

    assert lines[-1].split() == ["org/model-199", "text-llm", "8B", "20-24", "stable"]
    assert "─" not in "".join(lines)


def test_forced_colour_in_a_pipe_marks_header_and_status(mgr: Ask) -> None:
    """The layout stays that of a pipe; only escapes are added."""
    coloured = mgr("list", env={"FORCE_COLOR": "1"}).out

    assert coloured.startswith("\x1b[1mID        NAME   CATEGORY    SIZE  VRAM GB  STATUS\x1b[0m\n")
    assert "org/old   Model  text-llm      7B    20-24  \x1b[31mdeprecated\x1b[0m\n" in coloured


#: By what they need of a GPU; the shape is not stated, so that the declared numbers decide.
NEEDS = (
    {"id": "org/small", "requirements": {"min_vram_gb": 10, "recommended_vram_gb": 10}},
    {"id": "org/tight", "requirements": {"min_vram_gb": 20, "recommended_vram_gb": 40}},
    {"id": "org/large", "requirements": {"min_vram_gb": 30, "recommended_vram_gb": 30}},
    {
        "id": "org/old",
        "status": "deprecated",
        "deprecation": {"since": "2026-01", "reason": "Superseded.", "successor": "org/small"},
        "requirements": {"min_vram_gb": 10, "recommended_vram_gb": 10},
    },
    {"id": "org/two", "requirements": {"min_vram_gb": 20, "recommended_vram_gb": 20, "min_gpus": 2}},
    {
        "id": "org/server",
        "requirements": {
            "min_vram_gb": 40,
            "recommended_vram_gb": 40,
            "inference": {"min_vram_gb": 10, "recommended_vram_gb": 10},
        },
    },
    {"id": "org/none", "requirements": {"min_vram_gb": 0, "recommended_vram_gb": 0}},
)
L4 = "driver 570.86.15\ngpu NVIDIA L4\ncapability 8.9\ntotal 23034 MiB\nfree 22700 MiB\n"
ON_AN_L4 = ["org/small", "org/tight", "org/server", "org/none"]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        pytest.param("--gpu L4", ON_AN_L4, id="one"),
        pytest.param("--gpu L4 --fits", ON_AN_L4, id="--fits says no more"),
        pytest.param("--gpu L4:2", ["org/small", "org/tight", "org/two", "org/server", "org/none"], id="two"),
        pytest.param(
            "--gpu L40S", ["org/small", "org/tight", "org/large", "org/server", "org/none"], id="a larger one"
        ),
        pytest.param("--gpu L4 --task training", ["org/small", "org/tight", "org/none"], id="for a task"),
        pytest.param("--gpu L4 --limit 2", ["org/small", "org/tight"], id="the first that fit"),
        pytest.param("--gpu L4 --sort id", ["org/none", "org/server", "org/small", "org/tight"], id="sorted"),
        pytest.param("--gpu V100 --task training", ["org/small", "org/none"], id="several sizes"),
    ],
)
def test_a_gpu_keeps_what_it_can_do(arguments: str, kept: list[str], mgr: Ask, registry: Write) -> None:
    """What `mgr validate` lets pass, for the task or for any; what is deprecated does not pass."""
    registry(*NEEDS)

    assert mgr("list", "--format", "ids", *shlex.split(arguments)).out.split() == kept


def test_the_gpus_of_this_machine_keep_what_they_can_do(mgr: Ask, registry: Write, stand_in: StandIn) -> None:
    """As the driver reports them."""
    stand_in.play(L4)
    registry(*NEEDS)

    answer = mgr("list", "--fits", "-q")

    assert (answer.code, answer.out.split(), answer.err) == (0, ON_AN_L4, "")


def test_what_could_not_be_judged_is_counted(mgr: Ask, registry: Write, stand_in: StandIn) -> None:
    """It is neither listed nor passed over without a word."""
    stand_in.play(f"{L4}fault nvmlDeviceGetMemoryInfo_v2 returns 999\nfault nvmlDeviceGetMemoryInfo returns 999")
    registry(*NEEDS)

    answer = mgr("list", "--fits", "-q")

    assert (answer.code, answer.out) == (0, "org/none\n")
    assert answer.err == "mgr: note: 4 models left out that could not be judged: `mgr validate` says why\n"


def test_a_driver_that_does_not_answer_keeps_nothing(mgr: Ask, registry: Write, stand_in: StandIn) -> None:
    """Nobody takes the list for what fits: exit 3. What needs no GPU is there."""
    stand_in.play(f"fault nvmlInitWithFlags returns 999\n{L4}")
    registry(*NEEDS)

    answer = mgr("list", "--fits", "-q")

    assert (answer.code, answer.out) == (3, "org/none\n")
    assert answer.err == "mgr: note: 5 models left out that could not be judged: `mgr validate` says why\n"


def test_an_entry_that_is_not_valid_could_not_be_judged(mgr: Ask, registry: Write) -> None:
    """Its row can be read, the rest of it cannot."""
    registry(*NEEDS[:1], {"id": "org/bad", "urls": 4})

    answer = mgr("list", "--gpu", "L4", "-q")

    assert (answer.code, answer.out) == (0, "org/small\n")
    assert "mgr: note: 1 model left out that could not be judged: `mgr validate` says why\n" in answer.err


def test_without_a_driver_a_gpu_has_to_be_named(mgr: Ask) -> None:
    """There is nothing to ask: exit 2, and what to write."""
    answer = mgr("list", "--fits")

    assert (answer.code, answer.out) == (2, "")
    assert "there is no NVIDIA driver here to ask; name a GPU with --gpu, such as --gpu L4" in answer.err


def test_an_unknown_gpu_is_invalid_usage(mgr: Ask) -> None:
    """With near names."""
    answer = mgr("list", "--gpu", "L4S")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("mgr: error: no GPU 'L4S' in the table of known GPUs; did you mean L40S")


def test_several_gpus_keep_what_one_of_them_can_do(mgr: Ask, registry: Write) -> None:
    """With a column for each in a table, and the same in JSON; rows of CSV and ids are as ever."""
    registry(*NEEDS)
    named = ("--gpu", "L4,L40S", "--gpu", "L4:2")
    table = mgr("list", *named).out.splitlines()
    markdown = mgr("list", *named, "--format", "markdown").out.splitlines()
    models = json.loads(mgr("list", *named, "--json").out)["models"]

    assert table[0].split() == ["ID", "NAME", "CATEGORY", "SIZE", "VRAM", "GB", "L4", "L40S", "2x", "L4", "STATUS"]
    assert [(line.split()[0], *line.split()[-4:-1]) for line in table[1:]] == [
        ("org/small", "yes", "yes", "yes"),
        ("org/tight", "yes", "yes", "yes"),
        ("org/large", "no", "yes", "no"),
        ("org/two", "no", "no", "yes"),
        ("org/server", "yes", "yes", "yes"),
        ("org/none", "yes", "yes", "yes"),
    ]
    assert markdown[0] == "| ID | NAME | CATEGORY | SIZE | VRAM GB | L4 | L40S | 2x L4 | STATUS |"
    assert models[2]["fits_on"] == {"L4": False, "L40S": True, "2x L4": False}
    assert "fits_on" not in json.loads(mgr("list", "--gpu", "L4", "--json").out)["models"][0]
    assert mgr("list", *named, "--format", "csv").out.splitlines()[0].endswith("recommended_vram_gb")


def test_other_settings_decide_what_fits(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the task that is named."""
    monkeypatch.setenv("MGR_REGISTRY", str(bundled_registry()))
    model, on_a_3060 = "Qwen/Qwen2.5-7B-Instruct", ("-q", "--task", "training", "--gpu", "RTX 3060")
    kept = {method: mgr("list", model, *on_a_3060, "--method", method).out.split() for method in ("lora", "qlora")}

    assert {method: model in ids for method, ids in kept.items()} == {"lora": False, "qlora": True}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param("--set r=8 --gpu L4", "name a --task, and a --gpu or --fits", id="no task"),
        pytest.param("--stack trl --task training", "name a --task, and a --gpu or --fits", id="no GPU"),
        pytest.param("--engine vllm --task training --gpu L4", "--engine: only for inference", id="another task's"),
        pytest.param("--set rr=8 --task training --gpu L4", "rr", id="no such setting"),
    ],
)
def test_settings_without_a_question_are_invalid_usage(arguments: str, problem: str, mgr: Ask) -> None:
    """Exit 2, and what is missing."""
    answer = mgr("list", *shlex.split(arguments))

    assert (answer.code, answer.out) == (2, "")
    assert problem in answer.err


def test_the_best_come_first(mgr: Ask) -> None:
    """Recommended ones, then the newest, then the largest."""
    assert mgr("list", "--sort", "best", "-q").out.split() == ["org/text", "lab/eyes", "org/old"]
