"""Which of the known GPUs a launcher can ask for, by the names that it has for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.bundled import bundled_vocabulary
from model_garden_registry.dialects.launching.gpu_names import (
    AskedGpus,
    bounded_names,
    named_gpus,
    passing_names,
)
from model_garden_registry.hardware.gpu_table import gpu_table

LAUNCHERS = ("skypilot", "dstack")
GPUS = {row.name: row for row in gpu_table()}
PASSING = st.sets(
    st.sampled_from(sorted({gpu for tool in LAUNCHERS for named in named_gpus(tool) for gpu in named.gpus}))
)
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

each_launcher = pytest.mark.parametrize("tool", LAUNCHERS)


@each_launcher
def test_every_gpu_of_a_name_is_known(tool: str) -> None:
    """In our table, whole, and of the memory that the launcher counts, as far as sellers round."""
    for named in named_gpus(tool):
        for gpu in named.gpus:
            row = GPUS[gpu]
            assert not row.is_laptop
            assert not row.is_integrated
            if named.memory_gb is not None:
                assert named.memory_gb == pytest.approx(row.marketing_gb, rel=0.07)


@each_launcher
def test_no_name_is_both_listed_and_left_out(tool: str) -> None:
    """And every name that public files use for a GPU is one of them."""
    content: dict[str, Any] = json.loads(bundled_vocabulary(tool).read_bytes())
    left_out = [name for names in content["gpus_left_out"].values() for name in names]

    assert len(left_out) == len(set(left_out))
    assert not set(left_out) & set(content["gpus"])


@each_launcher
def test_keys_of_public_files_are_known(tool: str) -> None:
    """What is nested below a key that we read as one is not looked at."""
    content: dict[str, Any] = json.loads(bundled_vocabulary(tool).read_bytes())
    known = {*content["keys"], *content["aliases"]}

    files = json.loads((EXAMPLES / f"{tool}.json").read_bytes())
    unknown = {
        key for file in files for key in file["keys"] if key not in known and key.rpartition(".")[0] not in known
    }

    assert unknown == set()
    assert len(files) >= 9


@each_launcher
def test_every_key_has_one_place(tool: str) -> None:
    """Written by us, without influence, or not followed."""
    content: dict[str, Any] = json.loads(bundled_vocabulary(tool).read_bytes())
    reviewed = [
        key for part in ("without_influence", "not_followed") for keys in content[part].values() for key in keys
    ]

    assert len(reviewed) == len(set(reviewed))
    assert set(reviewed) <= set(content["keys"])
    assert set(content["aliases"].values()) <= set(content["keys"])


def test_a_name_stands_for_all_that_it_may_give() -> None:
    """SkyPilot's A100 is one of 40 GB in most clouds and of 80 GB in some: both must pass."""
    small, large = {"A100 SXM4 40GB", "A100 PCIe 40GB"}, {"A100 SXM4 80GB", "A100 PCIe 80GB"}

    assert passing_names("skypilot", large) == ("A100-80GB", "A100-80GB-SXM")
    assert passing_names("skypilot", small) == ()
    assert passing_names("skypilot", small | large) == ("A100", "A100-80GB", "A100-80GB-SXM")


@pytest.mark.parametrize(
    ("passing", "asked"),
    [
        pytest.param({"L4", "T4"}, AskedGpus(("L4", "T4"), None, ()), id="names of one size"),
        pytest.param(
            {"A100 SXM4 80GB", "A100 PCIe 80GB", "L40S"},
            AskedGpus(("A100", "L40S"), 40, ()),
            id="the larger of two sizes",
        ),
        pytest.param(
            {"A100 SXM4 40GB", "A100 PCIe 40GB", "A100 SXM4 80GB", "A100 PCIe 80GB"},
            AskedGpus(("A100",), None, ()),
            id="both sizes",
        ),
        pytest.param(
            {"A100 SXM4 80GB", "A100 PCIe 80GB", "L4", "A10", "T4"},
            AskedGpus(("A10", "L4", "T4"), None, ("A100",)),
            id="a bound that would cost more than it brings",
        ),
        pytest.param({"A100 SXM4 80GB"}, AskedGpus((), None, ()), id="one of two that a name may give"),
        pytest.param({"RTX 3050 8GB"}, AskedGpus(("RTX3050",), 6, ()), id="a smaller one that does not pass"),
        pytest.param(set(), AskedGpus((), None, ()), id="nothing"),
    ],
)
def test_one_bound_of_memory_holds_for_all_names(passing: set[str], asked: AskedGpus) -> None:
    """The memory of each GPU is compared with one range, in dstack; not the memory of each GPU with one range."""
    assert bounded_names("dstack", passing) == asked


@given(PASSING)
def test_nothing_is_asked_for_that_does_not_pass(passing: set[str]) -> None:
    """Whatever passes; and SkyPilot, which has a name for each, leaves nothing out that it can name."""
    listed = passing_names("skypilot", passing)
    asked = bounded_names("dstack", passing)

    given_by_sky = [set(named.gpus) for named in named_gpus("skypilot") if named.name in listed]
    given_by_dstack = [
        set(named.gpus)
        for named in named_gpus("dstack")
        if named.name in asked.names and (asked.above_gb is None or (named.memory_gb or 0) > asked.above_gb)
    ]
    assert all(gpus and gpus <= passing for gpus in [*given_by_sky, *given_by_dstack])
    assert all(named.name in listed for named in named_gpus("skypilot") if named.gpus and set(named.gpus) <= passing)
    assert not set(asked.names) & set(asked.left_out)
