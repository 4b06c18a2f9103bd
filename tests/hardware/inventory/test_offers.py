"""What a job can ask for: words that a manager understands, and nothing else."""

from __future__ import annotations

import re

import pytest

from model_garden_registry.hardware.inventory.offers import MOST_LABELS, Offer, offer

LABEL = ("nvidia.com/gpu.product", "NVIDIA-L4")


@pytest.mark.parametrize(
    ("resource", "is_slurms"),
    [
        ("gpu", True),
        ("gpu:h100", True),
        ("gpu:nvidia_a100_1g.10gb", True),
        ("gpu:nvidia_a100_80gb_pcie_1g.10gb+me", True),
        ("nvidia.com/gpu", False),
        ("nvidia.com/mig-1g.5gb", False),
        ("nvidia.com/gpu.shared", False),
    ],
)
def test_resources_of_the_managers(resource: str, is_slurms: bool) -> None:
    assert Offer(resource=resource).is_slurms is is_slurms


@pytest.mark.parametrize("feature", ["a100", "GPU_SKU:L40S", "gpu_type=a100&gpu_mem=80g", "p4d.24xlarge"])
def test_a_feature_is_a_word_or_two(feature: str) -> None:
    assert Offer(resource="gpu", feature=feature).feature == feature


def test_labels_are_in_the_order_of_their_names() -> None:
    given = offer("nvidia.com/gpu", labels={"b": "1", "a.b/c": ""})
    assert given is not None
    assert given.labels == (("a.b/c", ""), ("b", "1"))


#: What is said of each key.
SAID = {
    "resource": "resource: gpu, gpu:TYPE or DOMAIN/NAME",
    "feature": "feature: a word, or two with & between them",
    "labels": "labels: names and values as Kubernetes has them",
}


def test_a_feature_or_labels_may_be_found() -> None:
    assert offer("gpu", feature="a") == Offer(resource="gpu", feature="a")
    assert offer("a.b/c") == Offer(resource="a.b/c")
    many = {f"a{number}": "" for number in range(MOST_LABELS)}
    assert offer("a.b/c", labels=many) is not None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        *(
            ({"resource": resource}, "resource")
            for resource in (
                *("", "gpu:", "gpu:h100:8", "gpu:a b", "gpu:a\n#SBATCH --uid=0", "gpu\n", "gpu:\u0661", "-x/gpu"),
                *("pods", "nvidia.com/", "/gpu", "nvidia.com/a/b", "NVIDIA.com/gpu", "nvidia.com/g: pu", "$(id)/gpu"),
                *("a..b/gpu", "a.-b/gpu", "a-.b/gpu", "kubernetes.io/gpu", "x.kubernetes.io/gpu"),
                "gpu:" + "a" * 101,
            )
        ),
        *(
            ({"feature": feature}, "feature")
            for feature in ("", "a|b", "[a*2]", "a&", "&a", "a&b&c", "a b", 'a"b', "a\n", "$(id)", "-a", "a" * 101)
        ),
        *(({"labels": ((name, "a"),)}, "labels") for name in ("", "a/b/c", "a b", "a\n", "A.b/c", "-a")),
        *(({"labels": (("a", value),)}, "labels") for value in ("a b", "-a", "a-", "a\n", "a" * 64, "\u00e9")),
        ({"labels": tuple((f"a{number}", "") for number in range(MOST_LABELS + 1))}, "labels: at most 20"),
        ({"resource": "gpu", "labels": (LABEL,)}, "feature is Slurm's, labels are Kubernetes'"),
        ({"resource": "a.b/c", "feature": "a"}, "feature is Slurm's, labels are Kubernetes'"),
    ],
)
def test_what_no_manager_understands_is_no_offer(wrong: dict[str, object], said: str) -> None:
    resource = "a.b/c" if "labels" in wrong else "gpu"
    with pytest.raises(ValueError, match=f"^{re.escape(SAID.get(said, said))}$"):
        Offer(**({"resource": resource} | wrong))  # type: ignore[arg-type]  # wrong on purpose


def test_what_a_job_could_not_repeat_is_no_offer() -> None:
    assert offer("gpu:a b") is None
    assert offer("gpu", feature="a|b") is None
    assert offer("a.b/c", labels={"a b": ""}) is None
