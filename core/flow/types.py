"""What is known about a value before a run: its JSON types, its fields, its items.

Types come from JSON Schemas. What a schema does not say is unknown, and unknown is allowed; every
value may be null besides, since missing data is null.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WORDS = {
    "string": "text",
    "number": "number",
    "boolean": "yes/no",
    "array": "list",
    "object": "map",
}
ALL = frozenset(WORDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Type:
    """A set of JSON types without null; `fields` and `item` say more about maps and lists.

    `closed` means that a map has no other fields than those.
    """

    kinds: frozenset[str] = ALL
    fields: Mapping[str, "Type"] = field(default_factory=dict)
    closed: bool = False
    item: "Type | None" = None

    @property
    def is_known(self) -> bool:
        """True when at least one JSON type is ruled out."""
        return self.kinds != ALL and bool(self.kinds)

    def can_be(self, *kinds: str) -> bool:
        """Tell whether the value may have one of these types (null may be anything)."""
        return not self.kinds or not self.kinds.isdisjoint(kinds)

    def at(self, name: str) -> "Type":
        """Return the type of a field; unknown when the field is not described."""
        return self.fields.get(name, ANY)

    def items(self) -> "Type":
        """Return the type of a list's items."""
        return self.item or ANY

    def __str__(self) -> str:
        return " or ".join(sorted(WORDS[kind] for kind in self.kinds)) or "null"


ANY = Type()
NOTHING = Type(kinds=frozenset())
TEXT = Type(kinds=frozenset({"string"}))
NUMBER = Type(kinds=frozenset({"number"}))
YES_NO = Type(kinds=frozenset({"boolean"}))
LIST = Type(kinds=frozenset({"array"}))
BASIC = {"string": TEXT, "number": NUMBER, "boolean": YES_NO, "array": LIST, "any": ANY}


def closed_map(fields: Mapping[str, Type]) -> Type:
    """Return the type of a map with exactly these fields."""
    return Type(kinds=frozenset({"object"}), fields=fields, closed=True)


def open_map(fields: Mapping[str, Type]) -> Type:
    """Return the type of a map with these fields and perhaps more."""
    return Type(kinds=frozenset({"object"}), fields=fields)


def list_of(item: Type) -> Type:
    """Return the type of a list."""
    return Type(kinds=frozenset({"array"}), item=item)


def union(first: Type, *others: Type) -> Type:
    """Return the type of a value that has one of several types."""
    found = first
    for other in others:
        found = _union(found, other)
    return found


def _union(a: Type, b: Type) -> Type:
    if "object" not in a.kinds or "object" not in b.kinds:
        maps = a if "object" in a.kinds else b
        fields, closed = maps.fields, maps.closed
    else:
        names = a.fields.keys() | b.fields.keys()
        fields = {name: _either(name, a, b) for name in names}
        closed = a.closed and b.closed
    item = None
    if a.item and b.item:
        item = _union(a.item, b.item)
    elif "array" not in a.kinds or "array" not in b.kinds:
        item = a.item or b.item
    return Type(kinds=a.kinds | b.kinds, fields=fields, closed=closed, item=item)


def _either(name: str, a: Type, b: Type) -> Type:
    """Return a field's type in a union; a closed map without it adds only null."""
    found = [side.fields[name] for side in (a, b) if name in side.fields]
    if len(found) == 1 and not all(side.closed or name in side.fields for side in (a, b)):
        return ANY
    return union(*found)


def from_value(value: Any) -> Type:
    """Return the type of a constant."""
    if isinstance(value, dict):
        return closed_map({key: from_value(part) for key, part in value.items()})
    if isinstance(value, list):
        return list_of(union(NOTHING, *map(from_value, value))) if value else LIST
    if isinstance(value, bool):
        return YES_NO
    if isinstance(value, str):
        return TEXT
    return NOTHING if value is None else NUMBER


def from_schema(schema: Any) -> Type:
    """Return what a JSON Schema says about a value; a circle of `$ref` ends as unknown."""
    return _Schemas(schema).read(schema)


class _Schemas:
    """Read one schema document; each `$ref` is read once."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._seen: dict[str, Type] = {}

    def read(self, schema: Any) -> Type:
        if not isinstance(schema, Mapping):
            return ANY
        if "$ref" in schema:
            return self._follow(str(schema["$ref"]))
        for word in ("anyOf", "oneOf"):
            if schema.get(word):
                return union(*map(self.read, schema[word]))
        if "allOf" in schema or "if" in schema:
            return ANY
        return self._plain(schema)

    def _follow(self, ref: str) -> Type:
        if ref not in self._seen:
            self._seen[ref] = ANY
            self._seen[ref] = self.read(self._find(ref))
        return self._seen[ref]

    def _find(self, ref: str) -> Any:
        if not ref.startswith("#"):
            return True
        found = self._root
        for part in ref[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name, True) if isinstance(found, Mapping) else True
        return found

    def _plain(self, schema: Mapping[str, Any]) -> Type:
        constants = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(constants, list):
            return union(NOTHING, *map(from_value, constants))
        fields = schema.get("properties") or {}
        closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
        return Type(
            kinds=_kinds(schema.get("type")),
            fields={name: self.read(part) for name, part in fields.items()},
            closed=closed,
            item=self.read(schema["items"]) if "items" in schema else None,
        )


def _kinds(written: Any) -> frozenset[str]:
    if written is None:
        return ALL
    names = [written] if isinstance(written, str) else written
    return frozenset("number" if name == "integer" else name for name in names) & ALL


def misfit(found: Type, wanted: Type, path: str = "") -> str:
    """Return in words why a value of one type can never fit another; empty when it may."""
    where = f" at `{path}`" if path else ""
    if found.kinds and wanted.kinds and not found.can_be(*wanted.kinds):
        return f"{wanted} is expected{where}, and this is {found}"
    if found.kinds == {"object"} and "object" in wanted.kinds:
        return _map_misfit(found, wanted, path)
    if found.kinds == {"array"} and "array" in wanted.kinds and found.item and wanted.item:
        return misfit(found.item, wanted.item, f"{path}[]")
    return ""


def _map_misfit(found: Type, wanted: Type, path: str) -> str:
    for name, part in found.fields.items():
        inner = f"{path}.{name}" if path else name
        if wanted.closed and name not in wanted.fields:
            return f"there is no field `{inner}` in what is expected"
        if why := misfit(part, wanted.at(name), inner):
            return why
    return ""
