"""Secrets are hidden by value in every form, by name, and by the digits of a card."""

import base64
import html
import json
import logging
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.redact import HIDDEN, RedactingFormatter, Redactor

SECRET = 'k€y/"s3cret"+of&the=<house>9'
PLAIN = "sk-live-51H8xQ2eZvKYlo2C"
BODY = {
    "id": "A-1001",
    "customer": {"name": "Ada", "email": "ada@example.com"},
    "amount": 3000,
    "items": ["tea", "cups"],
    "note": "Please ring the bell twice",
}


@pytest.fixture
def redactor():
    made = Redactor()
    made.learn([SECRET, PLAIN, f"Bearer {PLAIN[::-1]}"])
    return made


def forms(secret: str):
    raw = secret.encode()
    for before in (b"", b"u", b"us", b"user:"):
        for after in (b"", b"!", b"!!"):
            yield base64.b64encode(before + raw + after).decode()
            yield base64.urlsafe_b64encode(before + raw + after).decode()
    yield from (
        raw.hex(),
        raw.hex().upper(),
        quote(secret),
        quote(secret, safe="").replace("%E2", "%e2"),
    )
    yield from (quote_plus(secret), json.dumps(secret), json.dumps(json.dumps(secret)))
    yield from (
        json.dumps(secret).replace("/", r"\/"),
        html.escape(secret),
        f"before {secret} after",
    )
    yield json.dumps(secret, ensure_ascii=False)


def is_hidden(text: str, secret: str) -> bool:
    core = base64.b64encode(secret.encode()).decode().rstrip("=")[4:-4]
    return all(form not in text for form in (secret, secret.encode().hex(), core)) and (
        HIDDEN in text
    )


@pytest.mark.parametrize("secret", [SECRET, PLAIN, PLAIN[::-1]])
def test_a_secret_is_found_in_every_form(redactor, secret):
    for form in forms(secret):
        assert is_hidden(redactor.text(form), secret), form
        kept = redactor.raw(msgspec.json.encode({"a": [form]}))
        assert is_hidden(kept.decode(), secret), form
        assert is_hidden(str(redactor.clean({"a": [form]})), secret), form


def test_a_secret_in_the_name_of_a_field_is_hidden(redactor):
    assert redactor.clean({PLAIN: 1}) == {HIDDEN: 1}


@given(st.integers(min_value=1, max_value=len(PLAIN) - 1))
def test_a_secret_that_is_cut_over_two_fields_is_found(at):
    redactor = Redactor()
    redactor.learn([PLAIN])
    cut = {"a": PLAIN[:at], "n": 7, "b": ["", {"c": PLAIN[at:]}], "d": "fine"}
    assert redactor.clean(cut, spread=True) == {
        "a": HIDDEN,
        "n": 7,
        "b": ["", {"c": HIDDEN}],
        "d": "fine",
    }


def test_a_secret_that_was_cut_short_or_cut_up_in_a_line_is_found(redactor):
    assert redactor.text(f"it said {PLAIN[:10]}") == f"it said {HIDDEN}"
    assert redactor.text(f"it said {PLAIN[:10]}.") == f"it said {HIDDEN}"
    assert redactor.text(f'["{PLAIN[:9]}", "{PLAIN[9:]}"]') == HIDDEN
    assert redactor.text(f"it said {PLAIN[:5]}") == f"it said {PLAIN[:5]}"


def test_fields_with_secret_names_are_hidden_whatever_they_hold(redactor):
    told = {"password": "x", "Set-Cookie": "a=b", "accessToken": "t", "cvv": "123", "token": "t"}
    assert set(redactor.clean(told).values()) == {HIDDEN}
    assert redactor.text("Authorization: Basic YTpi\nx") == f"Authorization: {HIDDEN}\nx"
    assert redactor.text("login?password=geheim&x=1") == f"login?password={HIDDEN}&x=1"


def test_what_only_sounds_like_a_secret_stays(redactor):
    told = {
        "prompt_tokens": 512,
        "token_count": "many",
        "card": {"brand": "visa", "last4": "4242"},
        "next": "page 2",
        "at": 1_790_000_000_000_000,
        "order": "4242424242424243",
        "phone": "+49 30 1234567890",
    }
    assert redactor.clean(told) is told


@pytest.mark.parametrize(
    "number", ["4242424242424242", "5555 5555 5555 4444", "3782-822463-10005", "6011111111111117"]
)
def test_card_numbers_are_hidden_wherever_they_stand(redactor, number):
    assert redactor.clean({"text": f"paid with {number}."}) == {"text": f"paid with {HIDDEN}."}
    assert number not in redactor.text(f"card {number}")


def test_data_without_secrets_stays_the_very_object_it_was(redactor):
    raw = msgspec.json.encode(BODY)
    assert redactor.clean(BODY, spread=True) is BODY
    assert redactor.raw(raw) is raw


def test_a_short_secret_does_not_hide_ordinary_words():
    redactor = Redactor()
    redactor.learn(["tea", "", "cups"])
    assert redactor.clean(BODY) is BODY


@given(st.text(min_size=6, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_whatever_the_secret_is_json_stays_json(secret, before, after):
    redactor = Redactor()
    redactor.learn([secret])
    kept = json.loads(redactor.raw(msgspec.json.encode({"x": before + secret + after})))
    assert (
        secret == HIDDEN
        or secret not in json.dumps(kept, ensure_ascii=False)
        or (len(secret.strip()) < 6)
    )


def test_log_lines_and_tracebacks_hold_no_secret(redactor):
    try:
        raise ValueError(f"the key {PLAIN} was refused")
    except ValueError as error:
        record = logging.LogRecord("x", 40, "f", 1, "it broke with %s", (SECRET,), None)
        record.exc_info = (type(error), error, error.__traceback__)
    line = RedactingFormatter(redactor).format(record)
    assert PLAIN not in line
    assert SECRET not in line
    assert "Traceback" in line


def test_a_hundred_connections_hide_their_secrets_and_leave_the_rest_alone():
    redactor = Redactor()
    secrets = [f"sk-{number:03}-{'x' * number}-Zq81" for number in range(100)]
    redactor.learn(secrets)
    raw = msgspec.json.encode(BODY)
    assert redactor.raw(raw) is raw
    for secret in secrets:
        assert secret not in redactor.raw(msgspec.json.encode({"a": secret})).decode()
