"""``mgr new``: an entry for a model from its own config.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from own_facts import facts_laid_over
from small_llama import CONFIG

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.payloads.entries import entry_document

#: A small model that sees, with the tower of Qwen3-VL-2B.
SEEING = {
    "architectures": ["Qwen3VLForConditionalGeneration"],
    "model_type": "qwen3_vl",
    "text_config": {**CONFIG, "model_type": "qwen3_vl_text"},
    "vision_config": {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "out_hidden_size": 2048},
    "tie_word_embeddings": True,
}
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _families() -> Iterator[None]:
    """Let the shape of a Llama tell all its weights."""
    with facts_laid_over(families={"families": {"llama": {"counted": True}}}):
        yield


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write the config.json of a model."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def test_the_answer_is_an_entry(config: Path, mgr: Ask) -> None:
    """One value a line, as it stands in a registry file; --json gives it as the document of `mgr show`."""
    answer, as_json = (mgr("new", "org/Model-1B", "--config", config, *option) for option in ((), ("--json",)))

    entry = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert (entry["id"], entry["parameters"], entry["base_architecture"]) == ("org/Model-1B", "1.24B", "llama")
    assert answer.out == json.dumps(entry, indent=2, ensure_ascii=False) + "\n"
    assert json.loads(as_json.out) == entry_document(entry)


def test_the_entry_can_be_written_to_the_registry(
    config: Path, mgr: Ask, registry: Callable[[Mapping[str, Any]], Path]
) -> None:
    """At the end of the file in use, ready for lint; a second time it is there already."""
    path = registry({})
    command = "new", "org/Model-1B", "--config", config, "--write"

    written, again = mgr(*command, "--json"), mgr(*command)

    assert (written.code, json.loads(written.out)["entry"]["id"]) == (0, "org/Model-1B")
    assert list(json.loads(path.read_bytes())["models"]) == ["org/model", "org/Model-1B"]
    assert mgr("lint", path).code == 0
    assert (again.code, again.out) == (2, "")
    assert "registry.json: has an entry 'org/Model-1B' already: mgr show org/Model-1B prints it; " in again.err
    assert "name another file with --registry" in again.err


@pytest.mark.parametrize("model_id", ["org/Model-1B", "ORG/model-1b"], ids=["the id", "in another case"])
def test_an_entry_that_there_is_is_not_made_again(
    model_id: str, config: Path, mgr: Ask, registry: Callable[[Mapping[str, Any]], Path]
) -> None:
    """Nor printed: what is pasted would stand there twice."""
    registry({})
    mgr("new", "org/Model-1B", "--config", config, "--write")

    answer = mgr("new", model_id, "--config", config)

    assert (answer.code, answer.out) == (2, "")
    assert "has an entry 'org/Model-1B' already" in answer.err


def test_the_shipped_registry_is_never_written(config: Path, mgr: Ask) -> None:
    """It is that of the package; the line says where to write."""
    before = bundled_registry().read_bytes()

    answer = mgr("new", "org/Model-1B", "--config", config, "--write")

    assert (answer.code, answer.out, bundled_registry().read_bytes()) == (2, "", before)
    assert "the shipped registry is read-only: mgr registry init begins one of your own" in answer.err


def test_a_file_that_registry_names_is_made(config: Path, mgr: Ask, tmp_path: Path) -> None:
    """With the category of the entry; a further one is added with its own."""
    path = tmp_path / "mine.json"
    seeing = tmp_path / "seeing.json"
    seeing.write_text(json.dumps(SEEING), encoding="utf-8")

    first = mgr("--registry", path, "new", "org/Model-1B", "--config", config, "--write")
    second = mgr("--registry", path, "new", "org/Model-VL", "--config", seeing, "--write")

    document = json.loads(path.read_bytes())
    assert (first.code, second.code, mgr("lint", path).code, mgr("schema", "check", path).code) == (0, 0, 0, 0)
    assert [*document["models"]] == ["org/Model-1B", "org/Model-VL"]
    assert [*document["categories"]] == ["text-llm", "vision-vlm"]
    assert "wrote org/Model-1B to " in first.err


def test_a_file_that_is_no_registry_is_not_written(config: Path, mgr: Ask, tmp_path: Path) -> None:
    """And says so; to print an entry it is not needed."""
    path = tmp_path / "mine.json"
    path.write_text("{", encoding="utf-8")

    written = mgr("--registry", path, "new", "org/Model-1B", "--config", config, "--write")

    assert (written.code, path.read_text(encoding="utf-8")) == (3, "{")
    assert mgr("--registry", path, "new", "org/Model-1B", "--config", config).code == 0


def test_a_file_in_no_folder_is_not_made(config: Path, mgr: Ask, tmp_path: Path) -> None:
    """The folder is not ours to make."""
    answer = mgr("--registry", tmp_path / "no" / "mine.json", "new", "org/Model-1B", "--config", config, "--write")

    assert answer.code == 3
    assert "mine.json: cannot be written: No such file or directory" in answer.err


def test_infinity_in_a_configuration_is_read_over(config: Path, mgr: Ask) -> None:
    """Python writes it; here it bounds a time step."""
    text = json.dumps({**CONFIG, "time_step_limit": [0.0, float("inf")]})
    config.write_text(text, encoding="utf-8")

    assert "Infinity" in text
    assert mgr("new", "org/Model-1B", "--config", config).code == 0


@pytest.mark.parametrize("count", ["8B", "8,000,000,000", "8_000_000_000", "8000000000"])
def test_how_large_it_is_can_be_told(count: str, config: Path, mgr: Ask) -> None:
    """As entries state it, or as a number."""
    entry = json.loads(mgr("new", "org/Model", "--config", config, "--parameters", count).out)

    assert entry["architecture"]["parameters"] == 8 * 10**9


def test_it_can_be_read_as_another_and_be_told_its_format(config: Path, mgr: Ask) -> None:
    """Where its own type is not known."""
    config.write_text(json.dumps({**CONFIG, "model_type": "owl"}), encoding="utf-8")
    command = "new", "org/Model-1B-FP8", "--config", config

    unknown = mgr(*command)
    answer = mgr(*command, "--as", "llama", "--quantization", "fp8/fp8")
    plain = mgr(*command, "--as", "llama", "--quantization", "none")

    assert (unknown.code, "pass that as --as TYPE" in unknown.err) == (2, True)
    assert (answer.err, json.loads(answer.out)["quantization"]) == ("", {"method": "fp8", "type": "fp8"})
    assert json.loads(plain.out)["quantization"] == {"method": None, "type": None}


def test_the_number_format_may_stand_beside_the_configuration(config: Path, mgr: Ask) -> None:
    """In ModelOpt's own file."""
    beside = config.with_name("hf_quant_config.json")
    beside.write_text(json.dumps({"quantization": {"quant_algo": "FP8"}}), encoding="utf-8")

    answer = mgr("new", "nvidia/Model-1B", "--config", config)

    assert (answer.err, json.loads(answer.out)["quantization"]) == ("", {"method": "fp8", "type": "modelopt"})


