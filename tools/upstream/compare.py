"""Our tables compared with the real packages: one row for each fact that both state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry.authoring.config_json import architecture_of
from model_garden_registry.authoring.config_parts import text_config
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.errors import RegistryError
from model_garden_registry.families.config_numbers import further_weights
from model_garden_registry.families.family import Defaults, Family, class_defaults, family_of, tower_of_type
from model_garden_registry.families.ranges import Package
from model_garden_registry.families.versions import known_release
from model_garden_registry.memory.network.shape import count_parameters

#: Our count may differ this much from the real class: biases, and the norms of heads.
NEAR = 0.005


class Row(NamedTuple):
    """
    One fact.

    Args:
        subject: A tool with its release, or a family.

        fact: Its name in our tables.

        ours: What our table states.

        theirs: What the package states.

        since: The release from which on our table states it.

        agrees: Whether both are the same, or near enough.

        newest: What our table states of the newest release that was read.
    """

    subject: str
    fact: str
    ours: object
    theirs: object
    since: str = ""
    agrees: bool = False
    newest: object = None

    @property
    def moved(self) -> bool:
        """Whether our table states another value for the newest release."""
        return self.newest is not None and _plain(self.newest) != _plain(self.ours)


def package_rows(package: Package, version: str, theirs: Mapping[str, Any]) -> Iterator[Row]:
    """
    Compare a tool at a release.

    Args:
        theirs: Facts by their names in our tables; what could not be read is not among them.
    """
    subject, ours, newest = f"{package.title} {version}", package.at(version), package.at(package.read)
    for fact, found in theirs.items():
        since = _since(package, version, fact)
        for path, mine, value, now in _leaves(fact, ours.get(fact), found, newest.get(fact)):
            yield Row(subject, path, mine, value, since, _plain(mine) == _plain(value), now)


def _leaves(path: str, ours: object, theirs: object, newest: object) -> Iterator[tuple[str, object, object, object]]:
    """Yield the leaves of objects that both sides have: a key that could not be read is not compared."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        now = newest if isinstance(newest, Mapping) else {}
        for key, value in theirs.items():
            yield from _leaves(f"{path}.{key}", ours.get(key), value, now.get(key))
    else:
        yield path, ours, theirs, newest


def families_rows(theirs: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """
    Compare families with their real classes.

    Args:
        theirs: What ``families.facts`` returns, by ``model_type``, with a word for a variant behind it.
    """
    for name, found in theirs.items():
        family = family_of(name.split()[0])
        known = {module.rpartition(".")[2] for module in family.modules}
        unknown = sorted({*found["linears"]} - known)
        yield _count_row(name, family, found)
        yield Row(name, "linear layers without a place", [], unknown, family.checked, not unknown)
        yield from _tower_rows(name, family, found)
        yield from _default_rows(name, class_defaults(found["text_defaults"]["model_type"]), found["text_defaults"])
        if name == family.model_type:
            variants = [one for key, one in theirs.items() if key.split()[0] == name]
            yield from _family_rows(name, family, found, variants)


def _family_rows(
    name: str, family: Family, theirs: Mapping[str, Any], variants: list[Mapping[str, Any]]
) -> Iterator[Row]:
    """Compare a family with its class; layers and parameters may be in some of its variants only."""
    pairs: dict[str, tuple[object, object]] = {
        "fused_experts": ({*family.fused_experts}, {key for one in variants for key in one["experts"]}),
        "targets": ({*family.targets} - {*family.refused_targets}, _found(variants)),
        "refused_targets": ({*family.refused_targets}, {key for one in variants for key in one["targets_refused"]}),
        "target_parameters": (
            {*family.target_parameters},
            {key for one in variants for key in one["parameters_found"]},
        ),
        "norms": (family.norms, theirs["norms_per_layer"]),
        "head_norms": (family.head_norms, theirs["head_norms"]),
        "norm": (family.norm, "layer" if theirs["layer_norm"] else "rms"),
        "gated": (family.gated, theirs["gated"]),
        "tied": (family.tied, theirs["tied"]),
        "hooked_tower": (family.hooked_tower, theirs["hooked_tower"]),
        "sdpa": (family.sdpa, theirs["sdpa"]),
    }
    for fact, (mine, found) in pairs.items():
        yield Row(name, fact, _shown(mine), _shown(found), family.checked, mine == found)


def _tower_rows(name: str, family: Family, theirs: Mapping[str, Any]) -> Iterator[Row]:
    """Compare the weights of a tower whose type is known, and what its class has by itself."""
    if not family.vision:
        return
    try:
        tower = architecture_of({**theirs["config"], "model_type": family.model_type}, Path("config.json")).vision
    except RegistryError:  # the row of its weights says so
        return
    if tower and tower.parameters:
        found = theirs["tower_parameters"]
        yield Row(name, "tower weights", tower.parameters, found, family.checked, tower.parameters == found)
    defaults = theirs["tower_defaults"]
    yield from _default_rows(name, tower_of_type(str(defaults["model_type"])), defaults)


def _default_rows(name: str, ours: Defaults, theirs: Mapping[str, Any]) -> Iterator[Row]:
    """Compare the numbers that a class has by itself; what it names otherwise is not compared."""
    found = theirs["numbers"]
    both = {key: (value, found[key]) for key, value in ours.numbers.items() if key in found}
    for key, (mine, value) in both.items():
        yield Row(f"{name} ({theirs['model_type']})", key, mine, value, ours.checked, mine == value)


def _shown(value: object) -> object:
    return sorted(value) if isinstance(value, set) else value


def _found(variants: list[Mapping[str, Any]]) -> set[str]:
    """Return the targets that PEFT finds; where we name none, it is asked for all, which is none by name."""
    return {key for one in variants for key in one["targets_found"]} - {"all-linear"}


def _count_row(name: str, family: Family, theirs: Mapping[str, Any]) -> Row:
    found = theirs["parameters"] - theirs["tower_parameters"]
    try:
        mine = counted({**theirs["config"], "model_type": family.model_type}, family)
    except RegistryError as error:
        return Row(name, "parameters", f"refused: {error}", found, family.checked, bool(family.refused))
    return Row(name, "parameters", mine, found, family.checked, abs(mine - found) <= NEAR * found)


def counted(config: Mapping[str, Any], family: Family) -> int:
    """Count the weights of the language model that a config.json describes, as an entry made of it does."""
    architecture: Architecture = architecture_of(config, Path("config.json")).model_copy(update={"vision": None})
    return count_parameters(architecture) + further_weights(family, text_config(config))


def _since(package: Package, version: str, fact: str) -> str:
    """Return the release of the newest range that states a fact, of those that hold."""
    holding = [item for item in package.ranges if known_release(item["since"]) <= known_release(version)]
    states = [str(item["since"]) for item in holding if fact in item]
    return states[-1] if states else ""


def _plain(value: object) -> object:
    """Return a value so that tuples and lists, and numbers of both kinds, compare."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, Mapping) else value
