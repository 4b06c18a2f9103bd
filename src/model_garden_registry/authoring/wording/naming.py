"""Names of sizes, formats and models, as their vendors write them."""

from __future__ import annotations

import re

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.entries.requirements import Quantization

_FORMATS = {
    "4bit": "4-bit",
    "8bit": "8-bit",
    "awq": "AWQ",
    "gptq": "GPTQ",
    "fp8": "FP8",
    "mxfp4": "MXFP4",
    "nvfp4": "NVFP4",
    "w4a16": "W4A16",
    "w8a8": "W8A8",
    "w8a16": "W8A16",
    "mixed": "mixed-precision",
}

#: Providers who write names with spaces; all others use the dashes of the repository.
_SPACED = frozenset(
    {
        *("CohereLabs", "HuggingFaceTB", "NousResearch", "allenai", "codellama", "google", "ibm-granite", "llava-hf"),
        *("lmsys", "meta-llama", "mistral-community", "mistralai", "nvidia", "stabilityai"),
    }
)

#: Parts of repository names that are not part of a model's name.
_PACKAGING = re.compile(r"[-_](hf|HF|BF16|bf16)\b")

#: A word in a repository's name → as vendors write it.
_WORDS = {
    "it": "IT",
    "pt": "PT",
    "glm": "GLM",
    "c4ai": "C4AI",
    "r7b": "R7B",
    "llm": "LLM",
    "sft": "SFT",
    "ov": "OV",
    "llava": "LLaVA",
    "onevision": "OneVision",
    "internlm2": "InternLM2",
    "internlm3": "InternLM3",
    "deepseek": "DeepSeek",
    "starcoder2": "StarCoder2",
    "stablelm": "StableLM",
    "paligemma": "PaliGemma",
    "paligemma2": "PaliGemma 2",
    "codegemma": "CodeGemma",
    "medgemma": "MedGemma",
    "functiongemma": "FunctionGemma",
    "CodeLlama": "Code Llama",
    "phi": "Phi",
    "a": "A",
    "h": "H",
    "r": "R",
    "olmocr": "olmOCR",
    "OLMoE": "OLMoE",
    "qwen2": "Qwen2",
}
#: Names without a rule: prefix of the repository's name → as written.
_AS_WRITTEN = ("gpt-oss", "Phi-")
_SIZE = re.compile(r"([ae]?\d+(?:\.\d+)?(?:x\d+)?)([bmt])", re.IGNORECASE)


def size_in_words(parameters: int) -> str:
    """Return a number of parameters with three digits: 8.19B, 596M, 1.03T; at least 1K."""
    for unit, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if parameters >= unit * 0.9995:
            return f"{float(f'{parameters / unit:.3g}'):g}{letter}"
    return f"{max(parameters / 1000, 1):.0f}K"


def parameters_in_words(facts: ModelFacts) -> str:
    """Return the size, and the active size if it differs."""
    active = facts.architecture.active_parameters
    whole = size_in_words(facts.parameters)
    return f"{whole}-A{size_in_words(active)}" if active and active < 0.9 * facts.parameters else whole


def name_for_people(facts: ModelFacts) -> str:
    """
    Return a model's name as its vendor writes it, followed by the number format of a copy.

    The repository's name, with the dots that addresses may not have, and its words as vendors write them:
    ``GLM-4-9B-Chat``, ``Gemma 3 4B IT``, ``C4AI Command R7B 12-2024``.
    """
    if facts.original:
        return f"{name_for_people(facts.original)} ({format_in_words(facts.quantization)})"
    organisation, _, repository = facts.model_id.rpartition("/")
    name = _PACKAGING.sub("", re.sub(r"(?<=\d)_(?=\d)", ".", repository))
    if name.startswith(_AS_WRITTEN):
        return name
    if organisation not in _SPACED:
        return "-".join(map(_word, name.replace("_", "-").split("-")))
    # Month and year stay one word.
    words = re.sub(r"(?<=\b\d\d)-(?=\d{4}\b)", "\0", name).replace("_", "-").split("-")
    return " ".join(map(_word, words)).replace("\0", "-")


def format_in_words(quantization: Quantization) -> str:
    """Return the name of a number format, different for different programs."""
    if quantization.method is None:
        return "BF16"
    words = _FORMATS[quantization.method]
    match quantization.type:
        case "gptq" if quantization.method == "8bit":
            return f"GPTQ {words}"
        case "bitsandbytes-dynamic":
            return f"dynamic {words}"
        case "modelopt":
            return f"{words}, ModelOpt"
        case _:
            return words


def _word(word: str) -> str:
    if size := _SIZE.fullmatch(word):
        return f"{size[1][0].upper()}{size[1][1:]}{size[2].upper()}"
    return _WORDS.get(word) or (word.capitalize() if re.fullmatch("[a-z]{3,}", word) else word)
