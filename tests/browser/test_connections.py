"""A connection made, tried, mended and moved by keyboard, against a real server."""

import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = pytest.mark.browser
DESK = pytest.mark.parametrize("page", [(1440, 900)], ids=["desk"], indirect=True)
RIGHT = "Bearer right-0123456789abcdef"


class Provider(BaseHTTPRequestHandler):
    """It lets in who shows the right secret, and says why to everybody else."""

    def do_GET(self):
        fine = self.headers.get("Authorization") == RIGHT
        body = b'{"message": "This key was withdrawn."}' if not fine else b"{}"
        self.send_response(200 if fine else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def provider():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def tab_to(page, locator):
    """Press Tab until the element has the focus, as a person without a mouse does."""
    wanted = locator.element_handle()
    for _ in range(80):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {locator}")


def fill(page, label, text):
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def press(page, locator):
    tab_to(page, locator)
    page.keyboard.press("Enter")


@pytest.fixture
def kept(page, provider):
    """Make a connection with a wrong secret by keys alone; the page shows it."""
    name = f"bank-{secrets.token_hex(3)}"
    page.goto("/settings/connections")
    press(page, page.get_by_role("link", name="New connection"))
    page.wait_for_url("**/connections/new")
    press(page, page.get_by_role("link", name="Web API HTTP An address"))
    page.wait_for_url("**kind=api**")
    fill(page, "Name in flows", name)
    fill(page, "Base address", provider)
    fill(page, "Secret optional", "Bearer wrong-0123456789abcdef")
    press(page, page.locator("summary", has_text="More"))
    fill(page, "Private networks it may reach optional", "127.0.0.1/32")
    press(page, page.get_by_role("button", name="Keep it"))
    page.wait_for_url(f"**/connections/{name}")
    return name


def test_a_connection_is_made_tried_and_mended_by_keyboard(page, kept):
    health = page.locator("#health")
    press(page, page.get_by_role("button", name="Test"))
    health.get_by_text("Broken").wait_for()
    assert "This key was withdrawn." in health.inner_text()
    assert "wrong-0123" not in page.content()
    fill(page, "Secret optional", RIGHT)
    press(page, page.locator("form.panel").get_by_role("button", name="Keep it"))
    page.get_by_text("Not tried yet").first.wait_for()
    press(page, page.get_by_role("button", name="Test"))
    health.get_by_text("It answered 200.").wait_for()
    page.goto("/settings/connections")
    row = page.get_by_role("listitem").filter(has_text=kept)
    assert "Works" in row.inner_text()


def test_another_host_is_not_told_the_secret_of_the_first(page, kept):
    fill(page, "Base address", "http://127.0.0.1:9")
    press(page, page.locator("form.panel").get_by_role("button", name="Keep it"))
    wrong = page.locator("#f-secret-wrong")
    wrong.wait_for()
    assert "entered again" in wrong.inner_text()
    assert page.get_by_label("Secret optional").get_attribute("aria-invalid") == "true"
    fill(page, "Secret optional", "Bearer for-the-other-server")
    press(page, page.locator("form.panel").get_by_role("button", name="Keep it"))
    page.wait_for_url(f"**/connections/{kept}")
    wrong.wait_for(state="detached")
    press(page, page.get_by_role("button", name="Test"))
    page.locator("#health").get_by_text("cannot be reached").wait_for()


@DESK
def test_a_mail_server_that_is_not_complete_is_refused_at_its_field(page):
    page.goto("/settings/connections/new?module=email&kind=smtp&alias=post")
    fill(page, "From", "a@example.com")
    press(page, page.locator("form.panel").get_by_role("button", name="Keep it"))
    page.locator("#f-host-wrong").wait_for()


@DESK
def test_a_connection_is_removed_after_asking(page, kept):
    press(page, page.get_by_role("button", name="Remove"))
    page.locator("dialog[open]").wait_for()
    press(page, page.get_by_role("button", name="Remove it"))
    page.wait_for_url("**/settings/connections")
    assert page.get_by_text(kept).count() == 0
