"""Sending e-mail."""

from typing import Annotated

import msgspec

from nexus import Context, Refuse, action
from nexus.plugins.email import folder, smtp
from nexus.plugins.email.message import write

Address = Annotated[str, msgspec.Meta(min_length=3, max_length=320)]


class Sent(msgspec.Struct):
    """What became of a message.

    Attributes:
        message_id: The message's own id; the same for every try of a step.
        accepted: The recipients that the server took.
        refused: The recipients that it did not take.
    """

    message_id: str
    accepted: list[str]
    refused: list[str]


@action(
    effect="notify",
    uses="smtp",
    sample={
        "message_id": "<3f1c9a@example.com>",
        "accepted": ["ada@example.com"],
        "refused": [],
    },
)
def send(
    context: Context,
    to: Address | Annotated[list[Address], msgspec.Meta(min_length=1, max_length=50)],
    subject: Annotated[str, msgspec.Meta(max_length=500)],
    text: str,
    html: str = "",
    reply_to: str = "",
) -> Sent:
    """Send an e-mail.

    Args:
        to: One address or a list, like ada@example.com or Ada <ada@example.com>.
        subject: The subject, one line.
        text: The message as plain text.
        html: The same message as HTML, for readers that show it.
        reply_to: Where answers go, when not to the sender.
    """
    if not context.connection:
        raise Refuse("Choose a mail server: this step has no connection.", code="no_connection")
    recipients = [to] if isinstance(to, str) else to
    letter = write(context, recipients, subject, text, html, reply_to)
    transport = folder if context.connection.get("transport") == "folder" else smtp
    refused = transport.deliver(context, letter)
    accepted = [address for address in letter.recipients if address not in refused]
    return Sent(message_id=letter.id, accepted=accepted, refused=refused)
