"""
Where a text names models: ids as Hugging Face writes them, in files of any kind.

Ids look like paths, image names, MIME types and GitHub repositories. One that a registry has is an id wherever it
stands alone, or in an address of Hugging Face; of any other, the text must say that it is a model's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

#: Two names with a slash between them, which JSON may escape; not within a word, but after the ``:-`` of a shell.
_TOKEN = re.compile(
    r"(?:(?<![\w.@~$%+&\\-])|(?<=:-))(?P<org>[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9_])?)(?P<slash>\\?/)"
    r"(?P<name>[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9_])?)(?![\w-]|\.\w)",
    re.ASCII,
)
#: What follows a name that is only the beginning of a path.
_GOES_ON = re.compile(r"\\?/[\w*{$.<]", re.ASCII)
#: Before an id: Hugging Face and its mirrors, or a provider's name as LiteLLM writes it.
_ADDRESS = re.compile(
    r"(?:(?<![\w.-])(?:[\w-]+\.)?(?:huggingface\.co|hf\.co|hf-mirror\.com)\\?/(?:models\\?/)?|(?<![\w.-])hf://)\Z",
    re.ASCII | re.IGNORECASE,
)
_PROVIDER = re.compile(r"(?:^|[\s\"'`=:(,])(?:huggingface|hosted_vllm|hf|local|vllm|openai)/\Z", re.ASCII)
#: First parts of addresses that are no organisations.
_NO_ORGANISATIONS = frozenset(
    {
        *(
            "api",
            "blog",
            "collections",
            "datasets",
            "docs",
            "join",
            "learn",
            "models",
            "new",
            "organizations",
            "papers",
        ),
        *("posts", "pricing", "search", "settings", "spaces", "tasks"),
    }
)
#: A host before a colon: ``git@github.com:org/name``.
_HOST = re.compile(r"[\w-]\.[a-z]{2,}:\Z", re.ASCII)

#: Keys and options whose value is a model; not those that give one a name.
_KEY = (
    r"(?!hub|served|push|output|new|target)(?:[A-Za-z][\w.]*[_.-])?"
    r"(?:model|tokenizer)(?:[_-]?(?:name|id|path|repo|name_or_path))*|_name_or_path|base_?model(?:_[a-z]+)*"
)
#: What is between a key and its value, on one line or, in a list of arguments, on the next.
_BEFORE_A_MODEL = re.compile(
    rf"(?:(?<![\w.-])--?(?:{_KEY}|m)(?:\n\s*-\s|[=\s\"',\[])*+"
    rf"|(?<![\w.-])(?:{_KEY})[\"']?\s*(?::=|[:=])\s*[\"'`]?(?:\$\{{\w+:-)?"
    rf"|^\s*(?:ENV|ARG)\s+(?:{_KEY})\s+[\"']?"
    r"|\bfrom_pretrained\(\s*[rf]?[\"']|\bLLM\(\s*[\"']|\b(?:vllm|sglang)\s+serve\s+[\"']?)\Z",
    re.IGNORECASE | re.ASCII | re.MULTILINE,
)
#: One of these is before a model.
_WORDS = ("-m", "_name_or_path", "from_pretrained", "llm(", "model", "serve", "tokenizer")
#: How much of the text before an id is looked at: for a key, for an address, for what its line is about.
_BEFORE, _NEAR, _AROUND = 100, 40, 200
#: A size within a name, as models have it: 8B, 0.6b, 270m, 8x7B.
_SIZED = re.compile(r"(?:^|[-_.])(?:\d+x)?\d+(?:\.\d+)?[bm](?![a-z0-9])", re.IGNORECASE)
#: Lines about other things with such names: images, repositories, actions, data.
_OTHERS = re.compile(
    r"\b(?:from|path|data|image|images|docker|podman|uses|repo|repository|github|git|registry)\b|/[\w.-]+:\w",
    re.IGNORECASE,
)
#: First parts of paths, and what ends them.
_FOLDERS = re.compile(
    r"(?:\w+_)?(?:models?|outputs?|out|checkpoints?|ckpts?|data|datasets?|results?|runs?|logs?|weights?|saved?|saves"
    r"|exp|experiments?|artifacts?|cache|tmp|temp|src|lib|libs|tests?|docs?|local|mnt|home|root|workspace|app|adapters?"
    r"|loras?|merged|final|build|dist|etc|opt|usr|var|bin|scripts?|configs?|examples?|pretrained|trained|storage|assets"
    r"|path|your[_-]?\w*|my[_-]?\w*|org|user|username|application|text|image|audio|video)",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"(?:checkpoint-\d+|.*\.(?:gguf|safetensors|bin|pt|pth|onnx|json|ya?ml|py|txt|md|git))", re.IGNORECASE
)


class Mention(NamedTuple):
    """
    A text that may name a model.

    Args:
        id: The id, without the escape of its slash.

        start: Offset of its first character.

        stop: Offset behind its last one.

        slash: The slash as it is written.

        is_address: Whether it is part of an address of Hugging Face.
    """

    id: str
    start: int
    stop: int
    slash: str
    is_address: bool


def mentions(text: str) -> Iterator[Mention]:
    """Yield whatever is written as an id, in order; paths, images and addresses of other sites are left out."""
    match = _TOKEN.search(text)
    while match is not None:
        if (found := _mention(match, text)) is not None:
            yield found
        match = _TOKEN.search(text, match.end() if found else match.start("name"))


def _mention(match: re.Match[str], text: str) -> Mention | None:
    """Return the mention that a match is, if it is one."""
    start, end = match.span()
    is_below = text[start - 1 : start] == "/"
    before = text[max(start - _NEAR, 0) : start]
    is_address = is_below and _ADDRESS.search(before) is not None
    if is_address:
        is_id = match["org"].casefold() not in _NO_ORGANISATIONS
    else:
        goes_on = _GOES_ON.match(text, end) or _HOST.search(before)
        is_id = not (goes_on or (is_below and not _PROVIDER.search(before)))
    return Mention(f"{match['org']}/{match['name']}", start, end, match["slash"], is_address) if is_id else None


def follows_a_key(text: str, mention: Mention) -> bool:
    """Return whether a key, an option or a call before an id says that it is a model, and it is no path."""
    org, _, name = mention.id.partition("/")
    before = text[max(mention.start - _BEFORE, 0) : mention.start]
    folded = before.casefold()
    if mention.is_address or before.endswith("/") or not any(word in folded for word in _WORDS):
        return False
    if _FOLDERS.fullmatch(org) or _FILE.fullmatch(name) or not _BEFORE_A_MODEL.search(before):
        return False
    return not _is_about_data(text, mention)


def has_a_size(text: str, mention: Mention) -> bool:
    """Return whether an id has a size as models have it, and its line is not about images or repositories."""
    name = mention.id.partition("/")[2]
    if not _SIZED.search(name) or _FILE.fullmatch(name) or _is_about_data(text, mention):
        return False
    return mention.is_address or not _OTHERS.search(_line_around(text, mention))


def _is_about_data(text: str, mention: Mention) -> bool:
    return "dataset" in _line_around(text, mention).casefold()


def _line_around(text: str, mention: Mention) -> str:
    """Return the line of an id, cut where it is long."""
    start = max(mention.start - _AROUND, 0)
    first = max(text.rfind("\n", start, mention.start) + 1, start)
    last = text.find("\n", mention.stop, mention.stop + _AROUND)
    return text[first : last if last >= 0 else mention.stop + _AROUND]


class Lines:
    """Lines and columns of offsets in a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, 1-based, in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
