"""Every verb of the policy table that changes something leaves a row in the audit log."""

import pytest

from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus
from nexus.core.people.policy import Policy
from nexus.core.people.table import POLICY
from nexus.core.store import hold
from nexus.core.store import people as store
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
TABLE = """\
id: tier
inputs: {n: {type: integer}}
outputs: {path: {type: string}}
rules: [{when: {n: "> 3"}, then: {path: high}}]
else: {path: low}
"""
CHARGE = """\
id: charge
trigger: [{use: core.webhook}]
do:
  - charge:
      call: email.send
      connection: box
      with: {to: a@example.com, subject: Hi, text: Hi}
      undo: {call: email.send, with: {to: a@example.com, subject: Sorry, text: Sorry}}
"""
API = {"base_url": "https://api.example", "secret": "s3cret-canary"}
PROVIDER = {
    "id": "them",
    "title": "Them",
    "kind": "oidc",
    "issuer": "https://id.example",
    "client_id": "nexus",
}
READS = {"read", "validate"}
WRITES = sorted(
    pair for pair in POLICY if pair[1] not in READS and pair[0] not in ("effect", "data")
)


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("verbs"))
    opened.start()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def owner(nexus):
    return Policy().actor(id="owner", name="Ada", roles=("owner",), via="page", ip="10.0.0.7")


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
    ("account", "change"): lambda n, o: n.account.change(o, "Ada", ""),
    ("account", "secure"): lambda n, o: n.account.drop_code_secret(o),
    ("connection", "set"): lambda n, o: n.connections.set(o, "api", "http", API),
    ("connection", "allow"): lambda n, o: n.connections.set(o, "api", "http", API, ["10.0.0.0/8"]),
    ("connection", "remove"): lambda n, o: n.connections.remove(o, kept(n, o)),
    ("connection", "test"): lambda n, o: n.connections.test(o, kept(n, o)),
    ("connection", "turn"): lambda n, o: n.connections.turn(o, kept(n, o), False),
    ("decision", "save"): lambda n, o: n.decisions.save(o, TABLE),
    ("event", "send"): sent,
    ("flow", "configure"): lambda n, o: n.flows.configure(o, saved(n, o), {"days": 4}),
    ("flow", "expect"): lambda n, o: n.upkeep.silence.expect(o, saved(n, o), 3600),
    ("flow", "publish"): saved,
    ("flow", "save"): lambda n, o: n.flows.save(o, FLOW),
    ("flow", "turn"): lambda n, o: n.flows.turn(o, saved(n, o), False),
    ("hook", "secret"): lambda n, o: n.hooks.set_secret(o, saved(n, o), "s3cret"),
    ("installation", "backup"): lambda n, o: n.upkeep.backups.make(o),
    ("installation", "hold"): lambda n, o: held(n, o, then=True),
    ("installation", "release"): lambda n, o: n.upkeep.standing.release(held(n, o)),
    ("installation", "retain"): lambda n, o: n.upkeep.retention.set(o, days=30),
    ("key", "rotate"): lambda n, o: n.keys.rotate(o),
    ("person", "disable"): lambda n, o: n.members.disable(o, joined(n, o)),
    ("person", "invite"): lambda n, o: n.invitations.invite(o, "bo@example.com", ["viewer"]),
    ("person", "reset"): lambda n, o: n.invitations.reset(o, joined(n, o)),
    ("person", "roles"): lambda n, o: n.members.set_roles(o, joined(n, o), ["operator"]),
    ("role", "edit"): lambda n, o: n.members.edit_role(o, "viewer", "flow", "read", None),
    ("run", "cancel"): lambda n, o: n.runs.cancel(o, sent(n, o)),
    ("run", "retry"): lambda n, o: n.runs.retry(o, failed(n, o)),
    ("run", "undo"): lambda n, o: n.runs.undo(o, charged(n, o)),
    ("sso", "set"): lambda n, o: n.sso.set(o, PROVIDER, "s3cret-canary"),
    ("terms", "set"): lambda n, o: n.terms.set(o, 30, 600, ["owner"]),
    ("token", "revoke"): lambda n, o: n.tokens.revoke(o, n.tokens.make(o, "t")[0].id),
    ("token", "make"): lambda n, o: n.tokens.make(o, "t")[1],
}
# It needs a provider: tests/connections/test_oauth.py performs it and looks for its row.
ELSEWHERE = {("connection", "connect")}
NOT_YET = {("module", "install")}
# What goes with a verb of the table and has its own name.
MORE = {
    "person.enable": lambda n, o: n.members.enable(o, joined(n, o)),
    "person.uninvite": lambda n, o: uninvited(n, o),  # noqa: PLW0108 - it is defined below
}
# What people do at the door, which no policy guards.
ENTERS = {
    "link.make": lambda n, o: n.people.link(),
    "session.begin": lambda n, o: n.people.use_link(n.people.link(), ip="10.0.0.7"),
    "session.refuse": lambda n, o: turned_away(n),
    "session.end": lambda n, o: n.people.sign_out(o, n.people.use_link(n.people.link())),
}


def held(nexus, owner, then=False):
    """Put it on hold; the next tests need it at work, whatever the hold's own row says."""
    nexus.upkeep.standing.hold(owner, "A move.")
    if then:
        put_off(nexus)
    return owner


def put_off(nexus):
    with nexus.database.write() as connection:
        hold.put(connection, {hold.REASON: ""})
    nexus.database.hold.look()


def joined(nexus, owner):
    if known := store.find_by_email(nexus.database, "pat@example.com"):
        return known.id
    row = nexus.invitations.invite(owner, "pat@example.com", ["viewer"])
    return nexus.invitations.accept(row.token, "Pat", "a long enough sentence, is it not")


def uninvited(nexus, owner):
    nexus.invitations.invite(owner, "bo@example.com", ["viewer"])
    nexus.invitations.revoke(owner, "bo@example.com")


def turned_away(nexus):
    with pytest.raises(Refused):
        nexus.people.use_link("none", ip="10.0.0.7")


def failed(nexus, owner):
    run_id = sent(nexus, owner, BROKEN)
    nexus.runs.wait(owner, run_id, 10)
    return run_id


def charged(nexus, owner):
    """Return a run that is done and could be taken back."""
    values = {"transport": "folder", "folder": str(nexus.folder / "out"), "from": "a@example.com"}
    nexus.connections.set(owner, "box", "email", values)
    run_id = sent(nexus, owner, CHARGE)
    assert nexus.runs.wait(owner, run_id, 10).state.word == "done"
    return run_id


def newest(nexus, owner):
    return nexus.audit.list(owner, limit=1).rows[0]


def test_every_verb_that_changes_something_is_performed_here():
    assert DOES.keys() | ELSEWHERE | NOT_YET == set(WRITES)


@pytest.mark.parametrize(
    ("action", "does"),
    [*((".".join(pair), does) for pair, does in DOES.items()), *MORE.items(), *ENTERS.items()],
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
    viewer = Policy().actor(id="v", name="V", roles=("viewer",), via="page")
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
