"""How much each door takes, from whom, and what a proxy may say about it."""

import time

import pytest

from nexus.ui.doorman import LARGEST_HEADERS, LONGEST_URL, MOST_HEADERS
from nexus.ui.doors import RATES, Doors
from nexus.ui.limits import Limits, TooMany, network
from nexus.ui.web import create_web

SMALL = {"hooks": "2/minute", "api": "2/minute", "sign-in": "2/minute"}


def app_with(nexus, **doors):
    from nexus.ui.api import api

    made = create_web(nexus, secret_key="k" * 40, apis=[api], doors=Doors(**doors))
    return made.test_client()


@pytest.fixture
def small(nexus):
    return app_with(nexus, rates=SMALL)


def statuses(ask, times=3):
    return [ask().status_code for _ in range(times)]


def test_each_door_says_429_and_when_to_come_back(small, nexus):
    for ask in (
        lambda: small.post("/hooks/x", json={}),
        lambda: small.get("/api/v1/whoami"),
        lambda: small.post("/sign-in", data={"token": "x"}),
    ):
        assert 429 not in statuses(ask, 2)
        answer = ask()
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 61
        assert answer.json["code"] == "too_many"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_person_reads_it_as_a_page(small):
    for _ in range(2):
        small.post("/sign-in", data={"token": "x"})
    answer = small.post("/sign-in", data={"token": "x"}, headers={"Accept": "text/html"})
    assert answer.status_code == 429
    assert "too much at once" in answer.text
    assert answer.headers["Retry-After"]


def test_the_right_link_does_not_open_a_door_that_was_closed_for_guessing(small, nexus):
    link = nexus.people.link()
    statuses(lambda: small.post("/sign-in", data={"token": "guess"}), 2)
    assert small.post("/sign-in", data={"token": link}).status_code == 429
    elsewhere = {"REMOTE_ADDR": "10.9.9.9"}
    answer = small.post("/sign-in", data={"token": link}, environ_base=elsewhere)
    assert answer.status_code == 303


def test_guessing_tokens_is_limited_by_address_however_many_are_tried(small):
    tokens = iter(range(9))
    guess = lambda: small.get(  # noqa: E731 - one line says it
        "/api/v1/whoami", headers={"Authorization": f"Bearer nx_{next(tokens)}"}
    )
    assert statuses(guess) == [401, 401, 429]


def test_one_key_is_limited_from_however_many_addresses(small):
    addresses = iter(range(9))
    ask = lambda: small.post(  # noqa: E731 - one line says it
        "/hooks/same", json={}, environ_base={"REMOTE_ADDR": f"10.0.0.{next(addresses)}"}
    )
    assert statuses(ask) == [404, 404, 429]


def test_another_key_from_another_address_goes_on(small):
    statuses(lambda: small.post("/hooks/one", json={}))
    other = {"REMOTE_ADDR": "10.0.0.9"}
    assert small.post("/hooks/two", json={}, environ_base=other).status_code == 404


def test_an_ipv6_sender_is_its_network(small):
    places = iter(("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"))
    ask = lambda: small.post(  # noqa: E731 - one line says it
        "/sign-in", data={"token": "x"}, environ_base={"REMOTE_ADDR": next(places)}
    )
    assert statuses(ask, 4) == [410, 410, 429, 410]
    assert network("::ffff:10.0.0.1") == network("10.0.0.1")
    assert network("fe80::1%eth0") == network("fe80::2")


def test_what_proxies_say_is_ignored_unless_they_are_trusted(nexus):
    lies = iter(range(9))

    def ask(client):
        headers = {"X-Forwarded-For": f"10.7.0.{next(lies)}", "X-Forwarded-Proto": "https"}
        return client.post("/sign-in", data={"token": "x"}, headers=headers)

    alone = app_with(nexus, rates=SMALL)
    assert [ask(alone).status_code for _ in range(3)] == [410, 410, 429]
    assert "Strict-Transport-Security" not in ask(alone).headers
    behind = app_with(nexus, rates=SMALL, proxies=1)
    assert [ask(behind).status_code for _ in range(3)] == [410, 410, 410]
    assert "Strict-Transport-Security" in ask(behind).headers


def test_a_client_cannot_add_a_hop_in_front_of_the_trusted_proxy(nexus):
    behind = app_with(nexus, rates=SMALL, proxies=1)
    lies = iter(range(9))
    ask = lambda: behind.post(  # noqa: E731 - one line says it
        "/sign-in",
        data={"token": "x"},
        headers={"X-Forwarded-For": f"10.7.0.{next(lies)}, 10.1.1.1"},
    )
    assert statuses(ask) == [410, 410, 429]


