"""Declared memory that cannot be: each rule with a neighbour that keeps it and one that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, get_args

import pytest

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.memory_physics import memory_flaws, stated_requirements
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Severity
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import fits
from model_garden_registry.memory.fitting.gpu_sizes import gpu_bytes, least_settings, smallest_gpu_gb
from model_garden_registry.memory.network.weights import published_weight_bytes
from model_garden_registry.units import GB

Changes = Mapping[str, Any]
Entry = Callable[[Changes], ModelInfo]

#: A shape that says everything.
SHAPE: dict[str, Any] = {
    "architecture.num_hidden_layers": 32,
    "architecture.hidden_size": 4096,
    "architecture.intermediate_size": 14336,
    "architecture.num_key_value_heads": 8,
    "architecture.vocab_size": 128_256,
    "architecture.tie_word_embeddings": False,
}
#: Weights that fill a card of 75 GB with 8,192 tokens, and for whose training one of 22 GB is a little too small.
HEAVY, MEDIUM = 30_500_000_000, 8_800_000_000
MINIMUM = ("requirements", "min_vram_gb")


@pytest.fixture
def shaped(entry_with: Entry) -> Entry:
    """Make an entry whose shape is known, with changes."""
    return lambda changes: entry_with({**SHAPE, **changes})


@pytest.fixture
def least(shaped: Entry) -> dict[str, int]:
    """Give the smallest card of each task, in GB, with a batch of one."""
    entry = shaped({})
    return {task: smallest_gpu_gb(entry, least_settings(entry, merge(entry, task))) for task in get_args(Task)}


def codes(entry: ModelInfo) -> list[tuple[Code, Severity, tuple[str, ...]]]:
    """Give what is found, without the words."""
    return [(flaw.code, flaw.severity, flaw.where) for flaw in memory_flaws(entry)]


def memory(minimum: float) -> Changes:
    """Declare a minimum."""
    return {"requirements.min_vram_gb": minimum, "requirements.recommended_vram_gb": 999}


def test_a_minimum_that_is_just_enough_is_sound(shaped: Entry, least: dict[str, int]) -> None:
    """The card that safely holds the hungrier task; and half again as much."""
    need = max(least.values())

    assert [codes(shaped(memory(declared))) for declared in (need, need * 1.5)] == [[], []]


@pytest.mark.parametrize(
    ("task", "of_which", "batch"),
    [
        pytest.param("training", "", " and a batch of 1", id="training: all of the card"),
        pytest.param(
            "inference",
            " ({safe:.1f} GB on it, within the share that vLLM takes)",
            " and one sequence of 8192 tokens",
            id="vLLM: a share",
        ),
    ],
)
def test_a_minimum_below_the_estimate_is_a_warning_with_the_card(
    shaped: Entry, least: dict[str, int], task: Task, of_which: str, batch: str
) -> None:
    """The card that is needed; where graphs and driver need a part of it, also what the estimate says for that card."""
    need = least[task]
    block = {"min_vram_gb": need - 1, "recommended_vram_gb": 99}
    other = "inference" if task == "training" else "training"
    entry = shaped({f"requirements.{task}": block, f"capabilities.{other}": False})
    safe = estimate(entry, least_settings(entry, merge(entry, task)), gpu_total_bytes=gpu_bytes(need)).safe_bytes / GB

    assert [*memory_flaws(entry)] == [
        Flaw(
            Code.MINIMUM_BELOW_ESTIMATE,
            Severity.WARNING,
            ("requirements", task, "min_vram_gb"),
            f"min_vram_gb {need - 1} is too little: {task} needs a GPU of {need} GB to be safe"
            f"{of_which.format(safe=safe)} with the entry's own settings{batch}",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"architecture.parameters": 8_030_261_248}, None, id="all of it"),
        pytest.param({"architecture.parameters": 7_850_000_000}, None, id="within the slack"),
        pytest.param(
            {"architecture.parameters": 7_700_000_000},
            "the layers and embeddings of this shape have 8.03B",
            id="layers",
        ),
        pytest.param({"architecture.parameters": None}, None, id="no total"),
        pytest.param(
            {
                "architecture.parameters": 158_000_000_000,
                "architecture.moe": {"num_experts": 256, "num_experts_per_tok": 6, "moe_intermediate_size": 2048},
            },
            "the experts of this shape have 206.2B parameters, more than the 158B in all",
            id="experts, two of whose values share a byte",
        ),
    ],
)
def test_layers_weigh_no_more_than_the_model(shaped: Entry, changes: Changes, found: str | None) -> None:
    """A total that counts packed values once, or a number of the shape that is another model's."""
    flaws = [
        flaw
        for flaw in memory_flaws(shaped({"requirements.min_vram_gb": 0, **changes}))
        if flaw.code is Code.SHAPE_EXCEEDS_PARAMETERS
    ]

    assert [(flaw.severity, flaw.where) for flaw in flaws] == [(Severity.FAIL, ("architecture", "parameters"))] * bool(
        found
    )
    assert all(found and flaw.message.startswith(found) for flaw in flaws)


