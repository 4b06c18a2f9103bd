"""A document against the JSON schema. The only owner of jsonschema and of jsonschema-rs (extra ``fast``)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from model_garden_registry.checks.consistency import Flaw
from model_garden_registry.entries.allowed import allowed_words
from model_garden_registry.errors import closing
from model_garden_registry.findings import Code, Severity
from model_garden_registry.near_names import close_names

#: Which finding a violated keyword is.
_CODES = {
    "type": Code.WRONG_TYPE,
    "required": Code.MISSING_KEY,
    "additionalProperties": Code.UNKNOWN_KEY,
    "enum": Code.NOT_ALLOWED,
    "const": Code.NOT_ALLOWED,
    "pattern": Code.BAD_PATTERN,
    "minimum": Code.OUT_OF_RANGE,
    "maximum": Code.OUT_OF_RANGE,
    "exclusiveMinimum": Code.OUT_OF_RANGE,
    "exclusiveMaximum": Code.OUT_OF_RANGE,
    "minLength": Code.WRONG_LENGTH,
    "anyOf": Code.NO_ALTERNATIVE,
}
_SHOWN = 60


class SchemaChecker:
    """
    Checks documents against the registry schema, compiled once.

    jsonschema-rs, where installed, says quickly whether a document or an entry is valid; jsonschema explains what is
    not, entry by entry.

    Args:
        schema: The registry schema.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        definitions = schema["definitions"]
        self._file = _Compiled(schema)
        self._entry = _Compiled({**definitions["ModelInfo"], "definitions": definitions})

    def flaws(self, document: Mapping[str, Any]) -> list[Flaw]:
        """Give everything in which a document violates the schema, in file order."""
        models = document.get("models")
        if not isinstance(models, dict):
            return list(self._file.flaws(document, ()))
        if self._file.is_fast and self._file.is_valid(document):
            return []
        flaws = list(self._file.flaws({**document, "models": {}}, ()))
        for key, raw in models.items():
            if not self._entry.is_valid(raw):
                flaws += self._entry.flaws(raw, ("models", key))
        return flaws


class _Compiled:
    """One schema, ready to answer; what explains is built only when something is to be explained."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        fast = _fast_validator(schema)
        self.is_fast = fast is not None
        self.is_valid: Callable[[Any], bool] = fast or self._slow_is_valid

    @cached_property
    def _explainer(self) -> Any:
        from jsonschema import Draft7Validator  # late: a valid file and the fast checker do not need it
        from jsonschema.validators import extend

        return extend(Draft7Validator, {"pattern": _pattern})(self._schema)  # type: ignore[no-untyped-call]

    def _slow_is_valid(self, instance: Any) -> bool:
        return next(self._explainer.iter_errors(instance), None) is None

    def flaws(self, instance: Any, base: tuple[str, ...]) -> Iterator[Flaw]:
        """Explain each violation; ``base`` is where the instance stands in the file."""
        for found in self._explainer.iter_errors(instance):
            for error in _innermost(found):
                if _is_told_by_type(error):
                    continue
                where = (*base, *map(str, error.absolute_path))
                code = _CODES[error.validator]
                if code is Code.UNKNOWN_KEY:
                    yield from _unknown_keys(error, where)
                else:
                    yield Flaw(code, Severity.FAIL, where, _message(error))


def _pattern(_validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[Any]:
    """Match as ECMAScript and the models do: ``$`` is the very end, not also before a final line feed."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError("does not match")


def _innermost(error: Any) -> Iterator[Any]:
    """Of alternatives, explain the one whose type the value has, where there is exactly one."""
    meant: dict[int, list[Any]] = {}
    for inner in error.context:
        meant.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [inners for inners in meant.values() if not any(_is_other_type(inner) for inner in inners)]
    if len(fitting) != 1:
        yield error
        return
    for inner in fitting[0]:
        yield from _innermost(inner)


def _is_told_by_type(error: Any) -> bool:
    """Say whether a value is none of those listed because it has another type, which is a flaw of its own."""
    if error.validator != "enum" or "type" not in error.schema:
        return False
    return type(error.instance) not in set(map(type, error.validator_value))


def _is_other_type(inner: Any) -> bool:
    return not inner.path and inner.validator in ("type", "const")


def _fast_validator(schema: Mapping[str, Any]) -> Callable[[Any], bool] | None:
    try:
        import jsonschema_rs
    except ImportError:
        return None
    return jsonschema_rs.Draft7Validator(dict(schema)).is_valid


def _unknown_keys(error: Any, where: tuple[str, ...]) -> Iterator[Flaw]:
    known = error.schema["properties"]
    extension = re.compile(next(iter(error.schema["patternProperties"])))
    for key in error.instance:
        if key not in known and not extension.search(key):
            message = f"{key!r} is no key of the format{closing(close_names(key, known))}"
            yield Flaw(Code.UNKNOWN_KEY, Severity.FAIL, (*where, key), message)


def _message(error: Any) -> str:
    found = _shown(error.instance)
    match error.validator:
        case "required":
            return str(error.message).replace(" is a required property", " is missing")
        case "pattern":
            return f"should look like {error.schema.get('examples', [error.validator_value])[0]!r}, found {found}"
        case "minLength":
            return "should not be empty"
        case _:
            return f"should be {allowed_words(error.schema)}, found {found}"


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
