"""Facts of sources about models: stored by source, compared with the previous run and with each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.gather.trees import Origin

#: Model → field → value, as one source says it.
Facts = Mapping[str, Mapping[str, Any]]

#: Fields with the same meaning in all sources, so that sources can contradict each other.
COMPARABLE = (
    *("architecture_class", "context", "hidden_size", "license", "num_attention_heads", "num_hidden_layers"),
    *("num_key_value_heads", "reasoning_parser", "tool_call_parser", "vocab_size"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """
    The facts of one source.

    Args:
        source: Its short name.

        address: Public address.

        origin: The commit or release that was read, and its day.

        facts: What it says.
    """

    source: str
    address: str
    origin: Origin
    facts: Facts

    def as_text(self) -> str:
        """Return it as text that reads well in a diff: one model a line."""
        head = {"source": self.source, "address": self.address, **self.origin._asdict()}
        lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
        models = [
            f"  {json.dumps(model)}: {json.dumps(said, ensure_ascii=False, sort_keys=True)}"
            for model, said in sorted(self.facts.items())
        ]
        return "\n".join(["{", *lines, ' "models": {', ",\n".join(models), " }", "}"]) + "\n"


def read_gathered(path: Path) -> Gathered:
    """Read what was written by ``as_text``."""
    content = json.loads(path.read_bytes())
    return Gathered(
        source=content["source"],
        address=content["address"],
        origin=Origin(content["commit"], content["date"]),
        facts=content["models"],
    )


def changes(before: Facts, now: Facts) -> Iterator[str]:
    """Yield what is new, changed and gone, a line each."""
    for model in sorted({*before, *now}):
        old, new = before.get(model), now.get(model)
        if old is None:
            yield f"new      {model}"
        elif new is None:
            yield f"gone     {model}"
        else:
            for field in sorted({*old, *new}):
                if old.get(field) != new.get(field):
                    yield f"changed  {model}: {field} {_shown(old.get(field))} -> {_shown(new.get(field))}"


def conflicts(sources: Mapping[str, Facts]) -> Iterator[str]:
    """
    Yield where sources contradict each other, a line for each field of a model.

    No value is chosen: the person who enters a fact decides, and names its source.

    Args:
        sources: Facts by the name of their source.
    """
    models = sorted({model for facts in sources.values() for model in facts})
    for model in models:
        for field in COMPARABLE:
            said = {name: facts[model][field] for name, facts in sources.items() if field in facts.get(model, {})}
            if len({json.dumps(value, sort_keys=True) for value in said.values()}) > 1:
                values = ", ".join(f"{name} {_shown(value)}" for name, value in said.items())
                yield f"conflict {model}: {field}: {values}"


def _shown(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
