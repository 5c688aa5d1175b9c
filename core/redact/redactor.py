"""The one place that hides secrets: every sink asks it."""

import threading
from collections.abc import Iterable
from typing import Any

import msgspec
import re2

from nexus.core.redact.forms import patterns
from nexus.core.redact.names import HINT, hide_cards, hide_pairs, is_secret_name
from nexus.core.redact.spread import bones_of, cut, hide_stump, joined, leaves, skeleton

HIDDEN = "***"
MEMORY = 1 << 27
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


class Redactor:
    """Knows every secret of the installation, in every form in which it may come back.

    A value without a secret costs one pass of RE2 and stays the very object it was.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self._forms: set[bytes] = set()
        self._bones: frozenset[str] = frozenset()
        self._known: Any = None
        self._suspect: Any = _compile([HINT])

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these values from now on; a value that was replaced stays hidden too."""
        with self._lock:
            new = {one for one in secrets if one} - self._secrets
            if not new:
                return
            self._secrets = self._secrets | new
            self._bones = frozenset(filter(None, map(bones_of, self._secrets)))
            for one in new:
                self._forms |= patterns(one)
            if self._forms:
                # RE2 takes the first that fits: the longest form is to win
                ordered = sorted(self._forms, key=len, reverse=True)
                self._known, self._suspect = _compile(ordered), _compile([*ordered, HINT])

    def carries(self, raw: bytes) -> bool:
        """Say whether a known secret, in any form, is in these bytes."""
        return self._known is not None and self._known.search(raw) is not None

    def suspects(self, raw: bytes) -> bool:
        """Say whether something may be hidden in these bytes: a value, a name or a card."""
        return self._suspect.search(raw) is not None

    def raw(self, raw: bytes) -> bytes:
        """Return JSON bytes without secrets; the same object when there was nothing to hide."""
        if self._suspect.search(raw) is None:
            return raw
        value = decode(raw)
        clean = self._walk(value)
        return raw if clean is value else encode(clean)

    def clean(self, value: Any, spread: bool = False) -> Any:
        """Return plain data without secrets.

        With `spread`, a secret that was cut over neighbouring texts is found too; that walks
        the whole value, so only what came over an opened connection is looked at in this way.
        """
        spread = spread and self._known is not None
        raw = encode(value)
        if spread:
            raw += b"\n" + joined(value)
        if self._suspect.search(raw) is None:  # asked once: each search lets other threads go first
            return value
        value = self._walk(value)
        return self._gather(value) if spread else value

    def text(self, text: str) -> str:
        """Return a line for people (a fault, a log line) without secrets."""
        if self._suspect.search(text.encode("utf-8", "replace")) is not None:
            text = hide_cards(hide_pairs(self._values(text), HIDDEN), HIDDEN)
        return self._fragments(text) if self._secrets else text

    def _fragments(self, text: str) -> str:
        """Hide what is left of a secret that was cut off at the end, or cut up by signs."""
        bare = skeleton(text)
        if any(bones in bare for bones in self._bones):
            return HIDDEN
        return hide_stump(text, self._secrets, HIDDEN)

    def words(self, text: str) -> str:
        """Return a text of our own making without known secrets; names in it are only words."""
        return self._values(text)

    def _values(self, text: str) -> str:
        if self._known is None:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        if self._known.search(raw) is None:
            return text
        hidden: bytes = self._known.sub(HIDDEN.encode(), raw)
        return hidden.decode("utf-8", "replace")

    def _walk(self, value: Any) -> Any:
        """Hide secrets in data; a part in which there was none stays the object it was."""
        if isinstance(value, str):
            clean = hide_cards(self._values(value), HIDDEN)
            return value if clean == value else clean
        if isinstance(value, dict):
            made = {self._key(name): self._member(name, one) for name, one in value.items()}
            return value if _same(value, made) else made
        if isinstance(value, list | tuple):
            items = [self._walk(one) for one in value]
            return value if all(map(_is, items, value)) else items
        return value

    def _key(self, name: Any) -> Any:
        return self._values(name) if isinstance(name, str) else name

    def _member(self, name: Any, value: Any) -> Any:
        if is_secret_name(name) and isinstance(value, str | list) and value:
            return value if value == HIDDEN else HIDDEN
        return self._walk(value)

    def _gather(self, value: Any) -> Any:
        """Hide the texts over which a known secret was cut."""
        texts = _texts(value)
        joined = b"".join(texts)
        spans = [found.span() for found in self._known.finditer(joined)]
        return cut(value, [len(text) for text in texts], spans, HIDDEN) if spans else value


def _texts(value: Any) -> list[bytes]:
    return [text.encode("utf-8", "surrogatepass") for text in leaves(value)]


def _is(one: object, other: object) -> bool:
    return one is other


def _same(value: dict[Any, Any], made: dict[Any, Any]) -> bool:
    return value.keys() == made.keys() and all(made[name] is one for name, one in value.items())


def _compile(found: list[bytes]) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = MEMORY
    options.log_errors = False
    return re2.compile(b"|".join(found), options)
