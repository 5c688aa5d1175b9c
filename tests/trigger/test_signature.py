"""Webhook signatures: five providers' schemes as data, each made, checked and broken."""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.model.action import Scheme
from nexus.core.model.problem import Problem, Refused
from nexus.core.trigger.signature import check_secret, sign, verify

NOW = 1_790_000_000
BODY = b'{"id": "evt_1", "note": "{t}.{body}"}'

GITHUB = Scheme(kind="hmac", header="X-Hub-Signature-256", prefix="sha256=")
STRIPE = Scheme(
    kind="hmac",
    header="Stripe-Signature",
    signed="{t}.{body}",
    split=",=",
    signature_field="v1",
    timestamp_field="t",
    tolerance=300,
)
PAYSTACK = Scheme(kind="hmac", header="x-paystack-signature", algorithm="sha512")
STANDARD = Scheme(
    kind="hmac",
    header="webhook-signature",
    encoding="base64",
    signed="{header:webhook-id}.{t}.{body}",
    split=" ,",
    signature_field="v1",
    timestamp_header="webhook-timestamp",
    tolerance=300,
    secret_prefix="whsec_",
    secret_encoding="base64",
)
TOKEN = Scheme(kind="token", header="X-Token")
BEARER = Scheme(kind="token", header="Authorization", prefix="Bearer ")
BASIC = Scheme(kind="basic")
SCHEMES = {
    "github": GITHUB,
    "stripe": STRIPE,
    "paystack": PAYSTACK,
    "standard": STANDARD,
    "token": TOKEN,
    "bearer": BEARER,
    "basic": BASIC,
}
SECRETS = {
    "standard": "whsec_" + base64.b64encode(b"a key of the provider").decode(),
    "basic": "user:pass:word",
}
HEADERS = {"webhook-id": "msg_1"}

schemes = pytest.mark.parametrize("name", sorted(SCHEMES))
hmac_schemes = pytest.mark.parametrize("name", ["github", "stripe", "paystack", "standard"])
timed_schemes = pytest.mark.parametrize("name", ["stripe", "standard"])


def secret_of(name: str) -> str:
    return SECRETS.get(name, "a shared secret")


def signed(name: str, body: bytes = BODY, now: int = NOW) -> dict[str, str]:
    return HEADERS | sign(SCHEMES[name], secret_of(name), HEADERS, body, now)


def refusal(scheme, secret, headers, body=BODY, now=NOW) -> Problem:
    with pytest.raises(Refused) as caught:
        verify(scheme, secret, headers, body, now)
    return caught.value.problems[0]


def test_githubs_documented_example_is_accepted():
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"X-Hub-Signature-256": header}
    verify(GITHUB, "It's a Secret to Everybody", headers, b"Hello, World!", NOW)


def test_standard_webhooks_documented_example_is_accepted():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    verify(STANDARD, secret, headers, b'{"test": 2432232314}', 1614265330)


def test_stripes_header_may_hold_several_signatures_and_other_versions():
    right = hmac.new(b"whsec_x", f"{NOW}.".encode() + BODY, hashlib.sha256).hexdigest()
    header = f"t={NOW},v1={'0' * 64},v1={right},v0={'1' * 64}"
    verify(STRIPE, "whsec_x", {"stripe-signature": header}, BODY, NOW)


def test_paystack_is_hmac_sha512_of_the_raw_body():
    header = hmac.new(b"sk_test", BODY, hashlib.sha512).hexdigest()
    verify(PAYSTACK, "sk_test", {"X-Paystack-Signature": header}, BODY, NOW)


def test_standard_webhooks_accepts_any_of_a_list():
    headers = signed("standard")
    headers["webhook-signature"] = "v1a,xx v1," + "A" * 44 + " " + headers["webhook-signature"]
    verify(STANDARD, secret_of("standard"), headers, BODY, NOW)


@schemes
def test_what_is_signed_is_accepted(name):
    verify(SCHEMES[name], secret_of(name), signed(name), BODY, NOW)


@schemes
def test_header_names_match_in_any_case(name):
    headers = {key.upper(): value for key, value in signed(name).items()}
    verify(SCHEMES[name], secret_of(name), headers, BODY, NOW)


@schemes
def test_a_missing_header_is_named(name):
    problem = refusal(SCHEMES[name], secret_of(name), HEADERS)
    assert (problem.status, problem.code) == (401, "signature_missing")
    assert (SCHEMES[name].header or "Authorization") in problem.title


@schemes
def test_another_secret_does_not_match(name):
    other = {"standard": "whsec_" + base64.b64encode(b"other").decode(), "basic": "user:other"}
    problem = refusal(SCHEMES[name], other.get(name, "other"), signed(name))
    assert (problem.status, problem.code) == (401, "signature_mismatch")


@schemes
def test_while_a_secret_is_replaced_the_old_and_the_new_are_accepted(name):
    new = {"standard": "whsec_" + base64.b64encode(b"new").decode(), "basic": "user:new"}
    both = [new.get(name, "new"), secret_of(name)]
    verify(SCHEMES[name], both, signed(name), BODY, NOW)
    fresh = HEADERS | sign(SCHEMES[name], both, HEADERS, BODY, NOW)
    verify(SCHEMES[name], both[:1], fresh, BODY, NOW)


@hmac_schemes
def test_a_changed_body_does_not_match(name):
    problem = refusal(SCHEMES[name], secret_of(name), signed(name), BODY + b" ")
    assert problem.code == "signature_mismatch"


