"""The table: what was promised, what was measured, and whether it holds."""

from dataclasses import dataclass
from typing import Any

from doors import middle

Facts = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One line. `holds` is None where there is nothing to hold yet."""

    id: str
    what: str
    target: str
    measured: str
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "pass", False: "MISS", None: "-"}[self.holds]


def least(id_: str, what: str, bar: float, found: float, text: str = "", unit: str = "") -> Row:
    return Row(id_, what, f">= {bar:g}{unit}", text or f"{found:.2f}{unit}", found >= bar)


def most(id_: str, what: str, bar: float, found: float, text: str = "", unit: str = "") -> Row:
    return Row(id_, what, f"<= {bar:g}{unit}", text or f"{found:.2f}{unit}", found <= bar)


def front(rounds: list[Facts]) -> list[Row]:
    """T1 to T4 and T15: medians over the rounds of ratios inside each round."""
    ack = middle(rounds, lambda r: r["ack"]["acks"] / r["H"])
    rate = middle(rounds, lambda r: r["ack"]["acks"])
    row = middle(rounds, lambda r: r["ack"]["acks"] / r["orm_row"]["acks"])
    ack_cpu = middle(rounds, lambda r: r["ack"]["cpu"] / r["Hcpu"])
    done = middle(rounds, lambda r: r["completed"] / r["H"])
    runs = middle(rounds, lambda r: r["completed"])
    kept = middle(rounds, lambda r: r["completed"] / r["run"]["acks"])
    cpu = middle(rounds, lambda r: r["run"]["cpu"] / r["Hcpu"])
    micros = middle(rounds, lambda r: r["run"]["cpu"])
    orm = middle(rounds, lambda r: r["completed"] / r["orm"]["acks"])
    p50, p99 = (middle(rounds, lambda r, name=name: r["run"][name]) for name in ("p50", "p99"))
    return [
        least("T1", "durable ack, c=16", 0.5, ack, f"{ack:.2f} H ({rate:,.0f}/s)", " H"),
        least("T1", "durable ack beside one ORM commit a request", 3, row, unit="x"),
        most("T2", "CPU of a durable ack", 2.0, ack_cpu, unit=" Hcpu"),
        least("T3", "W1 completed, c=16", 0.45, done, f"{done:.2f} H ({runs:,.0f}/s)", " H"),
        least("T3", "W1 completed per ack: no backlog", 0.97, kept),
        most("T4", "CPU of a W1 run", 2.5, cpu, f"{cpu:.2f} Hcpu ({micros:,.0f} us)", " Hcpu"),
        least("T15", "W1 beside design A, both served", 15, orm, unit="x"),
        Row("-", "W1 ack p50 / p99, c=16", "printed", f"{p50:.1f} / {p99:.1f} ms"),
    ]


def engine(ours: Facts, theirs: Facts) -> list[Row]:
    """T5, and T6's commits."""
    ratio = ours["rate"] / theirs["rate"]
    text = (
        f"{ours['rate']:,.0f} runs/s, {ours['cpu']:.0f} us CPU, {ours['bytes']:,.0f} B of database"
    )
    commits = ours["commits"]
    return [
        least("T5", "W1 engine only, c=64: runs per commit", 3, ours["together"]),
        least("T5", "W1 engine only beside design A", 10, ratio, f"{ratio:.1f}x", "x"),
        Row("-", "W1 engine only, c=64, per run", "printed", text),
        most("T6", "commits of a run of pure steps", 1, max(commits["pure"], commits["w2"])),
        Row("-", "commits of a W1 run, alone", "printed", f"{commits['w1']:.2f}"),
    ]


def steps(found: Facts) -> list[Row]:
    """T6 and T7."""
    beyond = found["step"] - found["e"]
    short, long = found["loops"]["1000"], found["loops"]["10000"]
    bare, grown = short["ours"] / short["bare"], long["ours"] / short["ours"]
    kept = short["db"] / short["output"]
    return [
        most("T6", f"a pure step beyond E = {found['e']:.2f} us", 6, beyond, unit=" us"),
        most("T7", "W3, 1,000 items beside a bare loop", 1.6, bare,
             f"{bare:.2f}x ({short['ours']:.1f} ms)", "x"),
        most("T7", "10,000 items beside 1,000", 11, grown, unit="x"),
        most("T7", "database beside the output's JSON", 3, kept, unit="x"),
    ]  # fmt: skip


def calls(found: Facts) -> list[Row]:
    """T8, as far as it is built."""
    ratio = found["ours"] / found["direct"]
    text = f"{found['ours']:,.0f}/s = {ratio:.2f} of direct, {found['commits']:.2f} commits each"
    client = f"{found['alone']:,.0f}/s alone, {found['crowd']:,.0f}/s 64 at once"
    return [
        Row("T8", "W3h, 1,000 calls, 64 at a time", ">= 2x of 1", "not built yet"),
        Row("-", "W3h, one call after another", "printed", text),
        Row("-", "X, the bare client", "printed", client),
    ]


def parked(found: Facts) -> list[Row]:
    """T9."""
    beyond = found["whole"] - found["ctx"]
    text = f"ctx + {beyond:.0f} B (ctx {found['ctx']:.0f}, run row and indexes {found['row']:.0f})"
    return [
        Row("T9", "a parked run on disk, event and journal too", "<= ctx + 130 B", text,
            beyond <= 130),
        most("T9", "memory of 10,000 parked runs", 1, found["memory"], unit=" MB"),
    ]  # fmt: skip


def house(found: Facts) -> list[Row]:
    """What the installation itself costs."""
    return [
        most("-", "idle memory of nexus serve (PSS)", 150, found["pss"], unit=" MB"),
        most("-", "start to first answer", 3, found["start"], unit=" s"),
        most("-", "installed, what running needs", 500, found["installed"], unit=" MB"),
    ]


def show(rows: list[Row]) -> str:
    """Lay the table out for a terminal."""
    head = Row("", "measure", "target", "measured")
    lines = [(row.id, row.what, row.target, row.measured, row.verdict) for row in rows]
    cells = [(head.id, head.what, head.target, head.measured, ""), *lines]
    widths = [max(len(line[place]) for line in cells) for place in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
