"""Words of a command, as argparse takes them."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.texts.command import Word
from model_garden_registry.dialects.texts.options import meaning_of, option_items, plain_option, written_option
from model_garden_registry.dialects.vocabulary import Vocabulary
from model_garden_registry.dialects.vocabulary import Word as Key

KEYS = {
    "model": {"string"},
    "max_len": {"integer"},
    "max_seqs": {"integer"},
    "enable_lora": {"boolean"},
    "names": {"array", "string"},
    "limits": {"object"},
    "level": {"integer"},
}
TOOL = Vocabulary(
    tool="loom",
    title="Loom",
    version="1.0",
    keys={key: Key(types=frozenset(types)) for key, types in KEYS.items()},
    aliases={"ml": "max_len", "l": "level", "limits_of_media": "limits"},
    negations={"no_enable_lora": "enable_lora", "disable_lora": "enable_lora"},
    retired={},
    refused=frozenset(),
    without_influence={},
    not_followed={},
    tables={},
    elsewhere={},
)


def items(text: str) -> list[tuple[str, object]]:
    """Return keys and values; a word with a dollar is not known, `~` is a space."""
    words = (Word(word.replace("~", " "), "$" not in word, 1, 1) for word in text.split())
    return [(item.key, item.value) for item in option_items(tuple(words), TOOL, positional="model")]


@pytest.mark.parametrize(
    ("written", "key", "is_off"),
    [
        ("--max-len", "max_len", False),
        ("--max_len", "max_len", False),
        ("max-len", "max_len", False),
        ("-ml", "max_len", False),
        ("--limits-of-media", "limits", False),
        ("--limits.image", "limits", False),
        ("--enable-lora", "enable_lora", False),
        ("--no-enable-lora", "enable_lora", True),
        ("--disable-lora", "enable_lora", True),
        ("--max-l", "max_len", False),
        ("--en", "enable_lora", False),
        ("--dis", "enable_lora", True),
    ],
)
def test_an_option_means_a_key(written: str, key: str, is_off: bool) -> None:
    """By itself, another spelling, an opposite, or shortened to what only it begins with."""
    assert meaning_of(written, TOOL) == (key, is_off)


@pytest.mark.parametrize("written", ["--max", "--m", "--limit", "max-l", "-max-l", "--max-lens", "--", "-x", "$ARGS"])
def test_other_options_mean_none(written: str) -> None:
    """Several begin so, or none does; short ones are not shortened."""
    assert meaning_of(written, TOOL) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a/b --max-len 1", [("model", "a/b"), ("--max-len", "1")], id="a model by itself"),
        pytest.param("--enable-lora a/b", [("model", "a/b"), ("--enable-lora", True)], id="a switch takes no word"),
        pytest.param("--no-enable-lora", [("--no-enable-lora", False)], id="an opposite"),
        pytest.param("--enable-lora=x", [("--enable-lora", "x")], id="a switch that is given one all the same"),
        pytest.param("--names a b --max-len 1", [("--names", ["a", "b"]), ("--max-len", "1")], id="several words"),
        pytest.param("--max-len 1 a/b", [("model", "a/b"), ("--max-len", "1")], id="one word"),
        pytest.param("--odd 1 2", [("--odd", ["1", "2"])], id="an option that the tool has not"),
        pytest.param("-l3", [("-l", "3")], id="a number behind a letter"),
        pytest.param("-l=3", [("-l", "3")], id="a number behind a letter and an equals sign"),
        pytest.param("a/b x $ARGS", [("model", "a/b"), ("x", "x"), ("$ARGS", UnknownValue("$ARGS"))], id="more words"),
        pytest.param("$MODEL", [("model", UnknownValue("$MODEL"))], id="an unknown model"),
        pytest.param(
            "--limits.image 1 --limits.size.x=2k --limits.of+ a,b --limits.is true",
            [("--limits", {"image": 1, "size": {"x": "2k"}, "of": ["a", "b"], "is": True})],
            id="parts of a mapping",
        ),
        pytest.param("--limits.a 1 --limits.a.b 2", [("--limits", {"a": 1, "b": 2})], id="a part within a number"),
        pytest.param("--limits.a $X", [("--limits", {"a": UnknownValue("$X")})], id="an unknown part"),
        pytest.param("--limits.a " + "[" * 99_999, [("--limits", {"a": "[" * 99_999})], id="a part without end"),
        pytest.param("--limits {\"a\":~1}", [("--limits", '{"a": 1}')], id="a mapping as JSON"),
    ],
)  # fmt: skip
def test_words_become_items(text: str, found: list[tuple[str, object]]) -> None:
    """The words that belong to none first, then options as they are written."""
    assert items(text) == found


def test_an_item_stands_where_its_option_does() -> None:
    """That of a mapping where its first part does."""
    words = (Word("--limits.a", True, 2, 3), Word("1", True, 2, 14), Word("--limits.b=2", True, 3, 3))

    assert option_items(words, TOOL) == (Item("--limits", {"a": 1, "b": 2}, 2, 3),)


def test_without_a_positional_key_words_are_unknown() -> None:
    """Each is a key that the tool has not."""
    assert option_items((Word("a/b", True, 1, 1),), TOOL) == (Item("a/b", "a/b", 1, 1),)


def test_keys_are_written_as_options() -> None:
    """And read back."""
    assert [written_option(key) for key in KEYS][1:3] == ["--max-len", "--max-seqs"]
    assert all(plain_option(written_option(key)) == key for key in KEYS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("--enable-lora True", [("--enable-lora", "True")]),
        ("--enable-lora false --level 3", [("--enable-lora", "false"), ("--level", "3")]),
        ("--enable-lora", [("--enable-lora", True)]),
        ("--enable-lora --level 3", [("--enable-lora", True), ("--level", "3")]),
        ("--enable-lora=True a", [("model", "a"), ("--enable-lora", "True")]),
        ("--no-enable-lora True", [("model", "True"), ("--no-enable-lora", False)]),
        ("--level True", [("--level", "True")]),
        ("True", [("model", "True")]),
    ],
)
def test_a_switch_may_take_a_truth(text: str, found: list[tuple[str, object]]) -> None:
    """Parsers of transformers have it so; argparse's own switches take nothing."""
    words = tuple(Word(word, is_known=True, line=1, column=1) for word in text.split())

    joined = option_items(words, TOOL, positional="model", has_truths=True)

    assert [(item.key, item.value) for item in joined] == found
    assert items("--enable-lora True") == [("model", "True"), ("--enable-lora", True)]


def test_what_may_become_a_truth_belongs_to_its_switch() -> None:
    """Only a shell knows; a switch at the end takes nothing."""
    words = (Word("--enable-lora", is_known=True, line=1, column=1), Word("$ON", is_known=False, line=1, column=9))

    assert option_items(words, TOOL, has_truths=True) == (Item("--enable-lora", UnknownValue("$ON"), 1, 1),)
    assert option_items(words[:1], TOOL, has_truths=True) == (Item("--enable-lora", True, 1, 1),)
