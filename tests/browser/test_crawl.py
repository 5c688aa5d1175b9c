"""Plant hostile text wherever text can be left, then read every page: nothing of it may run.

The crawl takes its pages from the application's own map of addresses, so a page that is added
later is read too.
"""

import json
import urllib.request
from urllib.parse import quote, urlsplit

import pytest

from nexus.app import create_app
from nexus.core.nexus import open_nexus

pytestmark = pytest.mark.browser

MARK = "pwn3d"
PAYLOADS = [
    f"<script>window.pwned='{MARK}'</script>",
    f"<img src=x onerror=\"window.pwned='{MARK}'\">",
    f'<a hx-get="/{MARK}" hx-trigger="load">x</a>',
    f'<b hx-on:load="window.pwned=\'{MARK}\'" hx-on::after-init="window.pwned=1">x</b>',
    f"javascript:window.pwned='{MARK}'",
    f'"><svg onload="window.pwned=\'{MARK}\'">',
    f"</textarea></script><iframe srcdoc=\"<script>parent.pwned='{MARK}'</script>\">",
    f"{{{{ window.pwned='{MARK}' }}}}",
]
ALL = " ".join(PAYLOADS)
PLAIN = " ".join(PAYLOADS[:-1])  # where `{{` would begin an expression of ours
FLOW = {
    "id": "hostile",
    "name": PAYLOADS[0] + PAYLOADS[2],
    "group": PAYLOADS[1],
    "description": PLAIN,
    "settings": {"words": {"type": "string", "title": PAYLOADS[1], "default": PAYLOADS[0]}},
    "trigger": [{"use": "core.webhook"}],
    "key": "event.data.id",
    "do": [
        {"greet": {"set": {"text": PAYLOADS[3], "more": "{{ event.data }}"}}},
        {"stop": {"raise": {"code": "no", "message": PLAIN}}},
    ],
}


class Api:
    """The running server's REST API, by the token it left for the command line."""

    def __init__(self, folder, address):
        self._token = json.loads((folder / "server.json").read_text())["token"]
        self._address = address

    def __call__(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self._address}/api/v1{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None


@pytest.fixture(scope="module")
def planted(server, tmp_path_factory):
    """Leave hostile text in every field that keeps text; returns what fills addresses."""
    address = server.link.partition("/sign-in")[0]
    api = Api(server.folder, address)
    flow = api("POST", "/flows", FLOW)["id"]
    api("POST", f"/flows/{flow}/publish", {"note": ALL})
    values = {"base_url": "https://a.example", "header": "X", "secret": ALL}
    api("PUT", "/connections/hostile", {"module": "http", "values": values})
    api("POST", "/tokens", {"name": ALL[:100]})
    data = {"id": ALL[:150], PAYLOADS[0]: PAYLOADS[1], "list": PAYLOADS}
    (run_id,) = api("POST", f"/hooks/{flow}/events", data)["run_ids"]
    api("GET", f"/runs/{run_id}/wait?timeout=10")
    names = {"name": "hostile", "alias": "hostile", "filename": "app.css", "kind": "csv"}
    return names | {"flow_id": flow, "run_id": run_id, "person_id": "owner"}


ELSEWHERE = ("audit.export", "sign_in.away")  # a download, and the way to a provider


def paths(planted, tmp_path):
    """Every page that the application's map names, also with hostile words in its query."""
    nexus = open_nexus(tmp_path / "map")
    rules = [*create_app(nexus).url_map.iter_rules()]
    nexus.close()
    for rule in rules:
        skipped = rule.endpoint.partition(".")[0] in ("api", "static", "hooks", "live")
        if "GET" in rule.methods and not skipped and rule.endpoint not in ELSEWHERE:
            yield rule.build({name: planted[name] for name in rule.arguments})[1]
    flow, run = f"/flows/{planted['flow_id']}", f"/runs/{planted['run_id']}"
    yield from (f"{flow}?tab={tab}" for tab in ("yaml", "versions", "runs"))
    yield from (f"{flow}?step={step}" for step in ("greet", "stop"))
    yield from (f"{flow}?run={planted['run_id']}", f"{run}?step=event", f"{run}?step=greet")


QUERIES = ("q", "token", "cursor", "state", "flow", "step", "tab", "actor", "action", "since")


class Watch:
    """What a page did that it should not have done."""

    def __init__(self, page, address):
        self.wrong: list[str] = []
        self._home = urlsplit(address).netloc
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.wrong.append("dialog"), dialog.dismiss()))
        page.on("request", self._request)

    def _console(self, said):
        expected = "status of 4" in said.text  # a refusal is an answer like any other
        if said.type in ("error", "warning") and not expected:
            self.wrong.append(f"console: {said.text}")

    def _request(self, request):
        parts = urlsplit(request.url)
        ours = parts.netloc == self._home or parts.scheme == "data"
        if not ours or MARK in parts.path or parts.path == "/x":
            self.wrong.append(f"request: {request.url[:100]}")


