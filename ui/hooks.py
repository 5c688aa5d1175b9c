"""The door for webhooks: read bytes, hand them to the core, say what became of them.

The tour starts here; next comes core/trigger/webhook.py.
"""

from flask import Blueprint, Response, jsonify, request

from nexus.ui.door import nexus

hooks = Blueprint("hooks", __name__)


@hooks.post("/hooks/<key>")
def receive(key: str) -> tuple[Response, int]:
    """Take one delivery: 202 the first time, 200 with the same ids for a repeat."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    receipt = nexus().inbox.receive(key, headers, request.get_data(cache=False))
    body = {"event_id": receipt.event_id, "run_ids": list(receipt.run_ids)}
    return jsonify(body), 200 if receipt.repeat else 202
