"""Events are taken as they come; one that tells a secret is never kept as it came."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

SECRET = "whsec-9d2f77aa01c4be53"
FLOW = """
id: told
name: Told
modules: [core, http]
trigger:
  - use: core.webhook
do:
  - made: {set: {said: "It said {{ event.data.note }}"}}
  - send: {call: http.post, with: {url: "http://192.0.2.1/", body: {note: "{{ steps.made.said }}"}}}
"""
SHOP = {"base_url": "https://x.example", "secret": SECRET}
HEADERS = {"content-type": "application/json"}


@pytest.fixture
def told(nexus, owner, publish):
    nexus.connections.set(
        owner, "shop", "http", {"base_url": "https://x.example", "secret": SECRET}
    )
    key = publish(FLOW)
    return lambda note, **more: nexus.inbox.receive(
        key, HEADERS, json.dumps({"id": "1", "note": note, **more}).encode()
    )


def kept(nexus) -> str:
    """Return everything that is in the database, as SQL."""
    connection = sqlite3.connect(nexus.folder / "nexus.db")
    columns = [
        f"select quote({column}) from {table}"
        for table, column in (
            ("event", "data"),
            ("event", "type"),
            ("event", "dedupe"),
            ("journal", "cast(entries as text)"),
            ("effect", "cast(request as text)"),
            ("run", "cast(position as text)"),
        )
    ]
    rows = [str(row[0]) for query in columns for row in connection.execute(query)]
    connection.close()
    return "\n".join(_plain(one) for one in rows)


def _plain(quoted: str) -> str:
    return bytes.fromhex(quoted[2:-1]).decode() if quoted.startswith("X'") else quoted


def test_the_first_event_that_tells_a_secret_is_kept_without_it(nexus, owner, told):
    receipt = told(f"the key is {SECRET}.")

    assert SECRET not in kept(nexus)
    assert nexus.runs.show(owner, receipt.run_ids[0]).event.data["note"] == "the key is ***."
    assert len(receipt.run_ids) == 1


def test_a_secret_that_is_cut_over_two_fields_is_found_in_the_first_event_too(nexus, told):
    told(SECRET[:11], rest=SECRET[11:])

    text = kept(nexus)
    assert SECRET[:11] not in text
    assert SECRET[11:] not in text


def test_the_address_is_read_first_from_then_on_and_others_are_not(nexus, told):
    assert not nexus.inbox._telling
    told("nothing to hide")
    assert not nexus.inbox._telling
    told(SECRET)
    assert nexus.inbox._telling == {"told"}
    told(SECRET)
    assert SECRET not in kept(nexus)


def test_events_in_the_same_commit_are_kept_whether_or_not_their_neighbour_tells(nexus, told):
    notes = [SECRET if number % 5 == 0 else f"plain {number}" for number in range(40)]
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(told, notes))

    text = kept(nexus)
    assert len({receipt.event_id for receipt in receipts}) == 40
    assert SECRET not in text
    assert all(f"plain {number}" in text for number in range(40) if number % 5)


def test_a_card_number_and_a_field_with_a_secret_name_are_hidden_at_once(nexus, told):
    told("paid with 4242 4242 4242 4242", password="geheim99")

    text = kept(nexus)
    assert "4242 4242" not in text
    assert "geheim99" not in text


def test_a_repeat_is_known_whether_or_not_its_address_tells(nexus, owner, publish):
    nexus.connections.set(
        owner, "shop", "http", {"base_url": "https://x.example", "secret": SECRET}
    )
    key = publish(FLOW)
    headers = {**HEADERS, "idempotency-key": "delivery-1"}
    first = nexus.inbox.receive(key, headers, b'{"note": "plain"}')
    nexus.inbox.receive(key, HEADERS, json.dumps({"note": SECRET}).encode())
    again = nexus.inbox.receive(key, headers, b'{"note": "plain"}')

    assert again.repeat
    assert again.event_id == first.event_id
