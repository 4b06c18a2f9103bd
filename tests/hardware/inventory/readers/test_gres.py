"""GPUs in Slurm's words."""

from __future__ import annotations

import pytest

from model_garden_registry.hardware.inventory.readers.gres import GresError, gpus_of_gres, gpus_of_tres, used_gpus


@pytest.mark.parametrize(
    ("gres", "gpus"),
    [
        ("", {}),
        ("gpu:h100:8", {"h100": 8}),
        ("gpu:8", {"": 8}),
        ("gpu", {"": 1}),
        ("gpu:tesla", {"tesla": 1}),
        ("gpu:h100:4(S:0-1)", {"h100": 4}),
        ("gpu:a100_3g.20gb:2,gpu:a100_1g.5gb:4", {"a100_3g.20gb": 2, "a100_1g.5gb": 4}),
        ("gpu:a100:1(IDX:0,2-3)", {"a100": 1}),
        ("gpu:fake1:0(IDX:N/A),gpu:fake2:0(IDX:N/A)", {}),
        ("craynetwork:4,gpu:a:1(S:0),mps:400,shard:32", {"a": 1}),
        ("gpu:h100:no_consume:8", {"h100": 8}),
        ("gpu:a:2,gpu:a:3", {"a": 5}),
        ("gpu:1K", {"": 1024}),
        ("bandwidth:lustre:no_consume:4G", {}),
    ],
)
def test_gres_names_types_with_counts(gres: str, gpus: dict[str, int]) -> None:
    assert gpus_of_gres(gres) == gpus


@pytest.mark.parametrize("gres", ["gpu:h100:x", "gpu:a:b:c", "gpu:h100:8(S:0", "gpu:8)"])
def test_gres_of_another_form_is_refused(gres: str) -> None:
    with pytest.raises(GresError, match="cannot be read"):
        gpus_of_gres(gres)


def test_trackable_resources_name_the_total_and_types() -> None:
    tres = "cpu=256,mem=486377M,billing=256,gres/gpu=4,gres/gpu:h100=4,gres/shard=8"
    assert gpus_of_tres(tres) == {"": 4, "h100": 4}
    assert gpus_of_tres("cpu=4") == {}


@pytest.mark.parametrize(
    ("kinds", "used", "found"),
    [
        ({"a": 8}, {"": 3}, {"a": 3}),
        ({"a": 8}, {"a": 3, "": 3}, {"a": 3}),
        ({"a": 8}, {}, {"a": 0}),
        ({"a": 2, "b": 4}, {"a": 1}, {"a": 1, "b": 0}),
        ({"a": 4, "": 12}, {"a": 3, "": 8}, {"a": 3, "": 5}),
        ({"a": 2, "b": 4}, {"": 3}, None),
        ({"a": 2, "b": 4}, {}, {"a": 0, "b": 0}),
    ],
)
def test_use_is_known_by_type_or_where_there_is_one(
    kinds: dict[str, int], used: dict[str, int], found: dict[str, int] | None
) -> None:
    assert used_gpus(kinds, used) == found
