"""A form from a JSON Schema, filled, read back, and with its mistakes beside the fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from nexus.core.clock import SECOND, moment
from nexus.core.host.connections import ConnectionKind
from nexus.core.model.problem import Problem, missing
from nexus.core.model.view import ConnectionRow, SecretRow
from nexus.ui.words import _, humanise

WIDGETS = {"integer": "number", "number": "number", "boolean": "check"}
LONG = 400


@dataclass(kw_only=True, slots=True)
class Input:
    """One field as drawn. A secret's `value` is always empty; `kept` tells that there is one."""

    name: str
    title: str
    help: str
    widget: str
    required: bool
    options: tuple[str, ...] = ()
    value: Any = ""
    kept: SecretRow | None = None
    error: str = ""


@dataclass(kw_only=True, slots=True)
class Form:
    """A connection's form: what was entered, and what is wrong with it."""

    module: str
    kind: ConnectionKind
    name: str
    label: str = ""
    client: str = ""
    allow: str = ""
    expires: str = ""
    inputs: list[Input] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def networks(self) -> list[str]:
        """Return the private networks, one a line."""
        return self.allow.split()

    @property
    def is_right(self) -> bool:
        """True when everything that was entered could be read."""
        return not self.errors and not any(one.error for one in self.inputs)

    def blame(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside its field."""
        known = {one.name: one for one in self.inputs}
        for problem in problems:
            text = f"{problem.title} {problem.hint}".strip()
            if problem.field in known:
                known[problem.field].error = text
            else:
                self.errors[problem.field or "name"] = text


def blank(module: str, kind: ConnectionKind, alias: str) -> Form:
    """Return the empty form of a new connection."""
    return Form(module=module, kind=kind, name=alias, inputs=_inputs(kind, {}, ()))


def filled(row: ConnectionRow, kind: ConnectionKind) -> Form:
    """Return the form of a known connection."""
    return Form(
        module=row.module,
        kind=kind,
        name=row.name,
        label=row.label,
        client=row.client or "",
        allow="\n".join(row.allow),
        expires=moment(row.expires).date().isoformat() if row.expires is not None else "",
        inputs=_inputs(kind, row.values, row.secrets),
    )


def posted(
    module: str,
    kind: ConnectionKind | None,
    entered: Mapping[str, str],
    name: str,
    row: ConnectionRow | None = None,
) -> Form:
    """Return the form as it was entered.

    Raises:
        Refused: There is no such kind.
    """
    if kind is None:
        raise missing("kind of connection in", module)
    form = Form(
        module=module,
        kind=kind,
        name=name,
        label=entered.get("label", "").strip(),
        client=entered.get("client", ""),
        allow=entered.get("allow", ""),
        expires=entered.get("expires", "").strip(),
        inputs=_inputs(kind, {}, row.secrets if row else ()),
    )
    for one in form.inputs:
        _take(form, one, entered)
    if form.expires and read_day(form.expires) is None:
        form.errors["expires"] = _("This is not a date, like 2027-01-31.")
    return form


def read_day(text: str) -> int | None:
    """Return the beginning of a day in microseconds UTC; None when it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND


def _inputs(
    kind: ConnectionKind, values: Mapping[str, Any], kept: Iterable[SecretRow]
) -> list[Input]:
    known = {one.field: one for one in kept}
    needed = kind.fields.get("required", ())
    return [
        Input(
            name=name,
            title=schema.get("title") or humanise(name),
            help=schema.get("description", ""),
            widget=_widget(schema),
            required=name in needed,
            options=tuple(str(one) for one in schema.get("enum", ())),
            value="" if schema.get("x-secret") else values.get(name, schema.get("default", "")),
            kept=known.get(name),
        )
        for name, schema in kind.fields["properties"].items()
    ]


def _widget(schema: Mapping[str, Any]) -> str:
    if schema.get("x-secret"):
        return "lines" if schema.get("maxLength", 0) > LONG else "secret"
    if "enum" in schema:
        return "choice"
    return WIDGETS.get(schema.get("type", ""), "text")


def _take(form: Form, one: Input, entered: Mapping[str, str]) -> None:
    """Read one field; a secret left empty stays as it is."""
    text = entered.get(f"f-{one.name}", "")
    if one.widget == "check":
        form.values[one.name] = one.value = text == "on"
        return
    if one.widget in ("secret", "lines"):
        if text.strip():
            form.values[one.name] = text.strip()
        return
    one.value = text.strip()
    if not one.value:
        return
    try:
        form.values[one.name] = _number(one.value) if one.widget == "number" else one.value
    except ValueError:
        one.error = _("This is not a number.")


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("+-").isdigit() else float(text)
