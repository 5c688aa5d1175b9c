"""Receive webhooks: verify on the raw bytes, read strictly, accept durably, answer.

Before this: `ui/hooks.py` read the bytes. After it: `match` finds the flows and the engine
advances their runs.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nexus.core.clock import SECOND, Clock
from nexus.core.model import ids
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed, deed
from nexus.core.model.event import Event
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.run import RunState
from nexus.core.model.view import Receipt
from nexus.core.people.policy import allow
from nexus.core.run.engine import Engine
from nexus.core.run.outcome import outcome
from nexus.core.store.runs import runs_of_event
from nexus.core.store.ticket import Repeated, Telling, Unavailable
from nexus.core.trigger.body import parse
from nexus.core.trigger.book import Address, Book
from nexus.core.trigger.fields import dedupe, field, fill
from nexus.core.trigger.match import match
from nexus.core.trigger.signature import verify

BACKLOG = 2_000


class Inbox:
    """Where events come in. They are accepted when this returns, and never lost after that."""

    def __init__(self, engine: Engine, book: Book, clock: Clock) -> None:
        self._engine = engine
        self.book = book
        self._clock = clock
        self._telling: set[str] = set()

    def expect(self, key: str) -> None:
        """Refuse an address where nobody listens, before anything of its body is read.

        Raises:
            Refused: 404 unknown address.
        """
        if self.book.by_key(key) is None:
            raise Refused(_nobody())

    def receive(self, key: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Accept what a provider sent to `/hooks/<key>`. Header names are lower case.

        Raises:
            Refused: 404 unknown address, 401 signature, 400/413/415/422 body, 503 overload; in
                each case nothing was kept.
        """
        self._check_load()
        address = self.book.by_key(key)
        if address is None:
            raise Refused(_nobody())
        now = self._clock.now()
        provider = address.provider
        if provider.scheme is not None:
            verify(provider.scheme, address.secret or "", headers, body, now // SECOND)
        data = parse(body, headers.get("content-type", ""), provider.form_field)
        return self._take(address, headers, data)

    def send(self, actor: Actor, name: str, data: Any) -> Receipt:
        """Accept an event that a person sends to a flow's address, as its provider would.

        Raises:
            Refused: No published flow listens at the address.
        """
        allow(actor, "event", "send")
        self._check_load()
        address = self.book.by_name(name)
        if address is None:
            raise missing("live address", name, "Publish the flow and turn it on first.")
        sample = address.provider.sample_headers
        headers = {header.lower(): value for header, value in sample.items()}
        event = self._event(address, headers, self._engine.redactor.clean(data, spread=True))
        done = deed(actor, event.received, "event.send", ids.write("evt", event.id), hook=name)
        return self._accept(address, event, done)

    def _take(self, address: Address, headers: Mapping[str, str], data: Any) -> Receipt:
        """Accept an event; where none has held a secret so far, its commit looks for one.

        A look for each event by itself would cost a tenth of a run, and few addresses ever tell.
        """
        key = dedupe(address.provider.dedupe, headers, data)
        if address.name not in self._telling:
            event = self._event(address, headers, data, key)
            try:
                return self._accept(address, event, as_it_came=True)
            except Telling:
                self._telling.add(address.name)
        redactor = self._engine.redactor
        data, key = redactor.clean(data, spread=True), key and redactor.words(key)
        return self._accept(address, self._event(address, headers, data, key))

    def _event(
        self, address: Address, headers: Mapping[str, str], data: Any, key: str | None = None
    ) -> Event:
        now = self._clock.now()
        provider = address.provider
        return Event(
            id=self._engine.mint(),
            source=f"hook:{address.name}",
            type=fill(provider.type, headers, data),
            subject=field(provider.subject, headers, data) if provider.subject else "",
            time=now,
            received=now,
            data=data,
            dedupe=key,
        )

    def _accept(
        self, address: Address, event: Event, done: Deed | None = None, as_it_came: bool = False
    ) -> Receipt:
        runs = [
            self._engine.begin(found.plan, event, found.fault, as_it_came)
            for found in match(address.listeners, event)
        ]
        try:
            self._engine.admit(event, runs, done, as_it_came)
        except Repeated:
            return self._earlier(event)
        except Unavailable as error:
            raise Refused(_unavailable(str(error))) from None
        run_ids = tuple(ids.write("run", live.id) for live, _ in runs)
        receipt = Receipt(event_id=ids.write("evt", event.id), run_ids=run_ids, repeat=False)
        flows = [live.plan.flow.id for live, _ in runs]
        return _awaiting(address, flows, receipt) if address.answer else receipt

    def answer(self, receipt: Receipt) -> Any | None:
        """Return the output of the run that a sender waits for; None when it is not over in time.

        Raises:
            Refused: The run failed or was cancelled.
        """
        number = ids.read("run", receipt.answers)
        if number is None:
            return None
        found = outcome(self._engine, number, receipt.answer / SECOND)
        if found is None:
            return None
        state, output = found
        if state is not RunState.DONE:
            raise Refused(_no_answer(receipt.answers))
        return output

    def _earlier(self, event: Event) -> Receipt:
        known = runs_of_event(self._engine.database, event.source, event.dedupe or "")
        if known is None:
            raise Refused(_unavailable("the first delivery is being taken back"))
        event_id, runs = known
        run_ids = tuple(ids.write("run", run_id) for run_id in runs)
        return Receipt(event_id=ids.write("evt", event_id), run_ids=run_ids, repeat=True)

    def _check_load(self) -> None:
        """Refuse before anything is kept while on hold, or when the disk cannot follow."""
        self._engine.database.hold.check()
        if self._engine.committer.backlog > BACKLOG:
            raise Refused(_unavailable("too much is waiting to be written"))


def _awaiting(address: Address, flows: list[str], receipt: Receipt) -> Receipt:
    """Return the receipt with the run whose output the sender waits for."""
    waits = {one.plan.flow.id: one.answer for one in address.listeners if one.answer}
    for flow, run_id in zip(flows, receipt.run_ids, strict=True):
        if flow in waits:
            return replace(receipt, answers=run_id, answer=waits[flow])
    return receipt


def _no_answer(run_id: str) -> Problem:
    return Problem(
        code="run_failed",
        title="The event was taken, but its run did not come to its end, so there is no answer.",
        status=500,
        detail=f"({run_id})",
        hint="The run's page says why.",
    )


def _nobody() -> Problem:
    return Problem(
        code="not_found",
        title="No published flow listens at this address.",
        status=404,
        hint="Copy the address from the flow's page; the flow must be published and turned on.",
    )


def _unavailable(why: str) -> Problem:
    return Problem(
        code="unavailable",
        title="Nexus cannot take this event now; nothing was kept.",
        status=503,
        detail=f"({why})",
        hint="Send it again in a few seconds.",
    )
