"""What the simulation of training steps compares, as far as that can be known without torch."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from benchmarks import simulate_memory
from benchmarks.closed_form import closed_form
from benchmarks.measured_steps import measured_cases
from benchmarks.mixed_steps import HYBRIDS, MIXTURES
from benchmarks.random_steps import random_cases
from benchmarks.sharded_steps import SHARDED
from benchmarks.tiled_steps import TILED
from benchmarks.tower_steps import TOWERS
from benchmarks.training_shapes import ATTENTION, CASES, Case, shape

NETWORK = shape("llama", (2, 256, 512, 4, 2, 64, 1_000), tied=True)


def test_the_steps_that_are_simulated_cover_every_kind() -> None:
    """All methods, losses, attentions and optimizers, checkpoints and none, mixtures and dense networks."""
    kinds = {
        (case.method, case.loss, case.attn_implementation, case.optim, case.gradient_checkpointing) for case in CASES
    }
    mixtures = {case.experts_implementation for case in CASES if "num_experts" in case.architecture}
    adapted_experts = [case for case in MIXTURES if case.target_modules == "all-linear"]
    state_kernels = {case.state_kernels for case in HYBRIDS}

    assert [len(values) for values in map(set, zip(*kinds, strict=True))] == [3, 2, 3, 2, 2]
    assert mixtures == {"grouped_mm", "eager"}
    assert adapted_experts
    assert state_kernels == {"fused", "torch"}
    assert {(case.sharding, case.method) for case in SHARDED} == {
        ("fsdp1", "full"),
        ("fsdp2", "full"),
        ("fsdp2", "lora"),
    }
    assert {(case.method, case.trains_tower, case.gradient_checkpointing) for case in TOWERS} >= {
        ("full", True, True),
        ("full", True, False),
        ("full", False, True),
        ("lora", True, True),
        ("lora", True, False),
        ("lora", False, True),
        ("lora", False, False),
    }
    assert {(case.algorithm, case.method) for case in TILED} >= {("dpo", "full"), ("dpo", "lora"), ("dpo", "qlora")}


def test_images_of_a_step_weigh_on_the_closed_form() -> None:
    """A tower that is trained keeps more than one that is not, and images more than none."""
    first = TOWERS[0]
    steps = [replace(first, images=0), replace(first, trains_tower=False), first]
    activations = [closed_form(replace(step, gradient_checkpointing=False)).parts["activations"] for step in steps]

    assert activations == sorted(activations)
    assert activations[1] < activations[2]


def test_random_steps_are_the_same_for_the_same_seed() -> None:
    """A seed is enough to run a step again."""
    first = list(random_cases(20, seed=7))

    assert first == list(random_cases(20, seed=7))
    assert first != list(random_cases(20, seed=8))


def test_the_closed_form_takes_every_step() -> None:
    """No step names a setting that the library does not know; every estimate has weights, optimizer and activations."""
    cases = [*CASES, *MIXTURES, *HYBRIDS, *TILED, *SHARDED, *TOWERS, *random_cases(20, seed=7)]

    parts = [closed_form(case).parts for case in cases]

    assert all(part["weights"] and part["optimizer"] for part in parts)


def test_a_measured_row_becomes_a_step(tmp_path: Path) -> None:
    """What torch had allocated, of a stack that can be simulated; rows of other stacks are left out."""
    columns = "arch,task,method,quant,batch,seq,lora_r,lora_targets,grad_ckpt,attn,gpu,framework,quantity,measured_gb"
    row = "tiny,training,qlora,nf4,1,128,8,attn,1,eager,T4-16GB,{},peak_allocated,2,GiB,lora_fp32=1; kbit_fp32=1\n"
    measurements = tmp_path / "measurements.csv"
    measurements.write_text(
        f"{columns},unit,notes\n" + row.format("transformers+peft") + row.format("litgpt"), encoding="utf-8"
    )
    architectures = tmp_path / "architectures.csv"
    architectures.write_text(
        "arch,layers,hidden,intermediate,heads,kv_heads,head_dim,vocab,tied\ntiny,2,256,512,4,2,64,1000,1\n",
        encoding="utf-8",
    )

    cases = list(measured_cases(measurements, architectures))

    step = Case(
        name="tiny on T4-16GB",
        architecture=NETWORK,
        method="qlora",
        max_seq_length=128,
        r=8,
        target_modules=ATTENTION,
        attn_implementation="eager",
        dtype="float16",
    )
    assert cases == [(step, 2 * 2**30)]


def test_measurements_need_their_networks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Either file alone is invalid usage."""
    monkeypatch.setattr("sys.argv", ["simulate_memory", "--measurements", "measurements.csv"])

    with pytest.raises(SystemExit, match="2"):
        simulate_memory.main()

    assert "--measurements and --architectures go together" in capsys.readouterr().err


def test_heads_divide_the_width_of_a_random_network() -> None:
    """Configurations that transformers refuses are not made."""
    networks = [case.architecture for case in islice(random_cases(50, seed=1), 50)]

    assert all(network["hidden_size"] % network["num_attention_heads"] == 0 for network in networks)
