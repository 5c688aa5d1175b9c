"""E-mail: a real SMTP server receives it; nothing typed into a step can forge a header."""

import asyncio
import email
import socket
import ssl
from contextlib import contextmanager
from email import policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given
from hypothesis import strategies as st

from nexus import BadConnection, Context, Refuse, Retry
from nexus.core.clock import FixedClock
from nexus.core.host import load
from nexus.core.http import BoundClient, Rules, read_allow
from nexus.plugins.email import message
from nexus.tests.conftest import running_loop, shut

ACTION = load().action("email.send")
CLOCK = FixedClock(1_796_025_900_000_000)


class Mailbox:
    """What the server keeps, and what it refuses by name."""

    def __init__(self) -> None:
        self.letters: list = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such mailbox"
        if address.startswith("later"):
            return "451 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("banned"):
            return "550 you may not send"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        parsed = email.message_from_bytes(envelope.content, policy=policy.default)
        if parsed["Subject"] == "spam":
            return "554 looks like spam"
        if parsed["Subject"] == "hang up":
            server.transport.abort()
            return "250 never heard"
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, parsed))
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"ada", b"right")
    return AuthResult(success=good, handled=good)


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def smtp(mailbox):
    real = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=0,
        authenticator=login,
        auth_require_tls=False,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        real.port = probe.getsockname()[1]
    real.start()
    yield {"host": "127.0.0.1", "port": real.port, "tls": "none", "from": "Shop <hi@shop.example>"}
    real.stop()


def send(connection, key="run_1:mail", allow=("127.0.0.0/8",), **arguments):
    context = Context(
        key=key, clock=CLOCK, connection=connection, http=BoundClient(read_allow(allow))
    )
    given_ = {"to": "ada@example.com", "subject": "Hello", "text": "Hi Ada"} | arguments
    return ACTION.call(context, given_)


def test_a_message_arrives_as_written(smtp, mailbox):
    result = send(
        smtp,
        to=["Ada Lövelace <ada@example.com>", "grace@example.com"],
        subject="Grüße ☀",
        text="Line one\nLine two",
        html="<p>Line one</p>",
        reply_to="desk@shop.example",
    )

    sender, recipients, letter = mailbox.letters[0]
    assert (sender, recipients) == ("hi@shop.example", ["ada@example.com", "grace@example.com"])
    assert letter["Subject"] == "Grüße ☀"
    assert letter["To"] == "Ada Lövelace <ada@example.com>, grace@example.com"
    assert letter["From"] == "Shop <hi@shop.example>"
    assert letter["Reply-To"] == "desk@shop.example"
    assert letter.get_body(("plain",)).get_content().split() == ["Line", "one", "Line", "two"]
    assert "<p>Line one</p>" in letter.get_body(("html",)).get_content()
    assert result == {
        "message_id": letter["Message-ID"],
        "accepted": ["ada@example.com", "grace@example.com"],
        "refused": [],
    }


def test_every_try_of_a_step_has_the_same_message_id_and_no_other_step_has_it(smtp, mailbox):
    send(smtp, key="a")
    send(smtp, key="a")
    send(smtp, key="b")

    ids = [letter["Message-ID"] for _, _, letter in mailbox.letters]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@shop.example>")


@pytest.mark.parametrize(
    "arguments",
    [
        {"subject": "Hello\r\nBcc: eve@evil.example"},
        {"subject": "Hello\nBcc: eve@evil.example"},
        {"subject": "Hello\u2028Bcc: eve@evil.example"},
        {"to": "ada@example.com\r\nBcc: eve@evil.example"},
        {"to": "ada@example.com, eve@evil.example"},
        {"to": "Ada\r\n <ada@example.com>"},
        {"to": "ada@example.com <eve@evil.example>"},
        {"to": "Ada <ada@example.com> <eve@evil.example>"},
        {"reply_to": "desk@shop.example\nBcc: eve@evil.example"},
        {"to": "ada@example.com>\r\nRCPT TO:<eve@evil.example"},
        {"to": "no address"},
        {"to": "@example.com"},
        {"to": "ada@"},
        {"to": ["ada@example.com", "eve"]},
    ],
)
def test_a_forged_header_is_refused_and_nothing_is_sent(smtp, mailbox, arguments):
    with pytest.raises(Refuse) as caught:
        send(smtp, **arguments)

    assert caught.value.code in ("line_break", "bad_address")
    assert caught.value.sent is False
    assert mailbox.letters == []


def test_a_login_is_made_when_one_is_set(smtp, mailbox):
    send(smtp | {"user": "ada", "password": "right"})

    assert len(mailbox.letters) == 1


def test_a_wrong_login_is_refused_with_what_to_do(smtp):
    with pytest.raises(BadConnection, match="refused the login") as caught:
        send(smtp | {"user": "ada", "password": "wrong"})

    assert caught.value.code == "bad_login"
    assert "password" in caught.value.hint
    assert "wrong" not in caught.value.message


