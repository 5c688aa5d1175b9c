"""From a step's words to a message; nothing that a person typed can add a header."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from nexus import Context, Refuse

PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,250}")
NAMED = re.compile(r'(?:"([^"\\<>]*)"|([^"<>@,;:\\]*?))\s*<([^<>\s]+)>')
LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A message ready to go: who sends it, to whom, and its bytes."""

    id: str
    sender: str
    recipients: list[str]
    data: bytes


def write(
    context: Context,
    to: Sequence[str],
    subject: str,
    text: str,
    html: str = "",
    reply_to: str = "",
) -> Letter:
    """Write a message whose id is the same for every try of the step.

    Raises:
        Refuse: When an address is none, or a header would hold a line break.
    """
    sender = _address(str(context.connection.get("from", "")), "from of the connection")
    recipients = [_address(one, "to") for one in to]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipients
    message["Subject"] = _line(subject, "subject")
    message["Date"] = format_datetime(datetime.fromtimestamp(context.now() / 1_000_000, UTC))
    message["Message-ID"] = message_id(context.key, sender.domain)
    if reply_to:
        message["Reply-To"] = _address(reply_to, "reply_to")
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return Letter(
        id=str(message["Message-ID"]),
        sender=sender.addr_spec,
        recipients=list(dict.fromkeys(one.addr_spec for one in recipients)),
        data=message.as_bytes(),
    )


def message_id(key: str, domain: str) -> str:
    """Return the Message-ID that belongs to an idempotency key."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def _address(text: str, where: str) -> Address:
    named = NAMED.fullmatch(_line(text, where).strip())
    name = (named[1] or named[2] or "").strip() if named else ""
    plain = _ascii_domain(named[3] if named else text.strip())
    if not PLAIN.fullmatch(plain) or ".." in plain:
        raise Refuse(
            f"{text[:100]!r} in {where} is not an e-mail address.",
            code="bad_address",
            hint="Write it like ada@example.com or Ada <ada@example.com>.",
            sent=False,
        )
    try:
        return Address(display_name=name, addr_spec=plain)
    except (ValueError, IndexError):
        words = f"{text[:100]!r} in {where} is not an e-mail address."
        raise Refuse(words, code="bad_address", sent=False) from None


def _ascii_domain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""


def _line(text: str, where: str) -> str:
    if LINE_BREAKS.search(text):
        raise Refuse(
            f"The {where} holds a line break or another control character.",
            code="line_break",
            hint="Write it on one line.",
            sent=False,
        )
    return text
