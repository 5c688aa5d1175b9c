"""The verbs of decision tables: save, validate, list, show."""

from collections.abc import Sequence
from typing import Any

from nexus.core.clock import Clock
from nexus.core.flow.decision.check import check_table
from nexus.core.flow.decision.read import read_table
from nexus.core.flow.refusals import holds_secret
from nexus.core.model.actor import Actor
from nexus.core.model.decision import Table
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.view import DecisionRow, DecisionView
from nexus.core.people.policy import allow
from nexus.core.redact import Redactor
from nexus.core.store import decisions as store
from nexus.core.store.database import Database


class Decisions:
    """Everything that can be asked of decision tables."""

    def __init__(self, database: Database, clock: Clock, redactor: Redactor) -> None:
        self._database = database
        self._clock = clock
        self._redactor = redactor

    def list(self, actor: Actor) -> list[DecisionRow]:
        """Return every table."""
        allow(actor, "decision", "read")
        return [_row(row, read_table(row.source)) for row in store.all_decisions(self._database)]

    def show(self, actor: Actor, table_id: str) -> DecisionView:
        """Return a table with its words.

        Raises:
            Refused: 404 no such table.
        """
        allow(actor, "decision", "read")
        row = store.find_decision(self._database, table_id)
        if row is None:
            raise missing("decision table", table_id, "See `nexus decision list`.")
        table = read_table(row.source, f"{table_id}.yaml")
        return DecisionView(row=_row(row, table), table=table, source=row.source)

    def validate(self, actor: Actor, source: bytes | str, file: str = "") -> Sequence[Problem]:
        """Return everything that is wrong with a table's document; nothing is kept."""
        allow(actor, "decision", "read")
        try:
            return check_table(read_table(source, file))
        except Refused as refused:
            return [*refused.problems]

    def save(self, actor: Actor, source: bytes | str, file: str = "") -> DecisionRow:
        """Keep a table; flows take it when they are published the next time.

        Raises:
            Refused: The document cannot be read or is wrong; every problem is named.
        """
        allow(actor, "decision", "save")
        table = read_table(source, file)
        if problems := check_table(table):
            raise Refused(*problems)
        if self._redactor.carries(table.source.encode()):
            raise Refused(holds_secret())
        now, known = self._clock.now(), store.find_decision(self._database, table.id)
        words = {"before": known and known.source, "after": table.source}
        done = deed(actor, now, "decision.save", table.id, name=table.name, **words)
        values = {"id": table.id, "name": table.name, "source": table.source}
        store.save_decision(
            self._database, {**values, "changed": now, "changed_by": actor.id}, done
        )
        return _row(store.find_decision(self._database, table.id), table)


def _row(row: Any, table: Table) -> DecisionRow:
    return DecisionRow(
        id=row.id,
        name=table.name,
        description=table.description,
        hit=table.hit,
        inputs=tuple(table.inputs),
        outputs=tuple(table.outputs),
        rules=len(table.rules),
        changed=row.changed,
    )
