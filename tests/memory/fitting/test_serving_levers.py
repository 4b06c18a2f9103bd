"""Each thing that can be changed of serving, alone."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.memory.fitting.levers import Bench, Gpus, Length, Lever
from model_garden_registry.memory.fitting.serving_levers import SHORTEST_SERVED, Batched, Concurrency, Share
from model_garden_registry.units import GB

REGISTRY = load_registry(bundled_registry())
LLAMA, HYBRID = "meta-llama/Llama-3.1-8B-Instruct", "nvidia/NVIDIA-Nemotron-Nano-9B-v2"


def bench_of(model_id: str, *, gpus: int = 1, gb: float = 24, free_gb: float | None = None) -> Bench:
    """Give GPUs of a size."""
    free = None if free_gb is None else round(free_gb * GB)
    return Bench(entry=REGISTRY[model_id], gpu_total_bytes=round(gb * GB), at_most_gpus=gpus, free_bytes=free)


@pytest.mark.parametrize(
    ("lever", "asked", "gpus", "changes"),
    [
        pytest.param(
            Share(), {"gpu_memory_utilization": 0.7}, 1, {"gpu_memory_utilization": 0.95}, id="a larger share"
        ),
        pytest.param(Share(), {"gpu_memory_utilization": 0.0}, 1, None, id="as large as it gets"),
        pytest.param(Share(), {"engine": "transformers"}, 1, None, id="an engine without a share"),
        pytest.param(Concurrency(), {"concurrent": 64}, 1, {"concurrent": 1}, id="one sequence at once"),
        pytest.param(Concurrency(), {"concurrent": 1}, 1, None, id="one already"),
        pytest.param(
            Length("max_model_len", SHORTEST_SERVED),
            {"max_model_len": 8192},
            1,
            {"max_model_len": SHORTEST_SERVED},
            id="a shorter context",
        ),
        pytest.param(Gpus(), {"tensor_parallel_size": 1}, 1, None, id="one GPU"),
        pytest.param(
            Gpus(), {"tensor_parallel_size": 1}, 7, {"tensor_parallel_size": 4}, id="as many as the engine takes"
        ),
        pytest.param(Gpus(), {"tensor_parallel_size": 8}, 4, {"tensor_parallel_size": 4}, id="more than there are"),
        pytest.param(
            Gpus(), {"tensor_parallel_size": 3}, 2, {"tensor_parallel_size": 2}, id="heads are not divided by 3"
        ),
        pytest.param(
            Gpus(),
            {"tensor_parallel_size": 1, "pipeline_parallel_size": 2},
            4,
            {"tensor_parallel_size": 2},
            id="beside stages of a pipeline",
        ),
        pytest.param(
            Gpus(),
            {"tensor_parallel_size": 1, "data_parallel_size": 2},
            1,
            None,
            id="copies that there are no GPUs for",
        ),
    ],
)
def test_what_a_lever_changes(
    lever: Lever[Any], asked: dict[str, Any], gpus: int, changes: dict[str, Any] | None
) -> None:
    """At its end; nothing where it is there already."""
    settings = merge(REGISTRY[LLAMA], "inference", Layer(asked))
    least = lever.minimized(settings, bench_of(LLAMA, gpus=gpus))
    names = [name for name in lever.moves if hasattr(settings, name)]

    assert (least and {name: getattr(least, name) for name in names}) == changes


def test_fewer_sequences_in_a_batch_need_less() -> None:
    """As many as fit, in powers of two; where fewer need no less, nothing is changed."""
    asked = merge(REGISTRY[LLAMA], "inference", Layer({"max_num_seqs": 1024, "max_model_len": 2048}))
    bench = bench_of(LLAMA, gb=21.1)
    least = Batched().minimized(asked, bench)
    assert least is not None
    found = Batched().relaxed(least, bench, asked)

    assert (least.max_num_seqs, bench.fits(asked), bench.fits(found)) == (8, False, True)
    assert found.max_num_seqs is not None
    assert found.max_num_seqs > 8
    assert Batched().minimized(merge(REGISTRY[LLAMA], "inference", Layer({"max_num_seqs": 8})), bench) is None
    served = merge(REGISTRY[LLAMA], "inference", Layer({"engine": "transformers"}))
    assert Batched().minimized(served, bench) is None


def test_as_many_sequences_as_fit_stay() -> None:
    """And no more than were asked for."""
    asked = merge(REGISTRY[LLAMA], "inference", Layer({"concurrent": 64, "max_model_len": 4096}))
    bench = bench_of(LLAMA)
    least = Concurrency().minimized(asked, bench)
    assert least is not None

    assert 1 < Concurrency().relaxed(least, bench, asked).concurrent < 64


def test_of_a_gpu_that_is_not_free_the_share_is_what_is_free() -> None:
    """A share that is not free does not start; an automatic one takes what it needs, if that is free."""
    asked = merge(REGISTRY[LLAMA], "inference", Layer({"gpu_memory_utilization": 0.9, "max_model_len": 2048}))
    fewest = merge(REGISTRY[LLAMA], "inference", Layer({"gpu_memory_utilization": 0.0, "max_model_len": 2048}))
    some, none = bench_of(LLAMA, gb=80, free_gb=40), bench_of(LLAMA, gb=80, free_gb=10)

    assert (some.fits(asked), some.fits(fewest), none.fits(fewest)) == (False, True, False)
    assert (found := Share().minimized(asked, some)) is not None
    assert found.gpu_memory_utilization == 0.5


def test_what_another_engine_needs_must_be_free() -> None:
    """It takes no share."""
    asked = merge(REGISTRY[LLAMA], "inference", Layer({"engine": "transformers", "max_model_len": 2048}))

    assert [bench_of(LLAMA, gb=80, free_gb=free).fits(asked) for free in (10, 40)] == [False, True]


def test_where_nothing_is_free_there_is_no_share() -> None:
    """A share of nothing would be this registry's word for an automatic one."""
    full = Bench(entry=REGISTRY[LLAMA], gpu_total_bytes=80 * GB, at_most_gpus=1, free_bytes=0)

    assert Share().minimized(merge(REGISTRY[LLAMA], "inference", Layer({})), full) is None
