"""What docs/people.md and docs/security.md say in tables is what the code does, row by row."""

import re

import pytest

from nexus import app
from nexus.core.clock import SECOND
from nexus.core.flow import document
from nexus.core.model.people import TermsRow
from nexus.core.people import (
    account,
    invitations,
    passkeys,
    passwords,
    people,
    sso,
    throttle,
    tokens,
)
from nexus.core.people.roles import ROLES
from nexus.core.people.table import EVERYBODY, POLICY, STAFF
from nexus.core.trigger import body
from nexus.ui import deeds, doorman, hooks, web
from nexus.ui.doors import RATES

HOUR, MINUTE, DAY = 3600, 60, 86_400


@pytest.fixture
def table(root):
    """Read the table below a heading: its cells, row by row, without the head."""

    def read(name, heading):
        text = (root / "docs" / name).read_text().partition(f"## {heading}\n")[2]
        lines = [line for line in re.split(r"\n#+ ", text)[0].splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]

    return read


def who(rule):
    """Write a rule's grants as the docs do: `all: owner, admin; own: staff`."""
    words = []
    for scope in ("all", "team", "client", "own"):
        names = [role for role in ROLES if rule.grants.get(role) == scope]
        if names:
            groups = {EVERYBODY: "everybody", STAFF: "staff"}
            words.append(f"{scope}: {groups.get(' '.join(names), ', '.join(names))}")
    return "; ".join(words)


def test_every_right_stands_in_the_docs_with_who_has_it(table):
    told = {row[0]: (row[2], row[3]) for row in table("people.md", "Every right")}
    known = {
        f"`{resource}.{verb}`": (who(rule), "yes" if rule.step_up else "")
        for (resource, verb), rule in POLICY.items()
    }
    assert told == known


def test_every_right_says_what_it_lets_one_do(table):
    rows = table("people.md", "Every right")
    assert [row[0] for row in rows if len(row[1].split()) < 2] == []


def test_every_role_stands_in_the_docs(table):
    assert [row[0] for row in table("people.md", "Rights")] == [one.title for one in ROLES.values()]


def test_every_deed_stands_in_the_docs_as_its_sentence(table):
    told = {row[0]: row[1] for row in table("security.md", "Every deed")}
    assert told == {
        f"`{action}`": re.sub(r"%\((\w+)\)s", r"*\1*", sentence)
        for action, sentence in deeds.SENTENCES.items()
    }


def test_every_time_in_the_docs_is_the_one_that_is_kept(table):
    told = {row[0]: row[1] for row in table("people.md", "Times and limits")}
    assert told == {
        "a sign-in link from the console": spoken(people.LINK_LIFE),
        "an invitation": spoken(invitations.LIFE),
        "a link to choose a new password": spoken(invitations.RESET_LIFE),
        "a session, unless told otherwise": spoken(TermsRow().longest),
        "a session that nobody uses, unless told otherwise": spoken(TermsRow().idle),
        "a fresh sign-in": spoken(people.FRESH),
        "the time to enter a code after the password": spoken(account.SECOND_LIFE),
        "the time to answer with a passkey": spoken(passkeys.LIFE),
        "the way to another company's page and back": spoken(sso.LIFE),
        "the wait after wrong tries, at most": spoken(throttle.LONGEST),
        "an API token, unless told otherwise": f"{tokens.USUAL_LIFE} days",
        "a password": f"{passwords.SHORTEST} to {passwords.LONGEST} characters",
        "passkeys of one person": str(passkeys.MOST),
    }


def test_every_limit_in_the_docs_is_the_one_that_holds(table):
    told = {row[0]: row[1] for row in table("security.md", "How much it takes")}
    assert body.DEEPEST == document.MAX_DEPTH
    assert told == {
        "deliveries to `/hooks/`, by key and by address": rate("hooks"),
        "`/api/`, by token and by address": rate("api"),
        "sign-in, by address": rate("sign-in"),
        "a body": f"{web.MEGABYTE // 1_000_000} MB; no files (`multipart/`)",
        "JSON": f"{body.DEEPEST} levels deep",
        "an address": f"{doorman.LONGEST_URL:,} characters",
        "headers": f"{doorman.MOST_HEADERS}, {doorman.LARGEST_HEADERS // 1000} kB in all",
        "time to send the headers": f"{app.HEADERS_WITHIN // 1000} seconds",
        "senders of bodies to `/hooks/` at once": f"{hooks.MOST} of {app.THREADS} threads",
    }


def rate(door):
    count, unit = RATES[door].split("/")
    return f"{int(count):,} a {unit}"


def spoken(micros):
    """Write a span as the docs do."""
    seconds = micros // SECOND
    for size, name in ((2 * DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size:
            count = seconds // (DAY if name == "day" else size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"


def test_every_proof_that_the_docs_name_is_there(root):
    for name in ("security.md", "people.md"):
        named = re.findall(r"`(tests/[\w/.]+)`", (root / "docs" / name).read_text())
        assert [proof for proof in named if not (root / proof).exists()] == []
