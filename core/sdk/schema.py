"""From typed functions and docstrings to JSON Schema."""

import inspect
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import msgspec

from nexus.core.model.action import Schema

SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields|Examples?|Note):\s*")
FIELD = re.compile(r" {4}(\w+)(?: \([^)]*\))?: *(.*)")
DEFINITION = "#/$defs/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Doc:
    """A Google-style docstring, read: the text before the sections, and a line per field."""

    text: str
    fields: dict[str, str]


def read_doc(doc: str | None) -> Doc:
    """Read a docstring's text and what its Args or Attributes say of each name."""
    text: list[str] = []
    fields: dict[str, str] = {}
    section = name = ""
    for line in inspect.cleandoc(doc or "").splitlines():
        if heading := SECTION.fullmatch(line):
            section = heading[1]
        elif not section:
            text.append(line)
        elif section in ("Args", "Attributes"):
            name = _read_field(line, name, fields)
    return Doc(text="\n".join(text).strip(), fields=fields)


def _read_field(line: str, name: str, fields: dict[str, str]) -> str:
    if found := FIELD.fullmatch(line):
        name = found[1].rstrip("_")
        fields[name] = found[2].strip()
    elif name and line.strip():
        fields[name] = f"{fields[name]} {line.strip()}".strip()
    return name


def arguments_of(function: Callable[..., Any]) -> type[msgspec.Struct]:
    """Make a strict struct of a function's parameters after the first.

    A trailing underscore falls away (`from_` is written `from`). Descriptions come from the
    docstring unless the annotation has its own.

    Raises:
        TypeError: When a parameter has no annotation or is `*args` or `**kwargs`.
    """
    hints = get_type_hints(function, include_extras=True)
    described = read_doc(function.__doc__).fields
    fields = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        _check_parameter(function, parameter, hints)
        kind = _describe(hints[parameter.name], described.get(parameter.name.rstrip("_"), ""))
        fields.append((parameter.name, kind, _default(parameter.default)))
    return msgspec.defstruct(
        f"{function.__name__}_arguments",
        fields,
        kw_only=True,
        forbid_unknown_fields=True,
        rename=lambda name: name.rstrip("_"),
    )


def _check_parameter(
    function: Callable[..., Any], parameter: inspect.Parameter, hints: dict[str, Any]
) -> None:
    where = f"{function.__module__}.{function.__name__}"
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        raise TypeError(f"{where}: name each argument instead of *{parameter.name}.")
    if parameter.name not in hints:
        raise TypeError(f"{where}: argument {parameter.name} needs a type annotation.")


def _describe(kind: Any, description: str) -> Any:
    if not description:
        return kind
    metas = [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    if any(meta.description for meta in metas):
        return kind
    return Annotated[kind, msgspec.Meta(description=description)]


def _default(value: Any) -> Any:
    if value is inspect.Parameter.empty:
        return msgspec.NODEFAULT
    if isinstance(value, list | dict | set):
        return msgspec.field(default_factory=lambda: deepcopy(value))
    return value


def schema_of(kind: Any) -> Schema:
    """Return the JSON Schema of a type with every reference written out.

    A type inside itself is written as any value from its second level on.
    """
    if kind is Any:
        return {}
    schema = msgspec.json.schema(kind)
    definitions = schema.pop("$defs", {})
    plain: Schema = _inline(schema, definitions, ())
    return plain


def _inline(node: Any, definitions: dict[str, Any], open_: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inline(part, definitions, open_) for part in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).removeprefix(DEFINITION)
    if not name:
        return {key: _inline(part, definitions, open_) for key, part in node.items()}
    if name in open_:
        return {}
    beside = {key: part for key, part in node.items() if key != "$ref"}
    return {**_define(name, definitions, open_), **beside}


def _define(name: str, definitions: dict[str, Any], open_: tuple[str, ...]) -> Schema:
    schema: Schema = _inline(definitions[name], definitions, (*open_, name))
    schema.pop("title", None)
    if "description" not in schema:
        return schema
    doc = read_doc(schema["description"])
    schema["description"] = doc.text
    for field, text in doc.fields.items():
        if isinstance(schema.get("properties", {}).get(field), dict):
            schema["properties"][field].setdefault("description", text)
    return schema
