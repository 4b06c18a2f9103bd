"""Findings and verdicts, with the codes and severities that CLI, HTTP and Python share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TypeAlias


class Severity(StrEnum):
    """How severe a finding is, most severe first."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    WARNING = "warning"
    NOTE = "note"


class Verdict(StrEnum):
    """The result of a check, best first; of several, the worst counts."""

    OK = "ok"
    NOT_CHECKED = "not-checked"
    WARNING = "warning"
    UNKNOWN = "unknown"
    FAIL = "fail"

    @property
    def is_valid(self) -> bool:
        """Whether the verdict is ok, warning or not-checked."""
        return self not in (Verdict.UNKNOWN, Verdict.FAIL)


class Section(StrEnum):
    """What findings are about, in the order of the checks."""

    TEXT = "Text of the file"
    SCHEMA = "Schema"
    FIELDS = "Rules across fields"
    PHYSICS = "Physics"
    SOURCES = "Sources"
    TASK = "A model for a task"
    HARDWARE = "A model on hardware"
    DIALECT = "Another tool's file"


_FAIL, _UNKNOWN, _WARNING, _NOTE = Severity
_Kind: TypeAlias = tuple[str, str, Section, tuple[Severity, ...]]


def _kind(section: Section, code: str, rule: str, *severities: Severity) -> _Kind:
    """
    Return the facts of a code.

    Args:
        section: What the rule is about.

        code: The word that users filter by.

        rule: What should be true, as SARIF and docs/findings.md show it.

        severities: Possible severities of a breach, most severe first; none means failure.
    """
    return code, rule, section, severities or (_FAIL,)


_text, _schema, _fields, _physics, _sources, _task, _hardware, _dialect = (
    partial(_kind, section) for section in Section
)


