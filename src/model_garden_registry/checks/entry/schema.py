"""A document against the JSON schema. The only owner of jsonschema and of jsonschema-rs (extra ``fast``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from model_garden_registry.bundled import bundled_overlay_schema, bundled_schema
from model_garden_registry.checks.entry.consistency import Flaw, meant
from model_garden_registry.entries.allowed import allowed_words
from model_garden_registry.entries.patterns import pattern_words
from model_garden_registry.files.documents import read_document
from model_garden_registry.findings import Code, Severity
from model_garden_registry.lazy import lazy
from model_garden_registry.visible_text import found_words

if TYPE_CHECKING:
    from model_garden_registry.entries.part import Part

#: The finding code of each violated keyword.
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
    "minItems": Code.WRONG_LENGTH,
    "maxItems": Code.WRONG_LENGTH,
    "minProperties": Code.WRONG_LENGTH,
    "uniqueItems": Code.NOT_ALLOWED,
    "anyOf": Code.NO_ALTERNATIVE,
    "oneOf": Code.NO_ALTERNATIVE,
}

#: Keys that belong to the author of a file; tables have none.
_EXTENSION = "^x-"
#: How many unknown keys of an object get a did-you-mean hint.
_HINTED = 20


class SchemaChecker:
    """
    Checks documents against the registry schema.

    Validity is decided quickly: by jsonschema-rs where it is installed, else by the models that the schema is made
    from. jsonschema explains violations, entry by entry, and is imported only then.

    Args:
        schema: The registry schema, or that of overlays.

        of_overlays: Whether it is that of overlays, which have no models of their own.
    """

    def __init__(self, schema: Mapping[str, Any], *, of_overlays: bool = False) -> None:
        definitions = schema["definitions"]
        entry_schema = {**definitions["ModelInfo"], "definitions": definitions}
        fast_head, self._fast_entry = _fast_validator(schema), _fast_validator(entry_schema)
        is_envelope, is_model = (_is_unknown, _is_unknown) if of_overlays else (_is_envelope, _is_model)
        self._head, self._is_head_valid = _Explainer(schema), fast_head.is_valid if fast_head else is_envelope
        self._entry = _Explainer(entry_schema)
        self._is_entry_valid = self._fast_entry.is_valid if self._fast_entry else is_model
        self._may_remove = of_overlays

    def flaws(self, document: Mapping[str, Any]) -> list[Flaw]:
        """Return every violation of the schema in a document, in file order."""
        models = document.get("models")
        if not isinstance(models, dict):
            return list(self._head.flaws(document, ()))
        head = {**document, "models": {}}
        flaws = [] if self._is_head_valid(head) else list(self._head.flaws(head, ()))
        for key, raw in models.items():
            if raw is not None or not self._may_remove:
                flaws += self.entry_flaws(key, raw)
        return flaws

    def entry_flaws(self, key: str, raw: Any) -> list[Flaw]:
        """Return every violation of the schema in an entry."""
        if self._is_entry_valid(raw):
            return []
        return list(self._entry.flaws(raw, ("models", key), only=self._failing(raw)))

    def _failing(self, raw: Any) -> frozenset[str] | None:
        """Return the keys of an entry below which something is wrong; None where the quick check cannot tell."""
        if self._fast_entry is None:
            return None
        return frozenset(
            str(error.instance_path[0]) for error in self._fast_entry.iter_errors(raw) if error.instance_path
        )


def shipped_checker() -> SchemaChecker:
    """Return a checker of the shipped schema file; generating the schema would cost as much as importing the models."""
    return SchemaChecker(read_document(bundled_schema()))


def overlay_checker() -> SchemaChecker:
    """Return a checker of the shipped schema file of overlays."""
    return SchemaChecker(read_document(bundled_overlay_schema()), of_overlays=True)


def explained(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Flaw]:
    """Explain each violation of any draft-07 schema whose keywords this module knows."""
    return _Explainer(schema).flaws(document, ())


def _fast_validator(schema: Mapping[str, Any]) -> Any:
    try:
        import jsonschema_rs
    except ImportError:
        return None
    return jsonschema_rs.Draft7Validator(dict(schema))


def _is_envelope(head: Mapping[str, Any]) -> bool:
    from model_garden_registry.entries.envelope import Envelope

    return _is_part(Envelope, {key: value for key, value in head.items() if key != "models"})


def _is_model(raw: object) -> bool:
    from model_garden_registry.entries.model import ModelInfo

    return _is_part(ModelInfo, raw)


def _is_unknown(_: object) -> bool:
    """Leave every document to the explanation, which finds nothing in a valid one."""
    return False


def _is_part(kind: type[Part], raw: object) -> bool:
    try:
        kind.model_validate(raw)
    except ValueError:
        return False
    return True


class _Explainer:
    """One schema; its validator is built when there is a violation to explain."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    @lazy
    def _kind(self) -> Callable[[Mapping[str, Any]], Any]:
        from jsonschema import Draft7Validator  # late: a valid file does not need it
        from jsonschema.validators import extend

        kind: Callable[[Mapping[str, Any]], Any] = extend(Draft7Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
        return kind

    def _validator(self, only: frozenset[str] | None) -> Any:
        """Return a validator for the whole schema, or for violations below these keys only."""
        if only is None:
            return self._kind(self._schema)
        properties = {key: known if key in only else {} for key, known in self._schema["properties"].items()}
        return self._kind({**self._schema, "properties": properties})

    def flaws(self, instance: Any, base: tuple[str, ...], *, only: frozenset[str] | None = None) -> Iterator[Flaw]:
        """
        Explain each violation.

        Args:
            base: Location of the instance in the file.

            only: The keys below which there is something to explain; None: all of them.
        """
        for found in self._validator(only).iter_errors(instance):
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
    """Match as ECMAScript and the models do: ``$`` matches only at the end, not before a final line feed."""
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
    """Return whether a value is not among those listed because its type is wrong, which is a flaw of its own."""
    if error.validator != "enum" or "type" not in error.schema:
        return False
    return type(error.instance) not in set(map(type, error.validator_value))


def _is_other_type(inner: Any) -> bool:
    return not inner.path and inner.validator in ("type", "const")


def _unknown_keys(error: Any, where: tuple[str, ...]) -> Iterator[Flaw]:
    known = error.schema["properties"]
    extension = re.compile(next(iter(error.schema.get("patternProperties", (_EXTENSION,)))))
    unknown = [key for key in error.instance if key not in known and not extension.search(key)]
    for number, key in enumerate(unknown):
        hint = meant(key, known) if number < _HINTED else ""
        message = f"unknown key {key!r}{hint}"
        yield Flaw(Code.UNKNOWN_KEY, Severity.FAIL, (*where, key), message)


def _message(error: Any) -> str:
    found = found_words(error.instance)
    match error.validator:
        case "required":
            return str(error.message).replace(" is a required property", " is missing")
        case "pattern":
            return f"should be {pattern_words(error.validator_value, error.schema.get('examples', ()))}, found {found}"
        case "minLength" | "minItems":
            return "should not be empty"
        case _:
            return f"should be {allowed_words(error.schema)}, found {found}"
