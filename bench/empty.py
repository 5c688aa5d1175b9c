"""Baseline H: a Flask route that reads the body of a POST and answers, and does nothing else."""

import sys

from flask import Flask, Response, jsonify, request
from front import serve


def make() -> Flask:
    app = Flask("empty")

    @app.post("/hooks/<key>")
    def receive(key: str) -> tuple[Response, int]:
        request.get_data(cache=False)
        return jsonify({"event_id": key, "run_ids": [key]}), 202

    return app


if __name__ == "__main__":
    serve(int(sys.argv[1]), make)
