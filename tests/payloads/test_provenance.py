"""Where numbers come from, as JSON."""

from __future__ import annotations

from model_garden_registry.catalogue.number_sources import SourcedNumbers
from model_garden_registry.payloads.provenance import audit_document

STATED = SourcedNumbers(
    where="/requirements", kind="derived", source="a formula", as_of="2025-11", numbers=("/requirements/min_vram_gb",)
)
UNSTATED = SourcedNumbers(
    where="/architecture",
    kind="declared",
    source=None,
    as_of=None,
    numbers=("/architecture/head_dim", "/architecture/moe/num_experts"),
)


def test_every_source_of_every_model_is_there_with_its_numbers() -> None:
    """Counts for each model and for all; one without a source has null for it."""
    document = audit_document(
        {"org/a": (STATED, UNSTATED), "org/b": ()}, is_valid=False, refused=("declared",), older_than="2026-01"
    )

    all_of_them = {
        "total": 3,
        "measured": 0,
        "derived": 1,
        "vendor": 0,
        "declared": 2,
        "unsourced": 2,
        "old": 1,
        "oldest": "2025-11",
    }
    none = dict.fromkeys(all_of_them, 0) | {"oldest": None}
    assert document == {
        "format": "mgr.audit/1",
        "is_valid": False,
        "fail_on": ["declared"],
        "older_than": "2026-01",
        "numbers": all_of_them,
        "models": [
            {
                "id": "org/a",
                "numbers": all_of_them,
                "sources": [
                    {
                        "pointer": "/requirements",
                        "kind": "derived",
                        "source": "a formula",
                        "as_of": "2025-11",
                        "old": True,
                        "numbers": ["/requirements/min_vram_gb"],
                    },
                    {
                        "pointer": "/architecture",
                        "kind": "declared",
                        "source": None,
                        "as_of": None,
                        "old": False,
                        "numbers": ["/architecture/head_dim", "/architecture/moe/num_experts"],
                    },
                ],
            },
            {"id": "org/b", "numbers": none, "sources": []},
        ],
    }
