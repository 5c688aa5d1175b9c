"""Basics: every sender's webhook, timetables, notes and the clock."""

import pytest

from nexus import Context, Event, Refuse
from nexus.core.clock import FixedClock
from nexus.core.host import load
from nexus.core.trigger.signature import sign, verify
from nexus.plugins.core import actions, triggers

CATALOG = load()
MONDAY = FixedClock(1_796_025_900_000_000)  # 2026-11-30 08:05 UTC


def event(type_: str, data) -> Event:
    return Event(id=1, source="s", type=type_, subject="", time=0, received=0, data=data)


def test_a_note_is_kept_as_it_is():
    note = CATALOG.action("core.note")

    assert note.effect == "pure"
    assert note.call(Context(), {"text": "Checked"}) == {"text": "Checked"}


@pytest.mark.parametrize(
    ("zone", "seen"),
    [
        ("UTC", ("2026-11-30", "08:05", "monday", 8)),
        ("Europe/Vienna", ("2026-11-30", "09:05", "monday", 9)),
        ("Pacific/Auckland", ("2026-11-30", "21:05", "monday", 21)),
        ("Pacific/Honolulu", ("2026-11-29", "22:05", "sunday", 22)),
    ],
)
def test_the_clock_is_seen_as_people_there_see_it(zone, seen):
    now = actions.now(Context(clock=MONDAY), zone=zone)

    assert (now.date, now.clock, now.weekday, now.hour) == seen
    assert now.time == "2026-11-30T08:05:00.000Z"


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "europe"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(Refuse, match="no time zone") as caught:
        actions.now(Context(clock=MONDAY), zone=zone)
    assert caught.value.code == "unknown_zone"


@pytest.mark.parametrize("name", ["webhook", "webhook_basic", "webhook_token"])
@pytest.mark.parametrize("data", [{}, [], None, "text", {"a": 1}])
def test_a_webhook_starts_for_any_body(name, data):
    assert CATALOG.trigger(f"core.{name}").wants(event("core.webhook.received", data), {})


@pytest.mark.parametrize(
    ("hook", "secret", "headers"),
    [
        (triggers.TOKEN, "s3cret-token", {}),
        (triggers.BASIC, "shop:s3cret", {}),
        (triggers.STANDARD, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {"webhook-id": "msg_1"}),
    ],
    ids=["token", "basic", "standard"],
)
def test_the_signing_hooks_verify_what_their_scheme_signs(hook, secret, headers):
    signed = headers | sign(hook.scheme, secret, headers, b"{}", 1_700_000_000)

    verify(hook.scheme, secret, signed, b"{}", 1_700_000_000)


def test_the_standard_webhooks_example_is_accepted():
    """The worked example of the Standard Webhooks specification's reference libraries."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,bm9ldHU=",
    }

    verify(
        triggers.STANDARD.scheme,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        headers,
        b'{"test": 2432232314}',
        1_614_265_330,
    )


def test_a_standard_webhook_may_be_kept_to_one_type():
    wants = CATALOG.trigger("core.webhook_standard").wants
    paid = event("core.webhook.received", {"type": "invoice.paid"})

    assert wants(paid, {})
    assert wants(paid, {"type": "invoice.paid"})
    assert not wants(paid, {"type": "invoice.sent"})
    assert not wants(event("core.webhook.received", [1]), {"type": "invoice.paid"})


def test_a_timetable_takes_cron_zone_and_what_to_do_with_missed_times():
    form = CATALOG.trigger("core.schedule").input

    assert form["required"] == ["cron"]
    assert form["properties"]["missed"]["enum"] == ["all", "once", "skip"]
    assert form["properties"]["missed"]["default"] == "once"
    assert CATALOG.trigger("core.schedule").kind == "schedule"


def test_starting_by_hand_takes_any_data():
    manual = CATALOG.trigger("core.manual")

    assert manual.kind == "manual"
    assert manual.wants(event("core.manual.started", {"a": 1}), {})
