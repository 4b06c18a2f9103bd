"""What the name of a model outside the registry tells: another category, another format, closed weights."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

#: The end of the message for every category that is not covered.
OUT_OF_SCOPE = "out of scope: the registry has models that write text, from text or images"


class Elsewhere(NamedTuple):
    """
    What a name tells.

    Args:
        problem: What such a model is, as half a sentence.

        has_kin: Whether the registry may have similar models.
    """

    problem: str
    has_kin: bool = True


def _words(pattern: str) -> re.Pattern[str]:
    """Return a pattern for whole words of a name, in any case: words end at slashes, dashes, dots and numbers."""
    return re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE)


#: Words for formats of weights at the end of a name, and their usual names.
_FORMATS = (
    (re.compile(r"[-_.]?(?:gguf|ggml)\b.*$|[:_.-]i?q[2-8]_(?:k(?:_[a-z]+)?|[0-9])\b.*$", re.IGNORECASE), "GGUF"),
    (re.compile(r"[-_]mlx(?:[-_].*)?$", re.IGNORECASE), "MLX"),
    (re.compile(r"[-_](?:exl[23])(?:[-_].*)?$", re.IGNORECASE), "EXL2"),
    (re.compile(r"-(?:unsloth-)?bnb-[48]bit.*$|-(?:bnb-)?nf4.*$", re.IGNORECASE), "bitsandbytes"),
    (re.compile(r"[-_](awq|gptq|fp8|nvfp4|mxfp4|mxfp8|fp4|int[48]|w[48]a(?:16|8))(?:[-_.].*)?$", re.IGNORECASE), None),
    (re.compile(r"[-_.]quantized\.(w[48]a(?:16|8))$", re.IGNORECASE), None),
)
#: A publisher of one format only; its names end with the bits per weight.
_MLX_PUBLISHER = re.compile(r"^mlx-community/", re.IGNORECASE)
_MLX_END = re.compile(r"-(?:[2-8]bit(?:-.*)?|bf16|fp16|dwq.*|mxfp\d.*)$", re.IGNORECASE)

_CLOSED = "its weights are not open"
#: Names of other registries, and of closed weights; the first match counts.
_PLACES = (
    (re.compile(r"^[a-z0-9][\w.-]*:[\w.-]+$"), "that is an Ollama name; ids are those of Hugging Face"),
    (
        re.compile(r"^(?:openai/|anthropic/|google/)?(?:gpt-?[345](?!\d)|chatgpt|o[134](?:-|$)|claude-|gemini-)"),
        _CLOSED,
    ),
    (re.compile(r"^(?:[.~]{1,2}[/\\]|/|[A-Za-z]:[/\\])"), "that is a path; ids are those of Hugging Face"),
)

#: Organisations and words of names that tell a category, the more specific first.
_CATEGORIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (_words(r"re-?rank(?:er|ing)?\w*|cross-encoder|monot5"), "a reranker"),
    (
        _words(
            r"[a-z]*embed(?:dings?|der)?(?:gemma)?|sentence-(?:transformers|t5)|all-(?:minilm|mpnet)|minilm|mpnet|multi-qa"
            r"|paraphrase|bge|gte|e5|labse|simcse|splade|colbert\w*|col(?:pali|qwen|smol)\w*|contriever|retriev(?:er|al)"
        ),
        "an embedding model",
    ),
    (
        _words(
            r"\w*whisper\w*|\w*tts\w*|asr|speech\w*|audio\w*|voice\w*|\w+voice|voxtral|voxcpm\d*|transcribe|parakeet|hubert"
            r"|wav2vec\d*|wavlm|seamless\w*|music\w*|encodec|snac|x?codec\d*|moshi|orpheus|sesame|csm|llasa|parler|bark"
            r"|kokoro|chatterbox|zonos|moonshine|fishaudio|sound\w*|kyutai|pyannote|speechbrain"
        ),
        "a model of speech or sound",
    ),
    (_words(r"llada\d*|dream-v\d|fast_dllm"), "a language model that writes by diffusion"),
    (
        _words(
            r"flux\d*|stable-?diffusion\w*|diffusion|diffusers|sdxl|black-forest-labs|wan-ai|wan\d+|lightricks|ltx|mochi"
            r"|cog(?:video|view)\w*|\w+-image|image-(?:edit|gen)\w*|text2image|image2video|text2video|[ti]2[iv]|controlnet"
            r"|hunyuan-?(?:dit|3d|world|image|video)\w*|pixart|kandinsky|sana|auraflow|kolors|lumina|hidream|omnigen\d*"
            r"|cosmos\d*-(?:nano|super|predict|transfer)\w*"
        ),
        "a model of images or video",
    ),
    (
        _words(
            r"[a-z]*bert(?:a)?|electra|xlnet|longformer|bigbird|facebookai|(?:flan-|m|um|by|long)?t5|[a-z]*bart|pegasus"
            r"|marian|opus-mt|nllb|m2m100|madlad\w*"
        ),
        "an encoder, with or without a decoder",
    ),
    (
        _words(r"[a-z]*clip|siglip\d*|dinov?\d*|vit|deit|swin|convnext|resnet|[a-z]*detr|yolo\w*|sam\d*"),
        "an encoder of images",
    ),
    (_words(r"chronos|timesfm|moirai|lag-llama|patchtst"), "a model of time series"),
)
_REWARD = _words(r"reward|rm|\w*-rm|prm|prm\d+k?|orm")


def elsewhere(plain: str, known: Callable[[str], str | None]) -> Elsewhere | None:
    """
    Return what the name of a model outside the registry tells; None: nothing.

    Args:
        plain: An id without an address around it.

        known: Returns the entry that a name without organisation means, or None.
    """
    if (found := _other_format(plain, known)) is not None:
        return found
    for pattern, problem in _PLACES:
        if pattern.search(plain):
            return Elsewhere(problem, has_kin=problem != _CLOSED)
    for words, category in _CATEGORIES:
        if words.search(plain):
            return Elsewhere(f"{category}, {OUT_OF_SCOPE}", has_kin=False)
    if _REWARD.search(plain):
        head = "a language model whose head scores instead of writing"
        return Elsewhere(f"a reward model, {head}; {OUT_OF_SCOPE}")
    return None


def _other_format(plain: str, known: Callable[[str], str | None]) -> Elsewhere | None:
    """Return what is known about the same model in a format without an entry."""
    name = plain.rpartition("/")[2]
    for pattern, words in _FORMATS:
        if found := pattern.search(name):
            return _of_entry(words or found[1].upper(), _meant(name[: found.start()], known))
    if _MLX_PUBLISHER.search(plain):
        return _of_entry("MLX", _meant(_MLX_END.sub("", name), known))
    return None


def _meant(name: str, known: Callable[[str], str | None]) -> str | None:
    """Return the entry of a name; some publishers put the organisation in front of it: ``Qwen_Qwen3-8B``."""
    return known(name) or known(name.partition("_")[2])


#: What is known about a format without any entry.
_NONE_OF = {
    "GGUF": "the registry has no GGUF files; it names the models that they are made from",
    "MLX": "MLX weights run on Apple hardware, which is out of scope",
}


def _of_entry(words: str, entry: str | None) -> Elsewhere | None:
    if entry is not None:
        return Elsewhere(f"another format ({words}) of {entry}")
    return Elsewhere(_NONE_OF[words]) if words in _NONE_OF else None