class Code(StrEnum):
    """Every kind of finding."""

    rule: str
    section: Section
    severities: tuple[Severity, ...]

    def __new__(
        cls, code: str, rule: str = "", section: Section = Section.TEXT, severities: tuple[Severity, ...] = ()
    ) -> Code:
        member = str.__new__(cls, code)
        member._value_ = code
        member.rule = rule
        member.section = section
        member.severities = severities
        return member

    EMPTY = _text("empty-file", "A registry file is one JSON object.")
    NOT_JSON = _text("not-json", "A registry file is JSON.")
    NOT_UTF8 = _text("not-utf8", "A registry file is encoded in UTF-8.")
    DUPLICATE_KEY = _text("duplicate-key", "No key is duplicated in one JSON object.")
    NOT_FINITE = _text("not-finite", "Numbers are finite.")
    TOO_DEEP = _text("too-deep", "A registry file is not nested more than 200 levels deep.")
    NOT_AN_OBJECT = _text("not-an-object", "A registry file is one JSON object, with models by id.")
    FINDINGS_LEFT_OUT = _text("findings-left-out", "A report shows 1,000 findings, unless all are asked for.", _NOTE)
    VERSION_UNSUPPORTED = _text("version-unsupported", "The file's format version is one that this release reads.")
    WRONG_TYPE = _schema("wrong-type", "A value has the type that the schema states.")
    MISSING_KEY = _schema("missing-key", "Required keys are present.")
    UNKNOWN_KEY = _schema("unknown-key", "An entry has only keys of the format, and keys that start with x-.")
    NOT_ALLOWED = _schema("value-not-allowed", "A value is one of those that the schema lists.")
    BAD_PATTERN = _schema("bad-pattern", "A text matches the pattern of the schema.")
    OUT_OF_RANGE = _schema("out-of-range", "A number is within the bounds of the schema.")
    WRONG_LENGTH = _schema("wrong-length", "A text, list or object has the length that the schema states.")
    NO_ALTERNATIVE = _schema("no-alternative", "A value matches one of the alternatives of the schema.")
    ID_MISMATCH = _fields("id-mismatch", "An entry's id is its key.")
    ID_UNUSUAL = _fields("id-unusual", "Ids are ones that Hugging Face allows.", _WARNING)
    ID_LOOK_ALIKE = _fields("id-look-alike", "No id looks like another, or has invisible characters.")
    CATEGORY_UNKNOWN = _fields("category-unknown", "An entry's category is a key of categories.")
    MINIMUM_ABOVE_RECOMMENDED = _fields("minimum-above-recommended", "Minimum memory is at most what is recommended.")
    TASK_ABOVE_TOTAL = _fields("task-above-total", "The top-level memory pair is the larger of the two tasks'.")
    DATE_INVALID = _fields("date-invalid", "Dates exist in the calendar.")
    SUCCESSOR_UNKNOWN = _fields("successor-unknown", "The successor of a model is in the registry.")
    SUCCESSOR_MISSING = _fields("successor-missing", "A deprecated model names its successor.", _WARNING)
    BASE_DEPRECATED = _fields("base-deprecated", "A copy of a deprecated model is deprecated too.", _WARNING)
    DEPRECATION_MISMATCH = _fields("deprecation-mismatch", "Only a deprecated model has a deprecation.")
    ALIAS_TAKEN = _fields("alias-taken", "An alias is neither an id nor an alias of another entry.")
    QUANTIZATION_MISMATCH = _fields("quantization-mismatch", "Quantisation method and type agree.")
    QUANTIZATION_RETIRED = _fields("quantization-retired", "Engines still load the quantisation type.", _WARNING)
    VISION_MISMATCH = _fields("vision-mismatch", "Models of a vision category take images, others do not.")
    TRAINING_MISMATCH = _fields("training-mismatch", "A model that can be trained has training defaults.")
    TARGET_MODULE_UNKNOWN = _fields("target-module-unknown", "LoRA target modules exist in the architecture.")
    LEFT_TO_SCHEMA_CHECK = _fields(
        "left-to-schema-check",
        "Under --beyond-schema, mgr schema check finds nothing in the file.",
        _FAIL,
        _WARNING,
    )
    PARAMETERS_MISMATCH = _physics("parameters-mismatch", "The size in words is within 2 % of the count.", _WARNING)
    SHAPE_EXCEEDS_PARAMETERS = _physics("shape-exceeds-parameters", "Stated layers weigh no more than the whole model.")
    DEFAULTS_REFUSED = _physics("defaults-refused", "The stack and the engine of an entry take its own defaults.")
    SOURCE_POINTER_UNKNOWN = _fields("source-pointer-unknown", "A source points at a value in the entry.")
    LAYERS_MISMATCH = _physics("layers-mismatch", "Listed layers agree with the architecture's other counts.")
    TAG_MISMATCH = _physics("tag-mismatch", "A tag for a size agrees with --size.", _WARNING)
    TAG_UNKNOWN = _physics("tag-unknown", "Tags of the shipped registry are in its vocabulary.", _WARNING)
    NAME_SAYS_4BIT = _physics("name-says-4bit", "An entry whose id says 4-bit is quantised.")
    BASE_MODEL_SELF = _fields("base-model-self", "An entry is not its own base model.")
    CONTEXT_TOO_LONG = _physics(
        "context-too-long", "Sequences are not longer than the model's positions.", _FAIL, _WARNING
    )
    HEADS_INDIVISIBLE = _physics("heads-indivisible", "Tensor parallelism divides the attention heads.")
    GROUP_INDIVISIBLE = _physics("group-indivisible", "Tensor parallelism divides weights that share a scale.")
    LORA_RANK_FLAG = _task("lora-rank-flag", "Adapters have a rank that vLLM serves by default.", _NOTE)
    RATE_UNUSUAL = _task("rate-unusual", "The learning rate is usual for the method.", _WARNING)
    SETTING_IGNORED = _task("setting-ignored", "The engine has every setting that is set.", _NOTE)
    PLUGIN_NEEDED = _task("plugin-needed", "The engine loads weights and parsers without a plug-in.", _WARNING)
    GPUS_FEW = _hardware("gpus-few", "There are as many GPUs as the model, or its tensor parallelism, needs.")
    RANK_UNSERVABLE = _physics("rank-unservable", "LoRA ranks are ones that vLLM serves, at most 512.", _WARNING)
    BNB_TENSOR_PARALLEL = _physics("bnb-tensor-parallel", "bitsandbytes weights are served on one GPU.", _WARNING)
    MINIMUM_BELOW_WEIGHTS = _physics("minimum-below-weights", "Minimum memory is enough for the weights.")
    MINIMUM_BELOW_ESTIMATE = _physics(
        "minimum-below-estimate", "Minimum memory is enough for the entry's own settings.", _WARNING, _NOTE
    )
    MINIMUM_NEEDLESS = _physics("minimum-needless", "Minimum memory is at most 1.5 times the safe estimate.", _NOTE)
    IMAGE_EXCEEDS_SEQUENCE = _physics("image-exceeds-sequence", "Sequences have space for the largest image.", _WARNING)
    SOURCE_MISSING = _sources("source-missing", "Every number says where it comes from.", _FAIL, _NOTE)
    SOURCE_DECLARED = _sources("source-declared", "Numbers have a stronger source than a declaration.", _FAIL, _NOTE)
    SOURCE_KIND = _sources("source-kind", "No number comes from a refused kind of source.", _FAIL, _NOTE)
    SOURCE_OLD = _sources("source-old", "Sources are not older than the limit.", _FAIL, _NOTE)
    ENTRY_INVALID = _task("entry-invalid", "The entry follows the format.", _UNKNOWN)
    TASK_UNSUPPORTED = _task("task-unsupported", "The model supports the task.")
    DEPRECATED = _task("deprecated", "The model is not deprecated.", _FAIL, _NOTE)
    METHOD_MISMATCH = _task("method-mismatch", "The training method suits the weights.")
    NO_GPU_NEEDED = _task("no-gpu-needed", "The model needs no GPU.", _NOTE)
    NOT_CHECKED = _hardware("not-checked", "The hardware was checked.", _NOTE)
    GPU_REQUIRED = _task("gpu-required", "A required GPU was found and judged.")
    NO_LIBRARY = _hardware("no-library", "The NVIDIA driver's library is on this machine.", _NOTE)
    DRIVER_NOT_LOADED = _hardware("driver-not-loaded", "The NVIDIA driver is loaded.")
    VERSION_MISMATCH = _hardware("version-mismatch", "The NVIDIA driver and its library have the same version.")
    NO_PERMISSION = _hardware("no-permission", "The process has access to the NVIDIA driver.", _UNKNOWN)
    INIT_FAILED = _hardware("init-failed", "The NVIDIA driver initializes.", _UNKNOWN)
    NO_ANSWER = _hardware("no-answer", "The NVIDIA driver answers in time.", _UNKNOWN)
    NO_DEVICE = _hardware("no-device", "The NVIDIA driver has a GPU.")
    MASKED = _hardware("masked", "CUDA_VISIBLE_DEVICES leaves a GPU visible.")
    MIG_EMPTY = _hardware("mig-empty", "A GPU with MIG enabled has a MIG slice.")
    GPU_LOST = _hardware("gpu-lost", "Every GPU that the driver lists answers.", _WARNING)
    ORDER_AMBIGUOUS = _hardware("order-ambiguous", "An index means one GPU in every device order.", _UNKNOWN, _WARNING)
    FROM_TABLE = _hardware("from-table", "The GPU that was judged is in this machine.", _NOTE)
    CC_LOW = _hardware("cc-low", "The GPU's compute capability is at least what the entry and the number format need.")
    CC_UNKNOWN = _hardware("cc-unknown", "The GPU's compute capability can be read.", _UNKNOWN, _NOTE)
    CC_ASSUMED = _hardware("cc-assumed", "The GPU is named, not only its memory size.", _NOTE)
    BF16_UNSUPPORTED = _hardware("bf16-unsupported", "The GPU supports bfloat16 if it is used.", _FAIL, _NOTE)
    WEIGHT_ONLY = _hardware("weight-only", "The GPU has arithmetic in the number format of the weights.", _NOTE)
    ENGINE_UNSUPPORTED = _hardware("engine-unsupported", "Engine and kernels run on the GPU, and load the weights.")
    ESTIMATE_COARSE = _hardware("estimate-coarse", "The entry states the shape of its network.", _WARNING, _NOTE)
    NOT_MODELLED = _hardware("not-modelled", "The estimate follows every setting that can add memory.", _WARNING, _NOTE)
    SHAPE_MISSING = _hardware("shape-missing", "The entry states its shape, to judge memory by.", _WARNING, _NOTE)
    MINIMUM_IS_FOR_DEFAULTS = _hardware("minimum-is-for-defaults", "The entry's minimum is for these settings.", _NOTE)
    SPLIT_CHOSEN = _hardware("split-chosen", "The model is split as the entry's defaults say.", _NOTE)
    SPLIT_BELOW_STATED = _hardware(
        "split-below-stated", "The settings split the model over as many GPUs as the entry states.", _WARNING
    )
    VRAM_LOW = _hardware("vram-low", "Each GPU has enough memory.", _FAIL, _NOTE)
    VRAM_BORDERLINE = _hardware("vram-borderline", "No GPU is just short of what is needed.", _WARNING)
    VRAM_BELOW_RECOMMENDED = _hardware("vram-below-recommended", "Each GPU has the recommended memory.", _WARNING)
    CACHE_LOW = _hardware("cache-low", "A cache of a set size is large enough for the sequences.")
    SEQUENCES_MANY = _hardware("sequences-many", "The cache fits the states of a whole batch.", _FAIL, _WARNING)
    VRAM_UNKNOWN = _hardware("vram-unknown", "The memory of each GPU is known.", _UNKNOWN)
    UNIFIED_MEMORY = _hardware("unified-memory", "The GPU has memory of its own, not shared with the system.", _WARNING)
    FREE_LOW = _hardware("free-low", "The memory that is needed is free now.", _FAIL, _WARNING)
    ECC_ERRORS = _hardware("ecc-errors", "The GPU has no uncorrected memory errors.", _WARNING)
    GPUS_MIXED = _hardware("gpus-mixed", "Every visible GPU is good enough, whichever a framework takes.", _WARNING)
    RAM_LOW = _hardware("ram-low", "The host, or the container, has enough RAM.", _FAIL, _WARNING)
    RAM_UNKNOWN = _hardware("ram-unknown", "The RAM can be read.", _WARNING)
    KEY_UNKNOWN = _dialect("key-unknown", "The tool knows every key of its file.", _FAIL, _WARNING)
    KEY_RETIRED = _dialect("key-retired", "The tool still has every key of its file.", _FAIL, _WARNING)
    KEY_VALUE = _dialect("key-value", "The tool accepts every value of its file.", _FAIL, _WARNING)
    KEY_NOT_FOLLOWED = _dialect("key-not-followed", "The estimate follows every key that can change memory.", _WARNING)
    MODEL_MISSING = _dialect("model-missing", "The file names a model.", _UNKNOWN)
    MODEL_UNKNOWN = _dialect("model-unknown", "The model of the file is in the registry.", _UNKNOWN)


