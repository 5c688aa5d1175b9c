"""The auditor: reads data folder, sink's ledger and client's log, and tells what is wrong.

    python auditor.py DATA SINK.db ACKS.jsonl

prints one JSON object; `findings` is empty when every promise was kept. Run it on a stopped Nexus.
"""

import json
import re
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from nexus.core.model import ids
from nexus.core.model.effect import EffectState, effect_key
from nexus.core.model.run import RunState

OVER = {RunState.DONE, RunState.FAILED, RunState.CANCELLED}
LETTERS = {
    "intent": "i", "error": "e", "done": "d", "failed": "f", "doubt": "u",
    "wait": "w", "skipped": "s", "caught": "c", "chunk": "k",
}  # fmt: skip
LEGAL = re.compile(r"((i+e?)*d|(i+e?)*f+c?|(i+e?)+u?|(i+e?)*|w?d|w|s|k+d?)")
LATE_BY = 5_000_000
MOST_ATTEMPTS = 60


class Audit:
    def __init__(self, data: Path, sink: Path, acks: Path) -> None:
        self.db = sqlite3.connect(f"file:{data / 'nexus.db'}?mode=ro", uri=True)
        self.sink = sqlite3.connect(sink)
        self.acks = [json.loads(line) for line in acks.read_text().splitlines()]
        self.findings: list[str] = []
        self.runs = {
            row[0]: RunState(row[1]) for row in self.db.execute("select id, state from run")
        }

    def check(self) -> dict:
        self.database_is_whole()
        self.every_acknowledged_event_is_there_once()
        self.every_run_is_over_or_due()
        self.every_effect_went_out_under_one_key()
        self.every_journal_is_gapless_and_legal()
        return {"findings": self.findings[:50], **self.figures()}

    def figures(self) -> dict:
        calls, keys = self.sink.execute("select count(*), count(distinct key) from call").fetchone()
        return {
            "acknowledged": len(self.acks),
            "events": self.count("event"),
            "runs": len(self.runs),
            "effects": self.count("effect"),
            "calls": calls,
            "keys": keys,
        }

    def count(self, table: str) -> int:
        return self.db.execute(f"select count(*) from {table}").fetchone()[0]

    def wrong(self, rule: str, words: str) -> None:
        self.findings.append(f"{rule}: {words}")

    def database_is_whole(self) -> None:
        answer = self.db.execute("pragma integrity_check").fetchall()
        if answer != [("ok",)]:
            self.wrong("I7", f"integrity_check says {answer[:3]}")
        for table in ("journal", "effect"):
            lone = self.db.execute(
                f"select count(*) from {table} where run_id not in (select id from run)"
            ).fetchone()[0]
            if lone:
                self.wrong("I7", f"{lone} rows of {table} belong to no run")
        lone = self.db.execute(
            "select count(*) from run where event_id not in (select id from event)"
        ).fetchone()[0]
        if lone:
            self.wrong("I7", f"{lone} runs have no event")

    def every_acknowledged_event_is_there_once(self) -> None:
        events = defaultdict(list)
        for event_id, dedupe in self.db.execute("select id, dedupe from event"):
            events[dedupe].append(event_id)
        started = defaultdict(set)
        for run_id, event_id in self.db.execute("select id, event_id from run"):
            started[event_id].add(ids.write("run", run_id))
        for ack in self.acks:
            found = events[ack["key"]]
            if [ids.write("evt", one) for one in found] != [ack["event_id"]]:
                self.wrong("I1", f"{ack['key']} was acknowledged as {ack['event_id']}: {found}")
            elif started[found[0]] != set(ack["run_ids"]) or not ack["run_ids"]:
                self.wrong("I1", f"{ack['key']} has the runs {started[found[0]]}")

    def every_run_is_over_or_due(self) -> None:
        late = time.time_ns() // 1000 - LATE_BY
        for run_id, state, due in self.db.execute("select id, state, due from run"):
            if state in OVER:
                continue
            if state != RunState.WAITING or due is None or due < late:
                self.wrong("I1", f"run {run_id} is stuck as {RunState(state).word}, due {due}")

    def every_effect_went_out_under_one_key(self) -> None:
        sent = defaultdict(set)
        for key, run, step, turn, body in self.sink.execute(
            "select key, run, step, turn, body from call"
        ):
            sent[run, step, turn].add((key, body))
        installation = self.db.execute(
            "select value from meta where name = 'installation'"
        ).fetchone()[0]
        rows = "select run_id, step, turn, state, attempt, rerun from effect"
        for run_id, step, turn, state, attempt, rerun in self.db.execute(rows):
            calls = sent.pop((ids.write("run", run_id), step, turn), set())
            where = f"run {run_id}, step {step}, turn {turn!r}"
            key = effect_key(installation, run_id, step, turn, rerun)
            if len(calls) > 1 or any(one != key for one, _ in calls):
                self.wrong("I2", f"{where}: the sink saw {sorted(calls)}, expected one under {key}")
            if state == EffectState.DONE and not calls:
                self.wrong("I2", f"{where}: it counts as done and was never sent")
            if self.runs.get(run_id) is RunState.DONE and state == EffectState.INTENT:
                self.wrong("I3", f"{where}: the run is done and its effect is still open")
            if attempt > MOST_ATTEMPTS:
                self.wrong("I3", f"{where}: {attempt} attempts")
        for where in sent:
            self.wrong("I2", f"the sink was called for {where}, which the ledger does not know")

    def every_journal_is_gapless_and_legal(self) -> None:
        entries, rows = defaultdict(list), Counter()
        query = "select run_id, seq, entries from journal order by run_id, seq"
        for run_id, seq, raw in self.db.execute(query):
            if seq != rows[run_id]:
                self.wrong("I4", f"run {run_id}: row {seq} where {rows[run_id]} was expected")
            rows[run_id] += 1
            entries[run_id].extend(json.loads(raw))
        for run_id, state in self.runs.items():
            self.check_path(run_id, state, entries[run_id])

    def check_path(self, run_id: int, state: RunState, entries: list) -> None:
        paths = defaultdict(str)
        for step, kind, _, *more in entries:
            if kind != "person":
                paths[step, more[1] if len(more) > 1 else ""] += LETTERS[kind]
        for (step, turn), path in paths.items():
            if not LEGAL.fullmatch(path):
                self.wrong("I3", f"run {run_id}, step {step}, turn {turn!r}: {path} is no path")
            if state is RunState.DONE and path.endswith(("i", "e", "u", "w")):
                self.wrong("I3", f"run {run_id} is done, and {step} {turn!r} ended as {path}")


if __name__ == "__main__":
    print(json.dumps(Audit(*map(Path, sys.argv[1:4])).check()))
