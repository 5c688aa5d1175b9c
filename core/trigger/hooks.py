"""The verbs of addresses: list them, set the secret that their sender signs with."""

from nexus.core.flow.addresses import Addresses
from nexus.core.flow.flows import Flows
from nexus.core.model.actor import Actor
from nexus.core.model.problem import Refused
from nexus.core.model.view import HookRow
from nexus.core.people.policy import allow
from nexus.core.trigger.book import Book
from nexus.core.trigger.signature import check_secret


class Hooks:
    """Everything that can be asked of addresses."""

    def __init__(self, addresses: Addresses, flows: Flows, book: Book) -> None:
        self._addresses = addresses
        self._flows = flows
        self._book = book

    def set_secret(self, actor: Actor, name: str, secret: str) -> None:
        """Keep the secret with which the sender signs; it holds from the next request on.

        Raises:
            Refused: There is no such address, or its sender cannot sign with this secret.
        """
        allow(actor, "hook", "secret")
        scheme = self._addresses.scheme(name)
        if scheme and secret.strip() and (problems := check_secret(scheme, secret.strip())):
            raise Refused(*problems)
        self._addresses.set_secret(actor, name, secret)
        self._book.forget()

    def list(self, actor: Actor) -> list[HookRow]:
        """Return every address that a flow names."""
        allow(actor, "hook", "read")
        found: dict[str, HookRow] = {}
        for row in self._flows.list(actor):
            for hook in self._flows.show(actor, row.id).hooks:
                found.setdefault(hook.name, hook)
        return [*found.values()]
