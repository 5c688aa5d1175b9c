"""Design A: what one would build first, and build well. SQLAlchemy's ORM, a commit per step.

One session per run, a pool, no expiry on commit, WAL with synchronous=FULL; expressions compiled
once by the same compiler, calls sent by the same HTTP library. A pure step is committed with its
output; a call is committed before it is sent and again with its answer.

Called as `design_a.py port folder sink`, it serves W1 behind the product's own server: the run
is done inside the request, so that an answered run is a completed one.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from front import serve
from pyreqwest.client import SyncClient, SyncClientBuilder
from sqlalchemy import JSON, ForeignKey, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from nexus.core.flow.expr import compile_expr
from nexus.core.flow.template import compile_template

Step = tuple[str, str, Callable[[dict[str, Any]], Any]]
Sessions = sessionmaker[Session]

W1: list[Step] = [
    ("big", "if", compile_expr("event.data.amount > 100")),
    ("total", "set", compile_template({"total": "{{ event.data.amount * 1.2 }}"})),
    (
        "send",
        "post",
        compile_template({"id": "{{ event.data.id }}", "total": "{{ steps.total.total }}"}),
    ),
]


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Every table."""

    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012 - SQLAlchemy reads it so


class Run(Base):
    """One run of a flow."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    flow: Mapped[str]
    state: Mapped[str] = mapped_column(index=True, default="running")
    event: Mapped[dict[str, Any]]
    started: Mapped[datetime] = mapped_column(default=now)
    ended: Mapped[datetime | None]


class Done(Base):
    """One step of a run."""

    __tablename__ = "step"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    name: Mapped[str]
    state: Mapped[str]
    output: Mapped[dict[str, Any] | None]
    started: Mapped[datetime] = mapped_column(default=now)
    ended: Mapped[datetime | None]


def open_sessions(folder: Path) -> Sessions:
    engine = create_engine(
        f"sqlite:///{folder / 'design-a.db'}", pool_size=64, connect_args={"timeout": 60}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")

    Base.metadata.create_all(engine)
    return sessionmaker(engine, expire_on_commit=False)


def client() -> SyncClient:
    return SyncClientBuilder().build()


def drive(sessions: Sessions, http: SyncClient, sink: str, data: dict[str, Any]) -> int:
    """Do W1 for one event and return the run's id."""
    with sessions() as session:
        run = Run(flow="w1", event=data)
        session.add(run)
        session.commit()
        context: dict[str, Any] = {"event": {"data": data}, "steps": {}}
        for name, kind, make in W1:
            output = make(context)
            if kind == "post":
                output = _call(session, http, sink, run, name, output)
            else:
                output = {"value": output} if kind == "if" else output
                done = Done(run_id=run.id, name=name, state="done", output=output, ended=now())
                session.add(done)
                session.commit()
            context["steps"][name] = output
            if kind == "if" and not output["value"]:
                break
        run.state, run.ended = "done", now()
        session.commit()
        return run.id


def _call(
    session: Session, http: SyncClient, sink: str, run: Run, name: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Send one POST: the intent is durable before, the answer after."""
    step = Done(run_id=run.id, name=name, state="sending")
    session.add(step)
    session.commit()
    sending = http.post(sink).header("idempotency-key", f"{run.id}:{name}")
    answer = sending.header("content-type", "application/json").body_bytes(
        json.dumps(body).encode()
    )
    found = answer.build().send()
    step.output = {"status": found.status, "body": found.json()}
    step.state, step.ended = "done", now()
    session.commit()
    return step.output


def make(folder: Path, sink: str) -> Flask:
    sessions, http = open_sessions(folder), client()
    app = Flask("design_a")

    @app.post("/hooks/<key>")
    def receive(key: str) -> tuple[Response, int]:
        run_id = drive(sessions, http, sink, request.get_json())
        return jsonify({"run_id": run_id}), 202

    @app.post("/accept/<key>")
    def accept(key: str) -> tuple[Response, int]:
        with sessions() as session:
            run = Run(flow=key, event=request.get_json())
            session.add(run)
            session.commit()
            return jsonify({"run_id": run.id}), 202

    return app


if __name__ == "__main__":
    serve(int(sys.argv[1]), lambda: make(Path(sys.argv[2]), sys.argv[3]))