def test_a_refused_recipient_among_others_is_told(smtp, mailbox):
    result = send(smtp, to=["ada@example.com", "nobody@example.com"])

    assert result["accepted"] == ["ada@example.com"]
    assert result["refused"] == ["nobody@example.com"]
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize(
    ("change", "arguments", "kind", "code", "words"),
    [
        ({}, {"to": "nobody@example.com"}, Refuse, "recipient_refused", "no such mailbox"),
        ({}, {"to": "later@example.com"}, Retry, "recipient_refused", "try later"),
        ({"from": "banned@x.example"}, {}, Refuse, "sender_refused", "you may not send"),
        ({}, {"subject": "spam"}, Refuse, "message_refused", "looks like spam"),
        ({"tls": "starttls"}, {}, Refuse, "not_supported", "STARTTLS"),
        ({"host": ""}, {}, Refuse, "no_server", "names no server"),
        ({"from": ""}, {}, Refuse, "bad_address", "from of the connection"),
    ],
)
def test_what_a_server_refuses_is_told_in_words(smtp, change, arguments, kind, code, words):
    with pytest.raises(kind, match=words) as caught:
        send(smtp | change, **arguments)

    assert (caught.value.code, caught.value.sent) == (code, False)


def test_a_server_that_hangs_up_after_the_message_leaves_the_outcome_unknown(smtp):
    with pytest.raises(Retry) as caught:
        send(smtp, subject="hang up")

    assert caught.value.sent is None


def test_a_server_that_is_away_is_tried_again():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    away = {"host": "127.0.0.1", "port": port, "tls": "none", "from": "hi@shop.example"}

    with pytest.raises(Retry, match="cannot be reached") as caught:
        send(away)
    assert (caught.value.code, caught.value.sent) == ("unreachable", False)


def test_a_private_server_is_reached_only_when_its_owner_opened_it(smtp, mailbox):
    with pytest.raises(Refuse, match="may not be called"):
        send(smtp, allow=())
    with pytest.raises(Refuse, match="may not be called"):
        send(smtp | {"host": "localhost"}, allow=())
    assert mailbox.letters == []


def test_a_password_never_travels_unencrypted_beyond_this_machine():
    client = BoundClient(Rules(), resolve=lambda host: ["93.184.216.34"])
    values = {
        "host": "mail.example",
        "port": 587,
        "tls": "none",
        "user": "a",
        "from": "a@b.example",
    }

    with pytest.raises(Refuse, match="unencrypted") as caught:
        ACTION.call(
            Context(connection=values, http=client),
            {"to": "ada@example.com", "subject": "x", "text": "y"},
        )
    assert caught.value.code == "no_tls"


@pytest.fixture
def certificate(tmp_path):
    """A certificate for localhost that nobody has signed."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("mail.example")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.mark.parametrize("mode", ["starttls", "tls"])
@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "unknown"])
def test_the_certificate_is_checked_against_the_name(
    mode, trusted, certificate, mailbox, monkeypatch
):
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with encrypted(mailbox, mode, certificate) as port:
        values = {"host": "mail.example", "port": port, "tls": mode, "from": "hi@shop.example"}
        client = BoundClient(read_allow(["127.0.0.0/8"]), resolve=lambda host: ["127.0.0.1"])
        context = Context(key="k", connection=values, http=client)
        letter = {"to": "ada@example.com", "subject": "x", "text": "y"}
        if trusted:
            ACTION.call(context, letter)
            assert len(mailbox.letters) == 1
        else:
            with pytest.raises(Refuse, match=r"encrypted connection to mail\.example") as caught:
                ACTION.call(context, letter)
            assert (caught.value.code, caught.value.sent) == ("bad_certificate", False)


@contextmanager
def encrypted(mailbox, mode, certificate):
    """Run a real SMTP server that encrypts at once (tls) or when asked (starttls)."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    async def listen():
        later, at_once = (tls, None) if mode == "starttls" else (None, tls)
        return await loop.create_server(
            lambda: SMTP(mailbox, loop=loop, tls_context=later), "127.0.0.1", 0, ssl=at_once
        )

    async def close(server):
        server.close()
        await asyncio.sleep(0.1)  # let broken connections say good-bye
        await shut(server)

    with running_loop() as loop:
        server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        yield server.sockets[0].getsockname()[1]
        asyncio.run_coroutine_threadsafe(close(server), loop).result(10)


def test_the_folder_transport_writes_one_file_however_often_it_is_tried(tmp_path):
    values = {"transport": "folder", "folder": str(tmp_path / "out"), "from": "hi@shop.example"}

    send(values)
    result = send(values)

    (file,) = (tmp_path / "out").iterdir()
    letter = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.suffix == ".eml"
    assert letter["Message-ID"] == result["message_id"]
    assert result["accepted"] == ["ada@example.com"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    values = {"transport": "folder", "folder": str(tmp_path / "file"), "from": "hi@shop.example"}

    with pytest.raises(Refuse, match="cannot be written") as caught:
        send(values)
    assert caught.value.code == "folder_unwritable"
    with pytest.raises(Refuse, match="names no folder"):
        send({"transport": "folder", "from": "hi@shop.example"})


def test_a_step_without_a_connection_is_told_to_choose_one():
    with pytest.raises(Refuse, match="Choose a mail server"):
        send({})


@given(to=st.text(max_size=40), subject=st.text(max_size=40), text=st.text(max_size=200))
def test_any_words_give_one_clean_message_or_a_refusal(to, subject, text):
    context = Context(key="k", clock=CLOCK, connection={"from": "hi@shop.example"})
    try:
        letter = message.write(context, [f"{to}@example.com"], subject, text)
    except Refuse:
        return
    parsed = email.message_from_bytes(letter.data, policy=policy.default)
    assert set(parsed.keys()) <= {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
    assert len(letter.recipients) == 1
