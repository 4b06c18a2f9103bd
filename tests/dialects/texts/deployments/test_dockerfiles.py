"""What the stages of a Dockerfile start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.texts.deployments.dockerfiles import dockerfile_containers
from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.starting.scripts import Container


def read(text: str) -> list[Container]:
    """Return the containers."""
    return list(dockerfile_containers(Placed.whole(text)))


def shown(container: Container) -> str:
    """Return image, entry point and words."""
    image = container.image.text if container.image else "-"
    return " ".join([image, *(word.text for word in container.entry), "|", *(word.text for word in container.words)])


@pytest.mark.parametrize(
    ("text", "containers"),
    [
        pytest.param('FROM a\nCMD ["b", "c d"]', ["a | b c d"], id="an array"),
        pytest.param("FROM a\nCMD b 'c d'", ["a | /bin/sh -c b 'c d'"], id="a script"),
        pytest.param('FROM a\nENTRYPOINT ["b"]\nCMD ["c"]', ["a b | c"], id="entry point and command"),
        pytest.param('FROM a\nENTRYPOINT b\nCMD ["c"]', ["a /bin/sh -c b |"], id="a script is given nothing"),
        pytest.param('FROM a\nCMD ["c"]\nENTRYPOINT ["b"]', ["a b |"], id="an entry point forgets the command"),
        pytest.param('FROM a\nCMD ["b"]\nCMD ["c"]', ["a | c"], id="the last one counts"),
        pytest.param('from a\ncmd ["b"]', ["a | b"], id="small letters"),
        pytest.param('FROM --platform=x a AS y\nCMD ["b"]', ["a | b"], id="platform and name"),
        pytest.param('ARG V=1\nFROM a:${V}\nCMD ["b"]', ["a:1 | b"], id="an image with an argument"),
        pytest.param('FROM a:${V}\nCMD ["b"]', ["a:${V} | b"], id="an image with an unknown argument"),
        pytest.param("FROM a\nRUN vllm serve x", [], id="what builds an image"),
        pytest.param('FROM a\nCMD ["b", \\\n  # c\n\n "d"]', ["a | b d"], id="continued, with a comment"),
        pytest.param("FROM a\nRUN <<E\nCMD b\nE\nCMD c", ["a | /bin/sh -c c"], id="a here-document"),
        pytest.param("FROM a\nRUN <<E\nCMD b", [], id="a here-document that does not end"),
        pytest.param('FROM a AS b\nENTRYPOINT ["c"]\nFROM B\nCMD ["d"]', ["a c |", "a c | d"], id="a stage of a stage"),
        pytest.param('FROM a AS b\nCMD ["c"]\nFROM d', ["a | c"], id="an early stage"),
        pytest.param('CMD ["b"]', ["- | b"], id="no image"),
        pytest.param('FROM \nCMD ["b"]', ["- | b"], id="an image that is missing"),
        pytest.param('FROM a\nCMD ["b", 1]', ['a | /bin/sh -c ["b", 1]'], id="an array of other things is a script"),
        pytest.param("FROM a\nCMD {}", ["a | /bin/sh -c {}"], id="no array"),
        pytest.param("FROM a\nCMD [['b']", ["a | /bin/sh -c [['b']"], id="an array in single quotes is a script"),
        pytest.param("FROM a\nCMD " + "[" * 100_000, ["a | /bin/sh -c " + "[" * 100_000], id="a thousand brackets"),
        pytest.param("# FROM a\n\n", [], id="nothing"),
    ],
)
def test_stages_start_what_they_name(text: str, containers: list[str]) -> None:
    """A stage that names nothing of its own is not one of them."""
    assert [shown(container) for container in read(text)] == containers


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("ENV A=b C='d e'", {"A": "b", "C": "d e"}),
        ("ENV A b c", {"A": "b c"}),
        ("ENV A=b\nENV C=$A/d", {"A": "b", "C": "b/d"}),
        ("ARG A=b\nENV C=$A", {"C": "b"}),
        ("ENV A=$B", {"A": None}),
        ("ENV A", {}),
        ("ENV A=1 \\\n  B=2", {"A": "1", "B": "2"}),
    ],
)
def test_the_environment_is_that_of_the_stage(text: str, environment: dict[str, str | None]) -> None:
    """Build arguments are put in."""
    (container,) = read(f'FROM a\n{text}\nCMD ["x"]')

    assert {
        made.name: made.value.text if isinstance(made.value, Placed) else None for made in container.environment
    } == environment


def test_words_stand_where_they_are_written() -> None:
    """Escaped ones where they begin."""
    text = 'FROM a\nCMD ["b", \\\n "c\\"d"]'
    (container,) = read(text)

    assert [text[word.start :][:2] for word in container.words] == ['b"', "c\\"]
    assert [word.text for word in container.words] == ["b", 'c"d']


@given(st.text("FROMENVCDA \n\\\"'[]{}#<=$ab,", max_size=60))
def test_any_text_is_read(text: str) -> None:
    """Somehow."""
    for container in read(f"FROM a\n{text}\nCMD b"):
        assert all(0 <= word.start <= len(text) + 20 for word in container.words)
