"""The flow verbs: save a draft, publish a version, list, show, turn on and off."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from nexus.core.clock import Clock
from nexus.core.flow import refusals
from nexus.core.flow.addresses import Addresses, write_starts
from nexus.core.flow.compile import check, compile_plan
from nexus.core.flow.decision.shelf import hash_of, keep, with_kept, with_present, words_of
from nexus.core.flow.known import find_known
from nexus.core.flow.read import read
from nexus.core.flow.rows import Rows, draft_row, source_of, version_row
from nexus.core.flow.uses import connections_of, effects_in, types_heard
from nexus.core.model.action import Catalog
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed, deed
from nexus.core.model.flow import Flow
from nexus.core.model.ids import Mint
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.view import FlowRow, FlowView, VersionRow
from nexus.core.people.policy import allow, allows
from nexus.core.people.run_rights import effects_of
from nexus.core.redact import Redactor
from nexus.core.store import flows as store
from nexus.core.store.database import Database

Slots = list[tuple[int, int]]
Problems = list[Problem]


class Flows:
    """Everything that can be asked of flows."""

    def __init__(
        self,
        database: Database,
        addresses: Addresses,
        clock: Clock,
        mint: Mint,
        catalog: Catalog,
    ) -> None:
        self._database = database
        self._addresses = addresses
        self._clock = clock
        self._mint = mint
        self._catalog = catalog
        self._known = partial(find_known, database)
        self.on_change: Callable[[], None] = lambda: None
        self.slots: Callable[[Flow], Slots] = lambda flow: []
        self.lacks: Callable[[Iterable[str]], Problems] = lambda aliases: []
        self.redactor = Redactor()

    def show(self, actor: Actor, flow_id: str, version: int | None = None) -> FlowView:
        """Return a flow with its history and addresses; without a number, its newest words."""
        allow(actor, "flow", "read")
        row = self._find(flow_id)
        history = store.versions(self._database, flow_id)
        source, shown = source_of(row, history, version)
        allowed = allows(actor, "hook", "read")
        kept = next((one.tables for one in history if one.number == version), None)
        flow, problems = self._understood(source, f"{flow_id}.yaml", kept)
        return FlowView(
            row=Rows(self._database, self._catalog).flow(row),
            flow=flow,
            source=source,
            version=shown,
            settings=msgspec.json.decode(row.settings),
            versions=tuple(version_row(one) for one in history),
            hooks=tuple(self._addresses.rows(flow)) if flow and allowed else (),
            problems=tuple(problems),
            hints=self._hints(flow),
        )

    def _read(self, source: bytes | str, file: str) -> Flow:
        return with_present(read(source, file), self._database)

    def _understood(
        self, source: str, file: str, kept: bytes | None = None
    ) -> tuple[Flow | None, Problems]:
        """Return what kept words mean, as far as this release reads them, and what is wrong."""
        try:
            flow = with_kept(read(source, file), kept) if kept else self._read(source, file)
        except Refused as refused:
            return None, [*refused.problems]
        return flow, check(flow, self._catalog, self._known)

    def connections_used(self) -> dict[str, list[str]]:
        """Return the flows that name each connection; connections show it."""
        used: dict[str, list[str]] = {}
        for row in store.all_flows(self._database):
            flow, _ = self._understood(row.draft, f"{row.id}.yaml")
            for alias in sorted(connections_of(flow.do if flow else ())):
                used.setdefault(alias, []).append(row.id)
        return used

    def validate(self, actor: Actor, source: bytes | str, file: str = "") -> Problems:
        """Return everything that is wrong with a document; nothing is kept."""
        allow(actor, "flow", "read")
        try:
            return self._wrong(self._read(source, file))
        except Refused as refused:
            return [*refused.problems]

    def save(self, actor: Actor, source: bytes | str, file: str = "") -> FlowRow:
        """Keep a document as the flow's draft and make the addresses it names.

        Raises:
            Refused: The document cannot be read or is wrong; every problem is named.
        """
        allow(actor, "flow", "save")
        flow = self._read(source, file)
        if problems := self._wrong(flow):
            raise Refused(*problems)
        self._check_secrets(source.encode() if isinstance(source, str) else source)
        values = draft_row(flow, source, actor, self._clock.now())
        known = store.find_flow(self._database, flow.id)
        drafts = {"before": known and known.draft, "after": values["draft"]}
        store.save_flow(self._database, values, self._deed(actor, "flow.save", flow, **drafts))
        for name in self._addresses.named(flow):
            self._addresses.make(name)
        return Rows(self._database, self._catalog).flow(self._find(flow.id))

    def configure(self, actor: Actor, flow_id: str, values: dict[str, Any]) -> None:
        """Fill in the flow's settings; they hold from the next publish on.

        Raises:
            Refused: A value does not fit the setting's schema.
        """
        allow(actor, "flow", "configure")
        row = self._find(flow_id)
        flow = self._read(row.draft, f"{flow_id}.yaml")
        compile_plan(flow, self._catalog, settings=values, version=0)
        new = msgspec.json.encode(values)
        self._check_secrets(new)
        told = {"before": row.settings, "after": new, "names": sorted(values)}
        done = self._deed(actor, "flow.configure", row, **told)
        store.change_flow(self._database, flow_id, done, settings=new)

    def _check_secrets(self, raw: bytes) -> None:
        """Refuse words that everybody may read when a secret stands in them."""
        if self.redactor.carries(raw):
            raise Refused(refusals.holds_secret())

    def publish(self, actor: Actor, flow_id: str, note: str = "") -> VersionRow:
        """Make the draft a version that new runs take; runs under way stay on theirs.

        A draft that is live already stays the version that it is.

        Raises:
            Refused: The draft is wrong, or an address that must be signed has no secret yet.
        """
        allow(actor, "flow", "publish")
        row = self._find(flow_id)
        flow = self._read(row.draft, f"{flow_id}.yaml")
        given = msgspec.json.decode(row.settings)
        plan = compile_plan(flow, self._catalog, settings=given, version=0, known=self._known)
        self._addresses.check(flow)
        for effect in sorted(effects_in(plan)):
            allow(actor, "effect", effect)
        settings = msgspec.json.encode(plan.settings)
        done = self._deed(actor, "flow.publish", row, after=row.draft, note=note)
        live = store.find_version(self._database, row.live) if row.live else None
        rights = (actor.id, effects_of(actor))  # a run acts with them
        wanted = (row.draft, settings, keep(flow), *rights)
        if live and (*words_of(live), live.published_by, live.effects) == wanted:
            again = done.tell(version=live.number)
            store.change_flow(self._database, flow_id, again, enabled=True)
            self.on_change()
            return replace(version_row(live), hints=self._hints(flow))
        values = {
            "id": self._mint(),
            "flow_id": flow_id,
            "source": row.draft,
            "starts": write_starts(flow),
            "hash": hash_of(flow, row.draft),
            "settings": settings,
            "tables": keep(flow),
            "published": self._clock.now(),
            "published_by": actor.id,
            "effects": effects_of(actor),
            "note": note,
        }
        hears = sorted(types_heard(flow.do))
        store.add_version(self._database, values, self.slots(flow), done, hears)
        self.on_change()
        published = version_row(store.find_version(self._database, values["id"]))
        return replace(published, hints=self._hints(flow))

    def _hints(self, flow: Flow | None) -> tuple[Problem, ...]:
        return tuple(self.lacks(connections_of(flow.do))) if flow else ()

    def turn(self, actor: Actor, flow_id: str, on: bool) -> FlowRow:
        """Turn a published flow on or off; runs under way go on either way."""
        allow(actor, "flow", "turn")
        row = self._find(flow_id)
        if on and row.live is None:
            raise Refused(refusals.unpublished(flow_id))
        done = self._deed(actor, "flow.turn", row, before=row.enabled, after=on, on=on)
        store.change_flow(self._database, flow_id, done, enabled=on)
        self.on_change()
        return Rows(self._database, self._catalog).flow(self._find(flow_id))

    def export(self, actor: Actor, flow_id: str, version: int | None = None) -> str:
        """Return a flow's document as it was written."""
        allow(actor, "flow", "read")
        row = self._find(flow_id)
        return source_of(row, store.versions(self._database, flow_id), version)[0]

    def list(self, actor: Actor) -> list[FlowRow]:
        """Return every flow with its newest runs."""
        allow(actor, "flow", "read")
        rows = Rows(self._database, self._catalog)
        return [rows.flow(row) for row in store.all_flows(self._database)]

    def _wrong(self, flow: Flow) -> Problems:
        """Return what is wrong with a flow, its timetables included once all else is right."""
        problems = check(flow, self._catalog, self._known) + self._addresses.clashes(flow)
        if not problems:
            try:
                self.slots(flow)
            except Refused as refused:
                problems = [replace(one, file=flow.file) for one in refused.problems]
        return problems

    def _find(self, flow_id: str) -> Any:
        row = store.find_flow(self._database, flow_id)
        if row is None:
            raise missing("flow", flow_id, "See `nexus flow list`.")
        return row

    def _deed(self, actor: Actor, action: str, flow: Any, **more: Any) -> Deed:
        return deed(actor, self._clock.now(), action, flow.id, name=flow.name, **more)
