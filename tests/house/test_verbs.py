"""Every verb of the policy table that changes something leaves a row in the audit log."""

import pytest

from nexus.core.model.actor import Actor
from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus
from nexus.core.people.policy import POLICY
from nexus.ui import deeds

FLOW = """\
id: patient
name: Patient
settings: {days: {type: integer, default: 3}}
trigger:
  - use: core.webhook
do:
  - pause: {wait: 3d}
"""
BROKEN = FLOW.replace("patient", "broken").replace(
    "pause: {wait: 3d}", 'stop: {raise: {code: no, message: "No."}}'
)
API = {"base_url": "https://api.example", "secret": "s3cret-canary"}
READS = {"read", "validate"}
WRITES = sorted(pair for pair in POLICY if pair[1] not in READS)


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("verbs"))
    opened.start()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def owner(nexus):
    return Actor(id="owner", name="Ada", role="owner", via="page", ip="10.0.0.7")


def kept(nexus, owner):
    return nexus.connections.set(owner, "spare", "http", API).name


def saved(nexus, owner, text=FLOW):
    flow = nexus.flows.save(owner, text)
    nexus.flows.publish(owner, flow.id)
    return flow.id


def sent(nexus, owner, text=FLOW):
    (run_id,) = nexus.inbox.send(owner, saved(nexus, owner, text), {"id": 1}).run_ids
    return run_id


# What performs each verb; a verb that is added to the policy is added here, with its row.
DOES = {
    ("connection", "set"): lambda n, o: n.connections.set(o, "api", "http", API),
    ("connection", "allow"): lambda n, o: n.connections.set(o, "api", "http", API, ["10.0.0.0/8"]),
    ("connection", "remove"): lambda n, o: n.connections.remove(o, kept(n, o)),
    ("connection", "test"): lambda n, o: n.connections.test(o, kept(n, o)),
    ("connection", "turn"): lambda n, o: n.connections.turn(o, kept(n, o), False),
    ("event", "send"): sent,
    ("flow", "configure"): lambda n, o: n.flows.configure(o, saved(n, o), {"days": 4}),
    ("flow", "publish"): saved,
    ("flow", "save"): lambda n, o: n.flows.save(o, FLOW),
    ("flow", "turn"): lambda n, o: n.flows.turn(o, saved(n, o), False),
    ("hook", "secret"): lambda n, o: n.hooks.set_secret(o, saved(n, o), "s3cret"),
    ("key", "rotate"): lambda n, o: n.keys.rotate(o),
    ("run", "cancel"): lambda n, o: n.runs.cancel(o, sent(n, o)),
    ("run", "retry"): lambda n, o: n.runs.retry(o, failed(n, o)),
    ("token", "make"): lambda n, o: n.people.new_token(o, "t"),
}
# It needs a provider: tests/connections/test_oauth.py performs it and looks for its row.
ELSEWHERE = {("connection", "connect")}
# What people do at the door, which no policy guards.
ENTERS = {
    "link.make": lambda n, o: n.people.link(),
    "session.begin": lambda n, o: n.people.use_link(n.people.link(), "10.0.0.7"),
    "session.refuse": lambda n, o: turned_away(n),
    "session.end": lambda n, o: n.people.sign_out(o, n.people.use_link(n.people.link())),
}


def turned_away(nexus):
    with pytest.raises(Refused):
        nexus.people.use_link("none", "10.0.0.7")


def failed(nexus, owner):
    run_id = sent(nexus, owner, BROKEN)
    nexus.runs.wait(owner, run_id, 10)
    return run_id


def newest(nexus, owner):
    return nexus.audit.list(owner, limit=1).rows[0]


def test_every_verb_that_changes_something_is_performed_here():
    assert DOES.keys() | ELSEWHERE == set(WRITES)


@pytest.mark.parametrize(
    ("action", "does"),
    [*((".".join(pair), does) for pair, does in DOES.items()), *ENTERS.items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_verb_leaves_a_row_with_its_actor_and_its_sentence(action, does, nexus, owner):
    before = newest(nexus, owner).seq if nexus.audit.list(owner).rows else 0
    does(nexus, owner)
    row = newest(nexus, owner)
    assert row.seq > before
    assert row.action == action
    assert row.object.startswith(f"{action.partition('.')[0]}:")
    assert action in deeds.SENTENCES
    assert "?" not in deeds.sentence(row)
    if action in ENTERS:
        assert row.actor == ("" if action == "session.refuse" else "owner")
    else:
        assert (row.actor, row.by, row.via, row.ip) == ("owner", "Ada", "page", "10.0.0.7")


def test_a_verb_that_is_refused_leaves_no_row(nexus, owner):
    run_id = sent(nexus, owner)
    nexus.runs.cancel(owner, run_id)
    before = newest(nexus, owner).seq
    for verb in (nexus.runs.cancel, nexus.runs.retry):
        with pytest.raises(Refused):
            verb(owner, run_id)
    viewer = Actor(id="v", name="V", role="viewer", via="page")
    with pytest.raises(Refused):
        nexus.flows.save(viewer, FLOW)
    assert newest(nexus, owner).seq == before


def test_secrets_leave_no_trace_in_the_log(nexus, owner):
    nexus.connections.set(owner, "api", "http", API)
    nexus.hooks.set_secret(owner, saved(nexus, owner), "s3cret-canary")
    nexus.flows.publish(owner, saved(nexus, owner), f"It works with {API['secret']}.")
    assert "s3cret" not in "".join(str(row) for row in nexus.audit.export(owner))


def test_the_whole_log_verifies_after_all_of_this(nexus, owner):
    assert nexus.audit.verify(owner).fine


def test_a_delivery_of_a_provider_leaves_no_row(nexus, owner):
    saved(nexus, owner)
    (hook,) = nexus.flows.show(owner, "patient").hooks
    before = newest(nexus, owner).seq
    nexus.inbox.receive(
        hook.path.removeprefix("/hooks/"), {"content-type": "application/json"}, b'{"id": 9}'
    )
    assert newest(nexus, owner).seq == before
