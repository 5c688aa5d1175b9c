"""What may be called, and what never: every hostile spelling, with a canary that counts hits."""

import asyncio
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus import Refuse, Retry
from nexus.core.http import BoundClient, Http, Rules, read_allow
from nexus.core.http.address import read_url
from nexus.core.http.guard import WEB_PORTS, is_public, unwrap

HOSTILE = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.1",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "2130706433",
    "017700000001",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[0:0:0:0:0:0:0:1]",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "example.com@127.0.0.1",
    "user:word@127.0.0.1",
    "127.0.0.1:80@example.com",
    "\uff11\uff12\uff17.0.0.1",  # full-width digits
    "\u24dbocalhost",
    "127\u30020\u30020\u30021",
    "%31%32%37.0.0.1",
    "-bad.example",
    "a..example",
    "[::1",
    "::1",
]


def send(client: BoundClient, url: str, method: str = "GET"):
    return asyncio.run(client.send(method, url))


@pytest.mark.parametrize("host", HOSTILE)
@pytest.mark.parametrize("with_port", [True, False], ids=["canary port", "port 80"])
def test_a_hostile_host_is_blocked_with_one_text(host, with_port, canary):
    port = f":{canary.server_port}" if with_port else ""

    with pytest.raises(Refuse) as caught:
        send(BoundClient(Rules()), f"http://{host}{port}/")

    assert caught.value.code == "blocked_address"
    assert caught.value.message == "This address may not be called."
    assert caught.value.sent is False


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http:/example.com",
        "http://exa mple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/\r\nX-Evil: 1",
        "http://example.com/\x00",
        "http:///path",
    ],
)
def test_what_is_no_web_address_is_refused_with_an_example(url):
    with pytest.raises(Refuse) as caught:
        read_url(url)

    assert caught.value.code == "bad_url"
    assert "https://example.com/path" in caught.value.hint


@pytest.mark.parametrize("port", ["0", "65536", "99999", "22", "6379", "8080"])
def test_a_public_address_is_called_on_the_web_ports_only(port):
    client = BoundClient(Rules(), resolve=lambda host: ["93.184.216.34"])

    with pytest.raises(Refuse, match="may not be called"):
        send(client, f"http://example.com:{port}/")


def test_an_opened_network_is_reached(server):
    client = BoundClient(read_allow(["127.0.0.0/8"]))

    answer = send(client, f"{server.url}/a?b=c#fragment")

    assert (answer.status, answer.body) == (200, b"hello")
    assert server.asked[0].path == "/a?b=c"


def test_a_network_opened_for_one_port_stays_closed_on_others(server, canary):
    client = BoundClient(read_allow([f"127.0.0.0/8:{server.server_port}"]))

    assert send(client, server.url).status == 200
    with pytest.raises(Refuse, match="may not be called"):
        send(client, canary.url)


def test_an_opened_name_needs_a_public_address_still(canary):
    rules = read_allow([f"billing.example.com:{canary.server_port}"])

    with pytest.raises(Refuse, match="may not be called"):
        send(
            BoundClient(rules, resolve=lambda host: ["127.0.0.1"]),
            f"http://billing.example.com:{canary.server_port}/",
        )
    public = ip_address("93.184.216.34")
    assert rules.permit("billing.example.com", canary.server_port, public, WEB_PORTS)
    assert not rules.permit("other.example.com", canary.server_port, public, WEB_PORTS)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "100.100.100.200",
        "fd00:ec2::254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
    ],
)
def test_metadata_stays_closed_whatever_is_opened(address):
    everything = read_allow(["0.0.0.0/0", "::/0"])

    assert not everything.permit("metadata.example", 80, ip_address(address), WEB_PORTS)


def test_one_private_address_among_public_ones_blocks_the_name(canary):
    client = BoundClient(Rules(), resolve=lambda host: ["93.184.216.34", "127.0.0.1"])

    with pytest.raises(Refuse, match="may not be called"):
        send(client, "http://two-faced.example/")


