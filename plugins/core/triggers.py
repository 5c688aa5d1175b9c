"""Triggers that belong to no provider."""

from typing import Annotated, Any, Literal

import msgspec

from nexus import Event, Hook, Scheme, trigger

RECEIVED = "core.webhook.received"
DEDUPE = ("header:Idempotency-Key",)
SAMPLE = {"id": "A-1001", "amount": 2500, "email": "ada@example.com", "items": ["tea", "cups"]}

OPEN = Hook(name="webhook", scheme=None, type=RECEIVED, dedupe=DEDUPE)
TOKEN = Hook(
    name="webhook_token",
    scheme=Scheme(kind="token", header="X-Nexus-Token"),
    type=RECEIVED,
    dedupe=DEDUPE,
)
BASIC = Hook(
    name="webhook_basic",
    scheme=Scheme(kind="basic", header="Authorization"),
    type=RECEIVED,
    dedupe=DEDUPE,
)


STANDARD = Hook(
    name="webhook_standard",
    scheme=Scheme(
        kind="hmac",
        header="webhook-signature",
        encoding="base64",
        signed="{header:webhook-id}.{t}.{body}",
        split=" ,",
        signature_field="v1",
        timestamp_header="webhook-timestamp",
        tolerance=300,
        secret_prefix="whsec_",  # noqa: S106 - how such secrets begin
        secret_encoding="base64",  # noqa: S106 - the name of an encoding
    ),
    type=RECEIVED,
    dedupe=("header:webhook-id",),
    sample_headers={"webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"},
)


class Slot(msgspec.Struct):
    """A moment of a timetable.

    Attributes:
        slot: When it was due, RFC 3339 in UTC.
        zone: The timetable's time zone.
    """

    slot: str
    zone: str


@trigger(hook=OPEN, sample=SAMPLE)
def webhook(event: Event) -> bool:
    """Start when anything is posted to the flow's own address.

    The address is the secret: whoever knows it can start the flow. The sender may give each
    delivery an Idempotency-Key header; a repeat then starts nothing.
    """
    return True


@trigger(hook=TOKEN, title="Webhook with a token", sample=SAMPLE)
def webhook_token(event: Event) -> bool:
    """Start when something is posted with the secret token in the X-Nexus-Token header."""
    return True


@trigger(hook=BASIC, title="Webhook with a password", sample=SAMPLE)
def webhook_basic(event: Event) -> bool:
    """Start when something is posted with HTTP basic authentication."""
    return True


@trigger(
    hook=STANDARD,
    title="Standard webhook",
    sample={"type": "invoice.paid", "timestamp": "2026-11-30T08:00:00Z", "data": {"id": "A-1001"}},
)
def webhook_standard(event: Event, type_: str = "") -> bool:
    """Start when a sender that follows Standard Webhooks posts, signed with its whsec_ secret.

    Args:
        type_: Start only when the body's `type` is this; empty is any.
    """
    return type_ in ("", event.data.get("type") if isinstance(event.data, dict) else None)


@trigger(
    kind="schedule",
    data=Slot,
    icon="calendar-clock",
    sample={"slot": "2026-11-30T08:00:00.000Z", "zone": "Europe/Vienna"},
)
def schedule(
    event: Event,
    cron: Annotated[str, msgspec.Meta(min_length=9, max_length=100)],
    zone: str = "UTC",
    missed: Literal["skip", "once", "all"] = "once",
) -> bool:
    """Start by a timetable.

    Args:
        cron: Minute, hour, day, month, weekday: `0 9 * * 1-5` is 9:00 on working days.
        zone: The time zone that the timetable is in, like Europe/Vienna.
        missed: What to do with times that passed while Nexus was off: skip them, start once, or
            start for all of them.
    """
    return True


class Failure(msgspec.Struct):
    """What went wrong.

    Attributes:
        code: What kind of failure it is, like http_error.
        message: What went wrong, in words.
        step: The step that failed.
        hint: What may help.
    """

    code: str
    message: str
    step: str
    hint: str


class Origin(msgspec.Struct):
    """The event that started a run.

    Attributes:
        id: The event's id.
        type: The event's type.
        data: The event's data.
    """

    id: str
    type: str
    data: Any


class FailedRun(msgspec.Struct):
    """A run that failed.

    Attributes:
        run: The run's id.
        flow: The id of its flow.
        name: The name of its flow.
        version: The version of its flow.
        key: Its business key, or an empty text.
        fault: What went wrong.
        event: The event that started it.
    """

    run: str
    flow: str
    name: str
    version: int
    key: str
    fault: Failure
    event: Origin


FAILED_SAMPLE = {
    "run": "run_0123456789abc",
    "flow": "missed-payment",
    "name": "Missed payment rescue",
    "version": 3,
    "key": "cus_1",
    "fault": {
        "code": "http_error",
        "message": "The address answered 500.",
        "step": "notice",
        "hint": "",
    },
    "event": {"id": "evt_0123456789abc", "type": "core.webhook.received", "data": {"id": 1}},
}


@trigger(kind="event", data=Any, title="Event from another flow", icon="radio", sample={})
def event(event: Event, type_: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]) -> bool:
    """Start when a step of another flow emits an event of this type.

    Args:
        type_: The event's type, like billing.invoice.paid.
    """
    return event.type == type_


@trigger(
    kind="event",
    types=("core.run.failed",),
    data=FailedRun,
    title="Failed run",
    icon="octagon-alert",
    sample=FAILED_SAMPLE,
)
def run_failed(event: Event, flows: list[str] | None = None) -> bool:
    """Start when a run of another flow fails.

    Args:
        flows: The ids of the flows to look after. Without it, it looks after every flow that no
            other flow looks after.
    """
    return True


@trigger(kind="manual", data=Any, icon="hand", sample={})
def manual(event: Event) -> bool:
    """Start by hand, from the flow's page, the command line or the API."""
    return True