@hmac_schemes
@pytest.mark.parametrize("junk", ["x", "sha256=zz", "t=1,v1=", "v1,!!", "=,=", "é", " ", ",,,,"])
def test_a_header_that_is_no_signature_is_malformed(name, junk):
    headers = signed(name) | {SCHEMES[name].header: junk}
    problem = refusal(SCHEMES[name], secret_of(name), headers)
    assert problem.code == "signature_malformed"
    assert "bytes>" in problem.expected


@pytest.mark.parametrize("junk", ["Basic", "Basic !", "Bearer dXNlcg==", "dXNlcjpwYXNz"])
def test_a_header_that_is_no_basic_authentication_is_malformed(junk):
    problem = refusal(BASIC, "user:pass", {"authorization": junk})
    assert problem.code == "signature_malformed"


def test_a_token_without_its_prefix_is_malformed():
    assert refusal(BEARER, "abc", {"authorization": "abc"}).code == "signature_malformed"


@timed_schemes
@pytest.mark.parametrize("late", [301, -301, 86_400])
def test_a_stale_timestamp_is_refused_with_the_tolerance(name, late):
    problem = refusal(SCHEMES[name], secret_of(name), signed(name), now=NOW + late)
    assert (problem.status, problem.code) == (401, "signature_stale")
    assert f"{abs(late)} s" in problem.title
    assert "300 s" in problem.expected


@timed_schemes
@pytest.mark.parametrize("late", [-300, 0, 300])
def test_a_timestamp_within_the_tolerance_is_accepted(name, late):
    verify(SCHEMES[name], secret_of(name), signed(name), BODY, NOW + late)


@timed_schemes
def test_a_timestamp_cannot_be_renewed_by_a_copyist(name):
    headers = signed(name)
    fresh = {key: value.replace(str(NOW), str(NOW + 1000)) for key, value in headers.items()}
    problem = refusal(SCHEMES[name], secret_of(name), fresh, now=NOW + 1000)
    assert problem.code == "signature_mismatch"


@pytest.mark.parametrize("stamp", ["soon", "-5", "1" * 13, "1.5", "١٢٣"])
def test_a_timestamp_that_is_no_number_is_refused(stamp):
    headers = signed("standard") | {"webhook-timestamp": stamp}
    problem = refusal(STANDARD, secret_of("standard"), headers)
    assert problem.code == "timestamp_malformed"


def test_a_signature_header_without_its_timestamp_is_refused():
    header = f"v1={'0' * 64}"
    assert refusal(STRIPE, "s", {"stripe-signature": header}).code == "timestamp_malformed"


def test_a_header_that_is_part_of_what_is_signed_must_be_there():
    headers = {key: text for key, text in signed("standard").items() if key != "webhook-id"}
    problem = refusal(STANDARD, secret_of("standard"), headers)
    assert problem.code == "signature_missing"
    assert "webhook-id" in problem.title


@schemes
@pytest.mark.parametrize("secret", ["", [], ["good:one", ""]])
def test_an_empty_secret_never_opens_the_door(name, secret):
    headers = HEADERS | {SCHEMES[name].header or "Authorization": "x"}
    problem = refusal(SCHEMES[name], secret, headers)
    assert (problem.status, problem.code) == (403, "secret_unusable")


def test_a_secret_is_checked_when_it_is_entered():
    assert check_secret(GITHUB, "anything") == []
    assert check_secret(STANDARD, secret_of("standard")) == []
    assert "base64" in check_secret(STANDARD, "whsec_!")[0].title
    assert check_secret(BASIC, "nocolon")[0].expected == "user:password"


@pytest.mark.parametrize("scheme", [BASIC, Scheme(kind="token", header="X-Token")])
@pytest.mark.parametrize("letter", ["é", "\n", "\x7f", "€"])
def test_a_secret_that_no_header_carries_is_refused_when_it_is_entered(scheme, letter):
    (problem,) = check_secret(scheme, f"user:pass{letter}word")
    assert problem.expected == "printable ASCII characters"
    assert problem.status == 422
    assert check_secret(GITHUB, f"user:pass{letter}word") == []


def test_sha1_and_a_signature_without_prefix_work_too():
    old = replace(GITHUB, algorithm="sha1", prefix="")
    verify(old, "s", sign(old, "s", {}, BODY, NOW), BODY, NOW)


plain = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(st.sampled_from(sorted(SCHEMES)), plain, st.binary(max_size=300), st.integers(0, 10**11))
def test_every_scheme_accepts_what_it_signs(name, secret, body, now):
    scheme = SCHEMES[name]
    if name == "standard":
        secret = base64.b64encode(secret.encode()).decode()
    if name == "basic":
        secret = f"user:{secret}"
    verify(scheme, secret, HEADERS | sign(scheme, secret, HEADERS, body, now), body, now)


@given(st.sampled_from(sorted(SCHEMES)), st.text(max_size=80), st.text(max_size=20))
def test_any_header_is_refused_and_never_crashes(name, header, stamp):
    scheme = SCHEMES[name]
    headers = {
        "webhook-id": stamp,
        (scheme.header or "Authorization"): header,
        "webhook-timestamp": stamp,
    }
    problem = refusal(scheme, secret_of(name), headers)
    assert problem.status == 401
    assert problem.title.endswith(".")
