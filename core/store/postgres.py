"""What PostgreSQL needs to be told: durable commits, short locks, and no writer that hangs.

Many processes share one database. Each keeps its committer; PostgreSQL brings their flushes
together. Short write transactions take turns by an advisory lock, as they do on SQLite.
"""

import logging
import struct
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import psycopg
from sqlalchemy import (
    Engine,
    Executable,
    String,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.ext.compiler import compiles

from nexus.core.model.problem import Problem, Refused
from nexus.core.store.arrays import DUMPERS, Over
from nexus.core.store.dialect import Backend, Calm
from nexus.core.store.pen import Group, InDoubt, Pen
from nexus.core.store.statements import ALL

TURN = 0x6E657875  # the advisory lock by which short writers take turns
SESSION = {
    "synchronous_commit": "on",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",  # a process that was paused lets its rows go
    "client_min_messages": "warning",
    "jit": "off",
}
NESTED = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")  # the pen finds rows by keys
LIVELY = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
OLDEST = 150_000
logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns of each error that it also raises


class Postgres(Backend):
    """One database, any number of processes."""

    shared = True
    writing = MappingProxyType({"writes": True, "isolation_level": "READ COMMITTED"})
    hold: Executable | None = select(func.pg_advisory_xact_lock(TURN))

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.growth = Calm()
        self._version = self._check()

    @property
    def title(self) -> str:
        """What this is, for people."""
        return f"PostgreSQL {self._version // 10_000}.{self._version % 10_000}"

    def pen(self) -> Pen:
        """Return what the committer writes with."""
        return PostgresPen(self.engine)

    def _check(self) -> int:
        url = self.engine.url
        try:
            connection: Any = self.engine.raw_connection()
        except psycopg.OperationalError as error:
            raise Refused(_out_of_reach(url.host or "", url.database or "", error)) from None
        version = int(connection.driver_connection.info.server_version)
        connection.close()
        if version < OLDEST:
            raise Refused(_too_old(version))
        return version


class PostgresPen(Pen):
    """Sends a whole batch in one round trip: a statement for each kind of write, over arrays."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.dialect)
        self._engine = engine
        self.misfits = (*self.misfits, struct.error)
        self._plans = {write: Over(write) for write in ALL}
        self._number = ""
        self._loan: Any = None
        self._connect()

    def begin(self, groups: Sequence[Group] = ()) -> bool:
        """Open a transaction and write the groups in their order, like `put`."""
        if self.connection.closed:
            self._connect()
        numbers: list[Any] = []
        fits = self._send(groups, numbers)
        if fits:
            self._number = numbers[0].fetchone()[0]
        return fits

    def put(self, groups: Sequence[Group]) -> bool:
        """Write rows; False when a fenced write changed fewer rows than it was given."""
        return self._send(groups)

    def commit(self) -> None:
        """Make the transaction durable.

        Raises:
            InDoubt: The connection was lost meanwhile; `was_kept` can tell later.
        """
        try:
            self.connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            raise InDoubt(str(error)) from error

    def was_kept(self) -> bool:
        """Say how the commit in doubt ended; PostgreSQL remembers it by its number."""
        if self.connection.closed:
            self._connect()
        ask = "SELECT pg_xact_status(%s::xid8)"
        while (row := self.connection.execute(ask, [self._number]).fetchone()) == ("in progress",):
            self.connection.execute("SELECT pg_sleep(0.05)")
        return bool(row == ("committed",))

    def close(self) -> None:
        """Let go of the connection."""
        self._loan.invalidate()

    def _send(self, groups: Sequence[Group], opened: list[Any] | None = None) -> bool:
        """Send it all in one round trip; `opened` takes the new transaction's number."""
        send, done = self.connection.execute, []
        try:
            with self.connection.pipeline():
                if opened is not None:
                    send("BEGIN")
                    opened.append(send("SELECT pg_current_xact_id()::text"))
                for write, rows in groups:
                    plan = self._plans[write]
                    done.append(send(plan.sql, plan.columns(rows), prepare=True))
        except self.repeats:
            if _is_fenced(groups, done):  # this comes to light late, for all were sent at once
                return False
            raise
        return not _is_fenced(groups, done)

    def _connect(self) -> None:
        """Take a connection for ourselves alone."""
        if self._loan is not None:
            self._loan.invalidate()
        self._loan = self._engine.raw_connection()
        self.connection = self._loan.driver_connection
        self.connection.autocommit = True
        for setting in NESTED:
            self.connection.execute(f"SET {setting} = off")
        for kind, dumper in DUMPERS.items():
            self.connection.adapters.register_dumper(kind, dumper)


def open_engine(url: str) -> Engine:
    """Return an engine; a read is a round trip, a write begins by waiting for its turn."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        paramstyle="format",
        pool_size=16,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 3,
            "application_name": "nexus",
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
            **LIVELY,
        },
    )
    event.listen(engine, "begin", _begin)
    return engine


@compiles(String, "postgresql")
def _text(type_: Any, compiler: Any, **options: Any) -> str:
    """Keep texts of any length, as SQLite does; what is too long is refused at the edge."""
    return "TEXT"


def _begin(connection: Any) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (TURN,))


def _is_fenced(groups: Sequence[Group], done: list[Any]) -> bool:
    """Say whether a fenced write that was carried out (rowcount >= 0) missed a row."""
    pairs = zip(groups, done, strict=False)
    return any(w.fenced and 0 <= cursor.rowcount < len(rows) for (w, rows), cursor in pairs)


def _out_of_reach(host: str, name: str, error: Exception) -> Problem:
    words = " ".join(str(error).split())
    return Problem(
        code="no_database",
        title=f"The database {name} at {host or 'this machine'} cannot be reached: {words}",
        status=503,
        expected="NEXUS_DATABASE=postgresql://user:password@host:5432/name",
        hint="Start PostgreSQL, or mend the address and its rights.",
    )


def _too_old(version: int) -> Problem:
    return Problem(
        code="old_database",
        title=f"This PostgreSQL is {version // 10_000}; Nexus needs 15 or newer.",
        status=500,
        hint="Upgrade PostgreSQL.",
    )
