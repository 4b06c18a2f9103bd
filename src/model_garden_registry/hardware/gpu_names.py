"""Parsing of a typed GPU name: count, MIG profile, and the words of the name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.gpus import MOST_GPUS
from model_garden_registry.units import GIB, MIB

#: A GPU is cut into at most seven slices. Source: NVIDIA Multi-Instance GPU User Guide, introduction.
MOST_SLICES = 7
#: No GPU has more memory; a larger number is a mistake.
_MOST_BYTES = 4096 * GIB
#: Longer texts are not names.
_LONGEST = 200

_HOW = "write a name such as L4, A100-80GB or 'RTX 4090', and for several of them L4:2 or 2xL4"
#: Numbers that people write as words.
_NUMBERS = {"one": 1, "single": 1, "two": 2, "dual": 2, "three": 3, "four": 4, "quad": 4, "eight": 8}

_BEFORE = re.compile(r"([+-]?[0-9]+) ?[x*] ?(?=\S)|([1-9]|1[0-6]) (?!g(?:i?b)?(?![a-z0-9]))(?=\S)")
#: An x after a name is a count, except in "RTX 4090" and "GTX 1080".
_BEHIND = re.compile(r" ?(?::|\*|(?<![rg]t)x) ?([+-]?[0-9]+)$")
#: "1g.5gb", as in "A100 MIG 1g.5gb", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb" and "A100:1c.3g.20gb+me": a compute instance
#: and the media engines do not change the memory.
_PROFILE = re.compile(
    r"(?<![a-z0-9.])(?:[0-9]c\.)?([0-9]+)g[. _-]?([0-9]+)gb(?:[+-](?:me(?:\.all)?|gfx))?(?![a-z0-9+.])"
)
#: A colon between a name and a profile.
_COLON = re.compile(r" ?: ?(?=(?:[0-9]c\.)?[0-9]+g[. _-]?[0-9]+gb)")
#: Memory alone, as sold or exact: "24GB", "24 gb vram", "24GiB".
_AFTER_SIZE = r"(?:vram|memory|ram|gpus?|cards?)"
_BARE = re.compile(rf"([0-9]+(?:\.[0-9]+)?)[ _-]?(gib|gb|g|mib)(?: (?:of )?{_AFTER_SIZE})*")
#: What Kubernetes writes before and after a product name.
_LABEL = re.compile(r"^nvidia\.com/(?:gpu\.product=)?|-shared$")
_SIZE = re.compile(r"(?<![a-z0-9.])([0-9]+)[ _-]?(?:gib|gb|g)(?![a-z0-9.])")
#: Characters that may separate the words of a name.
_SEPARATORS = re.compile(r"[ ()/_,.-]+")
#: Characters typed, or copied from a product page, for an x or as decoration.
_SIGNS = str.maketrans(
    {
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MULTIPLICATION X}": "x",
        "\N{HEAVY MULTIPLICATION X}": "x",
        "\N{VECTOR OR CROSS PRODUCT}": "x",
        "\N{COPYRIGHT SIGN}": None,
        "\N{REGISTERED SIGN}": None,
        "\N{TRADE MARK SIGN}": None,
    }
)
#: Words that do not distinguish GPUs.
_SILENT = frozenset({"nvidia", "geforce", "tesla", "tensor", "core", "gpu", "generation", "edition"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedName:
    """
    A typed name, parsed.

    Args:
        words: Words of the GPU's name, in lower case, without generic ones: ``("a100", "80gb")``.

        profile: MIG profile; None for a whole GPU.

        sold_gb: Nominal size in GB, if the name is only a memory size.

        exact_bytes: Exact memory size, if the name is only that: ``24GiB``.

        count: Number of GPUs; None if the text does not say.
    """

    words: tuple[str, ...]
    profile: str | None = None
    sold_gb: int | None = None
    exact_bytes: int | None = None
    count: int | None = None


def parse_gpu_name(text: str) -> TypedName:
    """
    Return the parts of a typed name: ``"2x A100-80GB"``, ``"L4:2"``, ``"MIG 1g.10gb H100"``.

    Raises:
        UnknownGpuError: It contains no name, or its count is not a number; tells what to write.
    """
    plain = _plain(text) if len(text) <= _LONGEST else ""
    plain = _COLON.sub(" ", _LABEL.sub("", plain)) if len(plain) <= _LONGEST else ""  # one sign may become eighteen
    name, count = _split_count(plain, text)
    if bare := _BARE.fullmatch(name):
        return _sized(bare, count, text)
    profile = _PROFILE.search(name)
    if profile:
        name = f"{name[: profile.start()]} {name[profile.end() :]}"
    words = name_words(name)
    if profile:
        words = tuple(word for word in words if word not in {"mig", "device"})
    if not words and not profile:
        raise UnknownGpuError(text, problem=f"it contains no GPU name; {_HOW}")
    return TypedName(words=words, profile=f"{profile[1]}g.{profile[2]}gb" if profile else None, count=count)


def checked_count(typed: TypedName, count: int | None, text: str) -> int:
    """
    Return the number of GPUs: from the text, from ``count``, else one.

    Raises:
        UnknownGpuError: The two differ, or no host has that many.
    """
    if count is not None and typed.count is not None and count != typed.count:
        raise UnknownGpuError(text, problem=f"the name says {typed.count} GPUs, the separate count {count}")
    number = next((given for given in (count, typed.count) if given is not None), 1)
    things, most = ("GPUs", MOST_GPUS) if typed.profile is None else ("slices of a GPU", MOST_SLICES)
    if not 1 <= number <= most:
        raise UnknownGpuError(text, problem=f"{number} is not a valid number of {things}; use 1 to {most}")
    return number


def _sized(bare: re.Match[str], count: int | None, text: str) -> TypedName:
    amount, unit = float(bare[1]), bare[2]
    if unit in {"gib", "mib"}:
        size = round(amount * (GIB if unit == "gib" else MIB))
        if not MIB <= size <= _MOST_BYTES:
            raise UnknownGpuError(text, problem="no GPU has that memory size")
        return TypedName(words=(), exact_bytes=size, count=count)
    if not amount.is_integer():
        raise UnknownGpuError(text, problem=f"GPUs are sold by whole GB; write {bare[1]}GiB for an exact size")
    return TypedName(words=(), sold_gb=int(amount), count=count)


def name_words(name: str) -> tuple[str, ...]:
    """Return the words that distinguish a name from others: ``("rtx", "4090")``, ``("a100", "80gb")``."""
    sized = _SIZE.sub(r"\1gb", _plain(name))
    return tuple(word for word in _SEPARATORS.split(sized) if word and word not in _SILENT)


def _plain(text: str) -> str:
    """Return a name with unified case, width, multiplication signs and dashes, single-spaced, no trademark signs."""
    plain = "".join("-" if unicodedata.category(sign) == "Pd" else sign for sign in text.translate(_SIGNS))
    return " ".join(unicodedata.normalize("NFKC", plain).casefold().split())


def _split_count(plain: str, text: str) -> tuple[str, int | None]:
    before, behind = _BEFORE.match(plain), _BEHIND.search(plain)
    if before and behind and behind.start() < before.end():  # one x between two numbers: "2x4090", "4090x2"
        before, behind = (before, None) if int(before[1] or 0) <= int(behind[1]) else (None, behind)
    counts = {int(match[1] or match[2]) for match in (before, behind) if match}
    name = plain[before.end() if before else 0 : behind.start() if behind else None]
    first, _, rest = name.partition(" ")
    if first in _NUMBERS and rest:
        counts, name = counts | {_NUMBERS[first]}, rest
    if ":" in name:
        raise UnknownGpuError(text, problem=f"a colon is only allowed before a count; {_HOW}")
    if len(counts) > 1:
        raise UnknownGpuError(text, problem=f"it has two counts; {_HOW}")
    return name, next(iter(counts), None)