def test_defaults_that_the_engine_does_not_take_are_said(shaped: Entry) -> None:
    """Nothing is estimated with them."""
    (flaw,) = memory_flaws(shaped({"inference_defaults.max_lora_rank": 7, "capabilities.training": False}))

    assert (flaw.code, flaw.severity, flaw.where) == (Code.DEFAULTS_REFUSED, Severity.FAIL, ("inference_defaults",))
    assert flaw.message.startswith("max_lora_rank = 7 is not valid (from entry: /inference_defaults/max_lora_rank)")


def test_a_minimum_at_which_vllm_chooses_a_larger_batch_is_sound(shaped: Entry) -> None:
    """From 70 GiB on: 75 GB are safe and 76 are not, but are no less for it."""
    heavy = {"architecture.parameters": HEAVY, "capabilities.training": False}
    entry = shaped(heavy)
    settings = least_settings(entry, merge(entry, "inference"))
    enough = [fits(entry, settings, gpu_total_bytes=size * GB) for size in (74, 75, 76)]
    found = {size: codes(shaped({**heavy, **memory(size)})) for size in (74, 75, 76)}

    assert enough == [False, True, False]
    assert found == {74: [(Code.MINIMUM_BELOW_ESTIMATE, Severity.WARNING, MINIMUM)], 75: [], 76: []}


def test_a_minimum_between_whole_gigabytes_is_judged_as_it_is(shaped: Entry) -> None:
    """A card just large enough for training, less than the next whole GB, where no known one has a total between."""
    medium = {"architecture.parameters": MEDIUM, "capabilities.inference": False}
    entry = shaped(medium)
    safe = ceil(estimate(entry, least_settings(entry, merge(entry, "training"))).safe_bytes / 1e7) / 100
    declared = (safe, safe - 0.02)

    assert [codes(shaped({**memory(size), **medium})) for size in declared] == [
        [],
        [(Code.MINIMUM_BELOW_ESTIMATE, Severity.WARNING, MINIMUM)],
    ]


def test_a_minimum_below_the_weights_is_a_failure_with_the_number(shaped: Entry) -> None:
    """Whatever the settings."""
    weights = estimate(shaped({}), least_settings(shaped({}), merge(shaped({}), "inference"))).parts["weights"] * 1.05
    (flaw,) = memory_flaws(shaped({**memory(8.5), "capabilities.training": False}))

    assert flaw == Flaw(
        Code.MINIMUM_BELOW_WEIGHTS,
        Severity.FAIL,
        MINIMUM,
        f"min_vram_gb 8.5 is less than the {weights / GB:.1f} GB that the weights alone safely take",
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"inference_defaults.quantization": "fp8"}, id="quantised while they are loaded"),
        pytest.param({"architecture.dtype": "float32", "inference_defaults.dtype": "bfloat16"}, id="cast"),
    ],
)
def test_weights_count_as_they_are_served(shaped: Entry, changes: Changes) -> None:
    """Not as they are published: a card that the estimate calls safe is never too small for the weights."""
    served = {**changes, "capabilities.training": False}
    need = smallest_gpu_gb(shaped(served), least_settings(shaped(served), merge(shaped(served), "inference")))
    entry = shaped({**served, **memory(need)})

    assert need * GB < published_weight_bytes(entry) * 1.05
    assert codes(entry) == []


def test_a_minimum_that_refuses_cards_that_work_is_a_note(shaped: Entry, least: dict[str, int]) -> None:
    """More than half again what is needed."""
    declared = max(least.values()) * 1.5 + 0.5
    (flaw,) = memory_flaws(shaped(memory(declared)))

    assert (flaw.code, flaw.severity, flaw.where) == (Code.MINIMUM_NEEDLESS, Severity.NOTE, MINIMUM)
    assert flaw.message.startswith(f"min_vram_gb {declared:g} refuses GPUs that work: ")
    assert f" needs a GPU of {max(least.values())} GB to be safe" in flaw.message


def test_a_part_of_the_weights_is_on_each_of_several_gpus(shaped: Entry) -> None:
    """Eight billion parameters over four."""
    split = {"requirements.min_gpus": 4, "inference_defaults.tensor_parallel_size": 4}

    assert codes(shaped({**memory(13), **split})) == []


