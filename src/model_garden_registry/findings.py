"""Findings and verdicts: what a check says, in words that every face uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs, heaviest first."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    WARNING = "warning"
    NOTE = "note"


class Verdict(StrEnum):
    """The answer of a check, best first; of several, the worst counts."""

    OK = "ok"
    NOT_CHECKED = "not-checked"
    WARNING = "warning"
    UNKNOWN = "unknown"
    FAIL = "fail"

    @property
    def is_valid(self) -> bool:
        """Whether nothing stands against going on."""
        return self not in (Verdict.UNKNOWN, Verdict.FAIL)


class Code(StrEnum):
    """Every kind of finding; the text behind each is its rule, as SARIF and docs/findings.md show it."""

    rule: str

    def __new__(cls, code: str, rule: str = "") -> Code:
        member = str.__new__(cls, code)
        member._value_ = code
        member.rule = rule
        return member

    # the file
    EMPTY = "empty-file", "A registry file holds one JSON object."
    NOT_JSON = "not-json", "A registry file is JSON."
    NOT_UTF8 = "not-utf8", "A registry file is encoded in UTF-8."
    DUPLICATE_KEY = "duplicate-key", "No key stands twice in one JSON object."
    NOT_FINITE = "not-finite", "Numbers are finite."
    TOO_DEEP = "too-deep", "A registry file is not nested more than 200 levels deep."
    NOT_AN_OBJECT = "not-an-object", "A registry file holds one JSON object, with models by id."
    VERSION_UNSUPPORTED = "version-unsupported", "The file's format version is one that this release reads."
    # the schema
    WRONG_TYPE = "wrong-type", "A value has the type that the schema states."
    MISSING_KEY = "missing-key", "Required keys are present."
    UNKNOWN_KEY = "unknown-key", "Only keys of the format, and keys that start with x-, stand in an entry."
    NOT_ALLOWED = "value-not-allowed", "A value is one of those that the schema lists."
    BAD_PATTERN = "bad-pattern", "A text has the form that the schema states."
    OUT_OF_RANGE = "out-of-range", "A number lies within the bounds of the schema."
    WRONG_LENGTH = "wrong-length", "A text, list or object has the length that the schema states."
    NO_ALTERNATIVE = "no-alternative", "A value fits one of the alternatives of the schema."
    # rules across fields
    ID_MISMATCH = "id-mismatch", "An entry's id is its key."
    CATEGORY_UNKNOWN = "category-unknown", "An entry's category is a key of categories."
    MINIMUM_ABOVE_RECOMMENDED = "minimum-above-recommended", "Minimum memory does not exceed recommended memory."
    TASK_ABOVE_TOTAL = "task-above-total", "The top-level memory pair is the larger of the two tasks'."
    DATE_INVALID = "date-invalid", "Dates exist in the calendar."
    SUCCESSOR_UNKNOWN = "successor-unknown", "The successor of a deprecated model is in the registry."
    SUCCESSOR_MISSING = "successor-missing", "A deprecated model names its successor."
    DEPRECATION_MISMATCH = "deprecation-mismatch", "Only a deprecated model says why it is."
    ALIAS_TAKEN = "alias-taken", "An alias is neither an id nor an alias of another entry."
    QUANTIZATION_MISMATCH = "quantization-mismatch", "Quantisation method and type agree."
    QUANTIZATION_RETIRED = "quantization-retired", "Quantisation types are ones that engines still load."
    VISION_MISMATCH = "vision-mismatch", "Models of a vision category see, others do not."
    TRAINING_MISMATCH = "training-mismatch", "A model that can be trained has training defaults."
    TARGET_MODULE_UNKNOWN = "target-module-unknown", "LoRA target modules exist in the architecture."
    PARAMETERS_MISMATCH = "parameters-mismatch", "The size in words is within 2 % of the counted parameters."
    SOURCE_POINTER_UNKNOWN = "source-pointer-unknown", "A source points at something that is in the entry."
    NAME_SAYS_4BIT = "name-says-4bit", "An entry whose id says 4-bit is quantised."
    BASE_MODEL_SELF = "base-model-self", "An entry is not its own base model."
    CONTEXT_TOO_LONG = "context-too-long", "Sequences are not longer than the model's positions."
    HEADS_INDIVISIBLE = "heads-indivisible", "Tensor parallelism divides the attention heads."
    GPUS_FEW = "gpus-few", "There are as many GPUs as the model, or its tensor parallelism, takes."
    RANK_UNSERVABLE = "rank-unservable", "LoRA ranks are ones that vLLM serves, at most 512."
    BNB_TENSOR_PARALLEL = "bnb-tensor-parallel", "bitsandbytes weights are served on one GPU."
    MINIMUM_BELOW_WEIGHTS = "minimum-below-weights", "Minimum memory holds the weights."
    MINIMUM_BELOW_ESTIMATE = "minimum-below-estimate", "Minimum memory is what the entry's own settings safely take."
    MINIMUM_NEEDLESS = "minimum-needless", "Minimum memory is at most half again what is safely taken."
    IMAGE_EXCEEDS_SEQUENCE = "image-exceeds-sequence", "Sequences hold the largest image."
    # sources
    SOURCE_MISSING = "source-missing", "Every number says where it comes from."
    SOURCE_DECLARED = "source-declared", "Numbers rest on more than somebody's experience."
    SOURCE_KIND = "source-kind", "Numbers come from a kind of source that is not refused."
    SOURCE_OLD = "source-old", "Sources are not older than what counts as old."
    # a model for a task
    ENTRY_INVALID = "entry-invalid", "The entry follows the format."
    TASK_UNSUPPORTED = "task-unsupported", "The model supports the task."
    DEPRECATED = "deprecated", "The model is not deprecated."
    METHOD_MISMATCH = "method-mismatch", "The training method suits the weights."
    NO_GPU_NEEDED = "no-gpu-needed", "The model needs no GPU."
    NOT_CHECKED = "not-checked", "The hardware was looked at."
    GPU_REQUIRED = "gpu-required", "A GPU was asked for and judged."
    # a model on hardware
    NO_LIBRARY = "no-library", "The NVIDIA driver's library is on this machine."
    DRIVER_NOT_LOADED = "driver-not-loaded", "The NVIDIA driver is loaded."
    VERSION_MISMATCH = "version-mismatch", "The NVIDIA driver and its library are of one version."
    NO_PERMISSION = "no-permission", "The process may ask the NVIDIA driver."
    INIT_FAILED = "init-failed", "The NVIDIA driver starts to answer."
    NO_ANSWER = "no-answer", "The NVIDIA driver answers in time."
    NO_DEVICE = "no-device", "The NVIDIA driver has a GPU."
    MASKED = "masked", "CUDA_VISIBLE_DEVICES leaves a GPU visible."
    MIG_EMPTY = "mig-empty", "A GPU with MIG switched on has a slice."
    GPU_LOST = "gpu-lost", "Every GPU that the driver lists answers."
    ORDER_AMBIGUOUS = "order-ambiguous", "An index means one GPU, however CUDA counts them."
    FROM_TABLE = "from-table", "The GPU that was judged is in this machine."
    CC_LOW = "cc-low", "The GPU's compute capability is at least the one that the model needs."
    CC_UNKNOWN = "cc-unknown", "The GPU's compute capability can be read."
    BF16_UNSUPPORTED = "bf16-unsupported", "The GPU computes in bfloat16 where that is asked for."
    ENGINE_UNSUPPORTED = "engine-unsupported", "The engine, or the attention kernel, runs on the GPU."
    ESTIMATE_COARSE = "estimate-coarse", "The entry states the shape that an exact estimate needs."
    SHAPE_MISSING = "shape-missing", "Memory can be judged, since the entry states its shape."
    MINIMUM_IS_FOR_DEFAULTS = "minimum-is-for-defaults", "The settings are those that the entry's minimum is for."
    VRAM_LOW = "vram-low", "Each GPU has the memory that is needed."
    VRAM_BORDERLINE = "vram-borderline", "The memory of each GPU is not a hair short of what is needed."
    VRAM_BELOW_RECOMMENDED = "vram-below-recommended", "Each GPU has comfortable memory, not only the least."
    VRAM_UNKNOWN = "vram-unknown", "The memory of each GPU is known."
    UNIFIED_MEMORY = "unified-memory", "The GPU has memory of its own, not shared with the system."
    FREE_LOW = "free-low", "The memory that is needed is free now."
    ECC_ERRORS = "ecc-errors", "The GPU has no uncorrected memory errors."
    GPUS_MIXED = "gpus-mixed", "Every visible GPU will do, whichever a framework takes."
    RAM_LOW = "ram-low", "The host, or the container, has the RAM that is needed."
    RAM_UNKNOWN = "ram-unknown", "The RAM can be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where in a file something stands.

    Args:
        file: The file as the user named it.

        line: 1-based line.

        column: 1-based column, in characters.

        pointer: JSON pointer from the root of the file.
    """

    file: str
    line: int | None = None
    column: int | None = None
    pointer: str = ""

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing that a check has to say.

    Args:
        code: Which rule it is about.

        severity: How much it weighs.

        message: One sentence for people.

        where: The subject within the report: an entry's id, a device, "".

        place: The file position, for checks of files.

        have: What is there, in ``unit``.

        need: What is needed, in ``unit``.

        unit: The unit of ``have`` and ``need``.
    """

    code: Code
    severity: Severity
    message: str
    where: str = ""
    place: Place | None = None
    have: float | None = None
    need: float | None = None
    unit: str | None = None


_BY_SEVERITY = {
    Severity.FAIL: Verdict.FAIL,
    Severity.UNKNOWN: Verdict.UNKNOWN,
    Severity.WARNING: Verdict.WARNING,
    Severity.NOTE: Verdict.OK,
}
_ORDER = tuple(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the worst of several verdicts; of none, ok."""
    return max(verdicts, key=_ORDER.index, default=Verdict.OK)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Give the verdict that findings amount to: their worst; ``not-checked`` keeps an ok from being one."""
    return worst(
        Verdict.NOT_CHECKED if finding.code is Code.NOT_CHECKED else _BY_SEVERITY[finding.severity]
        for finding in findings
    )
