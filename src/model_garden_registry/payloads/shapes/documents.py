"""Every document by its format, with its type and the commands that print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_garden_registry.payloads.json_schema import document_schema
from model_garden_registry.payloads.shapes.catalogue import (
    AuditDocument,
    CensusDocument,
    ComparisonDocument,
    DifferencesDocument,
)
from model_garden_registry.payloads.shapes.clusters.placements import PlacementDocument
from model_garden_registry.payloads.shapes.dialects import CheckDocument, DriftDocument, ExportDocument, TargetsDocument
from model_garden_registry.payloads.shapes.entries import CategoriesDocument, EntryDocument, ListDocument
from model_garden_registry.payloads.shapes.errors import ErrorDocument
from model_garden_registry.payloads.shapes.estimates import EstimateDocument, SweepDocument
from model_garden_registry.payloads.shapes.fits import FitDocument, FitsDocument, PlanDocument
from model_garden_registry.payloads.shapes.hardware import GpusDocument, HardwareDocument, InventoryDocument
from model_garden_registry.payloads.shapes.matrices import MatrixDocument
from model_garden_registry.payloads.shapes.registries.outdated import OutdatedDocument
from model_garden_registry.payloads.shapes.registries.remotes import (
    IndexDocument,
    RegistryStatusDocument,
    RegistryUpdateDocument,
)
from model_garden_registry.payloads.shapes.registries.scan import DraftsDocument, ScanDocument
from model_garden_registry.payloads.shapes.reports import AnyReport, ReportsDocument
from model_garden_registry.payloads.shapes.settings import DefaultsDocument


@dataclass(frozen=True, slots=True)
class Document:
    """
    A kind of JSON document.

    Args:
        shape: Its type, as pydantic reads types.

        contents: Its contents, as half a sentence.

        commands: The command lines that print it; none if every one with ``--json`` can.

        route: The route that answers with it, if no command prints it.
    """

    shape: Any
    contents: str
    commands: tuple[str, ...] = ()
    route: str | None = None


DOCUMENTS: Mapping[str, Document] = {
    "mgr.list/1": Document(ListDocument, "a list of models, and how many match", ("mgr list --json",)),
    "mgr.entry/1": Document(EntryDocument, "one entry, its defaults filled", ("mgr show --json", "mgr new --json")),
    "mgr.categories/1": Document(CategoriesDocument, "the categories by key", ("mgr categories --json",)),
    "mgr.compare/1": Document(ComparisonDocument, "models side by side", ("mgr compare --json",)),
    "mgr.stats/1": Document(CensusDocument, "counts of models and numbers", ("mgr stats --json",)),
    "mgr.audit/1": Document(AuditDocument, "where numbers come from", ("mgr audit --json",)),
    "mgr.defaults/1": Document(DefaultsDocument, "merged settings", ("mgr defaults --json",)),
    "mgr.estimate/1": Document(EstimateDocument, "memory by part", ("mgr estimate --json",)),
    "mgr.sweep/1": Document(
        SweepDocument, "memory for each value of a setting", ("mgr estimate --sweep NAME=VALUES --json",)
    ),
    "mgr.fit/1": Document(FitDocument, "which models run on given hardware", ("mgr fit --json",)),
    "mgr.fits/1": Document(FitsDocument, "which models run on several machines", ("mgr fit --json",)),
    "mgr.plan/1": Document(PlanDocument, "which known GPUs run a model", ("mgr plan --json",)),
    "mgr.matrix/1": Document(
        MatrixDocument, "what training stacks and serving engines support", ("mgr matrix --json",)
    ),
    "mgr.report/1": Document(
        AnyReport,
        "the verdict on one model or file",
        ("mgr validate --json", "mgr schema check --json", "mgr lint --json"),
    ),
    "mgr.reports/1": Document(
        ReportsDocument,
        "the verdicts on several models or files",
        ("mgr validate --json", "mgr schema check --json", "mgr lint --json"),
    ),
    "mgr.targets/1": Document(TargetsDocument, "export targets", ("mgr export --json",)),
    "mgr.export/1": Document(ExportDocument, "a model, written for another tool", ("mgr export --json",)),
    "mgr.check/1": Document(CheckDocument, "verdicts on other tools' files", ("mgr check --json",)),
    "mgr.drift/1": Document(
        DriftDocument, "where another tool's file differs from the registry", ("mgr drift --json",)
    ),
    "mgr.hardware/1": Document(HardwareDocument, "the hardware of a machine", ("mgr hardware --json",)),
    "mgr.inventory/1": Document(
        InventoryDocument,
        "the nodes of a cluster with their hardware",
        ("mgr inventory from", "mgr inventory probe", "mgr inventory merge", "mgr inventory show --json"),
    ),
    "mgr.placement/1": Document(
        PlacementDocument, "which models go on which nodes of a cluster", ("mgr inventory place --json",)
    ),
    "mgr.gpus/1": Document(GpusDocument, "the GPUs that can be named", route="GET /api/v1/registry/gpus"),
    "mgr.diff/1": Document(DifferencesDocument, "what changed between two registries", ("mgr diff --json",)),
    "mgr.status/1": Document(
        RegistryStatusDocument, "the files that the registry is made of", ("mgr registry status --json",)
    ),
    "mgr.update/1": Document(
        RegistryUpdateDocument, "what came of an update of the remote registry", ("mgr registry update --json",)
    ),
    "mgr.index/1": Document(IndexDocument, "which file is the published registry", ("mgr site build --json",)),
    "mgr.outdated/1": Document(
        OutdatedDocument, "ids in files that are out of date", ("mgr registry outdated --json",)
    ),
    "mgr.drafts/1": Document(
        DraftsDocument, "drafts of entries for new models on the Hub", ("mgr registry scan --hub ORG --json",)
    ),
    "mgr.scan/1": Document(ScanDocument, "models on a machine", ("mgr registry scan --json",)),
    "mgr.error/1": Document(ErrorDocument, "why there is no answer", ()),
}


def schema_name(name: str) -> str:
    """Return the file name of the JSON schema of a format: ``mgr.list-1.schema.json``."""
    return f"{name.replace('/', '-')}.schema.json"


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON schema of a format."""
    return document_schema(name, DOCUMENTS[name].shape)
