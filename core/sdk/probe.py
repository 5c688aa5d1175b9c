"""The decorator `@connection_test`: how a module tries a connection out."""

import inspect
from collections.abc import Awaitable, Callable

from nexus.core.sdk.context import Context
from nexus.core.sdk.offer import Offer

Probe = Callable[[Context], str | Awaitable[str]]


class OfferedTest(Offer):
    """A function that tries a kind of connection out. Call it as the plain function it is."""

    def __init__(self, function: Probe, kind: str) -> None:
        self.name = function.__name__
        self.kind = kind
        self.function = function
        self.is_async = inspect.iscoroutinefunction(function)

    def __call__(self, context: Context) -> str | Awaitable[str]:
        """Call the function itself, as tests do."""
        return self.function(context)


def connection_test(kind: str) -> Callable[[Probe], OfferedTest]:
    """Offer a function that tries a connection out; it changes nothing at the provider.

    The function takes the Context and returns one sentence for a person. It raises
    `BadConnection` when the credentials are refused, `Refuse` or `Retry` for anything else.

    Args:
        kind: The name of the connection in module.yaml.
    """
    return lambda function: OfferedTest(function, kind)
