"""What is typed for a GPU, taken apart: how many, which MIG profile, and the words that name it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.gpus import MOST_GPUS
from model_garden_registry.units import GIB, MIB

#: A GPU is cut into seven slices at most. Source: NVIDIA Multi-Instance GPU User Guide, introduction.
MOST_SLICES = 7
#: No GPU has more memory; a larger number is a mistake.
_MOST_BYTES = 4096 * GIB
#: A longer text names nothing.
_LONGEST = 200

_HOW = "write a name such as L4, A100-80GB or 'RTX 4090', and for several of them L4:2 or 2xL4"
#: Numbers that people write as words.
_NUMBERS = {"one": 1, "single": 1, "two": 2, "dual": 2, "three": 3, "four": 4, "quad": 4, "eight": 8}

_BEFORE = re.compile(r"([+-]?[0-9]+) ?[x*] ?(?=\S)|([1-9]|1[0-6]) (?!g(?:i?b)?(?![a-z0-9]))(?=\S)")
#: An x behind a name is a count, but for that of "RTX 4090" and "GTX 1080".
_BEHIND = re.compile(r" ?(?::|\*|(?<![rg]t)x) ?([+-]?[0-9]+)$")
#: "1g.5gb", as in "A100 MIG 1g.5gb", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb" and "A100:1c.3g.20gb+me": a compute instance
#: and the engines for media do not change the memory.
_PROFILE = re.compile(
    r"(?<![a-z0-9.])(?:[0-9]c\.)?([0-9]+)g[. _-]?([0-9]+)gb(?:[+-](?:me(?:\.all)?|gfx))?(?![a-z0-9+.])"
)
#: A colon between a name and a profile.
_COLON = re.compile(r" ?: ?(?=(?:[0-9]c\.)?[0-9]+g[. _-]?[0-9]+gb)")
#: Memory alone, as it is sold, or exactly: "24GB", "24 gb vram", "24GiB".
_BARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)[ _-]?(gib|gb|g|mib)(?: (?:of )?(?:vram|memory|ram|gpus?|card|cards))*")
#: What Kubernetes writes before and behind the name of a product.
_LABEL = re.compile(r"^nvidia\.com/(?:gpu\.product=)?|-shared$")
_SIZE = re.compile(r"(?<![a-z0-9.])([0-9]+)[ _-]?(?:gib|gb|g)(?![a-z0-9.])")
#: What may stand between the words of a name.
_SEPARATORS = re.compile(r"[ ()/_,.-]+")
#: What is typed, or copied from a product page, for an x, or for nothing.
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
#: Words that do not tell one GPU from another.
_SILENT = frozenset({"nvidia", "geforce", "tesla", "tensor", "core", "gpu", "generation", "edition"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedName:
    """
    A typed name, taken apart.

    Args:
        words: Of the GPU, in lower case, without those that tell nothing: ``("a100", "80gb")``.

        profile: MIG profile, None if a whole GPU is meant.

        sold_gb: The number on the box, where nothing but memory is named.

        exact_bytes: The memory itself, likewise: ``24GiB``.

        count: How many, None if the text does not say.
    """

    words: tuple[str, ...]
    profile: str | None = None
    sold_gb: int | None = None
    exact_bytes: int | None = None
    count: int | None = None


def parse_gpu_name(text: str) -> TypedName:
    """
    Take a typed name apart: ``"2x A100-80GB"``, ``"L4:2"``, ``"MIG 1g.10gb H100"``.

    Raises:
        UnknownGpuError: There is no name in it, or what should be a count is none; says what to write.
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
        raise UnknownGpuError(text, problem=f"there is no name of a GPU in it; {_HOW}")
    return TypedName(words=words, profile=f"{profile[1]}g.{profile[2]}gb" if profile else None, count=count)


def checked_count(typed: TypedName, count: int | None, text: str) -> int:
    """
    Settle how many are meant: by the text, by ``count``, one where neither says.

    Raises:
        UnknownGpuError: The two differ, or no host has as many.
    """
    if count is not None and typed.count is not None and count != typed.count:
        raise UnknownGpuError(text, problem=f"the name says {typed.count} of them, the count beside it {count}")
    number = next((given for given in (count, typed.count) if given is not None), 1)
    things, most = ("GPUs", MOST_GPUS) if typed.profile is None else ("slices of a GPU", MOST_SLICES)
    if not 1 <= number <= most:
        raise UnknownGpuError(text, problem=f"{number} is no number of {things}; from 1 to {most} are possible")
    return number


def _sized(bare: re.Match[str], count: int | None, text: str) -> TypedName:
    amount, unit = float(bare[1]), bare[2]
    if unit in {"gib", "mib"}:
        size = round(amount * (GIB if unit == "gib" else MIB))
        if not MIB <= size <= _MOST_BYTES:
            raise UnknownGpuError(text, problem="no GPU has so much memory, or so little")
        return TypedName(words=(), exact_bytes=size, count=count)
    if not amount.is_integer():
        raise UnknownGpuError(text, problem=f"GPUs are sold by whole GB; {bare[1]}GiB is exactly that")
    return TypedName(words=(), sold_gb=int(amount), count=count)


def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name that tell one GPU from another: ``("rtx", "4090")``, ``("a100", "80gb")``."""
    sized = _SIZE.sub(r"\1gb", _plain(name))
    return tuple(word for word in _SEPARATORS.split(sized) if word and word not in _SILENT)


def _plain(text: str) -> str:
    """Fold case and width, marks of multiplication and dashes; drop trademark signs; one blank between words."""
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
        raise UnknownGpuError(text, problem=f"a colon stands before a count only; {_HOW}")
    if len(counts) > 1:
        raise UnknownGpuError(text, problem=f"it says two counts; {_HOW}")
    return name, next(iter(counts), None)
