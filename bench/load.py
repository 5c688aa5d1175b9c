"""The load: so many connections, each sends the next request when the last one is answered.

Called as `load.py port path connections warm seconds`; prints what it saw as one line of JSON.
"""

import asyncio
import json
import sys
import time

import uvloop
from wire import request, take

BODY = b'{"id":"A-%010d","amount":150.5,"email":"ada@example.com","items":["tea","cups"]}'


class Tally:
    """What all connections saw inside the measured window."""

    def __init__(self, warm: float, seconds: float) -> None:
        self.begin = time.perf_counter() + warm
        self.end = self.begin + seconds
        self.from_ = time.time_ns() // 1000 + int(warm * 1e6)
        self.to = self.from_ + int(seconds * 1e6)
        self.sent = self.bad = 0
        self.waits: list[float] = []


class Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, made: tuple[bytes, bytes], tally: Tally) -> None:
        self.head, self.tail = made
        self.tally = tally
        self.buffer = b""
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.tally.sent += 1
        self.transport.write(self.head + b"%010d" % self.tally.sent + self.tail)
        self.since = time.perf_counter()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        found = take(self.buffer)
        if found is None:
            return
        answer, self.buffer = found
        now, tally = time.perf_counter(), self.tally
        if not answer.startswith(b"HTTP/1.1 202"):
            tally.bad += 1
        elif tally.begin <= now < tally.end:
            tally.waits.append(now - self.since)
        if now < tally.end:
            self.send()
        else:
            self.over.set_result(None)
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.tally.bad += 1
            self.over.set_result(None)


def made(port: int, path: str) -> tuple[bytes, bytes]:
    """Write the request once, in two halves around its number."""
    whole = request(port, path, BODY % 0)
    head, _, tail = whole.partition(b"%010d" % 0)
    return head, tail


async def main(port: int, path: str, connections: int, warm: float, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    tally, halves = Tally(warm, seconds), made(port, path)
    callers = []
    for _ in range(connections):
        _, caller = await loop.create_connection(lambda: Caller(halves, tally), "127.0.0.1", port)
        callers.append(caller.over)
    await asyncio.wait(callers, timeout=warm + seconds + 20)
    waits = sorted(tally.waits)
    seen = {"sent": tally.sent, "bad": tally.bad, "acks": len(waits) / seconds}
    seen |= {"from": tally.from_, "to": tally.to, "seconds": seconds}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        seen[name] = waits[int(len(waits) * share)] * 1000 if waits else 0.0
    print(json.dumps(seen))


if __name__ == "__main__":
    _, port_, path_, connections_, warm_, seconds_ = sys.argv
    uvloop.run(main(int(port_), path_, int(connections_), float(warm_), float(seconds_)))