def test_what_only_the_name_says_is_noted(config: Path, mgr: Ask) -> None:
    """On stderr, beside the source in the entry."""
    answer = mgr("new", "nvidia/Model-1B-NVFP4", "--config", config)

    assert json.loads(answer.out)["quantization"]["method"] == "nvfp4"
    assert answer.err == "mgr: note: /quantization: the name of the repository; config.json states no number format\n"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        *(("--parameters", value, "is not a number of parameters") for value in ("many", "0", "-3", "²", "9" * 16, "")),
        *(
            ("--quantization", value, "is not a number format: one of none")
            for value in ("fp8", "fp8/awq", "", "none/none")
        ),
    ],
)
def test_an_option_that_says_nothing_is_refused(option: str, value: str, words: str, config: Path, mgr: Ask) -> None:
    """With what it takes."""
    answer = mgr("new", "org/Model-1B", "--config", config, option, value)

    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_the_index_tells_the_size(config: Path, mgr: Ask, tmp_path: Path) -> None:
    """Where the shape is another's, what the weights weigh decides."""
    index = tmp_path / "index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 4_000_000_000}}), encoding="utf-8")

    answer = mgr("new", "org/Model-2B", "--config", config, "--index", index)

    assert json.loads(answer.out)["parameters"] == "2B"


def test_the_kind_can_be_told(config: Path, mgr: Ask) -> None:
    """A name does not always say it."""
    answer = mgr("new", "org/Model-1B", "--config", config, "--kind", "reasoning")

    assert "reasoning" in json.loads(answer.out)["tags"]


def test_an_embedding_model_is_not_trained_here(config: Path, mgr: Ask) -> None:
    """Told by its name or by ``--kind``, and nothing of chat is said of it."""
    answer = mgr("new", "org/Model-1B", "--config", config, "--kind", "embedding")

    assert json.loads(answer.out)["capabilities"]["training"] is False


@pytest.mark.parametrize(
    ("model_id", "changes", "code", "words"),
    [
        pytest.param("Model", {}, 2, "write it as ORG/MODEL", id="no repository"),
        pytest.param("org/Model 1", {}, 2, "write it as ORG/MODEL", id="a space"),
        pytest.param("org/Model", {"model_type": "rwkv"}, 2, "unknown architecture 'rwkv'", id="unknown"),
        pytest.param("org/Model", {"vocab_size": None}, 3, "states no vocab_size", id="a number is missing"),
    ],
)
def test_what_cannot_be_made_is_refused(
    model_id: str, changes: dict[str, Any], code: int, words: str, config: Path, mgr: Ask
) -> None:
    """With the reason, and nothing on stdout."""
    config.write_text(json.dumps({**CONFIG, **changes}), encoding="utf-8")

    answer = mgr("new", model_id, "--config", config)

    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
