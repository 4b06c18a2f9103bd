"""Which model a text means: an id, a former id, another case, a pasted address, a name without its organisation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from model_garden_registry.errors import UnknownModelError
from model_garden_registry.near_names import How, ResolvedId, close_ids
from model_garden_registry.registry.elsewhere import elsewhere

#: No address is longer, and a longer text is slow to parse.
_LONGEST = 2000
#: Near names in a message, and candidates for them, of which several may be of one entry.
_MOST_CLOSE, _MOST_COMPARED = 3, 12
#: Most models of one name that an error lists.
_MOST_LISTED = 6
#: Sites with the same ids: Hugging Face, its mirror, and ModelScope for most models.
_ADDRESS = re.compile(
    r"(?:(?:https?|git|ssh)://)?(?:git@)?(?:[a-z0-9-]+\.)*(?:huggingface\.co|hf\.co|hf-mirror\.com|modelscope\.cn)[/:]+"
    r"|hf://",
    re.IGNORECASE,
)
#: A folder of the huggingface_hub cache, alone or within a path.
_CACHED = re.compile(r"(?:^|[/\\])models--([\w.-]+?)--([\w.-]+?)(?:$|[/\\])")
#: First parts of addresses that are not models.
_NO_MODELS = frozenset({"datasets", "spaces", "collections", "papers", "blog", "docs"})
#: Pages of a model, after its id.
_PAGES = frozenset({"tree", "blob", "resolve", "raw", "discussions", "commits", "summary", "files"})


class IdIndex:
    """
    The ids of a file by the ways to write them; built once, in linear time.

    Args:
        keys: Ids of the entries, in file order.

        aliases: Ids that resolve to each alias, by alias.
    """

    __slots__ = ("_aliases", "_folded", "_keys", "_names")

    def __init__(self, keys: Mapping[str, object], aliases: Mapping[str, Iterable[str]]) -> None:
        self._keys = keys
        self._aliases = {alias: next(iter(claims)) for alias, claims in aliases.items()}
        self._folded: dict[str, dict[str, None]] = {}  # an ordered set of keys
        self._names: dict[str, dict[str, None]] = {}
        for written, key in (*((key, key) for key in keys), *self._aliases.items()):
            folded = written.casefold()
            for index, text in ((self._folded, folded), (self._names, folded.rpartition("/")[2])):
                index.setdefault(text, {})[key] = None

    def resolve(self, text: str) -> ResolvedId:
        """
        Return the model that a text means.

        Raises:
            UnknownModelError: None, or one of several; with near names.
        """
        if (found := self._known(text)) is not None:
            return found
        plain = plain_id(text)
        if (found := self._known(plain)) is None:
            raise self.unknown(text)
        return found if plain == text.strip() else ResolvedId(found.id, How.ADDRESS)

    def unknown(self, text: str) -> UnknownModelError:
        """Return the error for a text that means no model, or one of several, with near names."""
        plain = plain_id(text)
        if len(holders := self._holders(plain)) > 1:
            problem = f"{len(holders)} models have this name"
            return UnknownModelError(text, tuple(holders[:_MOST_LISTED]), problem=problem)
        told = elsewhere(plain, self._named)
        close = self._close(plain) if told is None or told.has_kin else ()
        return UnknownModelError(text, close, problem=told and told.problem)

    def _close(self, plain: str) -> tuple[str, ...]:
        """Return near ids and aliases, only the nearest one of each entry."""
        nearest: dict[str, str] = {}
        for name in close_ids(plain, (*self._keys, *self._aliases), _MOST_COMPARED):
            nearest.setdefault(self._aliases.get(name, name), name)
        return tuple(nearest.values())[:_MOST_CLOSE]

    def _known(self, text: str) -> ResolvedId | None:
        if text in self._keys:
            return ResolvedId(text, How.EXACT)
        if text in self._aliases:
            return ResolvedId(self._aliases[text], How.ALIAS)
        holders = self._holders(text)
        return ResolvedId(holders[0], How.CASE if "/" in text else How.NAME) if len(holders) == 1 else None

    def _named(self, name: str) -> str | None:
        """Return the only key with a name, whatever the organisation."""
        holders = list(self._names.get(name.casefold(), {}))
        return holders[0] if len(holders) == 1 else None

    def _holders(self, text: str) -> list[str]:
        """Return the keys that a text means in another case, or as a name without organisation."""
        folded = text.casefold()
        return list(self._folded.get(folded) or ({} if "/" in folded else self._names.get(folded, {})))


def plain_id(text: str) -> str:
    """
    Return the id within a text: ``Qwen/Qwen3-8B`` of ``https://huggingface.co/Qwen/Qwen3-8B/tree/main?download=true``.

    A text without an address around its id is returned without surrounding spaces, quotes and slashes.
    """
    if len(text) > _LONGEST:
        return text
    trimmed = text.strip().strip("<>\"'`").strip()
    if cached := _CACHED.search(trimmed):
        return f"{cached[1]}/{cached[2]}"
    address = _ADDRESS.match(trimmed)
    path = unquote(re.split(r"[?#]", trimmed[address.end() :], maxsplit=1)[0]) if address else trimmed
    parts = [part for part in (piece.strip() for piece in path.replace("\\", "/").split("/")) if part]
    if not address and (path.startswith((".", "~", "/")) or not parts):
        return trimmed
    if address:
        while parts and parts[0].casefold() in ("api", "models"):
            parts = parts[1:]
        if not parts or parts[0] in _NO_MODELS:
            return trimmed
    if address or (len(parts) > 2 and parts[2] in _PAGES):
        parts = parts[:2]
    return re.sub(r"(?:\.git|@[\w./-]+|:(?:latest|main))$", "", "/".join(parts))
