"""An outside world in a process of its own: an HTTP server that writes every call into a ledger.

    python sink.py LEDGER.db

prints its port. It answers 500 to some calls after it took them, as real services do.
"""

import json
import random
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TABLE = "create table call (key text, run text, step text, turn text, body text, at real)"


class Ledger:
    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=off")
        self._db.execute(TABLE)
        self._lock = threading.Lock()

    def write(self, key: str, body: str) -> None:
        told = json.loads(body)
        row = (key, told["run"], told["step"], told.get("turn", ""), body, time.time())
        with self._lock:
            self._db.execute("insert into call values (?, ?, ?, ?, ?, ?)", row)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    ledger: Ledger

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.ledger.write(self.headers["Idempotency-Key"], body)
        slow = json.loads(body).get("sleep", 0)
        time.sleep(slow or random.random() * 0.02)
        status = 500 if not slow and random.random() < 0.02 else 200
        answer = b'{"ok": true}'
        head = (
            f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
        )
        self.wfile.write(head.encode() + answer)

    def log_message(self, *parts: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers are killed here: say nothing."""


if __name__ == "__main__":
    Handler.ledger = Ledger(sys.argv[1])
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
