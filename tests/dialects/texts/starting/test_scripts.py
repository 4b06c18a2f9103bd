"""Tools that scripts and containers start."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.shell.variables import Assignment
from model_garden_registry.dialects.texts.starting.scripts import Container, Found, find_in_container, find_in_script


def shown(found: Found) -> str:
    """Return the environment, tool and words of what was found."""
    values = (made.value.text if isinstance(made.value, Placed) else "?" for made in found.environment)
    before = [f"{made.name}={value}" for made, value in zip(found.environment, values, strict=True)]
    words = [word.text if word.is_known else f"<{word.text}>" for word in found.start.words]
    return " ".join([*before, found.start.tool, *words])


def texts(*words: str) -> tuple[Placed, ...]:
    """Return words."""
    return tuple(map(Placed.whole, words))


@pytest.mark.parametrize(
    ("script", "found"),
    [
        pytest.param("vllm serve a\nvllm serve b", ["vllm a", "vllm b"], id="two"),
        pytest.param("A=b vllm serve a", ["A=b vllm a"], id="a variable of its own"),
        pytest.param("A=b\nvllm serve $A", ["vllm b"], id="a variable of the script"),
        pytest.param("export A=b\nexport A=c\nvllm serve a", ["A=c vllm a"], id="what was exported last"),
        pytest.param("vllm serve a\nexport A=b", ["vllm a"], id="exported too late"),
        pytest.param("A=$(b) vllm serve a", ["A=? vllm a"], id="an unknown variable"),
        pytest.param("A=b C=$A vllm serve a", ["A=b C=? vllm a"], id="what a command is given is not yet set"),
        pytest.param("env A=$B vllm serve a", ["A=? vllm a"], id="an unknown variable of a wrapper"),
        pytest.param("bash -c 'vllm serve a --b \"c d\"'", ["vllm a --b c d"], id="a script in a script"),
        pytest.param("A=b bash -c 'vllm serve $A'", ["A=b vllm b"], id="a script that is given a variable"),
        pytest.param("A=b; bash -c 'vllm serve $A'", ["vllm <$A>"], id="a script that is not"),
        pytest.param('A=b; bash -c "vllm serve $A"', ["vllm b"], id="put in before"),
        pytest.param('bash -c "vllm serve $A --b"', ["vllm <$A> --b"], id="unknown only where it is"),
        pytest.param("$A vllm serve b", [], id="behind an unknown word"),
        pytest.param("if true; then (vllm serve a &) fi", ["vllm a"], id="within blocks"),
        pytest.param("A=b", [], id="no command"),
    ],
)
def test_tools_of_a_script(script: str, found: list[str]) -> None:
    """With what is set for them."""
    assert [shown(one) for one in find_in_script(Placed.whole(script))] == found


def test_scripts_within_scripts_end_somewhere() -> None:
    """The sixth is not read."""
    script = "vllm serve a"
    depths = []
    for _ in range(8):
        depths.append(bool(list(find_in_script(Placed.whole(script)))))
        escaped = script.replace("\\", "\\\\").replace('"', '\\"')
        script = f'bash -c "{escaped}"'

    assert depths == [True] * 6 + [False] * 2


@pytest.mark.parametrize(
    ("container", "found"),
    [
        pytest.param(Container(texts("vllm", "serve"), texts("a")), ["vllm a"], id="entry point and arguments"),
        pytest.param(Container(texts("sh", "-c"), texts("vllm serve a")), ["vllm a"], id="a script"),
        pytest.param(Container(words=texts("a"), image=Placed.whole("vllm/vllm-openai")), ["vllm a"], id="an image"),
        pytest.param(Container(texts("x"), texts("a"), Placed.whole("vllm/vllm-openai")), [], id="another entry point"),
        pytest.param(Container(words=texts("a"), image=Placed.whole("nginx")), [], id="another image"),
        pytest.param(Container(), [], id="nothing"),
    ],
)
def test_tools_of_a_container(container: Container, found: list[str]) -> None:
    """An entry point goes before that of the image."""
    assert [shown(one) for one in find_in_container(container)] == found


def test_the_environment_of_a_container_reaches_its_server() -> None:
    """And its scripts."""
    environment = (Assignment("A", Placed.whole("b"), 0),)
    image = Container(words=texts("a"), image=Placed.whole("vllm/vllm-openai"), environment=environment)
    script = Container(texts("sh", "-c"), texts("vllm serve $A"), environment=environment)

    assert [shown(one) for one in (*find_in_container(image), *find_in_container(script))] == [
        "A=b vllm a",
        "A=b vllm b",
    ]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("torchrun " * 3_000, id="launchers of launchers"),
        pytest.param("sudo docker run vllm/vllm-openai " * 2_000, id="images of images"),
        pytest.param("sudo " * 20_000 + "vllm serve a", id="a tool behind more words than are looked at"),
        pytest.param("bash " * 20_000, id="shells of shells"),
    ],
)
def test_lines_that_are_made_to_be_long_start_nothing(line: str) -> None:
    """In no time to speak of, whatever stands in them."""
    assert [*find_in_script(Placed.whole(line))] == []


def test_many_variables_before_a_command_are_read() -> None:
    """Each once."""
    (found,) = find_in_script(Placed.whole("".join(f"A{i}=b " for i in range(9_000)) + "vllm serve a"))

    assert (found.start.tool, len(found.environment)) == ("vllm", 9_000)


def test_what_is_exported_is_not_copied_for_each_line() -> None:
    """Only for what is started: a script may export as much as it likes."""
    (found,) = find_in_script(Placed.whole("".join(f"export A{i}=b\n" for i in range(5_000)) + "vllm serve a"))

    assert len(found.environment) == 5_000