def test_a_name_that_changes_its_address_is_blocked_when_it_does(server, canary):
    """Rebinding: the first answer is allowed, the second is not, and nothing is sent there."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    client = BoundClient(read_allow(["127.0.0.1/32"]), resolve=lambda host: next(answers))
    url = f"http://rebind.example:{server.server_port}/"

    assert send(client, url).status == 200
    assert send(client, url).status == 200  # still the address that was checked; no second look-up
    for pin in client._pins.values():
        pin.until = 0.0
    with pytest.raises(Refuse, match="may not be called"):
        send(client, url)
    assert len(server.asked) == 2


def test_the_connection_goes_to_the_checked_address_not_to_the_name(server):
    client = BoundClient(read_allow(["127.0.0.0/8"]), resolve=lambda host: ["127.0.0.1"])

    send(client, f"http://no-such-name.example:{server.server_port}/")

    expected = f"no-such-name.example:{server.server_port}"
    assert server.asked[0].headers["host"] == expected


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "//[::1]/"]
)
def test_a_redirect_to_a_private_address_is_blocked(place, make_server, canary):
    location = place.format(port=canary.server_port)
    first = make_server(lambda handler, asked: handler.say(302, location=location))
    client = BoundClient(read_allow([f"127.0.0.0/8:{first.server_port}"]))

    with pytest.raises(Refuse, match="may not be called"):
        send(client, first.url)


def test_a_connection_may_be_kept_to_its_hosts(server, canary):
    rules = read_allow(["127.0.0.0/8"], hosts=["api.example", "*.shop.example"])
    client = BoundClient(rules, resolve=lambda host: ["127.0.0.1"])

    assert send(client, f"http://api.example:{server.server_port}/").status == 200
    assert send(client, f"http://a.shop.example:{server.server_port}/").status == 200
    for other in ("shop.example", "evilapi.example", "api.example.evil.example"):
        with pytest.raises(Refuse, match="may not be called"):
            send(client, f"http://{other}:{canary.server_port}/")


def test_an_unknown_name_may_be_known_later():
    def nothing(host: str) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(Retry) as caught:
        send(BoundClient(Rules(), resolve=nothing), "https://nowhere.example/")

    assert (caught.value.code, caught.value.sent) == ("unreachable", False)
    assert "nowhere.example" in caught.value.message


@pytest.mark.parametrize("entry", ["", "lan", "10.0.0.0/99", "10.0.0.1:port", "http://10.0.0.1"])
def test_a_wrong_entry_is_refused_with_examples(entry):
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/8"):
        read_allow([entry])


def test_two_connections_share_no_client_and_one_keeps_its_own():
    http = Http()

    assert http.bind("a", ["10.0.0.0/8"]) is http.bind("a", ["10.0.0.0/8"])
    assert http.bind("a", ["10.0.0.0/8"]) is not http.bind("a", [])
    assert http.bind("a") is not http.bind("b")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", " mail.example", ""])
def test_a_mail_server_is_checked_the_same_way(host):
    with pytest.raises(Refuse, match="may not be called"):
        BoundClient(Rules()).check(host, 25)


def test_a_mail_server_is_connected_to_at_its_checked_address():
    client = BoundClient(Rules(), resolve=lambda host: ["93.184.216.34"])

    assert client.check("mail.example", 587) == ("93.184.216.34", 587)
    assert asyncio.run(client.connect("mail.example", 465)) == ("93.184.216.34", 465)
    with pytest.raises(Refuse, match="may not be called"):
        client.check("mail.example", 80)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_means_the_same_in_ipv6_clothes(address):
    mapped = ip_address(f"::ffff:{address}")

    assert is_public(unwrap(mapped)) == is_public(address)
    assert Rules().permit("x", 80, mapped, WEB_PORTS) == Rules().permit("x", 80, address, WEB_PORTS)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_breaks(text):
    for url in (text, f"http://{text}/", f"https://example.com/{text}"):
        try:
            origin, rest = read_url(url)
        except Refuse:
            continue
        assert f"{origin}{rest}".isascii()
        assert rest.startswith("/")
