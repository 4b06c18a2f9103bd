"""How a cluster offers GPUs to jobs: the words of its own by which a job asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Slurm's generic resource, with a type or without.
_GRES = re.compile(r"gpu(:[A-Za-z0-9][A-Za-z0-9_.+-]{0,99})?")
#: One feature, or two that nodes must have; other operators of Slurm's constraints are none of them.
_FEATURE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:=+-]{0,99}(&[A-Za-z0-9_][A-Za-z0-9_.:=+-]{0,99})?")
#: Source: Kubernetes, apimachinery, pkg/util/validation: names with the domain of who defines them, and labels.
_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_PART_OF_DOMAIN = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_PART_OF_DOMAIN}(?:\.{_PART_OF_DOMAIN}){{0,60}}/"
_QUALIFIED = re.compile(rf"(?:{_DOMAIN})?{_WORD}")
#: Resources in Kubernetes' own domain are none that a device plugin offers.
_RESOURCE = re.compile(rf"(?!(?:[a-z0-9.-]*\.)?kubernetes\.io/){_DOMAIN}{_WORD}")
_LABEL = re.compile(rf"(?:{_WORD})?")
#: More labels than a job needs to find nodes.
MOST_LABELS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    What a job asks for to get GPUs, or MIG slices, of a kind.

    Args:
        resource: Slurm's generic resource without its count, ``gpu:h100``, or Kubernetes' extended resource, such as
            ``nvidia.com/gpu`` and ``nvidia.com/mig-1g.10gb``.

        feature: Slurm's feature that says which GPUs the nodes have, where the resource does not, or two with ``&``
            between them; None if none does.

        labels: Names and values of the labels by which Kubernetes finds the nodes, in the order of their names.

    Raises:
        ValueError: A manager could not understand one of them.
    """

    resource: str
    feature: str | None = None
    labels: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not (self.is_slurms or _RESOURCE.fullmatch(self.resource)):
            raise ValueError("resource: gpu, gpu:TYPE or DOMAIN/NAME")
        if self.labels if self.is_slurms else self.feature:
            raise ValueError("feature is Slurm's, labels are Kubernetes'")
        if self.feature is not None and not _FEATURE.fullmatch(self.feature):
            raise ValueError("feature: a word, or two with & between them")
        if len(self.labels) > MOST_LABELS:
            raise ValueError(f"labels: at most {MOST_LABELS}")
        if not all(_QUALIFIED.fullmatch(name) and _LABEL.fullmatch(value) for name, value in self.labels):
            raise ValueError("labels: names and values as Kubernetes has them")

    @property
    def is_slurms(self) -> bool:
        """Whether it is in Slurm's words."""
        return _GRES.fullmatch(self.resource) is not None


def offer(resource: str, *, feature: str | None = None, labels: Mapping[str, str] | None = None) -> Offer | None:
    """Return an offer in words that a cluster was found to use; None if a job could not repeat them."""
    try:
        return Offer(resource=resource, feature=feature, labels=tuple(sorted((labels or {}).items())))
    except ValueError:
        return None
