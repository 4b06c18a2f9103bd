"""Closed sets that lists know without the models."""

from __future__ import annotations

from typing import Literal

Task = Literal["training", "inference"]
Status = Literal["stable", "experimental", "deprecated"]
SourceKind = Literal["measured", "derived", "vendor", "declared"]
#: What a number may be refused for: the kind of its source, or its age.
Refused = Literal[SourceKind, "old"]