def read(page, watch, path):
    page.goto(path, wait_until="load")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate("document.querySelectorAll('img,svg,a').forEach(each => each.scrollTop)")
    hostile = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a =>"
        " (/^on/i.test(a.name)) || (/^hx-on/i.test(a.name)) ||"
        " (/^(href|src|action|formaction)$/i.test(a.name) && /^\\s*javascript:/i.test(a.value))"
        f" || (/^hx-/.test(a.name) && a.value === '/{MARK}'))).length"
    )
    found = [*watch.wrong]
    watch.wrong.clear()
    if page.evaluate("window.pwned") is not None:
        found.append("it ran")
    return [f"{path[:60]}: {each}" for each in found] + ([f"{path}: built"] if hostile else [])


def test_no_text_that_anybody_left_runs_on_any_page(chromium, signed_in, server, planted, tmp_path):
    address = server.link.partition("/sign-in")[0]
    context = chromium.new_context(storage_state=signed_in, base_url=address)
    page = context.new_page()
    watch = Watch(page, address)
    pages = [*paths(planted, tmp_path)]
    wrong = [found for path in pages for found in read(page, watch, path)]
    for path in ("/flows", "/runs", "/settings/audit", "/sign-in", f"/flows/{planted['flow_id']}"):
        for payload in PAYLOADS:
            query = "&".join(f"{name}={quote(payload)}" for name in QUERIES)
            wrong += read(page, watch, f"{path}?{query}")
    context.close()
    print(f"{len(pages)} pages and {5 * len(PAYLOADS)} hostile queries read")
    assert wrong == []


def test_typed_payloads_do_not_run_either(chromium, signed_in, server, planted):
    address = server.link.partition("/sign-in")[0]
    context = chromium.new_context(storage_state=signed_in, base_url=address)
    page = context.new_page()
    watch = Watch(page, address)
    for path in ("/flows", "/runs", "/settings/audit"):
        for payload in PAYLOADS[:3]:
            page.goto(path)
            field = page.locator("input[type=search]")
            field.fill(payload)
            page.wait_for_timeout(400)
    page.goto(f"/flows/{planted['flow_id']}")
    page.get_by_label("Event data as JSON").fill(json.dumps({"id": ALL, "x": PAYLOADS}))
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/runs/run_*")
    page.locator("[data-state=failed]").wait_for(timeout=20_000)
    page.goto("/settings/audit")
    assert page.evaluate("window.pwned") is None
    assert watch.wrong == []
    context.close()


def test_the_crawl_sees_what_a_careless_page_would_do(chromium, tmp_path):
    """The same watch on a page that trusts text: it must speak up for most payloads."""
    careless = tmp_path / "careless.html"
    careless.write_text(f"<!doctype html><body>{ALL}")
    context = chromium.new_context()
    page = context.new_page()
    watch = Watch(page, "http://127.0.0.1")
    found = read(page, watch, careless.as_uri())
    context.close()
    assert any("it ran" in one for one in found)
    assert any("built" in one for one in found)
