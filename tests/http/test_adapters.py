"""Vendors' SDKs go through the guard: the real stripe, openai and msal against a canary.

The canary counts connections, not requests, so that a TLS greeting would be seen too.
"""

import asyncio
import socket
import threading
from contextlib import suppress

import httpx
import msal
import openai
import pytest
import requests
import stripe

from nexus import Refuse, Retry
from nexus.core.http import BoundClient, Http, Rules, read_allow

HOSTS = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "mapped.example",
    "nat64.example",
]
NAMES = {
    "localhost": ["127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
}


class Canary:
    """Listens, counts who connects, and answers nothing."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.hits = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                self.hits += 1
                caller.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def listener():
    opened = Canary()
    yield opened
    opened.close()


def rebinding():
    """A name server whose first answer is an opened address, and every later one the canary's."""
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    return resolve


def by_core(client: BoundClient, url: str) -> object:
    return asyncio.run(client.send("GET", url))


def by_requests(client: BoundClient, url: str) -> object:
    return client.for_requests().get(url, timeout=2)


def by_httpx(client: BoundClient, url: str) -> object:
    with httpx.Client(transport=client.for_httpx(), follow_redirects=True) as caller:
        return caller.get(url)


def by_async_httpx(client: BoundClient, url: str) -> object:
    async def get() -> object:
        async with httpx.AsyncClient(transport=client.for_httpx()) as caller:
            return await caller.get(url)

    return asyncio.run(get())


NOT_REACHED = (Refuse, Retry, httpx.HTTPError, httpx.InvalidURL, requests.RequestException)
WAYS = [by_core, by_requests, by_httpx, by_async_httpx]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("host", HOSTS)
def test_no_way_out_reaches_the_canary(way, host, listener):
    client = BoundClient(Rules(), lambda name: NAMES.get(name, ["127.0.0.1"]))
    for scheme in ("http", "https"):
        with pytest.raises(NOT_REACHED):
            way(client, f"{scheme}://{host}:{listener.port}/")
    assert listener.hits == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_is_bound_anew_after_its_check_reaches_nothing(way, listener):
    client = BoundClient(read_allow(["127.0.0.2/32"]), rebinding())
    for _ in range(2):
        with pytest.raises(NOT_REACHED):
            way(client, f"http://rebound.example:{listener.port}/")
    assert listener.hits == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_redirect_into_the_house_is_refused(way, make_server, listener):
    place = f"http://inside.example:{listener.port}/"
    server = make_server(lambda handler, asked: handler.say(302, Location=place))
    names = {"public.example": ["127.0.0.1"], "inside.example": ["127.0.0.1"]}
    opened = read_allow([f"127.0.0.1:{server.server_port}"])
    client = BoundClient(opened, names.__getitem__)
    with pytest.raises(Refuse):
        way(client, f"http://public.example:{server.server_port}/")
    assert (len(server.asked), listener.hits) == (1, 0)


@pytest.mark.parametrize("way", [by_requests, by_httpx])
def test_environment_proxies_are_never_used(way, server, listener, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
    way(BoundClient(read_allow(["127.0.0.0/8"])), server.url)
    assert (len(server.asked), listener.hits) == (1, 0)


def test_a_post_is_never_sent_again_by_a_redirect(make_server):
    there = make_server(None)
    here = make_server(lambda handler, asked: handler.say(302, Location=f"{there.url}/x"))
    session = BoundClient(read_allow(["127.0.0.0/8"])).for_requests()
    assert session.post(here.url, data=b"x", headers={"X-Key": "s3cret"}).status_code == 302
    assert there.asked == []


def test_an_answer_arrives_as_the_sdk_expects_it(make_server):
    server = make_server(
        lambda handler, asked: handler.say(404, b'{"a": 1}', content_type="application/json")
    )
    client = BoundClient(read_allow(["127.0.0.0/8"]))
    answer = client.for_requests().post(server.url, json={"b": 2}, timeout=(1, 2))
    assert (answer.status_code, answer.json(), answer.reason) == (404, {"a": 1}, "Not Found")
    with httpx.Client(transport=client.for_httpx()) as caller:
        again = caller.post(server.url, json={"b": 2})
    assert (again.status_code, again.json()) == (404, {"a": 1})
    assert [asked.body.replace(b" ", b"") for asked in server.asked] == [b'{"b":2}'] * 2


def test_an_sdk_that_waits_is_refused_on_the_loop(server):
    async def act() -> None:
        BoundClient(read_allow(["127.0.0.0/8"])).for_requests().get(server.url)

    with pytest.raises(Refuse, match="cannot be called from the loop"):
        asyncio.run(act())


# The real SDKs: once with the network closed, once with it opened, which shows that the calls
# really went this way.


def charge(client: BoundClient, url: str) -> object:
    http = stripe.RequestsClient(session=client.for_requests())
    api = stripe.StripeClient(
        "sk_test_x", http_client=http, base_addresses={"api": url}, max_network_retries=0
    )
    return api.v1.customers.create({"email": "ada@example.com"})


def chat(client: BoundClient, url: str) -> object:
    http = httpx.Client(transport=client.for_httpx())
    api = openai.OpenAI(api_key="x", base_url=url, http_client=http, max_retries=0)
    return api.models.list()


def chat_async(client: BoundClient, url: str) -> object:
    http = httpx.AsyncClient(transport=client.for_httpx())
    api = openai.AsyncOpenAI(api_key="x", base_url=url, http_client=http, max_retries=0)

    async def ask() -> object:
        return await api.models.list()

    return asyncio.run(ask())


def sign_in(client: BoundClient, url: str) -> object:
    """Msal speaks https only, so it is shown by the connection that it tries."""
    authority = f"{url.replace('http:', 'https:')}/tenant"
    app = msal.ConfidentialClientApplication(
        "id",
        client_credential="s",
        authority=authority,
        http_client=client.for_requests(),
        instance_discovery=False,
    )
    return app.acquire_token_for_client(["s/.default"])


SDKS = [charge, chat, chat_async, sign_in]


@pytest.mark.parametrize("sdk", SDKS)
def test_a_real_sdk_never_reaches_the_canary(sdk, listener):
    with pytest.raises((Refuse, stripe.APIConnectionError, openai.APIConnectionError, ValueError)):
        sdk(BoundClient(Rules()), f"http://127.0.0.1:{listener.port}")
    assert listener.hits == 0


@pytest.mark.parametrize("sdk", SDKS)
def test_the_same_call_arrives_once_its_owner_opened_the_network(sdk, listener):
    client = BoundClient(read_allow(["127.0.0.0/8"]))
    with pytest.raises(Exception):  # noqa: B017 - the canary hangs up; each SDK says it its way
        sdk(client, f"http://127.0.0.1:{listener.port}")
    assert listener.hits > 0


def test_a_real_sdk_reads_a_real_answer(make_server):
    body = b'{"id": "cus_1", "object": "customer"}'
    server = make_server(
        lambda handler, asked: handler.say(200, body, content_type="application/json")
    )
    client = Http().bind(allow=["127.0.0.0/8"])
    assert charge(client, server.url).id == "cus_1"
    assert server.asked[0].headers["authorization"] == "Bearer sk_test_x"
