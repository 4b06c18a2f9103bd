"""What drafts tokens for vLLM."""

from __future__ import annotations

import pytest
from serving_commands import DRAFTING, read, request, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.findings import Severity


@pytest.mark.parametrize(
    ("overrides", "written"),
    [
        ({}, None),
        ({"speculative_tokens": 2}, {"method": "mtp", "num_speculative_tokens": 2}),
        ({"speculative_tokens": 3, "draft_model": "a/b"}, {"model": "a/b", "num_speculative_tokens": 3}),
    ],
)
def test_drafting_is_written_as_one_mapping(overrides: dict[str, object], written: dict[str, object] | None) -> None:
    """The model's own layers by their method, another model by its id."""
    assert words(VLLM, DRAFTING, **overrides).get("speculative_config") == written


def test_a_model_that_drafts_nothing_is_refused() -> None:
    """It would be lost."""
    with pytest.raises(UnsupportedExportError, match="draft_model has no effect with speculative_tokens 0"):
        VLLM.words(request(VLLM, draft_model="a/b"))


@pytest.mark.parametrize(
    ("arguments", "tokens", "model"),
    [
        ("", 0, None),
        ('--speculative-config \'{"method": "mtp", "num_speculative_tokens": 2}\'', 2, None),
        ('-sc \'{"method": "qwen3_next_mtp", "num_speculative_tokens": 1, "model": "x"}\'', 1, None),
        ('--speculative-config \'{"model": "a/b", "num_speculative_tokens": 3}\'', 3, "a/b"),
        ("--speculative-config.method eagle3 --speculative-config.model a/b -sc.num_speculative_tokens=4", 4, None),
        ("--speculative_config.model a/b --speculative_config.num_speculative_tokens 4", 4, "a/b"),
        ("--spec-method mtp --spec-tokens 2", 2, None),
        ("--spec-model a/b --spec-tokens 2", 2, "a/b"),
        ("--speculative-config '{}'", 0, None),
    ],
)
def test_drafting_is_read_from_one_mapping_or_from_its_parts(
    arguments: str, tokens: int | None, model: str | None
) -> None:
    """However they are written; two spellings of one mapping are two of them, and the last one counts."""
    overrides = read(VLLM, f"x {arguments}").overrides

    assert (overrides.get("speculative_tokens"), overrides.get("draft_model")) == (tokens, model)


@pytest.mark.parametrize(
    ("arguments", "severity", "message"),
    [
        (
            "--speculative-config.method ngram",
            Severity.WARNING,
            "--speculative-config is not followed: what ngram drafts without a model is not counted",
        ),
        (
            "--spec-method suffix --spec-tokens 2",
            Severity.WARNING,
            "--spec-method is not followed: what suffix drafts without a model is not counted",
        ),
        (
            "--spec-model a/b",
            Severity.WARNING,
            "--spec-model is not followed: the number of drafted tokens comes from the draft model",
        ),
        (
            '--speculative-config \'{"num_speculative_tokens": "two"}\'',
            Severity.FAIL,
            "--speculative-config takes a whole number from 1 as num_speculative_tokens",
        ),
        (
            "--speculative-config '{\"num_speculative_tokens\": 0}'",
            Severity.FAIL,
            "--speculative-config takes a whole number from 1 as num_speculative_tokens",
        ),
        ("--speculative-config mtp", Severity.FAIL, "--speculative-config takes a mapping, not 'mtp'"),
        ("--speculative-config $X", Severity.WARNING, "--speculative-config is not known from the file: $X"),
    ],
)
def test_what_is_not_counted_is_said(arguments: str, severity: Severity, message: str) -> None:
    """And what vLLM refuses."""
    config = read(VLLM, f"x {arguments}")

    assert said(config, severity) == [message]
    if "mtp" not in arguments:
        assert "speculative_tokens" not in config.overrides


def test_a_part_that_only_a_shell_knows_leaves_the_whole_unknown() -> None:
    """As a part of the mapping."""
    config = read(VLLM, "x --speculative-config.num_speculative_tokens $N --speculative-config.method mtp")

    assert "speculative_tokens" not in config.overrides
