"""The decorators `@action` and `@trigger`: a typed function becomes data that core can list."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, get_type_hints

import msgspec

from nexus.core.model.action import (
    Action,
    CallContext,
    Effect,
    Hook,
    Idempotency,
    Trigger,
)
from nexus.core.model.event import Event
from nexus.core.sdk.context import Context
from nexus.core.sdk.schema import arguments_of, read_doc, schema_of
from nexus.core.sdk.trouble import Refuse

P = ParamSpec("P")
R = TypeVar("R")
SECOND = 1_000_000


class Offer:
    """Something that a module offers; `nexus_module()` returns a list of them."""

    name: str


class OfferedAction(Offer, Generic[P, R]):
    """A function that a module offers as an action. Call it as the plain function it is."""

    def __init__(
        self, function: Callable[Concatenate[Context, P], R], facts: dict[str, Any]
    ) -> None:
        self.function = function
        self.name = function.__name__.rstrip("_")
        self.facts = facts
        self.arguments = arguments_of(function)

    def __call__(self, context: Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, as tests do."""
        return self.function(context, *args, **kwargs)

    def offer(self, module: str, icon: str = "box", family: str = "it") -> Action:
        """Return the action under its module's name; icon and family fill what it does not say."""
        is_async = inspect.iscoroutinefunction(self.function)
        bind: Callable[..., Any] = _async_call if is_async else _plain_call
        name = f"{module}.{self.name}"
        facts = {"icon": icon, "family": family} | self.facts
        return Action(
            name=name,
            help=read_doc(self.function.__doc__).text,
            input=schema_of(self.arguments),
            output=schema_of(get_type_hints(self.function, include_extras=True)["return"]),
            call=bind(name, self.function, self.arguments),
            is_async=is_async,
            **facts,
        )


class OfferedTrigger(Offer, Generic[P]):
    """A function that a module offers as a trigger. Call it as the plain function it is."""

    def __init__(
        self, function: Callable[Concatenate[Event, P], bool], facts: dict[str, Any]
    ) -> None:
        self.function = function
        self.name = function.__name__.rstrip("_")
        self.facts = facts
        self.arguments = arguments_of(function)

    def __call__(self, event: Event, /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Call the function itself, as tests do."""
        return self.function(event, *args, **kwargs)

    def offer(self, module: str, icon: str = "webhook") -> Trigger:
        """Return the trigger under its module's name."""
        facts = {"icon": icon} | self.facts
        data = facts.pop("data")
        return Trigger(
            name=f"{module}.{self.name}",
            help=read_doc(self.function.__doc__).text,
            input=schema_of(self.arguments),
            output=schema_of(data),
            wants=_wants(self.function, facts["types"], self.arguments),
            **facts,
        )


def action(  # noqa: PLR0913 - one keyword for each fact that an action states of itself
    *,
    effect: Effect,
    idempotency: Idempotency | None = None,
    title: str = "",
    icon: str = "",
    family: str = "",
    timeout: float = 30,
    sample: Any = None,
    uses: str = "",
) -> Callable[[Callable[Concatenate[Context, P], R]], OfferedAction[P, R]]:
    """Offer a typed function as an action.

    The first parameter is the Context; the others, with their annotations, become the form, the
    schema and the checks. The docstring is the help. `async def` runs on the engine's loop, `def`
    in a thread.

    Args:
        effect: What it does to the world: `pure`, `read`, `write`, `notify`, `money`,
            `destructive`.
        idempotency: How the provider tells a repeat: by our `key`, by the nature of the call
            (`natural`), or not (`none`). Without it, `natural` for pure and read, else `none`.
        title: What people call it; otherwise made from the function's name.
        icon: A Lucide icon name; otherwise the module's.
        family: Colour family (`money`, `reach`, `it`, `data`, `ai`…); otherwise the module's.
        timeout: Seconds for one try.
        sample: One result, as the editor shows it before anything has run.
        uses: The name of the connection in module.yaml that it needs.
    """

    def decorate(function: Callable[Concatenate[Context, P], R]) -> OfferedAction[P, R]:
        facts: dict[str, Any] = {
            "title": title or _title(function.__name__),
            "effect": effect,
            "idempotency": idempotency or ("natural" if effect in ("pure", "read") else "none"),
            "timeout": int(timeout * SECOND),
            "sample": sample,
            "uses": uses,
        }
        said = {"icon": icon, "family": family}
        return OfferedAction(function, facts | {key: word for key, word in said.items() if word})

    return decorate


def trigger(
    *,
    hook: Hook | None = None,
    types: tuple[str, ...] = (),
    kind: str = "hook",
    data: Any = Any,
    title: str = "",
    icon: str = "",
    sample: Any = None,
) -> Callable[[Callable[Concatenate[Event, P], bool]], OfferedTrigger[P]]:
    """Offer a typed function as a trigger; it decides for one event whether a flow starts.

    The first parameter is the Event; the others are the trigger's settings.

    Args:
        hook: How the provider's webhooks are read. Needed when `kind` is `hook`.
        types: The event types it is for; empty means every type of the hook.
        kind: `hook`, `schedule`, `manual`, or `event` for what runs tell each other.
        data: The type of `event.data`, from which the editor offers fields.
        title: What people call it; otherwise made from the function's name.
        icon: A Lucide icon name; otherwise the module's.
        sample: One `event.data`, used by "send a test event".
    """

    def decorate(function: Callable[Concatenate[Event, P], bool]) -> OfferedTrigger[P]:
        facts = {
            "title": title or _title(function.__name__),
            "hook": hook,
            "types": types,
            "kind": kind,
            "data": data,
            "sample": sample,
        }
        return OfferedTrigger(function, facts | ({"icon": icon} if icon else {}))

    return decorate


def _title(name: str) -> str:
    return name.rstrip("_").replace("_", " ").capitalize()


def _plain_call(
    name: str, function: Callable[..., Any], struct: type[msgspec.Struct]
) -> Callable[[CallContext, dict[str, Any]], Any]:
    def call(context: CallContext, arguments: dict[str, Any]) -> Any:
        return _plain(name, function(context, **_decode(name, arguments, struct)))

    return call


def _async_call(
    name: str, function: Callable[..., Awaitable[Any]], struct: type[msgspec.Struct]
) -> Callable[[CallContext, dict[str, Any]], Awaitable[Any]]:
    async def call(context: CallContext, arguments: dict[str, Any]) -> Any:
        return _plain(name, await function(context, **_decode(name, arguments, struct)))

    return call


def _wants(
    function: Callable[..., bool], types: tuple[str, ...], struct: type[msgspec.Struct]
) -> Callable[[Event, dict[str, Any]], bool]:
    def wants(event: Event, settings: dict[str, Any]) -> bool:
        if types and event.type not in types:
            return False
        return function(event, **_decode(event.type, settings, struct))

    return wants


def _decode(name: str, arguments: dict[str, Any], struct: type[msgspec.Struct]) -> dict[str, Any]:
    try:
        return msgspec.structs.asdict(msgspec.convert(arguments, struct))
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        where = place.strip("`.")
        message = f"{name} cannot take {where or 'these arguments'}: {problem}."
        raise Refuse(message, code="bad_arguments", sent=False) from None


def _plain(name: str, result: Any) -> Any:
    try:
        return msgspec.to_builtins(result, str_keys=True)
    except TypeError as error:
        message = f"{name} returned something that is not plain data: {error}."
        raise Refuse(message, code="bad_result", sent=True) from None