#: Notes about the call itself, the same for every model.
OF_THE_CALL = frozenset({Code.NOT_CHECKED, Code.NO_LIBRARY, Code.FROM_TABLE, Code.CC_ASSUMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A position in a file.

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
    One result of a check.

    Args:
        code: The rule.

        severity: How severe it is.

        message: One sentence for people.

        where: The subject within the report: an entry's id, a device, or "".

        place: The file position, for checks of files.

        have: What is there, in ``unit``.

        need: What is needed, in ``unit``.

        unit: The unit of ``have`` and ``need``.

        asks: The setting that the message tells people to change, and its new value.
    """

    code: Code
    severity: Severity
    message: str
    where: str = ""
    place: Place | None = None
    have: float | None = None
    need: float | None = None
    unit: str | None = None
    asks: tuple[str, str] | None = None


#: Verdicts, best first; the position of a verdict is its index here.
VERDICTS = tuple(Verdict)
#: Positions of severities, by text: hashing an enum member is slower, in Python.
_PLACES = {"fail": 4, "unknown": 3, "warning": 2, "note": 0}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of several verdicts; ok for none."""
    return max(verdicts, key=VERDICTS.index, default=Verdict.OK)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict on findings: the worst; ``not-checked`` instead of ok where hardware was not checked."""
    return VERDICTS[place_of(findings)]


def place_of(findings: Iterable[Finding]) -> int:
    """Return the position of the verdict on findings."""
    places = (1 if finding.code is Code.NOT_CHECKED else _PLACES[finding.severity._value_] for finding in findings)
    return max(places, default=0)
