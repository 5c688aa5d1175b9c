"""What a module offers: actions and triggers as data, ready to be listed, checked and called."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from nexus.core.model.event import Event

Schema = dict[str, Any]
Effect = Literal["pure", "read", "write", "notify", "money", "destructive"]
Idempotency = Literal["key", "natural", "none"]
Encoding = Literal["hex", "base64"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """A typed function that a step may call.

    `effect` decides what a retry may do; `pure` runs inline and is never sent twice because it
    sends nothing. `idempotency` says how the provider tells a repeat: by our `key`, by the nature
    of the call, or not at all. `call(context, arguments)` takes and returns plain JSON values.
    """

    name: str
    title: str
    help: str
    effect: Effect
    idempotency: Idempotency
    input: Schema
    output: Schema
    call: Callable[["CallContext", dict[str, Any]], Any | Awaitable[Any]]
    is_async: bool
    uses: str = ""
    timeout: int = 30_000_000
    sample: Any = None
    icon: str = "box"
    family: str = "it"

    @property
    def module(self) -> str:
        """Return the id of the module that brings this action."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """How a provider signs its webhooks, as data, so that core names no vendor.

    `kind` is `hmac` (signature over `signed`), `token` (a header equals the secret) or `basic`
    (HTTP basic, secret is `user:password`). In `signed`, `{body}` is the raw body, `{t}` the
    timestamp and `{header:Name}` a header. `split` describes a header of `k=v` pairs
    (`t=…,v1=…`) by its two characters, between pairs and inside one (`,=`): the timestamp is
    under `timestamp_field`, signatures under `signature_field`.
    `tolerance` is in seconds; 0 means that the provider sends no time.
    """

    kind: Literal["hmac", "token", "basic"]
    header: str = ""
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Encoding = "hex"
    prefix: str = ""
    signed: str = "{body}"
    split: str = ""
    signature_field: str = ""
    timestamp_field: str = ""
    timestamp_header: str = ""
    tolerance: int = 0
    secret_prefix: str = ""
    secret_encoding: Literal["text", "base64"] = "text"  # noqa: S105 - not a password


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """How one provider's webhooks are read: its scheme and where its fields are.

    Fields are written `header:Name` or `body:path.to.field`; `type` is a template of them, as in
    `github.{header:X-GitHub-Event}.{body:action}` (an empty field and its dot fall away).
    `dedupe` names the fields that together identify a delivery; empty means that every
    delivery is new. `form_field` is the field that holds the JSON when the body is a form.
    """

    name: str
    scheme: Scheme | None
    type: str
    dedupe: tuple[str, ...] = ()
    subject: str = ""
    form_field: str = ""
    sample_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """What may start a flow: a hook's events of some types, a schedule, a person, or a run.

    `wants(event, settings)` decides for one event; `settings` is the trigger's `with`, already
    checked against `input`. `output` describes `event.data`; `sample` is one such data.
    """

    name: str
    title: str
    help: str
    kind: Literal["hook", "schedule", "manual", "event"]
    hook: Hook | None
    types: tuple[str, ...]
    input: Schema
    output: Schema
    wants: Callable[[Event, dict[str, Any]], bool]
    sample: Any = None
    icon: str = "webhook"

    @property
    def module(self) -> str:
        """Return the id of the module that brings this trigger."""
        return self.name.partition(".")[0]


class CallContext(Protocol):
    """What an action may use besides its arguments."""

    key: str
    run: str
    step: str
    attempt: int
    connection: Mapping[str, Any]
    http: Any

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        ...

    def log(self, text: str) -> None:
        """Keep a line with this attempt, shown on the run page."""
        ...


class Catalog(Protocol):
    """What the active modules offer, looked up by full name (`http.post`)."""

    def action(self, name: str) -> Action | None:
        """Return the action, or None."""
        ...

    def trigger(self, name: str) -> Trigger | None:
        """Return the trigger, or None."""
        ...

    def action_names(self) -> list[str]:
        """Return every action's full name, sorted."""
        ...

    def trigger_names(self) -> list[str]:
        """Return every trigger's full name, sorted."""
        ...

    def module_names(self) -> list[str]:
        """Return the ids of the active modules, sorted."""
        ...
