"""Questions about many models, or many GPUs, answered in portions."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from model_garden_registry.api.asked import FitQuestion, PlanQuestion
from model_garden_registry.api.invalid_questions import wrong_part
from model_garden_registry.api.naming import cluster, ids_or_words, layers_of, machines, written_names
from model_garden_registry.checks.buckets import Fits
from model_garden_registry.hardware.gpus import DriverState, Hardware
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.payloads.fits import fit_document, joined_document, plan_document
from model_garden_registry.registry.model_registry import ModelRegistry

#: Reports between two pauses: one with remedies takes several times as long as a verdict.
_PORTION = 8

Steps = Generator[None, None, dict[str, Any]]


def fit_steps(registry: ModelRegistry, question: FitQuestion, here: Hardware | None) -> Steps:
    """
    Return ``mgr.fit/1``, or ``mgr.fits/1`` for several GPUs or the pools of a cluster, with pauses.

    Args:
        here: The hardware of this machine, for a question without GPUs.

    Raises:
        InvalidQuestionError: No GPU is named, and there is no driver here.

        RegistryError: As ``ModelRegistry.fit``, or there is no such GPU.
    """
    if question.inventory is not None:
        return (yield from _pool_steps(registry, question, cluster(question.inventory)))
    named = [*machines(question.gpu, question.gpus).values()]
    if not named and (here is None or here.state is DriverState.NO_LIBRARY):
        raise wrong_part("no_driver", ["body", "gpu"], "there is no NVIDIA driver here; name a GPU with gpu")
    ids, query = ids_or_words(registry, question.words)
    yield
    each = yield from registry.fit_in_steps(
        question.task, named or [here], ids=ids, overrides=layers_of(question), query=query
    )
    documents = yield from _documents(each, question.limit)
    return documents[0] if len(documents) == 1 else joined_document(question.task, documents)


def _pool_steps(registry: ModelRegistry, question: FitQuestion, inventory: Inventory) -> Steps:
    """Return ``mgr.fits/1`` of the pools of a cluster, with pauses."""
    ids, query = ids_or_words(registry, question.words)
    yield
    pools = yield from registry.fit_pools_in_steps(
        question.task, inventory, ids=ids, overrides=layers_of(question), query=query
    )
    documents = yield from _documents(pools.values(), question.limit)
    return joined_document(question.task, documents)


def plan_steps(registry: ModelRegistry, question: PlanQuestion) -> Steps:
    """
    Return ``mgr.plan/1``, with pauses.

    Raises:
        InvalidQuestionError: The inventory is none, or has too many pools or kinds of nodes.

        RegistryError: As ``ModelRegistry.plan``.
    """
    named, layers = (question.task, question.model_id), layers_of(question)
    if question.inventory is not None:
        inventory = cluster(question.inventory)
        yield
        plan = yield from registry.plan_pools_in_steps(*named, inventory, overrides=layers)
    else:
        gpus = written_names(question.gpu) or None
        yield
        plan = yield from registry.plan_in_steps(*named, overrides=layers, gpus=gpus)
    yield from _paused(choice.report for choice in plan.choices[: question.limit])
    return plan_document(plan, most=question.limit)


def _documents(each: Iterable[Fits], most: int | None) -> Generator[None, None, list[dict[str, Any]]]:
    """Return the document of each machine or pool, with pauses."""
    documents = []
    for fits in each:
        yield from _reported(fits, most)
        documents.append(fit_document(fits, most=most))
        yield
    return documents


def _reported(fits: Fits, most: int | None) -> Generator[None]:
    """Make the reports of a document, which are kept: of all models for the bucket, of those shown in full."""
    yield from _paused(one.bucket for one in fits.fitted)
    yield from _paused(one.report for one in fits.first(most))


def _paused(work: Iterable[object]) -> Generator[None]:
    """Do pieces of work, with a pause after each portion."""
    for number, _ in enumerate(work, start=1):
        if number % _PORTION == 0:
            yield