def test_behind_a_trusted_proxy_with_tls_the_cookie_is_secure(nexus):
    behind = app_with(nexus, proxies=1)
    answer = behind.post(
        "/sign-in", data={"token": nexus.people.link()}, headers={"X-Forwarded-Proto": "https"}
    )
    assert answer.headers["Set-Cookie"].startswith("__Host-nexus=")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_the_audit_log_tells_the_address_that_a_trusted_proxy_saw(nexus, owner):
    for proxies, expected in ((0, "127.0.0.1"), (1, "10.7.0.1")):
        client = app_with(nexus, proxies=proxies)
        headers = {"X-Forwarded-For": "10.7.0.1"}
        client.post("/sign-in", data={"token": nexus.people.link()}, headers=headers)
        assert nexus.audit.list(owner).rows[0].ip == expected


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/flows?q=" + "a" * LONGEST_URL, {}, 414),
        ("/flows", {"headers": {f"X-{n}": "v" for n in range(MOST_HEADERS + 1)}}, 431),
        ("/flows", {"headers": {"X-Big": "v" * (LARGEST_HEADERS + 1)}}, 431),
    ],
)
def test_what_is_too_long_goes_no_further(path, more, status, browser):
    answer = browser.get(path, **more)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/hooks/x", "/api/v1/flows", "/sign-in"])
def test_files_are_taken_nowhere(path, nexus):
    client = app_with(nexus)
    answer = client.post(path, data={"f": (__import__("io").BytesIO(b"x"), "f.txt")})
    assert answer.status_code == 415


def test_a_body_over_the_limit_is_refused_everywhere(browser, token, nexus):
    big = "x" * 1_000_002
    sending = {"X-CSRFToken": token}
    assert browser.post("/sign-in", data={"token": big}, headers=sending).status_code == 413
    client = app_with(nexus)
    bearer = {"Authorization": f"Bearer {nexus.tokens.make(nexus.people.console(), 't')[1]}"}
    answer = client.post("/api/v1/flows", data=big, content_type="application/yaml", headers=bearer)
    assert answer.status_code == 413


def test_json_of_the_api_is_as_shallow_as_a_hooks(nexus):
    client = app_with(nexus)
    bearer = {"Authorization": f"Bearer {nexus.tokens.make(nexus.people.console(), 't')[1]}"}
    deep = "[" * 65 + "]" * 65
    answer = client.put(
        "/api/v1/connections/x",
        data=f'{{"module": "http", "values": {{"a": {deep}}}}}',
        content_type="application/json",
        headers=bearer,
    )
    assert (answer.status_code, answer.json["code"]) == (422, "too_deep")


def test_a_wrong_rate_is_wrong_use():
    import click

    from nexus.ui.cli.system import read_rates

    assert read_rates(("api=5/hour",)) == {**RATES, "api": "5/hour"}
    for wrong in ("api", "api=", "door=5/hour", "api=0/hour", "api=5/fortnight"):
        with pytest.raises(click.BadParameter):
            read_rates((wrong,))


def test_secrets_do_not_lie_in_the_counters_memory():
    limits = Limits(RATES)
    limits.check({"PATH_INFO": "/hooks/s3cret-key", "REQUEST_METHOD": "POST"})
    limits.check(
        {"PATH_INFO": "/api/v1", "REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": "Bearer s3cret"}
    )
    counted = [window._counts for window in limits._windows.values()]
    assert sum(map(len, counted)) == 4
    assert "s3cret" not in str(counted)


def test_listening_beyond_this_machine_is_warned_of(capsys):
    from nexus import app

    app._warn(Doors())
    assert capsys.readouterr().err == ""
    app._warn(Doors(host="0.0.0.0"))
    assert "--behind-proxy" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
    ],
)
def test_the_command_line_finds_the_server_wherever_it_listens(host, url, tmp_path):
    from nexus.app import Serving

    assert Serving(data=tmp_path, port=8000, demo=False, doors=Doors(host=host)).url == url


def test_counting_begins_anew_when_the_time_is_over():
    limits = Limits({"sign-in": "1/second"})
    ask = {"PATH_INFO": "/sign-in", "REQUEST_METHOD": "POST", "REMOTE_ADDR": "10.0.0.1"}
    limits.check(ask)
    with pytest.raises(TooMany):
        limits.check(ask)
    time.sleep(1.1)
    limits.check(ask)