def test_each_task_is_judged_by_its_own_numbers(shaped: Entry, least: dict[str, int]) -> None:
    """At their own place; where each has some, what stands at the top speaks for none."""
    blocks = {
        "requirements.training": {"min_vram_gb": least["training"] - 1, "recommended_vram_gb": 99},
        "requirements.inference": {"min_vram_gb": least["inference"] - 1, "recommended_vram_gb": 99},
    }

    assert codes(shaped({**blocks, **memory(1)})) == [
        (Code.MINIMUM_BELOW_ESTIMATE, Severity.WARNING, ("requirements", task, "min_vram_gb"))
        for task in ("training", "inference")
    ]


def test_a_task_without_numbers_of_its_own_has_those_at_the_top(shaped: Entry) -> None:
    """And what is not supported has none."""
    block = {"requirements.inference": {"min_vram_gb": 30, "recommended_vram_gb": 99}}
    both, one = shaped(block), shaped({"capabilities.training": False})

    assert [(stated.where, stated.tasks) for stated in stated_requirements(both)] == [
        (("requirements",), ("training",)),
        (("requirements", "inference"), ("inference",)),
    ]
    assert [(stated.where, stated.tasks) for stated in stated_requirements(one)] == [
        (("requirements",), ("inference",))
    ]


def test_what_needs_no_gpu_is_not_judged(shaped: Entry) -> None:
    """Nothing is a minimum for the processor."""
    assert codes(shaped({"requirements.min_vram_gb": 0})) == []


def test_an_unknown_shape_is_said_to_be_unknown(entry_with: Entry) -> None:
    """The first number that is missing is named."""
    assert [*memory_flaws(entry_with({}))] == [
        Flaw(
            Code.SHAPE_MISSING,
            Severity.NOTE,
            ("architecture",),
            "memory was not checked: architecture.num_hidden_layers is not stated",
        )
    ]


@pytest.mark.parametrize(
    ("minimum", "kind", "found"),
    [
        pytest.param(16, "published", ["minimum-below-estimate"], id="less than a typical network takes"),
        pytest.param(24, "published", [], id="as much as that"),
        pytest.param(0, "published", [], id="no GPU"),
        pytest.param(16, "vendor", [], id="of its maker, who knows better"),
    ],
)
def test_a_published_minimum_is_held_against_a_typical_network(
    minimum: float, kind: str, found: list[str], entry_with: Entry
) -> None:
    """A note, where nobody vouches for either number."""
    source = {"/requirements": {"kind": kind, "source": "x", "as_of": "2026-11"}}
    entry = entry_with({**memory(minimum), "sources": source, "capabilities.training": False})
    flaws = [*memory_flaws(entry)][1:]

    assert [(str(flaw.code), flaw.severity, flaw.where) for flaw in flaws] == [
        (code, Severity.NOTE, MINIMUM) for code in found
    ]
    assert all("16 is published, but with the entry's own settings a typical network" in one.message for one in flaws)


def test_a_published_minimum_of_refused_settings_is_held_against_nothing(entry_with: Entry) -> None:
    """What the engine refuses is said."""
    source = {"/requirements": {"kind": "published", "source": "x", "as_of": "2026-11"}}
    refused = {"inference_defaults.max_lora_rank": 7, "capabilities.training": False, "sources": source}

    assert [code for code, _, _ in codes(entry_with(refused))] == [Code.SHAPE_MISSING, Code.DEFAULTS_REFUSED]


def test_one_image_must_fit_into_a_sequence(shaped: Entry) -> None:
    """Both into what is trained and into what is served."""
    vision = {"architecture.vision": {"tokens_per_image": 9000}, "capabilities.vision": True}
    flaws = [flaw for flaw in memory_flaws(shaped(vision)) if flaw.code is Code.IMAGE_EXCEEDS_SEQUENCE]
    served = shaped({**vision, "capabilities.training": False, "training_defaults": None, **memory(24)})

    assert [(flaw.where, flaw.message) for flaw in flaws] == [
        (
            ("inference_defaults", "max_model_len"),
            "one image alone may take 9000 tokens, more than max_model_len 8192: limit its pixels (max_pixels)",
        ),
        (
            ("training_defaults", "hyperparameters", "max_seq_length"),
            "one image alone may take 9000 tokens, more than max_seq_length 2048: limit its pixels (max_pixels)",
        ),
    ]
    assert [code for code, _, _ in codes(served)] == [Code.IMAGE_EXCEEDS_SEQUENCE]


def test_an_image_that_fits_is_sound(shaped: Entry) -> None:
    """As many tokens as the sequence has."""
    vision = {"architecture.vision": {"tokens_per_image": 2048}, "capabilities.vision": True}

    assert Code.IMAGE_EXCEEDS_SEQUENCE not in [code for code, _, _ in codes(shaped(vision))]
