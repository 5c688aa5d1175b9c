"""Check what somebody entered against the kind's JSON Schema; every mistake names its field."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from nexus.core.host.manifest import ConnectionKind
from nexus.core.http import read_allow
from nexus.core.model.problem import Problem, Refused

ADDRESSES = ("host", "port", "server", "url", "tenant")


def check_values(kind: ConnectionKind, values: Mapping[str, Any]) -> None:
    """Refuse values that do not fit; a secret is never repeated in the words.

    Raises:
        Refused: With a problem for each field.
    """
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415 - heavy, first use

    checker = Draft202012Validator(kind.fields, format_checker=FormatChecker())
    problems = [_problem(kind, error) for error in checker.iter_errors(dict(values))]
    problems += _bad_addresses(kind, values)
    if problems:
        raise Refused(*problems)


def check_networks(allow: list[str]) -> None:
    """Refuse networks that cannot be read.

    Raises:
        Refused: Naming the entry.
    """
    try:
        read_allow(allow)
    except ValueError as error:
        raise Refused(Problem(code="bad_network", title=str(error), field="allow")) from None


def moved(kind: ConnectionKind, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the first field by which the connection would speak to another server; else empty."""
    for name, schema in kind.fields["properties"].items():
        if is_address(name, schema) and _told(old, name, schema) != _told(new, name, schema):
            return str(name)
    return ""


def is_address(name: str, schema: Mapping[str, Any]) -> bool:
    """Say whether a field decides whom the connection speaks to."""
    by_name = name in ADDRESSES or name.endswith(tuple(f"_{one}" for one in ADDRESSES))
    return bool(schema.get("x-address", by_name or schema.get("format") == "uri"))


def _told(values: Mapping[str, Any], name: str, schema: Mapping[str, Any]) -> Any:
    return values.get(name, schema.get("default"))


def _problem(kind: ConnectionKind, error: Any) -> Problem:
    path = [str(part) for part in error.absolute_path]
    field = path[0] if path else ""
    known = kind.fields.get("properties", {})
    if error.validator == "additionalProperties" and not path:
        return _unknown_field(next(name for name in error.instance if name not in known), known)
    if error.validator == "required":
        absent = [name for name in error.validator_value if name not in error.instance]
        field = next((name for name in absent if f"'{name}'" in error.message), field)
        title = f"The connection needs a value for `{field}`."
    else:
        words = "it does not fit" if field in kind.secrets and path else error.message
        title = f"The connection's {field or 'values'}: {words}."
    hint = str(known.get(field, {}).get("description", ""))
    return Problem(code="bad_connection", title=title, field=field, hint=hint)


def _unknown_field(name: str, known: Mapping[str, Any]) -> Problem:
    title = f"The connection takes no value `{name[:80]}`."
    meant = get_close_matches(name, known, n=1)
    hint = f"Did you mean `{meant[0]}`?" if meant else ""
    expected = "" if meant else f"only {', '.join(known)}"
    return Problem(code="bad_connection", title=title, field=name, hint=hint, expected=expected)


def _bad_addresses(kind: ConnectionKind, values: Mapping[str, Any]) -> Iterator[Problem]:
    for name, schema in kind.fields["properties"].items():
        value = values.get(name)
        if schema.get("format") == "uri" and isinstance(value, str) and not _is_web(value):
            title = f"The connection's {name}: it is not a web address."
            expected = "something like https://api.example.com/v1"
            yield Problem(code="bad_connection", title=title, field=name, expected=expected)


def _is_web(text: str) -> bool:
    scheme, sign, rest = text.partition("://")
    return scheme.lower() in ("http", "https") and bool(sign and rest.strip("/"))
