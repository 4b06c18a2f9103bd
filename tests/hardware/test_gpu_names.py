"""What somebody types for a GPU, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import UnknownGpuError
from model_garden_registry.hardware.gpu_names import TypedName, checked_count, name_words, parse_gpu_name
from model_garden_registry.units import GIB, MIB


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("L4", None, id="none"),
        pytest.param("2x L4", 2, id="before, with a blank"),
        pytest.param("2xL4", 2, id="before"),
        pytest.param("2 x L4", 2, id="before, with two blanks"),
        pytest.param("2*L4", 2, id="before, with a star"),
        pytest.param("2\N{MULTIPLICATION SIGN}L4", 2, id="before, with a sign of multiplication"),
        pytest.param("2\N{NO-BREAK SPACE}\N{HEAVY MULTIPLICATION X} L4", 2, id="before, as typeset"),
        pytest.param("\N{FULLWIDTH DIGIT TWO}x L4", 2, id="before, in full width"),
        pytest.param("L4:2", 2, id="behind, with a colon"),
        pytest.param("L4 : 2", 2, id="behind, with a colon between blanks"),
        pytest.param("L4x2", 2, id="behind"),
        pytest.param("L4 X 2", 2, id="behind, with blanks"),
        pytest.param("L4*2", 2, id="behind, with a star"),
        pytest.param("  L4:2  ", 2, id="blanks around"),
        pytest.param("2x L4:2", 2, id="twice the same"),
        pytest.param("L4:0", 0, id="zero"),
        pytest.param("-1x L4", -1, id="negative"),
    ],
)
def test_a_count_stands_before_or_behind(text: str, count: int | None) -> None:
    """Whichever way people write it; whether it is possible is judged later."""
    assert parse_gpu_name(text) == TypedName(words=("l4",), count=count)


@pytest.mark.parametrize(
    ("text", "words", "count"),
    [
        pytest.param("GTX 1080", ("gtx", "1080"), None, id="the x of GTX is no count"),
        pytest.param("rtx4090", ("rtx4090",), None, id="nor that of RTX"),
        pytest.param("RTX 4090 x2", ("rtx", "4090"), 2, id="an x behind it is one"),
        pytest.param("2x4090", ("4090",), 2, id="of two numbers the smaller counts, before"),
        pytest.param("4090x2", ("4090",), 2, id="of two numbers the smaller counts, behind"),
        pytest.param("V100-SXM2-32GB:4", ("v100", "sxm2", "32gb"), 4, id="SXM2 is no count"),
        pytest.param("A10Gx2", ("a10g",), 2, id="a letter before the x"),
    ],
)
def test_an_x_is_not_always_a_count(text: str, words: tuple[str, ...], count: int | None) -> None:
    """Names have digits and an x of their own."""
    assert parse_gpu_name(text) == TypedName(words=words, count=count)


@pytest.mark.parametrize(
    ("text", "sold_gb", "exact_bytes", "count"),
    [
        ("24GB", 24, None, None),
        ("24 gb", 24, None, None),
        ("24g", 24, None, None),
        ("24 GB of VRAM", 24, None, None),
        ("24GB GPUs", 24, None, None),
        ("2x24GB", 24, None, 2),
        ("2 x 24 GB", 24, None, 2),
        ("24GB:2", 24, None, 2),
        ("24GiB", None, 24 * GIB, None),
        ("22.5 GiB", None, 45 * GIB // 2, None),
        ("24564MiB x2", None, 24564 * MIB, 2),
    ],
)
def test_memory_alone_is_a_size_on_the_box_or_exact(
    text: str, sold_gb: int | None, exact_bytes: int | None, count: int | None
) -> None:
    """GB are those of the box, GiB and MiB those of the driver."""
    assert parse_gpu_name(text) == TypedName(words=(), sold_gb=sold_gb, exact_bytes=exact_bytes, count=count)


@pytest.mark.parametrize(
    ("text", "words", "count"),
    [
        ("2 4090", ("4090",), 2),
        ("two 4090s", ("4090s",), 2),
        ("dual RTX 3090", ("rtx", "3090"), 2),
        ("single L4", ("l4",), 1),
        ("A 100", ("a", "100"), None),
        ("6000 Ada", ("6000", "ada"), None),
        ("quad", ("quad",), None),
    ],
)
def test_a_count_may_be_a_word_or_stand_alone(text: str, words: tuple[str, ...], count: int | None) -> None:
    """Before a name only, and not where it is a part of the name."""
    assert parse_gpu_name(text) == TypedName(words=words, count=count)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("24.5GB", "GPUs are sold by whole GB; write 24.5GiB for an exact size"),
        ("5000GiB", "no GPU has that memory size"),
        ("0GiB", "no GPU has that memory size"),
        ("two 4090 x3", "it has two counts; "),
    ],
)
def test_a_size_or_count_that_cannot_be_says_why(text: str, problem: str) -> None:
    """In place of near names."""
    with pytest.raises(UnknownGpuError) as caught:
        parse_gpu_name(text)

    assert (caught.value.problem or "").startswith(problem)


@pytest.mark.parametrize(
    ("text", "profile", "words"),
    [
        pytest.param("A100 MIG 1g.5gb", "1g.5gb", ("a100",), id="behind the card"),
        pytest.param("MIG 1g.10gb H100", "1g.10gb", ("h100",), id="before the card"),
        pytest.param("1G.5GB", "1g.5gb", (), id="alone, in another case"),
        pytest.param("A100-SXM4-40GB-MIG-1g.5gb", "1g.5gb", ("a100", "sxm4", "40gb"), id="as a label of Kubernetes"),
        pytest.param("a100 1g-5gb", "1g.5gb", ("a100",), id="with a dash"),
        pytest.param("MIG 3g.20gb Device", "3g.20gb", (), id="as nvidia-smi lists it"),
        pytest.param("A10G 24GB", None, ("a10g", "24gb"), id="the G of A10G is none"),
        pytest.param("A100 1c.3g.20gb", "3g.20gb", ("a100",), id="a compute instance has the memory around it"),
        pytest.param("A100 1g.10gb+me", "1g.10gb", ("a100",), id="engines for media do not count"),
        pytest.param("RTX PRO 6000 1g.24gb+me.all", "1g.24gb", ("rtx", "pro", "6000"), id="all engines"),
        pytest.param("RTX PRO 6000 1g.24gb-me", "1g.24gb", ("rtx", "pro", "6000"), id="no engines"),
        pytest.param("A100-80GB:1g.10gb", "1g.10gb", ("a100", "80gb"), id="behind a colon"),
        pytest.param("nvidia.com/mig-1g.10gb", "1g.10gb", (), id="as a resource of Kubernetes"),
        pytest.param("NVIDIA-A10G-SHARED", None, ("a10g",), id="a shared GPU of Kubernetes"),
        pytest.param("nvidia.com/gpu.product=Tesla-T4", None, ("t4",), id="a label with its key"),
        pytest.param("A100 1g.10gb+more", None, ("a100", "1g", "10gb+more"), id="what is none"),
    ],
)
def test_a_mig_profile_is_told_from_the_card(text: str, profile: str | None, words: tuple[str, ...]) -> None:
    """Wherever it stands."""
    assert parse_gpu_name(text) == TypedName(words=words, profile=profile)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("NVIDIA A100-SXM4-80GB", ("a100", "sxm4", "80gb"), id="a driver's name"),
        pytest.param("a100_80g", ("a100", "80gb"), id="a short size"),
        pytest.param("A100 80 GiB", ("a100", "80gb"), id="a size with a blank"),
        pytest.param("NVIDIA RTX 6000 Ada Generation", ("rtx", "6000", "ada"), id="silent words"),
        pytest.param("GeForce RTX\N{TRADE MARK SIGN} 4090", ("rtx", "4090"), id="a trade mark"),
        pytest.param("RTX\N{NON-BREAKING HYPHEN}4090", ("rtx", "4090"), id="a typeset hyphen"),
        pytest.param("RTX\N{EN DASH}4090", ("rtx", "4090"), id="a typeset dash"),
        pytest.param("Orin (nvgpu)", ("orin", "nvgpu"), id="brackets"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_words_are_what_tells_one_card_from_another(name: str, words: tuple[str, ...]) -> None:
    """Makers and separators do not."""
    assert name_words(name) == words


HOW = "write a name such as L4, A100-80GB or 'RTX 4090', and for several of them L4:2 or 2xL4"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", f"it contains no GPU name; {HOW}", id="nothing"),
        pytest.param("\ufdfa" * 12, f"it contains no GPU name; {HOW}", id="one that grows when it is plain"),
        pytest.param("nvidia", f"it contains no GPU name; {HOW}", id="a maker only"),
        pytest.param(":2", f"it contains no GPU name; {HOW}", id="a count only"),
        pytest.param("L" * 201, f"it contains no GPU name; {HOW}", id="longer than anybody types"),
        pytest.param("2x L4:3", f"it has two counts; {HOW}", id="two counts"),
        pytest.param("L4:", f"a colon is only allowed before a count; {HOW}", id="no count behind a colon"),
        pytest.param("L4:two", f"a colon is only allowed before a count; {HOW}", id="a word behind a colon"),
        pytest.param("L4:1.5", f"a colon is only allowed before a count; {HOW}", id="half a GPU"),
    ],
)
def test_a_text_in_bad_form_says_what_to_write(text: str, problem: str) -> None:
    """The error names what is wrong with the text, not that a table lacks it."""
    with pytest.raises(UnknownGpuError) as caught:
        parse_gpu_name(text)

    assert (caught.value.name, caught.value.close, caught.value.problem) == (text, (), problem)


@pytest.mark.parametrize(
    ("text", "count", "number"),
    [
        pytest.param("L4", None, 1, id="one where neither says"),
        pytest.param("2x L4", None, 2, id="the text"),
        pytest.param("L4", 3, 3, id="the count beside it"),
        pytest.param("2x L4", 2, 2, id="both the same"),
        pytest.param("L4:1024", None, 1024, id="the most"),
        pytest.param("1g.5gb:7", None, 7, id="the most slices"),
    ],
)
def test_text_and_count_agree(text: str, count: int | None, number: int) -> None:
    """Either may say how many."""
    assert checked_count(parse_gpu_name(text), count, text) == number


@pytest.mark.parametrize(
    ("text", "count", "problem"),
    [
        pytest.param("2x L4", 3, "the name says 2 GPUs, the separate count 3", id="they differ"),
        pytest.param("L4:0", None, "0 is not a valid number of GPUs; use 1 to 1024", id="zero in the text"),
        pytest.param("L4", 0, "0 is not a valid number of GPUs; use 1 to 1024", id="zero beside it"),
        pytest.param("L4", -1, "-1 is not a valid number of GPUs; use 1 to 1024", id="negative"),
        pytest.param("L4:1025", None, "1025 is not a valid number of GPUs; use 1 to 1024", id="too many"),
        pytest.param("1g.5gb", 8, "8 is not a valid number of slices of a GPU; use 1 to 7", id="too many slices"),
    ],
)
def test_a_count_that_cannot_be_is_an_error(text: str, count: int | None, problem: str) -> None:
    """So is one that contradicts the name."""
    with pytest.raises(UnknownGpuError) as caught:
        checked_count(parse_gpu_name(text), count, text)

    assert caught.value.problem == problem


def says_something(text: str) -> bool:
    """Whether a text gives words, a profile, or the problem that it has."""
    try:
        typed = parse_gpu_name(text)
    except UnknownGpuError as error:
        return bool(error.problem)
    return bool(typed.words or typed.profile)


@given(text=st.text(max_size=220))
def test_any_text_has_words_or_an_error(text: str) -> None:
    """Nothing else happens, whatever is typed."""
    assert says_something(text)
