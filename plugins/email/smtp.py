"""The transport for real: SMTP to the checked address of the connection's server."""

import smtplib
import socket
import ssl
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from nexus import BadConnection, Context, Refuse, Retry, Trouble
from nexus.plugins.email.message import Letter

SECONDS = 15.0


class Plain(smtplib.SMTP):
    """SMTP that connects to an address that was checked, and greets and verifies the name."""

    def __init__(self, host: str, address: tuple[str, int]) -> None:
        self._checked = address
        super().__init__(host, address[1], timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection(self._checked, timeout)


class Wrapped(smtplib.SMTP_SSL, Plain):
    """The same, encrypted from the first byte."""

    def __init__(self, host: str, address: tuple[str, int], tls: ssl.SSLContext) -> None:
        self._checked = address
        smtplib.SMTP_SSL.__init__(self, host, address[1], timeout=SECONDS, context=tls)


def deliver(context: Context, letter: Letter) -> list[str]:
    """Send the message and return the recipients that were refused.

    Raises:
        Retry: When the server is away, busy or broke off.
        Refuse: When it will not take the login, the sender, the message or any recipient.
    """
    server = _open(context)
    try:
        refused = server.sendmail(letter.sender, letter.recipients, letter.data)
    except (smtplib.SMTPException, OSError) as error:
        raise _judge(error) from None
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    for recipient, (code, words) in refused.items():
        context.log(f"{recipient} was refused: {code} {_text(words)}")
    return list(refused)


def greet(context: Context) -> str:
    """Connect and log in, send nothing, and say who answered."""
    server = _open(context)
    try:
        code, words = server.noop()
    except (smtplib.SMTPException, OSError) as error:
        raise _judge(error) from None
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    name = context.connection.get("host")
    logged_in = "took the login" if context.connection.get("user") else "answered"
    return f"{name} {logged_in} ({code} {_text(words)})."


def _open(context: Context) -> smtplib.SMTP:
    values = context.connection
    host, port = str(values.get("host") or ""), int(values.get("port") or 587)
    mode = str(values.get("tls") or "starttls")
    if not host:
        raise Refuse("The mail connection names no server.", code="no_server", sent=False)
    address = context.http.check(host, port)
    if mode == "none" and values.get("user") and not ip_address(address[0]).is_loopback:
        raise Refuse(
            "The password would travel unencrypted.",
            code="no_tls",
            hint="Choose starttls or tls in the mail connection.",
            sent=False,
        )
    try:
        return _login(_connect(host, address, mode), values)
    except ssl.SSLError as error:
        words = f"No encrypted connection to {host}: {error.reason or error}."
        raise Refuse(words, code="bad_certificate", sent=False) from None
    except (smtplib.SMTPException, OSError) as error:
        trouble = _judge(error)
        trouble.sent = False
        raise trouble from None


def _connect(host: str, address: tuple[str, int], mode: str) -> smtplib.SMTP:
    if mode == "tls":
        return Wrapped(host, address, ssl.create_default_context())
    server = Plain(host, address)
    if mode == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _login(server: smtplib.SMTP, values: Any) -> smtplib.SMTP:
    try:
        if values.get("user"):
            server.login(str(values["user"]), str(values.get("password") or ""))
    except BaseException:
        server.close()
        raise
    return server


def _judge(error: Exception) -> Trouble:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
        words = f"The mail server refused {', '.join(error.recipients)}: {_text(answers[0][1])}."
        return _by_code(min(code for code, _ in answers), words, "recipient_refused")
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        words = f"The mail server cannot do what the connection asks: {error}"
        return Refuse(words, code="not_supported", hint="Check its encryption.", sent=False)
    if isinstance(error, TimeoutError):
        return Retry("The mail server did not answer in time.", code="timeout")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Retry("The mail server broke off.", code="broken")
    return Retry("The mail server cannot be reached.", code="unreachable")


def _answered(error: smtplib.SMTPResponseException) -> Trouble:
    what, code, hint = "message", "message_refused", ""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        what, code = "login", "bad_login"
        hint = "Check user name and password of the mail connection."
    elif isinstance(error, smtplib.SMTPSenderRefused):
        what, code = "sender", "sender_refused"
    words = f"The mail server refused the {what}: {_text(error.smtp_error)}."
    if code == "bad_login" and error.smtp_code >= 500:
        return BadConnection(words, code="bad_login", hint=hint)
    return _by_code(error.smtp_code, words, code, hint)


def _by_code(status: int, words: str, code: str, hint: str = "") -> Trouble:
    if 400 <= status < 500:
        return Retry(words, code=code, hint=hint, sent=False)
    return Refuse(words, code=code, hint=hint, sent=False)


def _text(words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:200].rstrip(".")
